"""Repetition: the mark of a model that has lost its way, and of menus and refrains that have not."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from workbench.records import Span

_WORD = re.compile(r"\S+")
_STUTTERS = (re.compile(r"([^\W\d_]{1,6}?)\1{5,}"), re.compile(r"([^\w\s])(?:\s?\1){7,}"))
"""Letters inside a word, and marks with or without spaces between them."""

_LONGEST_PHRASE = 24
_FEWEST = 3
"""Occurrences of a phrase, and so of its first word, below which nothing counts as a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A phrase written again and again, back to back.

    Attributes:
        unit: Span of its first occurrence.
        span: Span of all occurrences.
        times: How often it occurs.
    """

    unit: Span
    span: Span
    times: int


def loops(text: str) -> list[Loop]:
    """Phrases of up to 24 words, or of up to six letters inside a word, repeated back to back; in reading order.

    A single word counts from its fourth occurrence, a phrase from its third, letters from their sixth, a mark from its
    eighth; only the shortest phrase of each stretch is told.

    >>> [(text[slice(*loop.unit)], loop.times) for text in ["he said he said he said no"] for loop in loops(text)]
    [('he said', 3)]
    """
    words = [found.span() for found in _WORD.finditer(text)]
    keys = [text[start:end].strip(".,،؛:!?؟\"'()«»“”|-–").casefold() for start, end in words]
    often = {key for key, times in Counter(keys).items() if times >= _FEWEST}
    found, at = [], 0
    while at < len(words):
        size, times = _repeats(keys, at) if keys[at] in often else (0, 0)
        if times:
            span = (words[at][0], words[at + size * times - 1][1])
            found.append(Loop(unit=(span[0], words[at + size - 1][1]), span=span, times=times))
            at += size * times
        else:
            at += 1
    return sorted([*found, *_stutters(text)], key=lambda loop: loop.span)


def longest(text: str) -> int:
    """How often the most repeated phrase of a text occurs back to back; 1 where none is repeated enough to tell."""
    return max((loop.times for loop in loops(text)), default=1)


def echoes(text: str) -> float:
    """Share of a text's word triples that it has used before, however far apart; 0 for fewer than twelve words."""
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(words) < 12:
        return 0.0
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(set(triples)) / len(triples)


def _repeats(keys: list[str], at: int) -> tuple[int, int]:
    """Size and count of the shortest phrase that starts at `at` and repeats; (0, 0) where none does."""
    for size in range(1, min(_LONGEST_PHRASE, (len(keys) - at) // 3) + 1):
        if keys[at] != keys[at + size]:
            continue
        unit = keys[at : at + size]
        if not any(unit):
            continue
        times = 1
        while keys[at + times * size : at + (times + 1) * size] == unit:
            times += 1
        if times >= (4 if size == 1 else _FEWEST):
            return size, times
    return 0, 0


def _stutters(text: str) -> list[Loop]:
    return [
        Loop(unit=found.span(1), span=found.span(), times=found.group().count(found.group(1)))
        for pattern in _STUTTERS
        for found in pattern.finditer(text)
    ]
