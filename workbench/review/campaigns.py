"""Campaigns: texts of several systems, stored once, for people to judge."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from workbench.errors import InputError, UnknownName
from workbench.review import tables as t
from workbench.review.shapes import Campaign, Item
from workbench.review.store import Store


def create_campaign(store: Store, campaign: Campaign, items: Sequence[Item]) -> Campaign:
    """Store a campaign with all its texts, in one transaction; the order of items is shuffled once.

    Raises:
        InputError: The name is taken, there are too few systems, or an item is without text or doubled.
    """
    names = sorted({name for item in items for name in item.outputs})
    _check(campaign, items, names)
    made = replace(campaign, created=store.now())
    order = list(range(len(items)))
    random.Random(campaign.seed).shuffle(order)  # noqa: S311 - an order, no secret
    with store.writing() as db:
        if db.scalar(select(t.campaigns.c.id).where(t.campaigns.c.name == campaign.name)):
            raise InputError(f"There is a campaign {campaign.name!r} already.", cure="Choose another name.")
        facts = {name: value for name, value in made.to_dict().items() if name != "id"}
        number = _number(db.execute(insert(t.campaigns).values(facts)).inserted_primary_key)
        systems = {
            name: _number(
                db.execute(insert(t.systems).values(campaign=number, name=name)).inserted_primary_key
            )
            for name in names
        }
        for place, item in zip(order, items, strict=True):
            _add_item(db, number, place, item, systems)
    return replace(made, id=number)


def _add_item(db: Connection, campaign: int, place: int, item: Item, systems: dict[str, int]) -> None:
    row = {
        "campaign": campaign,
        "place": place,
        "key": item.key,
        "source": item.source,
        "reference": item.reference,
        "domain": item.domain,
    }
    key = _number(db.execute(insert(t.items).values(row)).inserted_primary_key)
    texts = [
        {"item": key, "system": systems[name], "text": text} for name, text in sorted(item.outputs.items())
    ]
    db.execute(insert(t.outputs), texts)


def _number(key: Any) -> int:
    assert key is not None
    return int(key[0])


def _check(campaign: Campaign, items: Sequence[Item], names: Sequence[str]) -> None:
    if not campaign.name.strip():
        raise InputError("The campaign has no name.", cure="Give it one that annotators will recognise.")
    if campaign.kind not in t.KINDS:
        raise InputError(f"No campaign is of kind {campaign.kind!r}.", cure=f"Choose {', '.join(t.KINDS)}.")
    if campaign.overlap < 1 or (campaign.share is not None and campaign.share < 1) or campaign.attention < 0:
        raise InputError("Overlap and share are numbers from 1.", cure="Correct the numbers.")
    if not items:
        raise InputError("The campaign has no items.", cure="Give sources with outputs.")
    fewest = 2 if campaign.kind == "pairs" else 1
    if len(names) < fewest:
        raise InputError(
            f"The campaign has {len(names)} systems; its kind needs {fewest}.", cure="Add outputs."
        )
    if len({item.key for item in items}) != len(items):
        raise InputError("Two items have one key.", cure="Give each item a key of its own.")
    lacking = next((item.key for item in items if len(item.outputs) < fewest), None)
    if lacking is not None:
        raise InputError(f"The item {lacking!r} has too few outputs.", cure="Leave it out, or add outputs.")


def campaigns(store: Store) -> list[Campaign]:
    """All campaigns, the newest first."""
    with store.reading() as db:
        rows = db.execute(select(t.campaigns).order_by(t.campaigns.c.id.desc()))
        return [as_campaign(row) for row in rows]


def campaign(store: Store, number: int) -> Campaign:
    """One campaign.

    Raises:
        UnknownName: There is none of that number.
    """
    with store.reading() as db:
        return find_campaign(db, number)


def find_campaign(db: Connection, number: int) -> Campaign:
    """One campaign, within a transaction.

    Raises:
        UnknownName: There is none of that number.
    """
    row = db.execute(select(t.campaigns).where(t.campaigns.c.id == number)).one_or_none()
    if row is None:
        raise UnknownName(f"There is no campaign {number}.", cure="Choose one of the list.")
    return as_campaign(row)


def as_campaign(row: Row[tuple[object, ...]]) -> Campaign:
    """The record of a row."""
    return Campaign.from_dict({str(name): value for name, value in row._mapping.items()})


def progress(store: Store, number: int, annotator: str) -> dict[str, int]:
    """Standing judgements by this annotator and by all, items and systems of a campaign."""
    with store.reading() as db:
        standing = select(func.count()).where(
            t.judgements.c.campaign == number, t.judgements.c.undone.is_(None)
        )
        return {
            "mine": db.scalar(standing.where(t.judgements.c.annotator == annotator)) or 0,
            "all": db.scalar(standing) or 0,
            "items": db.scalar(select(func.count()).where(t.items.c.campaign == number)) or 0,
            "systems": db.scalar(select(func.count()).where(t.systems.c.campaign == number)) or 0,
        }
