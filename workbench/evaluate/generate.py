"""Making outputs for a part of a suite: batch by batch, resumable, timed. Scores are made elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from workbench.errors import InputError, OutputError
from workbench.evaluate.machine import PeakMemory, hardware, versions
from workbench.evaluate.run import Files, Run, System, files, fingerprint, read_json, write_text
from workbench.evaluate.suite import Item, Part
from workbench.records import Output

Progress = Callable[[int, int], None]

_BATCH = 64
"""Items generated between two writes: what a crash can cost."""


def generate(
    part: Part,
    system: System,
    folder: Path,
    *,
    price_per_hour: float | None = None,
    progress: Progress | None = None,
) -> Path:
    """Make what is missing of a system's outputs for a part; complete outputs are left alone.

    Outputs go to a `.part` file, which takes its final name only when complete; started again, it goes on.

    Args:
        part: What to work on.
        system: What makes the outputs.
        folder: The run's folder.
        price_per_hour: Of the machine, in any currency.
        progress: Told how many outputs of how many are there.

    Returns:
        The file of outputs.

    Raises:
        InputError: The folder holds outputs of another plan (other data, revision or decoding), or of other systems
            on other data.
        OutputError: The folder cannot be written.
        EngineError: The model failed; what is written so far stays.
    """
    here = files(folder, part, system.name)
    run = _begin(part, system, here)
    if here.outputs.exists():
        if price_per_hour is not None:
            write_text(here.record, replace(run, price_per_hour=price_per_hour).to_json() + "\n")
        return here.outputs
    started = time.perf_counter()
    system.prepare(part)
    run = replace(
        run,
        load_seconds=run.load_seconds + time.perf_counter() - started,
        price_per_hour=price_per_hour,
        hardware=hardware(),
        versions=versions(),
    )
    done = _whole_lines(here.draft)
    for outputs, run_so_far in _batches(part, system, run, done):
        _append(here.draft, outputs)
        write_text(here.record, run_so_far.to_json() + "\n")
        done += len(outputs)
        if progress:
            progress(done, len(part.items))
    return here.draft.replace(here.outputs)


def _begin(part: Part, system: System, here: Files) -> Run:
    """The record so far, or a new one; refuses to go on with outputs that were made another way."""
    plan = fingerprint(part, system)
    if here.record.exists():
        found = Run.from_dict(read_json(here.record))
        if found.fingerprint != plan:
            raise InputError(
                f"{here.outputs} was made another way: {_difference(found, part, system)}.",
                cure="Choose another folder with -o, or delete that file and those beside it.",
            )
        return found
    _require_same_data(part, here)
    write_text(here.items, part.to_json() + "\n")
    return Run(
        suite=part.suite,
        part=part.name,
        task=part.task,
        system=system.name,
        data_sha256=part.sha256,
        fingerprint=plan,
        facts=system.facts,
        card=system.card,
    )


def _require_same_data(part: Part, here: Files) -> None:
    """All systems of a part are scored on the same items; items that nothing was made of yet bind nobody."""
    beside = here.items.parent
    if not here.items.exists() or all(path == here.items for path in beside.iterdir()):
        return
    if Part.from_dict(read_json(here.items)).sha256 != part.sha256:
        raise InputError(
            f"{beside} holds outputs for other data of {part.path}.",
            cure="Choose another folder with -o, or give the --limit that those outputs were made with.",
        )


def _difference(found: Run, part: Part, system: System) -> str:
    if found.data_sha256 != part.sha256:
        return "from other data"
    names = sorted({*found.facts, *system.facts})
    changed = [name for name in names if found.facts.get(name) != system.facts.get(name)]
    told = ", ".join(f"{name} was {found.facts.get(name)}, is {system.facts.get(name)}" for name in changed)
    return told or "the languages or the length asked for were others"


def _whole_lines(draft: Path) -> int:
    """How many outputs a draft holds; a last line that broke off is taken back."""
    if not draft.exists():
        return 0
    data = draft.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        draft.write_bytes(whole)
    return whole.count(b"\n")


def _append(draft: Path, outputs: Sequence[Output]) -> None:
    try:
        with draft.open("a", encoding="utf-8") as sink:
            sink.writelines(output.to_json() + "\n" for output in outputs)
    except OSError as fault:
        raise OutputError(
            f"{draft} cannot be written: {fault.strerror}.", cure="Choose another folder with -o."
        ) from fault


def _batches(part: Part, system: System, run: Run, done: int) -> Iterator[tuple[list[Output], Run]]:
    rest = iter(part.items[done:])
    while batch := list(islice(rest, _BATCH)):
        with PeakMemory() as memory:
            started = time.perf_counter()
            outputs = system.generate(part, batch)
            seconds = time.perf_counter() - started
        assert len(outputs) == len(batch), f"{system.name} made {len(outputs)} outputs for {len(batch)} items"
        named = [replace(output, article=item.id) for output, item in zip(outputs, batch, strict=True)]
        run = _grown(run, system, batch, named, seconds=seconds, memory=memory)
        yield named, run


def _grown(
    run: Run,
    system: System,
    batch: Sequence[Item],
    outputs: Sequence[Output],
    *,
    seconds: float,
    memory: PeakMemory,
) -> Run:
    tokens = run.tokens
    if system.count_tokens:
        tokens = (tokens or 0) + sum(system.count_tokens(output.text) for output in outputs)
    return replace(
        run,
        items=run.items + len(batch),
        truncated=run.truncated + sum(any(f.kind == "truncated" for f in output.flags) for output in outputs),
        seconds=run.seconds + seconds,
        characters=run.characters + sum(len(item.source) for item in batch),
        tokens=tokens,
        peak_memory_mb=_highest(run.peak_memory_mb, memory.megabytes),
        gpu_memory_mb=_highest(run.gpu_memory_mb, memory.gpu_megabytes),
    )


def _highest(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)
