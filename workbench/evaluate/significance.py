"""How far luck goes: intervals, paired tests, correction for many comparisons, and what a suite could show at all.

Everything works on sufficient statistics: rows of a metric, summed a thousand ways by one matrix product.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError
from workbench.metrics.base import Metric, Rows, total
from workbench.records import Record

LEVEL = 0.05
"""Two-sided level at which a difference counts as shown."""

_POWER = 1.959964 + 0.841621
"""Standard errors that a true difference must have to be shown four times in five at the 5 % level."""

_CHUNK = 2_000_000
"""Cells of a selection matrix made at once: 16 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How chance is simulated.

    Attributes:
        trials: Bootstrap resamples, and shuffles of the randomisation test; 0 leaves intervals and tests out.
        seed: Of both; the default is sacreBLEU's, and its resamples come out the same.
        unit: What is drawn: "segments" or "documents" (segments of one document stay together).
    """

    trials: int = 1000
    seed: int = 12345
    unit: str = "segments"

    def describe(self) -> str:
        """For signatures, in sacreBLEU's words: "bs:1000|seed:12345"."""
        unit = "" if self.unit == "segments" else f"|unit:{self.unit}"
        return f"bs:{self.trials}|seed:{self.seed}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Record):
    """Two systems on one metric, on the same segments.

    Attributes:
        metric: Name of the metric.
        ours: Name of the first system.
        theirs: Name of the second.
        difference: Ours minus theirs, on the metric's scale; None where either is undefined.
        low: Lower 95 % bound of the difference, from a paired bootstrap.
        high: Upper 95 % bound.
        p: Two-sided, from the paired bootstrap.
        p_randomised: Two-sided, from approximate randomisation.
        p_corrected: The larger of both, after Holm's correction over all pairs compared with this one.
        detectable: Smallest true difference that so many segments would show four times in five.
        higher_is_better: Of the metric; None where neither is.
        n: Units drawn.
        recipe: Trials, seed and unit.
    """

    metric: str
    ours: str
    theirs: str
    difference: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_randomised: float | None = None
    p_corrected: float | None = None
    detectable: float | None = None
    higher_is_better: bool | None = True
    n: int
    recipe: str

    @property
    def shown(self) -> bool:
        """Whether the difference is beyond luck, correction included."""
        return self.p_corrected is not None and self.p_corrected < LEVEL

    def turned(self) -> Comparison:
        """The same comparison seen from the other system."""
        swapped = None if self.difference is None else -self.difference
        low, high = (None, None) if self.low is None or self.high is None else (-self.high, -self.low)
        return replace(self, ours=self.theirs, theirs=self.ours, difference=swapped, low=low, high=high)

    @property
    def verdict(self) -> str:
        """Who is better ("ours better", "theirs better", or "higher" where neither is), or "no difference shown"."""
        if not self.shown or not self.difference:
            return "no difference shown"
        if self.higher_is_better is None:
            return "ours higher" if self.difference > 0 else "theirs higher"
        return "ours better" if (self.difference > 0) == self.higher_is_better else "theirs better"


def by_document(rows: Rows, documents: Sequence[str]) -> Rows:
    """Rows added up by document, in order of first appearance: shape [documents, width].

    Raises:
        InputError: There is not one document id a segment.
    """
    if len(documents) != len(rows):
        raise InputError(
            f"There are {len(documents)} document ids for {len(rows)} segments.",
            cure="Give one document id a segment.",
        )
    places = {document: place for place, document in enumerate(dict.fromkeys(documents))}
    summed = np.zeros((len(places), rows.shape[1]))
    np.add.at(summed, [places[document] for document in documents], rows)
    return summed


def resampled_sums(tables: Sequence[Rows], resampling: Resampling) -> list[Rows]:
    """Sums of bootstrap resamples: one array [trials, width] for each table; all see the same draws."""
    count = len(tables[0])
    rng = np.random.default_rng(resampling.seed)
    stacked = np.concatenate(tables, axis=1)
    sums = [
        _counts(rng.choice(count, size=(trials, count), replace=True)) @ stacked
        for trials in _chunks(resampling.trials, count)
    ]
    return _unstack(np.concatenate(sums), tables)


def shuffled_sums(tables: Sequence[Rows], resampling: Resampling) -> list[Rows]:
    """Sums over the random half of the units that a shuffle swaps: [trials, width] for each table."""
    count = len(tables[0])
    rng = np.random.default_rng(resampling.seed)
    stacked = np.concatenate(tables, axis=1)
    sums = [
        rng.integers(2, size=(trials, count), dtype=bool).astype(np.float64) @ stacked
        for trials in _chunks(resampling.trials, count)
    ]
    return _unstack(np.concatenate(sums), tables)


def _chunks(trials: int, count: int) -> Iterator[int]:
    size = max(1, _CHUNK // max(count, 1))
    for start in range(0, trials, size):
        yield min(size, trials - start)


def _counts(draws: NDArray[np.int64]) -> Rows:
    """How often each unit was drawn: from [trials, draws] to [trials, units]."""
    trials, count = draws.shape
    flat = (draws + np.arange(trials)[:, None] * count).ravel()
    return np.bincount(flat, minlength=trials * count).reshape(trials, count).astype(np.float64)


def _unstack(sums: Rows, tables: Sequence[Rows]) -> list[Rows]:
    return np.split(sums, np.cumsum([table.shape[1] for table in tables])[:-1], axis=1)


def interval(values: Rows) -> tuple[float, float] | tuple[None, None]:
    """The middle 95 % of `values`; nothing where some resample was undefined."""
    if not values.size or np.isnan(values).any():
        return None, None
    ordered = np.sort(values)
    cut = len(ordered) // 40
    return float(ordered[cut]), float(ordered[-cut - 1])


def intervals(
    metric: Metric, tables: Mapping[str, Rows], resampling: Resampling
) -> dict[str, tuple[float, float]]:
    """95 % bounds of each system's score, from one bootstrap; systems without defined bounds are left out."""
    if not resampling.trials or not all(len(table) for table in tables.values()):
        return {}
    sums = resampled_sums(list(tables.values()), resampling)
    bounds = {name: interval(metric.totals(each)) for name, each in zip(tables, sums, strict=True)}
    return {name: (low, high) for name, (low, high) in bounds.items() if low is not None and high is not None}


def compare(metric: Metric, tables: Mapping[str, Rows], resampling: Resampling) -> list[Comparison]:
    """Every pair of systems on one metric, corrected for their number.

    Args:
        metric: What the rows were counted by.
        tables: Rows by system, for the same units in the same order.
        resampling: How chance is simulated; trials are raised where so many pairs could not reach the level.
    """
    pairs = list(itertools.combinations(tables, 2))
    if not pairs:
        return []
    needed = 2 * len(pairs) / LEVEL if resampling.trials else 0
    chance = replace(resampling, trials=max(resampling.trials, int(needed)))
    trial = _Trials(metric, tables, chance)
    return holm([trial.comparison(ours, theirs) for ours, theirs in pairs])


class _Trials:
    """The resamples of all systems on one metric, drawn once and compared pair by pair."""

    def __init__(self, metric: Metric, tables: Mapping[str, Rows], resampling: Resampling) -> None:
        self._metric, self._tables, self._resampling = metric, tables, resampling
        self._totals = {name: total(metric, table) for name, table in tables.items()}
        self._sums = {name: table.sum(axis=0) for name, table in tables.items()}
        self._drawn: dict[str, Rows] = {}
        self._halves: dict[str, Rows] = {}
        if resampling.trials and all(len(table) for table in tables.values()):
            drawn = resampled_sums(list(tables.values()), resampling)
            self._drawn = {name: metric.totals(sums) for name, sums in zip(tables, drawn, strict=True)}
            halves = shuffled_sums(list(tables.values()), resampling)
            self._halves = dict(zip(tables, halves, strict=True))

    def comparison(self, ours: str, theirs: str) -> Comparison:
        """One pair, uncorrected."""
        mine, other = self._totals[ours], self._totals[theirs]
        bare = Comparison(
            metric=self._metric.name,
            ours=ours,
            theirs=theirs,
            difference=None if mine is None or other is None else mine - other,
            higher_is_better=self._metric.higher_is_better,
            n=len(self._tables[ours]),
            recipe=self._resampling.describe(),
        )
        if bare.difference is None or not self._drawn:
            return bare
        drawn = self._drawn[ours] - self._drawn[theirs]
        shuffled = self._shuffled(ours, theirs)
        if np.isnan(drawn).any() or np.isnan(shuffled).any():
            return bare
        low, high = interval(drawn)
        return replace(
            bare,
            low=low,
            high=high,
            p=_p_value(drawn - bare.difference, bare.difference),
            p_randomised=_p_value(shuffled, bare.difference),
            detectable=float(_POWER * drawn.std()),
        )

    def _shuffled(self, ours: str, theirs: str) -> Rows:
        """Differences of two pseudo-systems that swapped half their outputs at random."""
        mine, other = self._halves[ours], self._halves[theirs]
        first = self._metric.totals(mine + self._sums[theirs] - other)
        second = self._metric.totals(other + self._sums[ours] - mine)
        return first - second


def _p_value(under_chance: Rows, difference: float) -> float:
    """Share of trials at least as far from zero; one is added to both, so that no p is ever 0."""
    as_far = int((np.abs(under_chance) >= abs(difference) - 1e-12).sum())
    return (as_far + 1) / (len(under_chance) + 1)


def holm(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same comparisons with `p_corrected`, by Holm's step-down over all that have a p, in the given order."""
    worst = {
        place: max(each.p, each.p_randomised)
        for place, each in enumerate(comparisons)
        if each.p is not None and each.p_randomised is not None
    }
    corrected: dict[int, float] = {}
    floor = 0.0
    for step, place in enumerate(sorted(worst, key=lambda key: worst[key])):
        floor = max(floor, min(1.0, worst[place] * (len(worst) - step)))
        corrected[place] = floor
    return [replace(each, p_corrected=corrected.get(place)) for place, each in enumerate(comparisons)]
