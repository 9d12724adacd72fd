"""Tables that are shown at once and scored meanwhile; and under which names systems go while somebody judges them."""

from __future__ import annotations

import logging
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from workbench.views.tables import Table, scored

_LOG = logging.getLogger(__name__)
_SCORING = ThreadPoolExecutor(1, thread_name_prefix="scoring")
_SECRET = token_bytes(16)


class Sheet:
    """A table of which the texts are there and the scores may be on their way.

    Args:
        table: Not scored yet.
        stored: Whether it was opened from what lies on the server, rather than from a person's own files.
    """

    def __init__(self, table: Table, *, stored: bool = False) -> None:
        self.table, self.stored = table, stored
        self.share = 0.0
        self._work = _SCORING.submit(self._score)
        self._work.add_done_callback(_complain)

    @property
    def over(self) -> bool:
        """Whether no more scores will come."""
        return self._work.done()

    def wait(self, seconds: float) -> None:
        """Give scoring a moment: a small table is shown with its scores at once."""
        wait([self._work], timeout=seconds)

    def _score(self) -> None:
        self.table = scored(self.table, self._told)

    def _told(self, share: float) -> None:
        self.share = share


def _complain(work: Future[None]) -> None:
    """Nobody waits for a result that could carry the fault; the texts are worth reading without scores."""
    if not work.cancelled() and work.exception():
        _LOG.error("a table could not be scored", exc_info=work.exception())


def under_pseudonyms(table: Table, hidden: Collection[str], *, person: str, word: str) -> Table:
    """The table with systems of the names `hidden` called `word` and a number, in an order that tells nothing.

    Numbers stay the same for one person and one table while the server runs, and differ between persons.
    """
    secret = [name for name in table.outputs if name in hidden]
    if not secret:
        return table
    secret.sort(key=lambda name: sha256(f"{person}\0{table.name}\0{name}".encode() + _SECRET).digest())
    called = {name: f"{word} {at}" for at, name in enumerate(secret, start=1)}
    order = [*secret, *(name for name in table.outputs if name not in called)]

    def renamed(columns: Any) -> dict[str, Any]:
        return {called.get(name, name): columns[name] for name in order if name in columns}

    return replace(
        table,
        outputs=renamed(table.outputs),
        scores=renamed(table.scores),
        flags=renamed(table.flags),
    )
