"""The summariser that writes: an engine's model reads the whole article, in parts where it is long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from workbench import guards
from workbench.engines.base import Decoding, Encoder, Engine
from workbench.errors import UnsupportedPair
from workbench.faithfulness import Source, Support, unsupported
from workbench.records import Article, Flag, Output, Segment
from workbench.summarise.base import Length, Translates, in_language
from workbench.summarise.reading import Reader, Reading, Strategy
from workbench.summarise.sentences import Sentence, story
from workbench.text import language as languages

# What PEGASUS writes between sentences: a word of its vocabulary, not a mark.
_LINE_MARK = re.compile(r"\s*<n>\s*")
_EMPTY_ARTICLE = Flag(kind="empty", message="The article has no sentence that a summary could be made of.")
_EMPTY_SUMMARY = Flag(kind="empty", message="The model wrote nothing for this article.")
_TRUNCATED = Flag(kind="truncated", message="The model stopped at its limit before the end of its summary.")
_CUT_PARTS = Flag(
    kind="truncated", message="The article was read in parts, and the summary of a part reached the limit."
)
_LOOPED = "The model repeated itself; what it repeated was cut to one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a model is asked for summaries; its card says so.

    Attributes:
        strategy: How an article that exceeds the window is read: "map-reduce" summarises its parts, then the
            summaries; "refine" carries a summary from part to part.
        decoding: How the model decodes; `max_new_tokens` is held to half the window.
        piece_tokens: Longest text that it reads well; None takes the engine's window.
        prepare: Applied to each text before the model sees it.
        languages: Languages that it writes, BCP 47; empty leaves it to the engine to refuse.
    """

    strategy: Strategy = "map-reduce"
    decoding: Decoding = field(default_factory=Decoding)
    piece_tokens: int | None = None
    prepare: Callable[[str], str] = str
    languages: tuple[str, ...] = ()


class Abstractive:
    """A model that writes summaries; every sentence is tied to the article, and what has no support is flagged.

    Args:
        engine: A loaded model: one trained to summarise, or one that follows instructions.
        name: Name of its card.
        revision: Revision of its weights, or None.
        manner: How it is asked.
        encoder: Compares sentences by meaning; without it, by their words alone.
        translator: For summaries in another language; without it, only a model that follows instructions can write
            one.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        name: str,
        revision: str | None = None,
        manner: Manner | None = None,
        encoder: Encoder | None = None,
        translator: Translates | None = None,
    ) -> None:
        self.name = name
        self.revision = revision
        self._manner = manner or Manner()
        self._encode = encoder.encode if encoder else None
        self._translator = translator
        self._reader = Reader(
            engine,
            decoding=self._manner.decoding,
            strategy=self._manner.strategy,
            prepare=self._manner.prepare,
            piece_tokens=self._manner.piece_tokens,
        )

    def summarise(self, article: Article, *, length: Length, to: str | None = None) -> Output:
        """A summary written by the model, in the article's own language or in `to`.

        A sentence too many is left out, unsupported ones first, then from the end.

        Raises:
            UnsupportedPair: The model does not write this language, and there is no translator.
            EngineError: The engine, the encoder or the translator failed.
        """
        own = article.language or languages.identify(article.text) or "und"
        crosses = to is not None and _primary(to) != _primary(own)
        if crosses and self._translator is None and not self._reader.instructed:
            raise UnsupportedPair(
                f"{self.name} cannot write its summary in {to!r}.",
                cure="Give it a translator, or ask for the summary in the article's own language.",
            )
        written = to if to and crosses and self._translator is None else own
        self._check_writes(written)
        summary = self._write(article, length, source=own, target=written)
        if to is None or written == to or not crosses or self._translator is None or not summary.text:
            return replace(summary, language=to) if to and crosses else summary
        return in_language(summary, article, self._translator, to=to)

    def _check_writes(self, language: str) -> None:
        offered = self._manner.languages
        if offered and language != "und" and _primary(language) not in map(_primary, offered):
            raise UnsupportedPair(
                f"The model {self.name!r} does not summarise in {language}.",
                cure=f"It offers {', '.join(offered)}; without --model the article's own sentences are picked.",
            )

    def _write(self, article: Article, length: Length, *, source: str, target: str) -> Output:
        begun = time.perf_counter()
        sentences = story(article)
        reading = self._reader.read(_segments(article.text, sentences), length, source=source, target=target)
        draft, loops = _tidied(reading.text, article.text)
        grounds = Source(article.text, title=article.title, language=source, encode=self._encode)
        text = _within(draft, grounds.support(draft), length, freely=self._reader.instructed)
        written = Output(
            article=article.id,
            task="summarise",
            text=text,
            language=target,
            model=self.name,
            revision=self.revision,
            decoding=self._describe(reading, length),
            coverage=reading.coverage,
            flags=(
                *_about(reading, text, sentences),
                *loops,
                *guards.script(source=article.text, output=text, languages=(source, target)),
            ),
        )
        checked = grounds.check(written, freely=self._reader.instructed)
        return replace(checked, seconds=time.perf_counter() - begun)

    def _describe(self, reading: Reading, length: Length) -> str:
        parts = f"{self._manner.strategy} parts={reading.parts}" if reading.parts > 1 else "whole"
        return f"{self._manner.decoding.describe()} {length.describe()} {parts}"


def _segments(text: str, sentences: Sequence[Sentence]) -> list[Segment]:
    """The story's sentences, parted by a space, or by a line break where the article has one between them."""
    if not sentences:
        return []
    between = [text[one.span[1] : other.span[0]] for one, other in pairwise(sentences)]
    gaps = ["\n" if "\n" in gap else " " for gap in between]
    return [Segment(one.text, gap) for one, gap in zip(sentences, [*gaps, ""], strict=True)]


def _tidied(text: str, source: str) -> tuple[str, tuple[Flag, ...]]:
    """One paragraph, without loops."""
    line = " ".join(_LINE_MARK.sub(" ", text).split())
    cut, span = guards.cut_loop(line, source=source)
    return cut, () if span is None else (Flag(kind="loop", message=_LOOPED),)


def _within(draft: str, supports: Sequence[Support], length: Length, *, freely: bool) -> str:
    """The sentences that the length allows, in order: unsupported ones go first, then the last ones."""
    doubtful = {flag.output_span for flag in unsupported(supports, freely=freely)}
    texts = [draft[slice(*one.output)] for one in supports]
    order = sorted(range(len(supports)), key=lambda at: (supports[at].output in doubtful, at))
    kept: list[int] = []
    for at in order:
        if _fits([texts[one] for one in kept], texts[at], length):
            kept.append(at)
    return " ".join(texts[at] for at in sorted(kept))


def _fits(kept: Sequence[str], text: str, length: Length) -> bool:
    """Whether one more sentence stays within the length, or brings it nearer; the first always does."""
    if not kept:
        return True
    if length.words is None:
        return len(kept) < (length.sentences or 1)
    have = sum(len(one.split()) for one in kept)
    return abs(have + len(text.split()) - length.words) < abs(have - length.words)


def _about(reading: Reading, text: str, sentences: Sequence[Sentence]) -> tuple[Flag, ...]:
    """What concerns the summary as a whole."""
    if not sentences:
        return (_EMPTY_ARTICLE,)
    if not text:
        return (_EMPTY_SUMMARY,)
    cut = (_TRUNCATED,) if reading.truncated else ()
    return (*cut, *((_CUT_PARTS,) if reading.cut_parts else ()))


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
