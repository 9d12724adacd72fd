"""Processes that hold the models: one dies, another takes its place; the job dies, they die with it."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from workbench.errors import EngineError, WorkbenchError
from workbench.jobs.shards import Row
from workbench.jobs.tasks import Task
from workbench.records import Article, Rejection

log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that a process has to end by itself."""


class Stopped(BaseException):
    """The job was told to end; whoever waits for a shard is woken by it."""


class Worker:
    """A task at work in a process of its own.

    Args:
        task: What it does.
        cores: Numbers of the processor cores that it may use, so that engines size themselves to their share; None
            leaves them as they are.
    """

    def __init__(self, task: Task, *, cores: Sequence[int] | None = None) -> None:
        self._task, self._cores = task, cores
        self._process: Any = None
        self._pipe: Connection | None = None
        self._stopped = False

    def __call__(self, articles: Sequence[Article]) -> list[Row | Rejection]:
        """Work on articles there. If the process dies, another tries once more: it need not be their fault.

        Raises:
            EngineError: The process died twice.
            WorkbenchError: What the task raised.
            Stopped: The job ends.
        """
        for attempt in (1, 2):
            try:
                return self._ask(articles)
            except (EOFError, OSError) as fault:
                self._require_running()
                code = self._exit_code()
                log.warning("a process of the job died (%s) at attempt %d", code, attempt)
                died = fault
        raise EngineError(
            f"The process that worked on it died twice ({code}).",
            cure="If memory ran out, lower --workers or the length of the article; `workbench doctor` tells more.",
        ) from died

    def start(self) -> Self:
        """Start the process and load the models, where that is not done yet.

        Raises:
            WorkbenchError: They cannot be loaded.
            Stopped: The job ends.
        """
        try:
            self._ask(())
        except (EOFError, OSError) as fault:
            self._require_running()
            raise EngineError(
                f"The process that loads the models died ({self._exit_code()}).",
                cure="If memory ran out, lower --workers or choose a smaller model.",
            ) from fault
        return self

    def stop(self) -> None:
        """End the process at once, whatever it does; who waits for it is woken by Stopped."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the process when it is idle."""
        self._stopped = True
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(_PATIENCE)
            self._process.kill()
            self._process.join()

    def _ask(self, articles: Sequence[Article]) -> list[Row | Rejection]:
        self._require_running()
        if self._pipe is None:
            self._pipe = self._begin()
        self._pipe.send(list(articles))
        answer = self._pipe.recv()
        if isinstance(answer, WorkbenchError):
            raise answer
        rows: list[Row | Rejection] = answer
        return rows

    def _begin(self) -> Connection:
        # A new interpreter rather than a fork: the runtimes' threads and locks do not survive forks.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._task, self._cores), daemon=True)
        self._process.start()
        theirs.close()
        return ours

    def _exit_code(self) -> str:
        """Why the process ended; the next call begins another."""
        assert self._pipe is not None
        self._pipe.close()
        self._pipe = None
        self._process.join(_PATIENCE)
        code = self._process.exitcode
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"

    def _require_running(self) -> None:
        if self._stopped:
            raise Stopped


def shares(workers: int) -> list[list[int] | None]:
    """The cores of this process dealt out to so many workers; None each where they cannot be told apart."""
    if workers == 1 or not hasattr(os, "sched_getaffinity"):
        return [None] * workers
    cores = sorted(os.sched_getaffinity(0))
    return [cores[number::workers] or None for number in range(workers)]


def _serve(pipe: Connection, task: Task, cores: Sequence[int] | None) -> None:
    """The life of a process: load the models, then answer until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the job tells its processes when to end
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if cores is not None:
        os.sched_setaffinity(0, cores)
    work = None
    # The pipe closes when the job ends or dies.
    with contextlib.suppress(EOFError, OSError):
        while True:
            articles = pipe.recv()
            try:
                work = work or task.open()
                answer: Any = work(articles) if articles else []
            except Exception as fault:  # noqa: BLE001 - told to the job, which turns it into a Rejection
                answer = _portable(fault)
            pipe.send(answer)


def _portable(fault: Exception) -> WorkbenchError:
    if isinstance(fault, WorkbenchError):
        return fault
    log.error("a task failed", exc_info=fault)
    return EngineError(
        f"The program failed: {type(fault).__name__}: {fault}",
        cure="This is a mistake of the program: report it, with the article.",
    )


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)  # in the middle of whatever it does: nobody will take the results
