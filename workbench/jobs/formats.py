"""Files of records: JSON lines and Parquet, whose columns are the same in every shard."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from workbench.records import Record

SUFFIXES = {"jsonl": ".jsonl", "parquet": ".parquet"}


def write(path: Path, records: Sequence[Record], *, kind: type[Record]) -> None:
    """Write `records` to `path`, down to the disk, in the format that its name tells.

    Args:
        path: Such as shard-00001.parquet.part.
        records: In the order of the file.
        kind: Their type.

    Raises:
        OSError: The disk is full, or the folder is gone.
    """
    if SUFFIXES["parquet"] in path.suffixes:
        _write_parquet(path, records, kind)
    else:
        write_lines(path, [record.to_json() for record in records])


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write lines of JSON to `path`, down to the disk.

    Raises:
        OSError: The disk is full, or the folder is gone.
    """
    # Half a surrogate pair, written as JSON writes it, is still UTF-8 to every reader.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as sink:
        sink.writelines(line + "\n" for line in lines)
        sink.flush()
        os.fsync(sink.fileno())


def _write_parquet(path: Path, records: Sequence[Record], kind: type[Record]) -> None:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema(_columns(kind))
    rows = [_listed(record) for record in records]
    with path.open("wb") as sink:
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), sink, compression="zstd")
        sink.flush()
        os.fsync(sink.fileno())


def _columns(kind: type[Record]) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind)
    return [(each.name, _type(hints[each.name])) for each in fields(kind)]  # type: ignore[arg-type]


def _type(hint: Any) -> Any:
    """Arrow's type for a field of a record; dates are ISO 8601 text, as in JSON."""
    import pyarrow

    plain = {
        str: pyarrow.string(),
        datetime: pyarrow.string(),
        float: pyarrow.float64(),
        int: pyarrow.int64(),
    }
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in plain:
        return plain[hint]
    if origin in (Union, UnionType):
        return _type(next(argument for argument in arguments if argument is not type(None)))
    if origin is tuple:
        return pyarrow.list_(_type(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        # A list of keys and values: readers of Parquet agree on it more than on maps.
        return pyarrow.list_(pyarrow.struct([("key", pyarrow.string()), ("value", _type(arguments[1]))]))
    return pyarrow.struct(_columns(hint))


def _listed(value: Any) -> Any:
    """Plain values as `_type` says: mappings as lists of keys and values."""
    if isinstance(value, Record):
        return {each.name: _listed(getattr(value, each.name)) for each in fields(value)}  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        return [{"key": key, "value": _listed(each)} for key, each in value.items()]
    if isinstance(value, tuple | list):
        return [_listed(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
