"""Tables are read row by row; a bad row is one Rejection, and the rows around it stay."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import EncodingError, SourceError
from workbench.ingest import ReadOptions, read, read_all
from workbench.records import Article, Rejection

GOOD = "The talks go on in Vienna, the minister said on day {}."


@pytest.fixture
def table(tmp_path):
    def write(name: str, text: str, encoding: str = "utf-8"):
        path = tmp_path / name
        data = text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def lines(*rows) -> str:
    return "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)


def test_columns_are_guessed(table):
    row = {
        "ID": "a-1",
        "Headline": "Talks go on",
        "Body": GOOD.format(1),
        "lang": "en",
        "date": "2016-07-19T17:11:40Z",
        "link": "https://post.example/1",
        "authors": ["Jane Doe", "Omar Lind"],
        "views": 12,
    }
    (article,) = read(table("a.jsonl", lines(row)))
    assert (article.id, article.title, article.text, article.language) == (
        "a-1",
        "Talks go on",
        GOOD.format(1),
        "en",
    )
    assert article.published == datetime(2016, 7, 19, 17, 11, 40, tzinfo=UTC)
    assert (article.url, article.byline, article.source) == (
        "https://post.example/1",
        "Jane Doe, Omar Lind",
        "table",
    )


def test_columns_are_named(table):
    path = table("a.jsonl", lines({"x": GOOD.format(1), "y": "Talks", "text": "not this"}))
    (article,) = read(path, ReadOptions(columns={"text": "x", "title": "y"}))
    assert (article.text, article.title) == (GOOD.format(1), "Talks")


@pytest.mark.parametrize("columns", [{}, {"text": "words"}])
def test_a_missing_column_is_told_with_those_there_are(table, columns):
    with pytest.raises(SourceError, match="column") as caught:
        list(read(table("a.jsonl", lines({"headline": "x", "numbers": 1})), ReadOptions(columns=columns)))
    assert "--column text=NAME" in caught.value.cure
    assert "headline, numbers" in caught.value.cure


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_each_row_has_columns_of_its_own(table, name):
    full = {
        "text": GOOD.format(2),
        "title": "Talks go on",
        "url": "https://post.example/2",
        "published": "2016-07-19T17:11:40Z",
    }
    rows = [{"text": GOOD.format(1)}, full, {"body": GOOD.format(3)}]
    first, second, third = read(table(name, lines(*rows) if name == "a.jsonl" else json.dumps(rows)))
    assert (first.text, third.text) == (GOOD.format(1), GOOD.format(3))
    assert (second.title, second.url) == ("Talks go on", "https://post.example/2")
    assert second.published == datetime(2016, 7, 19, 17, 11, 40, tzinfo=UTC)
    (alone,) = read(table("b.jsonl", lines(full)))
    assert second.id == alone.id


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize("columns", [{}, {"text": "body"}, {"text": "body", "byline": "by"}])
def test_a_first_row_without_text_is_rejected_alone(table, name, columns):
    rows = [{"id": "9", "title": "gone"}, 5, {"body": GOOD.format(1)}, {"body": GOOD.format(2), "by": "Jane"}]
    path = table(name, lines(*map(json.dumps, rows)) if name == "a.jsonl" else json.dumps(rows))
    records = list(read(path, ReadOptions(columns=columns)))
    assert [type(record) for record in records] == [Rejection, Rejection, Article, Article]
    assert "column" in records[0].reason
    assert records[0].cure
    assert records[0].source.startswith(str(path))


def test_a_named_column_is_not_guessed_in_a_row_that_lacks_it(table):
    rows = [{"text": GOOD.format(1), "title": "Section"}, {"text": GOOD.format(2), "head": "Talks go on"}]
    records = read(table("a.jsonl", lines(*rows)), ReadOptions(columns={"title": "head"}))
    assert [record.title for record in records] == ["", "Talks go on"]


def test_a_long_table_without_texts_is_refused_unread(table):
    path = table("a.jsonl", lines(*({"title": "x"} for _ in range(1000)), "never read"))
    with pytest.raises(SourceError, match="no column"):
        next(read(path))


def test_what_is_no_number_is_nothing(table):
    rows = [{"text": GOOD.format(n), "url": float("nan"), "title": float("nan")} for n in (1, 2)]
    records = list(read(table("a.jsonl", lines(*rows))))
    assert [(record.url, record.title) for record in records] == [(None, "")] * 2
    assert len({record.id for record in records}) == 2


def test_broken_json_on_line_7_leaves_the_other_lines(table):
    rows = [{"text": GOOD.format(n)} for n in range(1, 11)]
    rows[6] = '{"text": "broken'
    records = list(read(table("a.jsonl", lines(*rows))))
    assert len(records) == 10
    assert isinstance(records[6], Rejection)
    assert records[6].source.endswith("a.jsonl:7")
    assert "Line 7 is no valid JSON" in records[6].reason
    assert all(isinstance(record, Article) for number, record in enumerate(records) if number != 6)


@pytest.mark.parametrize(
    "row",
    ["[1, 2]", '"text"', "5", '{"title": "x"}', '{"text": 5}', '{"text": ""}', '{"text": null}', "[" * 9999],
)
def test_a_row_without_text_is_rejected(table, row):
    first, second, third = read(
        table("a.jsonl", lines({"text": GOOD.format(1)}, row, {"text": GOOD.format(2)}))
    )
    assert isinstance(second, Rejection)
    assert second.cure
    assert (first.text, third.text) == (GOOD.format(1), GOOD.format(2))


def test_an_endless_line_is_rejected_and_the_next_is_read(table):
    path = table("a.jsonl", lines({"text": GOOD.format(1)}, {"text": "x" * 5000}, {"text": GOOD.format(2)}))
    records = list(read(path, ReadOptions(max_bytes=1000)))
    assert [type(record) for record in records] == [Article, Rejection, Article]
    assert "more than 0.001 MB" in records[1].reason


def test_an_empty_table_is_told(table):
    with pytest.raises(SourceError, match="is empty"):
        list(read(table("a.jsonl", "\n\n \n")))


def test_lone_surrogates_become_replacement_marks(table):
    (article,) = read(
        table("a.jsonl", '{"text": "The talks \\ud800 go on in Vienna today.", "title": "\\udfff talks"}')
    )
    article.to_json().encode("utf-8")
    assert "\ufffd" in article.text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1256"])
def test_lines_are_read_in_their_encoding(table, encoding):
    text = "قال الوزير إن المحادثات مستمرة في فيينا، وإن الوفود ستعود غدا."
    (article,) = read(table("a.jsonl", lines({"text": text}), encoding))
    assert article.text == text


def test_binary_is_no_table(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(EncodingError):
        list(read(path))


def test_compressed_lines(table):
    path = table("a.jsonl.gz", lines({"text": GOOD.format(1)}, {"text": GOOD.format(2)}))
    assert len(list(read(path))) == 2


def test_a_damaged_archive_is_told(table):
    path = table("a.jsonl.gz", lines(*({"text": GOOD.format(n)} for n in range(2000))))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(SourceError, match="damaged"):
        list(read(path))


def test_what_read_wrote_is_read_again_unchanged(table, tmp_path):
    text = "Ferry strike ends\n\n3 February 2019\n\nThe ferries sailed on Sunday, Reuters reported.\n\nNobody won."
    first = list(read_all([table("a.txt", text), table("empty.txt", " ")]))
    assert [type(record) for record in first] == [Article, Rejection]
    path = table("out.jsonl", "\n".join(record.to_json() for record in first))
    assert list(read(path)) == first


def test_json_documents(table):
    rows = [{"text": GOOD.format(n)} for n in (1, 2)]
    assert len(list(read(table("a.json", json.dumps(rows, indent=1))))) == 2
    assert len(list(read(table("b.json", json.dumps({"articles": rows}))))) == 2
    assert len(list(read(table("c.json", json.dumps(rows[0], indent=1))))) == 1
    assert len(list(read(table("d.json", lines(*rows))))) == 2
    with pytest.raises(SourceError, match="no valid JSON"):
        list(read(table("e.json", "[{")))
    with pytest.raises(SourceError, match="holds no articles"):
        list(read(table("f.json", "[]")))


def test_csv(table):
    text = 'title,text\nTalks,"The talks ""go on"",\n\nshe said in Vienna."\n\nمحادثات,المحادثات مستمرة في فيينا.\n'
    first, second = read(table("a.csv", text))
    assert first.text == 'The talks "go on",\n\nshe said in Vienna.'
    assert (second.title, second.language) == ("محادثات", "ar")


@pytest.mark.parametrize(
    ("name", "mark"), [("a.tsv", "\t"), ("a.csv", ";"), ("b.csv", "\t"), ("c.csv.gz", ";")]
)
def test_separators_are_found(table, name, mark):
    (article,) = read(
        table(name, f"title{mark}text\nTalks{mark}The talks, she said, go on in Vienna.\n", "utf-8-sig")
    )
    assert article.text == "The talks, she said, go on in Vienna."


def test_an_open_quote_costs_one_row_alone(table):
    text = 'title,text\na,The talks go on.\nb,"never closed\nc,"The talks ended, she said."\nd,The talks resumed.\n'
    records = list(read(table("a.csv", text)))
    assert [getattr(record, "title", "rejected") for record in records] == ["a", "rejected", "c", "d"]
    assert records[1].source.endswith("a.csv:3")


def test_a_short_row_is_rejected(table):
    records = list(read(table("a.csv", "title,text\na\nb,The talks go on today.\n")))
    assert [type(record) for record in records] == [Rejection, Article]
    assert "1 columns" in records[0].reason


def test_a_table_without_rows_or_header(table):
    assert list(read(table("a.csv", "title,text\n"))) == []
    with pytest.raises(SourceError, match="is empty"):
        list(read(table("b.csv", "\n\n")))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=8))
def test_csv_rows_are_never_lost(tmp_path_factory, texts):
    import csv

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [["id", "text"], *([n, f"{GOOD.format(n)} {text}"] for n, text in enumerate(texts))]
        )
    records = list(read(path, ReadOptions(accept=())))
    assert [record.id for record in records] == [str(n) for n in range(len(texts))]


def test_parquet(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    moment = datetime(2020, 1, 2, 3, 4, tzinfo=UTC)
    rows = [{"body": GOOD.format(n) if n != 7 else None, "date": moment, "numbers": [n]} for n in range(200)]
    parquet.write_table(pa.Table.from_pylist(rows), path)
    records = list(read(path))
    assert len(records) == 200
    assert records[0].published == moment
    assert isinstance(records[7], Rejection)
    assert "row 8" in records[7].source


def test_broken_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match="no readable Parquet"):
        list(read(path))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1468948300, datetime(2016, 7, 19, 17, 11, 40, tzinfo=UTC)),
        (1468948300000, datetime(2016, 7, 19, 17, 11, 40, tzinfo=UTC)),
        ("19/07/2016", datetime(2016, 7, 19)),
        ("05/07/2016", None),
        (-5, None),
        (1e30, None),
        (True, None),
        ("soon", None),
    ],
)
def test_dates_of_rows(table, value, expected):
    (article,) = read(table("a.jsonl", lines({"text": GOOD.format(1), "date": value})))
    assert article.published == expected


def test_markup_in_a_column_is_taken_off_and_told(table):
    row = {
        "text": "<p>The talks &amp; the trade go on in Vienna.</p><p>Nobody knows why.<br>Not even she.</p>"
    }
    (article,) = read(table("a.jsonl", lines(row)))
    assert article.text == "The talks & the trade go on in Vienna.\n\nNobody knows why.\n\nNot even she."
    assert "mark-up removed" in article.warnings


@pytest.mark.shared
def test_the_data_sets_read_well(shared):
    for path in sorted((shared / "summ").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line, _ in zip(stream, range(40), strict=False)]
        records = [record for record, _ in zip(read(path), range(40), strict=False)]
        assert [record.id for record in records] == [row["id"] for row in rows], path.name
        for record, row in zip(records, rows, strict=True):
            assert record.language == row["lang"]
            assert len(record.text) > 0.9 * len(row["text"].strip())
