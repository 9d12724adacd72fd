"""`models` and `doctor`: what there is, what is here, what to change."""

import json
import subprocess
import sys

import pytest

from tests.cards import write_card
from workbench.cli import doctor


def test_models_are_listed_with_what_is_here(run, embedded, home):
    write_card(home / "home" / "config" / "models", name="absent", path="./elsewhere", size_mb=310)
    code, out, _ = run("models", "list")
    assert code == 0
    _, absent, embedded, parrot = out.splitlines()
    assert absent.split()[:4] == ["absent", "no", "translate", "ar→fa"]
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
    assert "1, not checked yet" in before
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
    assert set(bad) == {"embedded model", "cache folder", "config folder"}
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
    monkeypatch.setattr(doctor, "_meminfo", lambda path: {"MemTotal": 24_000_000, "MemAvailable": 20_000_000})
    monkeypatch.setattr(doctor, "_container_limit", lambda: None)
    assert doctor.memory() == (20.0, 24.0)
    monkeypatch.setattr(doctor, "_container_limit", lambda: (2.0, 1.5))
    assert doctor.memory() == (0.5, 2.0)


def test_listing_models_loads_no_runtime(home):
    script = (
        "import sys\nsys.argv = ['workbench', 'models', 'list']\nfrom workbench.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'transformers', 'ctranslate2', 'gradio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
