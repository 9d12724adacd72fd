"""Glossary, memory and export as other people's scripts call them."""

import json
import re

import pytest

from tests.cards import ARABIC
from workbench.memory import Memory, default_path


def translate(run, path, *options):
    return run("translate", path, "--to", "en", "-m", "parrot", "--format", "jsonl", *options)


@pytest.fixture
def filled(run, home):
    """A memory with what the parrot made of an article, and one edit."""
    code, _, _ = translate(run, home / "ar.txt")
    assert code == 0
    memory = Memory.open()
    memory.edit("نعم.", "Yes.", source="ar", target="en", author="Mona")
    memory.close()
    return home


def test_what_is_made_is_remembered_and_edits_are_given(run, filled):
    memory = Memory.open()
    sentence = next(key.text for key, _ in memory.entries(human=False))
    memory.edit(sentence, "A person's words.", source="ar", target="en")
    memory.close()
    _, out, _ = translate(run, filled / "ar.txt")
    assert "A person's words." in json.loads(out)["text"]
    assert "edited=1" in json.loads(out)["decoding"]
    _, out, _ = translate(run, filled / "ar.txt", "--no-memory")
    assert "A person's words." not in json.loads(out)["text"]


def test_no_memory_leaves_no_file(run, home):
    translate(run, home / "ar.txt", "--no-memory")
    assert not default_path().exists()


def test_a_memory_that_cannot_be_opened_is_told_and_left_out(run, home):
    default_path().parent.mkdir(parents=True)
    default_path().write_text("no database, but long enough to be taken for one " * 50)
    code, out, err = translate(run, home / "ar.txt")
    assert code == 0
    assert json.loads(out)["text"]
    assert "Nothing is remembered" in err


@pytest.mark.parametrize("command", [("summarise", "--to", "en"), ("brief",)])
def test_a_second_run_gives_the_same(run, home, embedded, command):
    first, second = (run(*command, home / "ar.txt", "--format", "jsonl")[1] for _ in range(2))
    assert first
    assert timeless(first) == timeless(second)


def timeless(text):
    return re.sub(r'"seconds": [^,}]+', "", text)


def test_terms_are_told(run, home):
    word = ARABIC.split()[-1].strip(".")
    (home / "terms.tsv").write_text(f"ar\ten\n{word}\tHodeidah\n", encoding="utf-8")
    _, out, err = translate(run, home / "ar.txt", "--glossary", home / "terms.tsv")
    output = json.loads(out)
    assert [flag["kind"] for flag in output["flags"]].count("term") >= 1
    assert "Terms of the glossary: " in err


@pytest.mark.parametrize(
    ("text", "told"),
    [("ar\ten\nداعش\tDaesh\nداعش\tISIS\n", "twice"), ("ar\tfr\nنعم\toui\n", "no terms in 'en'")],
)
def test_a_wrong_glossary_ends_the_command_before_it_begins(run, home, text, told):
    (home / "terms.tsv").write_text(text, encoding="utf-8")
    code, out, err = translate(run, home / "ar.txt", "--glossary", home / "terms.tsv")
    assert (code, out) == (2, "")
    assert told in err
    assert "→" in err


@pytest.mark.parametrize("form", ["tmx", "xliff", "jsonl", "csv", "parquet"])
def test_the_memory_is_exported_in_every_form(run, filled, form):
    code, out, err = run("export", "-o", filled / f"m.{form}")
    assert (code, out) == (0, "")
    assert "entries written" in err
    assert (filled / f"m.{form}").stat().st_size > 100


def test_edits_and_languages_are_chosen(run, filled):
    run("export", "-o", filled / "edits", "--format", "jsonl", "--edits", "--from", "ar", "--to", "en")
    (row,) = (json.loads(line) for line in (filled / "edits").read_text(encoding="utf-8").splitlines())
    assert (row["text"], row["output"], row["author"], row["human"]) == ("نعم.", "Yes.", "Mona", True)
    run("export", "-o", filled / "none.jsonl", "--to", "ar")
    assert (filled / "none.jsonl").read_text(encoding="utf-8") == ""


def test_tmx_travels_from_one_memory_to_another(run, filled):
    run("export", "-o", filled / "m.tmx", "--edits")
    code, _, err = run("memory", "import", filled / "m.tmx", "--memory", filled / "other.sqlite")
    assert code == 0
    assert "1 translations taken in" in err
    _, out, _ = run("memory", "show", "--memory", filled / "other.sqlite")
    assert "translate ar to en: 1 by people" in out


def test_likenesses_are_offered(run, filled):
    code, out, _ = run("memory", "find", "نعم", "--from", "ar", "--to", "en")
    assert code == 0
    assert out.splitlines()[0].split("\t") == ["86", "Mona", "نعم.", "Yes."]
    assert run("memory", "find", "xyz", "--from", "ar", "--to", "en")[1] == ""


@pytest.mark.parametrize(
    "command",
    [
        ("export", "-o", "m.unknown"),
        ("export", "-o", "nowhere/m.tmx"),
        ("export", "-o", "m.tmx", "--memory", "none.sqlite"),
        ("memory", "import", "none.tmx"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_cure(run, home, monkeypatch, command):
    monkeypatch.chdir(home)
    code, out, err = run(*command)
    assert (code, out) == (2, "")
    assert "→" in err
