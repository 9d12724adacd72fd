"""Out of the store and in again without loss; judgements as a table; segments as TMX, XLIFF and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from workbench.errors import InputError
from workbench.records import Record
from workbench.review import tables as t
from workbench.review.store import Store

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BATCH = 1000
_ELSEWHERE = "Import into a new store: workbench review --store NEW --import FILE."


def export_store(store: Store, sink: TextIO) -> int:
    """Write every row as one JSON object a line, and return how many."""
    count = 0
    with store.reading() as db:
        for table in t.TABLES:
            for row in db.execute(select(table).order_by(*table.primary_key.columns)):
                print(
                    json.dumps({"table": table.name, "row": dict(row._mapping)}, ensure_ascii=False),
                    file=sink,
                )
                count += 1
    return count


def held(store: Store) -> dict[str, int]:
    """How many rows each table holds."""
    with store.reading() as db:
        # A table's name is more than a string to SQLAlchemy, and less to those who write JSON.
        return {
            str(table.name): db.scalar(select(func.count()).select_from(table)) or 0 for table in t.TABLES
        }


def import_store(store: Store, lines: Iterable[str]) -> int:
    """Bring an export back, all of it or nothing; returns the number of rows that were not there before.

    The same export may come twice, and into the store that it came from: a row that is there already is left alone.

    Raises:
        InputError: A line is not of an export, or rows do not fit to each other or to what the store holds.
    """
    tables = {table.name: table for table in t.TABLES}
    count = 0
    try:
        with store.writing() as db:
            for table, rows in _batches(lines, tables):
                new = _new(db, table, rows)
                if new:
                    db.execute(insert(table), new)
                count += len(new)
            _restart_numbering(db)
    except (SQLAlchemyError, OverflowError, UnicodeEncodeError) as fault:
        raise InputError(
            "The rows of this export do not fit to each other, or not to what the store holds.",
            cure=_ELSEWHERE,
        ) from fault
    return count


def _new(db: Connection, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that are not there yet.

    Raises:
        InputError: Another row stands under the same number: the store went its own way, or is another one.
    """
    wanted = select(table).where(table.c.id.in_([row["id"] for row in rows]))
    known = {row.id: dict(row._mapping) for row in db.execute(wanted)}
    for row in rows:
        if known.get(row["id"], row) != row:
            raise InputError(
                f"The store holds something else under the number {row['id']} of its {table.name}.",
                cure=_ELSEWHERE,
            )
    return [row for row in rows if row["id"] not in known]


def _batches(lines: Iterable[str], tables: dict[str, Table]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    current: Table | None = None
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        table, row = _parsed(line, number, tables)
        if current is not None and (table is not current or len(rows) >= _BATCH):
            yield current, rows
            rows = []
        current = table
        rows.append(row)
    if current is not None and rows:
        yield current, rows


def _parsed(line: str, number: int, tables: dict[str, Table]) -> tuple[Table, dict[str, Any]]:
    try:
        record = json.loads(line)
        table, row = tables[record["table"]], record["row"]
        if set(row) != set(table.columns.keys()) or not isinstance(row["id"], str | int):
            raise KeyError(record["table"])
    except (ValueError, KeyError, TypeError) as fault:
        raise InputError(
            f"Line {number} is not of an export of a store.", cure="Give a file that an export wrote."
        ) from fault
    return table, row


def _restart_numbering(db: Connection) -> None:
    """PostgreSQL counts apart from its rows: the next number must lie above what came in."""
    if db.dialect.name != "postgresql":
        return
    for table in t.TABLES:
        if table.c.id.type.python_type is int:
            db.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608 - our own names
                    f" COALESCE((SELECT MAX(id) FROM {table.name}), 0) + 1, false)"
                )
            )


def judgements(store: Store, campaign: int) -> Iterator[dict[str, Any]]:
    """Every judgement of a campaign, the undone ones too, with names: for its owner, never before a vote."""
    low, high = t.systems.alias("one"), t.systems.alias("other")
    j = t.judgements.c
    query = (
        select(
            t.items.c.key.label("item"),
            t.items.c.domain,
            low.c.name.label("system"),
            high.c.name.label("opponent"),
            t.pairs.c.swapped,
            *(
                column
                for column in t.judgements.c
                if column.name not in ("id", "campaign", "item", "low", "high")
            ),
        )
        .join(t.pairs, t.pairs.c.id == j.pair)
        .join(t.items, t.items.c.id == j.item)
        .join(low, low.c.id == j.low)
        .join(high, high.c.id == j.high)
        .where(j.campaign == campaign)
        .order_by(j.id)
    )
    with store.reading() as db:
        for row in db.execute(query):
            yield dict(row._mapping)


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    """A table for spreadsheets; what they would run as a formula is kept as text by an apostrophe."""
    listed = list(rows)
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(listed[0] if listed else [])
    writer.writerows([neutral(value) for value in row.values()] for row in listed)
    return sink.getvalue()


def neutral(value: Any) -> Any:
    """The value, or behind an apostrophe where a spreadsheet would take it for a formula; numbers stay numbers.

    >>> neutral("=1+1"), neutral(-3), neutral("plain")
    ("'=1+1", -3, 'plain')
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def as_tmx(pairs: Sequence[tuple[str, str]], *, source: str, target: str) -> bytes:
    """Segments as a TMX translation memory."""
    from translate.storage import tmx

    store = tmx.tmxfile(sourcelanguage=source, targetlanguage=target)
    for ours, theirs in pairs:
        store.addtranslation(writable(ours), source, writable(theirs), target)
    return bytes(store)


def as_xliff(pairs: Sequence[tuple[str, str]], *, source: str, target: str) -> bytes:
    """Segments as XLIFF 1.2."""
    from translate.storage import xliff

    store = xliff.xlifffile(sourcelanguage=source, targetlanguage=target)
    for number, (ours, theirs) in enumerate(pairs):
        unit = store.addsourceunit(writable(ours))
        unit.setid(str(number))
        unit.target = writable(theirs)
    return bytes(store)


def pairs_in(path: Path) -> list[tuple[str, str]]:
    """Segments with their translations in a file as this workbench and other tools write it: TMX, XLIFF or JSON lines.

    Raises:
        InputError: The file is none of these, is broken, or holds no segments.
    """
    readers = {
        ".tmx": _pairs_of_tmx,
        ".xliff": _pairs_of_xliff,
        ".xlf": _pairs_of_xliff,
        ".jsonl": _pairs_of_lines,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path.name} is no TMX, XLIFF or JSON lines.", cure="Give such a file.")
    found = [(source, text) for source, text in reader(path) if source.strip() and text.strip()]
    if not found:
        raise InputError(
            f"{path.name} holds no translated segments.", cure="Export it with its translations."
        )
    return found


def _pairs_of_tmx(path: Path) -> Iterator[tuple[str, str]]:
    from workbench.memory import tmx

    for key, entry in tmx.read(path):
        yield key.text, entry.output


def _pairs_of_xliff(path: Path) -> Iterator[tuple[str, str]]:
    from lxml import etree

    try:
        root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        raise InputError(f"{path.name} is broken: {fault}.", cure="Export it again.") from fault
    for unit in root.iter("{*}trans-unit"):
        source, target = unit.find("{*}source"), unit.find("{*}target")
        if source is not None and target is not None:
            yield "".join(source.itertext()), "".join(target.itertext())


def _pairs_of_lines(path: Path) -> Iterator[tuple[str, str]]:
    # Not splitlines(): a text may hold U+2028 and its kin, which JSON does not escape.
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield str(row["source"]), str(row["text"] if "text" in row else row["target"])
        except (ValueError, KeyError, TypeError) as fault:
            raise InputError(
                f"Line {number} of {path.name} is no segment.", cure='Each line needs "source" and "text".'
            ) from fault


def writable(string: str) -> str:
    """The string without what XML cannot hold: control characters and halves of surrogate pairs."""
    return "".join(
        char
        for char in string
        if char in "\t\n\r"
        or (char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")
    )


def as_json_lines(records: Iterable[Record | dict[str, Any]]) -> str:
    """One JSON object a line."""
    rows = (record.to_dict() if isinstance(record, Record) else record for record in records)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
