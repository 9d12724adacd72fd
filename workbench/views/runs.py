"""Runs and models: evaluations and jobs, what the catalogue offers, what fits, and what is being fetched."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from workbench.errors import InputError, WorkbenchError
from workbench.jobs.plan import PLAN
from workbench.review import hidden_names
from workbench.review.exchange import held
from workbench.views import jobs
from workbench.views.access import LOCAL
from workbench.views.desk import Data, Desk
from workbench.views.stored import evaluated, job_page, planned, unfinished_page
from workbench.views.words import words


class Runs:
    """What the view of runs and models can be asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._fetching = ThreadPoolExecutor(1, thread_name_prefix="fetching")
        self._pulls: dict[str, dict[str, Any]] = {}

    def runs(self, _person: str, _data: Data) -> dict[str, Any]:
        """Evaluations and jobs in the folders that were opened, finished or not, by name."""
        kinds = (("evaluation", self._reports()), ("unfinished", self._unfinished()), ("job", self._jobs()))
        return {
            "runs": [
                {"id": key, "name": key, "kind": kind, "state": jobs.state(path) if kind == "job" else ""}
                for kind, found in kinds
                for key, path in found.items()
            ]
        }

    def report(self, key: str, *, person: str = LOCAL, language: str = "en") -> str | None:
        """The page of one evaluation or job; None where there is none of that name.

        Raises:
            InputError: It names systems that this person is judging.
            OutputError: The folder of a job is broken.
        """
        name = key.replace("~", "/")
        if not hidden_names(self._desk.store, person).isdisjoint(self._named_in(name)):
            say = words(language)
            raise InputError(say["page_blind"], cure=say["page_blind_cure"])
        return self._page(name, language)

    def _named_in(self, name: str) -> set[str]:
        """The systems that a page names."""
        if name in (found := self._jobs()):
            return planned(found[name])
        if name in (found := self._unfinished()):
            return evaluated(found[name])
        if name in (found := self._reports()):
            return evaluated(found[name].parent)
        return set()

    def _page(self, name: str, language: str) -> str | None:
        if name in (found := self._reports()):
            return found[name].read_text(encoding="utf-8")
        if name in (found := self._jobs()):
            return job_page(found[name], name, language)
        if name in (found := self._unfinished()):
            return unfinished_page(found[name], name, language)
        return None

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

    def store(self, person: str, _data: Data) -> dict[str, Any]:
        """How many rows each table of the store holds; nothing for others than the person who runs the server."""
        return {"held": held(self._desk.store) if person == LOCAL else {}}

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
        return self._named("report.html", lambda path: path)

    def _unfinished(self) -> dict[str, Path]:
        """Parts of evaluations that have no report yet."""
        reported = [path.parent for path in self._reports().values()]
        found = self._named("part.json", lambda path: path.parent)
        return {
            name: path
            for name, path in found.items()
            if not any(path.is_relative_to(folder) for folder in reported)
        }

    def _jobs(self) -> dict[str, Path]:
        return self._named(PLAN, lambda path: path.parent)

    def _named(self, file: str, kept: Callable[[Path], Path]) -> dict[str, Path]:
        return {
            str(path.parent.relative_to(folder.parent)): kept(path)
            for folder in self._desk.runs
            for path in sorted(folder.glob(f"**/{file}"))
        }
