"""The memory as XLIFF, JSON lines, CSV and Parquet, for other tools; TMX is in `workbench.memory.tmx`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from workbench.errors import OutputError
from workbench.memory import tmx
from workbench.memory.store import Entry, Key

Entries = Iterable[tuple[Key, Entry]]

FIELDS = (
    "task",
    "source",
    "target",
    "text",
    "output",
    "human",
    "author",
    "form",
    "model",
    "revision",
    "decoding",
    "glossary",
    "made",
)
"""Columns of tables and keys of JSON lines."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROWS = 10_000


def write(path: Path, entries: Entries, *, form: str) -> int:
    """Write entries in one of `FORMS`; how many is returned. XLIFF and TMX hold translations alone.

    Raises:
        OutputError: The file cannot be written; it takes its name when it is complete.
    """
    return FORMS[form](path, entries)


def _jsonl(path: Path, entries: Entries) -> int:
    count = 0
    with _complete(path) as sink:
        for row in map(_row, entries):
            sink.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"))
            count += 1
    return count


def _csv(path: Path, entries: Entries) -> int:
    count = 0
    with _complete(path) as sink:
        sink.write(b"\xef\xbb\xbf")  # else spreadsheets take Arabic for another encoding
        lines = csv.writer(_Encoding(sink))
        lines.writerow(FIELDS)
        for row in map(_row, entries):
            lines.writerow(_plain(row[name]) for name in FIELDS)
            count += 1
    return count


def _parquet(path: Path, entries: Entries) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {"human": pa.bool_(), "made": pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in FIELDS])
    count = 0
    with _complete(path) as sink, parquet.ParquetWriter(sink, schema) as table:
        for rows in _blocks(map(_row, entries)):
            dated = [row | {"made": datetime.fromisoformat(row["made"])} for row in rows]
            table.write_table(pa.Table.from_pylist(dated, schema=schema))
            count += len(rows)
    return count


def _xliff(path: Path, entries: Entries) -> int:
    """XLIFF, one file element for each pair of languages; what people wrote is approved."""
    from translate.storage.xliff import xlifffile

    pairs: dict[tuple[str, str], list[tuple[Key, Entry]]] = {}
    for key, entry in entries:
        if key.task == "translate":
            pairs.setdefault((key.source, key.target), []).append((key, entry))
    store = None
    for (source, target), some in pairs.items():
        name = f"memory.{source}-{target}"
        store = store or xlifffile(sourcelanguage=source, targetlanguage=target)
        store.switchfile(name, createifmissing=True)
        node = store.getfilenode(name)
        node.set("source-language", source)
        node.set("target-language", target)
        for number, (key, entry) in enumerate(some):
            unit = store.addsourceunit(tmx.clean(key.text), name)
            unit.setid(str(number))
            unit.settarget(tmx.clean(entry.output), target)
            unit.markapproved(entry.human)
    if store is None:
        store = xlifffile(sourcelanguage="ar", targetlanguage="en")
    with _complete(path) as sink:
        store.serialize(sink)
    return sum(map(len, pairs.values()))


FORMS: dict[str, Callable[[Path, Entries], int]] = {
    "tmx": tmx.write,
    "xliff": _xliff,
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
}
"""Forms by name."""


class _Encoding:
    """What `csv` writes text to, over a file of bytes."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink

    def write(self, text: str) -> None:
        """Encode and write."""
        self._sink.write(text.encode("utf-8"))


@contextmanager
def _complete(path: Path) -> Iterator[IO[bytes]]:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as sink:
            yield sink
        part.replace(path)
    except OSError as fault:
        raise OutputError(
            f"{path} cannot be written: {fault.strerror}.", cure="Choose a folder that exists and is yours."
        ) from fault


def _row(pair: tuple[Key, Entry]) -> dict[str, Any]:
    key, entry = pair
    told = key.to_dict() | entry.to_dict()
    made = datetime.fromtimestamp(entry.made or 0, UTC).isoformat()
    return {name: told[name] for name in FIELDS} | {"made": made}


def _plain(value: Any) -> Any:
    """What a spreadsheet would run as a formula is kept as text by an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _blocks(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    block: list[dict[str, Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == _ROWS:
            yield block
            block = []
    if block:
        yield block
