"""What a summariser is, how long its summaries may be, and how a summary reaches another language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from workbench.errors import InputError
from workbench.records import Alignment, Article, Flag, Output, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long a summary may be: a number of sentences or about a number of words; three sentences if unsaid.

    Attributes:
        sentences: Most sentences it may have.
        words: Words it should have; whole sentences are chosen that come nearest, none is cut.

    Raises:
        InputError: Both are given, or one is below 1.
    """

    sentences: int | None = None
    words: int | None = None

    def __post_init__(self) -> None:
        if self.sentences is not None and self.words is not None:
            raise InputError(
                "A summary has a length in sentences or in words, not in both.", cure="Give one of them."
            )
        for unit in ("sentences", "words"):
            value = getattr(self, unit)
            if value is not None and value < 1:
                raise InputError(f"A summary cannot have {value} {unit}.", cure=f"Give 1 or more {unit}.")
        if self.sentences is None and self.words is None:
            object.__setattr__(self, "sentences", 3)

    def describe(self) -> str:
        """For records: "sentences=3" or "words=60"."""
        return f"sentences={self.sentences}" if self.words is None else f"words={self.words}"


@runtime_checkable
class Summariser(Protocol):
    """Anything that makes an article shorter: by picking its sentences, or by writing new ones."""

    name: str

    def summarise(self, article: Article, *, length: Length, to: str | None = None) -> Output:
        """A summary in the article's own language, or in `to`.

        Every sentence of the output is aligned to the stretches of `article.text` it stands on. An article
        without a usable sentence gives the empty output, flagged "empty".

        Raises:
            UnsupportedPair: The summariser cannot write `to`.
            EngineError: A model failed.
        """
        ...


class Translates(Protocol):
    """What a summary needs to reach another language; `workbench.translate.Translator` is one."""

    def translate_many(self, articles: Sequence[Article], *, to: str) -> list[Output]:
        """One translation for each article, in order."""
        ...


def in_language(summary: Output, article: Article, translator: Translates, *, to: str) -> Output:
    """The summary translated to `to`: aligned to the article's sentences, its flags pointing into the article."""
    draft = replace(article, text=summary.text, title="", language=summary.language, related=())
    (translated,) = translator.translate_many([draft], to=to)
    return rebase(translated, summary)


def rebase(translated: Output, summary: Output) -> Output:
    """Turn a translation of a summary into a summary: what pointed into the summary points into the article."""
    flags = tuple(replace(flag, source_span=_origin(flag.source_span, summary)) for flag in translated.flags)
    alignment = tuple(
        Alignment(output=pair.output, sources=_origins(pair.sources, summary))
        for pair in translated.alignment
    )
    models = dict.fromkeys((summary.model, translated.model))
    return replace(
        translated,
        task="summarise",
        model=" + ".join(models),
        decoding="; ".join(filter(None, (summary.decoding, translated.decoding))),
        coverage=summary.coverage,
        flags=(*(_whole(flag) for flag in summary.flags), *flags),
        alignment=alignment,
        seconds=_sum(summary.seconds, translated.seconds),
    )


def _origins(spans: Sequence[Span], summary: Output) -> tuple[Span, ...]:
    """The article's stretches behind the summary's sentences that `spans` touch."""
    return tuple(
        source
        for pair in summary.alignment
        if any(start < pair.output[1] and pair.output[0] < end for start, end in spans)
        for source in pair.sources
    )


def _origin(span: Span | None, summary: Output) -> Span | None:
    """Where in the article a stretch of the summary comes from: exact where the sentence was copied."""
    if span is None:
        return None
    for pair in summary.alignment:
        if pair.output[0] <= span[0] and span[1] <= pair.output[1] and len(pair.sources) == 1:
            (start, end), shift = pair.sources[0], pair.sources[0][0] - pair.output[0]
            copied = end - start == pair.output[1] - pair.output[0]
            return (span[0] + shift, span[1] + shift) if copied else (start, end)
    return None


def _whole(flag: Flag) -> Flag:
    """A flag on the first language's wording concerns the whole of the other's."""
    return replace(flag, output_span=None)


def _sum(*seconds: float | None) -> float | None:
    known = [value for value in seconds if value is not None]
    return sum(known) if known else None
