"""The leaderboard: who leads by people's judgements, how sure that is, and what automatic scores say beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from typing import Any

from sqlalchemy import select

from workbench.errors import InputError
from workbench.metrics import score
from workbench.review import blind_in, campaigns, tables
from workbench.review.exchange import as_csv, as_json_lines, judgements
from workbench.review.shapes import Standing
from workbench.review.standing import Leaderboard, correlation, leaderboard
from workbench.views.desk import Data, Desk
from workbench.views.words import words


class Board:
    """What the leaderboard can be asked for."""

    def __init__(self, desk: Desk, *, language: str) -> None:
        self._desk, self._words = desk, words(language)

    def campaigns(self, _person: str, _data: Data) -> dict[str, Any]:
        """All campaigns."""
        return {"campaigns": [{"id": each.id, "name": each.name} for each in campaigns(self._desk.store)]}

    def board(self, person: str, data: Data) -> dict[str, Any]:
        """The leaderboard of `campaign` as HTML."""
        number = int(data.get("campaign") or 0)
        if self._kept_from(person, number):
            return {"html": f'<p class="quiet">{self._words["board_blind"]}</p>'}
        return {"html": self._html(leaderboard(self._desk.store, number))}

    def _kept_from(self, person: str, number: int) -> bool:
        """Whether this person is judging a campaign that keeps its names: a vote would show on the board at once."""
        return any(each.id == number and not each.reveal for each in blind_in(self._desk.store, person))

    def export(self, person: str, data: Data) -> dict[str, Any]:
        """Judgements of `campaign` with names as csv or jsonl, or its board as json: for its owner."""
        number, form = int(data.get("campaign") or 0), str(data.get("format"))
        if self._kept_from(person, number):
            raise InputError(self._words["board_blind"], cure=self._words["next"])
        found = leaderboard(self._desk.store, number)
        if form == "json":
            content = json.dumps(found.to_dict(), ensure_ascii=False, indent=1)
        elif found.campaign.owner != person:
            raise InputError("The campaign is another person's.", cure="Ask its owner for the judgements.")
        elif form == "csv":
            content = as_csv(judgements(self._desk.store, number))
        else:
            form, content = "jsonl", as_json_lines(judgements(self._desk.store, number))
        return {
            "name": f"judgements.{form}",
            "type": "application/octet-stream",
            "base64": base64.b64encode(content.encode("utf-8", "replace")).decode(),
        }

    def _html(self, found: Leaderboard) -> str:
        say = self._words
        if not found.judgements:
            return f'<p class="quiet">{say["no_judgements"]}</p>'
        alpha = say["alpha_none"] if found.alpha is None else f"{found.alpha:.2f}"
        facts = [
            f"<b>{found.judgements:,}</b> {say['judgements']}",
            f"{say['alpha']}: <b>{alpha}</b>",
            *([f"<b>{found.informed}</b> {say['informed']}"] if found.informed else []),
        ]
        parts = [
            f'<p class="facts">{" · ".join(f"<span>{fact}</span>" for fact in facts)}</p>',
            self._standings(found),
            self._automatic(found),
            self._wins(found),
            self._domains(found),
            self._annotators(found),
        ]
        return "".join(part for part in parts if part)

    def _standings(self, found: Leaderboard) -> str:
        say, pairs = self._words, found.campaign.kind == "pairs"
        low, high = (0.0, 100.0) if found.campaign.kind != "mqm" else _range(found.standings)
        rows = []
        for place, one in enumerate(found.standings, start=1):
            extra = "".join(f" · {escape(name)} {value:.1f}" for name, value in one.details.items())
            told = "–" if one.value is None else f"{one.value:.1f}{'%' if pairs else ''}"
            interval = "" if one.low is None else f'<bdi dir="ltr">{one.low:.1f} – {one.high:.1f}</bdi>'
            rows.append(
                f'<tr><td class="place">{place}</td><th scope="row"><bdi>{escape(one.system)}</bdi></th>'
                f'<td class="number">{told}</td><td class="bar">{_bar(one, low, high)}</td>'
                f'<td class="number fine">{interval}{extra}</td><td class="number">{one.n:,}</td></tr>'
            )
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in ("", say["system"], say["value"], "", say["interval"], say["judgements"])
        )
        return _table(head, rows)

    def _automatic(self, found: Leaderboard) -> str:
        automatic = self._scores(found)
        if not automatic:
            return ""
        people = {one.system: one.value for one in found.standings if one.value is not None}
        both = correlation(people, automatic)
        rows = [
            f'<tr><th scope="row"><bdi>{escape(one.system)}</bdi></th><td class="number">{one.value or 0:.1f}</td>'
            f'<td class="number">{automatic[one.system]:.1f}</td></tr>'
            for one in found.standings
            if one.system in automatic
        ]
        told = (
            f'<p class="fine">{self._words["correlation"]}: Pearson {both["pearson"]:.2f}, '
            f"Kendall {both['kendall']:.2f} "
            f"(n = {both['n']:.0f})</p>"
            if both
            else ""
        )
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in (self._words["system"], self._words["value"], "<bdi>chrF++</bdi>")
        )
        return f"<h2>{self._words['automatic']}</h2>{_table(head, rows)}{told}"

    def _scores(self, found: Leaderboard) -> dict[str, float]:
        """chrF++ of each system over the campaign's items; nothing without references."""
        t, number = tables, found.campaign.id
        query = (
            select(t.systems.c.name, t.outputs.c.text, t.items.c.reference)
            .join(t.outputs, t.outputs.c.system == t.systems.c.id)
            .join(t.items, t.items.c.id == t.outputs.c.item)
            .where(t.systems.c.campaign == number, t.items.c.reference.is_not(None))
            .limit(20_000)
        )
        texts: dict[str, list[tuple[str, str]]] = {}
        with self._desk.store.reading() as db:
            for name, output, reference in db.execute(query):
                texts.setdefault(name, []).append((output, reference))
        values = {
            name: score(
                "chrf++",
                outputs=[output for output, _ in rows],
                references=[reference for _, reference in rows],
                language=found.campaign.target,
            ).value
            for name, rows in texts.items()
        }
        return {name: value for name, value in values.items() if value is not None}

    def _wins(self, found: Leaderboard) -> str:
        if not found.wins:
            return ""
        order = [one.system for one in found.standings]
        head = "<th></th>" + "".join(f'<th scope="col"><bdi>{escape(name)}</bdi></th>' for name in order)
        rows = []
        for one in order:
            cells = "".join(_win(found, one, other) for other in order)
            rows.append(f'<tr><th scope="row"><bdi>{escape(one)}</bdi></th>{cells}</tr>')
        return f"<h2>{self._words['wins']}</h2>{_table(head, rows, kind='matrix')}"

    def _domains(self, found: Leaderboard) -> str:
        if not found.domains:
            return ""
        head = "<th></th>" + "".join(
            f'<th scope="col"><bdi>{escape(domain)}</bdi></th>' for domain in found.domains
        )
        by = {domain: {one.system: one for one in rows} for domain, rows in found.domains.items()}
        rows = []
        for one in found.standings:
            cells = "".join(_value(by[domain].get(one.system)) for domain in found.domains)
            rows.append(f'<tr><th scope="row"><bdi>{escape(one.system)}</bdi></th>{cells}</tr>')
        return f"<h2>{self._words['domains']}</h2>{_table(head, rows)}"

    def _annotators(self, found: Leaderboard) -> str:
        say = self._words
        head = "".join(
            f'<th scope="col">{name}</th>'
            for name in (say["annotators"], say["judgements"], say["mean_time"], say["checks"])
        )
        rows = [
            f'<tr><th scope="row"><bdi>{escape(one.annotator)}</bdi></th><td class="number">{one.judgements:,}</td>'
            f'<td class="number">{_time(one.seconds, say["seconds"])}</td>'
            f'<td class="number">{one.passed} / {one.checks}</td></tr>'
            for one in found.attendance
        ]
        return f"<h2>{say['annotators']}</h2>{_table(head, rows)}"


def _table(head: str, rows: Sequence[str], *, kind: str = "") -> str:
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _range(standings: Sequence[Standing]) -> tuple[float, float]:
    values = [value for one in standings for value in (one.low, one.value) if value is not None]
    return min(values, default=-1.0) - 1.0, 0.0


def _bar(one: Standing, low: float, high: float) -> str:
    """The value as a dot on its interval."""
    if one.value is None:
        return ""

    def at(value: float) -> float:
        return max(0.0, min(100.0, 100 * (value - low) / (high - low)))

    start, end = (at(one.value if edge is None else edge) for edge in (one.low, one.high))
    return (
        f'<span class="track"><span class="range" '
        f'style="inset-inline-start:{start:.1f}%;inline-size:{end - start:.1f}%">'
        f'</span><span class="dot" style="inset-inline-start:{at(one.value):.1f}%"></span></span>'
    )


def _win(found: Leaderboard, one: str, other: str) -> str:
    if one == other:
        return "<td class=none>–</td>"
    won, lost = found.wins[one][other], found.wins[other][one]
    share = won / (won + lost) if won + lost else 0.5
    return f'<td class="number" style="--share:{share:.2f}">{won:g}</td>'


def _value(one: Standing | None) -> str:
    return f'<td class="number">{"–" if one is None or one.value is None else f"{one.value:.1f}"}</td>'


def _time(seconds: float | None, unit: str) -> str:
    return "–" if seconds is None else f"{seconds:.0f} {unit}"
