"""Sentences grouped to fit a model's window, and long ones split: nothing is dropped or cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from workbench.records import Segment, Span

_CUTS = (
    # Where a long sentence is cut, the best first, and how far from its middle the cut may lie.
    (re.compile(r"[،؛;:,][\"'”»’)\]]*(\s+)|(?<!\s)(\s++)(?=[–—-]\s)|[،؛]()(?=[^\s\d])"), 0.3),
    (
        re.compile(
            r"(?<!\s)(\s++)(?=(?:and|but|or|which|who|that|because|while|when|after|before|as|to)\s)"
            r"|(?<!\s)(\s++)(?=و[\u0621-\u064a]{3}|(?:التي|الذي|الذين|حيث|بينما|لكن|ثم|أن|إن|إذ|كما|بعد|قبل|منذ|خلال)\s)"
        ),
        0.2,
    ),
    (re.compile(r"(\s+)"), 0.5),
)


def pack(segments: Iterable[Segment], *, budget: int, count: Callable[[str], int]) -> Iterator[list[Segment]]:
    """Group consecutive segments into chunks of at most `budget` tokens.

    Nothing is dropped or cut: a segment that exceeds the budget on its own becomes a chunk of one, for the
    caller to split or to flag.

    Args:
        segments: In reading order.
        budget: Most tokens of one chunk, as the sum of its segments' counts.
        count: Tokens of a text, as the model counts them.

    >>> [len(chunk) for chunk in pack([Segment("ab"), Segment("c"), Segment("d")], budget=3, count=len)]
    [2, 1]
    """
    chunk: list[Segment] = []
    used = 0
    for part in segments:
        cost = count(part.text) if part.text else 0
        if chunk and used + cost > budget:
            yield chunk
            chunk, used = [], 0
        chunk.append(part)
        used += cost
    if chunk:
        yield chunk


def split_long(text: str, *, budget: int, count: Callable[[str], int]) -> list[Segment]:
    """Split a sentence that exceeds `budget` into parts of about the same length that join back to it exactly.

    Cuts lie behind clause marks where possible, else before a conjunction, else between words, and inside a word
    only where a single word exceeds the budget.

    Args:
        text: One sentence.
        budget: Most tokens of one part; only a part of a single character may exceed it.
        count: Tokens of a text, as the model counts them.

    >>> [part.text for part in split_long("He came back, then he left", budget=15, count=len)]
    ['He came back,', 'then he left']
    """
    return _split(text, "", budget, count)


def _split(text: str, gap: str, budget: int, count: Callable[[str], int]) -> list[Segment]:
    if len(text) <= 1 or count(text) <= budget:
        return [Segment(text, gap)]
    start, end = _best_cut(text)
    return [
        *_split(text[:start], text[start:end], budget, count),
        *_split(text[end:], gap, budget, count),
    ]


def _best_cut(text: str) -> Span:
    """The white space, or the empty place, at which to part a text: near its middle, at the best mark there is."""
    middle = len(text) / 2
    for pattern, reach in _CUTS:
        cuts = [found.span(found.lastindex or 0) for found in pattern.finditer(text)]
        near = [
            cut for cut in cuts if cut[0] and cut[1] < len(text) and abs(cut[0] - middle) <= reach * len(text)
        ]
        if near:
            return min(near, key=lambda cut: abs(cut[0] - middle))
    half = len(text) // 2
    while half > 1 and unicodedata.combining(text[half]):
        half -= 1  # a vowel mark stays with its letter
    return half, half
