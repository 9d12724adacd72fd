"""Exact hits are free, people win, likenesses are offered; many processes write at once, and the file keeps small."""

import csv
import json
import pickle
import sqlite3
import subprocess
import sys
from multiprocessing import get_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engines.base import Decoding, Generation
from workbench.errors import OutputError, SourceError
from workbench.glossary import open_terms
from workbench.memory import Entry, Key, Memory, exports
from workbench.records import Article
from workbench.summarise import Extractive, Length
from workbench.summarise.remembering import Remembering
from workbench.translate import Translator

TEXT = "قالت الوزيرة إن المدرسة فتحت أبوابها اليوم."
MADE = "The minister said that the school opened its doors today."


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def memory(tmp_path):
    opened = Memory.open(tmp_path / "memory.sqlite")
    yield opened
    opened.close()


def key(text=TEXT, **more):
    return Key(**{"text": text, "source": "ar", "target": "en", "model": "m", "revision": "1", **more})


def total(memory):
    return sum(memory.counts().values())


# The store


def test_what_was_made_is_given_under_the_same_conditions_alone(memory):
    memory.put(key(), Entry(output=MADE, data="{}"))
    found = memory.get(key())
    assert (found.output, found.data, found.human) == (MADE, "{}", False)
    for other in (
        {"text": TEXT + " "},
        {"target": "fr"},
        {"revision": "2"},
        {"model": "n"},
        {"decoding": "beam=4"},
        {"glossary": "x"},
        {"task": "summarise"},
        {"form": "words=60"},
    ):
        assert memory.get(key(**other)) is None


def test_people_win_over_every_model_and_are_not_overwritten(memory):
    memory.put(key(), Entry(output=MADE))
    memory.edit(TEXT, "Better.", source="ar-EG", target="en", author="Mona")
    memory.put(key(), Entry(output="Newer machine"))
    for other in ({}, {"model": "another"}, {"glossary": "x"}, {"source": "ar-SA"}):
        found = memory.get(key(**other))
        assert (found.output, found.human, found.author) == ("Better.", True, "Mona")
    memory.edit(TEXT, "Best.", source="ar", target="en")
    assert memory.get(key()).output == "Best."


def test_edits_of_summaries_hold_for_one_length(memory):
    memory.edit(TEXT, "Short.", source="ar", target="ar", task="summarise", form="sentences=1")
    asked = key(target="ar", task="summarise", form="sentences=1")
    assert memory.get(asked).output == "Short."
    assert memory.get(key(target="ar", task="summarise", form="words=60")) is None


def test_many_keys_are_asked_for_at_once(memory):
    memory.put_many({key(str(n)): Entry(output=f"out {n}") for n in range(1200)})
    found = memory.get_many([key(str(n)) for n in range(0, 2400, 2)])
    assert len(found) == 600
    assert found[key("4")].output == "out 4"


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=40), st.text(max_size=40))
def test_every_text_comes_back_or_is_left_out(tmp_path_factory, text, output):
    memory = Memory.open(tmp_path_factory.mktemp("m") / "m.sqlite")
    memory.put(key(text), Entry(output=output))
    found = memory.get(key(text))
    assert found is not None
    assert found.output == output
    memory.put(key(text + "\ud800"), Entry(output=output))  # half a surrogate pair, as broken JSON leaves it
    assert memory.get(key(text + "\ud800")) is None
    memory.close()


def test_likenesses_are_offered_people_first(memory):
    memory.put(key("The talks will resume on Monday."), Entry(output="a"))
    memory.put(key("The talks will resume on Tuesday."), Entry(output="b"))
    memory.edit("The talks will resume on Monday.", "c", source="ar", target="en")
    memory.put(key("Rain is expected in the north of the country tonight."), Entry(output="d"))
    memory.put(key("The talks will resume on Monday.", target="fr"), Entry(output="e"))
    matches = memory.fuzzy("The talks will resume on Monday", source="ar", target="en")
    assert [match.entry.output for match in matches] == ["c", "a", "b"]
    assert matches[0].score > matches[2].score >= 70
    assert len(memory.fuzzy("The talks will resume on Monday", source="ar", target="en", most=1)) == 1
    assert memory.fuzzy("", source="ar", target="en") == ()


def test_likeness_is_blind_to_diacritics(memory):
    memory.put(key(), Entry(output=MADE))
    assert memory.fuzzy("قالت الوزيرةُ إنّ المدرسة فتحت أبوابها اليوم", source="ar", target="en")


def test_what_was_used_least_recently_goes_first_and_edits_never(tmp_path):
    clock = Clock()
    memory = Memory.open(tmp_path / "m.sqlite", limit=400_000, clock=clock)
    memory.edit("edited", "by a person", source="ar", target="en")
    memory.put(key("first"), Entry(output="kept by use"))
    for number in range(400):
        clock.now += 3601
        memory.put(key(f"text {number}"), Entry(output="x" * 2000))
        assert memory.get(key("first")) is not None
    assert memory.get(key("text 0")) is None
    assert memory.get(key("text 399")) is not None
    assert memory.get(key("edited")).human
    assert total(memory) < 300
    memory.close()
    assert (tmp_path / "m.sqlite").stat().st_size < 600_000


def test_edits_alone_may_exceed_the_limit(tmp_path, caplog):
    memory = Memory.open(tmp_path / "m.sqlite", limit=50_000)
    for number in range(40):
        memory.edit(str(number), "x" * 4000, source="ar", target="en")
    assert total(memory) == 40
    assert "edits by people alone" in caplog.text


def _write(path, start):
    memory = Memory.open(path)
    for number in range(start, start + 50):
        memory.put(key(str(number)), Entry(output=f"out {number}"))
        memory.get(key(str(number - 1)))
    memory.close()


def test_many_processes_write_at_once(tmp_path):
    context = get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path / "m.sqlite", 50 * n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 3
    memory = Memory.open(tmp_path / "m.sqlite")
    assert total(memory) == 150
    assert memory.get(key("149")).output == "out 149"
    memory.close()


def test_a_killed_writer_leaves_the_file_whole(tmp_path):
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom workbench.memory import Entry, Key, Memory\n"
        "memory = Memory.open(Path(sys.argv[1]))\n"
        "for n in range(50): memory.put(Key(text=str(n), source='ar', target='en'), Entry(output='x'))\n"
        "connection = memory._database._connection\nconnection.execute('begin immediate')\n"
        "connection.execute('delete from entries')\nos._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "m.sqlite"], check=False)
    assert done.returncode == 9
    memory = Memory.open(tmp_path / "m.sqlite")
    assert total(memory) == 50
    memory.close()


def test_it_travels_to_other_processes(memory):
    memory.put(key(), Entry(output=MADE))
    copy = pickle.loads(pickle.dumps(memory))
    assert copy.get(key()).output == MADE
    copy.close()
    context = get_context("fork")
    child = context.Process(target=memory.put, args=(key("child"), Entry(output="from a fork")))
    child.start()
    child.join()
    assert memory.get(key("child")).output == "from a fork"


def test_a_file_that_is_no_memory_is_told(tmp_path):
    (tmp_path / "text.sqlite").write_text("no database at all, but a text that is long enough" * 100)
    with pytest.raises(SourceError, match="no memory"):
        Memory.open(tmp_path / "text.sqlite")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be used"):
        Memory.open(tmp_path / "file" / "m.sqlite")


def test_a_newer_version_is_told(tmp_path):
    with sqlite3.connect(tmp_path / "m.sqlite") as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(SourceError, match="newer version"):
        Memory.open(tmp_path / "m.sqlite")


# Other tools


def test_tmx_goes_out_and_comes_in(memory, tmp_path):
    memory.put(key(decoding="beam=4"), Entry(output=MADE, data="[]"))
    memory.edit("نعم & <لا>\x07", "Yes & <no>", source="ar", target="en", author="Mona")
    memory.put(key("whole article", task="summarise"), Entry(output="x"))
    assert memory.export_tmx(tmp_path / "out.tmx") == 2
    other = Memory.open(tmp_path / "other.sqlite")
    assert other.import_tmx(tmp_path / "out.tmx") == 2
    edited = other.get(key("نعم & <لا>\ufffd"))
    assert (edited.output, edited.human, edited.author) == ("Yes & <no>", True, "Mona")
    assert other.get(key(decoding="beam=4")) is None  # what was found wrong with it did not travel
    (match,) = other.fuzzy(TEXT, source="ar", target="en")
    assert (match.entry.output, match.entry.human, match.key.model) == (MADE, False, "m")
    assert memory.export_tmx(tmp_path / "edits.tmx", human=True) == 1
    other.close()


def test_tmx_of_other_tools(memory, tmp_path):
    (tmp_path / "a.tmx").write_text(
        '<?xml version="1.0"?><tmx version="1.4"><header srclang="en-US"/><body>'
        '<tu changeid="Ali"><tuv xml:lang="AR-SA"><seg>\n  نعم <bpt i="1">&lt;b></bpt>سيدي</seg></tuv>'
        '<tuv xml:lang="en-US"><seg>Yes, Sir</seg></tuv><tuv xml:lang="fr"><seg>Oui</seg></tuv></tu>'
        '<tu><tuv xml:lang="en-US"><seg> </seg></tuv><tuv xml:lang="ar"><seg>س</seg></tuv></tu></body></tmx>',
        encoding="utf-8",
    )
    assert memory.import_tmx(tmp_path / "a.tmx") == 2
    found = memory.get(Key(text="Yes, Sir", source="en", target="ar"))
    assert (found.output, found.author) == ("نعم سيدي", "Ali")
    assert memory.get(Key(text="Yes, Sir", source="en", target="fr")).output == "Oui"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "broken"),
        ("<tmx><body><tu>", "broken"),
        ("not XML", "broken"),
        ("<html><body/></html>", "no TMX"),
        ("<tmx/>", "no translations"),
        ('<tmx version="1.4"><header srclang="ar"/><body/></tmx>', "no translations"),
        ('<tmx><body><tu><tuv xml:lang="ar"><seg>س</seg></tuv></tu></body></tmx>', "no translations"),
        (
            "<tmx><body><tu><tuv><seg>س</seg></tuv><tuv><seg>b</seg></tuv></tu></body></tmx>",
            "no translations",
        ),
    ],
)
def test_broken_tmx_is_told_and_nothing_taken_in(memory, tmp_path, text, told):
    (tmp_path / "a.tmx").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=told) as caught:
        memory.import_tmx(tmp_path / "a.tmx")
    assert caught.value.cure
    assert total(memory) == 0
    with pytest.raises(SourceError, match="cannot be read"):
        memory.import_tmx(tmp_path / "none.tmx")


def test_every_form_holds_every_entry(memory, tmp_path):
    memory.put(key(), Entry(output=MADE))
    memory.edit("=1+1", "two\nlines", source="en", target="ar")
    memory.put(key("whole article", task="summarise"), Entry(output="x"))
    counts = {
        form: exports.write(tmp_path / f"m.{form}", memory.entries(), form=form) for form in exports.FORMS
    }
    assert counts == {"tmx": 3, "xliff": 2, "jsonl": 3, "csv": 3, "parquet": 3}
    rows = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["human"] for row in rows] == [False, True, False]
    with (tmp_path / "m.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == [TEXT, "'=1+1", "whole article"]
    from pyarrow import parquet

    assert parquet.read_table(tmp_path / "m.parquet").column("output").to_pylist() == [
        MADE,
        "two\nlines",
        "x",
    ]
    assert (tmp_path / "m.xliff").read_text(encoding="utf-8").count("<file ") == 2
    with pytest.raises(OutputError, match="cannot be written"):
        exports.write(tmp_path / "none" / "m.csv", memory.entries(), form="csv")


# Translators and summarisers


class Counting:
    """An engine that counts what it is asked."""

    name = "counting"
    max_input_tokens = 100

    def __init__(self):
        self.asked = []

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        self.asked += texts
        return [
            Generation(text=f"word {len(text)} here", truncated=False, log_probability=-0.4, tokens=3)
            for text in texts
        ]


def translator(memory, **more):
    return Translator(**{"engine": Counting(), "name": "c", "revision": "1", "memory": memory, **more})


ARTICLE = Article(
    id="a", text=f"{TEXT} نعم قال الوفد.\n\nانتهى الاجتماع أمس ٢٠٢٤.", language="ar", title="عنوان"
)


def without_seconds(output):
    return output.to_dict() | {"seconds": None}


def test_a_second_run_asks_no_engine_and_gives_the_same(memory):
    first, second = translator(memory), translator(memory)
    one = first.translate(ARTICLE, to="en")
    other = second.translate(ARTICLE, to="en")
    assert first.engine.asked
    assert second.engine.asked == []
    assert without_seconds(one) == without_seconds(other)


@pytest.mark.parametrize(
    "more", [{"revision": "2"}, {"name": "d"}, {"decoding": Decoding(beam=3)}, {"piece_tokens": 9}]
)
def test_other_conditions_are_translated_anew(memory, more):
    translator(memory).translate(ARTICLE, to="en")
    other = translator(memory, **more)
    other.translate(ARTICLE, to="en")
    assert other.engine.asked


def test_a_glossary_concerns_only_sentences_with_its_terms(memory, tmp_path):
    (tmp_path / "g.tsv").write_text("ar\ten\nالمدرسة\tacademy\n", encoding="utf-8")
    translator(memory).translate(ARTICLE, to="en")
    other = translator(memory, glossary=open_terms(tmp_path / "g.tsv"))
    other.translate(ARTICLE, to="en")
    assert other.engine.asked
    assert TEXT in other.engine.asked
    assert "نعم قال الوفد." not in other.engine.asked
    third = translator(memory, glossary=open_terms(tmp_path / "g.tsv"))
    output = third.translate(ARTICLE, to="en")
    assert third.engine.asked == []
    assert [flag.kind for flag in output.flags].count("term") == 1


def test_what_a_person_wrote_is_given_even_by_a_translator_that_made_another(memory):
    one = translator(memory)
    one.translate(ARTICLE, to="en")
    memory.edit(TEXT, MADE, source="ar", target="en")
    output = one.translate(ARTICLE, to="en")
    assert output.text.startswith(MADE + " word")
    assert output.decoding == "beam=1 edited=1"
    assert output.coverage == 1


def test_a_whole_text_that_a_person_translated_is_given_whole(memory):
    memory.edit(ARTICLE.text, "Whole.\n\nNew layout.", source="ar", target="en")
    one = translator(memory)
    output = one.translate(ARTICLE, to="en")
    assert output.text == "Whole.\n\nNew layout."
    assert one.engine.asked == []
    assert len(output.alignment) == 1


def test_a_failing_memory_stops_no_translation(memory, caplog):
    one = translator(memory)
    with sqlite3.connect(memory.path) as connection:
        connection.execute("drop table entries")
    connection.close()
    assert one.translate(ARTICLE, to="en").text
    assert caplog.text.count("Nothing more is remembered") == 1


def test_beam_and_memory_go_together(memory):
    other = translator(None).with_memory(memory).with_beam(5)
    other.translate(ARTICLE, to="en")
    assert total(memory) == 3


class Counted(Extractive):
    def __init__(self):
        super().__init__()
        self.count = 0

    def summarise(self, article, *, length, to=None):
        self.count += 1
        return super().summarise(article, length=length, to=to)


def test_summaries_are_remembered_with_their_length_and_headline(memory):
    inner = Counted()
    summariser = Remembering(inner, memory)
    length = Length(sentences=1)
    one = summariser.summarise(ARTICLE, length=length)
    other = summariser.summarise(ARTICLE, length=length)
    assert inner.count == 1
    assert one == other
    summariser.summarise(ARTICLE, length=Length(sentences=2))
    summariser.summarise(Article(id="b", text=ARTICLE.text, title="غيره", language="ar"), length=length)
    assert inner.count == 3
    memory.edit(ARTICLE.text, "بقلم إنسان", source="ar", target="ar", task="summarise", form="sentences=1")
    assert summariser.summarise(ARTICLE, length=length).text == "بقلم إنسان"


def test_summaries_in_another_language_come_from_the_translators_memory(memory):
    length = Length(sentences=1)
    first = Remembering(Counted(), memory, translator=translator(memory))
    one = first.summarise(ARTICLE, length=length, to="en")
    inner, fresh = Counted(), translator(memory)
    other = Remembering(inner, memory, translator=fresh).summarise(ARTICLE, length=length, to="en")
    assert (inner.count, fresh.engine.asked) == (0, [])
    assert one.text == other.text
    assert other.language == "en"


def test_what_is_said_about_a_model_makes_no_other_summaries():
    from workbench.config import ModelCard

    card = {"name": "m", "task": "summarise", "path": "p", "languages": ["ar"], "licence": "MIT"}
    told = ModelCard.model_validate(card | {"licence": "Apache-2.0", "note": "Better now.", "size_mb": 3})
    made = ModelCard.model_validate(card | {"decoding": {"beam": 4}})
    assert told.making() == ModelCard.model_validate(card).making() != made.making()


def test_what_a_person_wrote_in_two_lines_is_one_where_lines_are_translated(memory):
    memory.edit(TEXT, "Two\nlines.", source="ar", target="en")
    (output,) = translator(memory).translate_lines([TEXT], source="ar", target="en")
    assert output.text == "Two lines."
