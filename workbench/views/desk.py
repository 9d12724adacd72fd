"""What all views share: the store, the catalogue, the limits, and who is asking."""

from __future__ import annotations

import os
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from workbench.catalog import Catalog
from workbench.errors import InputError
from workbench.memory import Memory
from workbench.review import Store

Data = Mapping[str, Any]
Action = Callable[[str, Data], dict[str, Any]]
"""Takes the person's name and what the page sent; gives back what the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one person may ask for; a polite message stands behind each.

    Attributes:
        characters: Longest article.
        file_bytes: Largest upload.
        files: Most files at once.
        requests_per_minute: Articles to be read or translated.
        segments: Most rows of files to compare.
        store_bytes: Largest export of a store to bring back.
    """

    characters: int = 200_000
    file_bytes: int = 20_000_000
    files: int = 12
    requests_per_minute: int = 60
    segments: int = 50_000
    store_bytes: int = 2_000_000_000


def _unknown() -> float | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the views work on.

    Attributes:
        store: Of judgements and post-edits.
        catalog: Of models, shared by everybody.
        runs: Folders with evaluations or files of outputs, that the person who started the server opened to all.
        uploads: The only folder from which files that pages name are read.
        limits: For each person.
        device: Where models run.
        memory: Where post-edits go, for translations to come; None keeps them in the store alone.
        free_gb: Tells the free memory of this machine in gigabytes, or None where it is unknown.
    """

    store: Store
    catalog: Catalog
    runs: tuple[Path, ...] = ()
    uploads: Path = Path("/nonexistent")
    limits: Limits = field(default_factory=Limits)
    device: str = "auto"
    memory: Memory | None = None
    free_gb: Callable[[], float | None] = _unknown

    def upload(self, name: object) -> Path:
        """A file that a page uploaded.

        Raises:
            InputError: It lies elsewhere, or is too large.
        """
        path = Path(str(name)).resolve()
        if not path.is_relative_to(self.uploads.resolve()) or not path.is_file():
            raise InputError("This file was not uploaded here.", cure="Choose the file again.")
        if path.stat().st_size > self.limits.file_bytes:
            raise InputError(
                f"The file is larger than {self.limits.file_bytes / 1e6:g} MB.", cure="Give a smaller one."
            )
        return path

    def discard(self, name: object) -> None:
        """Delete an upload once it is read, so that uploads do not fill the disk; anything else is left alone."""
        path = Path(str(name or "")).resolve()
        if path.is_relative_to(self.uploads.resolve()) and path.is_file():
            path.unlink(missing_ok=True)


class Shelf:
    """Things kept for persons between two requests, the latest few of each; nobody reaches another's."""

    def __init__(self, most: int = 24) -> None:
        self._most = most
        self._kept: dict[str, OrderedDict[str, Any]] = {}
        self._lock = Lock()

    def put(self, person: str, key: str, thing: Any) -> None:
        """Keep something; what this person has not used for longest goes."""
        with self._lock:
            mine = self._kept.setdefault(person, OrderedDict())
            mine[key] = thing
            mine.move_to_end(key)
            while len(mine) > self._most:
                mine.popitem(last=False)

    def get(self, person: str, key: object) -> Any:
        """What was kept.

        Raises:
            InputError: Nothing of this person's was kept under this key, or no longer is.
        """
        with self._lock:
            mine = self._kept.get(person, OrderedDict())
            if str(key) not in mine:
                raise InputError("This is no longer at hand.", cure="Open it again.")
            mine.move_to_end(str(key))
            return mine[str(key)]


class Pace:
    """Holds each person to a number of requests a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def check(self, person: str) -> None:
        """Count one request.

        Raises:
            InputError: There were too many within a minute.
        """
        with self._lock:
            now = self._clock()
            left, since = self._left.get(person, (float(self._per_minute), now))
            left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
            if left < 1:
                raise InputError("That was a lot in one minute.", cure="Take a breath, then try again.")
            self._left[person] = (left - 1, now)


def uploads_folder() -> Path:
    """Where Gradio puts uploads: a folder of this process alone, made before Gradio is imported and reads it."""
    folder = tempfile.mkdtemp(prefix="workbench-uploads-")
    os.environ["GRADIO_TEMP_DIR"] = folder
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    return Path(folder)
