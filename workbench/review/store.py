"""The store of everything that people decide: SQLite in the user's folder, or PostgreSQL by address."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from workbench.config import user_folder
from workbench.errors import ConfigError, OutputError, WorkbenchError
from workbench.review import tables

Migrations = Sequence[Callable[[Connection], None]]


class Store:
    """A database of campaigns, judgements and post-edits; everything written is one transaction.

    Args:
        engine: Where it lies.
        clock: Tells the time; tests bring their own.
        migrations: Brings older stores up to date.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        migrations: Migrations = tables.MIGRATIONS,
    ) -> None:
        self._engine = engine
        self._clock = clock
        # SQLite has one writer: threads wait for each other here, in order, rather than by polling the file.
        self._one_writer = Lock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
        self._migrate(migrations)

    @property
    def address(self) -> str:
        """Where the store lies, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def now(self) -> str:
        """The time in UTC, ISO 8601."""
        return self._clock().astimezone(UTC).isoformat()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store."""
        with self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept when it ends well, none of it otherwise."""
        with self._one_writer, self._engine.connect() as connection:
            writer = connection.execution_options(writing=True)
            with writer.begin():
                yield writer

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _migrate(self, migrations: Migrations) -> None:
        with self.writing() as db:
            if self._engine.dialect.name == "postgresql":
                # Two servers that start together must not both create the tables.
                db.exec_driver_sql("SELECT pg_advisory_xact_lock(727274)")
            tables.schema.create(db, checkfirst=True)
            version = db.scalar(select(tables.schema.c.version)) or 0
            if version > len(migrations):
                raise ConfigError(
                    f"The store {self.address} was written by a newer workbench (version {version}).",
                    cure="Update the workbench, or give another store with --store.",
                )
            for step in migrations[version:]:
                step(db)
            if version == 0:
                db.execute(insert(tables.schema).values(version=len(migrations)))
            elif version < len(migrations):
                db.execute(update(tables.schema).values(version=len(migrations)))


def open_store(url: str | None = None, **options: Any) -> Store:
    """Open a store, made where there is none; `postgresql://...` or the path of an SQLite file.

    Raises:
        ConfigError: The address is none, the server cannot be reached, or a newer workbench wrote the store.
        OutputError: The file cannot be written.
    """
    address = _address(url)
    try:
        engine = sqlalchemy.create_engine(address, **_settings(address))
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        return _opened(engine, options)
    except ModuleNotFoundError as fault:
        raise ConfigError(
            f"The package {fault.name} for this kind of store is not installed.",
            cure="Install it, in the folder of the workbench: pip install --editable '.[postgres]'.",
        ) from fault
    except sqlalchemy.exc.ArgumentError as fault:
        raise ConfigError(
            f"{url!r} is no address of a store.", cure="Give postgresql://user@host/name, or a path."
        ) from fault
    except (SQLAlchemyError, sqlite3.Error) as fault:
        told = str(getattr(fault, "orig", None) or fault).strip().splitlines()[0]
        raise ConfigError(
            f"The store cannot be opened: {told}", cure="Check the address given with --store."
        ) from fault


def _opened(engine: Engine, options: dict[str, Any]) -> Store:
    """The store; where it cannot be used its connections are closed."""
    try:
        return Store(engine, **options)
    except (WorkbenchError, SQLAlchemyError, sqlite3.Error):
        engine.dispose()
        raise


def _address(url: str | None) -> str:
    if url and "://" in url:
        return url.replace("postgres://", "postgresql://", 1).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )
    path = Path(url).expanduser() if url else user_folder("data") / "review.sqlite"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(
            f"{path.parent} cannot be made: {fault.strerror}.", cure="Choose another place with --store."
        ) from fault
    return f"sqlite:///{path}"


def _settings(address: str) -> dict[str, Any]:
    size = {"pool_size": 16, "max_overflow": 48}
    return size if address.startswith("sqlite") else size | {"pool_pre_ping": True}


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # Transactions are begun below; the driver would begin them too late, after the first read.
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA journal_mode = WAL")
        # Votes are people's work: each is on the disk before it is acknowledged.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def one_by_one(db: Connection, campaign: int) -> None:
    """Hold up others who draw from or vote in this campaign until the transaction ends; SQLite does so by itself."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock(727275, {int(campaign)})")


def digest(*texts: str | None) -> str:
    """SHA-256 of texts as they were shown, in order; an absent one is told from an empty one."""
    parts = ("-" if text is None else f"{len(text)}:{text}" for text in texts)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
