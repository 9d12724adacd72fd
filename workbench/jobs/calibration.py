"""How many processes are quickest on this machine: measured once for each task, and remembered."""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.jobs.plan import fingerprint
from workbench.jobs.shards import attempt
from workbench.jobs.tasks import Task
from workbench.jobs.workers import Worker, shares
from workbench.records import Article

log = logging.getLogger(__name__)

_SAMPLE = 16
"""Articles of a measurement."""

_MARGIN = 1.05
"""More processes take more memory: they have to be this much quicker."""


def workers(task: Task, sample: Sequence[Article], *, cache: Path, talk: Callable[[str], None]) -> int:
    """The number of processes that works quickest here; measured in seconds to a minute, once.

    Args:
        task: What they do.
        sample: Some articles of the job; results are thrown away.
        cache: Folder in which measurements are remembered.
        talk: Told what is going on.
    """
    options = candidates(_cores())
    path = (
        cache / f"{fingerprint({'task': dict(task.facts()), 'machine': _machine(), 'options': options})}.json"
    )
    remembered = _recall(path)
    if remembered is not None:
        return remembered
    if len(options) == 1 or len(sample) < 2:
        return options[0]
    talk(
        f"Measuring whether {' or '.join(map(str, options))} processes are quickest here; this is done once."
    )
    speeds = {count: _speed(task, sample[:_SAMPLE], count) for count in options}
    chosen = best(speeds)
    talk(
        f"{chosen} it is: "
        + ", ".join(f"{count}: {speed:.2f} articles/s" for count, speed in speeds.items())
        + "."
    )
    _keep(path, chosen, speeds)
    return chosen


def best(speeds: dict[int, float]) -> int:
    """The quickest; a larger number must be clearly quicker than the smaller ones."""
    chosen = min(speeds)
    for count in sorted(speeds):
        if speeds[count] > _MARGIN * speeds[chosen]:
            chosen = count
    return chosen


def candidates(cores: int) -> list[int]:
    """Numbers of processes worth trying: one with all cores, one for each core, and steps between."""
    return sorted({1, *(count for count in (cores // 8, cores // 4, cores // 2, cores) if count > 1)})


def _speed(task: Task, sample: Sequence[Article], count: int) -> float:
    """Articles a second of so many processes; 0 where they fail, for instance for want of memory."""
    with _team(task, count) as team:
        parts = [list(sample[number::count]) for number in range(count)]
        with ThreadPoolExecutor(count) as pool:
            try:
                list(pool.map(lambda worker: worker.start(), team))
                list(pool.map(lambda worker: worker(sample[:1]), team))  # first calls are slow everywhere
                started = time.perf_counter()
                list(pool.map(attempt, parts, team))
            except WorkbenchError as fault:
                log.warning("%d processes cannot work: %s", count, fault)
                return 0.0
            return len(sample) / (time.perf_counter() - started)


@contextmanager
def _team(task: Task, count: int) -> Iterator[list[Worker]]:
    team = [Worker(task, cores=cores) for cores in shares(count)]
    try:
        yield team
    finally:
        for worker in team:
            worker.stop()
            worker.close()


def _recall(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["workers"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as fault:
        log.warning("a remembered measurement is unreadable and is made anew: %s", fault)
        return None


def _keep(path: Path, chosen: int, speeds: dict[int, float]) -> None:
    text = json.dumps({"workers": chosen, "articles_per_second": speeds, "machine": _machine()}, indent=1)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text + "\n", encoding="utf-8")
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
