"""The README of a job's folder: for people, and for `datasets`, which reads from it the type of every column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from workbench.jobs.formats import SUFFIXES
from workbench.records import Record

_PLAIN = {str: "string", datetime: "string", float: "float64", int: "int64"}

_TEXT = """
# A job of `workbench batch`

`records` holds what was made, one record a line or row; a file appears there when its shard is whole. `rejected` holds
what could not be used, each with reason and cure. `summary.html` tells how it went, `plan.json` how it was made.

```python
from datasets import load_dataset

records = load_dataset("path/of/this/folder", split="train")
```
"""


def card(kind: type[Record], *, form: str, languages: Iterable[str]) -> str:
    """The text of README.md.

    Args:
        kind: Type of the records.
        form: "jsonl" or "parquet".
        languages: Keys of fields that hold something for each language.
    """
    facts: dict[str, Any] = {
        "configs": [{"config_name": "default", "data_files": f"records/*{SUFFIXES[form]}"}]
    }
    if form == "jsonl":
        # JSON does not say of what type a column is that is empty in the first shard.
        facts["dataset_info"] = {"features": _columns(kind, sorted(languages))}
    return f"---\n{yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)}---\n{_TEXT}"


def _columns(kind: type[Record], languages: list[str]) -> list[dict[str, Any]]:
    hints = get_type_hints(kind)
    return [{"name": each.name} | _column(hints[each.name], languages) for each in fields(kind)]  # type: ignore[arg-type]


def _column(hint: Any, languages: list[str]) -> dict[str, Any]:
    """The type of a column in the words of `datasets`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return {"dtype": _PLAIN[hint]}
    if origin in (Union, UnionType):
        return _column(next(argument for argument in arguments if argument is not type(None)), languages)
    if origin is tuple:
        inner = _column(arguments[0], languages)
        return {"list": inner.get("dtype") or inner.get("struct") or inner}
    if origin is not None and issubclass(origin, Mapping):
        return {"struct": [{"name": name} | _column(arguments[1], languages) for name in languages]}
    return {"struct": _columns(hint, languages)}
