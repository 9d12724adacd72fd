"""Segments worth reading: largest wins and losses between two systems, word by word, and what broke, with spans."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench import guards
from workbench.evaluate.score import Scored
from workbench.evaluate.suite import Part
from workbench.metrics.base import Rows
from workbench.records import Flag, Record, Span
from workbench.text.loops import loops
from workbench.text.numbers import missing

_PIECE = re.compile(r"\s+|\w+(?:[^\w\s]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel(Record):
    """One segment on which two systems differ.

    Attributes:
        id: Of the segment.
        source: Text, or empty where there is none.
        references: Texts.
        ours: Output of the first system.
        theirs: Output of the second.
        ours_only: Spans of words that only the first wrote.
        theirs_only: Spans of words that only the second wrote.
        ours_value: Segment's score of the first.
        theirs_value: Segment's score of the second.
    """

    id: str
    source: str
    references: tuple[str, ...]
    ours: str
    theirs: str
    ours_only: tuple[Span, ...]
    theirs_only: tuple[Span, ...]
    ours_value: float
    theirs_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(Record):
    """Something broken in one output.

    Attributes:
        id: Of the segment.
        source: Text.
        output: Text.
        flag: What is wrong, with spans in both.
    """

    id: str
    source: str
    output: str
    flag: Flag


def duels(scored: Scored, ours: str, theirs: str, *, most: int = 5) -> tuple[list[Duel], list[Duel]]:
    """The largest wins and the largest losses of one system against another, by the headline metric."""
    sign = -1 if scored.metrics[0].higher_is_better is False else 1
    values = segment_values(scored)
    lead = np.nan_to_num(sign * (values[ours] - values[theirs]))
    order = [int(at) for at in np.argsort(-lead, kind="stable")]
    wins = [at for at in order if lead[at] > 0][:most]
    losses = [at for at in reversed(order) if lead[at] < 0][:most]
    return [_duel(scored, ours, theirs, at) for at in wins], [
        _duel(scored, ours, theirs, at) for at in losses
    ]


def segment_values(scored: Scored) -> dict[str, Rows]:
    """The headline metric of each segment alone, by system; NaN where it is undefined."""
    metric = scored.metrics[0]
    return {name: metric.totals(rows) for name, rows in scored.rows[metric.name].items()}


def _duel(scored: Scored, ours: str, theirs: str, at: int) -> Duel:
    material = scored.material
    one, two = scored.outputs[ours][at], scored.outputs[theirs][at]
    ours_only, theirs_only = differences(one, two)
    metric = scored.metrics[0]
    rows = scored.rows[metric.name]
    return Duel(
        id=material.ids[at] if material.ids else str(at + 1),
        source=material.sources[at] if material.sources else "",
        references=tuple(material.references[at]) if material.references else (),
        ours=one,
        theirs=two,
        ours_only=ours_only,
        theirs_only=theirs_only,
        ours_value=float(metric.totals(rows[ours][at])),
        theirs_value=float(metric.totals(rows[theirs][at])),
    )


def differences(one: str, two: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Spans of words in each text that do not match the other, by longest common runs of words."""
    first, second = ([found.span() for found in _PIECE.finditer(text)] for text in (one, two))
    matcher = difflib.SequenceMatcher(
        None, [one[a:b] for a, b in first], [two[a:b] for a, b in second], autojunk=False
    )
    left, right = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            left += _joined(one, first[a:b])
            right += _joined(two, second[c:d])
    return tuple(left), tuple(right)


def _joined(text: str, pieces: Sequence[Span]) -> list[Span]:
    """One span over neighbouring pieces, white space at its ends left out."""
    words = [piece for piece in pieces if not text[slice(*piece)].isspace()]
    return [(words[0][0], words[-1][1])] if words else []


def failures(part: Part, outputs: Sequence[str]) -> list[Failure]:
    """Everything broken in a system's outputs: for translations what the guards find, for summaries what applies."""
    check = _translation if part.task == "translate" else _summary
    return [
        Failure(id=item.id, source=item.source, output=output, flag=flag)
        for item, output in zip(part.items, outputs, strict=True)
        for flag in check(part, item.source, output)
    ]


def _translation(part: Part, source: str, output: str) -> Sequence[Flag]:
    return guards.check(source=source, output=output, languages=(part.source, part.target))


def _summary(_part: Part, source: str, output: str) -> list[Flag]:
    if not output.strip():
        return [Flag(kind="empty", message="Nothing was written.")] if source.strip() else []
    made_up = missing(source=output, output=source)
    flags = [
        Flag(
            kind="number",
            message=f"The source does not state {output[slice(*each.span)]}.",
            output_span=each.span,
        )
        for each in made_up
    ]
    return flags + [
        Flag(kind="loop", message=f"Repeated {each.times} times.", output_span=each.span)
        for each in loops(output)
    ]
