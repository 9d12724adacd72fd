"""Drafts from the memory and into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.memory import Entry, Key, Memory
from workbench.records import Flag
from workbench.translate.draft import Draft
from workbench.translate.sentences import Direction

log = logging.getLogger(__name__)

_MAKING = "v5"
"""To be raised whenever the same engine and decoding come to give other drafts: guards, retries, pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What decides a draft besides its sentence and direction.

    Attributes:
        model: Name of the model's card.
        revision: Revision of its weights, or None.
        decoding: How it decodes, in full.
    """

    model: str
    revision: str | None
    decoding: str


class Recall:
    """The memory as a translator sees it; where it fails, translation goes on without.

    Args:
        memory: Where drafts are kept.
        conditions: Under which they are made.
        count: Tokens of a sentence, for what people wrote.
    """

    def __init__(self, memory: Memory, conditions: Conditions, *, count: Callable[[str], int]) -> None:
        self._memory: Memory | None = memory
        self._conditions = conditions
        self._count = count

    def drafts(
        self, sentences: Sequence[str], direction: Direction, terms: Mapping[str, str]
    ) -> dict[str, Draft]:
        """What is remembered of `sentences`.

        Args:
            sentences: To be translated.
            direction: From and to which language.
            terms: For sentences with terms of a glossary, the key of those.
        """
        keys = {self._key(sentence, direction, terms): sentence for sentence in sentences}
        return {keys[key]: self._draft(keys[key], entry) for key, entry in self._get(keys).items()}

    def edits(self, texts: Sequence[str], direction: Direction) -> dict[str, str]:
        """Whole texts that people translated."""
        keys = {self._key(text, direction, {}): text for text in texts}
        return {keys[key]: entry.output for key, entry in self._get(keys).items() if entry.human}

    def keep(self, drafts: Mapping[str, Draft], direction: Direction, terms: Mapping[str, str]) -> None:
        """Remember drafts; what stayed as it is costs nothing and is not kept."""
        entries = {
            self._key(sentence, direction, terms): Entry(output=draft.text, data=_to_json(draft))
            for sentence, draft in drafts.items()
            if not draft.copied
        }
        if self._memory is None or not entries:
            return
        try:
            self._memory.put_many(entries)
        except WorkbenchError as fault:
            self._give_up(fault)

    def _get(self, keys: Mapping[Key, str]) -> dict[Key, Entry]:
        if self._memory is None:
            return {}
        try:
            return self._memory.get_many(keys)
        except WorkbenchError as fault:
            self._give_up(fault)
            return {}

    def _give_up(self, fault: WorkbenchError) -> None:
        log.warning("Nothing more is remembered: %s", fault)
        self._memory = None

    def _key(self, sentence: str, direction: Direction, terms: Mapping[str, str]) -> Key:
        return Key(
            text=sentence,
            source=direction.source,
            target=direction.target,
            model=self._conditions.model,
            revision=self._conditions.revision or "",
            decoding=self._conditions.decoding,
            glossary=terms.get(sentence, ""),
        )

    def _draft(self, sentence: str, entry: Entry) -> Draft:
        if not entry.human:
            return _from_json(entry)
        tokens = self._count(sentence)
        return Draft(text=entry.output, tokens=tokens, read=tokens, edited=True)


def describe(decoding: str, *, max_new_tokens: int, pieces: int) -> str:
    """Everything about decoding that changes a draft."""
    return f"{decoding} max_new_tokens={max_new_tokens} pieces={pieces} {_MAKING}"


def _to_json(draft: Draft) -> str:
    flags = [flag.to_dict() for flag in draft.flags]
    numbers = (draft.log_probability, draft.generated, draft.tokens, draft.read)
    return json.dumps([*numbers, flags], ensure_ascii=False)


def _from_json(entry: Entry) -> Draft:
    log_probability, generated, tokens, read, flags = json.loads(entry.data)
    return Draft(
        text=entry.output,
        flags=tuple(Flag.from_dict(flag) for flag in flags),
        log_probability=log_probability,
        generated=generated,
        tokens=tokens,
        read=read,
    )
