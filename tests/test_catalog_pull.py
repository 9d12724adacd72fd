"""Pulling: what comes is shown first, goes on where it stopped, is verified; every refusal has its cure."""

import json
import shutil
import socket
from collections import namedtuple

import pytest
import torch
from safetensors.torch import load_file, save

from tests.cards import write_card
from tests.hub import COMMIT, OTHER, Repository, hub
from tests.models import NEWS
from workbench.catalog import Catalog, places
from workbench.catalog.pull import plan, pull
from workbench.engines.digests import digests
from workbench.errors import ModelError

WEIGHTS = {"shared": torch.arange(6.0).reshape(2, 3), "head": torch.ones(40, 50)}
FILES = {
    "config.json": b'{"model_type": "marian"}',
    "source.spm": b"pieces",
    "chat_template.jinja": b"{{ messages }}",
    "model.safetensors": save(WEIGHTS, metadata={"format": "pt"}),
    "README.md": b"words",
    "onnx/model.onnx": b"another format",
    "original/consolidated.safetensors": b"another layout",
    "consolidated.safetensors": b"another layout",
    "tf_model.h5": b"another format",
    "training_args.bin": b"a pickle that nobody needs",
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def catalog(home):
    write_card(home / "models", path="owner/model")
    return Catalog([home / "models"], cache=home / "cache")


@pytest.fixture
def card(catalog):
    return catalog.card("parrot")


@pytest.fixture
def holding(monkeypatch):
    """Starts a hub that holds what it is given, for the rest of a test."""
    opened = []

    def start(files=None, **behaviour):
        held = Repository(FILES if files is None else files, **behaviour)
        running = hub(held)
        opened.append(running)
        monkeypatch.setenv("HF_ENDPOINT", running.__enter__())
        return held

    yield start
    for running in opened:
        running.__exit__(None, None, None)


def test_a_model_is_planned_fetched_verified_and_found(card, catalog, holding, home):
    held = holding()
    planned = plan(card)
    names = {"config.json", "source.spm", "chat_template.jinja", "model.safetensors"}
    assert {file.name for file in planned.files} == names
    assert planned.size == planned.missing == sum(len(FILES[name]) for name in names)
    assert not planned.folder.exists(), "planning fetches nothing"
    assert catalog.where("parrot") is None
    steps = []
    folder = pull(planned, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (planned.size, planned.size)
    assert catalog.where("parrot") == folder
    assert catalog.revision("parrot") == COMMIT
    assert all((folder / name).read_bytes() == FILES[name] for name in names)
    asked = len(held.asked)
    assert plan(card).missing == 0
    pull(plan(card))
    assert all("/resolve/" not in path for path, _ in held.asked[asked:]), "what is here is not fetched again"


def test_a_broken_transfer_goes_on_where_it_stopped(card, holding):
    size = len(FILES["model.safetensors"])
    held = holding(break_after=[1000, 1000, 1000])
    folder = pull(plan(card))
    ranges = [asked for path, asked in held.asked if path.endswith("model.safetensors")]
    assert ranges == [None, "bytes=1000-", "bytes=2000-", "bytes=3000-"]
    assert (folder / "model.safetensors").stat().st_size == size
    assert not list(folder.glob("*.part"))


def test_half_a_download_is_no_model_and_is_finished_by_the_next_pull(card, catalog, holding, monkeypatch):
    held = holding(break_after=[1000] + [0] * 5)
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        pull(plan(card))
    assert "pull it again" in caught.value.cure
    assert catalog.where("parrot") is None
    with pytest.raises(ModelError, match="workbench models pull parrot"):
        catalog.engine("parrot")
    planned = plan(card)
    assert planned.missing == len(FILES["model.safetensors"]) - 1000
    held.asked.clear()
    assert catalog.where("parrot") is None
    pull(planned)
    assert "bytes=1000-" in dict(held.asked).values()
    assert catalog.where("parrot")


def test_a_server_without_ranges_starts_anew(card, holding):
    holding(break_after=[1000], ranges=False)
    done = []
    folder = pull(plan(card), progress=lambda now, total: done.append((now, total)))
    assert load_file(folder / "model.safetensors")["shared"].equal(WEIGHTS["shared"])
    assert done[-1][0] == done[-1][1]


def test_a_damaged_file_is_refused_and_fetched_anew(card, catalog, holding):
    holding(damage=["model.safetensors"])
    with pytest.raises(ModelError, match=r"model\.safetensors of owner/model is not what the hub lists"):
        pull(plan(card))
    assert catalog.where("parrot") is None
    pull(plan(card))
    assert catalog.where("parrot")


@pytest.mark.parametrize(
    ("refuse", "problem", "cure"),
    [
        ("GatedRepo", "accepted its terms", "hf auth login"),
        ("RepoNotFound", "no model 'owner/model'", "Correct `path`"),
        ("RevisionNotFound", "no revision", "--revision main"),
    ],
)
def test_refusals_of_the_hub_have_their_cure(card, holding, refuse, problem, cure):
    holding(refuse=refuse)
    with pytest.raises(ModelError, match=problem) as caught:
        plan(card)
    assert cure in caught.value.cure


def test_without_a_network_the_cure_says_what_serves(card, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        plan(card)
    assert "embedded model" in caught.value.cure
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE"):
        plan(card)


def test_another_revision_may_be_chosen_and_a_wrong_one_is_told(home, holding):
    write_card(home / "models", path="owner/model", revision=COMMIT)
    catalog = Catalog([home / "models"], cache=home / "cache")
    holding()
    with pytest.raises(ModelError, match="'v9'"):
        plan(catalog.card("parrot"), revision="v9")
    pull(plan(catalog.card("parrot"), revision="refs/pr/7"))
    assert catalog.revision("parrot") == OTHER, "what the user chose serves"
    pull(plan(catalog.card("parrot")))
    assert catalog.where("parrot").name.endswith(COMMIT[:12])


def test_what_answers_like_no_hub_is_told(card, holding, monkeypatch):
    holding()
    monkeypatch.setattr(
        "tests.hub.Handler._listing", lambda self, path: self._send(200, b"<html>log in</html>")
    )
    with pytest.raises(ModelError, match="does not answer as a model hub"):
        plan(card)


Usage = namedtuple("Usage", "total used free")


def test_no_room_on_disk_is_told_before_anything_is_fetched(card, holding, monkeypatch):
    held = holding()
    planned = plan(card)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100, 100, 0))
    with pytest.raises(ModelError, match="0 MB are free") as caught:
        pull(planned)
    assert "WORKBENCH_HOME" in caught.value.cure
    assert all("/resolve/" not in path for path, _ in held.asked)


def test_a_disk_that_fills_up_meanwhile_keeps_what_came(card, holding, monkeypatch):
    holding()
    monkeypatch.setattr("workbench.catalog.hub.Hub._transfer", _full)
    with pytest.raises(ModelError, match="is full") as caught:
        pull(plan(card))
    assert "goes on where" in caught.value.cure


def test_a_folder_that_cannot_be_made_is_told(card, holding, home):
    holding()
    planned = plan(card)
    (home / "home" / "data").mkdir(parents=True)
    (home / "home" / "data" / "models").write_text("a file where a folder belongs")
    with pytest.raises(ModelError, match="cannot be written") as caught:
        pull(planned)
    assert "WORKBENCH_HOME" in caught.value.cure


def test_two_pulls_of_one_model_do_not_write_into_each_other(card, holding, home):
    held = holding()
    planned = plan(card)
    inside = []

    def meanwhile(done, total):
        if not inside:
            with pytest.raises(ModelError, match="by another process") as caught:
                pull(plan(card))
            inside.append(caught.value.cure)

    pull(planned, progress=meanwhile)
    assert "Wait" in inside[0]
    asked = [path for path, _ in held.asked if path.endswith("model.safetensors")]
    assert len(asked) == 1
    assert pull(plan(card)) == planned.folder, "afterwards the way is free"


def _full(self, *arguments):
    raise OSError(28, "No space left on device")


# --- pickles ------------------------------------------------------------------------------------------------------


def pickled(tmp_path, state):
    torch.save(state, tmp_path / "weights.bin")
    content = (tmp_path / "weights.bin").read_bytes()
    return {"config.json": FILES["config.json"], "pytorch_model.bin": content, "tf_model.h5": b"x"}


def test_a_pickle_is_refused_and_two_ways_are_offered(card, holding, tmp_path):
    held = holding(pickled(tmp_path, WEIGHTS), robot=7)
    with pytest.raises(ModelError, match="pickles can run code") as caught:
        plan(card)
    assert "pull parrot --convert" in caught.value.cure
    assert "--revision refs/pr/7" in caught.value.cure
    held.robot = None
    with pytest.raises(ModelError) as caught:
        plan(card)
    assert "robot" not in caught.value.cure


def test_a_pickle_of_tensors_becomes_safetensors_where_the_user_wants_it(card, catalog, holding, tmp_path):
    tied = torch.rand(3, 4)
    holding(pickled(tmp_path, {"a": tied, "b": tied, "note": "no tensor", **WEIGHTS}))
    planned = plan(card, convert=True)
    assert planned.pickled
    folder = pull(planned)
    assert catalog.where("parrot") == folder
    assert not list(folder.glob("*.bin"))
    kept = load_file(folder / "model.safetensors")
    assert kept["a"].equal(kept["b"])
    assert set(kept) == {"a", "b", *WEIGHTS}


class Evil:
    """A pickle that would write a file."""

    def __reduce__(self):
        return (open, (str(Evil.mark), "w"))


def test_a_pickle_that_would_run_code_runs_none(card, catalog, holding, tmp_path):
    Evil.mark = tmp_path / "mark"
    holding(pickled(tmp_path, {"a": Evil(), **WEIGHTS}))
    with pytest.raises(ModelError, match="something else than weights"):
        pull(plan(card, convert=True))
    assert not Evil.mark.exists()
    assert catalog.where("parrot") is None


def test_a_repository_without_weights_is_told(card, holding):
    holding({"config.json": b"{}", "model.gguf": b"x"})
    with pytest.raises(ModelError, match="no weights"):
        plan(card, convert=True)


# --- places -------------------------------------------------------------------------------------------------------


def local(home, **files):
    write_card(home / "models", path="./weights")
    folder = home / "models" / "weights"
    (folder / "model.safetensors").unlink()
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return Catalog([home / "models"], cache=home / "cache")


def test_a_file_that_is_shorter_than_its_header_says_is_not_whole(home):
    catalog = local(home, model__safetensors=FILES["model.safetensors"][:-10])
    assert catalog.where("parrot") is None
    with pytest.raises(ModelError, match=r"not whole: .* lacks model\.safetensors"):
        catalog.engine("parrot")
    (home / "models" / "weights" / "model.safetensors").write_bytes(FILES["model.safetensors"])
    assert catalog.where("parrot")


def test_a_missing_shard_is_named(home):
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    catalog = local(home)
    folder = home / "models" / "weights"
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model-00001-of-00002.safetensors").write_bytes(FILES["model.safetensors"])
    with pytest.raises(ModelError, match="lacks model-00002-of-00002"):
        catalog.engine("parrot")
    (folder / "model.safetensors.index.json").write_text("{broken")
    with pytest.raises(ModelError, match=r"lacks model\.safetensors\.index\.json"):
        catalog.engine("parrot")


def test_a_pickle_instead_of_safetensors_is_not_loaded(home):
    catalog = local(home, pytorch_model__bin=b"pickle")
    with pytest.raises(ModelError, match="can run code and is not loaded"):
        catalog.engine("parrot")


def test_only_models_of_the_hub_can_be_pulled(home):
    write_card(home / "models", path="./weights")
    card = Catalog([home / "models"], cache=home / "cache").card("parrot")
    with pytest.raises(ModelError, match="does not come from the hub"):
        plan(card)
    assert not places.on_hub(card)
    assert digests(home / "models" / "weights", ("*.safetensors",))


def test_a_real_model_is_pulled_checked_and_translates(tiny_marian, home, holding):
    """From the hub to a translation, with nothing but a card."""
    holding({path.name: path.read_bytes() for path in tiny_marian.iterdir() if path.is_file()})
    codes = {"ar": ">>ara<<", "en": ">>eng<<"}
    write_card(
        home / "models",
        name="tiny",
        engine="ct2",
        dtype="float32",
        path="owner/model",
        languages=[["ar", "en"], ["en", "ar"]],
        conditioning={"style": "source-prefix", "codes": codes},
        canaries=[{"source": NEWS[0], "expected": NEWS[3], "languages": ["en", "ar"], "least": 60}],
    )
    catalog = Catalog([home / "models"], cache=home / "cache")
    pull(plan(catalog.card("tiny")))
    assert [result.fault for result in catalog.check("tiny")] == [None]
    assert catalog.verified("tiny")
    (output,) = catalog.translator("tiny").translate_lines([NEWS[1]], source="en", target="ar")
    assert (output.text, output.revision) == (NEWS[4], COMMIT)
