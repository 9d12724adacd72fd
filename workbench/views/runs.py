"""Runs and models: evaluations that are stored, what the catalogue offers, and what fits this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from workbench.views.desk import Data, Desk


class Runs:
    """What the view of runs and models can be asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def runs(self, _person: str, _data: Data) -> dict[str, Any]:
        """Reports in the folders that were opened, by name."""
        return {"runs": [{"id": key, "name": key} for key in self._reports()], "given": bool(self._desk.runs)}

    def report(self, key: str) -> str | None:
        """The HTML of one report; None where there is none of that name."""
        path = self._reports().get(key.replace("~", "/"))
        return path.read_text(encoding="utf-8") if path else None

    def models(self, _person: str, _data: Data) -> dict[str, Any]:
        """Every card: what it does, where it is, and whether this machine has the memory."""
        memory = _memory_mb()
        return {
            "memory": memory,
            "models": [
                {
                    "name": card.name,
                    "task": card.task,
                    "languages": " ".join(
                        one if isinstance(one, str) else "→".join(one) for one in card.languages[:4]
                    ),
                    "licence": card.licence,
                    "size": card.size_mb,
                    "fits": None if not card.memory_mb or not memory else card.memory_mb < memory,
                    "here": self._desk.catalog.where(card.name) is not None,
                    "note": card.note.strip(),
                }
                for card in self._desk.catalog.cards()
            ],
        }

    def _reports(self) -> dict[str, Path]:
        return {
            str(path.parent.relative_to(folder.parent)): path
            for folder in self._desk.runs
            for path in sorted(folder.glob("**/report.html"))
        }


def _memory_mb() -> float | None:
    """Memory of this machine in megabytes, or None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    except (AttributeError, ValueError, OSError):
        return None
