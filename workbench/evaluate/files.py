"""Files of outputs, references and sources: plain lines or JSONL, read strictly and laid side by side."""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import EncodingError, InputError, SourceError

TEXT_FIELDS = ("text", "output", "reference", "references", "translation", "summary", "summaries", "target")
"""Where a JSONL record may hold its text, in the order tried; a list holds several references."""

ID_FIELDS = ("article", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One file: a group of texts for each segment.

    Attributes:
        name: The file, for messages.
        groups: Texts by segment; one each, several where a JSONL record lists references.
        ids: One id a segment, or None for plain lines.
    """

    name: str
    groups: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """One text a segment.

        Raises:
            InputError: Some segment has several.
        """
        for number, group in enumerate(self.groups, start=1):
            if len(group) != 1:
                raise InputError(
                    f"{self.name}: segment {number} has {len(group)} texts where one belongs.",
                    cure="Lists are for references; give one text a segment.",
                )
        return tuple(group[0] for group in self.groups)

    def counted(self) -> str:
        """For messages, such as "google.ar has 997"."""
        return f"{self.name} has {len(self.groups)}"


def read_column(path: Path | str) -> Column:
    """Read plain lines (one text a line, empty lines count) or JSONL; `.gz` is opened; `-` is stdin.

    Raises:
        SourceError: The file is absent, unreadable or empty.
        EncodingError: It is not UTF-8.
        InputError: A JSONL record is broken, has no text, or repeats an id.
    """
    name = str(path)
    lines = read_lines(path)
    if _is_jsonl(name, lines[0]):
        return _records(name, lines)
    return Column(name=name, groups=tuple((line,) for line in lines))


def read_lines(path: Path | str) -> list[str]:
    """The lines of a UTF-8 file, without their ends; `.gz` is opened; `-` is stdin.

    Raises:
        SourceError: The file is absent, unreadable or empty.
        EncodingError: It is not UTF-8.
    """
    name = str(path)
    text = _decode(name, _bytes(name))
    if not text:
        raise SourceError(f"{name} is empty.", cure="Give a file with one text a line.")
    # Only the newline parts segments: str.splitlines would also cut at U+2028 and others that occur inside texts.
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        data = Path(name).read_bytes()
        return gzip.decompress(data) if name.endswith(".gz") else data
    except (OSError, EOFError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise SourceError(f"{name} cannot be read: {reason}.", cure="Check the path.") from fault


def _decode(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise EncodingError(
            f"{name} is not UTF-8: line {line} holds byte 0x{data[fault.start]:02x}.",
            cure=f"Convert it, for instance: iconv -f WINDOWS-1256 -t UTF-8 {name}",
        ) from fault


def _is_jsonl(name: str, first: str) -> bool:
    if name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        return True
    try:
        return isinstance(json.loads(first), dict)
    except json.JSONDecodeError:
        return False


def _records(name: str, lines: Sequence[str]) -> Column:
    records = [_record(name, number, lines) for number, line in enumerate(lines, start=1) if line.strip()]
    ids = [_first(record, ID_FIELDS) for _, record in records]
    groups = tuple(_group(name, number, record) for number, record in records)
    if any(each is None for each in ids):
        return Column(name=name, groups=groups)
    known: dict[str, int] = {}
    for (number, _), each in zip(records, ids, strict=True):
        if known.setdefault(str(each), number) != number:
            raise InputError(
                f"{name}: the id {each!r} stands on lines {known[str(each)]} and {number}.",
                cure="Keep one record an id.",
            )
    return Column(name=name, groups=groups, ids=tuple(str(each) for each in ids))


def _record(name: str, number: int, lines: Sequence[str]) -> tuple[int, dict[str, Any]]:
    try:
        record = json.loads(lines[number - 1])
    except json.JSONDecodeError as fault:
        if number == len(lines):
            raise InputError(
                f"{name}: line {number}, the last one, breaks off: the file was not written to its end.",
                cure="Let the run that writes it finish (started again, it resumes), or delete that line.",
            ) from fault
        raise InputError(
            f"{name}: line {number} is not JSON: {fault.msg} at column {fault.colno}.", cure="Mend that line."
        ) from fault
    if not isinstance(record, dict):
        raise InputError(
            f"{name}: line {number} is not a JSON object.", cure='Write records such as {"text": "..."}.'
        )
    return number, record


def _first(record: Mapping[str, Any], fields: Sequence[str]) -> Any:
    return next((record[field] for field in fields if record.get(field) is not None), None)


def _group(name: str, number: int, record: Mapping[str, Any]) -> tuple[str, ...]:
    value = _first(record, TEXT_FIELDS)
    texts = tuple(value) if isinstance(value, list) else (value,)
    if value is None and {"reason", "cure"} <= set(record):
        raise InputError(
            f"{name}: line {number} is a rejected article: {record['reason']}",
            cure="Mend the article and run it again, or take it out of every file.",
        )
    if not texts or not all(isinstance(text, str) for text in texts):
        raise InputError(
            f"{name}: line {number} has no text; its fields are {', '.join(record) or 'none'}.",
            cure=f"Name the field one of: {', '.join(TEXT_FIELDS)}.",
        )
    return texts


def aligned(column: Column, base: Column) -> Column:
    """`column` in the order of `base`: by id where both have ids, else line by line.

    Raises:
        InputError: Counts differ (both files are named, with their counts), or ids are missing on either side.
    """
    if column.ids is None or base.ids is None:
        if len(column.groups) != len(base.groups):
            raise InputError(
                f"The files do not match line by line: {column.counted()} and {base.counted()} lines.",
                cure="Give files with one line for every segment, empty lines kept (`workbench translate --lines`).",
            )
        return column
    have, want = set(column.ids), set(base.ids)
    missing = [each for each in base.ids if each not in have]
    surplus = [each for each in column.ids if each not in want]
    for ids, owner, other in ((missing, column, base), (surplus, base, column)):
        if ids:
            raise InputError(
                f"{owner.name} lacks {len(ids)} of the {len(other.groups)} articles in {other.name}: {_some(ids)}.",
                cure="Add them, or take them out of the other file; an empty text counts as an empty output.",
            )
    places = {each: place for place, each in enumerate(column.ids)}
    groups = tuple(column.groups[places[each]] for each in base.ids)
    return Column(name=column.name, groups=groups, ids=base.ids)


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")


def system_names(paths: Sequence[Path | str]) -> list[str]:
    """`name` for a file `name.ext`; where two files would share a name, their folders tell them apart.

    Raises:
        InputError: One file is given twice.
    """
    names = ["stdin" if str(path) == "-" else _stem(Path(path)) for path in paths]
    shared = {name for name, count in Counter(names).items() if count > 1}
    full = [
        f"{Path(path).resolve().parent.name}/{name}" if name in shared else name
        for path, name in zip(paths, names, strict=True)
    ]
    twice = [name for name, count in Counter(full).items() if count > 1]
    if twice:
        raise InputError(
            f"Two outputs are called {twice[0]!r}.", cure="Give each file once, under its own name."
        )
    return full


def _stem(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).stem
