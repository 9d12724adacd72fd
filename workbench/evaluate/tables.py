"""Tables of a suite: plain lines, JSONL, Parquet, a folder of texts, or a data set on the hub."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from workbench.config import PACKAGE, Strict, resource
from workbench.errors import InputError, SourceError
from workbench.evaluate.files import read_lines


class Table(Strict):
    """Where records lie.

    Attributes:
        kind: "lines" (one text a line, column `line`), "jsonl", "parquet", "folder" (one text a file: `NAME.txt`,
            references beside it as `NAME.*.txt`; columns `name`, `text`, `references`) or "hub".
        path: File or folder, relative to the project or to the data folder; for "hub" the data set's id.
        config: Configuration of a hub data set.
        split: Split of a Parquet file or hub data set.
        revision: Pinned revision of a hub data set.
        fetch: How to get it, shown where it is absent.
    """

    kind: Literal["lines", "jsonl", "parquet", "folder", "hub"]
    path: str
    config: str | None = None
    split: str = "train"
    revision: str | None = None
    fetch: str = Field(default="")

    @model_validator(mode="after")
    def _only_hubs_have_configurations(self) -> Table:
        if self.kind != "hub" and (self.config or self.revision):
            raise ValueError("config and revision belong to hub data sets")
        return self


def data_folder() -> Path | None:
    """Where data sets that do not ship lie: `WORKBENCH_DATA`, else `data` or `../shared/data` beside the project."""
    given = os.environ.get("WORKBENCH_DATA")
    if given:
        return Path(given)
    places = (PACKAGE.parent / "data", PACKAGE.parent.parent / "shared" / "data")
    return next((place for place in places if place.is_dir()), None)


def read_table(table: Table, *, suite: str, data: Path | None = None) -> list[dict[str, Any]]:
    """All records of a table, in order.

    Raises:
        SourceError: It is not there, or the hub cannot be reached; the cure says how to get it.
        InputError: It is broken.
    """
    if table.kind == "hub":
        return _hub(table, suite)
    path = _find(table, suite, data)
    if table.kind == "lines":
        return [{"line": line} for line in read_lines(path)]
    if table.kind == "jsonl":
        return [
            _parsed(path, number, line)
            for number, line in enumerate(read_lines(path), start=1)
            if line.strip()
        ]
    if table.kind == "folder":
        return _folder(path)
    return _parquet(path, table.split)


def _find(table: Table, suite: str, data: Path | None) -> Path:
    places = [resource(table.path), *(folder / table.path for folder in (data or data_folder(),) if folder)]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise SourceError(
            f"The suite {suite!r} reads {table.path}, which is not here.",
            cure=f"{table.fetch} Put it into the data folder (--data FOLDER, or the variable WORKBENCH_DATA).".strip(),
        )
    return found


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as fault:
        raise InputError(
            f"{path}: line {number} is not JSON: {fault.msg}.", cure="Fetch the file again."
        ) from fault
    if not isinstance(record, dict):
        raise InputError(f"{path}: line {number} is not a JSON object.", cure="Fetch the file again.")
    return record


def _folder(path: Path) -> list[dict[str, Any]]:
    """Texts `NAME.txt` with their references `NAME.*.txt`, by name."""
    records = []
    for text in sorted(each for each in path.glob("*.txt") if "." not in each.stem):
        references = sorted(path.glob(f"{text.stem}.*.txt"))
        records.append(
            {
                "name": text.stem,
                "text": text.read_text(encoding="utf-8").strip(),
                "references": [each.read_text(encoding="utf-8").strip() for each in references],
            }
        )
    return records


def _parquet(path: Path, split: str) -> list[dict[str, Any]]:
    import datasets

    files = sorted(map(str, path.glob("*.parquet"))) if path.is_dir() else [str(path)]
    return _records(datasets.load_dataset("parquet", data_files={split: files}, split=split))


def _hub(table: Table, suite: str) -> list[dict[str, Any]]:
    import datasets

    try:
        loaded = datasets.load_dataset(table.path, table.config, split=table.split, revision=table.revision)
    except (OSError, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as fault:
        raise SourceError(
            f"The data set {table.path} of the suite {suite!r} cannot be loaded: {str(fault).splitlines()[0]}",
            cure=f"{table.fetch} Run this once where the hub can be reached (some sets want `hf auth login`); the copy "
            "in its cache then serves offline.".strip(),
        ) from fault
    return _records(loaded)


def _records(loaded: Any) -> list[dict[str, Any]]:
    return [dict(record) for record in loaded if isinstance(record, Mapping)]
