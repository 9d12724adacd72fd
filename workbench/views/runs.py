"""Runs and models: evaluations that are stored, what the catalogue offers, what fits, and what is being fetched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from workbench.errors import InputError, WorkbenchError
from workbench.views.access import LOCAL
from workbench.views.desk import Data, Desk


class Runs:
    """What the view of runs and models can be asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._fetching = ThreadPoolExecutor(1, thread_name_prefix="fetching")
        self._pulls: dict[str, dict[str, Any]] = {}

    def runs(self, _person: str, _data: Data) -> dict[str, Any]:
        """Reports in the folders that were opened, by name."""
        return {"runs": [{"id": key, "name": key} for key in self._reports()]}

    def report(self, key: str) -> str | None:
        """The HTML of one report; None where there is none of that name."""
        path = self._reports().get(key.replace("~", "/"))
        return path.read_text(encoding="utf-8") if path else None

    def models(self, person: str, _data: Data) -> dict[str, Any]:
        """Every card: what it does, where it is, and whether this machine has the memory; those here come first."""
        from workbench.catalog.fit import fit, graphics_gb

        free, graphics = self._desk.free_gb(), graphics_gb()
        rows = []
        for card in self._desk.catalog.cards():
            found = fit(card, free_gb=free, graphics_gb=graphics)
            rows.append(
                {
                    "name": card.name,
                    "task": card.task,
                    "languages": " ".join(
                        one if isinstance(one, str) else "→".join(one) for one in card.languages[:4]
                    ),
                    "licence": card.licence,
                    "size": card.size_mb,
                    "fits": found.fits,
                    "why": found.why,
                    "here": self._desk.catalog.where(card.name) is not None,
                    "note": " ".join(card.note.split()),
                }
            )
        rows.sort(key=lambda row: (not row["here"], row["name"]))
        return {"memory": free, "models": rows, "may_pull": person == LOCAL}

    def plan(self, person: str, data: Data) -> dict[str, Any]:
        """What fetching the model `name` would bring: bytes and licence; nothing is fetched."""
        from workbench.catalog.pull import plan

        self._check(person)
        planned = plan(self._desk.catalog.card(str(data.get("name"))))
        return {"size": planned.size, "missing": planned.missing, "licence": planned.card.licence}

    def pull(self, person: str, data: Data) -> dict[str, Any]:
        """Begin to fetch the model `name`."""
        self._check(person)
        card = self._desk.catalog.card(str(data.get("name")))
        if self._pulls.get(card.name, {}).get("state") != "fetching":
            self._pulls[card.name] = {"state": "fetching", "done": 0, "size": 0}
            self._fetching.submit(self._pull, card.name)
        return {}

    def pulling(self, _person: str, data: Data) -> dict[str, Any]:
        """How far fetching `name` has come: state "fetching", "here" or "failed", bytes done and in all."""
        found = self._pulls.get(str(data.get("name")))
        if found is None:
            raise InputError("This model is not being fetched.", cure="Begin to fetch it.")
        return {"pull": dict(found)}

    def _pull(self, name: str) -> None:
        from workbench.catalog.pull import plan, pull

        told = self._pulls[name]

        def progress(done: int, size: int) -> None:
            told.update(done=done, size=size)

        try:
            pull(plan(self._desk.catalog.card(name)), progress=progress)
            told["state"] = "here"
        except WorkbenchError as fault:
            told.update(state="failed", problem=fault.problem, cure=fault.cure)

    def _check(self, person: str) -> None:
        """Disk and network are the server's: on a shared one they are not everybody's to spend.

        Raises:
            InputError: The server is shared.
        """
        if person != LOCAL:
            raise InputError(
                "Models of a shared workbench are fetched by the person who runs it.",
                cure="Ask for it: workbench models pull NAME.",
            )

    def _reports(self) -> dict[str, Path]:
        return {
            str(path.parent.relative_to(folder.parent)): path
            for folder in self._desk.runs
            for path in sorted(folder.glob("**/report.html"))
        }
