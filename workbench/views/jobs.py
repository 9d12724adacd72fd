"""Folders of batch jobs, finished or not: how far they have come, by what plan, and the latest records."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.brief.marking import direction
from workbench.errors import OutputError
from workbench.jobs.plan import PLAN, Done, Plan, finished
from workbench.jobs.shards import Places
from workbench.jobs.summary import Summary
from workbench.records import Article

_QUIET = 600.0
"""Seconds without a new file after which a job that wrote no summary is taken for interrupted."""
_LATEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record as the page of a job shows it.

    Attributes:
        title: Of the article, or what stands for it.
        texts: Task, language, direction and text of each part.
    """

    title: str
    texts: tuple[tuple[str, str, str, str], ...]


def state(folder: Path, *, now: float | None = None) -> str:
    """How a job stands: "done", "stopped", "failed", "working", or "interrupted" where it was killed."""
    latest = max((path.stat().st_mtime for path in _files(folder)), default=0.0)
    summary = folder / "summary.json"
    try:
        if summary.stat().st_mtime >= latest:
            return str(json.loads(summary.read_text(encoding="utf-8"))["state"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none yet, or it is being written
    return "working" if (now or time.time()) - latest < _QUIET else "interrupted"


def _files(folder: Path) -> Iterator[Path]:
    """What a run touches when it begins, and with each shard; the summary comes after all of it."""
    names = (PLAN, ".lock", "reports")
    yield from (folder / name for name in names if (folder / name).exists())


def figures(folder: Path) -> Summary:
    """The figures of everything that is finished.

    Raises:
        OutputError: The plan or a report is broken.
    """
    try:
        plan = Plan.from_dict(json.loads((folder / PLAN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as fault:
        raise OutputError(
            f"{folder.name} holds no plan that can be read.", cure="Look at its folder."
        ) from fault
    places = Places(folder=folder, format=str(plan.facts.get("format", "jsonl")), kind=Article)
    done = finished(places) if (folder / "records").is_dir() else Done()
    return Summary.of(
        state=state(folder), facts=plan.facts, total=done.total, this_run=Counter(), seconds=0.0
    )


def latest(folder: Path, most: int = _LATEST) -> list[Shown]:
    """The last records of the shard that was finished last."""
    shards = sorted((folder / "records").glob("shard-*"), key=lambda path: path.stat().st_mtime)
    return [_shown(row) for row in _rows(shards[-1])[-most:]] if shards else []


def _rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        from pyarrow import parquet

        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _shown(row: Mapping[str, Any]) -> Shown:
    """An Article, an Output or a Brief; a Brief's summaries are pairs in Parquet."""
    article = row.get("article")
    if not isinstance(article, Mapping):
        return Shown(title=str(row.get("title") or article or row.get("id") or ""), texts=(_text(row),))
    summaries = row.get("summaries") or {}
    parts = (
        summaries.values()
        if isinstance(summaries, Mapping)
        else [dict(each).get("value") if isinstance(each, Mapping) else each[1] for each in summaries]
    )
    texts = [_text(part) for part in (*parts, row.get("translation")) if isinstance(part, Mapping)]
    return Shown(title=str(article.get("title") or article.get("id") or ""), texts=tuple(texts))


def _text(part: Mapping[str, Any]) -> tuple[str, str, str, str]:
    language = str(part.get("language") or "und")
    task = str(part.get("task"))
    return (
        task if task in ("summarise", "translate") else "read",
        language,
        direction(language),
        str(part.get("text") or ""),
    )
