"""The summariser that picks an article's own sentences: it cannot invent, and every sentence names its source."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from workbench.engines.base import Encoder
from workbench.errors import UnsupportedPair
from workbench.records import Alignment, Article, Flag, Output
from workbench.summarise.base import Length, Translates, in_language
from workbench.summarise.furniture import ends, undated
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
from workbench.summarise.scoring import REACH, Scorer
from workbench.summarise.sentences import Sentence, points_back, stands_loose, story

_SHORTEST = 5
_LEARNT = ("ar", "en")
"""Languages of which the scorer was taught; elsewhere sentences are weighed."""
_MOST_SENTENCES, _MOST_WORDS = 3, 90
"""The longest summaries that the scorer was shown to be good for; in longer ones order tells more than it knows."""
_POINTS = Weights(redundancy=5.0, dangling=4.0)
"""What is taken off where the scorer tells the worth, on its scale: its own features know of both."""
_LOOSE = 4.0
"""Taken off a question and a part of a quotation: ROUGE is indifferent to them, people who read a summary are not."""


class Extractive:
    """Picks sentences without repetition: by a trained scorer, or by centrality, position and likeness to the headline.

    Sentences are compared by the letters of their words, and with an encoder by their meaning too. A scorer needs none.

    Args:
        encoder: For sentence vectors where no scorer tells the worth.
        name: For records.
        revision: Of the encoder's model.
        translator: For summaries in another language.
        weights: What counts where no scorer tells the worth.
        scorer: Tells what sentences of Arabic and English articles are worth in a summary of up to three, or 90 words.
    """

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        name: str = "extractive",
        revision: str | None = None,
        translator: Translates | None = None,
        weights: Weights | None = None,
        scorer: Scorer | None = None,
    ) -> None:
        self.name = name
        self.revision = revision
        self._encoder = encoder
        self._translator = translator
        self._weights = weights or Weights()
        self._scorer = scorer

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
            decoding=f"extractive {length.describe()} {self._means(article, length)}",
            coverage=1.0 if sentences else None,
            flags=() if sentences else (_EMPTY,),
            alignment=alignment,
            seconds=time.perf_counter() - begun,
        )

    def _choose(self, article: Article, sentences: Sequence[Sentence], length: Length) -> list[int]:
        if length.sentences is not None and len(sentences) <= length.sentences:
            return list(range(len(sentences)))
        texts = [sentence.text for sentence in sentences]
        scorer = self._teacher(article, length)
        if scorer:
            judge = scorer.alone if length.sentences == 1 else scorer.together
            seen = texts[:REACH]
            loose = np.array([stands_loose(text) for text in seen], dtype=np.float32)
            scores, vectors = judge(texts, article.title) - _LOOSE * loose, lexical_vectors(seen)
            return pick(sentences[:REACH], scores=scores, vectors=vectors, length=length, weights=_POINTS)
        vectors = self._vectors([*texts, article.title])
        scores = self._scores(sentences, vectors)
        return pick(sentences, scores=scores, vectors=vectors[:-1], length=length, weights=self._weights)

    def _teacher(self, article: Article, length: Length) -> Scorer | None:
        """The scorer, where it was taught the article's language and summaries so short."""
        short = (length.sentences or 0) <= _MOST_SENTENCES and (length.words or 0) <= _MOST_WORDS
        return self._scorer if short and _primary(article.language or "und") in _LEARNT else None

    def _means(self, article: Article, length: Length) -> str:
        return "scorer" if self._teacher(article, length) else "encoder" if self._encoder else "lexical"

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
    """One paragraph, days of reporting left out; a sentence without a stop gets a line of its own."""
    text, alignment = "", []
    for sentence in chosen:
        gap = "" if not text else " " if ends(text) else "\n"
        start = len(text) + len(gap)
        text += gap + undated(sentence.text)
        alignment.append(Alignment(output=(start, len(text)), sources=(sentence.span,)))
    return text, tuple(alignment)
