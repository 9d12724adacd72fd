"""A summariser that asks the memory first."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.memory import Entry, Key, Memory
from workbench.records import Article, Output
from workbench.summarise.base import Length, Summariser, Translates, in_language

log = logging.getLogger(__name__)

_MAKING = "v3"
"""To be raised whenever the same model and settings come to give other summaries."""


class Remembering:
    """Another summariser, asked only for what the memory does not hold; what people wrote wins.

    A summary in another language is the remembered one, translated: translators have a memory of their own.

    Args:
        summariser: Makes what is missing, in the article's own language.
        memory: Where summaries are kept; where it fails, the work goes on without.
        settings: What decides a summary besides the model and its revision, such as its card.
        translator: For summaries in another language; without it the summariser itself is asked for them.
    """

    def __init__(
        self,
        summariser: Summariser,
        memory: Memory,
        *,
        settings: str = "",
        translator: Translates | None = None,
    ) -> None:
        self.name = summariser.name
        self.revision: str | None = getattr(summariser, "revision", None)
        self._summariser = summariser
        self._memory: Memory | None = memory
        self._settings = settings
        self._translator = translator

    def summarise(self, article: Article, *, length: Length, to: str | None = None) -> Output:
        """As `Summariser.summarise`.

        Raises:
            UnsupportedPair: The summariser cannot write `to`.
            EngineError: A model failed.
        """
        foreign = to is not None and _primary(to) != _primary(article.language or "und")
        if not foreign or self._translator is None:
            return self._remembered(article, length, to=to)
        assert to is not None
        summary = self._remembered(article, length, to=None)
        return in_language(summary, article, self._translator, to=to) if summary.text else summary

    def _remembered(self, article: Article, length: Length, *, to: str | None) -> Output:
        key = self._key(article, length, to)
        entry = self._get(key)
        if entry and not entry.human:
            return replace(Output.from_dict(json.loads(entry.data)), article=article.id)
        if entry:
            return self._edited(article, length, entry, key)
        output = self._summariser.summarise(article, length=length, to=to)
        self._put(key, Entry(output=output.text, data=output.to_json()))
        return output

    def _edited(self, article: Article, length: Length, entry: Entry, key: Key) -> Output:
        """What a person wrote; nothing is known of which sentences it stands on."""
        return Output(
            article=article.id,
            task="summarise",
            text=entry.output,
            language=key.target,
            model=self.name,
            revision=self.revision,
            decoding=f"{length.describe()} edited=1",
        )

    def _key(self, article: Article, length: Length, to: str | None) -> Key:
        language = article.language or "und"
        around = "\0".join((article.title, article.byline or "", *article.agencies, self._settings))
        digest = hashlib.sha256(around.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return Key(
            text=article.text,
            task="summarise",
            source=language,
            target=to or language,
            form=length.describe(),
            model=self.name,
            revision=self.revision or "",
            decoding=f"{type(self._summariser).__name__} {digest} {_MAKING}",
        )

    def _get(self, key: Key) -> Entry | None:
        try:
            return self._memory.get(key) if self._memory else None
        except WorkbenchError as fault:
            self._give_up(fault)
            return None

    def _put(self, key: Key, entry: Entry) -> None:
        try:
            if self._memory:
                self._memory.put(key, entry)
        except WorkbenchError as fault:
            self._give_up(fault)

    def _give_up(self, fault: WorkbenchError) -> None:
        log.warning("Nothing more is remembered: %s", fault)
        self._memory = None


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
