"""What lets the texts of many articles share batches, behind interfaces that ask for one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.records import Article, Output

if TYPE_CHECKING:
    from workbench.brief.make import Progress
    from workbench.summarise import Length
    from workbench.translate import Translator


class Together:
    """A translator that is first shown everything, so that all texts share batches, and then asked one by one."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        self._made: dict[tuple[str | None, str, str], Output] = {}

    def translate_many(
        self, articles: Sequence[Article], *, to: str, progress: Progress | None = None
    ) -> list[Output]:
        """One translation for each article, in order; each text is translated once.

        Raises:
            InputError, UnsupportedPair, EngineError: As `workbench.translate.Translator.translate_many`.
        """
        keys = [(article.language, article.text, to) for article in articles]
        new = {key: article for key, article in zip(keys, articles, strict=True) if key not in self._made}
        outputs = self._translator.translate_many(list(new.values()), to=to, progress=progress) if new else []
        self._made |= dict(zip(new, outputs, strict=True))
        return [
            replace(self._made[key], article=article.id) for key, article in zip(keys, articles, strict=True)
        ]


class Known:
    """A summariser that hands out what was made before."""

    def __init__(self, summary: Output) -> None:
        self.name = summary.model
        self._summary = summary

    def summarise(self, article: Article, *, length: Length, to: str | None = None) -> Output:  # noqa: ARG002
        """The summary, whatever is asked."""
        return self._summary


def as_text(article: Article, summary: Output) -> Article:
    """The summary in the place of its article's text."""
    return replace(article, text=summary.text, title="", language=summary.language, related=())
