"""A text cut up for display: paragraphs, sentences, embedded runs of the other direction, and flagged stretches."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.records import Span
from workbench.text.script import script_of

Direction = Literal["ltr", "rtl", "auto"]

_RTL_SCRIPTS = ("Arab", "Hebr")
_RTL_CHARS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_CHAR = rf"[^\W{_RTL_CHARS}]"
_WORD = rf"(?:{_CHAR}|[&'’@/.:+#%?=~-](?={_CHAR}))+"
_NAME = rf"[#@]?(?=\S*?[^\W\d_{_RTL_CHARS}])(?=\w){_WORD}(?:[ \u00a0](?=\w){_WORD})*[+#]*"
# A hyphen between numbers is left outside: «2011-2015» reads from right to left in Arabic, one number after the other.
_NUMBER = r"[+$€£]?\d+(?:[.,:/٫٬]\d+)*(?:\s?[%٪])?"
_IN_RTL = re.compile(rf"{_NAME}|{_NUMBER}")
_IN_LTR = re.compile(rf"[{_RTL_CHARS}](?:[\W\d_]*[{_RTL_CHARS}])*")
_RTL = re.compile(f"[{_RTL_CHARS}]")
_LETTER = re.compile(r"[^\W\d_]")
_FEW = 0.25
_BLANK_LINE = re.compile(r"\n\s*\n")
# What could reorder or hide text, or move a terminal's cursor: cleaning drops it from articles, but not from outputs.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Text that carries the same notes throughout.

    Attributes:
        text: What is shown.
        notes: Numbers of the notes that concern it.
        closing: Those of them that end here: where their numbers are written.
    """

    text: str
    notes: tuple[int, ...] = ()
    closing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Runs of one direction; `isolated` where it is a name or number embedded in text of the other direction."""

    runs: tuple[Run, ...]
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A sentence as shown.

    Attributes:
        stretches: Its text.
        keys: Numbers of the source sentences it stands on; for the source itself, its own number.
        anchor: The key that links lead to this piece by: its first, unless an earlier piece has it already.
        gap: What stands behind it in its paragraph: a space, a line break, or nothing.
    """

    stretches: tuple[Stretch, ...]
    keys: tuple[int, ...] = ()
    anchor: int | None = None
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Pieces in reading order.

    Attributes:
        pieces: At least one.
        direction: Its text's, unless hardly any of its letters run that way, as in a quotation.
    """

    pieces: tuple[Piece, ...]
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A stretch of text with something attached.

    Attributes:
        span: Where, in code points.
        keys: Numbers of source sentences, or the number of a note.
    """

    span: Span
    keys: tuple[int, ...] = ()


def direction(language: str) -> Direction:
    """Which way a language is written; "auto" for one that is not known."""
    if language == "und":
        return "auto"
    return "rtl" if script_of(language) in _RTL_SCRIPTS else "ltr"


def stretches(text: str) -> tuple[Stretch, ...]:
    """One line cut at embedded runs of the other direction; its own direction is that of its first letter."""
    first = next((char for char in text if char.isalpha()), "")
    return tuple(_stretches(text, (0, len(text)), "rtl" if _RTL.match(first) else "ltr", ()))


def visible(text: str) -> str:
    """Without control characters, bidirectional controls and lone surrogates."""
    return _UNSEEN.sub("", text)


def paragraphs(
    text: str, *, language: str, sentences: Sequence[Marked] = (), notes: Sequence[Marked] = ()
) -> list[Paragraph]:
    """Cut `text` at its blank lines, then at sentences, embedded runs and flagged stretches; nothing is lost but space.

    Args:
        text: What is shown.
        language: BCP 47 tag of `text`.
        sentences: Spans with the keys of source sentences; text between them becomes sentences without keys.
        notes: Spans with numbers of notes; they may overlap and cross sentences.
    """
    gaps = [gap.span() for gap in _BLANK_LINE.finditer(text)]
    bodies = zip([0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)], strict=True)
    spans = [body.span for span in bodies for body in _stripped(text, span)]
    shares = zip(spans, _shared_out(sentences, spans), _shared_out(notes, spans), strict=True)
    anchors = _Anchors()
    return [
        _paragraph(text, span, direction(language), inside, noted, anchors=anchors)
        for span, inside, noted in shares
    ]


class _Anchors:
    """Gives each key to the first piece that stands on it."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self, keys: tuple[int, ...]) -> int | None:
        if not keys or keys[0] in self._taken:
            return None
        self._taken.add(keys[0])
        return keys[0]


def _shared_out(marks: Sequence[Marked], spans: Sequence[Span]) -> list[list[Marked]]:
    """For each span, the marks that touch it, by place; spans are in order and apart."""
    starts = [start for start, _ in spans]
    found: list[list[Marked]] = [[] for _ in spans]
    for mark in sorted(marks, key=lambda mark: mark.span):
        first = max(0, bisect_right(starts, mark.span[0]) - 1)
        for at in range(first, bisect_left(starts, mark.span[1])):
            found[at].append(mark)
    return found


def _paragraph(
    text: str,
    span: Span,
    usual: Direction,
    sentences: Sequence[Marked],
    notes: Sequence[Marked],
    *,
    anchors: _Anchors,
) -> Paragraph:
    way = _direction_of(text[slice(*span)], usual)
    parts = _cut(text, span, sentences)
    gaps = [text[part.span[1] : after.span[0]] for part, after in itertools.pairwise(parts)]
    pieces = tuple(
        Piece(
            stretches=tuple(_stretches(text, part.span, way, notes)),
            keys=part.keys,
            anchor=anchors.take(part.keys),
            gap="\n" if "\n" in gap else " " if gap else "",
        )
        for part, gap in zip(parts, [*gaps, ""], strict=True)
    )
    return Paragraph(pieces=pieces, direction=way)


def _direction_of(text: str, usual: Direction) -> Direction:
    """As usual, unless hardly any of the letters run that way."""
    letters, rtl = len(_LETTER.findall(text)), len(_RTL.findall(text))
    if usual == "rtl" and rtl < _FEW * letters:
        return "ltr"
    return "rtl" if usual == "ltr" and letters - rtl < _FEW * letters else usual


def _cut(text: str, whole: Span, sentences: Sequence[Marked]) -> list[Marked]:
    """The sentences within a paragraph and whatever stands between them, without overlaps; `sentences` are sorted."""
    parts: list[Marked] = []
    at = whole[0]
    for sentence in sentences:
        start, end = max(at, sentence.span[0]), min(whole[1], sentence.span[1])
        if start < end:
            parts += _stripped(text, (at, start))
            parts.append(Marked(span=(start, end), keys=sentence.keys))
            at = end
    return [*parts, *_stripped(text, (at, whole[1]))]


def _stripped(text: str, span: Span) -> list[Marked]:
    """The span without white space at its ends; nothing where there is nothing else."""
    body = text[span[0] : span[1]]
    start = span[0] + len(body) - len(body.lstrip())
    return [Marked(span=(start, start + len(body.strip())))] if body.strip() else []


def _stretches(text: str, span: Span, way: Direction, notes: Sequence[Marked]) -> Iterator[Stretch]:
    pattern = {"rtl": _IN_RTL, "ltr": _IN_LTR, "auto": None}[way]
    found = [hit.span() for hit in pattern.finditer(text, *span)] if pattern else []
    edges = sorted({*span, *(edge for hit in found for edge in hit)})
    for start, end in itertools.pairwise(edges):
        yield Stretch(runs=tuple(_runs(text, (start, end), notes)), isolated=(start, end) in found)


def _runs(text: str, span: Span, notes: Sequence[Marked]) -> Iterator[Run]:
    touching = [note for note in notes if note.span[0] < span[1] and span[0] < note.span[1]]
    inner = (edge for note in touching for edge in note.span if span[0] < edge < span[1])
    for start, end in itertools.pairwise(sorted({*span, *inner})):
        here = [note for note in touching if note.span[0] < end and start < note.span[1]]
        numbers = dict.fromkeys(number for note in here for number in note.keys)
        closing = dict.fromkeys(number for note in here if note.span[1] <= end for number in note.keys)
        yield Run(text=visible(text[start:end]), notes=tuple(numbers), closing=tuple(closing))
