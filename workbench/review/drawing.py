"""Which outputs are judged next: the comparison that tells most, sides drawn once and stored."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, and_, exists, func, insert, select, update

from workbench.review import tables as t
from workbench.review.shapes import Campaign

_LATEST = 2000


def draw(db: Connection, campaign: Campaign, annotator: str, *, done: int) -> int | None:
    """The number of the pair that `annotator` judges next, or None where nothing is left.

    Args:
        db: A transaction that writes.
        campaign: What is asked.
        annotator: Never shown one pair twice.
        done: How many judgements the annotator has given.
    """
    if campaign.attention and (done + 1) % campaign.attention == 0:
        check = _attention(db, campaign, annotator)
        if check is not None:
            return check
    for low, high in by_information(campaign, *_tally(db, campaign)):
        found = _unfinished(db, campaign, annotator, low, high) or _fresh(db, campaign, low, high)
        if found is not None:
            return found
    return None


def by_information(
    campaign: Campaign, systems: Iterable[int], counts: Mapping[tuple[int, int], tuple[float, int]]
) -> list[tuple[int, int]]:
    """Pairs of systems, the one first whose next judgement is expected to narrow its interval most.

    A share p of wins among n judgements has the variance p (1 - p) / n: near misses and little-seen pairs come first.

    Args:
        campaign: For its kind: outputs judged one by one are "paired" with themselves.
        systems: Numbers of all systems.
        counts: By pair, wins of the first (ties count half) and judgements.
    """
    numbers = sorted(systems)
    single = campaign.kind != "pairs"
    pairs = [(one, one) for one in numbers] if single else list(itertools.combinations(numbers, 2))

    def gain(pair: tuple[int, int]) -> float:
        wins, n = counts.get(pair, (0.0, 0))
        share = (wins + 1) / (n + 2)
        return share * (1 - share) / ((n + 2) * (n + 3))

    if single:
        return sorted(pairs, key=lambda pair: counts.get(pair, (0.0, 0))[1])
    return sorted(pairs, key=gain, reverse=True)


def _tally(db: Connection, campaign: Campaign) -> tuple[list[int], dict[tuple[int, int], tuple[float, int]]]:
    """Wins and judgements so far, and what is being judged now, so that annotators do not flock to one pair."""
    systems = list(db.scalars(select(t.systems.c.id).where(t.systems.c.campaign == campaign.id)))
    rows = db.execute(
        select(t.pairs.c.low, t.pairs.c.high, func.sum(t.pairs.c.taken))
        .where(t.pairs.c.campaign == campaign.id, t.pairs.c.attention == 0)
        .group_by(t.pairs.c.low, t.pairs.c.high)
    )
    taken = {(low, high): int(count) for low, high, count in rows}
    wins = _wins(db, campaign)
    return systems, {
        pair: (wins[pair][0] * count / wins[pair][1] if pair in wins else count / 2, count)
        for pair, count in taken.items()
    }


def _wins(db: Connection, campaign: Campaign) -> dict[tuple[int, int], tuple[float, int]]:
    """Wins of the first system and judgements, of the latest in the store: shares move slowly, and draws are many."""
    j = t.judgements.c
    newest = select(func.max(j.id)).scalar_subquery()
    latest = (
        select(j.low, j.high, j.outcome)
        .where(j.id > newest - _LATEST, j.campaign == campaign.id, j.counts)
        .subquery()
    )
    rows = db.execute(
        select(latest.c.low, latest.c.high, latest.c.outcome, func.count()).group_by(
            latest.c.low, latest.c.high, latest.c.outcome
        )
    )
    found: dict[tuple[int, int], tuple[float, int]] = {}
    for low, high, outcome, count in rows:
        wins, n = found.get((low, high), (0.0, 0))
        found[low, high] = (wins + count * {"low": 1.0, "high": 0.0}.get(outcome, 0.5), n + count)
    return found


def _unfinished(db: Connection, campaign: Campaign, annotator: str, low: int, high: int) -> int | None:
    """A pair that others have begun to judge and that wants more annotators."""
    seen = exists().where(t.tickets.c.pair == t.pairs.c.id, t.tickets.c.annotator == annotator)
    return db.scalar(
        select(t.pairs.c.id)
        .where(
            t.pairs.c.campaign == campaign.id,
            t.pairs.c.low == low,
            t.pairs.c.high == high,
            t.pairs.c.attention == 0,
            t.pairs.c.taken < campaign.overlap,
            ~seen,
        )
        .order_by(t.pairs.c.id)
        .limit(1)
    )


def _fresh(db: Connection, campaign: Campaign, low: int, high: int) -> int | None:
    """The next item that nobody has judged for these systems, as a new pair."""
    begun = exists().where(
        t.pairs.c.campaign == campaign.id,
        t.pairs.c.low == low,
        t.pairs.c.high == high,
        t.pairs.c.attention == 0,
        t.pairs.c.item == t.items.c.id,
    )
    has = [exists().where(t.outputs.c.item == t.items.c.id, t.outputs.c.system == one) for one in (low, high)]
    item = db.scalar(
        select(t.items.c.id)
        .where(and_(t.items.c.campaign == campaign.id, ~begun, *has))
        .order_by(t.items.c.place)
        .limit(1)
    )
    return None if item is None else _store(db, campaign, item=item, low=low, high=high)


def _attention(db: Connection, campaign: Campaign, annotator: str) -> int | None:
    """An output beside its own ruin (or the ruin alone), which this annotator has not seen."""
    # The ruin stands where nobody reads the same words a second time: at the end of the shuffled order.
    seen = exists().where(
        t.pairs.c.item == t.items.c.id, t.pairs.c.id == t.tickets.c.pair, t.tickets.c.annotator == annotator
    )
    row = db.execute(
        select(t.items.c.id, t.outputs.c.system, t.outputs.c.text)
        .join(t.outputs, t.outputs.c.item == t.items.c.id)
        .where(t.items.c.campaign == campaign.id, ~seen)
        .order_by(t.items.c.place.desc(), t.outputs.c.system)
        .limit(1)
    ).first()
    if row is None or len(row.text.split()) < 4:
        return None
    return _store(
        db, campaign, item=row.id, low=row.system, high=row.system, damaged=damage(row.text, campaign.seed)
    )


def _store(
    db: Connection, campaign: Campaign, *, item: int, low: int, high: int, damaged: str | None = None
) -> int:
    row = {
        "campaign": campaign.id,
        "item": item,
        "low": low,
        "high": high,
        "attention": int(damaged is not None),
    }
    known = db.scalar(
        select(t.pairs.c.id).where(and_(*(t.pairs.c[name] == value for name, value in row.items())))
    )
    if known is not None:
        return int(known)
    drawn = hashlib.sha256(f"{campaign.seed}/{item}/{low}/{high}/{damaged}".encode()).digest()[0] & 1
    made = row | {"swapped": bool(drawn), "damaged": damaged, "taken": 0}
    key = db.execute(insert(t.pairs).values(made)).inserted_primary_key
    assert key is not None
    return int(key[0])


def take(db: Connection, pair: int, change: int) -> None:
    """Count annotators of a pair up or down."""
    db.execute(update(t.pairs).where(t.pairs.c.id == pair).values(taken=t.pairs.c.taken + change))


def damage(text: str, seed: int) -> str:
    """A text that no attentive reader prefers: its second half gone, the rest of its words in disorder."""
    words = text.split()
    kept = words[: max(2, len(words) // 2)]
    random.Random(seed).shuffle(kept)  # noqa: S311 - an order, no secret
    return " ".join(kept if kept != words[: len(kept)] else kept[::-1])
