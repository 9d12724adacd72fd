"""Who leads: Bradley-Terry or means with intervals, wins by pair, by domain, and how far annotators agree."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, case, func, select

from workbench.records import Record
from workbench.review import tables as t
from workbench.review.campaigns import find_campaign
from workbench.review.shapes import Campaign, Standing
from workbench.review.store import Store

_BLOCKS = 256
"""Items are drawn in so many blocks: with more items than that, several share a block."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance(Record):
    """What one annotator did.

    Attributes:
        annotator: Who.
        judgements: Standing judgements.
        seconds: Mean time spent on one, or None.
        checks: Attention checks seen.
        passed: Of them, those noticed.
    """

    annotator: str
    judgements: int
    seconds: float | None
    checks: int
    passed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard(Record):
    """Everything that a campaign's judgements say.

    Attributes:
        campaign: What was asked.
        standings: Systems from best to worst.
        wins: For pairs: wins of one system over another, by name; ties and both-bad count half for each.
        domains: Standings within each domain, without intervals.
        alpha: Krippendorff's alpha of those who judged the same, or None where nobody did.
        attendance: What each annotator did.
        judgements: That count.
        informed: Judgements that do not, because they were cast anew when the names had been seen.
    """

    campaign: Campaign
    standings: tuple[Standing, ...]
    wins: Mapping[str, Mapping[str, float]]
    domains: Mapping[str, tuple[Standing, ...]]
    alpha: float | None
    attendance: tuple[Attendance, ...]
    judgements: int
    informed: int


def leaderboard(store: Store, campaign: int, *, resamples: int = 400, seed: int = 1) -> Leaderboard:
    """Rank the systems of a campaign by its judgements.

    Args:
        store: Where they lie.
        campaign: Number of the campaign.
        resamples: Of the bootstrap over items; 0 gives no intervals.
        seed: Of the bootstrap.

    Raises:
        UnknownName: There is no such campaign.
    """
    with store.reading() as db:
        asked = find_campaign(db, campaign)
        names = {
            row.id: row.name for row in db.execute(select(t.systems).where(t.systems.c.campaign == campaign))
        }
        rank = _ranked_pairs if asked.kind == "pairs" else _ranked_scores
        standings, wins = rank(db, asked, names, resamples, seed)
        return Leaderboard(
            campaign=asked,
            standings=standings,
            wins=wins,
            domains=_by_domain(db, asked, names),
            alpha=_alpha_pairs(db, asked) if asked.kind == "pairs" else _alpha_scores(db, asked),
            attendance=_attendance(db, asked),
            judgements=_judged(db, asked),
            informed=_informed(db, asked),
        )


def _ranked_pairs(
    db: Connection, asked: Campaign, names: Mapping[int, str], resamples: int, seed: int
) -> tuple[tuple[Standing, ...], dict[str, dict[str, float]]]:
    order = sorted(names)
    blocks = _outcomes(db, asked, order)
    total = blocks.sum(axis=0)
    values = strengths(total)
    low, high = _interval(blocks, strengths, resamples, seed)
    played = (total[..., 0] + total[..., 1]) + (total[..., 0] + total[..., 1]).T
    standings = [
        Standing(
            system=names[number],
            value=_number(values[at]),
            low=_number(low[at]),
            high=_number(high[at]),
            n=int(played[at].sum()),
        )
        for at, number in enumerate(order)
    ]
    wins = {
        names[one]: {
            names[other]: float(total[a, b, 0] + total[a, b, 1] / 2 + total[b, a, 1] / 2)
            for b, other in enumerate(order)
            if one != other
        }
        for a, one in enumerate(order)
    }
    return _sorted(standings), wins


def _outcomes(db: Connection, asked: Campaign, order: Sequence[int]) -> Counts:
    """Counts [block of items, winner, loser, (won, drawn)] of what counts; draws stand once, low by high."""
    j = t.judgements.c
    # First in the order of an index, then by blocks: a million rows are not sorted.
    fine = (
        select(j.low, j.high, j.item, j.outcome, func.count().label("n"))
        .where(j.campaign == asked.id, j.counts)
        .group_by(j.low, j.high, j.item, j.outcome)
        .subquery()
    )
    columns = (fine.c.item % _BLOCKS, fine.c.low, fine.c.high, fine.c.outcome)
    rows = db.execute(select(*columns, func.sum(fine.c.n)).group_by(*columns))
    place = {number: at for at, number in enumerate(order)}
    counts = np.zeros((_BLOCKS, len(order), len(order), 2))
    for number, low, high, outcome, count in rows:
        a, b = place[low], place[high]
        if outcome == "high":
            counts[number, b, a, 0] += int(count)
        else:
            counts[number, a, b, 0 if outcome == "low" else 1] += int(count)
    return counts[counts.any(axis=(1, 2, 3))]


def strengths(counts: Counts) -> NDArray[np.float64]:
    """Bradley-Terry strengths as the expected share of wins, in percent, against the others.

    Args:
        counts: [winner, loser, (won, drawn)]. NaN for a system that nobody judged.
    """
    import evalica

    size = len(counts)
    won, drawn = counts[..., 0], counts[..., 1]
    played = (won + drawn).sum(axis=0) + (won + drawn).sum(axis=1)
    cells = [
        (one, other, winner, weight)
        for one, other in itertools.permutations(range(size), 2)
        for winner, weight in (
            (evalica.Winner.X, won[one, other]),
            (evalica.Winner.Draw, drawn[one, other]),
        )
        if weight
    ]
    # Half a draw with everybody: a system that won or lost everything so far has no finite strength otherwise.
    judged = [at for at in range(size) if played[at]]
    cells += [(one, other, evalica.Winner.Draw, 0.5) for one, other in itertools.combinations(judged, 2)]
    if len(judged) < 2:
        return np.full(size, np.nan)
    xs, ys, winners, weights = zip(*cells, strict=True)
    found = evalica.bradley_terry(
        xs, ys, winners, weights=[float(each) for each in weights], tolerance=1e-5, limit=200
    ).scores
    power = np.array([found.get(at, np.nan) for at in range(size)])
    beats = power[:, None] / (power[:, None] + power[None, :])
    np.fill_diagonal(beats, np.nan)
    shares = np.full(size, np.nan)
    shares[judged] = 100 * np.nanmean(beats[np.ix_(judged, judged)], axis=1)
    return shares


def _interval(
    blocks: NDArray[np.float64], statistic: Any, resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % bounds from drawing blocks with replacement; NaN without resamples."""
    size = blocks.shape[1]
    if not resamples or not len(blocks):
        return np.full(size, np.nan), np.full(size, np.nan)
    generator = np.random.default_rng(seed)
    draws = generator.multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=resamples)
    summed = np.tensordot(draws.astype(float), blocks, axes=1)
    values = np.array([statistic(each) for each in summed])
    bounds = np.full((2, size), np.nan)
    known = ~np.isnan(values).all(axis=0)
    bounds[:, known] = np.nanpercentile(values[:, known], [2.5, 97.5], axis=0)
    return bounds[0], bounds[1]


def _ranked_scores(
    db: Connection, asked: Campaign, names: Mapping[int, str], resamples: int, seed: int
) -> tuple[tuple[Standing, ...], dict[str, dict[str, float]]]:
    """Means of scores; for adequacy and fluency, the mean of both."""
    order = sorted(names)
    blocks = _scores(db, asked, order)
    total = blocks.sum(axis=0)
    values = _means(total)
    low, high = _interval(blocks, _means, resamples, seed)
    standings = [
        Standing(
            system=names[number],
            value=_number(values[at]),
            low=_number(low[at]),
            high=_number(high[at]),
            n=int(total[at, 1]),
            details=_details(total[at]) if asked.kind == "adequacy" else {},
        )
        for at, number in enumerate(order)
    ]
    return _sorted(standings), {}


def _scores(db: Connection, asked: Campaign, order: Sequence[int]) -> NDArray[np.float64]:
    """Sums [block of items, system, (value, count, adequacy, fluency)]."""
    j = t.judgements.c
    value = (j.adequacy + j.fluency) / 2 if asked.kind == "adequacy" else j.score
    block = j.item % _BLOCKS
    rows = db.execute(
        select(block, j.low, func.sum(value), func.count(), func.sum(j.adequacy), func.sum(j.fluency))
        .where(j.campaign == asked.id, j.counts)
        .group_by(block, j.low)
    )
    place = {number: at for at, number in enumerate(order)}
    sums = np.zeros((_BLOCKS, len(order), 4))
    for number, system, *found in rows:
        sums[number, place[system]] = [each or 0.0 for each in found]
    return sums[sums[..., 1].any(axis=1)]


def _means(total: NDArray[np.float64]) -> NDArray[np.float64]:
    means: NDArray[np.float64] = np.divide(
        total[:, 0], total[:, 1], out=np.full(len(total), np.nan), where=total[:, 1] > 0
    )
    return means


def _details(row: NDArray[np.float64]) -> dict[str, float]:
    return {"adequacy": float(row[2] / row[1]), "fluency": float(row[3] / row[1])} if row[1] else {}


def _by_domain(db: Connection, asked: Campaign, names: Mapping[int, str]) -> dict[str, tuple[Standing, ...]]:
    """Standings on the items of each domain; a campaign whose items name none has none."""
    j, order = t.judgements.c, sorted(names)
    if not db.scalar(
        select(t.items.c.id).where(t.items.c.campaign == asked.id, t.items.c.domain.is_not(None)).limit(1)
    ):
        return {}
    value = (j.adequacy + j.fluency) / 2 if asked.kind == "adequacy" else j.score
    rows = db.execute(
        select(t.items.c.domain, j.low, j.high, j.outcome, func.count(), func.sum(value))
        .join(t.items, t.items.c.id == j.item)
        .where(j.campaign == asked.id, j.counts, t.items.c.domain.is_not(None))
        .group_by(t.items.c.domain, j.low, j.high, j.outcome)
    )
    found: dict[str, list[Any]] = {}
    for domain, *row in rows:
        found.setdefault(domain, []).append(row)
    return {domain: _domain(cells, order, names) for domain, cells in sorted(found.items())}


def _domain(
    cells: Sequence[Sequence[Any]], order: Sequence[int], names: Mapping[int, str]
) -> tuple[Standing, ...]:
    place = {number: at for at, number in enumerate(order)}
    counts, sums = np.zeros((len(order), len(order), 2)), np.zeros((len(order), 2))
    for low, high, outcome, count, total in cells:
        a, b = place[low], place[high]
        if outcome == "score":
            sums[a] += (total or 0.0, count)
        elif outcome == "high":
            counts[b, a, 0] += count
        else:
            counts[a, b, 0 if outcome == "low" else 1] += count
    values = _means(sums) if sums.any() else strengths(counts)
    played = sums[:, 1] if sums.any() else counts.sum(axis=(1, 2)) + counts.sum(axis=(0, 2))
    return _sorted(
        [
            Standing(system=names[number], value=_number(values[at]), low=None, high=None, n=int(played[at]))
            for at, number in enumerate(order)
        ]
    )


def _alpha_pairs(db: Connection, asked: Campaign) -> float | None:
    """Krippendorff's alpha of choices; equal patterns of votes are counted in the database, not carried out of it."""
    j = t.judgements.c
    tallies = [
        func.sum(case((j.outcome == name, 1), else_=0)).label(name) for name in ("low", "high", "tie", "bad")
    ]
    each: Select[Any] = (
        select(*tallies).where(j.campaign == asked.id, j.counts).group_by(j.pair).having(func.count() > 1)
    )
    patterns = each.subquery()
    rows = db.execute(select(*patterns.c, func.count()).group_by(*patterns.c)).all()
    if not rows:
        return None
    counts = np.array([[int(value) for value in row] for row in rows])
    table = np.repeat(counts[:, :4], counts[:, 4], axis=0)
    return _alpha(table)


def _alpha(value_counts: NDArray[np.int_]) -> float | None:
    import krippendorff

    if (value_counts.sum(axis=0) > 0).sum() < 2:
        # Where all said the same, chance agreement is perfect too, and alpha is not defined.
        return None
    return float(krippendorff.alpha(value_counts=value_counts, level_of_measurement="nominal"))


def _alpha_scores(db: Connection, asked: Campaign) -> float | None:
    """Krippendorff's alpha of scores, as intervals."""
    import krippendorff

    j = t.judgements.c
    value = (j.adequacy + j.fluency) / 2 if asked.kind == "adequacy" else j.score
    rows = db.execute(select(j.pair, j.annotator, value).where(j.campaign == asked.id, j.counts)).all()
    units = {pair: at for at, pair in enumerate(sorted({row[0] for row in rows}))}
    people = {name: at for at, name in enumerate(sorted({row[1] for row in rows}))}
    table = np.full((len(people), len(units)), np.nan)
    for pair, annotator, found in rows:
        table[people[annotator], units[pair]] = found
    shared = table[:, (~np.isnan(table)).sum(axis=0) > 1] if rows else table
    if not shared.size or len(np.unique(shared[~np.isnan(shared)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=shared, level_of_measurement="interval"))


def _attendance(db: Connection, asked: Campaign) -> tuple[Attendance, ...]:
    j = t.judgements.c
    rows = db.execute(
        select(
            j.annotator,
            func.count(),
            func.avg(j.seconds),
            func.sum(case((j.passed.is_not(None), 1), else_=0)),
            func.sum(case((j.passed, 1), else_=0)),
        )
        .where(j.campaign == asked.id, j.undone.is_(None))
        .group_by(j.annotator)
        .order_by(func.count().desc(), j.annotator)
    )
    return tuple(
        Attendance(annotator=who, judgements=n, seconds=seconds, checks=int(checks), passed=int(passed))
        for who, n, seconds, checks, passed in rows
    )


def _judged(db: Connection, asked: Campaign) -> int:
    j = t.judgements.c
    return db.scalar(select(func.count()).where(j.campaign == asked.id, j.counts)) or 0


def _informed(db: Connection, asked: Campaign) -> int:
    j = t.judgements.c
    where = (j.campaign == asked.id, j.counts.is_(False), j.undone.is_(None), j.passed.is_(None))
    return db.scalar(select(func.count()).where(*where)) or 0


def _sorted(standings: Sequence[Standing]) -> tuple[Standing, ...]:
    return tuple(sorted(standings, key=lambda one: (one.value is None, -(one.value or 0), one.system)))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def correlation(people: Mapping[str, float], machine: Mapping[str, float]) -> dict[str, float] | None:
    """Pearson's r and Kendall's tau between people's and automatic scores of the same systems; None below three."""
    shared = sorted(set(people) & set(machine))
    if len(shared) < 3:
        return None
    x, y = (np.array([scores[name] for name in shared]) for scores in (people, machine))
    if not x.std() or not y.std():
        return None
    signs = [np.sign(x[a] - x[b]) * np.sign(y[a] - y[b]) for a, b in itertools.combinations(range(len(x)), 2)]
    return {"pearson": float(np.corrcoef(x, y)[0, 1]), "kendall": float(np.mean(signs)), "n": len(shared)}
