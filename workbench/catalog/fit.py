"""Whether a model fits this machine's memory: as its card says, else as its number of weights lets expect."""

from __future__ import annotations

import logging
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from workbench.catalog.loading import engine_name
from workbench.config import ModelCard

log = logging.getLogger(__name__)

_BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "int8": 1.0, "int4": 0.6}
_AUTO = {"ct2": "int8", "ct2-causal": "int8", "seq2seq": "float32", "causal": "float32"}
_AUTO_CUDA = "bfloat16"
_OVERHEAD = 1.2
"""What runs the weights comes on top of them: activations, caches, the vocabulary's full precision."""
_RUNTIME_MB = 500.0
_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a model fits.

    Attributes:
        fits: None where nobody knows.
        why: In words, such as "needs about 13.8 GB; 6.1 GB are free".
    """

    fits: bool | None
    why: str


def fit(card: ModelCard, *, free_gb: float | None, graphics_gb: float | None = None) -> Fit:
    """Whether a model fits what is free.

    Args:
        card: The model.
        free_gb: Free memory of the machine in gigabytes, None where unknown.
        graphics_gb: Free memory of the largest graphics card, None without one.
    """
    if card.engine == "server":
        return Fit(fits=True, why="runs elsewhere")
    on_card, on_cpu = needed_gb(card, cuda=True), needed_gb(card)
    if on_cpu is None or on_card is None:
        return Fit(fits=None, why="its size in memory is unknown")
    if graphics_gb is not None and on_card <= graphics_gb:
        return Fit(fits=True, why=f"about {on_card:.1f} of {graphics_gb:.1f} GB free on the graphics card")
    if free_gb is None:
        return Fit(fits=None, why=f"needs about {on_cpu:.1f} GB; what is free is unknown")
    if on_cpu <= free_gb:
        return Fit(fits=True, why=f"about {on_cpu:.1f} of {free_gb:.1f} GB free")
    return Fit(fits=False, why=f"needs about {on_cpu:.1f} GB; {free_gb:.1f} GB are free")


def warn_where_tight(card: ModelCard, *, device: str) -> None:
    """Say before a model is loaded that it may not fit: systems end what exceeds their memory without a word.

    Args:
        card: The model; its weights are here.
        device: "auto", "cpu" or "cuda".
    """
    free = memory()[0]
    found = fit(card, free_gb=free)
    if found.fits is False and device != "cpu":  # asked last: a graphics card's driver takes its time
        found = fit(card, free_gb=free, graphics_gb=graphics_gb())
    if found.fits is False:
        log.warning(
            "%s may not fit this machine's memory: it %s. If it is ended without a word, set dtype to int8 or int4 in "
            "a card of your own, run it behind a server, or choose a smaller model.",
            card.name,
            found.why,
        )


def needed_gb(card: ModelCard, *, cuda: bool = False) -> float | None:
    """Gigabytes in use when loaded, or None where the card tells neither memory nor weights."""
    if card.memory_mb is not None:
        return card.memory_mb / 1000
    if card.parameters_m is None or card.engine == "server":
        return None
    return (card.parameters_m * _BYTES[_dtype(card, cuda=cuda)] * _OVERHEAD + _RUNTIME_MB) / 1000


def memory_in_words(card: ModelCard) -> str:
    """What a card says of memory, else what its weights let expect, said to be that."""
    if card.engine == "server":
        return "on the server"
    if card.memory_mb is not None:
        return f"{card.memory_mb:g} MB"
    on_cpu, on_card = needed_gb(card), needed_gb(card, cuda=True)
    if on_cpu is None or on_card is None:
        return "unverified"
    expected = f"about {on_cpu:.1f} GB in {_dtype(card)}, estimated from its weights"
    other = _dtype(card, cuda=True)
    if other != _dtype(card):
        expected += f" ({on_card:.1f} GB in {other} on a graphics card)"
    return f"unverified; {expected}"


def _dtype(card: ModelCard, *, cuda: bool = False) -> str:
    """What its weights are held in."""
    automatic = _AUTO_CUDA if cuda else _AUTO.get(engine_name(card, None), "float32")
    return automatic if card.dtype == "auto" else card.dtype


def graphics_gb() -> float | None:
    """Free memory of the graphics card that has most of it, in gigabytes; None without one. No library is loaded."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    query = [command, "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        return max(float(line) for line in told.splitlines()) * 2**20 / 1e9
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def memory() -> tuple[float | None, float | None]:
    """Free and total memory in gigabytes, the limit of a container minded; None where the system does not tell."""
    facts = _meminfo(Path("/proc/meminfo"))
    if not facts:
        return None, None
    total, free = facts["MemTotal"] / 1e6, facts.get("MemAvailable", 0) / 1e6
    limit = _container_limit()
    if limit is not None and limit[0] < total:
        total, free = limit[0], min(free, limit[0] - limit[1])
    return free, total


def _meminfo(path: Path) -> dict[str, int]:
    try:
        rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
        return {row[0].rstrip(":"): int(row[1]) for row in rows}
    except OSError:
        return {}


def _container_limit(group: Path = Path("/sys/fs/cgroup")) -> tuple[float, float] | None:
    """Most and used memory of the control group, in gigabytes; None without a limit."""
    try:
        most, used = ((group / f"memory.{name}").read_text().strip() for name in ("max", "current"))
    except OSError:
        return None
    if most == "max":
        return None
    # Cached pages of files count as used, and are given back when memory is short.
    cached = _meminfo(group / "memory.stat").get("inactive_file", 0)
    return int(most) / _GIGABYTE, (int(used) - cached) / _GIGABYTE
