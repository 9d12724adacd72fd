"""Records of how outputs were made, and where a run's folder keeps what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import InputError, OutputError
from workbench.evaluate.suite import Item, Part
from workbench.records import Output, Record

Generate = Callable[[Part, Sequence[Item]], Sequence[Output]]


def _nothing(_part: Part) -> None:
    """For systems that load nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Something that makes outputs: a model behind the same code as the commands, or a baseline.

    Attributes:
        name: What it is called in files and reports.
        generate: Makes one Output for each item, in order.
        prepare: Loads what a part needs; timed apart.
        facts: What would make other outputs (revision, decoding, device ...), for records and fingerprints.
        card: What a reader wants to know besides: licence, size.
        count_tokens: Length of an output in the system's own tokens, or None where it has none.
    """

    name: str
    generate: Generate
    prepare: Callable[[Part], None] = _nothing
    facts: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    count_tokens: Callable[[str], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Record):
    """How one system's outputs for one part were made.

    Attributes:
        suite: Name of the suite.
        part: Name of the part.
        task: What was asked.
        system: Name of the system.
        data_sha256: Of the items.
        fingerprint: Of everything that would change the outputs.
        facts: Revision, decoding, device and so on.
        card: Licence, size and so on.
        items: How many outputs there are.
        truncated: How many of them a limit cut short.
        seconds: Wall-clock time of generation.
        load_seconds: Wall-clock time of loading.
        characters: Of all sources read.
        tokens: Of all outputs, in the system's own tokens; None where it has none.
        peak_memory_mb: Highest memory in use by the process while it ran; None where it cannot be told.
        gpu_memory_mb: The same on the GPU; None without one.
        price_per_hour: Of the machine, as the user gave it.
        hardware: What it ran on.
        versions: Of Python and the packages that matter.
    """

    suite: str
    part: str
    task: str
    system: str
    data_sha256: str
    fingerprint: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    items: int = 0
    truncated: int = 0
    seconds: float = 0.0
    load_seconds: float = 0.0
    characters: int = 0
    tokens: int | None = None
    peak_memory_mb: float | None = None
    gpu_memory_mb: float | None = None
    price_per_hour: float | None = None
    hardware: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def tokens_per_second(self) -> float | None:
        """Speed of writing, or None where there are no tokens or no time."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None

    @property
    def characters_per_second(self) -> float | None:
        """Speed of reading: the same unit for every system."""
        return self.characters / self.seconds if self.characters and self.seconds else None

    @property
    def cost(self) -> float | None:
        """Of generation, in the currency of the price; None where no price was given."""
        return None if self.price_per_hour is None else self.price_per_hour * self.seconds / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a run's folder keeps of one system on one part.

    Attributes:
        outputs: One Output a line; the name stands only when all are there.
        draft: Outputs so far.
        record: The Run.
        items: The part's items, so that scores need neither the suite nor its data again.
    """

    outputs: Path
    draft: Path
    record: Path
    items: Path


def files(folder: Path, part: Part, system: str) -> Files:
    """Where things lie: `SUITE/PART/SYSTEM.jsonl` and beside it."""
    base = folder / part.suite / part.name
    return Files(
        outputs=base / f"{system}.jsonl",
        draft=base / f"{system}.part",
        record=base / f"{system}.run.json",
        items=base / "part.json",
    )


def fingerprint(part: Part, system: System) -> str:
    """Sixteen digits that change with the data or with anything that would make other outputs."""
    facts = [
        part.sha256,
        part.task,
        part.source,
        part.target,
        part.sentences,
        system.name,
        dict(system.facts),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def read_json(path: Path) -> dict[str, Any]:
    """One JSON object.

    Raises:
        InputError: The file cannot be read, or is broken.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror}.", cure="Check the folder.") from fault
    except ValueError as fault:
        raise InputError(
            f"{path} is broken: {fault}.", cure="Delete the file, and run the evaluation again."
        ) from fault
    if not isinstance(data, dict):
        raise InputError(f"{path} is no JSON object.", cure="Delete the file, and run the evaluation again.")
    return data


def write_text(path: Path, text: str) -> None:
    """Write a file that takes its name only when complete.

    Raises:
        OutputError: It cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as fault:
        raise OutputError(
            f"{path} cannot be written: {fault.strerror}.", cure="Choose another folder with -o."
        ) from fault
