"""A whole run on a made language pair: it learns, resumes exactly, and its export loads with plain classes."""

import json

import numpy as np
import pytest
import torch

from tests.training.data import settings, write_data
from workbench.config import parse
from workbench.errors import ConfigError
from workbench.training import pipeline
from workbench.training.export import export
from workbench.training.pipeline import Pipeline
from workbench.training.settings import TrainingConfig
from workbench.training.trainer import Run, load_weights, save_weights


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small run faster on one thread, and no slower beside other tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"), pairs=600)
    return parse(settings(data), TrainingConfig, name="made")


@pytest.fixture(scope="module")
def told():
    """What the run of `trained` says."""
    return []


@pytest.fixture(scope="module")
def trained(config, told, tmp_path_factory):
    # The engine that back-translates keeps its converted models in the user's folder.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        folder = tmp_path_factory.mktemp("run")
        yield folder, Pipeline(config, folder, device="cpu", say=told.append).train()


def test_all_stages_run_and_the_loss_is_noted(trained, config):
    folder, run = trained
    assert run.progress.total_steps == sum(stage.steps for stage in config.stages)
    rows = [json.loads(line) for line in (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"score", "ar-en", "en-ar"} <= set(rows[-1])
    assert rows[-1]["target_tokens"] == run.progress.target_tokens > 0


def test_back_translation_was_made_for_both_languages(trained):
    folder, _ = trained
    assert {path.name for path in folder.glob("synthetic.*.tsv")} == {
        "synthetic.ar_news.1.tsv",
        "synthetic.en_news.1.tsv",
    }


def test_no_more_sentences_are_back_translated_than_a_stage_wants(trained, config, told):
    lines = [line for line in told if line.startswith("back-translated")]
    assert [f" of {config.stages[1].sentences} in " in line for line in lines] == [True, True]
    for name in ("ar_news", "en_news"):
        assert (trained[0] / "corpus" / f"mono.{name}.txt").read_text(encoding="utf-8").count("\n") > 20


def test_a_run_that_was_stopped_resumes_exactly(config, tmp_path, trained):
    folder, whole = trained
    for name in ("corpus", "spm.model", "genuine.npz"):
        (tmp_path / name).symlink_to(folder / name)
    for limit in (5, 12, 15):  # inside the first stage, between the two, inside the second
        parts = Pipeline(config, tmp_path, device="cpu").train(
            stop=lambda progress, at=limit: progress.total_steps >= at
        )
        assert parts.progress.total_steps == limit
    parts = Pipeline(config, tmp_path, device="cpu").train()
    assert parts.progress.total_steps == whole.progress.total_steps
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(whole.average.weights, parts.average.weights, strict=True):
        assert torch.equal(one, other)


def test_averaged_weights_of_an_earlier_stage_have_their_share_in_the_last(config, tmp_path, trained):
    folder, plain = trained
    for name in ("corpus", "spm.model", "genuine.npz"):
        (tmp_path / name).symlink_to(folder / name)
    values = config.model_dump(mode="json")
    values["stages"][-1]["mixed_with"] = {"one": 0.25}
    mixed = Pipeline(parse(values, TrainingConfig, name="made"), tmp_path, device="cpu").train()
    load_weights(mixed.model, tmp_path / "averaged.one.safetensors")
    rows = zip(mixed.model.parameters(), plain.average.weights, mixed.average.weights, strict=True)
    for early, late, both in rows:
        assert not torch.equal(early, late)
        torch.testing.assert_close(both, 0.25 * early + 0.75 * late)


def test_a_stage_may_begin_with_the_averaged_weights(config, tmp_path, trained):
    folder, _ = trained
    for name in ("corpus", "spm.model", "genuine.npz"):
        (tmp_path / name).symlink_to(folder / name)
    values = config.model_dump(mode="json")
    values["stages"][-1] |= {"begin_averaged": True, "steps": 1, "start": 0.0, "end": 0.0}
    pipeline = Pipeline(parse(values, TrainingConfig, name="made"), tmp_path, device="cpu")
    first = pipeline.train(stop=lambda progress: progress.stage == 1)
    before = [weight.clone() for weight in first.average.weights]
    last = [weight.clone() for weight in first.model.parameters()]
    whole = pipeline.train()
    assert all(map(torch.equal, before, whole.model.parameters()))
    assert not all(map(torch.equal, before, last))


def test_arrays_have_their_name_only_when_they_are_complete(tmp_path, monkeypatch):
    def killed(sink, **_):
        sink.write(b"PK half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        pipeline._save(tmp_path / "a.npz", {"kept": np.ones(3)})
    assert not (tmp_path / "a.npz").exists()
    monkeypatch.undo()
    pipeline._save(tmp_path / "a.npz", {"kept": np.ones(3)})
    assert np.load(tmp_path / "a.npz")["kept"].tolist() == [1, 1, 1]


def test_shares_of_stages_that_come_later_or_are_too_large_are_refused(config):
    values = config.model_dump(mode="json")
    for stage, shares in ((0, {"two": 0.5}), (1, {"one": 1.5})):
        changed = json.loads(json.dumps(values))
        changed["stages"][stage]["mixed_with"] = shares
        with pytest.raises(ConfigError, match="mixed_with"):
            parse(changed, TrainingConfig, name="made")


def test_a_stage_may_have_another_dropout_than_the_architecture(config, tmp_path, trained):
    folder, _ = trained
    runs = []
    for name, whole, stage in (("none", 0.0, None), ("other", 0.5, 0.0), ("some", 0.5, None)):
        (tmp_path / name).mkdir()
        for file in ("corpus", "spm.model", "genuine.npz"):
            (tmp_path / name / file).symlink_to(folder / file)
        values = config.model_dump(mode="json")
        values["architecture"]["dropout"] = whole
        values["stages"] = [values["stages"][0] | {"dropout": stage, "steps": 5}]
        made = parse(values, TrainingConfig, name="made")
        runs.append([*Pipeline(made, tmp_path / name, device="cpu").train().model.parameters()])
    none, other, some = runs
    assert all(map(torch.equal, none, other))
    assert not all(map(torch.equal, none, some))


def test_a_checkpoint_of_another_architecture_is_refused(config, trained):
    folder, _ = trained
    other = config.model_copy(update={"architecture": config.architecture.model_copy(update={"width": 16})})
    with pytest.raises(ConfigError, match="another architecture"):
        Run(other, folder, "cpu", config.vocabulary.size)


@pytest.mark.parametrize("family", ["m2m100", "marian"])
def test_the_export_writes_what_the_trained_model_writes(family, config, trained, tmp_path):
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder, _ = trained
    architecture = config.architecture.model_copy(update={"family": family, "dropout": 0.0})
    mine = config.model_copy(update={"architecture": architecture})
    run = Run(mine, tmp_path / "run", "cpu", config.vocabulary.size)
    save_weights(run.model, tmp_path / "weights.safetensors", dtype=torch.float16)
    out = export(mine, tmp_path / "weights.safetensors", folder / "spm.model", tmp_path / "model")
    model = AutoModelForSeq2SeqLM.from_pretrained(out, dtype=torch.float32).eval()
    tokeniser = AutoTokenizer.from_pretrained(out)
    assert model.config.model_type == ("marian" if family == "marian" else "m2m_100")
    batch = tokeniser([">>eng<< بيت ماء 12", ">>ara<< war"], return_tensors="pt", padding=True)
    assert batch.input_ids[0, 0] != batch.input_ids[1, 0]
    load_weights(run.model.eval(), tmp_path / "weights.safetensors")
    decoder = torch.full((2, 1), 2)
    ours = run.model(
        input_ids=batch.input_ids, attention_mask=batch.attention_mask, decoder_input_ids=decoder
    ).logits
    theirs = model(**batch, decoder_input_ids=decoder).logits
    assert torch.allclose(ours, theirs, atol=2e-3)
    assert tokeniser.decode(tokeniser("بيت 12").input_ids, skip_special_tokens=True) == "بيت 12"


def test_training_learns_the_made_pair(config, trained, tmp_path):
    folder, _ = trained
    stage = {"name": "long", "steps": 60, "batch_tokens": 512, "lengths": [16], "start": 1e-3, "end": 4e-3}
    longer = parse(
        {**json.loads(config.model_dump_json()), "stages": [stage], "evaluate_every": 1000},
        TrainingConfig,
        name="x",
    )
    for name in ("corpus", "spm.model"):
        (tmp_path / name).symlink_to(folder / name)
    Pipeline(longer, tmp_path, device="cpu").train()
    rows = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses[-1] < 5.0  # a uniform guess over 340 pieces costs 5.8


def test_the_command_trains_stops_and_exports(config, trained, tmp_path, monkeypatch):
    import yaml
    from typer.testing import CliRunner

    from workbench.cli import app

    folder, _ = trained
    (tmp_path / "runs" / "made").mkdir(parents=True)
    for name in ("corpus", "spm.model", "checkpoint.pt", "best.safetensors", "curve.jsonl"):
        (tmp_path / "runs" / "made" / name).symlink_to(folder / name)
    path = tmp_path / "made.yaml"
    path.write_text(yaml.safe_dump(json.loads(config.model_dump_json())), encoding="utf-8")
    runs = ["--runs", str(tmp_path / "runs")]
    done = CliRunner().invoke(app, ["train", str(path), *runs, "--device", "cpu"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "runs" / "made" / "curve.png").stat().st_size > 1000
    done = CliRunner().invoke(app, ["train", str(path), *runs, "-o", str(tmp_path / "model")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_nothing_to_export_is_an_error_with_its_cure(config, tmp_path):
    from workbench.training.command import run_training

    path = tmp_path / "made.yaml"
    path.write_text(config.model_dump_json(), encoding="utf-8")
    with pytest.raises(ConfigError, match="Train first"):
        run_training(path, runs=tmp_path, device="cpu", minutes=None, output=tmp_path / "out", say=print)
