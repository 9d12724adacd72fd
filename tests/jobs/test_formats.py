"""Shards are read as one table by other programs, whatever is absent from one of them."""

import json
from datetime import UTC, datetime

import pytest

from tests.jobs.material import make, plain, write_articles
from workbench.jobs.card import card
from workbench.jobs.formats import write
from workbench.jobs.run import Watch
from workbench.jobs.tasks import ArticleTask
from workbench.records import Alignment, Article, Brief, Flag, Output, Related


def brief(number, *, full):
    output = Output(
        article=f"a{number}",
        task="translate",
        text="نعم",
        language="ar",
        model="m",
        revision="r" if full else None,
        coverage=1.0 if full else None,
        confidence=0.5 if full else None,
        flags=(Flag(kind="number", message="Check.", output_span=(0, 3), source_span=None),) if full else (),
        alignment=(Alignment(output=(0, 3), sources=((0, 4), (5, 9))),) if full else (),
        seconds=0.1 if full else None,
    )
    article = Article(
        id=f"a{number}",
        text="yes",
        url="https://example.org" if full else None,
        published=datetime(2024, 1, 1, tzinfo=UTC) if full else None,
        agencies=("AFP",) if full else (),
        related=(Related(title="More"),) if full else (),
    )
    return Brief(
        article=article, title=output if full else None, summaries={"ar": output}, translation=output
    )


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
@pytest.mark.parametrize("first", [True, False])
def test_datasets_reads_all_shards_as_one_table(tmp_path, form, first):
    import datasets

    (tmp_path / "records").mkdir()
    for number in range(2):
        path = tmp_path / "records" / f"shard-{number}.{form}"
        write(path, [brief(number, full=(number == 0) == first)], kind=Brief)
    (tmp_path / "README.md").write_text(card(Brief, form=form, languages=["ar", "en"]))
    table = datasets.load_dataset(str(tmp_path), split="train", cache_dir=str(tmp_path / "cache"))
    assert [row["article"]["id"] for row in table] == ["a0", "a1"]
    assert {(row["article"]["published"] or "none")[:10] for row in table} == {"none", "2024-01-01"}
    assert {tuple(map(tuple, row["article"]["related"])) == () for row in table} == {True, False}


def test_parquet_holds_what_json_holds(tmp_path):
    from pyarrow import parquet

    path = tmp_path / "shard-00000.parquet.part"
    records = [brief(0, full=True), brief(1, full=False)]
    write(path, records, kind=Brief)
    found = parquet.read_table(path).to_pylist()
    for row, record in zip(found, records, strict=True):
        row["summaries"] = {each["key"]: each["value"] for each in row["summaries"]}
        assert row == json.loads(record.to_json())


def test_a_shard_without_records_keeps_its_columns(tmp_path):
    from pyarrow import parquet

    write(tmp_path / "shard-00000.parquet", [], kind=Brief)
    assert parquet.read_schema(tmp_path / "shard-00000.parquet").names == [
        "article",
        "title",
        "summaries",
        "translation",
    ]


def test_half_a_surrogate_pair_is_still_json_in_utf8(tmp_path):
    write(tmp_path / "shard-00000.jsonl", [Article(id="a", text="half \ud83d of it")], kind=Article)
    line = (tmp_path / "shard-00000.jsonl").read_bytes().decode("utf-8")
    assert json.loads(line)["text"] == "half \ud83d of it"


def test_a_job_writes_parquet(tmp_path):
    from pyarrow import parquet

    source = write_articles(tmp_path / "news.jsonl", plain(6))
    make(tmp_path / "job", source, task=ArticleTask(do="read"), format="parquet")
    table = parquet.read_table(tmp_path / "job" / "records")
    assert table.column("id").to_pylist() == [f"a{number}" for number in range(6)]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_shards_are_read_while_the_job_runs(tmp_path, form):
    import datasets
    from pyarrow import parquet

    source = write_articles(tmp_path / "news.jsonl", plain(10))
    folder, met = tmp_path / "job", []

    def look(done):
        table = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path / f"cache-{done}"))
        met.append([row["id"] for row in table])
        if form == "parquet":
            assert parquet.read_table(folder / "records").num_rows == done

    make(folder, source, task=ArticleTask(do="read"), format=form, watch=Watch(progress=look))
    assert met == [[f"a{number}" for number in range(count)] for count in (4, 8, 10)]
