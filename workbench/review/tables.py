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


def _number() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _of(*names: str) -> list[Column[int]]:
    """References to rows of other tables; a reference is called as the table is, in the singular."""
    tables = {"low": "systems", "high": "systems"}
    return [Column(name, ForeignKey(f"{tables.get(name, name + 's')}.id"), nullable=False) for name in names]


def _texts(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _names(*names: str) -> list[Column[str]]:
    """Names that people give or bear."""
    return [Column(name, String(200), nullable=False) for name in names]


def _time(name: str, *, required: bool = True) -> Column[str]:
    """A moment in UTC, ISO 8601."""
    return Column(name, String(40), nullable=not required)


schema = Table("workbench_schema", metadata, Column("version", Integer, primary_key=True))

campaigns = Table(
    "campaigns",
    metadata,
    _number(),
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
    *_names("owner"),
    _time("created"),
)
items = Table(
    "items",
    metadata,
    _number(),
    *_of("campaign"),
    *_names("key"),
    Column("place", Integer, nullable=False),
    *_texts("source"),
    Column("reference", Text, nullable=True),
    Column("domain", String(200), nullable=True),
    UniqueConstraint("campaign", "key"),
    Index("items_in_order", "campaign", "place"),
)
systems = Table(
    "systems",
    metadata,
    _number(),
    *_of("campaign"),
    *_names("name"),
    UniqueConstraint("campaign", "name"),
)
outputs = Table(
    "outputs",
    metadata,
    _number(),
    *_of("item", "system"),
    *_texts("text"),
    UniqueConstraint("item", "system"),
)
# A pair is two outputs for one item, or one output twice where outputs are judged one by one. Sides are drawn once.
pairs = Table(
    "pairs",
    metadata,
    _number(),
    *_of("campaign", "item", "low", "high"),
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
    *_of("pair", "campaign"),
    *_names("annotator"),
    _time("issued"),
    Column("open", Boolean, nullable=False),
    Column("revealed", Boolean, nullable=False),
    UniqueConstraint("pair", "annotator"),
)
Index("tickets_open", tickets.c.campaign, tickets.c.annotator, tickets.c.open)
judgements = Table(
    "judgements",
    metadata,
    _number(),
    *_of("ticket", "campaign", "pair", "item", "low", "high"),
    *_names("annotator"),
    Column("choice", String(8), nullable=True),
    Column("outcome", String(8), _one_of("outcome", OUTCOMES), nullable=False),
    Column("adequacy", Float, nullable=True),
    Column("fluency", Float, nullable=True),
    Column("score", Float, nullable=True),
    *_texts("spans", "comment"),
    Column("seconds", Float, nullable=True),
    _time("at"),
    Column("shown", String(64), nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("passed", Boolean, nullable=True),
    _time("undone", required=False),
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
    *_names("owner"),
    *_texts("title", "article", "output"),
    _time("created"),
    Index("documents_of", "owner", "created"),
)
edits = Table(
    "edits",
    metadata,
    _number(),
    *_of("document"),
    Column("segment", Integer, nullable=False),
    *_names("annotator"),
    *_texts("source", "machine", "text"),
    Column("distance", Integer, nullable=False),
    Column("seconds", Float, nullable=True),
    _time("at"),
    Column("shown", String(64), nullable=False),
    Index("edits_of", "document", "segment"),
)

# Who asked to see a campaign's names while judging in it: what they judge afterwards counts for nothing.
peeks = Table(
    "peeks",
    metadata,
    _number(),
    *_of("campaign"),
    *_names("annotator"),
    _time("at"),
    UniqueConstraint("campaign", "annotator"),
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
    peeks,
)
"""In the order in which they can be filled."""


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


def _second(connection: Connection) -> None:
    # A new store has it already.
    peeks.create(connection, checkfirst=True)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first, _second)
"""Append only: number N brings a store from version N - 1 to N."""
