"""Whether a summary says what its article says: the support of each sentence, and what has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.records import Alignment, Article, Flag, Output, Span
from workbench.text import names
from workbench.text import numbers as figures
from workbench.text.script import script_of
from workbench.text.segment import segment, spans
from workbench.text.stems import Word, words

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""From texts to unit vectors, shape [len(texts), dim]; the zero vector for an empty text."""

THRESHOLDS = {"words": 0.50, "words and meaning": 0.60}
"""Support below which a sentence is flagged; from half of the summaries that people judged (eval/meta/faithfulness.py)."""

_MOST_SOURCES = 3
_WORTH_ADDING = 0.15
"""Share of a sentence's words that a further source sentence must add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """One sentence of a summary, and what it stands on.

    Attributes:
        output: Where it stands in the summary.
        sources: The sentences of the source that support it best, in reading order; empty where none shares anything.
        ordered: Share of its words that these sentences have in the same order, 0 to 1.
        stated: Share of its words that the source has anywhere, 0 to 1.
        meaning: Cosine with the nearest of all source sentences; None without an encoder.
        score: What these come to, 0 to 1; None where source and summary share no script and there is no encoder.
    """

    output: Span
    sources: tuple[Span, ...] = ()
    ordered: float = 0.0
    stated: float = 0.0
    meaning: float | None = None
    score: float | None = None


def check(article: Article, output: Output, *, encode: Encode | None = None) -> Output:
    """The output with each sentence tied to the article, and what the article does not support flagged.

    Flags of the kinds "unsupported", "number" and "name" are added; the headline counts as a source of numbers and
    names, but nothing is tied to it. Unsupported sentences are told only where article and summary share a script:
    how near two sentences of different languages must be was measured on no people's votes.
    """
    supports = support(source=article.text, output=output.text, language=article.language, encode=encode)
    same = script_of(article.language or output.language) == script_of(output.language)
    source = f"{article.title}\n{article.text}"
    flags = (
        *(unsupported(supports) if same else ()),
        *unsupported_numbers(source=source, output=output.text),
        *unsupported_names(source=source, output=output.text),
    )
    ties = tuple(Alignment(output=one.output, sources=one.sources) for one in supports)
    return replace(output, alignment=ties, flags=(*output.flags, *flags))


def support(
    *, source: str, output: str, language: str | None = None, encode: Encode | None = None
) -> list[Support]:
    """What each sentence of `output` stands on in `source`, in reading order.

    Args:
        source: The article.
        output: The summary, in any language.
        language: BCP 47 tag of `source`, where known.
        encode: Vectors of sentences; without it words alone are compared.

    Raises:
        EngineError: The encoder failed.
    """
    there, here = _Sentences(source, language), _Sentences(output, None)
    likeness = _likeness(here.texts, there.texts, encode)
    anywhere = frozenset().union(*(word.forms for line in there.words for word in line))
    return [
        _support(line, span, there, anywhere, row)
        for line, span, row in zip(here.words, here.spans, likeness, strict=True)
    ]


def unsupported(supports: Sequence[Support]) -> tuple[Flag, ...]:
    """Sentences whose support is below the threshold."""
    found = []
    for one in supports:
        least = THRESHOLDS["words" if one.meaning is None else "words and meaning"]
        if one.score is not None and one.score < least:
            message = (
                f"Little in the article supports this sentence ({one.score:.2f}; {least:.2f} is expected)."
            )
            found.append(Flag(kind="unsupported", message=message, output_span=one.output))
    return tuple(found)


def unsupported_numbers(*, source: str, output: str) -> tuple[Flag, ...]:
    """Numbers of the output, in digits, that the source states in no form and no script."""
    return tuple(
        Flag(
            kind="number",
            message=f"The summary says {output[slice(*number.span)]}; the article does not.",
            output_span=number.span,
        )
        for number in figures.missing(source=output, output=source)
    )


def unsupported_names(*, source: str, output: str) -> tuple[Flag, ...]:
    """Names of the output that the source does not have; see `workbench.text.names`."""
    return tuple(
        Flag(
            kind="name",
            message=f"The summary names {name.text}; the article does not.",
            output_span=name.span,
        )
        for name in names.missing(source=source, output=output)
    )


class _Sentences:
    """The sentences of a text, where they stand, and their words."""

    def __init__(self, text: str, language: str | None) -> None:
        parts = segment(text, language)
        told = [(part.text, span) for part, span in zip(parts, spans(parts), strict=True) if part.text]
        self.texts = [text for text, _ in told]
        self.spans = [span for _, span in told]
        self.words = [words(text) for text in self.texts]


def _likeness(
    output: Sequence[str], source: Sequence[str], encode: Encode | None
) -> NDArray[np.float32] | list[None]:
    """Cosines, shape [len(output), len(source)]; None for each row without an encoder."""
    if encode is None or not output or not source:
        return [None] * len(output)
    vectors = encode([*output, *source])
    return vectors[: len(output)] @ vectors[len(output) :].T


def _support(
    line: Sequence[Word],
    span: Span,
    source: _Sentences,
    anywhere: frozenset[str],
    cosines: NDArray[np.float32] | None,
) -> Support:
    chosen = _chosen(line, source.words, cosines)
    behind = [word for at in chosen for word in source.words[at]]
    ordered, stated = _share(_in_order(line, behind), line), _share(_held(line, anywhere), line)
    meaning = None if cosines is None else float(np.clip(cosines.max(initial=0), 0, 1))
    return Support(
        output=span,
        sources=tuple(source.spans[at] for at in chosen),
        ordered=ordered,
        stated=stated,
        meaning=meaning,
        score=(ordered + stated) / 2 if meaning is None else (ordered + stated + meaning) / 3,
    )


def _chosen(
    line: Sequence[Word], source: Sequence[Sequence[Word]], cosines: NDArray[np.float32] | None
) -> list[int]:
    """The source sentences that hold most of a sentence's words, each with some that the others lack; in order."""
    forms = [frozenset().union(*(word.forms for word in other)) for other in source]
    near = [0.0] * len(source) if cosines is None else [float(one) for one in cosines]
    left, chosen = list(line), list[int]()
    while len(chosen) < min(_MOST_SOURCES, len(source)):
        worth = [_share(_held(left, one), line) + (0 if chosen else near[at]) for at, one in enumerate(forms)]
        best = max(range(len(source)), key=lambda at: (worth[at], -at))
        gained = _held(left, forms[best])
        if worth[best] <= 0 or (chosen and _share(gained, line) < _WORTH_ADDING):
            break
        chosen.append(best)
        left = [word for word in left if word.forms.isdisjoint(forms[best])]
    return sorted(chosen)


def _held(line: Sequence[Word], forms: frozenset[str]) -> int:
    """How many words have a form among `forms`."""
    return sum(not word.forms.isdisjoint(forms) for word in line)


def _in_order(line: Sequence[Word], source: Sequence[Word]) -> int:
    """Words in the longest common subsequence of two texts."""
    row = [0] * (len(source) + 1)
    for word in line:
        before = row
        row = [0]
        for at, other in enumerate(source):
            row.append(max(before[at + 1], row[at], before[at] + (not word.forms.isdisjoint(other.forms))))
    return row[-1]


def _share(count: int, line: Sequence[Word]) -> float:
    return count / len(line) if line else 1.0
