"""What a run was made with: hardware, versions, memory."""

from __future__ import annotations

import os
import platform
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from workbench import versions as packages

_PACKAGES = (
    "torch",
    "transformers",
    "ctranslate2",
    "sentencepiece",
    "tokenizers",
    "sacrebleu",
    "numpy",
    "sentencex",
)
_STATUS = Path("/proc/self/status")
_CPUINFO = Path("/proc/cpuinfo")
_SECONDS_BETWEEN = 0.05


def versions() -> dict[str, str]:
    """Versions of Python, of the workbench, and of the packages that change outputs or scores."""
    found = {"python": platform.python_version(), **packages.versions(_PACKAGES)}
    return {name: version for name, version in found.items() if version}


def hardware() -> dict[str, str | int]:
    """Processor, cores this process may use, system, and the GPU where a loaded runtime knows one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found: dict[str, str | int] = {"cpu": _processor(), "cores": cores, "system": platform.system()}
    gpu = _gpu()
    return found | ({"gpu": gpu} if gpu else {})


def _processor() -> str:
    try:
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _gpu() -> str | None:
    # Scoring must not import a runtime: only one that is loaded already is asked.
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name()) if torch is not None and torch.cuda.is_available() else None


def _memory_mb() -> float | None:
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)


class PeakMemory:
    """Watches the memory of this process while a block runs.

    Attributes:
        megabytes: Highest resident memory seen; None where the system does not tell.
        gpu_megabytes: Highest memory allocated on the GPU by torch; None without.
    """

    def __init__(self) -> None:
        self.megabytes: float | None = None
        self.gpu_megabytes: float | None = None
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        self._stop.set()
        self._watch.join()
        self._note()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            self.gpu_megabytes = torch.cuda.max_memory_allocated() / 2**20

    def _look(self) -> None:
        while not self._stop.wait(_SECONDS_BETWEEN):
            self._note()

    def _note(self) -> None:
        now = _memory_mb()
        if now is not None:
            self.megabytes = max(now, self.megabytes or 0.0)
