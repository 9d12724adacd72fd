"""What lies in folders: jobs finished and not, evaluations without a report, tables that are scored while one reads."""

import json
import os
import threading
import time

import pytest

from tests.briefs import SENTENCES, brief
from tests.browser.looks import NAMES, stored
from tests.jobs.material import Shout, make, plain, write_articles
from tests.review.conftest import material
from tests.views.server import desk
from workbench.errors import InputError, OutputError
from workbench.jobs import formats
from workbench.jobs.workers import Stopped
from workbench.records import Brief
from workbench.review import Campaign, create_campaign, next_ticket, see_names
from workbench.views import jobs, sheets
from workbench.views.board import Board
from workbench.views.compare import Compare
from workbench.views.desk import Pace, Shelf
from workbench.views.runs import Runs
from workbench.views.sheets import Sheet, under_pseudonyms
from workbench.views.tables import Table, scored


@pytest.fixture
def here(tmp_path):
    made = desk(tmp_path, runs=(stored(tmp_path / "runs"),))
    yield made
    made.store.close()


@pytest.fixture
def news(tmp_path):
    return write_articles(tmp_path / "news.jsonl", [*plain(9), "foreign words of nobody"])


def listed(here):
    return {run["id"]: run for run in Runs(here).runs("ann", {})["runs"]}


# Jobs


def test_a_finished_job_is_listed_and_opened_with_its_records(here, news):
    make(here.runs[0] / "night", news)
    assert listed(here)["runs/night"] | {"name": ""} == {
        "id": "runs/night",
        "name": "",
        "kind": "job",
        "state": "done",
    }
    page = Runs(here).report("runs~night")
    assert page.startswith("<!DOCTYPE html>")
    assert "<b>9</b> articles done" in page
    assert "<b>1</b> rejected" in page
    assert "TALKS OF DAY 8" in page
    assert "task.do" in page
    assert 'dir="rtl"' in Runs(here).report("runs~night", language="ar")


def test_a_job_that_goes_on_or_was_killed_is_told_from_a_finished_one(here, news):
    stop = threading.Event()
    stop.set()
    folder = here.runs[0] / "night"
    with pytest.raises((Stopped, InputError)):
        make(folder, news, stop=stop)
    make(folder, news)
    assert jobs.state(folder) == "done"
    (folder / "summary.json").unlink()
    assert jobs.state(folder) == "working"
    assert jobs.state(folder, now=time.time() + 3600) == "interrupted"
    assert "under way" in Runs(here).report("runs~night")
    assert jobs.figures(folder).done == 9


def test_a_job_that_was_taken_up_again_is_under_way(here, news):
    folder = here.runs[0] / "night"
    make(folder, news)
    later = time.time() + 5
    os.utime(folder / ".lock", (later, later))
    assert jobs.state(folder, now=later) == "working"


def test_a_broken_job_is_told_with_its_cure(here):
    folder = here.runs[0] / "broken"
    folder.mkdir()
    (folder / "plan.json").write_text("{", encoding="utf-8")
    assert listed(here)["runs/broken"]["state"] == "working"
    with pytest.raises(OutputError):
        Runs(here).report("runs~broken")


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_briefs_are_shown_from_both_forms(tmp_path, form):
    (tmp_path / "records").mkdir()
    path = tmp_path / "records" / f"shard-00000{formats.SUFFIXES[form]}"
    formats.write(path, [brief("ar", title="<b>عنوان</b>")], kind=Brief)
    (shown,) = jobs.latest(tmp_path)
    assert shown.title == "<b>عنوان</b>"
    assert {(task, language) for task, language, _, _ in shown.texts} == {
        ("summarise", "ar"),
        ("summarise", "en"),
        ("translate", "en"),
    }
    assert SENTENCES[3]["en"] in shown.texts[-1][3]


def test_what_records_say_never_becomes_markup(here, tmp_path):
    evil = "<script>alert(1)</script> is what this article is about, and nothing else."
    make(here.runs[0] / "night", write_articles(tmp_path / "evil.jsonl", [evil]))
    page = Runs(here).report("runs~night")
    assert "<SCRIPT>" not in page.upper()
    assert "&lt;SCRIPT&gt;" in page


def test_an_evaluation_without_a_report_is_listed_with_what_it_has(here):
    folder = here.runs[0] / "june" / "mini" / "ar-en"
    folder.mkdir(parents=True)
    (folder / "part.json").write_text("{}", encoding="utf-8")
    (folder / "careful.jsonl").write_text('{"id": "1"}\n{"id": "2"}\n', encoding="utf-8")
    assert listed(here)["runs/june/mini/ar-en"]["kind"] == "unfinished"
    page = Runs(here).report("runs~june~mini~ar-en")
    assert "careful" in page
    assert "<bdi>2</bdi>" in page
    (here.runs[0] / "june" / "report.html").write_text("<p>done</p>", encoding="utf-8")
    assert {run["kind"] for run in listed(here).values()} == {"evaluation"}


# Tables


def table(rows=3):
    return Table(
        name="t",
        source="ar",
        target="en",
        keys=[str(number) for number in range(rows)],
        sources=["نص"] * rows,
        outputs={name: [f"text of {place}"] * rows for place, name in enumerate(NAMES)},
    )


def test_texts_are_there_before_their_scores(here, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(sheets, "scored", lambda table, told: gate.wait(20) and scored(table, told))
    view = Compare(here, language="en", tables=Shelf(), pace=Pace(600))
    opened = view.open("ann", {"run": "runs/ar-en"})
    assert (opened["share"], opened["flags"]) == (0.0, [])
    ask = {"table": opened["table"]}
    assert len(view.rows("ann", ask)["rows"]) == 3
    assert view.rows("ann", ask | {"search": "number 2"})["count"] == 1
    gate.set()
    for _ in range(200):
        if view.scored("ann", ask)["share"] == 1:
            break
        time.sleep(0.02)
    assert "score" in view.rows("ann", ask)["rows"][0]


def test_a_table_that_cannot_be_scored_is_still_read(caplog, monkeypatch):
    def broken(_table, _told):
        raise ZeroDivisionError

    monkeypatch.setattr(sheets, "scored", broken)
    sheet = Sheet(table())
    sheet.wait(20)
    assert sheet.over
    for _ in range(1000):  # those who wait are told before the fault is logged
        if caplog.records:
            break
        time.sleep(0.02)
    # The record is there before its text is: the trace is still being formatted.
    assert [message for message in caplog.messages if "could not be scored" in message]
    assert sheet.table.sources


def test_progress_of_scoring_grows_to_the_end():
    told = []
    made = scored(table(), told.append)
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1
    assert set(made.scores) == set(made.flags) == set(NAMES)
    assert len(made.folded) == 3


# Blindness


def test_pseudonyms_keep_texts_with_their_scores_and_tell_no_order():
    whole = scored(table())
    seen = [
        under_pseudonyms(whole, {NAMES[0], NAMES[2]}, person=f"p{number}", word="System")
        for number in range(20)
    ]
    for each in seen:
        assert set(each.outputs) == set(each.scores) == {"System 1", "System 2", NAMES[1]}
        assert {texts[0] for texts in each.outputs.values()} == {"text of 0", "text of 1", "text of 2"}
    assert len({each.outputs["System 1"][0] for each in seen}) == 2, "persons see other numbers"
    assert under_pseudonyms(whole, {"other"}, person="ann", word="System") is whole


@pytest.fixture
def judged(here):
    """A campaign of the stored run's systems, of which ann has a ticket in hand."""
    campaign = Campaign(name="blind", source="ar", target="en", attention=0, reveal=False, owner="boss")
    made = create_campaign(here.store, campaign, material(2, systems=NAMES))
    next_ticket(here.store, made.id, "ann")
    return made


def test_names_are_hidden_in_compare_from_those_who_judge(here, judged):
    view = Compare(here, language="en", tables=Shelf(), pace=Pace(600))
    opened = view.open("ann", {"run": "runs/ar-en"})
    told = str(opened) + str(view.rows("ann", opened | {"base": "System 1"}))
    assert not any(name in told for name in NAMES)
    assert opened["systems"] == ["System 1", "System 2", "System 3"]
    assert opened["blind"] == ["blind"]
    with pytest.raises(InputError, match="hidden"):
        view.create("ann", opened | {"name": "a way round", "items": 1})
    assert view.open("bob", {"run": "runs/ar-en"})["systems"] == list(NAMES)
    view.see_names("ann", {})
    assert view.open("ann", {"run": "runs/ar-en"})["systems"] == list(NAMES)


def test_reports_jobs_and_boards_do_not_tell_either(here, judged, news):
    report = here.runs[0] / "june" / "report.html"
    report.parent.mkdir()
    report.write_text(f"<p>{NAMES[1]}</p>", encoding="utf-8")
    told = {"parts": [{"ranking": [{"system": NAMES[1]}, {"system": "other"}]}]}
    report.with_suffix(".json").write_text(json.dumps(told), encoding="utf-8")
    part = here.runs[0] / "may" / "mini" / "part.json"
    part.parent.mkdir(parents=True)
    part.write_text("{}", encoding="utf-8")
    part.with_name(f"{NAMES[0]}.jsonl").write_text("{}\n", encoding="utf-8")
    make(here.runs[0] / "night", news, task=Shout(name=NAMES[2]))
    make(here.runs[0] / "day", news)
    runs, board = Runs(here), Board(here, language="en")
    for page in ("june", "may~mini", "night"):
        with pytest.raises(InputError, match="judging"):
            runs.report(f"runs~{page}", person="ann")
    assert runs.report("runs~day", person="ann"), "made by another model"
    assert runs.report("runs~june", person="bob")
    assert "keeps its names" in board.board("ann", {"campaign": judged.id})["html"]
    with pytest.raises(InputError, match="keeps its names"):
        board.export("ann", {"campaign": judged.id, "format": "json"})
    see_names(here.store, "ann")
    assert runs.report("runs~june", person="ann")
    assert "No judgement" in board.board("ann", {"campaign": judged.id})["html"]


def test_own_files_are_not_renamed(here, judged):
    view = Compare(here, language="en", tables=Shelf(), pace=Pace(600))
    files = []
    for path in sorted((here.runs[0] / "ar-en").iterdir()):
        copy = here.uploads / path.name
        copy.write_bytes(path.read_bytes())
        role = {"ar": "source", "en": "reference"}.get(path.name, "output")
        files.append({"path": str(copy), "name": path.name, "role": role})
    assert view.open("ann", {"files": files, "source": "ar", "target": "en"})["systems"] == list(NAMES)
