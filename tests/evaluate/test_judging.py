"""Verdicts are asked for once, kept as Outputs, and read back without the judge."""

import json

import pytest

from tests.evaluate.material import RECORDS, system, write_suite
from workbench.errors import EngineError
from workbench.evaluate.generate import generate
from workbench.evaluate.judging import judge, kept_verdicts
from workbench.evaluate.results import read_outputs, read_results
from workbench.evaluate.suite import load_suite


@pytest.fixture
def run(tmp_path):
    (part,) = load_suite(str(write_suite(tmp_path, records=RECORDS)), data=tmp_path / "data")
    folder = tmp_path / "run"
    generate(part, system("good", lambda item: item.references[0]), folder)
    generate(part, system("poor", lambda item: "nothing"), folder)
    return part, folder, read_outputs(part, folder / part.path)


def strict(prompts):
    return ["Score: 10" if "nothing\n" in prompt else "none\nScore: 90" for prompt in prompts]


def test_verdicts_are_kept_and_scored_without_asking_again(run):
    part, folder, outputs = run
    judge(part, outputs, folder, model="wise", ask=strict)
    kept = folder / "tiny" / "ar-en" / "judged" / "wise" / "poor" / "wise.jsonl"
    record = json.loads(kept.read_text(encoding="utf-8").splitlines()[0])
    assert (record["task"], record["model"], record["text"], record["article"]) == (
        "judge",
        "wise",
        "Score: 10",
        "a",
    )

    def refuse(prompts):
        raise AssertionError("the judge was asked again")

    judge(part, outputs, folder, model="wise", ask=refuse)
    (result,) = read_results(folder)
    assert set(result.scored.outputs) == {"good", "poor"}
    assert result.scored.score("good", "judged-wise").value == 90
    assert result.scored.score("poor", "judged-wise").value == 10
    assert result.scored.score("poor", "judged-wise").n == 3


def test_a_system_that_was_not_judged_has_no_verdict(run):
    part, folder, outputs = run
    judge(part, {"good": outputs["good"]}, folder, model="wise", ask=strict)
    (result,) = read_results(folder)
    assert result.scored.score("poor", "judged-wise").value is None
    assert result.scored.score("poor", "judged-wise").n == 0


def test_a_judge_that_fails_leaves_nothing_half_counted(run):
    part, folder, outputs = run

    def broken(prompts):
        raise EngineError("The server is gone.", cure="Start it.")

    with pytest.raises(EngineError):
        judge(part, outputs, folder, model="wise", ask=broken)
    (metric,) = kept_verdicts(part, folder)
    assert metric._ask(["anything"]) == [None]
    assert "judged-wise" in {each.name for each in read_results(folder)[0].scored.metrics}
