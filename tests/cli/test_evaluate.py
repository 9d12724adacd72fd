"""`workbench evaluate` and `workbench compare`, through the same models as the other commands."""

import json

import pytest

from tests.cards import write_card
from tests.evaluate.material import RECORDS, write_suite


@pytest.fixture
def suite(home):
    return write_suite(
        home,
        records=RECORDS,
        parts=[
            {},
            {"name": "say", "task": "summarise", "source": "en", "text": "en", "references": ["say.en"]},
        ],
    )


def test_suites_run_through_models_and_baselines_into_a_report(run, home, suite):
    code, out, err = run(
        "evaluate",
        suite,
        "--model",
        "parrot",
        "--model",
        "copy",
        "--model",
        "lead-1",
        "--data",
        home / "data",
        "-o",
        home / "out",
    )
    assert code == 0, err
    assert "tiny/ar-en" in out
    assert "parrot" in out
    assert "tiny/ar-en: left out for lead-1" in err
    assert "tiny/say" in out
    assert "Report:" in err
    outputs = (home / "out" / "tiny" / "ar-en" / "parrot.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(outputs[0])["text"] == "الميناء فتح"
    record = json.loads((home / "out" / "tiny" / "ar-en" / "parrot.run.json").read_text(encoding="utf-8"))
    assert record["facts"]["decoding"]["beam"] == 1
    assert record["card"]["licence"] == "CC0-1.0"
    assert record["tokens"] > 0
    assert (home / "out" / "report.html").exists()


def test_an_unknown_model_is_told_before_any_other_writes(run, home, suite):
    models = ["--model", "parrot", "--model", "parot"]
    code, _, err = run("evaluate", suite, *models, "--data", home / "data", "-o", home / "out")
    assert code == 2
    assert "Did you mean 'parrot'?" in err
    assert not list((home / "out").rglob("parrot.jsonl"))


def test_a_second_run_only_scores_again(run, home, suite):
    command = [
        "evaluate",
        suite,
        "--model",
        "copy",
        "--data",
        home / "data",
        "-o",
        home / "out",
        "--format",
        "json",
    ]
    first, again = run(*command), run(*command, "--metric", "chrf")
    assert (first[0], again[0]) == (0, 0)
    report = json.loads(again[1])
    assert {each["metric"] for part in report["parts"] for each in part["scores"]} == {"chrf"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("minni", "--model", "copy"), "No suite is called 'minni'"),
        (("mini", "--model", "parot"), "Did you mean 'parrot'"),
        (("mini/summary-en", "--model", "copy", "--metric", "rouge"), "No metric is called 'rouge'"),
        (("mini/ar-en", "--model", "lead-3"), "lead-3 picks sentences"),
        (("mini/ar-en", "--model", "copy", "--lower", "why not"), "Add --pin"),
    ],
)
def test_what_is_wrong_is_said_before_anything_long_begins(run, home, arguments, message):
    code, _, err = run("evaluate", *arguments, "-o", home / "out", "--limit", 2)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_another_plan_in_the_same_folder_is_refused(run, home, suite):
    common = ["evaluate", suite, "--model", "parrot", "--data", home / "data", "-o", home / "out"]
    assert run(*common)[0] == 0
    code, _, err = run(*common, "--beam", 2)
    assert code == 2
    assert "decoding was" in err


def test_floors_are_pinned_held_and_lowered_only_with_a_reason(run, home, suite, monkeypatch):
    baselines = home / "baselines"
    monkeypatch.setattr("workbench.config.resource", lambda name: baselines)
    common = ["evaluate", suite, "--model", "copy", "--data", home / "data", "-o", home / "out"]
    code, _, err = run(*common, "--check")
    assert code == 2
    assert "no floor is pinned" in err
    assert run(*common, "--pin")[0] == 0
    assert run(*common, "--check")[0] == 0
    path = baselines / "copy.json"
    floor = json.loads(path.read_text(encoding="utf-8"))
    floor["parts"]["tiny/ar-en"]["data_sha256"] = "0" * 64
    path.write_text(json.dumps(floor), encoding="utf-8")
    code, _, err = run(*common, "--check")
    assert code == 2
    assert "the data is another" in err
    assert run(*common, "--pin")[0] == 2
    assert run(*common, "--pin", "--lower", "the suite grew")[0] == 0
    assert run(*common, "--check")[0] == 0


def test_several_models_run_each_in_a_process_of_its_own(run, home, suite):
    write_card(home / "home" / "config" / "models", name="second", languages=[["ar", "en"]], canaries=[])
    command = ["evaluate", f"{suite}", "--data", home / "data", "--model", "parrot", "--model", "second"]
    code, out, err = run(*command, "-o", home / "out", "--limit", 2, "--price-per-hour", 1.5)
    assert code == 0, err
    assert "parrot" in out
    records = [home / "out" / "tiny" / "ar-en" / f"{name}.run.json" for name in ("parrot", "second")]
    assert [json.loads(path.read_text(encoding="utf-8"))["price_per_hour"] for path in records] == [1.5, 1.5]
    code, _, _ = run(*command, "--model", "absent", "-o", home / "out2")
    assert code == 2


def test_a_judge_gives_verdicts_that_are_kept(run, home, suite):
    code, _, err = run(
        "evaluate",
        suite,
        "--model",
        "copy",
        "--judge",
        "parrot",
        "--data",
        home / "data",
        "-o",
        home / "out",
        "--format",
        "json",
    )
    assert code == 0, err
    verdicts = home / "out" / "tiny" / "ar-en" / "judged" / "parrot" / "copy" / "parrot.jsonl"
    assert len(verdicts.read_text(encoding="utf-8").splitlines()) == 3
    code, _, err = run(
        "evaluate", suite, "--model", "copy", "--judge", "parot", "--data", home / "data", "-o", home / "out"
    )
    assert code == 2
    assert "parrot" in err


def test_two_runs_are_compared(run, home, suite):
    for name, model in (("one", "copy"), ("two", "parrot")):
        assert run("evaluate", suite, "--model", model, "--data", home / "data", "-o", home / name)[0] == 0
    code, out, _ = run("compare", home / "one", home / "two")
    assert code == 0
    assert out.splitlines()[0] == "tiny/ar-en"
    code, out, _ = run("compare", home / "one", home / "two", "--metric", "chrf", "--format", "json")
    pair = json.loads(out)[0]
    assert (pair["ours"], pair["theirs"], pair["metric"], pair["part"]) == (
        "copy",
        "parrot",
        "chrf",
        "tiny/ar-en",
    )
    code, _, err = run("compare", home / "one", home / "absent")
    assert code == 2
    assert "holds no run" in err
