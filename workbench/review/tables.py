"""The store's tables and its migrations: constraints hold what no view is trusted with."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

KINDS = ("pairs", "adequacy", "esa", "mqm")
CHOICES = ("left", "right", "tie", "bad")
OUTCOMES = ("low", "high", "tie", "bad", "score")

metadata = MetaData()


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})")


schema = Table("workbench_schema", metadata, Column("version", Integer, primary_key=True))

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(16), _one_of("kind", KINDS), nullable=False),
    Column("source", String(35), nullable=False),
    Column("target", String(35), nullable=False),
    Column("overlap", Integer, CheckConstraint("overlap >= 1"), nullable=False),
    Column("share", Integer, nullable=True),
    Column("attention", Integer, nullable=False),
    Column("reveal", Boolean, nullable=False),
    Column("show_reference", Boolean, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("created", String(40), nullable=False),
)
items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", ForeignKey("campaigns.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("place", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("domain", String(200), nullable=True),
    UniqueConstraint("campaign", "key"),
    Index("items_in_order", "campaign", "place"),
)
systems = Table(
    "systems",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", ForeignKey("campaigns.id"), nullable=False),
    Column("name", String(200), nullable=False),
    UniqueConstraint("campaign", "name"),
)
outputs = Table(
    "outputs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item", ForeignKey("items.id"), nullable=False),
    Column("system", ForeignKey("systems.id"), nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("item", "system"),
)
# A pair is two outputs for one item, or one output twice where outputs are judged one by one. Sides are drawn once.
pairs = Table(
    "pairs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", ForeignKey("campaigns.id"), nullable=False),
    Column("item", ForeignKey("items.id"), nullable=False),
    Column("low", ForeignKey("systems.id"), nullable=False),
    Column("high", ForeignKey("systems.id"), nullable=False),
    Column("swapped", Boolean, nullable=False),
    Column("damaged", Text, nullable=True),
    Column("taken", Integer, nullable=False),
    Column("attention", Integer, nullable=False),
    CheckConstraint("low <= high"),
    UniqueConstraint("campaign", "low", "high", "attention", "item"),
    Index("pairs_taken", "campaign", "attention", "low", "high", "taken"),
)
tickets = Table(
    "tickets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("pair", ForeignKey("pairs.id"), nullable=False),
    Column("campaign", ForeignKey("campaigns.id"), nullable=False),
    Column("annotator", String(200), nullable=False),
    Column("issued", String(40), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("revealed", Boolean, nullable=False),
    UniqueConstraint("pair", "annotator"),
)
Index("tickets_open", tickets.c.campaign, tickets.c.annotator, tickets.c.open)
judgements = Table(
    "judgements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False),
    Column("campaign", ForeignKey("campaigns.id"), nullable=False),
    Column("pair", ForeignKey("pairs.id"), nullable=False),
    Column("item", ForeignKey("items.id"), nullable=False),
    Column("low", ForeignKey("systems.id"), nullable=False),
    Column("high", ForeignKey("systems.id"), nullable=False),
    Column("annotator", String(200), nullable=False),
    Column("choice", String(8), nullable=True),
    Column("outcome", String(8), _one_of("outcome", OUTCOMES), nullable=False),
    Column("adequacy", Float, nullable=True),
    Column("fluency", Float, nullable=True),
    Column("score", Float, nullable=True),
    Column("spans", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("seconds", Float, nullable=True),
    Column("at", String(40), nullable=False),
    Column("shown", String(64), nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("passed", Boolean, nullable=True),
    Column("undone", String(40), nullable=True),
)
# One standing judgement a ticket, whatever a page, a second tab or a repeated request does.
Index(
    "judged_once",
    judgements.c.ticket,
    unique=True,
    sqlite_where=judgements.c.undone.is_(None),
    postgresql_where=judgements.c.undone.is_(None),
)
Index(
    "judgements_counted",
    judgements.c.campaign,
    judgements.c.counts,
    judgements.c.low,
    judgements.c.high,
    judgements.c.item,
    judgements.c.outcome,
)
Index(
    "judgements_by_pair", judgements.c.campaign, judgements.c.counts, judgements.c.pair, judgements.c.outcome
)
Index(
    "judgements_by_annotator",
    judgements.c.campaign,
    judgements.c.annotator,
    judgements.c.undone,
    judgements.c.passed,
    judgements.c.seconds,
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("created", String(40), nullable=False),
    Index("documents_of", "owner", "created"),
)
edits = Table(
    "edits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document", ForeignKey("documents.id"), nullable=False),
    Column("segment", Integer, nullable=False),
    Column("annotator", String(200), nullable=False),
    Column("source", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("seconds", Float, nullable=True),
    Column("at", String(40), nullable=False),
    Column("shown", String(64), nullable=False),
    Index("edits_of", "document", "segment"),
)

TABLES: tuple[Table, ...] = (
    campaigns,
    items,
    systems,
    outputs,
    pairs,
    tickets,
    judgements,
    documents,
    edits,
)
"""In the order in which they can be filled."""


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first,)
"""Append only: number N brings a store from version N - 1 to N."""
