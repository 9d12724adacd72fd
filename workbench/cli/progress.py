"""A bar on stderr for what takes longer than two seconds, where somebody is there to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 2.0


class Bar:
    """Shows itself after two seconds; until then, and where stderr is no terminal, it costs nothing.

    Args:
        label: What is being done.
        patience: Seconds before it shows itself.
    """

    def __init__(self, label: str, *, patience: float = _PATIENCE) -> None:
        self._label = label
        self._state: tuple[int, int | None] = (0, None)
        self._shown: Progress | None = None
        self._lock = Lock()
        self._timer = Timer(patience, self._show)
        self._timer.daemon = True

    def start(self) -> None:
        """Begin to wait."""
        self._timer.start()

    def update(self, done: int, total: int | None = None) -> None:
        """Tell how far the work is; without a total the bar only pulses."""
        with self._lock:
            self._state = (done, total)
            if self._shown:
                self._draw(self._shown)

    def stop(self) -> None:
        """Take the bar away."""
        self._timer.cancel()
        with self._lock:
            if self._shown:
                self._shown.stop()
            self._shown = None

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        with self._lock:
            if self._timer.finished.is_set():
                return
            self._shown = Progress(console=Console(stderr=True), transient=True, redirect_stdout=False)
            self._shown.add_task(self._label, total=None)
            self._draw(self._shown)
            self._shown.start()

    def _draw(self, shown: Progress) -> None:
        done, total = self._state
        shown.update(shown.task_ids[0], completed=done, total=total)


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A callback that moves a bar on stderr; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    shown = Bar(label)
    shown.start()
    try:
        yield shown.update
    finally:
        shown.stop()
