"""Which sentences say most: vectors, centrality, position, likeness to the headline, and no repetition."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.text.arabic import matching

Vectors = NDArray[np.float32]

_DIMENSIONS = 2048
_WORD = re.compile(r"\w+")
_GRAM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What makes a sentence worth picking; chosen on Arabic standfirsts and English headlines (see eval/LOG.md).

    Attributes:
        centrality: Weight of being close to what the rest of the article says.
        position: Weight of standing early: news puts first what matters most.
        title: Weight of being close to the headline.
        meaning: Weight of an encoder's vectors beside those made of letters, where there is an encoder.
        decay: How many sentences it takes for the advantage of an early place to fall to a third.
        redundancy: What is taken off for likeness to a sentence already picked.
        dangling: What is taken off for opening with a word that points back ("He", "However", "وأضاف") while the
            sentence before it is not picked.
        short: What is taken off for having fewer words than a statement needs.
    """

    centrality: float = 0.15
    position: float = 1.0
    title: float = 0.5
    meaning: float = 0.3
    decay: float = 2.0
    redundancy: float = 0.3
    dangling: float = 0.2
    short: float = 0.5


def lexical_vectors(texts: Sequence[str]) -> Vectors:
    """Vectors from letters alone: hashed 4-grams of words, weighted by rarity in `texts`; unit length.

    Parts of words rather than words, because Arabic writes "and", "the" and "for" into the word that follows.

    Returns:
        Shape [len(texts), 2048]; the zero vector for a text without words.
    """
    counts = [Counter(_grams(text)) for text in texts]
    spread = Counter(gram for count in counts for gram in count)
    vectors = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
    for row, count in zip(vectors, counts, strict=True):
        for gram, times in count.items():
            row[gram] = (1 + np.log(times)) * np.log(1 + len(texts) / spread[gram])
    return unit(vectors)


def _grams(text: str) -> list[int]:
    """Hashes of the 4-grams of every word, shorter words whole; stable from run to run."""
    return [
        zlib.crc32(word[start : start + _GRAM].encode("utf-8", "surrogatepass")) % _DIMENSIONS
        for word in _WORD.findall(matching(text))
        for start in range(max(1, len(word) - _GRAM + 1))
    ]


def blend(lexical: Vectors, encoded: Vectors, *, meaning: float) -> Vectors:
    """Both kinds of vectors side by side, so that a cosine looks at letters and at meaning: shape [n, d + e].

    An encoder's vectors lie in a narrow cone; what all of an article's sentences share is taken off first.

    Args:
        lexical: From `lexical_vectors`, shape [n, d].
        encoded: From an encoder, shape [n, e]; zero for an empty text.
        meaning: Length of the encoder's part beside the lexical part's 1.
    """
    told = encoded.any(axis=1, keepdims=True)
    centred = np.where(told, encoded - encoded.sum(axis=0) / max(int(told.sum()), 1), 0)
    return unit(np.concatenate([lexical, meaning * unit(centred)], axis=1))


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return scaled


def centrality(vectors: Vectors) -> Vectors:
    """Mean cosine of each sentence with all others, spread from 0 to 1: shape [n].

    Computed from the sum of all vectors, so that its cost grows with the article and not with its square.
    """
    if len(vectors) < 2:
        return np.ones(len(vectors), dtype=np.float32)
    return _spread(np.einsum("nd,nd->n", vectors, vectors.sum(axis=0) - vectors))


def position(count: int, *, decay: float) -> Vectors:
    """1 for the first sentence, falling to a third every `decay` sentences: shape [count]."""
    falling: Vectors = np.exp(-np.arange(count, dtype=np.float32) / decay)
    return falling


def likeness(vectors: Vectors, target: Vectors) -> Vectors:
    """Cosine of each sentence with one vector, spread from 0 to 1: shape [n]."""
    return _spread(vectors @ target)


def common(vectors: Vectors) -> float:
    """Mean cosine of two different sentences: what likeness is worth nothing here. 0 for fewer than two."""
    count = len(vectors)
    if count < 2:
        return 0.0
    total = vectors.sum(axis=0)
    return float((total @ total - np.einsum("nd,nd->", vectors, vectors)) / (count * (count - 1)))


def repetition(vectors: Vectors, picked: int, *, base: float) -> Vectors:
    """How far each sentence repeats one that was picked: 0 for the likeness of any two here, 1 for the same: shape [n].

    Vectors of a translation model lie in a narrow cone, where any two sentences have a cosine of 0.7 or more: only what
    goes beyond that tells.
    """
    beyond: Vectors = np.maximum(vectors @ vectors[picked] - base, 0) / max(1 - base, 1e-6)
    return beyond


def _spread(values: Vectors) -> Vectors:
    """From 0 for the lowest to 1 for the highest; all 0 where they are equal."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    spread: Vectors = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return spread
