"""The summariser that picks an article's own sentences: it cannot invent, and every sentence names its source."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from workbench.engines.base import Encoder
from workbench.errors import UnsupportedPair
from workbench.records import Alignment, Article, Flag, Output
from workbench.summarise.base import Length, Translates, in_language
from workbench.summarise.furniture import ends
from workbench.summarise.ranking import (
    Vectors,
    Weights,
    blend,
    centrality,
    common,
    lexical_vectors,
    likeness,
    position,
    repetition,
)
from workbench.summarise.sentences import Sentence, points_back, story

_SHORTEST = 5


class Extractive:
    """Picks sentences by centrality, position and likeness to the headline, without repetition.

    Sentences are compared by the letters of their words, and with an encoder by their meaning too.
    """

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        name: str = "extractive",
        revision: str | None = None,
        translator: Translates | None = None,
        weights: Weights | None = None,
    ) -> None:
        self.name = name
        self.revision = revision
        self._encoder = encoder
        self._translator = translator
        self._weights = weights or Weights()

    def summarise(self, article: Article, *, length: Length, to: str | None = None) -> Output:
        """A summary made of sentences of `article`, in reading order; translated where `to` asks for it.

        Raises:
            UnsupportedPair: `to` is another language, and this summariser has no translator for it.
            EngineError: The encoder or the translator failed.
        """
        summary = self._pick(article, length)
        if to is None or _primary(to) == _primary(summary.language) or not summary.text:
            return summary
        if self._translator is None:
            raise UnsupportedPair(
                f"{self.name} cannot write its summary in {to!r}.",
                cure="Give it a translator, or ask for the summary in the article's own language.",
            )
        return in_language(summary, article, self._translator, to=to)

    def _pick(self, article: Article, length: Length) -> Output:
        begun = time.perf_counter()
        sentences = story(article)
        chosen = [sentences[index] for index in self._choose(article, sentences, length)]
        text, alignment = _lay_out(chosen)
        return Output(
            article=article.id,
            task="summarise",
            text=text,
            language=article.language or "und",
            model=self.name,
            revision=self.revision,
            decoding=f"extractive {length.describe()} {'encoder' if self._encoder else 'lexical'}",
            coverage=1.0 if sentences else None,
            flags=() if sentences else (_EMPTY,),
            alignment=alignment,
            seconds=time.perf_counter() - begun,
        )

    def _choose(self, article: Article, sentences: Sequence[Sentence], length: Length) -> list[int]:
        if length.sentences is not None and len(sentences) <= length.sentences:
            return list(range(len(sentences)))
        vectors = self._vectors([*(sentence.text for sentence in sentences), article.title])
        scores = self._scores(sentences, vectors)
        return pick(sentences, scores=scores, vectors=vectors[:-1], length=length, weights=self._weights)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        lexical = lexical_vectors(texts)
        if self._encoder is None:
            return lexical
        return blend(lexical, self._encoder.encode(texts), meaning=self._weights.meaning)

    def _scores(self, sentences: Sequence[Sentence], vectors: Vectors) -> Vectors:
        """What each sentence is worth by itself; the last vector is the headline's."""
        weights = self._weights
        short = np.array([sentence.words < _SHORTEST for sentence in sentences], dtype=np.float32)
        scores: Vectors = (
            weights.centrality * centrality(vectors[:-1])
            + weights.position * position(len(sentences), decay=weights.decay)
            + weights.title * likeness(vectors[:-1], vectors[-1])
            - weights.short * short
        )
        return scores


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


_EMPTY = Flag(kind="empty", message="The article has no sentence that a summary could be made of.")


def pick(
    sentences: Sequence[Sentence], *, scores: Vectors, vectors: Vectors, length: Length, weights: Weights
) -> list[int]:
    """Indices of the sentences to keep, in reading order.

    The best goes first; the rest are judged again after each pick, by what they would repeat and whether the
    sentence they point back to is there. A length in words is met as nearly as whole sentences allow.
    """
    left = set(range(len(sentences)))
    chosen: list[int] = []
    likest = np.zeros(len(sentences), dtype=np.float32)
    base = common(vectors)
    back = [points_back(sentence.text) for sentence in sentences]
    while left and (length.sentences is None or len(chosen) < length.sentences):
        fitting = [index for index in left if _fits(sentences, chosen, index, length)]
        if not fitting:
            break
        dangling = np.array(
            [weights.dangling * (points and at - 1 not in chosen) for at, points in enumerate(back)]
        )
        worth = scores - weights.redundancy * likest - dangling
        best = max(fitting, key=lambda index: (worth[index], -index))
        chosen.append(best)
        left.discard(best)
        likest = np.maximum(likest, repetition(vectors, best, base=base))
    return sorted(chosen)


def _fits(sentences: Sequence[Sentence], chosen: Sequence[int], index: int, length: Length) -> bool:
    """Whether one more sentence brings the summary nearer to its length in words; the first always does."""
    if length.words is None or not chosen:
        return True
    have = sum(sentences[at].words for at in chosen)
    return abs(have + sentences[index].words - length.words) < abs(have - length.words)


def _lay_out(chosen: Sequence[Sentence]) -> tuple[str, tuple[Alignment, ...]]:
    """One paragraph; a sentence without a stop gets a line of its own, so that it does not run into the next."""
    text, alignment = "", []
    for sentence in chosen:
        gap = "" if not text else " " if ends(text) else "\n"
        start = len(text) + len(gap)
        text += gap + sentence.text
        alignment.append(Alignment(output=(start, len(text)), sources=(sentence.span,)))
    return text, tuple(alignment)
