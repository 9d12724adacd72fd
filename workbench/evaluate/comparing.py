"""Two runs on the same data, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.errors import InputError
from workbench.evaluate.results import metrics_for, read_outputs
from workbench.evaluate.run import read_json
from workbench.evaluate.score import score_outputs
from workbench.evaluate.significance import Comparison, Resampling
from workbench.evaluate.suite import Part


def compare_folders(
    first: Path, second: Path, *, metrics: Sequence[str] = (), unit: str = "segments"
) -> dict[str, list[Comparison]]:
    """Every system of one run against every system of another, on the parts that both have.

    Args:
        first: Folder of a run.
        second: Folder of another.
        metrics: Instead of each part's own.
        unit: "segments" or "documents".

    Returns:
        By part: comparisons on each metric, seen from the first run; corrected over all pairs of a metric.

    Raises:
        InputError: They have no part in common, or its data differs.
    """
    parts = {folder: _parts(folder) for folder in (first, second)}
    common = [name for name in parts[first] if name in parts[second]]
    if not common:
        raise InputError(
            f"{first} and {second} have no part in common: {_names(parts[first])} against {_names(parts[second])}.",
            cure="Run `workbench evaluate` with the same suite into both.",
        )
    return {
        name: _compared(parts[first][name], parts[second][name], first, second, metrics, unit)
        for name in common
    }


def _parts(folder: Path) -> dict[str, Part]:
    found = [Part.from_dict(read_json(path)) for path in sorted(folder.glob("*/*/part.json"))]
    if not found:
        raise InputError(
            f"{folder} holds no run.", cure="Give a folder that `workbench evaluate ... -o FOLDER` wrote."
        )
    return {part.path: part for part in found}


def _names(parts: dict[str, Part]) -> str:
    return ", ".join(parts)


def _compared(  # noqa: PLR0917 - two runs, two parts
    part: Part, other: Part, first: Path, second: Path, metrics: Sequence[str], unit: str
) -> list[Comparison]:
    if part.sha256 != other.sha256:
        raise InputError(
            f"The data of {part.path} differs between {first} and {second}: {part.sha256[:12]}, {other.sha256[:12]}.",
            cure="Run both on the same version of the suite.",
        )
    outputs = [read_outputs(part, folder / part.path) for folder in (first, second)]
    shared = set(outputs[0]) & set(outputs[1])
    labels = _labels(first, second)
    ours, theirs = (
        {f"{label}:{name}" if name in shared else name: texts for name, texts in group.items()}
        for label, group in zip(labels, outputs, strict=True)
    )
    scored = score_outputs(
        ours | theirs,
        material=part.material(),
        metrics=metrics or metrics_for(part),
        resampling=Resampling(unit=unit if part.material().documents else "segments"),
    )
    return [
        scored.comparison(metric.name, one, two)
        for metric in scored.metrics
        for one in ours
        for two in theirs
    ]


def _labels(first: Path, second: Path) -> tuple[str, str]:
    """The folders' own names, or their whole paths where those are the same."""
    names = first.resolve().name, second.resolve().name
    return names if names[0] != names[1] else (str(first), str(second))
