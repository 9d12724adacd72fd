"""Running a job: articles are read, worked on and written at the same time, shard by shard."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

from workbench import __version__
from workbench.config import user_folder
from workbench.errors import InputError
from workbench.ingest import read_all
from workbench.jobs import calibration
from workbench.jobs import plan as planning
from workbench.jobs.selection import Condition, selected
from workbench.jobs.shards import Places, Report, Shard, Work, complete, write_shard
from workbench.jobs.summary import Summary
from workbench.jobs.tasks import Task
from workbench.jobs.workers import Stopped, Worker, shares
from workbench.records import Article, Rejection
from workbench.registry import Entry, Registry
from workbench.sources.base import ReadOptions
from workbench.sources.sniff import is_web_address

log = logging.getLogger(__name__)

_PATIENCE = 20.0
"""Seconds that open shards have to end when the job is told to: schedulers commonly kill after thirty."""

_GLANCE = 0.5
"""Seconds between two looks at whether the job is told to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Articles, a folder, and how to get from one to the other; what to do is the task's.

    Attributes:
        sources: Files, folders, addresses, or "-".
        folder: Where everything goes.
        options: How sources are read.
        where: Conditions on articles, all of which must hold.
        order: One of `workbench.jobs.selection.ORDERS`.
        limit: Most articles, those done before among them; None takes all.
        format: "jsonl" or "parquet".
        shard: Articles of a shard: what shares batches, and what a crash can cost.
        workers: Processes; 0 works in this one; None lets a measurement decide. On a cluster: most actors; None or
            0 takes what the cluster has.
        cluster: A name in EXECUTORS.
        restart: Throw away what earlier runs made.
        retry: Try again what earlier runs rejected.
    """

    sources: tuple[str | Path, ...]
    folder: Path
    options: ReadOptions = field(default_factory=ReadOptions)
    where: tuple[Condition, ...] = ()
    order: str = "source"
    limit: int | None = None
    format: str = "jsonl"
    shard: int = 64
    workers: int | None = None
    cluster: str = "local"
    restart: bool = False
    retry: bool = False

    def facts(self, task: Task) -> dict[str, Any]:
        """Everything that decides which records come out."""
        return {
            "sources": [_absolute(source) for source in self.sources],
            "reading": self.options.to_dict(),
            "where": [each.text for each in self.where],
            "order": self.order,
            "shard": self.shard,
            "format": self.format,
            "task": dict(task.facts()),
            "version": __version__,
        }


def _ignore(_: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a run tells while it goes; all calls come one at a time.

    Attributes:
        progress: Told how many articles are done, rejected ones among them.
        rejected: Told each rejection.
        talk: Told one line now and then.
    """

    progress: Callable[[int], None] = _ignore
    rejected: Callable[[Rejection], None] = _ignore
    talk: Callable[[str], None] = _ignore


Ended = tuple[Report, list[Rejection]]
"""What became of a shard, and all that was rejected in it."""

Execute = Callable[[Iterable[Shard], Task, Places, int, Event], Generator[Ended, None, None]]
"""Works on shards with so many workers and tells of each when its files are written, not yet named.

It ends when the event is set: after the shards that are nearly done, by raising Stopped.
"""


EXECUTORS = Registry(
    "cluster",
    {
        "local": Entry("workbench.jobs.run:locally"),
        "ray": Entry("workbench.jobs.cluster:on_ray", needs="ray", extra="ray"),
    },
)


def run(
    job: Job,
    task: Task,
    *,
    watch: Watch | None = None,
    stop: Event | None = None,
) -> Summary:
    """Make what is missing of a job's records.

    Args:
        job: Articles and folder.
        task: What to do with each article.
        watch: Who is told how it goes.
        stop: Set by another thread or a signal, it ends the job: what is finished stays.

    Returns:
        What the folder holds now.

    Raises:
        InputError: The sources cannot be used, or hold nothing.
        UnknownName, MissingExtra: There is no such cluster here.
        OutputError: The folder holds something else or another plan's records, another run is at work in it, or
            it cannot be written.
        WorkbenchError: The task cannot be done at all.
        Stopped: `stop` was set.
    """
    watch, stop = watch or Watch(), stop or Event()
    execute: Execute = EXECUTORS.load(job.cluster)
    facts = job.facts(task)  # a wrong model is told before the folder is touched
    places = Places(folder=job.folder, format=job.format, kind=task.kind)
    with planning.held(job.folder):
        plan = planning.begin(places, facts, restart=job.restart)
        if job.retry:
            planning.forget_rejections(places)
        done = planning.finished(places)
        with _summarised(places, plan, done) as outcome:
            shards = _shards(_items(job, places, stop), done, job.shard, stop)
            first = list(itertools.islice(shards, 2))
            if not first and stop.is_set():
                raise Stopped
            if not first and not done.shards:
                raise InputError(
                    "The sources hold no articles that the job wants.",
                    cure="Check SOURCE and --where; `workbench read SOURCE` shows what is there.",
                )
            workers = _workers(job, task, plan, first)
            if workers is None:
                choice = calibration.choose(
                    task, _articles(first[0]), cache=user_folder("cache") / "workers", talk=watch.talk
                )
                workers = choice.workers
                plan = planning.with_workers(places, plan, workers, choice.tuning)
            task = task.tuned(plan.tuning)
            made = execute(itertools.chain(first, shards), task, places, workers, stop)
            with closing(made):
                for report, rejections in made:
                    complete(report.number, places)
                    outcome.add(report)
                    for rejection in rejections:
                        watch.rejected(rejection)
                    watch.progress(outcome.total["done"] + outcome.total["rejected"])
    assert outcome.summary
    return outcome.summary


def locally(
    shards: Iterable[Shard], task: Task, places: Places, workers: int, stop: Event
) -> Generator[Ended, None, None]:
    """Work on shards in so many processes of this machine, or in this one for 0.

    Raises:
        Stopped: `stop` was set.
        WorkbenchError: A shard failed as a whole; the others that were open are given up too.
    """
    if workers:
        yield from _in_processes(shards, task, places, workers, stop)
        return
    work: Work | None = None
    for shard in shards:
        work = work or task.open()
        yield write_shard(shard, work, places)
    if stop.is_set():
        raise Stopped


def _in_processes(
    shards: Iterable[Shard], task: Task, places: Places, workers: int, stop: Event
) -> Generator[Ended, None, None]:
    team = [Worker(task, cores=cores) for cores in shares(workers)]
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in team:
        free.put(worker)

    def work(shard: Shard) -> Ended:
        worker = free.get()
        try:
            return write_shard(shard, worker, places)
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(workers)
    try:
        yield from _as_they_end(shards, lambda shard: pool.submit(work, shard), workers, stop)
    finally:
        for worker in team:
            worker.stop()
        pool.shutdown(cancel_futures=True)
        for worker in team:
            worker.close()


def _as_they_end(
    shards: Iterable[Shard], submit: Callable[[Shard], Future[Ended]], workers: int, stop: Event
) -> Generator[Ended, None, None]:
    """Keep one shard waiting for each that is worked on, so that no worker waits for the reading."""
    waiting = iter(shards)
    pending: set[Future[Ended]] = set()
    more = True
    while more or pending:
        while more and not stop.is_set() and len(pending) < 2 * workers:
            shard = next(waiting, None)
            more = shard is not None
            if shard is not None:
                pending.add(submit(shard))
        ended, pending = wait(pending, timeout=_GLANCE, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in ended)
        if stop.is_set():
            yield from _last(pending)
            raise Stopped


def _last(pending: set[Future[Ended]]) -> Generator[Ended, None, None]:
    """The open shards that end within the time that is left; those that only waited are given up."""
    at_work = [future for future in pending if not future.cancel()]
    ended, _ = wait(at_work, timeout=_PATIENCE)
    yield from (future.result() for future in ended)


def _items(job: Job, places: Places, stop: Event) -> Iterator[Article | Rejection]:
    """What the job takes of its sources, in its order."""
    items = _reading(job, stop)
    desk = places.folder / "open"
    return selected(items, where=job.where, order=job.order, limit=job.limit, desk=desk)


def _reading(job: Job, stop: Event) -> Iterator[Article | Rejection]:
    """Everything that can be read; a source that breaks in the middle gives a last Rejection.

    Raises:
        InputError: Nothing can be read at all.
    """
    met = False
    try:
        for item in read_all(job.sources, job.options):
            if stop.is_set():
                return
            met = True
            yield item
    except InputError as fault:
        if not met:
            raise
        source = ", ".join(map(str, job.sources))
        yield Rejection(source=source, reason=fault.problem, cure=fault.cure)


def _shards(
    items: Iterable[Article | Rejection], done: planning.Done, size: int, stop: Event
) -> Iterator[Shard]:
    """What is not done yet, under the numbers that are free.

    A run that goes on after a kill makes the same shards: numbers are given in order, and what is missing of the
    first so many articles fills exactly the gaps.
    """
    numbers = (number for number in itertools.count() if number not in done.shards)
    fresh = (item for item in items if not done.holds(item))
    while batch := tuple(itertools.islice(fresh, size)):
        if stop.is_set():
            return  # it may be incomplete
        yield Shard(number=next(numbers), items=batch)


def _workers(job: Job, task: Task, plan: planning.Plan, first: Sequence[Shard]) -> int | None:
    """Processes to use: what the user says, or what the job began with; None where a measurement is worth its time."""
    if task.light or job.workers is not None or job.cluster != "local":
        return job.workers or 0
    if plan.workers is not None:
        return plan.workers
    return 1 if len(first) < 2 else None


def _articles(shard: Shard) -> list[Article]:
    return [item for item in shard.items if isinstance(item, Article)]


class _Outcome:
    """What a run has come to so far."""

    def __init__(self, done: planning.Done) -> None:
        self.total = done.total
        self.this_run: Counter[str] = Counter()
        self.summary: Summary | None = None

    def add(self, report: Report) -> None:
        """Count a shard that is complete."""
        figures = planning.tally(report)
        planning.add_up(self.total, figures)
        planning.add_up(self.this_run, figures)


@contextmanager
def _summarised(places: Places, plan: planning.Plan, done: planning.Done) -> Iterator[_Outcome]:
    """Write the summary however the run ends; that it cannot be written hides no other fault."""
    outcome, started, state = _Outcome(done), time.perf_counter(), "stopped"
    try:
        yield outcome
        state = "done"
    except Exception:
        state = "failed"
        raise
    finally:
        outcome.summary = Summary.of(
            state=state,
            facts=plan.facts,
            total=outcome.total,
            this_run=outcome.this_run,
            seconds=time.perf_counter() - started,
        )
        try:
            outcome.summary.write(places.folder)
        except OSError as fault:
            log.warning("the summary cannot be written: %s", fault)


def _absolute(source: str | Path) -> str:
    text = str(source)
    return text if text == "-" or is_web_address(text) else os.path.normpath(Path(text).absolute())
