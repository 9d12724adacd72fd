"""Sentences and the white space between them: what was segmented joins back exactly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import sentencex

from workbench.records import Segment, Span
from workbench.text.stops import boundaries

_HIDDEN = re.compile("[\ud800-\udfff\"'“”„«»‹›‘’″()\\[\\]]|[^\\S ]")
_LISTED = ("ar", "en", None)
_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def segment(text: str, language: str | None = None) -> list[Segment]:
    """Split `text` into sentences whose parts join back to it exactly.

    Line breaks always part sentences. White space that opens a text becomes the gap of an empty segment.

    Args:
        text: Any string.
        language: BCP 47 tag, where known: sentencex knows the abbreviations of 240 languages, `lexicon` those of
            Arabic and English, which also serve where it is None.

    >>> [s.text for s in segment("He left. هل عاد؟ نعم.")]
    ['He left.', 'هل عاد؟', 'نعم.']
    """
    primary = language.partition("-")[0].lower() if language else None
    pieces: list[Segment] = []
    for line in _LINE.findall(text):
        for sentence in _sentences(line, primary):
            _append(pieces, sentence)
    return pieces


def join(segments: Iterable[Segment]) -> str:
    """The inverse of `segment`: `join(segment(text)) == text` for every string."""
    return "".join(part.text + part.gap for part in segments)


def spans(segments: Iterable[Segment]) -> list[Span]:
    """Where each segment's text lies in the joined text, in code points.

    >>> spans(segment("He left.  She stayed."))
    [(0, 8), (10, 21)]
    """
    found, start = [], 0
    for part in segments:
        found.append((start, start + len(part.text)))
        start += len(part.text) + len(part.gap)
    return found


def _append(pieces: list[Segment], sentence: str) -> None:
    body = sentence.strip()
    lead = sentence[: len(sentence) - len(sentence.lstrip())]
    if not body or lead:
        space = sentence if not body else lead
        last = pieces.pop() if pieces else Segment("")
        pieces.append(Segment(last.text, last.gap + space))
    if body:
        pieces.append(Segment(body, sentence[len(lead) + len(body) :]))


def _sentences(line: str, language: str | None) -> list[str]:
    trusted = None if language in _LISTED else _trusted(line, str(language))
    edges = [0, *boundaries(line, trusted), len(line)]
    return [line[a:b] for a, b in itertools.pairwise(edges)]


def _trusted(line: str, language: str) -> set[int]:
    """Indices of the stops at which sentencex ends a sentence, once quotes and brackets are out of its sight.

    White space beyond ASCII is too: it stops sentencex with a panic.
    """
    sealed = _HIDDEN.sub(" ", line)
    found, start = set(), 0
    for sentence in sentencex.segment(language, sealed):
        found.add(start + len(sentence.rstrip()) - 1)
        start += len(sentence)
    return found
