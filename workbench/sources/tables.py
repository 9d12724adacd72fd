"""Tables of articles: JSON lines, JSON, CSV and Parquet, read row by row."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import IO, Any

from workbench.errors import SourceError
from workbench.records import Article, Rejection
from workbench.sources.base import MEGABYTE, Document, ReadOptions
from workbench.sources.encoding import decode, guess_encoding
from workbench.sources.rows import Columns, rejection_of

_BATCH = 64
_HEAD = 1 << 16
_QUOTES = "Correct the row, its separators and its quotes above all."
# Rows of JSON that may come before one with its text, until the table as a whole is refused.
_PATIENCE = 1000
_LISTS = ("articles", "items", "data", "results", "documents", "entries")


def read_json_lines(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """One article a line; a Rejection for each line that is broken or lacks its text.

    Raises:
        InputError: It is no text, or no column can hold the articles' text.
    """
    yield from _by_row(_rows_of_lines(document, options.max_bytes), document.name, options)


def read_json(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """A JSON document: one article, a list of them, or an object that holds such a list.

    Raises:
        InputError: It is too large, no text, no JSON, or holds no articles.
    """
    decoded = decode(document.read(options.max_bytes), name=document.name)
    try:
        data = json.loads(decoded.text)
    except (ValueError, RecursionError) as fault:
        raise SourceError(
            f"{document.name} is no valid JSON: {fault}.", cure="Correct it, or give JSON lines."
        ) from fault
    rows = _listed(data)
    if not rows:
        raise SourceError(
            f"{document.name} holds no articles.", cure="Give a list of objects with a text each."
        )
    yield from _by_row(_rows_of_items(rows, document.name), document.name, options)


def read_csv(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """One article a row, under a header; a Rejection for each row that does not fit it.

    Raises:
        InputError: It is no text, or no column can hold the articles' text.
    """
    # A limit of the whole process, and far too small for long articles: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_bytes))
    with _as_text(document, newline="") as stream:
        rows = _rows(stream, _delimiter(document))
        _, header = next(rows, (1, []))
        names = [name.strip() for name in header] if isinstance(header, list) else []
        if not any(names):
            raise SourceError(f"{document.name} is empty.", cure="Give a table with a header and rows.")
        columns = Columns.resolve(names, name=document.name, options=options)
        for number, row in rows:
            place = f"{document.name}:{number}"
            yield (
                Rejection(source=place, reason=row, cure=_QUOTES)
                if isinstance(row, str)
                else columns.article(dict(zip(names, row, strict=True)), place)
            )


def read_parquet(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """One article a row, read in small batches.

    Raises:
        InputError: It is no Parquet, or no column can hold the articles' text.
    """
    from pyarrow import ArrowException, parquet

    stream: Any = document.stream if _is_file(document) else io.BytesIO(document.read(options.max_bytes))
    try:
        table = parquet.ParquetFile(stream)
        columns = Columns.resolve(table.schema_arrow.names, name=document.name, options=options)
        number = 0
        for batch in table.iter_batches(batch_size=_BATCH, columns=columns.named):
            for row in batch.to_pylist():
                number += 1
                yield columns.article(row, f"{document.name}: row {number}")
    except (ArrowException, OSError) as fault:
        raise SourceError(
            f"{document.name} is no readable Parquet file: {str(fault).splitlines()[0]}.",
            cure="Write it again, or name its kind with --as.",
        ) from fault


def _is_file(document: Document) -> bool:
    return document.stream.seekable() and not isinstance(getattr(document.stream, "raw", None), io.BytesIO)


def _by_row(
    rows: Iterable[tuple[str, dict[str, Any] | Rejection]], name: str, options: ReadOptions
) -> Iterator[Article | Rejection]:
    """Rows of JSON with their places, each by columns of its own: many programs leave out what is empty.

    The first ones wait until together they have all columns that are needed.

    Raises:
        SourceError: They never do.
    """
    names: dict[str, None] = {}
    waiting: list[Article | Rejection] = []
    fault: SourceError | None = None
    for place, row in rows:
        waiting.append(row if isinstance(row, Rejection) else _record(row, place, options))
        if isinstance(row, dict) and (fault or not names):
            names |= dict.fromkeys(row)
            fault = _fault(list(names), name, options)
        if not fault:
            yield from waiting
            waiting.clear()
        elif len(waiting) >= _PATIENCE:
            break
    if fault:
        raise fault


def _fault(names: list[str], name: str, options: ReadOptions) -> SourceError | None:
    try:
        Columns.resolve(names, name=name, options=options)
    except SourceError as fault:
        return fault
    return None


def _record(row: dict[str, Any], place: str, options: ReadOptions) -> Article | Rejection:
    try:
        columns = Columns.resolve(list(row), name="The row", options=options, partly=True)
    except SourceError as fault:
        return Rejection(source=place, reason=fault.problem, cure=fault.cure)
    return columns.article(row, place)


def _listed(data: Any) -> list[Any]:
    if isinstance(data, dict):
        lists = [data[key] for key in _LISTS if isinstance(data.get(key), list)]
        return list(lists[0]) if lists else [data]
    return data if isinstance(data, list) else []


def _rows_of_items(items: list[Any], name: str) -> Iterator[tuple[str, dict[str, Any] | Rejection]]:
    for number, item in enumerate(items, start=1):
        place = f"{name}: item {number}"
        if isinstance(item, dict):
            yield place, item
        else:
            cure = 'Write it as {"text": ...}.'
            yield place, Rejection(source=place, reason="It is no JSON object.", cure=cure)


def _rows_of_lines(document: Document, limit: int) -> Iterator[tuple[str, dict[str, Any] | Rejection]]:
    filled = False
    for number, line in _lines(document, limit):
        filled = True
        place = f"{document.name}:{number}"
        yield place, _row(line, number, place, limit)
    if not filled:
        raise SourceError(f"{document.name} is empty.", cure="Give a file that holds articles.")


def _row(line: str | None, number: int, place: str, limit: int) -> dict[str, Any] | Rejection:
    if line is None:
        return Rejection(
            source=place,
            reason=f"Line {number} holds more than {limit / MEGABYTE:g} MB, too much for one article.",
            cure="Split it, or raise the limit with --max-mb.",
        )
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as fault:
        problem = f"{getattr(fault, 'msg', fault)} (column {getattr(fault, 'colno', 1)})"
        reason = f"Line {number} is no valid JSON: {problem}."
        return Rejection(source=place, reason=reason, cure="Correct the line, or take it out.")
    if not isinstance(row, dict):
        return Rejection(
            source=place, reason=f"Line {number} is no JSON object.", cure='Write it as {"text": ...}.'
        )
    return rejection_of(row) or row


def _lines(document: Document, limit: int) -> Iterator[tuple[int, str | None]]:
    """Lines that are not blank, numbered from 1; None for a line longer than `limit`."""
    with _as_text(document, newline="\n") as stream:
        number = 0
        while line := stream.readline(limit + 1):
            number += 1
            if len(line) > limit and not line.endswith("\n"):
                while line and not line.endswith("\n"):
                    line = stream.readline(limit)
                yield number, None
            elif line.strip():
                yield number, line


def _as_text(document: Document, *, newline: str) -> IO[str]:
    encoding = guess_encoding(document.peek(_HEAD), name=document.name, declared=document.charset)
    return io.TextIOWrapper(document.stream, encoding=encoding, errors="replace", newline=newline)


def _rows(stream: IO[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Rows with the number of their first line, each as long as the first; or what is wrong with one.

    A quote that is never closed swallows the lines behind it: such a row is given up for its first line alone,
    and the others are read again.
    """
    waiting: deque[str] = deque()
    number, width = 1, 0
    while True:
        taken: list[str] = []
        try:
            row = next(csv.reader(_recorded(waiting, stream, taken), delimiter=delimiter), None)
            fault = "" if row is None or len(row) in (0, width or len(row)) else _misfit(row, width)
        except csv.Error as error:
            row, fault = [], f"The row cannot be read: {error}."
        if row is None:
            return
        if fault:
            yield number, fault
            waiting.extendleft(reversed(taken[1:]))
            number += 1
        else:
            if row:
                width = width or len(row)
                yield number, row
            number += len(taken)


def _recorded(waiting: deque[str], stream: IO[str], taken: list[str]) -> Iterator[str]:
    while line := waiting.popleft() if waiting else stream.readline():
        taken.append(line)
        yield line


def _misfit(row: list[str], width: int) -> str:
    return f"The row has {len(row)} columns, and the header {width}."


def _delimiter(document: Document) -> str:
    if PurePath(document.name).suffix.lower() == ".tsv":
        return "\t"
    head = document.peek(_HEAD)
    first = head.decode(guess_encoding(head, name=document.name), errors="replace").partition("\n")[0]
    return max(",;\t|", key=first.count)
