"""Digests of a model's files, remembered while the files stay as they are: gigabytes are not read at each start."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from workbench.config import user_folder

REMEMBERED = 2**23
"""Bytes from which a file's digest is remembered; smaller files are read every time."""


def digests(folder: Path, patterns: Sequence[str]) -> dict[str, str]:
    """SHA-256 by name for the files of `folder` that match one of `patterns`."""
    memory = _memory(folder)
    before = _recall(memory)
    now: dict[str, list[int | str]] = {}
    found = {}
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        state = path.stat()
        stamp: list[int | str] = [state.st_size, state.st_mtime_ns]
        known = before.get(path.name, [])
        if known[:2] == stamp:
            found[path.name] = str(known[2])
        else:
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
        if state.st_size >= REMEMBERED:
            now[path.name] = [*stamp, found[path.name]]
    if now != before:
        _remember(memory, now)
    return found


def _memory(folder: Path) -> Path:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return user_folder("cache") / "digests" / f"{name}.json"


def _recall(memory: Path) -> dict[str, list[int | str]]:
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
        return {str(name): list(entry) for name, entry in known.items() if len(entry) == 3}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _remember(memory: Path, digests_now: dict[str, list[int | str]]) -> None:
    """Best effort: where nothing can be written, files are read again next time."""
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(digests_now), encoding="utf-8")
