"""A job makes each record once, whatever happens between its start and its end."""

import itertools
import json
import re
import threading
from collections import Counter

import pytest

from tests.jobs.material import (
    Shout,
    ids,
    job,
    make,
    plain,
    rows,
    shard_names,
    without_seconds,
    write_articles,
)
from workbench.errors import EngineError, InputError, OutputError
from workbench.jobs import plan as planning
from workbench.jobs import shards as sharding
from workbench.jobs.plan import held
from workbench.jobs.run import Watch, run
from workbench.jobs.selection import condition
from workbench.jobs.shards import Report
from workbench.jobs.summary import Summary
from workbench.jobs.workers import Stopped


@pytest.fixture
def source(tmp_path):
    return write_articles(tmp_path / "news.jsonl", plain(10))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "job"


def test_every_article_has_one_record_in_the_order_of_the_source(source, folder):
    summary = make(folder, source)
    assert ids(folder) == [f"a{number}" for number in range(10)]
    assert shard_names(folder) == ["shard-00000.jsonl", "shard-00001.jsonl", "shard-00002.jsonl"]
    assert rows(folder)[0]["text"] == plain(1)[0].upper()
    assert (summary.state, summary.done, summary.rejected, summary.shards) == ("done", 10, 0, 3)
    assert summary.tokens == sum(len(text.split()) for text in plain(10))
    assert not list((folder / "open").iterdir())
    assert not (folder / "rejected" / "shard-00000.jsonl").exists()


def test_a_second_run_does_nothing_again(source, folder):
    make(folder, source)
    before = {path: path.stat().st_mtime_ns for path in (folder / "records").iterdir()}
    summary = make(folder, source)
    assert {path: path.stat().st_mtime_ns for path in (folder / "records").iterdir()} == before
    assert (summary.done, summary.run_done, summary.tokens_per_second) == (10, 0, None)


@pytest.mark.parametrize("lost", [["00000"], ["00001"], ["00000", "00002"], ["00002"]])
def test_missing_shards_are_made_again_in_the_same_company(source, folder, lost):
    make(folder, source)
    whole = without_seconds(folder)
    for number in lost:
        (folder / "records" / f"shard-{number}.jsonl").unlink()
    make(folder, source)
    assert without_seconds(folder) == whole


def test_what_a_killed_run_left_half_written_is_no_record(source, folder):
    make(folder, source)
    whole = without_seconds(folder)
    (folder / "records" / "shard-00001.jsonl").unlink()
    (folder / "open" / "records-shard-00001.jsonl.part").write_text('{"article": "a4", "te')
    make(folder, source)
    assert without_seconds(folder) == whole
    assert not list((folder / "open").iterdir())


def test_articles_that_are_added_are_taken_up(source, folder):
    make(folder, source)
    write_articles(source, plain(15)[10:], start=10, mode="a")
    summary = make(folder, source)
    assert sorted(ids(folder)) == sorted(f"a{number}" for number in range(15))
    assert (summary.done, summary.run_done) == (15, 5)
    assert len(shard_names(folder)) == 5


def test_a_source_that_shrinks_loses_nothing(source, folder):
    make(folder, source)
    write_articles(source, plain(3))
    assert make(folder, source).done == 10


def test_a_limit_is_counted_from_the_first_article_and_can_be_raised(source, folder):
    assert make(folder, source, limit=5).done == 5
    assert make(folder, source, limit=5).run_done == 0
    assert make(folder, source, limit=7).run_done == 2
    assert ids(folder) == [f"a{number}" for number in range(7)]


def test_articles_rejected_for_one_reason_are_told_apart_when_a_job_goes_on(tmp_path, folder):
    """Rows of a table without addresses share their source; those in one foreign language their reason too."""
    source = tmp_path / "news.jsonl"
    texts = {"ar": "قال الوزير في اليوم {} إن المحادثات ستستمر.", "fr": "Le ministre a parlé le {} mai."}
    lines = [
        json.dumps({"language": tag, "text": texts[tag].format(n)}) for n in range(6) for tag in ("ar", "fr")
    ]
    source.write_text("\n".join(lines), encoding="utf-8")
    whole = make(folder, source, shard=2)
    make(tmp_path / "other", source, shard=2, limit=2)
    resumed = make(tmp_path / "other", source, shard=2)
    assert (whole.done, whole.rejected) == (resumed.done, resumed.rejected) == (6, 6)
    rejected = [
        sorted(row["article"] for row in rows(each, "rejected")) for each in (folder, tmp_path / "other")
    ]
    assert rejected[0] == rejected[1]
    assert make(tmp_path / "other", source, shard=2).run_rejected == 0


def test_bad_articles_become_rejected_rows_and_the_others_are_done(tmp_path, folder):
    texts = plain(10)
    texts[2], texts[7] = "It is broken here.", "It is foreign here."
    source = write_articles(tmp_path / "news.jsonl", texts)
    with source.open("a") as sink:
        sink.write('{"id": "a10", "text": \n')
    told = []
    summary = make(folder, source, watch=Watch(rejected=told.append))
    assert ids(folder) == [f"a{number}" for number in range(10) if number not in (2, 7)]
    found = rows(folder, "rejected")
    assert [(row["article"], row["stage"]) for row in found] == [
        ("a2", "work"),
        ("a7", "work"),
        (None, "reading"),
    ]
    assert all(row["cure"] for row in found)
    assert "it broke" in found[0]["reason"]
    assert [rejection.reason for rejection in told] == [row["reason"] for row in found]
    assert (summary.done, summary.rejected) == (8, 3)
    assert sum(summary.reasons.values()) == 3
    again = make(folder, source)
    assert (again.run_done, again.run_rejected, again.rejected) == (0, 0, 3)


def test_reasons_that_differ_by_a_name_or_a_number_are_one_kind(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", plain(2))
    with source.open("a") as sink:
        sink.writelines(['{"id": "a9", "text": \n', '{"id": "b0", "text": \n', '"words"\n'])
    reasons = make(folder, source).reasons
    assert sum(reasons.values()) == 3
    assert any(count > 1 and "…" in reason for reason, count in reasons.items())
    assert not any(character.isdigit() for reason in reasons for character in reason)
    told = [row["reason"] for row in rows(folder, "rejected")]
    assert any("Line 3" in reason for reason in told)


def test_rejected_articles_can_be_tried_again(tmp_path, folder):
    texts = plain(6)
    texts[1] = "It is broken here."
    source = write_articles(tmp_path / "news.jsonl", texts)
    make(folder, source)
    texts[1] = "It is mended here."
    write_articles(source, texts)
    assert make(folder, source).rejected == 1
    summary = make(folder, source, retry=True)
    assert (summary.done, summary.rejected) == (6, 0)
    assert sorted(ids(folder)) == [f"a{number}" for number in range(6)]
    assert not rows(folder, "rejected")


def test_a_task_that_fails_with_everything_stops_the_job_instead_of_rejecting_it(tmp_path, folder):
    source = write_articles(
        tmp_path / "news.jsonl", [*plain(4), *["All is broken."] * 2, "Broken is broken."]
    )
    with pytest.raises(EngineError, match="it broke"):
        make(folder, source)
    assert ids(folder) == ["a0", "a1", "a2", "a3"]
    assert json.loads((folder / "summary.json").read_text())["state"] == "failed"


def test_models_that_cannot_be_loaded_stop_the_job(source, folder):
    with pytest.raises(EngineError, match="cannot be loaded"):
        make(folder, source, task=Shout(fails=True))
    assert not shard_names(folder)


def test_a_changed_plan_is_refused_and_restart_throws_away(source, folder):
    make(folder, source)
    with pytest.raises(OutputError, match="shard was 4, is 5") as fault:
        make(folder, source, shard=5)
    assert "--restart" in fault.value.cure
    with pytest.raises(OutputError, match=r"task\.do was shout, is whisper"):
        make(folder, source, task=Shout(name="whisper"))
    assert len(ids(folder)) == 10
    assert make(folder, source, shard=5, restart=True).run_done == 10
    assert len(shard_names(folder)) == 2


def test_a_folder_that_holds_something_else_is_refused(source, tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    for restart in (False, True):
        with pytest.raises(OutputError, match=r"holds something else than a job: letter\.txt"):
            make(folder, source, restart=restart)
    assert (folder / "letter.txt").read_text() == "dear"
    assert len(list(folder.iterdir())) == 1


def test_a_file_in_place_of_the_folder_is_refused(source):
    with pytest.raises(OutputError, match="is a file"):
        make(source, source)


def test_two_runs_do_not_share_a_folder(source, folder):
    with held(folder), pytest.raises(OutputError, match="Another run is at work"):
        make(folder, source)
    assert make(folder, source).done == 10


def test_no_articles_is_told(tmp_path, folder, source):
    with pytest.raises(InputError, match="no articles that the job wants"):
        make(folder, source, where=(condition("language=ar"),))
    with pytest.raises(InputError, match="There is no file"):
        make(tmp_path / "other", tmp_path / "gone.jsonl")


def test_a_source_that_breaks_in_the_middle_is_a_rejection(tmp_path, folder, monkeypatch):
    from workbench.jobs import run as running

    source = write_articles(tmp_path / "news.jsonl", plain(6))
    whole = running.read_all

    def breaking(*arguments):
        for number, item in enumerate(whole(*arguments)):
            if number == 5:
                raise InputError("The disk is gone.", cure="Bring it back.")
            yield item

    monkeypatch.setattr(running, "read_all", breaking)
    summary = make(folder, source)
    assert (summary.done, summary.rejected) == (5, 1)
    monkeypatch.setattr(running, "read_all", whole)
    assert make(folder, source).run_done == 1


def test_a_full_disk_loses_nothing_that_was_finished(source, folder, monkeypatch):
    write, count = sharding.formats.write, []

    def full(path, *arguments, **more):
        count.append(path)
        if len(count) == 2:
            path.write_text("half a rec")
            raise OSError(28, "No space left on device")
        write(path, *arguments, **more)

    monkeypatch.setattr(sharding.formats, "write", full)
    with pytest.raises(OutputError, match="No space left") as fault:
        make(folder, source)
    assert "goes on" in fault.value.cure
    assert shard_names(folder) == ["shard-00000.jsonl"]
    assert not list((folder / "open").iterdir())
    assert make(folder, source).done == 10


def test_a_folder_that_cannot_be_written_is_told(source, tmp_path):
    # Even the administrator cannot make folders here.
    with pytest.raises(OutputError, match="cannot be written") as fault:
        make(tmp_path / "news.jsonl" / "below", source)
    assert "-o" in fault.value.cure


def test_clocks_decide_nothing(source, folder, monkeypatch):
    make(folder, source, limit=4)
    monkeypatch.setattr("time.time", lambda: 0.0)
    for path in folder.rglob("*"):
        import os

        os.utime(path, (4e9, 4e9))
    summary = make(folder, source)
    assert (summary.done, summary.run_done) == (10, 6)
    assert summary.run_seconds >= 0


def test_a_clock_that_is_set_back_while_it_works_changes_nothing(source, folder, monkeypatch):
    import time

    make(folder.with_name("calm"), source)
    clock = itertools.count(1_000_000_000, -86_400)
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: float(next(clock)))
        patch.setattr(time, "time_ns", lambda: next(clock) * 10**9)
        summary = make(folder, source)
    assert without_seconds(folder) == without_seconds(folder.with_name("calm"))
    assert 0 <= summary.run_seconds < 1000
    assert make(folder, source).run_done == 0


def test_told_to_stop_it_stops_and_goes_on_later(source, folder):
    stop = threading.Event()
    with pytest.raises(Stopped):
        make(folder, source, watch=Watch(progress=lambda done: stop.set()), stop=stop)
    assert len(ids(folder)) in (4, 8)
    assert json.loads((folder / "summary.json").read_text())["state"] == "stopped"
    assert make(folder, source).done == 10
    assert ids(folder) == [f"a{number}" for number in range(10)]


@pytest.mark.parametrize("done", [0, 4])
def test_told_to_stop_before_the_first_shard_it_stops(source, folder, done):
    if done:
        make(folder, source, limit=done)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        make(folder, source, stop=stop)
    assert json.loads((folder / "summary.json").read_text())["state"] == "stopped"
    assert len(ids(folder)) == done


def test_conditions_and_orders_select(tmp_path, folder):
    texts = [
        "Five words are in here.",
        "Here are six words at least.",
        "Three words only.",
        "Talks of 7 in the old town.",
    ]
    source = write_articles(tmp_path / "news.jsonl", texts)
    make(folder, source, where=(condition("words>=5"),), order="shortest")
    assert ids(folder) == ["a0", "a3", "a1"]
    assert rows(folder)[1]["flags"][0]["kind"] == "number"


def test_duplicates_are_done_once(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", plain(5))
    write_articles(source, plain(5), mode="a")
    assert make(folder, source).done == 5


def test_a_missing_report_is_told_with_its_cure(source, folder):
    make(folder, source)
    (folder / "reports" / "shard-00001.json").unlink()
    with pytest.raises(OutputError, match=r"shard-00001\.json") as fault:
        make(folder, source)
    assert "Delete the shard" in fault.value.cure


def test_the_page_tells_the_figures_and_escapes_reasons(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", [*plain(3), "It is broken here."])
    with source.open("a") as sink:
        sink.write('"<script>alert(1)</script>"\n')
    make(folder, source)
    page = (folder / "summary.html").read_text(encoding="utf-8")
    assert "The job is" in page
    assert "it broke" in page
    assert "<script>" not in page


ARABIC_PLANS = {
    "translated": {"task": {"do": "translate", "to": "ar"}},
    "summarised as it is": {"task": {"do": "summarise", "to": None}, "reading": {"language": "ar-EG"}},
}
OTHER_PLANS = {
    "into English": {"task": {"do": "translate", "to": "en"}, "reading": {"language": "ar"}},
    "in both": {"task": {"do": "brief", "to": None}, "reading": {"language": "ar"}},
    "unknown": {},
}


@pytest.mark.parametrize("name", [*ARABIC_PLANS, *OTHER_PLANS])
def test_the_page_is_in_the_language_that_the_job_writes(folder, name):
    (folder / "open").mkdir(parents=True)
    total = Counter({"done": 1234, "rejected": 1, "flag\tnumber": 2, "reason\tIt broke.": 1})
    facts = (ARABIC_PLANS | OTHER_PLANS)[name]
    Summary.of(state="stopped", facts=facts, total=total, this_run=total, seconds=2.0).write(folder)
    page = (folder / "summary.html").read_text(encoding="utf-8")
    arabic = name in ARABIC_PLANS
    assert ('<html lang="ar" dir="rtl">' in page) is arabic
    assert ('<html lang="en" dir="ltr">' in page) is not arabic
    body = re.sub("<[^>]+>|&[^;]+;", " ", page.partition("<main>")[2].partition("<table>")[0])
    assert bool(re.search("[a-z]{3}", body.replace("records", "").replace("rejected", ""))) is not arabic
    assert "1,234" in body
    assert ("رقم" in page) is arabic


def test_facts_hold_everything_that_decides_records(source, folder):
    facts = job(folder, source, where=(condition("language=en"),)).facts(Shout())
    assert set(facts) == {"sources", "reading", "where", "order", "shard", "format", "task", "version"}
    assert facts["sources"] == [str(source)]


def test_a_relative_source_is_the_same_from_its_folder(source, folder, monkeypatch):
    make(folder, source)
    monkeypatch.chdir(source.parent)
    assert run(job(folder, "news.jsonl"), Shout()).run_done == 0


def test_a_million_different_reasons_are_not_all_kept(monkeypatch):
    total = Counter()
    monkeypatch.setattr(planning, "_MOST", 10)
    for number in range(40):
        report = Report(number=number, done=("a",), unread=("b",), reasons={f"{number} is unknown.": 1})
        planning.add_up(total, planning.tally(report))
    assert len(total) <= 12
    assert total["rejected"] == 40
    assert sum(count for name, count in total.items() if name.startswith("reason")) == 40
    assert total["reason\tother reasons"] > 30


def test_a_source_that_is_gone_when_a_job_goes_on_is_told_and_nothing_is_lost(source, folder):
    make(folder, source, limit=4)
    source.rename(source.with_suffix(".away"))
    with pytest.raises(InputError, match="There is no file") as fault:
        make(folder, source)
    assert fault.value.cure
    assert ids(folder) == [f"a{number}" for number in range(4)]
    source.with_suffix(".away").rename(source)
    assert make(folder, source).done == 10


def test_one_rotten_article_in_a_hundred_costs_itself_alone(tmp_path, folder):
    texts = plain(300)
    texts[17], texts[117], texts[217] = "It is broken here.", "It is foreign here.", ""
    source = write_articles(tmp_path / "news.jsonl", texts)
    summary = make(folder, source, shard=64)
    assert (summary.done, summary.rejected) == (297, 3)
    assert ids(folder) == [f"a{number}" for number in range(300) if number % 100 != 17]
    assert all(row["reason"] and row["cure"] for row in rows(folder, "rejected"))
