"""Suites: what models are measured on. YAML names tables and columns; what is loaded is hashed, its licence shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.config import load_yaml, resource
from workbench.errors import ConfigError, InputError
from workbench.evaluate.score import Material
from workbench.evaluate.shapes import PartConfig, SuiteConfig
from workbench.evaluate.tables import read_table
from workbench.records import Record
from workbench.registry import unknown_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """One thing to translate or to summarise, and what people made of it.

    Attributes:
        id: Unique in its part.
        source: The text.
        title: Headline, where summaries are asked for.
        references: One or more.
        document: Which items belong together, or None.
        slices: Labels by name.
    """

    id: str
    source: str
    title: str = ""
    references: tuple[str, ...] = ()
    document: str | None = None
    slices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Record):
    """A part of a suite with its data.

    Attributes:
        suite: Name of the suite.
        title: What the suite is.
        licence: Of its data.
        redistributable: Whether texts may be published.
        note: What a reader should know.
        name: Name of the part.
        task: "translate" or "summarise".
        source: Language of the sources.
        target: Language of outputs and references.
        sentences: Length asked of summaries.
        metrics: Metrics to use; empty for the task's own.
        items: The data, in order.
        sha256: Of the items.
        pinned: Whether the suite pins that hash.
    """

    suite: str
    title: str
    licence: str
    redistributable: bool
    note: str
    name: str
    task: str
    source: str
    target: str
    sentences: int
    metrics: tuple[str, ...]
    items: tuple[Item, ...]
    sha256: str
    pinned: bool

    @property
    def path(self) -> str:
        """Where its outputs lie in a run's folder, such as "mini/ar-en"."""
        return f"{self.suite}/{self.name}"

    def material(self) -> Material:
        """What systems are scored on."""
        labels = {name for item in self.items for name in item.slices}
        grouped = any(item.document for item in self.items)
        return Material(
            language=self.target,
            references=tuple(item.references for item in self.items) if self.items[0].references else (),
            sources=tuple(item.source for item in self.items),
            ids=tuple(item.id for item in self.items),
            documents=tuple(item.document or item.id for item in self.items) if grouped else None,
            slices={name: tuple(item.slices.get(name, "") for item in self.items) for name in sorted(labels)},
        )


def suite_files(folders: Sequence[Path] = ()) -> dict[str, Path]:
    """All suites by name: those that ship, then those in `folders`."""
    return {
        path.stem: path
        for folder in (resource("eval/suites"), *folders)
        for path in sorted(folder.glob("*.yaml"))
    }


def load_suite(
    name: str, *, data: Path | None = None, folders: Sequence[Path] = (), limit: int | None = None
) -> list[Part]:
    """The parts of a suite, with their data.

    Args:
        name: Of a suite ("mini"), of one part ("mini/ar-en"), or a path to a YAML file.
        data: Folder with data sets that do not ship; see `workbench.evaluate.tables.data_folder`.
        folders: More places to look for suites.
        limit: Only the first so many items of each part; the hash is then another, and pinned ones are not checked.

    Raises:
        UnknownName: There is no such suite or part; near names are offered.
        ConfigError: The YAML is wrong, or the data is not what was pinned.
        SourceError: The data is not there; the cure says where to get it.
    """
    path, _, wanted = (name, "", "") if name.endswith(".yaml") else name.partition("/")
    files = suite_files(folders)
    if not path.endswith(".yaml") and path not in files:
        raise unknown_name("suite", path, files)
    config = load_yaml(Path(path) if path.endswith(".yaml") else files[path], SuiteConfig)
    parts = {part.name: part for part in config.parts}
    if wanted and wanted not in parts:
        raise unknown_name(f"part of {path}", wanted, parts)
    tables = _Tables(config, data)
    return [_load_part(config, part, tables, limit) for part in config.parts if wanted in ("", part.name)]


class _Tables:
    """Reads each table of a suite once."""

    def __init__(self, config: SuiteConfig, data: Path | None) -> None:
        self._config, self._data = config, data
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def records(self, columns: Sequence[str]) -> list[dict[str, dict[str, Any]]]:
        """The records of all tables that `columns` name, side by side: table name to record."""
        names = list(dict.fromkeys(self.split(column)[0] for column in columns))
        for name in names:
            if name not in self._rows:
                self._rows[name] = read_table(
                    self._config.tables[name], suite=self._config.name, data=self._data
                )
        counts = {name: len(self._rows[name]) for name in names}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{name} has {count}" for name, count in counts.items())
            raise InputError(
                f"The tables of {self._config.name} do not match: {told} records.",
                cure="Fetch the data again, or mend the suite's YAML.",
            )
        rows = zip(*(self._rows[name] for name in names), strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def split(self, column: str) -> tuple[str, str]:
        """From "table:path" to (table, path)."""
        table, mark, path = column.partition(":")
        if not mark:
            table, path = next(iter(self._config.tables)), column
        if table not in self._config.tables:
            raise unknown_name(f"table of {self._config.name}", table, self._config.tables)
        return table, path


def _load_part(config: SuiteConfig, part: PartConfig, tables: _Tables, limit: int | None) -> Part:
    items = tuple(_items(config, part, tables))
    if not items:
        raise ConfigError(f"{config.name}/{part.name} holds nothing.", cure="Check its tables and columns.")
    duplicate = _duplicate([item.id for item in items])
    if duplicate:
        raise ConfigError(
            f"{config.name}/{part.name}: the id {duplicate!r} occurs twice.", cure="Name another id column."
        )
    found = digest(items)
    if part.sha256 and found != part.sha256:
        raise ConfigError(
            f"The data of {config.name}/{part.name} is not what the suite pins: sha256 {found}, not {part.sha256}.",
            cure="Fetch the data again; if it was changed on purpose, write the new sha256 into the suite's YAML.",
        )
    kept = items[:limit]
    return Part(
        suite=config.name,
        title=config.title,
        licence=config.licence,
        redistributable=config.redistributable,
        note=config.note,
        name=part.name,
        task=part.task,
        source=part.source,
        target=part.target,
        sentences=part.sentences,
        metrics=part.metrics,
        items=kept,
        sha256=found if len(kept) == len(items) else digest(kept),
        pinned=part.sha256 is not None and len(kept) == len(items),
    )


def digest(items: Sequence[Item]) -> str:
    """SHA-256 of all that outputs and scores depend on, whatever file it came from."""
    whole = hashlib.sha256()
    for item in items:
        facts = [item.id, item.title, item.source, list(item.references), item.document]
        whole.update(json.dumps(facts, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    return whole.hexdigest()


def _duplicate(ids: Sequence[str]) -> str | None:
    seen: set[str] = set()
    return next((each for each in ids if each in seen or seen.add(each)), None)  # type: ignore[func-returns-value]


def _items(config: SuiteConfig, part: PartConfig, tables: _Tables) -> Iterator[Item]:
    columns = [
        part.text,
        *part.references,
        *filter(None, (part.title, part.id, part.document, part.each)),
        *part.slices.values(),
    ]
    number = 0
    for record in tables.records(columns):
        for element in _elements(part, record, tables):
            number += 1
            yield _item(config, part, _Looker(record, element, tables), number)


def _elements(part: PartConfig, record: Mapping[str, Any], tables: _Tables) -> list[Any]:
    if part.each is None:
        return [None]
    table, path = tables.split(part.each)
    return list(look(record[table], path) or ())


class _Looker:
    """Finds columns in one record, or first in one element of its list."""

    def __init__(self, record: Mapping[str, Any], element: Any, tables: _Tables) -> None:
        self._record, self._element, self._tables = record, element, tables

    def __call__(self, column: str | None) -> Any:
        if column is None:
            return None
        table, path = self._tables.split(column)
        found = look(self._element, path)
        return look(self._record[table], path) if found is None else found


def _item(config: SuiteConfig, part: PartConfig, column: _Looker, number: int) -> Item:
    source = column(part.text)
    references = tuple(text for name in part.references for text in _texts(column(name)))
    if source is None or (part.references and not references):
        missing = part.text if source is None else ", ".join(part.references)
        raise ConfigError(
            f"{config.name}/{part.name}: record {number} has no {missing}.",
            cure="Check the columns in the suite's YAML.",
        )
    name = column(part.id)
    return Item(
        id=str(number) if name is None else str(name) if part.each is None else f"{name}.{number}",
        source="\n\n".join(_texts(source)),
        title=str(column(part.title) or ""),
        references=references,
        document=None if part.document is None else str(column(part.document)),
        slices={label: str(column(path) or "") for label, path in part.slices.items()},
    )


def _texts(value: Any) -> list[str]:
    return (
        []
        if value is None
        else [str(each) for each in value]
        if isinstance(value, list | tuple)
        else [str(value)]
    )


def look(value: Any, path: str) -> Any:
    """Follow a dotted path through objects and lists; None where it leads nowhere.

    >>> look({"sentences": [{"ar": "نعم"}, {"ar": "لا"}]}, "sentences.ar")
    ['نعم', 'لا']
    """
    for step in path.split("."):
        if isinstance(value, list):
            value = [each[step] for each in value if isinstance(each, Mapping) and step in each] or None
        elif isinstance(value, Mapping):
            value = value.get(step)
        else:
            return None
    return value
