"""How a job uses this machine best, in processes, threads and batches: measured once for each task, and remembered."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.engines.base import UNTUNED, Tuning
from workbench.errors import WorkbenchError
from workbench.jobs.plan import fingerprint
from workbench.jobs.shards import attempt
from workbench.jobs.tasks import Task
from workbench.jobs.workers import Worker, shares
from workbench.records import Article
from workbench.versions import versions

log = logging.getLogger(__name__)

_SAMPLE = 16
"""Articles of a measurement."""

_MARGIN = 1.05
"""More of anything takes more memory: it has to be this much quicker."""

_THREADS = (2, 4)
"""Threads of an engine's workers that are tried beside its own choice, where a process has so many cores."""

_BUDGETS = (768, 3072)
"""Padded source tokens of a batch that are tried beside the engine's own choice."""

_LONG = 60.0
"""Seconds after which nothing more is tried: a model so slow gains little by its batches."""

_RUNTIMES = ("ctranslate2", "torch", "transformers")
"""What runs models: another version may have another pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a job uses a machine.

    Attributes:
        workers: Processes, each with its share of the cores.
        tuning: How the engines of each use that share.
    """

    workers: int
    tuning: Tuning = UNTUNED

    def __str__(self) -> str:
        threads, tokens = self.tuning.threads, self.tuning.batch_tokens
        parts = [
            _counted(self.workers, "process", "processes"),
            _counted(threads, "thread a worker", "threads a worker") if threads else "",
            f"batches of {tokens:,} tokens" if tokens else "",
        ]
        return ", ".join(filter(None, parts))


def choose(task: Task, sample: Sequence[Article], *, cache: Path, talk: Callable[[str], None]) -> Choice:
    """What works quickest here; measured in seconds to two minutes, once.

    One thing after the other: processes, then threads of the engines in them, then their batches. Threads and batches
    are tried for tasks that are `tunable`.

    Args:
        task: What the processes do.
        sample: Some articles of the job; results are thrown away.
        cache: Folder in which measurements are remembered.
        talk: Told what is going on, and what is chosen.

    Raises:
        WorkbenchError: The task's models are not described rightly.
    """
    task, options, tunable = task.afresh(), candidates(_cores()), task.tunable
    facts = {
        "task": dict(task.facts()),
        "machine": _machine(),
        "versions": versions(_RUNTIMES),
        "options": [options, _THREADS, _BUDGETS] if tunable else options,
    }
    path = cache / f"{fingerprint(facts)}.json"
    remembered = _recall(path)
    if remembered is not None:
        talk(f"{remembered}, as measured here before.")
        return remembered
    if len(sample) < 2 or (len(options) == 1 and not tunable):
        return Choice(workers=options[0])
    talk("Measuring how this machine is used best; this is done once.")
    chosen, speeds = _search(task, sample[:_SAMPLE], options, tunable=tunable)
    figures = "; ".join(f"{choice}: {speed:.2f}" for choice, speed in speeds.items())
    talk(f"{chosen} it is. Articles a second: {figures}.")
    _keep(path, chosen, speeds)
    return chosen


def _search(
    task: Task, sample: Sequence[Article], options: Sequence[int], *, tunable: bool
) -> tuple[Choice, dict[Choice, float]]:
    """The best choice, and articles a second of all that were tried."""
    speeds: dict[Choice, float] = {}
    started = time.perf_counter()

    def quickest(choices: Sequence[Choice]) -> Choice:
        if len(choices) > 1:
            speeds.update({each: _speed(task, sample, each) for each in choices if each not in speeds})
        return best({each: speeds.get(each, 0.0) for each in choices})

    chosen = quickest([Choice(workers=count) for count in options])
    for stage in (_threads, _batches) if tunable else ():
        if time.perf_counter() - started < _LONG:
            chosen = quickest(stage(chosen))
    return chosen, speeds


def best(speeds: Mapping[Choice, float]) -> Choice:
    """The quickest; what comes later takes more of the machine, and must be clearly quicker than what came before."""
    chosen = next(iter(speeds))
    for choice, speed in speeds.items():
        if speed > _MARGIN * speeds[chosen]:
            chosen = choice
    return chosen


def candidates(cores: int) -> list[int]:
    """Numbers of processes worth trying: one with all cores, one for each core, and steps between."""
    return sorted({1, *(count for count in (cores // 8, cores // 4, cores // 2, cores) if count > 1)})


def _threads(chosen: Choice) -> list[Choice]:
    """The engine's own choice, and more threads where each process has the cores."""
    share = _cores() // chosen.workers
    more = (replace(chosen.tuning, threads=threads) for threads in _THREADS if threads <= share)
    return [chosen, *(replace(chosen, tuning=tuning) for tuning in more)]


def _batches(chosen: Choice) -> list[Choice]:
    others = (replace(chosen.tuning, batch_tokens=tokens) for tokens in _BUDGETS)
    return [chosen, *(replace(chosen, tuning=tuning) for tuning in others)]


def _speed(task: Task, sample: Sequence[Article], choice: Choice) -> float:
    """Articles a second; 0 where the processes fail, for instance for want of memory."""
    with _team(task, choice) as team:
        parts = [list(sample[number :: len(team)]) for number in range(len(team))]
        with ThreadPoolExecutor(len(team)) as pool:
            try:
                list(pool.map(lambda worker: worker.start(), team))
                list(pool.map(lambda worker: worker(sample[:1]), team))  # first calls are slow everywhere
                started = time.perf_counter()
                list(pool.map(attempt, parts, team))
            except WorkbenchError as fault:
                log.warning("%s: cannot work: %s", choice, fault)
                return 0.0
            return len(sample) / (time.perf_counter() - started)


@contextmanager
def _team(task: Task, choice: Choice) -> Iterator[list[Worker]]:
    team = [Worker(task.tuned(choice.tuning), cores=cores) for cores in shares(choice.workers)]
    try:
        yield team
    finally:
        for worker in team:
            worker.stop()
            worker.close()


def _recall(path: Path) -> Choice | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        tokens = kept["batch_tokens"]
        tuning = Tuning(
            threads=int(kept["threads"]), batch_tokens=None if tokens is None else max(int(tokens), 1)
        )
        return Choice(workers=max(int(kept["workers"]), 1), tuning=tuning)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as fault:
        log.warning("a remembered measurement is unreadable and is made anew: %s", fault)
        return None


def _keep(path: Path, chosen: Choice, speeds: Mapping[Choice, float]) -> None:
    kept = {
        "workers": chosen.workers,
        "threads": chosen.tuning.threads,
        "batch_tokens": chosen.tuning.batch_tokens,
        "articles_per_second": {str(choice): speed for choice, speed in speeds.items()},
        "machine": _machine(),
    }
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as fault:
        log.warning("the measurement cannot be remembered in %s: %s", path.parent, fault.strerror)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _machine() -> dict[str, str | int]:
    return {
        "processor": platform.processor() or platform.machine(),
        "node": platform.node(),
        "cores": _cores(),
    }


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
