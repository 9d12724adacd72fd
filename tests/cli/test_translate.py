"""`translate`, `summarise` and `brief` as other people's scripts call them: streams, formats, exit codes."""

import json
import sys

import pytest

from tests.cards import ARABIC, ENGLISH, write_card
from workbench.cli.progress import Bar, bar
from workbench.records import Brief, Output, Rejection


def lines_of(path, *options, run):
    return run("translate", "--lines", path, "--from", "ar", "--to", "en", "--model", "parrot", *options)


def test_text_goes_to_stdout_and_flags_to_stderr(run, home):
    code, out, err = run("translate", home / "ar.txt", "--to", "en", "--model", "parrot")
    assert code == 0
    assert out.split("\n\n") == ["نعم. الوزير قال", "طويلة. محادثات بعد العاصمة إلى أمس مساء الوفد عاد\n"]
    assert "untranslated" in err
    assert "source: قال الوزير نعم." in err


def test_json_is_one_output_an_article(run, home):
    code, out, _ = run(
        "translate", home / "ar.txt", home / "en.txt", "--to", "en", "--model", "parrot", "--format", "jsonl"
    )
    assert code == 0
    first, second = (Output.from_dict(json.loads(line)) for line in out.splitlines())
    assert (first.task, first.model, first.language, first.coverage) == ("translate", "parrot", "en", 1.0)
    assert second.text == ENGLISH


def test_the_language_can_be_named_and_the_beam_chosen(run, home):
    _, out, _ = run(
        "translate",
        home / "en.txt",
        "--from",
        "en",
        "--to",
        "ar",
        "-m",
        "parrot",
        "--beam",
        "3",
        "--format",
        "jsonl",
    )
    assert json.loads(out)["decoding"] == "beam=3"
    assert json.loads(out)["text"].startswith("on. go will Talks")


def test_results_go_to_a_file(run, home):
    code, out, _ = run("translate", home / "ar.txt", "--to", "en", "-m", "parrot", "-o", home / "out.txt")
    assert (code, out) == (0, "")
    assert "قال" in (home / "out.txt").read_text(encoding="utf-8")


def test_a_pair_that_one_article_of_many_lacks_is_a_rejection(run, home):
    write_card(home / "home" / "config" / "models", languages=[["ar", "en"]], canaries=[])
    (home / "de.txt").write_text(
        "Der Minister sagte am Montag, die Gespräche würden fortgesetzt.", encoding="utf-8"
    )
    code, out, err = run(
        *("translate", home / "ar.txt", home / "de.txt", "--to", "en", "-m", "parrot"),
        *("--format", "jsonl", "--accept", "any"),
    )
    assert code == 3
    records = [json.loads(line) for line in out.splitlines()]
    (rejected,) = (Rejection.from_dict(record) for record in records if "cure" in record)
    assert "It offers ar to en" in rejected.cure
    assert rejected.reason in err
    assert len(records) == 2


def test_lines_come_out_one_for_one(run, home):
    source = "قال الوزير\n\n  \nنعم\x0bلا\x0cربما\x1cغدا\x85بعد\u2028غد\r\n212\n"
    (home / "lines.txt").write_bytes(source.encode())
    code, out, err = lines_of(home / "lines.txt", run=run)
    assert code == 0
    assert out.split("\n") == ["الوزير قال", "", "  ", "غد بعد غدا ربما لا نعم", "212", ""]
    assert "Lines to check, of 5: untranslated 2" in err


def test_lines_keep_their_order_over_blocks(run, home):
    (home / "lines.txt").write_text("".join(f"قال {n}\n" for n in range(1100)), encoding="utf-8")
    _, out, _ = lines_of(home / "lines.txt", run=run)
    assert out.splitlines() == [f"{n} قال" for n in range(1100)]


@pytest.mark.parametrize(
    ("source", "count"), [(b"", 0), (b"\n", 1), ("نعم".encode(), 1), ("نعم\n\n".encode(), 2)]
)
def test_lines_are_counted_as_every_tool_counts_them(run, source, count):
    code, out, _ = run(
        "translate", "--lines", "-", "--from", "ar", "--to", "en", "-m", "parrot", stdin=source
    )
    assert (code, out.count("\n")) == (0, count)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1256"])
def test_lines_are_read_in_any_encoding(run, home, encoding):
    text = "\n".join(["قال الوزير إن المدرسة فتحت أبوابها"] * 3)
    (home / "lines.txt").write_bytes(text.encode(encoding))
    _, out, _ = lines_of(home / "lines.txt", run=run)
    assert out.splitlines() == ["أبوابها فتحت المدرسة إن الوزير قال"] * 3


def test_lines_as_json_tell_each_flag(run, home):
    (home / "lines.txt").write_text("نعم\n\n", encoding="utf-8")
    _, out, _ = lines_of(home / "lines.txt", "--format", "jsonl", run=run)
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["flags"][0]["kind"] == "untranslated"
    assert (second["text"], second["coverage"], second["flags"]) == ("", None, [])


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["translate", "--to", "en"], "SOURCE"),
        (["translate", "x.txt", "--lines", "y.txt", "--to", "en"], "--lines"),
        (["translate", "--lines", "y.txt", "--to", "en"], "--from ar"),
        (["translate", "--lines", "nowhere.txt", "--from", "ar", "--to", "en"], "path given to --lines"),
        (["translate", "nowhere.txt", "--to", "en", "-m", "parrot"], "path"),
        (["translate", "nowhere.txt", "--to", "en", "-m", "parot"], "parrot"),
        (["translate", "nowhere.txt", "--to", "xx", "-m", "parrot"], "It offers ar to en, en to ar"),
        (["translate", "nowhere.txt", "--to", "en", "--beam", "0"], "beam"),
        (["translate", "nowhere.txt", "--to", "en", "--device", "tpu"], "cuda"),
        (["summarise", "nowhere.txt", "--sentences", "0"], "1 or more"),
        (["summarise", "nowhere.txt", "--sentences", "2", "--words", "9"], "one of them"),
        (["brief", "nowhere.txt", "-m", "parrot"], "path"),
    ],
)
def test_what_the_user_must_change_ends_with_2_and_the_cure(run, arguments, cure):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert cure in err
    assert "Traceback" not in err


def test_summaries_are_sentences_of_the_article(run, home):
    code, out, _ = run("summarise", home / "ar.txt", "--sentences", "1", "-m", "parrot")
    assert code == 0
    assert out.strip() in ARABIC
    assert run("summarize", home / "ar.txt", "--sentences", "1", "-m", "parrot")[1] == out


def test_the_american_spelling_is_not_listed(run):
    _, out, _ = run("--help")
    assert "summarise" in out
    assert "summarize" not in out


def test_summaries_as_json_say_what_they_stand_on(run, home):
    _, out, _ = run("summarise", home / "en.txt", "--words", "12", "-m", "parrot", "--format", "jsonl")
    summary = Output.from_dict(json.loads(out))
    assert summary.task == "summarise"
    assert all(pair.sources for pair in summary.alignment)


def test_the_model_that_ships_is_named_with_what_it_is(run, home, embedded):
    _, _, err = run("translate", home / "ar.txt", "--to", "en")
    assert "Translating with embedded: Reverses words. Others: workbench models list." in err


def test_summaries_in_another_language_are_translated(run, home, embedded):
    _, out, _ = run("summarise", home / "en.txt", "--to", "ar", "--sentences", "1", "--format", "jsonl")
    summary = Output.from_dict(json.loads(out))
    assert (summary.language, summary.task) == ("ar", "summarise")


def test_a_brief_is_text_json_or_a_page(run, home, embedded):
    code, text, _ = run("brief", home / "ar.txt")
    assert code == 0
    assert "طويلة. محادثات" in text
    _, line, _ = run("brief", home / "ar.txt", "--format", "jsonl")
    made = Brief.from_dict(json.loads(line))
    assert set(made.summaries) == {"ar", "en"}
    assert made.translation.coverage == 1
    _, page, _ = run("brief", home / "ar.txt", home / "en.txt", "--format", "html")
    assert page.lstrip().lower().startswith("<!doctype html")


def test_a_brief_into_its_own_language_is_rejected(run, home, embedded):
    code, out, err = run("brief", home / "ar.txt", home / "en.txt", "--to", "en", "--format", "jsonl")
    assert code == 3
    assert len(out.splitlines()) == 2
    assert "--to ar" in err


def test_a_bar_shows_itself_only_where_work_is_slow_and_seen(capsys, monkeypatch):
    with bar("Working") as progress:
        assert progress is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with bar("Working") as progress:
        progress(1, 2)
    assert capsys.readouterr().err == ""
    slow = Bar("Working", patience=0)
    slow.start()
    while slow._shown is None:
        slow.update(1, 2)
    slow.update(2, 2)
    slow.stop()
    assert "Working" in capsys.readouterr().err
