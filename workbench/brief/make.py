"""From an article to its brief: both headlines, both summaries, the full translation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from workbench.errors import InputError
from workbench.records import Article, Brief, Output
from workbench.summarise import Length, Summariser, in_language
from workbench.text.language import identify
from workbench.translate import headline

Progress = Callable[[int, int], None]


class Translates(Protocol):
    """What a brief needs of a translator; `workbench.translate.Translator` is one."""

    def translate_many(
        self, articles: Sequence[Article], *, to: str, progress: Progress | None = None
    ) -> list[Output]:
        """One translation for each article, in order."""
        ...


def other_language(language: str | None) -> str:
    """The language a reader of `language` lacks here: English for Arabic, Arabic for all others."""
    return "en" if language and primary(language) == "ar" else "ar"


def primary(language: str) -> str:
    """The first part of a BCP 47 tag, in lower case: "zh" of "zh-Hant"."""
    return language.partition("-")[0].lower()


def make_brief(
    article: Article,
    *,
    translator: Translates,
    summariser: Summariser,
    to: str | None = None,
    length: Length | None = None,
    progress: Progress | None = None,
) -> Brief:
    """Read one article in two languages.

    Args:
        article: As ingested; its text stays as it is.
        translator: Translates headline, text and summary; sentences it has met are not translated twice.
        summariser: Summarises in the article's own language.
        to: The other language, BCP 47; None takes English for an Arabic article and Arabic for any other.
        length: Of the summaries; three sentences if None.
        progress: Called with pieces translated and pieces in all.

    Raises:
        InputError: The article's language is not known, or is the one asked for.
        UnsupportedPair: The translator does not offer this direction.
        EngineError: A model failed.
    """
    own = article.language or identify(article.text)
    if own is None:
        raise InputError(
            f"The language of the article {article.title or article.id!r} is not known.",
            cure="Name it: --from ar.",
        )
    to = to or other_language(own)
    if primary(to) == primary(own):
        raise InputError(
            f"The article {article.title or article.id!r} is in {own!r} already.",
            cure=f"Ask for another language: --to {other_language(own)}.",
        )
    known = replace(article, language=own)
    summary = summariser.summarise(known, length=length or Length())
    title, translation = _translated(known, translator, to=to, progress=progress)
    other = in_language(summary, known, translator, to=to) if summary.text else replace(summary, language=to)
    return Brief(article=article, title=title, summaries={own: summary, to: other}, translation=translation)


def _translated(
    article: Article, translator: Translates, *, to: str, progress: Progress | None
) -> tuple[Output | None, Output]:
    """Headline and text, in one call so that they share batches."""
    if not article.title:
        return None, translator.translate_many([article], to=to, progress=progress)[0]
    title, text = translator.translate_many([headline(article), article], to=to, progress=progress)
    return title, text
