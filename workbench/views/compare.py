"""The comparing view: stored runs or files side by side, filtered and sorted, a page of rows at a time."""

from __future__ import annotations

import random
import re
import secrets
from html import escape
from pathlib import Path
from typing import Any

from workbench.brief.labels import labels
from workbench.errors import InputError
from workbench.review import Campaign, blind_in, create_campaign, hidden_names, see_names
from workbench.views import markup
from workbench.views.desk import Data, Desk, Pace, Shelf
from workbench.views.sheets import Sheet, under_pseudonyms
from workbench.views.tables import SORTS, Table, Wanted, as_items, chosen, from_files, from_run
from workbench.views.words import words

_ROWS = 40
# How long opening waits for scores: small tables are whole when they are shown.
_PATIENCE = 0.4
_EVERYBODY = ""
"""The person of the shelf whose tables are everybody's: nobody signs in without a name."""
_PLAIN = (".txt", ".jsonl", ".ar", ".en", "")


class Compare:
    """What the comparing view can be asked for."""

    def __init__(self, desk: Desk, *, language: str, tables: Shelf, pace: Pace) -> None:
        self._desk, self._tables, self._pace = desk, tables, pace
        self._words, self._labels = words(language), labels(language)

    def sources(self, _person: str, _data: Data) -> dict[str, Any]:
        """Stored runs and folders that whoever started the server opened to all."""
        return {"runs": [{"id": key, "name": key} for key in self._stored()]}

    def open(self, person: str, data: Data) -> dict[str, Any]:
        """Open a stored `run`, or uploaded `files` (path, name, role) in the languages `source` and `target`.

        Texts are there at once; scores and flags of a large table come later, see `scored`.
        """
        self._pace.check(person)
        sheet = self._stored_sheet(str(data["run"])) if data.get("run") else self._uploaded(data)
        sheet.wait(_PATIENCE)
        key = secrets.token_hex(8)
        self._tables.put(person, key, sheet)
        table, blind = self._seen(sheet, person), self._blind(sheet, person)
        return {
            "table": key,
            "name": table.name,
            "systems": list(table.outputs),
            "reference": bool(table.references),
            "count": len(table.sources),
            "blind": [each.name for each in blind_in(self._desk.store, person)] if blind else [],
        } | self.scored(person, {"table": key})

    def scored(self, person: str, data: Data) -> dict[str, Any]:
        """How far scoring of `table` has come, 0 to 1; and when it is over, which flags there are."""
        sheet: Sheet = self._tables.get(person, data.get("table"))
        kinds = {kind for rows in sheet.table.flags.values() for each in rows for kind in each}
        return {
            "share": 1.0 if sheet.over else round(sheet.share, 2),
            "flags": [[kind, self._labels.get(f"flag_{kind}", kind)] for kind in sorted(kinds)],
        }

    def see_names(self, person: str, _data: Data) -> dict[str, Any]:
        """Show this person the names of what they judge; their later votes there count for nothing."""
        see_names(self._desk.store, person)
        return {}

    def rows(self, person: str, data: Data) -> dict[str, Any]:
        """Rows of `table` from `offset` on, as filters and `sort` say; words that differ from `base` are marked."""
        table = self._seen(self._tables.get(person, data.get("table")), person)
        found = chosen(table, _wanted(data))
        offset = max(0, _whole(data, "offset", 0))
        base = str(data.get("base") or "")
        shown = found[offset : offset + _ROWS]
        return {
            "count": len(found),
            "rows": [self._row(table, row, base) for row in shown],
            "next": offset + len(shown) if offset + len(shown) < len(found) else None,
        }

    def _seen(self, sheet: Sheet, person: str) -> Table:
        """The table as this person may see it now: what they judge elsewhere has no names here."""
        hidden = hidden_names(self._desk.store, person) if sheet.stored else frozenset()
        return under_pseudonyms(sheet.table, hidden, person=person, word=self._words["system"])

    def _blind(self, sheet: Sheet, person: str) -> bool:
        """Whether this person judges systems of the table now."""
        hidden = hidden_names(self._desk.store, person) if sheet.stored else frozenset()
        return not hidden.isdisjoint(sheet.table.outputs)

    def _row(self, table: Table, row: int, base: str) -> str:
        cells = [
            _cell(
                f"{self._words['source']} <bdi>{escape(table.keys[row])}</bdi>",
                markup.plain(table.sources[row], language=table.source),
                "source",
            )
        ]
        if table.references:
            cells.append(
                _cell(
                    self._words["reference"],
                    markup.plain(table.references[row], language=table.target),
                    "reference",
                )
            )
        best = max((scores[row] for scores in table.scores.values() if scores), default=None)
        for name, texts in table.outputs.items():
            score = table.scores[name][row] if table.scores.get(name) else None
            head = f"<bdi>{escape(name)}</bdi>"
            if score is not None:
                head += f' <span class="score{" best" if score == best else ""}">{score:.0f}</span>'
            head += "".join(
                f' <span class="kind">{escape(self._labels.get(f"flag_{kind}", kind))}</span>'
                for kind in sorted(table.flags[name][row] if name in table.flags else ())
            )
            cells.append(_cell(head, self._text(table, row, texts[row], base, name), "output"))
        return f'<div class="grid-row">{"".join(cells)}</div>'

    def _text(self, table: Table, row: int, text: str, base: str, name: str) -> str:
        other = table.references[row] if base == "reference" and table.references else None
        if base in table.outputs and base != name:
            other = table.outputs[base][row]
        if other is None:
            return markup.plain(text, language=table.target)
        marked = markup.differing(other, text)[1]
        return f'<div class="plain" lang="{escape(table.target)}" dir="auto">{marked}</div>'

    def create(self, person: str, data: Data) -> dict[str, Any]:
        """Make a campaign of `items` rows of `table`, of those that the filters leave, drawn by chance."""
        sheet: Sheet = self._tables.get(person, data.get("table"))
        if self._blind(sheet, person):
            raise InputError(
                "You are judging some of these systems, and their names are hidden from you.",
                cure="Finish judging first, or choose to see the names.",
            )
        table = sheet.table
        found = chosen(table, _wanted(data))
        count, seed = _whole(data, "items", 100), secrets.randbelow(1 << 30)
        rows = random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311 - a sample, no secret
        campaign = Campaign(
            name=str(data.get("name") or "").strip()[:200],
            kind=str(data.get("kind") or "pairs"),
            source=table.source,
            target=table.target,
            overlap=_whole(data, "overlap", 1),
            share=_whole(data, "share", 0) or None,
            attention=_whole(data, "attention", 12),
            reveal=bool(data.get("reveal", True)),
            show_reference=bool(data.get("show_reference")) and bool(table.references),
            seed=seed,
            owner=person,
        )
        return {"campaign": create_campaign(self._desk.store, campaign, as_items(table, rows)).id}

    def _stored(self) -> dict[str, Path]:
        """By name: parts of evaluations, and folders with plain files."""
        found: dict[str, Path] = {}
        for folder in self._desk.runs:
            for path in sorted(folder.glob("**/part.json")):
                found[f"{folder.name}/{path.parent.relative_to(folder)}"] = path
            for each in [folder, *sorted(child for child in folder.iterdir() if child.is_dir())]:
                if len(_plain_files(each)) > 1:
                    found[str(each.relative_to(folder.parent))] = each
        return found

    def _stored_sheet(self, name: str) -> Sheet:
        path = self._stored().get(name)
        if path is None:
            raise InputError("There is no such run.", cure="Choose one of the list.")
        # Scored once for everybody, and again when a file has changed.
        files = sorted(path.iterdir()) if path.is_dir() else sorted(path.parent.iterdir())
        key = f"{path} {max(file.stat().st_mtime_ns for file in files)} {len(files)}"
        try:
            sheet: Sheet = self._tables.get(_EVERYBODY, key)
        except InputError:
            most = self._desk.limits.segments
            table = from_run(path) if path.is_file() else _folder_table(path, name, most)
            sheet = Sheet(table, stored=True)
            self._tables.put(_EVERYBODY, key, sheet)
        return sheet

    def _uploaded(self, data: Data) -> Sheet:
        given = list(data.get("files") or ())
        if not 1 < len(given) <= self._desk.limits.files:
            raise InputError(
                f"From 2 to {self._desk.limits.files} files are compared.", cure="Choose the files again."
            )
        files = {
            self._desk.upload(each.get("path")): (str(each.get("role")), Path(str(each.get("name"))).stem)
            for each in given
        }
        tags = [str(data.get(name) or "") for name in ("source", "target")]
        if not all(re.fullmatch(r"[A-Za-z]{2,3}(-\w{2,8})*", tag) for tag in tags):
            raise InputError("The languages are missing.", cure="Choose both.")
        most = self._desk.limits.segments
        table = from_files(files, name=self._words["own_files"], source=tags[0], target=tags[1], most=most)
        for path in files:
            self._desk.discard(path)
        return Sheet(table)


def _cell(head: str, body: str, kind: str) -> str:
    return f'<div class="cell {kind}"><p class="cell-head">{head}</p>{body}</div>'


def _wanted(data: Data) -> Wanted:
    sort = str(data.get("sort") or "difference")
    return Wanted(
        search=str(data.get("search") or "")[:200],
        flag=str(data.get("flag") or ""),
        least=float(_whole(data, "least", 0)),
        sort=sort if sort in SORTS else "place",
    )


def _whole(data: Data, name: str, usual: int) -> int:
    value = data.get(name)
    try:
        return usual if value in (None, "") else int(float(str(value)))
    except (ValueError, OverflowError) as fault:
        raise InputError(f"{value!r} is no number.", cure="Give a whole number.") from fault


def _plain_files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in _PLAIN and not path.name.startswith(".")
    ]


def _folder_table(folder: Path, name: str, most: int) -> Table:
    """A folder such as `ar-en` with `ar`, `en` and `SYSTEM.en`, or `source.txt`, `reference.txt` and others."""
    source, _, target = folder.name.partition("-")
    roles = {}
    for path in _plain_files(folder):
        if path.name == source or path.stem == "source":
            roles[path] = ("source", path.stem)
        elif path.name == target or path.stem == "reference":
            roles[path] = ("reference", path.stem)
        else:
            roles[path] = ("output", path.stem)
    if not (source and target):
        source, target = "ar", "en"
    return from_files(roles, name=name, source=source, target=target, most=most)
