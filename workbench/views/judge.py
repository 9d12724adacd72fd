"""The judging view: campaigns, tickets and votes; names come from the store, and only with the answer to a vote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbench.errors import InputError
from workbench.review import (
    Campaign,
    Error,
    Ticket,
    Vote,
    campaigns,
    cast_vote,
    next_ticket,
    progress,
    undo,
)
from workbench.views import markup
from workbench.views.desk import Data, Desk
from workbench.views.words import words


class Judge:
    """What the judging view can be asked for."""

    def __init__(self, desk: Desk, *, language: str) -> None:
        self._desk, self._words = desk, words(language)

    def campaigns(self, person: str, _data: Data) -> dict[str, Any]:
        """All campaigns, with how far this person and all have come."""
        return {"campaigns": [self._listed(each, person) for each in campaigns(self._desk.store)]}

    def _listed(self, each: Campaign, person: str) -> dict[str, Any]:
        facts = progress(self._desk.store, each.id, person)
        return {
            "id": each.id,
            "name": each.name,
            "kind": self._words[f"kind_{each.kind}"],
            "source": each.source,
            "target": each.target,
            "share": each.share,
            "mine": each.owner == person,
            "judged": facts["mine"],
            "all": facts["all"],
            "items": facts["items"],
        }

    def ticket(self, person: str, data: Data) -> dict[str, Any]:
        """What this person judges next in `campaign`."""
        return self._shown(next_ticket(self._desk.store, _number(data.get("campaign")), person))

    def vote(self, person: str, data: Data) -> dict[str, Any]:
        """Judge `ticket`: the names, if the campaign tells them, and no other text."""
        vote = Vote(
            choice=data.get("choice"),
            adequacy=_score(data.get("adequacy")),
            fluency=_score(data.get("fluency")),
            score=_score(data.get("score")),
            errors=tuple(_error(each) for each in data.get("errors") or ()),
            comment=str(data.get("comment") or ""),
            seconds=_score(data.get("seconds")),
        )
        reveal = cast_vote(self._desk.store, ticket=str(data.get("ticket")), annotator=person, vote=vote)
        return {"left": reveal.left, "right": reveal.right}

    def undo(self, person: str, data: Data) -> dict[str, Any]:
        """Take this person's last vote in `campaign` back."""
        ticket = undo(self._desk.store, _number(data.get("campaign")), person)
        if ticket is None:
            raise InputError(self._words["nothing_to_undo"], cure=self._words["next"])
        return self._shown(ticket)

    def _shown(self, ticket: Ticket | None) -> dict[str, Any]:
        if ticket is None:
            return {"ticket": None}
        target = ticket.target_language
        facts = replace(ticket, source="", left="", right=None, reference=None).to_dict()
        return {
            "ticket": facts
            | {
                "source": markup.plain(ticket.source, language=ticket.source_language),
                "reference": markup.plain(ticket.reference, language=target) if ticket.reference else None,
                "left": markup.plain(ticket.left, language=target),
                "right": None if ticket.right is None else markup.plain(ticket.right, language=target),
                # Error spans count in the text itself; the page shows it unchanged.
                "text": ticket.left if ticket.kind in ("esa", "mqm") else None,
            }
        }


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _score(value: object) -> float | None:
    try:
        return None if value is None or value == "" else float(str(value))
    except ValueError as fault:
        raise InputError("A score is no number.", cure="Give a number from 0 to 100.") from fault


def _error(data: Any) -> Error:
    try:
        return Error(
            span=(int(data["span"][0]), int(data["span"][1])),
            severity=str(data["severity"]),
            category=str(data.get("category") or ""),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as fault:
        raise InputError("An error was not marked completely.", cure="Mark it again.") from fault
