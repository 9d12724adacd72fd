"""Sentences and the white space between them: what was segmented joins back exactly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import sentencex

from workbench.records import Segment, Span

_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def segment(text: str, language: str | None = None) -> list[Segment]:
    """Split `text` into sentences whose parts join back to it exactly.

    Line breaks always part sentences. White space that opens a text becomes the gap of an empty segment.

    Args:
        text: Any string.
        language: BCP 47 tag, where known.

    >>> [s.text for s in segment("He left. هل عاد؟ نعم.")]
    ['He left.', 'هل عاد؟', 'نعم.']
    """
    pieces: list[Segment] = []
    for line in _LINE.findall(text):
        for sentence in _sentences(line, language or "ar"):
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


def _sentences(line: str, language: str) -> list[str]:
    sealed = _SURROGATES.sub("x", line)
    cuts, start = [], 0
    for found in sentencex.get_sentence_boundaries(language, sealed):
        start += len(found["text"])
        cuts.append(start)
    edges = [0, *[cut for cut in cuts if cut < len(line)], len(line)]
    return [line[a:b] for a, b in itertools.pairwise(edges)]
