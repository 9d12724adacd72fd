"""`models` and `doctor`: what there is, what is here, what to change."""

import json
import re
import subprocess
import sys

import pytest

from tests.cards import CANARY, write_card
from tests.engines.servers import Behaviour, serving
from tests.hub import COMMIT, Repository, hub
from workbench.catalog import fit
from workbench.cli import doctor


def test_models_are_listed_with_what_is_here(run, embedded, home):
    write_card(home / "home" / "config" / "models", name="absent", path="./elsewhere", size_mb=310)
    code, out, _ = run("models", "list")
    assert code == 0
    _, absent, embedded, parrot = out.splitlines()
    assert absent.split()[:7] == ["absent", "no", "no", "?", "?", "translate", "ar↔fa"]
    assert absent.endswith("310")
    assert embedded.split()[:2] == ["embedded", "yes"]
    assert parrot.split()[:2] == ["parrot", "yes"]
    assert run("models")[1] == out


def test_models_are_listed_for_programmes(run, embedded):
    _, out, _ = run("models", "list", "--format", "json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["parrot"]["here"] is True
    assert rows["parrot"]["languages"] == ["ar→en", "en→ar"]
    assert rows["parrot"]["size_mb"] is None


def test_a_model_is_shown_and_what_is_unknown_is_said_to_be(run, home):
    write_card(home / "home" / "config" / "models")
    _, before, _ = run("models", "show", "parrot")
    assert "1, unverified: not checked yet on this machine" in before
    assert "commercial  unknown" in before
    assert "revision    sha256:" in before
    run("translate", home / "ar.txt", "--to", "fa", "-m", "parrot")
    _, after, _ = run("models", "show", "parrot")
    assert "1, passed; chrF 100" in after
    write_card(home / "home" / "config" / "models", name="absent", path="./elsewhere")
    assert "revision    unverified" in run("models", "show", "absent")[1]
    _, out, _ = run("models", "show", "parrot", "--format", "json")
    assert json.loads(out)["verified"][0]["fault"] is None


def test_an_unknown_model_offers_near_names(run):
    code, out, err = run("models", "show", "parot")
    assert (code, out) == (2, "")
    assert "Did you mean 'parrot'?" in err


def test_a_card_with_a_typo_names_file_and_key(run, home):
    write_card(home / "home" / "config" / "models", beam=4)
    code, _, err = run("models", "list")
    assert code == 2
    assert "parrot.yaml" in err
    assert "beam" in err


def test_doctor_finds_a_healthy_machine(run, embedded):
    code, out, _ = run("doctor")
    assert code == 0
    assert "!!" not in out
    for subject in (
        "python",
        "processor",
        "memory",
        "torch",
        "embedded model",
        "cache folder",
        "hub: not tried",
    ):
        assert subject in out


def test_doctor_asks_for_what_must_change(run, home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(home / "file"))
    monkeypatch.setattr("workbench.catalog.catalog.resource", lambda name: home / "cards")
    write_card(home / "cards", name="embedded", path="package:nowhere")
    code, out, _ = run("doctor", "--format", "json")
    assert code == 2
    bad = {finding["subject"]: finding["cure"] for finding in json.loads(out) if finding["state"] == "bad"}
    assert set(bad) == {"embedded model", "cache folder", "config folder", "data folder"}
    assert "workbench train" in bad["embedded model"]
    assert "WORKBENCH_HOME" in bad["cache folder"]


def test_doctor_lives_with_a_broken_card(run, home):
    write_card(home / "home" / "config" / "models", beam=4)
    code, out, _ = run("doctor")
    assert code == 2
    assert "!!  models:" in out


def test_the_hub_is_tried_only_on_demand(run, monkeypatch):
    import httpx

    monkeypatch.setattr(httpx, "get", lambda *_, **__: (_ for _ in ()).throw(httpx.ConnectError("no route")))
    finding = list(doctor.examine(online=True))[-1]
    assert (finding.subject, finding.state) == ("hub", "note")
    assert "ConnectError" in finding.found
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200))
    assert list(doctor.examine(online=True))[-1].state == "good"
    monkeypatch.setattr(httpx, "get", lambda *_, **__: pytest.fail("the network was touched"))
    assert list(doctor.examine())[-1].found == "not tried"


def finding(run, subject, *options):
    _, out, _ = run("doctor", "--format", "json", *options)
    return next(each for each in json.loads(out) if each["subject"].startswith(subject))


def test_doctor_names_the_folders_of_cards_and_of_pulled_models(run, home):
    own = finding(run, "cards of your own")
    assert own["found"] == f"{home / 'home' / 'config' / 'models'}: parrot"
    folder = home / "home" / "data" / "models"
    assert finding(run, "pulled models")["found"] == f"{folder}: none"
    (folder / "one@0123").mkdir(parents=True)
    (folder / "one@0123" / "pulled.json").write_text("{}")
    assert finding(run, "pulled models")["state"] == "good"
    (folder / "two@4567").mkdir()
    begun = finding(run, "pulled models")
    assert begun["state"] == "note"
    assert begun["found"] == f"{folder}: one@0123; half fetched: two@4567"
    assert "models pull two" in begun["cure"]
    assert "pulled models" in finding(run, "data folder")["found"]


def test_doctor_tells_of_the_server(run, home, monkeypatch):
    monkeypatch.delenv("WORKBENCH_SERVER", raising=False)
    assert "WORKBENCH_SERVER=http" in finding(run, "server")["cure"]
    monkeypatch.setenv("WORKBENCH_SERVER", "localhost:8000")
    assert finding(run, "server")["state"] == "bad"
    monkeypatch.setenv("WORKBENCH_SERVER", "http://127.0.0.1:9/v1")
    assert finding(run, "server")["state"] == "good", "it is asked only with --online"


def test_doctor_asks_the_server_on_demand(monkeypatch):
    with serving(Behaviour()) as url:
        told = doctor._asked("server", url, "runs models")
        assert (told.state, told.found) == ("good", "runs models")
    gone = doctor._asked("server", url, "runs models")
    assert (gone.state, "/v1" in gone.cure) == ("bad", True)
    with hub(Repository({}, refuse="EntryNotFound")) as url:
        other = doctor._asked("server", url, "runs models")
    assert (other.state, other.found) == ("note", f"{url} answers with 404")


@pytest.mark.parametrize(
    ("cards", "state", "found"),
    [
        ((None, None), "good", "processor"),
        (("2 × card", "2 cards"), "good", "torch and ctranslate2"),
        (("2 × card", None), "note", "torch alone"),
        ((None, "1 card"), "note", "ctranslate2 alone"),
    ],
)
def test_graphics_cards_are_told_for_each_library(monkeypatch, cards, state, found):
    monkeypatch.setattr(doctor, "_torch_cards", lambda: cards[0])
    monkeypatch.setattr(doctor, "_ctranslate2_cards", lambda: cards[1])
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    finding = doctor._graphics()
    assert finding.state == state
    assert found in finding.found


def test_the_limit_of_a_container_counts(monkeypatch):
    monkeypatch.setattr(fit, "_meminfo", lambda path: {"MemTotal": 24_000_000, "MemAvailable": 20_000_000})
    monkeypatch.setattr(fit, "_container_limit", lambda: None)
    assert fit.memory() == (20.0, 24.0)
    monkeypatch.setattr(fit, "_container_limit", lambda: (2.0, 1.5))
    assert fit.memory() == (0.5, 2.0)


@pytest.mark.parametrize(
    ("told", "limit"),
    [
        ({"max": "4000000000", "current": "3000000000"}, (4.0, 3.0)),
        (
            {
                "max": "4000000000",
                "current": "3000000000",
                "stat": "anon 500000000\ninactive_file 2000000000\n",
            },
            (4.0, 1.0),
        ),
        ({"max": "max", "current": "3000000000"}, None),
        ({}, None),
    ],
)
def test_cached_files_of_a_container_are_free_memory(tmp_path, told, limit):
    for name, text in told.items():
        (tmp_path / f"memory.{name}").write_text(text)
    assert fit._container_limit(tmp_path) == limit


def test_listing_models_loads_no_runtime(home):
    script = (
        "import sys\nsys.argv = ['workbench', 'models', 'list']\nfrom workbench.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'transformers', 'ctranslate2', 'gradio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_a_model_is_pulled_after_its_size_and_licence_are_shown(run, home, monkeypatch):
    files = {"config.json": b"{}", "model.safetensors": b"weights"}
    write_card(
        home / "home" / "config" / "models",
        name="far",
        path="owner/model",
        licence="CC-BY-4.0",
        commercial=True,
    )
    with hub(Repository(files)) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        code, out, err = run("models", "pull", "far")
        assert code == 0
        assert "2 files, 0 kB" in err
        assert "CC-BY-4.0 (commercial use allowed)" in err
        assert f"revision: {COMMIT}" in err
        assert out.strip().endswith(f"far@{COMMIT[:12]}")
        code, _, err = run("models", "pull", "far", "--revision", "v9")
        assert (code, "'v9'" in err) == (2, True)
    _, listed, _ = run("models", "list", "--format", "json")
    assert {row["name"]: row["here"] for row in json.loads(listed)}["far"] is True
    assert "revision    0123456789" in run("models", "show", "far")[1]


def test_models_are_checked_afresh_and_the_verdict_is_kept(run, home):
    folder = home / "home" / "config" / "models"
    write_card(folder)
    code, out, err = run("models", "check", "parrot")
    assert (code, out) == (0, "")
    assert "1 of 1 passed" in err
    assert "1, passed" in run("models", "show", "parrot")[1]
    write_card(folder, canaries=[CANARY | {"expected": "سقط المطر مساء أمس"}])
    code, out, err = run("models", "check", "parrot", "--format", "json")
    assert code == 2
    assert "FAILED" in err
    assert "chrF" in json.loads(out)["parrot"][0]["fault"]
    assert "unverified" in run("models", "show", "parrot")[1]


def test_a_card_without_canaries_is_checked_by_the_common_sentences(run, home):
    folder = home / "home" / "config" / "models"
    write_card(folder, canaries=None, languages=[["ar", "en"], ["en", "ar"]])
    assert "common sentences, none of its own, unverified" in run("models", "show", "parrot")[1]
    code, _, err = run("models", "check", "parrot")
    assert code == 2, "reversed Arabic is no English"
    assert "common sentences (the card has no canaries of its own): 0 of 6 passed" in err
    code, _, err = run("translate", home / "ar.txt", "--to", "en", "-m", "parrot")
    assert code == 2
    assert "garbles 6 of 6" in err


def test_what_fits_is_told_with_the_reason(run, home, monkeypatch):
    monkeypatch.setattr("workbench.catalog.fit.memory", lambda: (4.0, 8.0))
    monkeypatch.setattr("workbench.catalog.fit.graphics_gb", lambda: None)
    folder = home / "home" / "config" / "models"
    write_card(folder, name="huge", path="./elsewhere", engine="seq2seq", parameters_m=3300)
    write_card(folder, name="small", path="./elsewhere", engine="ct2", parameters_m=600)
    rows = {row["name"]: row for row in json.loads(run("models", "list", "--format", "json")[1])}
    assert (rows["huge"]["fits"], rows["huge"]["why"]) == (False, "needs about 16.3 GB; 4.0 GB are free")
    assert rows["small"]["fits"] is True
    assert rows["parrot"]["fits"] is None
    shown = run("models", "show", "huge")[1]
    assert "fits        no: needs about 16.3 GB" in shown
    assert (
        "memory      unverified; about 16.3 GB in float32, estimated from its weights (8.4 GB in bf" in shown
    )
    assert (rows["huge"]["memory_mb"], rows["huge"]["memory_estimate_mb"]) == (None, 16340)
    _, table, told = run("models", "list")
    assert re.search(r"^huge +no +no +~16\.3 GB +no ", table, re.MULTILINE)
    assert re.search(r"^parrot +yes +no +\? +\? ", table, re.MULTILINE)
    assert "4.0 GB are free" in told
    write_card(folder, name="huge", path="./elsewhere", engine="seq2seq", memory_mb=9000)
    assert re.search(r"^huge +no +no +9\.0 GB +no ", run("models", "list")[1], re.MULTILINE)
    assert "memory      9000 MB\n" in run("models", "show", "huge")[1]
    write_card(folder, name="huge", path="./elsewhere", engine="seq2seq", parameters_m=3300)
    monkeypatch.setattr("workbench.catalog.fit.graphics_gb", lambda: 24.0)
    rows = {row["name"]: row for row in json.loads(run("models", "list", "--format", "json")[1])}
    assert rows["huge"]["why"] == "about 8.4 of 24.0 GB free on the graphics card"


def test_a_model_that_may_not_fit_is_told_before_it_is_loaded(run, home, monkeypatch, caplog):
    monkeypatch.setattr("workbench.catalog.fit.memory", lambda: (4.0, 8.0))
    monkeypatch.setattr("workbench.catalog.fit.graphics_gb", lambda: None)
    pairs = {"languages": [["ar", "en"]], "canaries": []}
    write_card(home / "home" / "config" / "models", name="small", parameters_m=60, **pairs)
    assert run("translate", home / "ar.txt", "--to", "en", "-m", "small")[0] == 0
    assert not caplog.messages
    write_card(home / "home" / "config" / "models", name="huge", parameters_m=3300, **pairs)
    assert run("translate", home / "ar.txt", "--to", "en", "-m", "huge")[0] == 0
    (told,) = caplog.messages
    assert "huge may not fit this machine's memory: it needs about 16.3 GB; 4.0 GB are free" in told
    assert "int8" in told


def test_an_instruction_model_runs_behind_the_server_that_the_user_names(run, home, monkeypatch):
    prompted = {
        "conditioning": {"style": "prompt"},
        "path": "owner/model",
        "canaries": [],
        "engine": "causal",
    }
    write_card(home / "home" / "config" / "models", name="far", languages=[["ar", "en"]], **prompted)
    told = Behaviour(answer=lambda prompt: "The minister said yes, and talks went on.")
    with serving(told) as url:
        monkeypatch.setenv("WORKBENCH_SERVER", url)
        code, out, _ = run("translate", home / "ar.txt", "--to", "en", "-m", "far")
        assert f"server      {url}" in run("models", "show", "far")[1]
        assert re.search(r"^far +server", run("models", "list")[1], re.MULTILINE)
    assert code == 0
    assert "The minister said yes" in out
    assert {body["model"] for body in told.asked} == {"owner/model"}


def test_a_card_names_its_server(run, home):
    told = Behaviour(answer=lambda prompt: "The minister said yes, and talks went on.")
    with serving(told) as url:
        served = {"engine": "server", "path": url, "conditioning": {"style": "prompt"}, "canaries": []}
        write_card(home / "home" / "config" / "models", name="far", languages=[["ar", "en"]], **served)
        assert run("translate", home / "ar.txt", "--to", "en", "-m", "far")[0] == 0
        write_card(
            home / "home" / "config" / "models",
            name="far",
            languages=[["ar", "en"]],
            **served | {"canaries": None},
        )
        code, _, err = run("translate", home / "ar.txt", "--to", "en", "-m", "far")
    assert {body["model"] for body in told.asked} == {"tiny"}
    assert code == 2, "a server that always says the same is refused by the common sentences"
    assert "garbles" in err
