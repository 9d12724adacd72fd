"""Sentences grouped to fit a model's window, and long ones split: nothing is dropped or cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from workbench.records import Segment

_CLAUSE = re.compile(r"(?<=[،؛;:,\u2013\u2014])\s+|(?<=[،؛])(?=\S)")
_WORD = re.compile(r"\s+")


def pack(segments: Iterable[Segment], *, budget: int, count: Callable[[str], int]) -> Iterator[list[Segment]]:
    """Group consecutive segments into chunks of at most `budget` tokens.

    Nothing is dropped or cut: a segment that exceeds the budget on its own becomes a chunk of one, for the
    caller to split or to flag.

    Args:
        segments: In reading order.
        budget: Most tokens of one chunk, as the sum of its segments' counts.
        count: Tokens of a text, as the model counts them.
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
    """Split a sentence that exceeds `budget` at clause marks, else between words, else inside a word.

    The parts join back exactly, and none exceeds the budget unless it is a single character.

    Args:
        text: One sentence.
        budget: Most tokens of one part.
        count: Tokens of a text, as the model counts them.
    """
    if not text or count(text) <= budget:
        return [Segment(text)]
    return _split(text, "", budget, count)


def _split(text: str, gap: str, budget: int, count: Callable[[str], int]) -> list[Segment]:
    if len(text) <= 1 or count(text) <= budget:
        return [Segment(text, gap)]
    start, end = _best_cut(text)
    return [
        *_split(text[:start], text[start:end], budget, count),
        *_split(text[end:], gap, budget, count),
    ]


def _best_cut(text: str) -> tuple[int, int]:
    """The cut nearest to the middle: at a clause mark where one lies in the inner half, else at a space."""
    middle = len(text) / 2
    for pattern in (_CLAUSE, _WORD):
        cuts = [
            found.span() for found in pattern.finditer(text) if found.start() > 0 and found.end() < len(text)
        ]
        if pattern is _CLAUSE:
            cuts = [cut for cut in cuts if len(text) / 5 <= cut[0] <= 4 * len(text) / 5]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut[0] - middle))
    half = len(text) // 2
    return half, half
