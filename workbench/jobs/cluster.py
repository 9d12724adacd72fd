"""The same shards on a Ray cluster: actors hold the models, Ray Data feeds them; nothing else here knows Ray.

The job's folder must be one that all machines share: shards wait for their turn in it, actors write their files into
it, and the machine that started the job gives them their final names, as it does alone.
"""

from __future__ import annotations

import itertools
import json
import os
import pickle
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import ray
import ray.data
from filelock import FileLock, Timeout

from workbench.errors import EngineError, WorkbenchError
from workbench.jobs.shards import Places, Report, Shard, write_shard
from workbench.jobs.tasks import Needs, Task
from workbench.jobs.workers import Stopped, Worker
from workbench.records import Rejection

_FIRST_WAVE, _LAST_WAVE = 64, 4096
"""Shards that are handed to Ray together: few at first, so that work begins at once; many later, since actors load
their models once for each wave."""

_CORES = 8
"""Most cores of one actor: engines gain little from more."""


def on_ray(
    shards: Iterable[Shard], task: Task, places: Places, workers: int, stop: Event
) -> Generator[tuple[Report, list[Rejection]], None, None]:
    """Work on shards with at most so many actors, or with all that the cluster has or gets room for if 0.

    The cluster is that of `RAY_ADDRESS` or the one this machine belongs to; where there is none, Ray starts one here.

    Raises:
        Stopped: `stop` was set.
        WorkbenchError: A shard failed as a whole.
    """
    if not ray.is_initialized():
        ray.init(log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False  # the command has its own
    waiting = places.folder / "open" / "waiting"
    waiting.mkdir(exist_ok=True)
    share = _share(task.needs(), ray.nodes())
    # Without a number Ray bounds the pool by what the cluster has, and has an autoscaler add to it.
    pool = ray.data.ActorPoolStrategy(min_size=1, max_size=workers or None)
    source, size = iter(shards), _FIRST_WAVE
    with ThreadPoolExecutor(1) as reader:
        wave = _laid_out(itertools.islice(source, size), waiting)
        while wave and not stop.is_set():
            size = min(2 * size, _LAST_WAVE)
            ahead = reader.submit(_laid_out, itertools.islice(source, size), waiting)
            table = ray.data.from_items([{"path": path} for path in wave], override_num_blocks=len(wave))
            made = table.map_batches(
                _Actor,
                fn_constructor_args=(task, places, share.cores),
                batch_size=1,
                compute=pool,
                num_cpus=share.cores,
                num_gpus=share.gpus,
            )
            yield from _answers(made.iter_rows(), stop)
            wave = ahead.result()
    if stop.is_set():
        raise Stopped


def _answers(
    rows: Iterable[Mapping[str, Any]], stop: Event
) -> Generator[tuple[Report, list[Rejection]], None, None]:
    for row in rows:
        answer = json.loads(row["answer"])
        if "problem" in answer:
            raise EngineError(answer["problem"], cure=answer["cure"])
        yield Report.from_dict(answer["report"]), [Rejection.from_dict(each) for each in answer["rejections"]]
        if stop.is_set():
            return


@dataclass(frozen=True, slots=True)
class Share:
    """What one actor takes of a machine."""

    cores: int
    gpus: float


def _share(needs: Needs, nodes: Iterable[Mapping[str, Any]]) -> Share:
    """What the task asks for; else a GPU each where the cluster has any, and cores so that every machine has room."""
    found = [node["Resources"] for node in nodes if node["Alive"]]
    smallest = min((int(each["CPU"]) for each in found if each.get("CPU", 0) >= 1), default=1)
    gpus = needs.gpus if needs.gpus is not None else 1.0
    return Share(
        cores=needs.cores or min(smallest, _CORES),
        gpus=gpus if any(each.get("GPU") for each in found) else 0.0,
    )


def _laid_out(shards: Iterator[Shard], folder: Path) -> list[str]:
    """Write shards where actors find them; the driver's memory holds one at a time."""
    paths = []
    for shard in shards:
        path = folder / f"{shard.number:05d}.pickle"
        path.write_bytes(pickle.dumps(shard))
        paths.append(str(path))
    return paths


class _Actor:
    """One worker of the cluster: its process holds the models, and dies alone where an article kills it."""

    def __init__(self, task: Task, places: Places, cores: int) -> None:
        self._places = places
        self._claim = _Cores(cores)
        self._worker = Worker(task, cores=self._claim.numbers)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[str]]:
        """Work on the shards at the paths of `batch`; a shard that was tried before is simply written again."""
        return {"answer": [json.dumps(self._answer(Path(path))) for path in batch["path"]]}

    def _answer(self, path: Path) -> dict[str, Any]:
        shard: Shard = pickle.loads(path.read_bytes())  # noqa: S301 - our own file, written by this very run
        try:
            report, rejections = write_shard(shard, self._worker, self._places)
        except WorkbenchError as fault:
            return {"problem": fault.problem, "cure": fault.cure}
        return {"report": report.to_dict(), "rejections": [each.to_dict() for each in rejections]}


class _Cores:
    """Cores of this machine that no other actor on it uses: Ray counts cores, it does not deal them out.

    Attributes:
        numbers: The cores, or None where the system cannot bind processes to cores or all are taken.
    """

    def __init__(self, count: int) -> None:
        self.numbers: list[int] | None = None
        if not hasattr(os, "sched_getaffinity"):
            return
        folder = Path(tempfile.gettempdir()) / f"workbench-cores-{os.getuid()}"
        folder.mkdir(exist_ok=True)
        self._locks = ExitStack()  # held as long as the actor lives
        taken = []
        for number in sorted(os.sched_getaffinity(0)):
            lock = FileLock(folder / f"{number}.lock")
            try:
                self._locks.enter_context(lock.acquire(timeout=0))
            except Timeout:
                continue
            taken.append(number)
            if len(taken) == count:
                self.numbers = taken
                return
        self._locks.close()
