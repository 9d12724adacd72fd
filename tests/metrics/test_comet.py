"""COMET on transformers 5 scores as the official package does.

The models and scores in `comet/` were made by `eval/meta/comet_parity.py` with unbabel-comet 2.2.7: three networks with
random weights, 50 triples each.
"""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from workbench.errors import InputError, ModelError
from workbench.metrics import open_metric
from workbench.metrics.base import Texts, total
from workbench.metrics.comet import Scorer, read_shape, sparsemax
from workbench.metrics.learned import Comet, MetricCard, find, read_card

FOLDER = Path(__file__).parent / "comet"
RECORD = json.loads((FOLDER / "scores.json").read_text(encoding="utf-8"))


def column(name):
    return [triple[name] for triple in RECORD["triples"]]


def card(name="softmax", **changes):
    options = {
        "name": "tiny",
        "path": str(FOLDER / name),
        "encoder": str(FOLDER / "encoder"),
        "licence": "CC0-1.0",
        "commercial": True,
        "needs_reference": name != "qe",
    }
    return MetricCard(**options | changes)


@pytest.mark.parametrize("name", RECORD["scores"])
def test_scores_agree_with_the_official_package(name):
    scorer = Scorer(FOLDER / name, encoder=FOLDER / "encoder", device="cpu")
    source, output, reference = (scorer.embed(column(each)) for each in ("src", "mt", "ref"))
    found = scorer.score(source, output, None if name == "qe" else reference)
    assert found == pytest.approx(RECORD["scores"][name], abs=1e-4)
    assert len({round(score, 4) for score in found}) > 30


def test_the_metric_gives_hundredths_with_intervals_possible():
    metric = Comet(language="en", name="comet", card=card(), device="cpu")
    texts = Texts(outputs=column("mt"), references=[(text,) for text in column("ref")], sources=column("src"))
    rows = metric.statistics(texts)
    assert rows.shape == (50, 2)
    expected = RECORD["scores"]["softmax"]
    assert total(metric, rows) == pytest.approx(100 * sum(expected) / 50, abs=1e-2)
    assert metric.signature() == "comet|model:tiny@unpinned|nrefs:1|multi:mean|scale:100|mean:segments|v:1"
    again = metric.statistics(texts)
    assert again == pytest.approx(rows, abs=1e-4)


def test_several_references_are_averaged_and_sources_are_read_once(monkeypatch):
    metric = Comet(language="en", name="comet", card=card(), device="cpu")
    read = []
    real = Scorer.embed
    monkeypatch.setattr(Scorer, "embed", lambda self, texts: read.extend(texts) or real(self, texts))
    one, two, both = (
        metric.statistics(Texts(outputs=["He left."], references=[group], sources=["رحل."]))[0, 0]
        for group in (("He went.",), ("Gone.",), ("He went.", "Gone."))
    )
    assert both == pytest.approx((one + two) / 2, abs=1e-4)
    assert read.count("رحل.") == 1


def test_a_reference_free_model_needs_none():
    metric = Comet(language="en", name="comet-qe", card=card("qe"), device="cpu")
    rows = metric.statistics(Texts(outputs=column("mt"), sources=column("src")))
    assert rows[:, 0] / 100 == pytest.approx(RECORD["scores"]["qe"], abs=1e-4)
    assert "nrefs" not in metric.signature()
    with pytest.raises(InputError, match="reads the sources"):
        metric.statistics(Texts(outputs=["x"]))


def test_scores_do_not_depend_on_the_texts_beside():
    scorer = Scorer(FOLDER / "softmax", encoder=FOLDER / "encoder", device="cpu")
    together = scorer.embed(column("mt"))
    alone = torch.cat([scorer.embed([text]) for text in column("mt")])
    assert torch.allclose(together, alone, atol=1e-5)


def test_sparsemax_is_a_projection_onto_the_simplex():
    assert sparsemax(torch.tensor([0.0, 0.0])).tolist() == pytest.approx([0.5, 0.5])
    assert sparsemax(torch.tensor([3.0, 0.0, -1.0])).tolist() == pytest.approx([1, 0, 0])
    assert sparsemax(torch.tensor([0.7, 0.5, -2.0])).tolist() == pytest.approx([0.6, 0.4, 0])


def test_the_cards_load_and_say_what_to_fetch(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("comet", "comet-qe"):
        metric = open_metric(name, language="en")
        assert metric.needs_reference == (name == "comet")
        with pytest.raises(ModelError, match="needs its weights, which are not on this machine") as caught:
            metric.statistics(Texts(outputs=["x"], sources=["y"], references=[("z",)]))
        assert "hf download Unbabel/" in caught.value.cure
        assert "Apache-2.0" in caught.value.cure
    own = tmp_path / "data" / "metrics" / "wmt22-comet-da"
    own.mkdir(parents=True)
    (own / "hparams.yaml").touch()
    assert find(read_card("wmt22-comet-da")) == own


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(FOLDER / "softmax", tmp_path / "model"))


def change(folder, **changes):
    path = folder / "hparams.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


def open_copy(folder):
    return Scorer(folder, encoder=FOLDER / "encoder", device="cpu")


def test_networks_that_are_not_supported_are_refused_by_name(copy):
    change(copy, class_identifier="unified_metric")
    with pytest.raises(ModelError, match="of kind unified_metric"):
        open_copy(copy)
    change(copy, class_identifier="regression_metric", activations="Relu6")
    with pytest.raises(ModelError, match="activation 'Relu6'"):
        open_copy(copy)
    (copy / "hparams.yaml").unlink()
    with pytest.raises(ModelError, match="is no COMET model"):
        open_copy(copy)


def test_models_that_said_sparsemax_and_meant_softmax_are_known(copy):
    change(copy, layer_transformation="sparsemax_patch")
    assert read_shape(copy).transformation == "softmax"


def test_weights_that_do_not_fit_or_are_broken_are_refused(copy):
    path = copy / "checkpoints" / "model.ckpt"
    held = torch.load(path, weights_only=True)
    first = next(iter(held["state_dict"]))
    held["state_dict"]["surplus"] = held["state_dict"].pop(first)
    torch.save(held, path)
    with pytest.raises(ModelError, match=r"1 weights are missing, 1 do not belong \(surplus\)"):
        open_copy(copy)
    path.write_bytes(path.read_bytes()[:999])
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_copy(copy)
    path.unlink()
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_copy(copy)


class Nasty:
    def __reduce__(self):
        return (print, ("code ran",))


def test_code_in_a_checkpoint_is_never_run(copy, capsys):
    torch.save({"state_dict": Nasty()}, copy / "checkpoints" / "model.ckpt")
    with pytest.raises(ModelError, match="holds more than weights"):
        open_copy(copy)
    assert capsys.readouterr().out == ""


def test_an_encoder_that_is_not_here_says_what_to_fetch(copy, tmp_path):
    with pytest.raises(ModelError, match=r"tokeniser and configuration of .* are not on this machine"):
        Scorer(copy, encoder=tmp_path / "nothing", device="cpu")


def test_half_precision_stays_near():
    scorer = Scorer(FOLDER / "softmax", encoder=FOLDER / "encoder", device="cpu", dtype="bfloat16")
    source, output, reference = (scorer.embed(column(each)) for each in ("src", "mt", "ref"))
    assert source.dtype == torch.float32
    assert scorer.score(source, output, reference) == pytest.approx(RECORD["scores"]["softmax"], abs=0.05)


@pytest.mark.gpu
def test_the_gpu_agrees_within_what_half_precision_allows():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    scorer = Scorer(FOLDER / "softmax", encoder=FOLDER / "encoder", device="cuda")
    source, output, reference = (scorer.embed(column(each)) for each in ("src", "mt", "ref"))
    assert scorer.score(source, output, reference) == pytest.approx(RECORD["scores"]["softmax"], abs=0.05)
