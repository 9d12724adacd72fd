"""Ingestion: every kind of source, streamed; what cannot be used is told with its cure, and nothing else is lost."""

import itertools
import json
import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from workbench.errors import EncodingError, InputError, SourceError, UnknownName
from workbench.ingest import ReadOptions, read, read_all
from workbench.records import Article, Rejection

ARABIC = "محادثات المياه\n\nقال الوزير إن المحادثات مستمرة في فيينا، بحسب رويترز.\n\nوستعود الوفود غدا."
ENGLISH = "Ferry strike ends\n\nThe ferries sailed again on Sunday, Reuters reported.\n\nNobody won, said the mayor."
PERSIAN = (
    "وزیر امور خارجه ایران گفت که گفتگوها در وین ادامه دارد و هیچ توافقی هنوز امضا نشده است. او افزود که طرف‌های مذاکره"
    " باید اراده سیاسی نشان دهند و به گفته او چند پیشنهاد تازه روی میز است."
)
URDU = (
    "وزیر خارجہ نے کہا ہے کہ مذاکرات جاری ہیں اور ابھی تک کوئی معاہدہ نہیں ہوا ہے۔"
    " انہوں نے کہا کہ دونوں ممالک بات کر رہے ہیں۔"
)
HTML = "<html><body><p>The island ferries sailed again on Sunday after nine days.</p></body></html>"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text(ARABIC, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt").write_bytes(b"%PDF-1.7 not text")
    (tmp_path / "d.html").write_text(
        "<html><body><nav><a href='/'>Home</a></nav></body></html>", encoding="utf-8"
    )
    (tmp_path / "fa.txt").write_text(PERSIAN, encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("hidden", encoding="utf-8")
    (tmp_path / "sub" / "e.jsonl").write_text(json.dumps({"text": ENGLISH}) + "\n{broken\n", encoding="utf-8")
    return tmp_path


def test_a_folder_gives_every_article_and_a_reason_for_each_other_file(folder):
    records = list(read(folder))
    articles = [record for record in records if isinstance(record, Article)]
    assert [article.language for article in articles] == ["ar", "en"]
    reasons = {Path(record.source).name: record.reason for record in records if isinstance(record, Rejection)}
    assert set(reasons) == {"b.txt", "c.txt", "d.html", "fa.txt", "e.jsonl:2"}
    assert "is empty" in reasons["b.txt"]
    assert "no PDF" in reasons["c.txt"]
    assert "Persian (fa)" in reasons["fa.txt"]
    assert all(record.cure for record in records if isinstance(record, Rejection))


def test_a_folder_without_articles(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(SourceError, match="holds no articles"):
        list(read(tmp_path))


@pytest.mark.parametrize(
    ("name", "data", "error", "message"),
    [
        ("empty.txt", b"", SourceError, "is empty"),
        ("binary.txt", bytes(range(256)) * 50, EncodingError, "no text"),
        ("archive.txt", b"PK\x03\x04" + b"x" * 100, EncodingError, "no text"),
    ],
)
def test_a_file_that_is_no_article(tmp_path, name, data, error, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=message) as caught:
        list(read(tmp_path / name))
    assert caught.value.cure


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.txt", "There is no file"),
        ("x" * 300, "cannot be read"),
        ("a\0b", "null"),
        ("", "has no name"),
    ],
)
def test_a_path_that_leads_nowhere(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match=message) as caught:
        list(read(name))
    assert caught.value.cure


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(ENGLISH)
    path.chmod(0)
    with pytest.raises(SourceError, match="cannot be read"):
        list(read(path))


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "big.txt"
    with path.open("wb") as stream:
        stream.truncate(200_000_000)
    tracemalloc.start()
    with pytest.raises(SourceError, match="more than 20 MB") as caught:
        list(read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "--max-mb" in caught.value.cure
    assert peak < 10_000_000


def test_a_compressed_bomb_is_refused(tmp_path):
    import gzip

    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 5_000_000))
    with pytest.raises(SourceError, match="more than 1 MB"):
        list(read(path, ReadOptions(max_bytes=1_000_000)))


@pytest.mark.parametrize("place", [10, 11, 12, 200, -300, -1])
def test_a_damaged_archive_stops_no_other_file(tmp_path, place):
    import gzip
    import random

    noise = random.Random(1)
    rows = (json.dumps({"text": f"{noise.random()}: the talks go on."}) for _ in range(200))
    data = bytearray(gzip.compress("\n".join(rows).encode()))
    data[place] ^= 0xFF
    (tmp_path / "a.jsonl.gz").write_bytes(data)
    (tmp_path / "b.txt").write_text(ENGLISH, encoding="utf-8")
    *_, damaged, good = read(tmp_path)
    assert isinstance(damaged, Rejection)
    assert "damaged" in damaged.reason
    assert isinstance(good, Article)


def test_tables_are_streamed(tmp_path):
    path = tmp_path / "big.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for number in range(20_000):
            print(json.dumps({"text": f"{number}: the talks go on. " * 40}), file=stream)
    assert path.stat().st_size > ReadOptions().max_bytes / 2
    tracemalloc.start()
    first = list(itertools.islice(read(path, ReadOptions(max_bytes=1_000_000)), 3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(first) == 3
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize(("text", "name"), [(PERSIAN, "Persian (fa)"), (URDU, "Urdu (ur)")])
def test_other_languages_are_rejected_unless_they_are_asked_for(tmp_path, text, name):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    (record,) = read(path)
    assert name in record.reason
    assert "--accept" in record.cure
    (article,) = read(path, ReadOptions(accept=()))
    assert isinstance(article, Article)
    (article,) = read(path, ReadOptions(language="ar"))
    assert article.language == "ar"


def test_mixed_languages_are_read_with_a_warning(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "قال الوزير إن المحادثات مستمرة في فيينا اليوم. The minister said that the talks in Vienna go on.",
        encoding="utf-8",
    )
    (article,) = read(path)
    assert any("languages are mixed" in warning for warning in article.warnings)


@pytest.mark.parametrize(
    "text",
    ["Home\nWorld\nSport\nAbout us\nContact\nLog in", "الرئيسية\nمحليات\nرياضة\nاقتصاد\nاتصل بنا\nفيديو"],
)
def test_a_menu_is_no_article(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    (record,) = read(path)
    assert isinstance(record, Rejection)
    assert "menu" in record.reason


def test_verse_is_no_menu(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "\n".join(
            ["على قدر أهل العزم", "تأتي العزائم يوما", "وتأتي على قدر الكرام", "المكارم كلها دوما"] * 2
        ),
        encoding="utf-8",
    )
    (record,) = read(path)
    assert isinstance(record, Article)


def test_a_text_of_white_space_has_no_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(" \n\u200f\n\u00a0", encoding="utf-8")
    (record,) = read(path)
    assert record.reason == "The article has no text."


def test_articles_are_read_once(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(ENGLISH, encoding="utf-8")
    notes = []
    assert len(list(read(tmp_path, note=notes.append))) == 1
    assert notes == ["1 repeated article was left out (by id)."]
    assert len(list(read_all([tmp_path / "a.txt", tmp_path / "b.txt", tmp_path]))) == 1


def test_rows_that_share_a_number_are_other_articles(tmp_path):
    texts = [f"{number} ferries sailed again on Sunday, said the mayor." for number in range(4)]
    for name, pair in (("a.csv", texts[:2]), ("b.csv", texts[2:]), ("c.csv", texts[2:])):
        rows = [f'{number},"{text}"' for number, text in enumerate(pair, start=1)]
        (tmp_path / name).write_text("\n".join(["id,text", *rows]), encoding="utf-8")
    notes = []
    articles = list(read(tmp_path, note=notes.append))
    assert [article.text for article in articles] == texts
    assert [article.id for article in articles[:2]] == ["1", "2"]
    assert len({article.id for article in articles}) == 4
    assert notes == ["2 repeated articles were left out (by id)."]


def test_an_id_is_the_same_in_every_run_and_form(tmp_path):
    (tmp_path / "a.txt").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(ENGLISH.replace("\n", "\r\n").encode("utf-16"))
    first, second = (next(read(tmp_path / name)).id for name in ("a.txt", "b.txt"))
    assert first == second == next(read(tmp_path / "a.txt")).id
    assert len(first) == 16


@pytest.mark.parametrize(
    ("name", "text", "source"),
    [
        (
            "page",
            "<!DOCTYPE html>" + HTML,
            "html",
        ),
        (
            "page.txt",
            HTML,
            "html",
        ),
        ("rows", json.dumps({"text": ENGLISH}), "table"),
        ("list.txt", json.dumps([{"text": ENGLISH}]), "table"),
        ("news", ENGLISH, "text"),
        (
            "feed.xml",
            f"<rss><channel><item><title>x</title><description>{ENGLISH}</description></item></channel></rss>",
            "feed",
        ),
        (
            "page.xml",
            HTML,
            "html",
        ),
        ("brace.txt", "{The island} ferries sailed again on Sunday.", "text"),
    ],
)
def test_kinds_are_told_by_what_a_file_begins_with(tmp_path, name, text, source):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (article,) = read(path)
    assert article.source == source


def test_an_unknown_kind_is_named(tmp_path):
    (tmp_path / "a.txt").write_text(ENGLISH)
    with pytest.raises(UnknownName, match="'htlm'") as caught:
        list(read(tmp_path / "a.txt", ReadOptions(kind="htlm")))
    assert "html" in caught.value.cure


def test_several_sources_outlive_a_bad_one(tmp_path):
    (tmp_path / "a.txt").write_text(ENGLISH)
    records = list(read_all(["nowhere.txt", tmp_path / "a.txt", "http://127.0.0.1/x", "http://["]))
    assert [type(record) for record in records] == [Rejection, Article, Rejection, Rejection]
    with pytest.raises(InputError):
        list(read_all(["nowhere.txt"]))


def test_sources_are_read_lazily(tmp_path):
    (tmp_path / "a.txt").write_text(ENGLISH)
    stream = read_all([tmp_path / "a.txt", "nowhere.txt"])
    assert isinstance(next(stream), Article)


@pytest.mark.parametrize("name", ["arabic", "english"])
def test_the_examples_read_well(name):
    (article,) = read(Path(__file__).parent.parent / "examples" / f"{name}.txt")
    assert article.language == {"arabic": "ar", "english": "en"}[name]
    assert len(article.text.split("\n\n")) == 10
    assert len(article.related) == 6
    assert set(article.agencies) == {"فرانس برس", "رويترز"} or set(article.agencies) == {"AFP", "Reuters"}
    assert article.published.tzinfo is not None


@pytest.mark.shared
def test_gold_pages(shared, monkeypatch):
    import importlib.util

    path = Path(__file__).parent.parent / "eval" / "pages" / "extraction.py"
    spec = importlib.util.spec_from_file_location("extraction", path)
    extraction = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "extraction", extraction)
    spec.loader.exec_module(extraction)
    means = extraction.means(extraction.measure(shared / "pages"))
    assert means["ar"].ours >= 0.98
    assert means["en"].ours > means["en"].alone
