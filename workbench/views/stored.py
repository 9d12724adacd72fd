"""Pages of what lies on the disk: batch jobs, and evaluations that have no report yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.brief.labels import labels
from workbench.views import jobs
from workbench.views.pages import asset, template
from workbench.views.words import words


def job_page(folder: Path, name: str, language: str) -> str:
    """How far a job has come, by what plan, and its latest records.

    Raises:
        OutputError: The plan or a report is broken.
    """
    summary, told = jobs.figures(folder), labels(language)
    counts = [(key, getattr(summary, key)) for key in ("done", "rejected", "flagged", "shards", "tokens")]
    return _page(
        name,
        language,
        state=summary.state,
        counts=[(f"job_{key}", value) for key, value in counts],
        tables=[
            ("flags", {told.get(f"flag_{kind}", kind): n for kind, n in summary.flags.items()}),
            ("reasons", summary.reasons),
            ("plan", dict(_flat(summary.facts))),
        ],
        records=jobs.latest(folder),
    )


def unfinished_page(folder: Path, name: str, language: str) -> str:
    """Which systems' outputs an evaluation holds so far."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".jsonl", ".txt"))
    lines = {path.stem: path.read_bytes().count(b"\n") for path in files}
    return _page(name, language, state="unfinished", counts=[], tables=[("outputs", lines)], records=[])


def planned(folder: Path) -> set[str]:
    """Everything that a job's plan names, its models among it.

    Raises:
        OutputError: The plan or a report is broken.
    """
    return {str(value) for _, value in _flat(jobs.figures(folder).facts)}


def evaluated(folder: Path) -> set[str]:
    """Systems of which an evaluation's folder holds outputs or a report tells."""
    outputs = {
        path.stem
        for part in folder.glob("**/part.json")
        for path in part.parent.iterdir()
        if path.suffix in (".jsonl", ".txt")
    }
    try:
        parts = json.loads((folder / "report.json").read_text(encoding="utf-8"))["parts"]
        return outputs | {rank["system"] for part in parts for rank in part["ranking"]}
    except (OSError, ValueError, KeyError, TypeError):
        return outputs


def _page(name: str, language: str, **facts: Any) -> str:
    made = template("job.html.j2").render(
        name=name, language=language, words=words(language), style=asset("workbench.css"), **facts
    )
    return str(made).lstrip()


def _flat(facts: Mapping[str, Any], name: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in facts.items():
        label = f"{name}.{key}" if name else key
        if isinstance(value, Mapping):
            rows += _flat(value, label)
        elif value not in (None, [], ""):
            rows.append((label, ", ".join(map(str, value)) if isinstance(value, list) else value))
    return rows
