"""Judging: an annotator is given texts, votes, and only then learns whose they were."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from workbench.errors import InputError
from workbench.review import tables as t
from workbench.review.blindness import has_seen
from workbench.review.campaigns import find_campaign
from workbench.review.drawing import draw, take
from workbench.review.shapes import Campaign, Error, Reveal, Ticket, Vote
from workbench.review.store import Store, digest, one_by_one

CATEGORIES = {
    "accuracy": ("addition", "omission", "mistranslation", "untranslated"),
    "fluency": ("punctuation", "spelling", "grammar", "register", "inconsistency", "encoding"),
    "terminology": ("inappropriate", "inconsistent"),
    "style": ("awkward",),
    "locale": ("number", "date", "name", "currency"),
    "other": ("non-translation", "other"),
}
"""Categories of MQM as the shared tasks use them; a category is written "accuracy/omission"."""

SEVERITIES = ("minor", "major", "critical")
_ABANDONED = timedelta(hours=24)
_LONGEST_COMMENT = 4000


def next_ticket(store: Store, campaign: int, annotator: str) -> Ticket | None:
    """What `annotator` judges next: the ticket in hand, else a new one; None where nothing is left.

    Raises:
        UnknownName: There is no such campaign.
    """
    with store.writing() as db:
        one_by_one(db, campaign)
        asked = find_campaign(db, campaign)
        done = _done(db, campaign, annotator)
        row = _in_hand(db, campaign, annotator)
        if row is None and (asked.share is None or done < asked.share):
            row = _issue(db, store, asked, annotator, done)
        return None if row is None else _ticket(db, row, asked, done)


def _issue(
    db: Connection, store: Store, asked: Campaign, annotator: str, done: int
) -> Row[tuple[object, ...]] | None:
    pair = draw(db, asked, annotator, done=done)
    if pair is None and _release_abandoned(db, store, asked):
        pair = draw(db, asked, annotator, done=done)
    if pair is None:
        return None
    take(db, pair, 1)
    row = {
        "id": secrets.token_hex(16),
        "pair": pair,
        "campaign": asked.id,
        "annotator": annotator,
        "issued": store.now(),
        "open": True,
        "revealed": False,
    }
    db.execute(insert(t.tickets).values(row))
    return _in_hand(db, asked.id, annotator)


def cast_vote(store: Store, *, ticket: str, annotator: str, vote: Vote) -> Reveal:
    """Record a vote in one transaction, and only then tell whose texts they were.

    Raises:
        InputError: The ticket is not this annotator's, is judged already, or the vote does not fit its campaign.
    """
    with store.writing() as db:
        row = db.execute(
            select(t.tickets)
            .where(t.tickets.c.id == ticket, t.tickets.c.annotator == annotator)
            # Where it can be, the row is locked: a second click waits, and is then refused.
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise InputError("This is not yours to judge.", cure="Ask for the next one.")
        if not row.open:
            raise InputError("You have judged this already.", cure="Go on with the next one.")
        asked = find_campaign(db, row.campaign)
        pair = db.execute(select(t.pairs).where(t.pairs.c.id == row.pair)).one()
        left, right, source, reference = _shown(db, pair, asked)
        check_vote(asked, vote, length=len(left))
        known = bool(row.revealed) or has_seen(db, asked.id, annotator)
        values = _judgement(row, pair, asked, vote, known=known) | {
            "at": store.now(),
            "shown": digest(source, reference, left, right),
        }
        key = db.execute(insert(t.judgements).values(values)).inserted_primary_key
        db.execute(
            update(t.tickets).where(t.tickets.c.id == ticket).values(open=False, revealed=asked.reveal)
        )
        assert key is not None
        return _reveal(db, int(key[0]), pair, asked)


def undo(store: Store, campaign: int, annotator: str) -> Ticket | None:
    """Take the last vote back and give its ticket again; the vote stays in the store, marked as undone.

    A vote cast anew when the names have been seen is kept, and counts for nothing. None where nothing can be undone.

    Raises:
        UnknownName: There is no such campaign.
    """
    with store.writing() as db:
        one_by_one(db, campaign)
        asked = find_campaign(db, campaign)
        mine = (t.judgements.c.campaign == campaign) & (t.judgements.c.annotator == annotator)
        last = db.execute(
            select(t.judgements).where(mine).order_by(t.judgements.c.id.desc()).limit(1)
        ).first()
        if last is None or last.undone is not None:
            return None
        db.execute(
            update(t.judgements).where(t.judgements.c.id == last.id).values(undone=store.now(), counts=False)
        )
        db.execute(update(t.tickets).where(t.tickets.c.id == last.ticket).values(open=True))
        row = db.execute(select(t.tickets).where(t.tickets.c.id == last.ticket)).one()
        return _ticket(db, row, asked, _done(db, campaign, annotator))


def check_vote(asked: Campaign, vote: Vote, *, length: int) -> None:
    """Whether a vote says what its campaign asks.

    Raises:
        InputError: Something is missing, or out of range.
    """
    needs: dict[str, tuple[str, ...]] = {"adequacy": ("adequacy", "fluency"), "esa": ("score",)}
    if asked.kind == "pairs" and vote.choice not in t.CHOICES:
        raise InputError("No choice was made.", cure=f"Choose {', '.join(t.CHOICES)}.")
    for name in needs.get(asked.kind, ()):
        value = getattr(vote, name)
        if value is None or not 0 <= value <= 100:
            raise InputError(f"The {name} is missing.", cure="Give a number from 0 to 100.")
    for error in vote.errors:
        _check_error(asked, error, length)
    if vote.seconds is not None and not 0 <= vote.seconds < 1e7:
        raise InputError("The time spent is no time.", cure="Reload the page.")
    if len(vote.comment) > _LONGEST_COMMENT:
        raise InputError("The comment is too long.", cure=f"Keep it under {_LONGEST_COMMENT} characters.")


def _check_error(asked: Campaign, error: Error, length: int) -> None:
    start, end = error.span
    if not 0 <= start < end <= length:
        raise InputError("An error span lies outside the text.", cure="Mark it again.")
    if error.severity not in SEVERITIES:
        raise InputError("An error has no severity.", cure=f"Choose {', '.join(SEVERITIES)}.")
    group, _, name = error.category.partition("/")
    if asked.kind == "mqm" and name not in CATEGORIES.get(group, ()):
        raise InputError("An error has no category.", cure="Choose one from the list.")


def _judgement(
    row: Row[tuple[object, ...]],
    pair: Row[tuple[object, ...]],
    asked: Campaign,
    vote: Vote,
    *,
    known: bool,
) -> dict[str, object]:
    """The row of a vote; one by somebody to whom the names were `known` counts for nothing."""
    attention = bool(pair.attention)
    return {
        "ticket": row.id,
        "campaign": asked.id,
        "pair": pair.id,
        "item": pair.item,
        "low": pair.low,
        "high": pair.high,
        "annotator": row.annotator,
        "choice": vote.choice if asked.kind == "pairs" else None,
        "outcome": _outcome(vote.choice, swapped=bool(pair.swapped)) if asked.kind == "pairs" else "score",
        "adequacy": vote.adequacy,
        "fluency": vote.fluency,
        "score": mqm(vote.errors) if asked.kind == "mqm" else vote.score,
        "spans": json.dumps([error.to_dict() for error in vote.errors], ensure_ascii=False),
        "comment": vote.comment,
        "seconds": vote.seconds,
        "counts": not attention and not known,
        "passed": _attentive(asked, vote, swapped=bool(pair.swapped)) if attention else None,
    }


def _outcome(choice: str | None, *, swapped: bool) -> str:
    if choice in ("left", "right"):
        return "high" if (choice == "left") == swapped else "low"
    return choice or ""


def _attentive(asked: Campaign, vote: Vote, *, swapped: bool) -> bool:
    """Whether the ruined text was seen to be ruined; it stands on the right unless sides are swapped."""
    if asked.kind == "pairs":
        return vote.choice == ("right" if swapped else "left")
    if asked.kind == "mqm":
        return any(error.severity != "minor" for error in vote.errors)
    value = vote.adequacy if asked.kind == "adequacy" else vote.score
    return value is not None and value <= 60


def mqm(errors: tuple[Error, ...]) -> float:
    """The MQM score: 0 is best; minor errors cost 1 (punctuation 0.1), major 5, critical 10, non-translations 25."""
    return -sum(_cost(error) for error in errors)


def _cost(error: Error) -> float:
    if error.category == "other/non-translation":
        return 25.0
    if error.severity == "minor":
        return 0.1 if error.category == "fluency/punctuation" else 1.0
    return 5.0 if error.severity == "major" else 10.0


def _in_hand(db: Connection, campaign: int, annotator: str) -> Row[tuple[object, ...]] | None:
    """The open ticket; one that was reopened is the older one, and comes first."""
    return db.execute(
        select(t.tickets)
        .where(t.tickets.c.campaign == campaign, t.tickets.c.annotator == annotator, t.tickets.c.open)
        .order_by(t.tickets.c.issued, t.tickets.c.id)
        .limit(1)
    ).one_or_none()


def _done(db: Connection, campaign: int, annotator: str) -> int:
    return (
        db.scalar(
            select(func.count()).where(
                t.judgements.c.campaign == campaign,
                t.judgements.c.annotator == annotator,
                t.judgements.c.undone.is_(None),
            )
        )
        or 0
    )


def _release_abandoned(db: Connection, store: Store, asked: Campaign) -> bool:
    """Take back what annotators were given long ago and never judged, so that others can."""
    limit = (datetime.fromisoformat(store.now()) - _ABANDONED).isoformat()
    judged = select(t.judgements.c.ticket).where(t.judgements.c.campaign == asked.id)
    rows = db.execute(
        select(t.tickets.c.id, t.tickets.c.pair).where(
            t.tickets.c.campaign == asked.id,
            t.tickets.c.open,
            t.tickets.c.issued < limit,
            t.tickets.c.id.not_in(judged),
        )
    ).all()
    for row in rows:
        db.execute(delete(t.tickets).where(t.tickets.c.id == row.id))
        take(db, row.pair, -1)
    return bool(rows)


def _shown(
    db: Connection, pair: Row[tuple[object, ...]], asked: Campaign
) -> tuple[str, str | None, str, str | None]:
    """Left, right, source and reference as shown."""
    item = db.execute(select(t.items).where(t.items.c.id == pair.item)).one()
    texts = {
        row.system: row.text
        for row in db.execute(
            select(t.outputs.c.system, t.outputs.c.text).where(t.outputs.c.item == pair.item)
        )
    }
    first, second = texts[pair.low], texts[pair.high] if pair.damaged is None else pair.damaged
    reference = item.reference if asked.show_reference else None
    if asked.kind != "pairs":
        return (first if pair.damaged is None else pair.damaged), None, item.source, reference
    left, right = (second, first) if pair.swapped else (first, second)
    return left, right, item.source, reference


def _ticket(db: Connection, row: Row[tuple[object, ...]], asked: Campaign, done: int) -> Ticket:
    pair = db.execute(select(t.pairs).where(t.pairs.c.id == row.pair)).one()
    left, right, source, reference = _shown(db, pair, asked)
    return Ticket(
        id=str(row.id),
        kind=asked.kind,
        source=source,
        source_language=asked.source,
        target_language=asked.target,
        reference=reference,
        left=left,
        right=right,
        done=done,
        share=asked.share,
    )


def _reveal(db: Connection, number: int, pair: Row[tuple[object, ...]], asked: Campaign) -> Reveal:
    if not asked.reveal:
        return Reveal(judgement=number)
    rows = db.execute(
        select(t.systems.c.id, t.systems.c.name).where(t.systems.c.id.in_((pair.low, pair.high)))
    )
    names = {row.id: row.name for row in rows}
    if pair.damaged is not None:
        # Both sides of an attention check are of one system; which was spoilt is not told.
        names[pair.high] = names[pair.low]
    left, right = (pair.high, pair.low) if pair.swapped else (pair.low, pair.high)
    return Reveal(judgement=number, left=names[left], right=names[right] if asked.kind == "pairs" else None)
