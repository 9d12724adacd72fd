"""Who must not learn names yet: systems of a campaign are hidden from those who have a ticket of it in hand."""

from __future__ import annotations

from sqlalchemy import Connection, Select, exists, insert, select

from workbench.review import tables as t
from workbench.review.campaigns import as_campaign
from workbench.review.shapes import Campaign
from workbench.review.store import Store


def blind_in(store: Store, annotator: str) -> list[Campaign]:
    """Campaigns that `annotator` is judging now and whose names they have not asked to see, the oldest first."""
    with store.reading() as db:
        rows = db.execute(
            select(t.campaigns).where(t.campaigns.c.id.in_(_blind(annotator))).order_by(t.campaigns.c.id)
        )
        return [as_campaign(row) for row in rows]


def hidden_names(store: Store, annotator: str) -> frozenset[str]:
    """Names of systems that nothing may tell `annotator` beside a text."""
    with store.reading() as db:
        return frozenset(
            db.scalars(select(t.systems.c.name).where(t.systems.c.campaign.in_(_blind(annotator))))
        )


def see_names(store: Store, annotator: str) -> None:
    """Write down that `annotator` asked to see names: no later vote of theirs in those campaigns counts."""
    with store.writing() as db:
        for campaign in list(db.scalars(_blind(annotator))):
            row = {"campaign": campaign, "annotator": annotator, "at": store.now()}
            db.execute(insert(t.peeks).values(row))


def has_seen(db: Connection, campaign: int, annotator: str) -> bool:
    """Whether `annotator` asked to see the names of a campaign, within a transaction."""
    found = select(t.peeks.c.at).where(t.peeks.c.campaign == campaign, t.peeks.c.annotator == annotator)
    return db.scalar(found) is not None


def _blind(annotator: str) -> Select[tuple[int]]:
    seen = exists().where(t.peeks.c.campaign == t.tickets.c.campaign, t.peeks.c.annotator == annotator)
    return (
        select(t.tickets.c.campaign)
        .where(t.tickets.c.annotator == annotator, t.tickets.c.open, ~seen)
        .distinct()
    )
