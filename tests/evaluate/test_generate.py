"""Outputs are made batch by batch, survive a crash, and are never mixed with those of another plan."""

import json

import pytest

from tests.evaluate.material import RECORDS, system, write_suite
from workbench.errors import EngineError, InputError, OutputError, UnsupportedPair
from workbench.evaluate import generate as generating
from workbench.evaluate.baselines import baseline
from workbench.evaluate.generate import generate
from workbench.evaluate.results import read_results
from workbench.evaluate.run import Run, files, read_json
from workbench.evaluate.suite import load_suite
from workbench.records import Flag, Output


@pytest.fixture
def part(tmp_path):
    (found,) = load_suite(str(write_suite(tmp_path)), data=tmp_path / "data")
    return found


def texts(path):
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def run_of(folder, part, name):
    return Run.from_dict(read_json(files(folder, part, name).record))


def test_outputs_and_their_making_are_recorded(part, tmp_path):
    seen = []
    made = generate(
        part,
        system("upper", lambda item: item.source[::-1], facts={"revision": "1"}, count_tokens=len),
        tmp_path / "run",
        price_per_hour=3600,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert texts(made) == [record["ar"][::-1] for record in RECORDS]
    assert [json.loads(line)["article"] for line in made.read_text(encoding="utf-8").splitlines()] == [
        "a",
        "b",
        "c",
    ]
    run = run_of(tmp_path / "run", part, "upper")
    assert (run.items, run.tokens, run.characters) == (3, 30, 30)
    assert run.seconds > 0
    assert run.cost == pytest.approx(run.seconds)
    assert run.tokens_per_second == pytest.approx(30 / run.seconds)
    assert run.hardware["cores"] >= 1
    assert run.versions["sacrebleu"]
    assert run.data_sha256 == part.sha256
    assert seen == [(3, 3)]


def test_complete_outputs_are_left_alone_and_nothing_is_loaded(part, tmp_path):
    generate(part, system("x", lambda item: item.id), tmp_path)

    def refuse(_):
        raise AssertionError("nothing is to be made again")

    again = generate(part, system("x", refuse, prepare=refuse), tmp_path, price_per_hour=2)
    assert texts(again) == ["a", "b", "c"]
    assert run_of(tmp_path, part, "x").price_per_hour == 2


def test_a_crash_costs_one_batch_and_a_broken_line_is_made_again(part, tmp_path, monkeypatch):
    monkeypatch.setattr(generating, "_BATCH", 1)

    def fragile(item):
        if item.id == "b":
            raise EngineError("The server is gone.", cure="Start it.")
        return f"first {item.id}"

    with pytest.raises(EngineError):
        generate(part, system("x", fragile), tmp_path)
    here = files(tmp_path, part, "x")
    assert not here.outputs.exists()
    with here.draft.open("a", encoding="utf-8") as draft:
        draft.write('{"article": "b", "te')
    assert texts(generate(part, system("x", lambda item: f"second {item.id}"), tmp_path)) == [
        "first a",
        "second b",
        "second c",
    ]
    assert run_of(tmp_path, part, "x").items == 3


def test_another_plan_is_refused_and_says_what_differs(part, tmp_path):
    generate(part, system("x", lambda item: item.id, facts={"beam": 1}), tmp_path)
    with pytest.raises(InputError, match="beam was 1, is 4"):
        generate(part, system("x", lambda item: item.id, facts={"beam": 4}), tmp_path)
    (other,) = load_suite(str(write_suite(tmp_path, records=RECORDS[:2])), data=tmp_path / "data")
    with pytest.raises(InputError, match="from other data"):
        generate(other, system("x", lambda item: item.id, facts={"beam": 1}), tmp_path)


def test_other_data_beside_the_outputs_of_another_system_is_refused(part, tmp_path):
    """All systems of a part share its items: with others, no outputs that lie there could be scored."""
    (few,) = load_suite(str(write_suite(tmp_path, records=RECORDS[:2])), data=tmp_path / "data")
    run = tmp_path / "run"

    def fail(_):
        raise EngineError("There is no such model.", cure="Choose another.")

    with pytest.raises(EngineError):
        generate(few, system("a", lambda item: item.id, prepare=fail), run)
    generate(part, system("a", lambda item: item.id), run)
    with pytest.raises(InputError, match="other data") as fault:
        generate(few, system("b", lambda item: item.id), run)
    assert "-o" in fault.value.cure
    assert "--limit" in fault.value.cure
    generate(part, system("c", lambda item: item.id), run)
    (result,) = read_results(run)
    assert set(result.scored.outputs) == {"a", "c"}


def test_truncated_outputs_are_counted(part, tmp_path):
    def cut(part, items):
        flag = Flag(kind="truncated", message="Cut.")
        return [
            Output(article="?", task="translate", text="x", language="en", model="m", flags=(flag,))
            for _ in items
        ]

    generate(part, generating.System(name="cut", generate=cut), tmp_path)
    assert run_of(tmp_path, part, "cut").truncated == 3


def test_a_folder_that_cannot_be_written_says_so(part, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        generate(part, system("x", lambda item: item.id), tmp_path / "file")


# Baselines


@pytest.fixture
def summaries(tmp_path):
    record = {
        "id": "a",
        "text": ["One ship sank.", "Two men swam.", "Rain fell.", "The port shut."],
        "say": "Two men swam and the port shut.",
    }
    part = {
        "name": "en",
        "task": "summarise",
        "source": "en",
        "target": "en",
        "text": "text",
        "references": ["say"],
    }
    (found,) = load_suite(str(write_suite(tmp_path, records=[record], parts=[part])), data=tmp_path / "data")
    return found


def made(name, part):
    return baseline(name).generate(part, part.items)[0].text


def test_lead_random_and_oracle_pick_sentences_in_reading_order(summaries):
    assert made("lead-2", summaries) == "One ship sank.\nTwo men swam."
    assert made("oracle-2", summaries) == "Two men swam.\nThe port shut."
    assert made("oracle-4", summaries) == "Two men swam.\nThe port shut."
    assert made("random-2", summaries) == made("random-2", summaries)
    assert len(made("random-3", summaries).split("\n")) == 3
    assert made("copy", summaries) == summaries.items[0].source


def test_other_names_are_no_baselines_and_translation_is_no_picking(part):
    assert baseline("lead") is None
    assert baseline("lead-0") is None
    assert baseline("embedded") is None
    with pytest.raises(UnsupportedPair, match="lead-3 picks sentences"):
        baseline("lead-3").prepare(part)
