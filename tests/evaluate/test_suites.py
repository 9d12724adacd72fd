"""Suites load from every kind of table, are hashed, and say what is missing."""

import json

import pytest

from tests.evaluate.material import RECORDS, write_suite
from workbench.config import load_yaml
from workbench.errors import ConfigError, InputError, SourceError, UnknownName
from workbench.evaluate.shapes import SuiteConfig
from workbench.evaluate.suite import load_suite, look, suite_files
from workbench.evaluate.tables import Table, data_folder, read_table
from workbench.text.numbers import missing


def load(tmp_path, name="tiny", **changes):
    path = write_suite(tmp_path, **changes)
    return load_suite(f"{path}" if name == "tiny" else name, data=tmp_path / "data", folders=[tmp_path])


@pytest.mark.parametrize("name", suite_files())
def test_every_suite_is_well_formed_and_told_about(name):
    config = load_yaml(suite_files()[name], SuiteConfig)
    assert config.name == name
    assert config.licence
    assert config.title
    names = [part.name for part in config.parts]
    assert len(set(names)) == len(names)


def test_the_suite_that_ships_is_pinned_bilingual_and_large_enough():
    parts = {part.name: part for part in load_suite("mini")}
    assert set(parts) == {"ar-en", "en-ar", "summary-ar", "summary-en", "summary-ar-en", "summary-en-ar"}
    assert all(part.pinned and part.redistributable for part in parts.values())
    assert len(parts["summary-ar"].items) >= 24
    assert all(
        len(item.references) == 2 for name, part in parts.items() if "summary" in name for item in part.items
    )
    assert len({item.document for item in parts["ar-en"].items}) == len(parts["summary-ar"].items)


def test_its_texts_and_summaries_agree_on_every_number():
    parts = {part.name: part for part in load_suite("mini")}
    for item in parts["ar-en"].items:
        assert not missing(source=item.source, output=item.references[0]), item.id
        assert not missing(source=item.references[0], output=item.source), item.id
    for name in ("summary-ar", "summary-en"):
        for item in parts[name].items:
            for reference in item.references:
                assert not missing(source=reference, output=f"{item.title} {item.source}"), item.id


def test_items_carry_ids_references_documents_and_slices(tmp_path):
    part = {"references": ["en", "say.en"], "slices": {"place": "place"}, "document": "place"}
    (found,) = load(tmp_path, parts=[part])
    assert [item.id for item in found.items] == ["a", "b", "c"]
    assert found.items[0].references == ("The port opened", "Port opens", "It opened")
    material = found.material()
    assert material.documents == ("north", "north", "south")
    assert material.slices == {"place": ("north", "north", "south")}
    assert found.path == "tiny/ar-en"


def test_lists_are_taken_apart_or_joined(tmp_path):
    records = [{"id": "x", "s": [{"ar": "أ", "en": "A"}, {"ar": "ب", "en": "B"}]}]
    apart, joined = load(
        tmp_path,
        records=records,
        parts=[
            {"name": "lines", "each": "s", "text": "ar", "references": ["en"]},
            {"name": "whole", "text": "s.ar", "references": ["s.en"], "task": "summarise"},
        ],
    )
    assert [(item.id, item.source, item.references) for item in apart.items] == [
        ("x.1", "أ", ("A",)),
        ("x.2", "ب", ("B",)),
    ]
    assert joined.items[0].source == "أ\n\nب"
    assert joined.items[0].references == ("A", "B")


def test_a_path_that_leads_nowhere_gives_nothing():
    assert look({"a": 1}, "a.b") is None
    assert look({"a": [{"b": 1}, {}]}, "a.b") == [1]
    assert look(None, "a") is None


def test_other_data_than_was_pinned_is_refused(tmp_path):
    (found,) = load(tmp_path)
    assert not found.pinned
    (pinned,) = load(tmp_path, parts=[{"sha256": found.sha256}])
    assert pinned.pinned
    with pytest.raises(ConfigError, match="not what the suite pins"):
        load(tmp_path, parts=[{"sha256": found.sha256}], records=RECORDS[:2])
    path = write_suite(tmp_path, parts=[{"sha256": found.sha256}])
    (few,) = load_suite(str(path), data=tmp_path / "data", limit=2)
    assert (len(few.items), few.pinned, few.sha256 == found.sha256) == (2, False, False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"references": ["missing"]}, "record 1 has no missing"),
        ({"text": "missing"}, "record 1 has no missing"),
        ({"id": "place"}, "the id 'north' occurs twice"),
        ({"text": "nowhere:ar"}, "No table of tiny is called 'nowhere'"),
    ],
)
def test_columns_that_do_not_fit_are_named(tmp_path, change, message):
    with pytest.raises((ConfigError, UnknownName), match=message):
        load(tmp_path, parts=[change])


def test_unknown_suites_and_parts_are_met_with_near_names(tmp_path):
    with pytest.raises(UnknownName, match="mini"):
        load_suite("minni")
    with pytest.raises(UnknownName, match="summary-ar"):
        load_suite("mini/sumary-ar")
    (part,) = load_suite("mini/en-ar")
    assert part.target == "ar"
    with pytest.raises(ConfigError, match="cannot be read"):
        load_suite(str(tmp_path / "absent.yaml"))


def test_a_typo_in_a_suite_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="licens"):
        load(tmp_path, licens="CC0")


def read(kind, path, **more):
    return read_table(Table(kind=kind, path=str(path), **more), suite="tiny")


def test_lines_folders_and_parquet_are_read(tmp_path):
    (tmp_path / "x.ar").write_text("أ\n\nب\n", encoding="utf-8")
    assert read("lines", tmp_path / "x.ar") == [{"line": "أ"}, {"line": ""}, {"line": "ب"}]
    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in {
        "one.txt": "text",
        "one.A.txt": "first",
        "one.B.txt": "second",
        "two.txt": "alone",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert read("folder", folder) == [
        {"name": "one", "text": "text", "references": ["first", "second"]},
        {"name": "two", "text": "alone", "references": []},
    ]


def test_parquet_is_read(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    parquet.write_table(pyarrow.Table.from_pylist([{"text": "نص", "n": {"en": "x"}}]), tmp_path / "x.parquet")
    assert read("parquet", tmp_path / "x.parquet") == [{"text": "نص", "n": {"en": "x"}}]
    assert read("parquet", tmp_path) == [{"text": "نص", "n": {"en": "x"}}]


def test_a_hub_that_cannot_be_reached_says_what_to_do(monkeypatch):
    import datasets

    def refuse(*_arguments, **_options):
        raise ConnectionError("Couldn't reach the Hub")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(SourceError, match="cannot be loaded: Couldn't reach") as caught:
        read("hub", "somebody/something", fetch="Agree to its terms.")
    assert caught.value.cure.startswith("Agree to its terms. Run this once")


def test_tables_that_are_absent_broken_or_uneven_say_so(tmp_path):
    with pytest.raises(SourceError, match=r"reads absent\.jsonl, which is not here") as caught:
        read("jsonl", "absent.jsonl", fetch="Unpack it.")
    assert "Unpack it. Put it into the data folder" in caught.value.cure
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n{"a"\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2 is not JSON"):
        read("jsonl", tmp_path / "x.jsonl")
    (tmp_path / "x.jsonl").write_text(json.dumps([1]), encoding="utf-8")
    with pytest.raises(InputError, match="line 1 is not a JSON object"):
        read("jsonl", tmp_path / "x.jsonl")
    (tmp_path / "data").mkdir()
    for name, text in {"ar": "أ\nب\n", "en": "A\n"}.items():
        (tmp_path / "data" / name).write_text(text, encoding="utf-8")
    tables = {name: {"kind": "lines", "path": name} for name in ("ar", "en")}
    part = {"text": "ar:line", "references": ["en:line"], "id": None}
    with pytest.raises(InputError, match="ar has 2, en has 1 records"):
        load(tmp_path, tables=tables, parts=[part])


def test_only_hub_tables_have_configurations():
    with pytest.raises(ValueError, match="belong to hub data sets"):
        Table(kind="lines", path="x", config="y")


def test_the_data_folder_is_the_one_that_the_user_names(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    assert data_folder() == tmp_path


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["flores-dev", "ntrex-a", "easc", "writers", "mayadeen", "headlines", "newspairs-dev"]
)
def test_local_suites_hold_what_they_pin(shared, name):
    assert all(part.pinned for part in load_suite(name, data=shared))
