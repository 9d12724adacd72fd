"""The same scores on parts of the data: by length, by density of numbers, and by the suite's own labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.evaluate.score import Scored
from workbench.metrics.base import total
from workbench.records import Record
from workbench.text.numbers import numbers

_LEAST = 5
"""Segments below which a slice says nothing and is folded into "other"."""

_MOST = 8
"""Labels shown for one way of slicing: the largest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Record):
    """Scores on some of the segments.

    Attributes:
        by: What parts the data, such as "length".
        label: This part, such as "21-30 words".
        n: Segments in it.
        values: Headline score by system.
    """

    by: str
    label: str
    n: int
    values: Mapping[str, float | None]


def slices(scored: Scored) -> list[Slice]:
    """Headline scores by length, by number density, and by each of the suite's labels."""
    labels: dict[str, Sequence[str]] = {}
    if scored.material.sources is not None:
        labels["length"] = _lengths(scored.material.sources)
        labels["numbers"] = _densities(scored.material.sources)
    labels.update(scored.material.slices or {})
    return [each for by, column in labels.items() for each in _sliced(scored, by, column)]


def _sliced(scored: Scored, by: str, column: Sequence[str]) -> list[Slice]:
    groups: dict[str, list[int]] = {}
    for place, label in enumerate(column):
        groups.setdefault(label, []).append(place)
    kept = dict(sorted(groups.items())) if by in ("length", "numbers") else _largest(groups)
    if len(kept) < 2:
        return []
    metric = scored.metrics[0]
    return [
        Slice(
            by=by,
            label=label.partition("\t")[2] or label,
            n=len(places),
            values={name: total(metric, rows[places]) for name, rows in scored.rows[metric.name].items()},
        )
        for label, places in kept.items()
    ]


def _largest(groups: Mapping[str, list[int]]) -> dict[str, list[int]]:
    order = sorted(groups, key=lambda label: (-len(groups[label]), label))
    kept = {label: groups[label] for label in order[:_MOST] if len(groups[label]) >= _LEAST}
    rest = sorted(place for label in order if label not in kept for place in groups[label])
    return kept | ({"other": rest} if rest else {})


def _lengths(sources: Sequence[str]) -> list[str]:
    """Quarters of the data by words of the source; labels sort by length, what follows the tab is shown."""
    words = np.array([len(text.split()) for text in sources])
    edges = np.unique(np.quantile(words, [0.25, 0.5, 0.75]).astype(int))
    bounds = [
        int(words.min()),
        *(int(edge) + 1 for edge in edges if edge < words.max()),
        int(words.max()) + 1,
    ]
    place = np.clip(np.searchsorted(bounds, words, side="right") - 1, 0, len(bounds) - 2)
    return [f"{at}\t{bounds[at]} to {bounds[at + 1] - 1} words" for at in place]


def _densities(sources: Sequence[str]) -> list[str]:
    counts = [len(numbers(text)) for text in sources]
    names = ("no number", "one number", "two numbers", "three or more numbers")
    return [f"{min(count, 3)}\t{names[min(count, 3)]}" for count in counts]
