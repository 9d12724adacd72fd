"""What the scorer sees of each sentence: place, size, words shared with headline and article, marks and manner."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.summarise.furniture import ends, words
from workbench.summarise.ranking import Vectors, lexical_vectors
from workbench.summarise.sentences import points_back
from workbench.text.arabic import matching

Table = NDArray[np.float32]

_OWN = (
    "words",
    "log words",
    "headline precision",
    "headline recall",
    "headline pairs",
    "headline likeness",
    "headline likeness of the best",
    "centrality",
    "centrality of the best",
    "common words",
    "familiarity",
    "points back",
    "opens with and",
    "ends",
    "ends with a colon",
    "opens with a quote",
    "quotes",
    "digits",
    "colons",
    "questions",
    "dots",
    "foreign letters",
    "saying",
    "about a text",
    "first person",
)
"""Of a sentence in itself; the lead's own are shown with every sentence, as what a choice is made against."""

_PLACED = (
    "place",
    "log place",
    "nearness",
    "share of the article",
    "log sentences",
    "like the lead",
    "like the one before",
    "like the one behind",
    "headline words that the lead lacks",
    "log words of the headline",
    "colon in the headline",
    "dots in the headline",
    "question in the headline",
    "digits in the headline",
    "quotes in the headline",
)

NAMES = (*_OWN, *_PLACED, *(f"lead's {name}" for name in _OWN), *(f"mean {name}" for name in _OWN))
"""What the columns of `features` are, in order; a scorer is of use only for those it was trained on."""

_DECAY = 2.0
_QUOTES = re.compile('["“”«»]')
_SAYING = re.compile(
    r"\b[وف]?(?:قال|اكد|اوضح|اضاف|اشار|لفت|شدد|اعلن|ذكر|تابع|صرح|راي|اعتبر|نقل|كشف)ت?\b"
    r"|\b(?:said|says|told|adds?|added|announced|according|reported|stated)\b"
)
_ABOUT_A_TEXT = re.compile(
    r"مقال|بتصرف|ادناه|الكاتبه?\b|[يت]نشر|نص |\b(?:article|op-ed|translated|interview)\b"
)
_FIRST_PERSON = re.compile(r"\b(?:نحن|انا|لنا|لدينا|علينا|we|our|us|i|my)\b")


def features(sentences: Sequence[str], title: str) -> Table:
    """One row a sentence, in reading order: shape [sentences, len(NAMES)].

    Args:
        sentences: All that a summary may pick from.
        title: The headline; empty where there is none.
    """
    if not sentences:
        return np.zeros((0, len(NAMES)), dtype=np.float32)
    vectors = lexical_vectors([*sentences, title])
    folded = [matching(text).lower() for text in sentences]
    own = np.concatenate([_overlaps(folded, title, vectors), _manner(sentences, folded)], axis=1)
    placed = _placed(folded, vectors[:-1], title)
    lead = np.repeat(own[:1], len(sentences), axis=0)
    mean = np.repeat(own.mean(axis=0, keepdims=True), len(sentences), axis=0)
    return np.concatenate([own, placed, lead, mean], axis=1)


def _overlaps(folded: Sequence[str], title: str, vectors: Vectors) -> Table:
    """Sizes, and what sentences share with headline and article."""
    tokens, wanted = [words(text) for text in folded], words(title)
    spread = Counter(word for each in tokens for word in set(each))
    like = vectors[:-1] @ vectors[-1]
    others = vectors[:-1].sum(axis=0) - vectors[:-1]
    central = np.einsum("nd,nd->n", vectors[:-1], others) / max(len(tokens) - 1, 1)
    rows = [
        (
            len(each),
            np.log1p(len(each)),
            *_shares(each, wanted),
            like[at],
            like[at] / max(like.max(), 1e-6),
            central[at],
            central[at] / max(central.max(), 1e-6),
            np.mean([spread[word] > 1 for word in each] or [False]),
            np.mean([np.log1p(spread[word]) for word in each] or [0]),
        )
        for at, each in enumerate(tokens)
    ]
    return np.array(rows, dtype=np.float32)


def _shares(given: Sequence[str], wanted: Sequence[str]) -> tuple[float, float, float]:
    """Share of a sentence's words in the headline, of the headline's in it, and of the headline's pairs in it."""
    shared = (Counter(given) & Counter(wanted)).total()
    pairs = set(pairwise(wanted))
    kept = len(pairs & set(pairwise(given)))
    return shared / max(len(given), 1), shared / max(len(wanted), 1), kept / max(len(pairs), 1)


def _manner(sentences: Sequence[str], folded: Sequence[str]) -> Table:
    rows = [
        (
            points_back(text),
            seen.startswith("و"),
            ends(text),
            text.rstrip().endswith(":"),
            _QUOTES.match(text) is not None,
            len(_QUOTES.findall(text)),
            sum(map(str.isdigit, text)),
            text.count(":"),
            "؟" in text or "?" in text,
            ".." in text or "…" in text,
            sum("a" <= char <= "z" for char in seen) / max(len(seen), 1),
            len(_SAYING.findall(seen)),
            len(_ABOUT_A_TEXT.findall(seen)),
            len(_FIRST_PERSON.findall(seen)),
        )
        for text, seen in zip(sentences, folded, strict=True)
    ]
    return np.array(rows, dtype=np.float32)


def _placed(folded: Sequence[str], vectors: Vectors, title: str) -> Table:
    """Where each sentence stands, and what it repeats."""
    count, place = len(folded), np.arange(len(folded))
    beside = np.einsum("nd,nd->n", vectors[1:], vectors[:-1])
    wanted = set(words(title))
    lacking = wanted - set(words(folded[0]))
    adds = [len(lacking & set(words(text))) / max(len(wanted), 1) for text in folded]
    headline = (
        np.log1p(len(words(title))),
        ":" in title,
        ".." in title,
        "؟" in title or "?" in title,
        sum(map(str.isdigit, title)),
        len(_QUOTES.findall(title)),
    )
    columns = (
        place,
        np.log1p(place),
        np.exp(-place / _DECAY),
        place / count,
        np.full(count, np.log(count)),
        vectors @ vectors[0],
        np.append(0, beside),
        np.append(beside, 0),
        adds,
        *(np.full(count, value) for value in headline),
    )
    return np.stack(columns, axis=1).astype(np.float32)
