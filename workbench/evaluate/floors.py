"""Floors: what a model reached once, and may not fall below unless somebody says why.

A floor pins the outputs themselves beside value, signature and data, so that a paired test tells a regression from
luck, and so that a change of a metric can be told from a change of the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import FloorError
from workbench.evaluate.results import PartResult
from workbench.evaluate.run import read_json, write_text
from workbench.evaluate.significance import Comparison, Resampling, compare, holm
from workbench.metrics.base import Metric
from workbench.records import Record

WATCHED = ("chrf++", "numbers", "untranslated", "script", "loops", "empty", "support", "numbers-supported")
"""Metrics that a floor holds: what ranks, and what a reader would be hurt by."""

_CHANCE = Resampling()
_VERSION = re.compile(r"\|version:[^|]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned(Record):
    """One metric of a floor.

    Attributes:
        value: What was reached; None where it was undefined.
        signature: How it was measured.
    """

    value: float | None
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Record):
    """What one system reached on one part.

    Attributes:
        data_sha256: Of the part's items.
        metrics: Values by metric.
        outputs: Texts by item.
    """

    data_sha256: str
    metrics: Mapping[str, Pinned]
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Record):
    """How one metric stands against its floor.

    Attributes:
        part: Path of the part, such as "mini/ar-en".
        metric: Its name.
        floor: Pinned value.
        value: Value now.
        fault: What is wrong, or None.
    """

    part: str
    metric: str
    floor: float | None
    value: float | None
    fault: str | None = None


def floor_file(folder: Path, system: str) -> Path:
    """Where the floors of a system lie."""
    return folder / f"{system}.json"


def read_floors(path: Path) -> dict[str, Floor]:
    """Floors by part; none where the file is absent.

    Raises:
        InputError: The file is broken.
    """
    return (
        {part: Floor.from_dict(each) for part, each in read_json(path)["parts"].items()}
        if path.exists()
        else {}
    )


def make_floor(result: PartResult, system: str) -> Floor:
    """What a system reaches now, as a floor."""
    scored = result.scored
    names = [metric.name for metric in scored.metrics if metric.name in WATCHED]
    texts = zip(result.part.items, scored.outputs[system], strict=True)
    return Floor(
        data_sha256=result.part.sha256,
        metrics={
            name: Pinned(
                value=scored.score(system, name).value, signature=bare(scored.score(system, name).signature)
            )
            for name in names
        },
        outputs={item.id: text for item, text in texts},
    )


def check_floor(result: PartResult, system: str, floor: Floor | None) -> list[Watch]:
    """Hold what a system reaches now against its floor: a regression counts where it is beyond luck."""
    path = result.part.path
    if floor is None:
        return [Watch(part=path, metric=result.headline, floor=None, value=None, fault="no floor is pinned")]
    if floor.data_sha256 != result.part.sha256:
        fault = f"the data is another: {result.part.sha256[:12]}, pinned was {floor.data_sha256[:12]}"
        return [Watch(part=path, metric=result.headline, floor=None, value=None, fault=fault)]
    metrics = [metric for metric in result.scored.metrics if metric.name in floor.metrics]
    worse = {
        each.metric: each
        for each in _against(result, system, floor, metrics)
        if each.verdict == "theirs better"
    }
    return [
        _watch(result, system, floor.metrics[metric.name], metric, worse.get(metric.name))
        for metric in metrics
    ]


def _against(result: PartResult, system: str, floor: Floor, metrics: Sequence[Metric]) -> list[Comparison]:
    """Now against pinned on every metric, corrected for their number."""
    material = result.part.material()
    pinned = material.texts([floor.outputs[item.id] for item in result.part.items])
    pairs = []
    for metric in metrics:
        tables = {"now": result.scored.rows[metric.name][system], "pinned": metric.statistics(pinned)}
        pairs += compare(metric, tables, _CHANCE)
    return holm([replace(each, p_corrected=None) for each in pairs])


def _watch(
    result: PartResult, system: str, pinned: Pinned, metric: Metric, worse: Comparison | None
) -> Watch:
    score = result.scored.score(system, metric.name)
    fault = None
    if bare(score.signature) != pinned.signature:
        fault = f"it is measured another way: {bare(score.signature)}, pinned was {pinned.signature}"
    elif worse is not None and worse.p_corrected is not None:
        fault = f"it is worse by {abs(worse.difference or 0):.2f}, beyond luck (p = {worse.p_corrected:.3f})"
    return Watch(
        part=result.part.path, metric=metric.name, floor=pinned.value, value=score.value, fault=fault
    )


def bare(signature: str) -> str:
    """A signature without how its interval was drawn, and without sacreBLEU's version: parity tests watch over that."""
    return _VERSION.sub("", signature.partition("|bs:")[0])


def require_floors(watches: Sequence[Watch]) -> None:
    """Refuse what fell.

    Raises:
        FloorError: Some metric fell below its floor, or cannot be held against it.
    """
    faults = [f"  {each.part} {each.metric}: {each.fault}" for each in watches if each.fault]
    if faults:
        raise FloorError(
            "\n".join(["Quality fell below its floor:", *faults]),
            cure="Find what changed. If it is meant, pin the new floor with its reason: --pin --lower REASON.",
        )


def pin(results: Sequence[PartResult], system: str, path: Path, *, reason: str | None = None) -> list[Watch]:
    """Write what a system reaches now as its floor.

    Args:
        results: Parts; floors of other parts stay as they are.
        system: Whose floor.
        path: File of floors.
        reason: Why a floor may be lowered or measured another way; kept in the file.

    Returns:
        How the new values stand against the old floors.

    Raises:
        FloorError: A floor would be lowered, and no reason is given.
        InputError: The file is broken.
        OutputError: It cannot be written.
    """
    floors = read_floors(path)
    known = [result for result in results if result.part.path in floors]
    watches = [watch for result in known for watch in check_floor(result, system, floors[result.part.path])]
    if reason is None:
        require_floors(watches)
    history: list[dict[str, Any]] = list(read_json(path)["history"]) if path.exists() else []
    if reason is not None:
        history.append({"reason": reason, "changed": [each.to_dict() for each in watches if each.fault]})
    floors |= {result.part.path: make_floor(result, system) for result in results}
    parts = {name: floor.to_dict() for name, floor in sorted(floors.items())}
    document = {"system": system, "history": history, "parts": parts}
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    return watches
