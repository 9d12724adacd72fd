"""The file behind the memory: opened by many processes at once, migrated by number, kept below a size."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TypeVar

from workbench.errors import OutputError, SourceError

log = logging.getLogger(__name__)

LIMIT = 2 * 1024**3
"""Bytes that a memory may take by default: some four million sentences."""

_MIGRATIONS = (
    """
    create table entries (
        key blob primary key,
        task text not null,
        source text not null,
        target text not null,
        text text not null,
        letters integer not null,
        output text not null,
        data text not null,
        form text not null,
        model text not null,
        revision text not null,
        decoding text not null,
        glossary text not null,
        human integer not null check (human in (0, 1)),
        author text not null,
        made real not null,
        used real not null
    ) strict;
    create index entries_by_use on entries (human, used);
    create index entries_by_length on entries (task, source, target, letters);
    """,
)
"""Append only: the number of a migration is its place."""

_SECONDS_TO_WAIT = 30
_TRIES = 6
_SHARE_KEPT = 0.9
_PART_EVICTED = 20

Answer = TypeVar("Answer")


class Database:
    """A connection that survives threads, forks and other processes that write.

    Args:
        path: The file; made where it is missing.
        limit: Bytes that it may take.

    Raises:
        SourceError: The file is no memory, or one of a newer version.
        OutputError: It cannot be opened for writing.
    """

    def __init__(self, path: Path, *, limit: int) -> None:
        self.path = path
        self._limit = limit
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        with self.connection():
            pass

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """The connection of this process, to itself."""
        with self._lock:
            if self._connection is None or self._process != os.getpid():
                # A connection that a fork inherits must not be used, nor closed: its locks are the parent's.
                self._connection, self._process = self._open(), os.getpid()
            yield self._connection

    def read(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Rows of a query.

        Raises:
            SourceError: The file is damaged.
            OutputError: It stays locked.
        """

        def run() -> list[tuple[object, ...]]:
            with self.connection() as connection:
                return connection.execute(query, parameters).fetchall()

        return self._try(run)

    def write(self, query: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each of `rows`, all or none of them.

        Raises:
            SourceError: The file is damaged.
            OutputError: It cannot be written.
        """

        def run() -> None:
            with self.connection() as connection, _transaction(connection):
                connection.executemany(query, rows)

        if rows:
            self._try(run)

    def shrink(self) -> None:
        """Forget what was used least recently, edits by people never, until the file keeps to its limit."""
        if self._used() <= self._limit:
            return
        query = """
            delete from entries where key in (
                select key from entries where human = 0 order by used limit
                max(1, (select count(*) from entries where human = 0) / ?))
        """
        while self._used() > _SHARE_KEPT * self._limit:
            if not self.read("select 1 from entries where human = 0 limit 1"):
                log.warning("%s is larger than its limit: edits by people alone take as much.", self.path)
                return
            self.write(query, [(_PART_EVICTED,)])
        self._try(self._give_back)

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _give_back(self) -> None:
        with self.connection() as connection:
            connection.execute("pragma incremental_vacuum").fetchall()

    def _used(self) -> int:
        """Bytes in use, without the pages that wait to be used again."""
        (row,) = self.read(
            "select (page_count - freelist_count) * page_size"
            " from pragma_page_count, pragma_freelist_count, pragma_page_size"
        )
        return int(str(row[0]))

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise _unwritable(self.path, str(fault.strerror)) from fault
        return self._try(self._connect)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("pragma auto_vacuum = incremental")  # takes hold in a new file alone
            connection.execute("pragma journal_mode = wal").fetchall()
            connection.execute("pragma synchronous = normal")
            connection.execute(f"pragma journal_size_limit = {16 * 1024**2}")
            _migrate(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _try(self, act: Callable[[], Answer]) -> Answer:
        """Do it, again where another process holds the file; what SQLite says is told with a cure."""
        for attempt in range(_TRIES):
            try:
                return act()
            except sqlite3.OperationalError as fault:
                busy = "locked" in str(fault) or "busy" in str(fault)
                if not busy or attempt == _TRIES - 1:
                    raise _unwritable(self.path, str(fault)) from fault
                time.sleep(0.05 * 2**attempt)
            except sqlite3.DatabaseError as fault:
                raise SourceError(
                    f"{self.path} is no memory of translations, or is damaged: {fault}.",
                    cure="Move the file away, so that a new one is made, or use --no-memory.",
                ) from fault
        raise AssertionError("the last attempt returns or raises")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    # Taking the lock for writing at once, so that two that read first cannot wait for each other.
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("pragma user_version").fetchone()
    if version > len(_MIGRATIONS):
        raise SourceError(
            f"{path} was written by a newer version of the workbench.",
            cure="Update the workbench, or use --no-memory.",
        )
    if version == len(_MIGRATIONS):
        return
    with _transaction(connection):
        (version,) = connection.execute(
            "pragma user_version"
        ).fetchone()  # another process may have been quicker
        for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number}")


def _unwritable(path: Path, reason: str) -> OutputError:
    return OutputError(
        f"The memory {path} cannot be used: {reason}.",
        cure="Free some space or choose another folder (WORKBENCH_HOME), or use --no-memory.",
    )
