"""Whether a summary says what its article says: the support of each sentence, and what has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, reduce
from itertools import pairwise
from operator import or_

import numpy as np
from numpy.typing import NDArray

from workbench.records import Alignment, Article, Flag, Output, Span
from workbench.text import numbers as figures
from workbench.text.names import KnownNames
from workbench.text.script import script_of
from workbench.text.segment import segment, spans
from workbench.text.stems import Word, words

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""From texts to unit vectors, shape [len(texts), dim]; the zero vector for an empty text."""

THRESHOLDS = {"words": 0.66, "words and meaning": 0.65}
"""Support below which a sentence is flagged; chosen on half of the votes of people (eval/meta/faithfulness.py)."""

THRESHOLDS_FREE = {"words": 0.25, "words and meaning": 0.35}
"""The same for writers that reword freely, as models that follow instructions do.

The votes were on models that were trained to summarise and keep close to the article's words; most true sentences of a
free writer would be flagged by their thresholds. These flag what speaks of something else.
"""

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
        paired: Share of its pairs of neighbouring words that the source has anywhere, 0 to 1.
        meaning: Cosine with the nearest source sentence, 0 to 1; None without an encoder.
    """

    output: Span
    sources: tuple[Span, ...] = ()
    ordered: float = 0.0
    stated: float = 0.0
    paired: float = 0.0
    meaning: float | None = None

    @property
    def score(self) -> float:
        """What these come to, 0 to 1; words count twice, for they alone tell something of free rewordings."""
        told = self.ordered + 2 * self.stated + self.paired
        return told / 4 if self.meaning is None else (told + self.meaning) / 5


class Source:
    """An article that summaries are held against; what is found out about it is kept.

    Args:
        text: The article.
        title: Its headline: a source of numbers and names, but nothing is tied to it.
        language: BCP 47 tag, where known.
        encode: Vectors of sentences; without it words alone are compared.
    """

    def __init__(
        self, text: str, *, title: str = "", language: str | None = None, encode: Encode | None = None
    ) -> None:
        self._whole = f"{title}\n{text}"
        self._language = language
        self._encode = encode
        self._sentences = _Sentences(text, language)
        self._forms = [_forms(line) for line in self._sentences.words]
        self._anywhere = frozenset().union(*self._forms)

    def check(self, output: Output, *, freely: bool = False) -> Output:
        """The output with each sentence tied to the article, and what the article does not support flagged.

        Args:
            output: A summary of any model.
            freely: Whether its writer rewords freely; see `THRESHOLDS_FREE`.

        Raises:
            EngineError: The encoder failed.
        """
        supports = self.support(output.text)
        same = script_of(self._language or output.language) == script_of(output.language)
        # How near sentences of two languages must be was measured on no people's votes.
        flags = (
            *(unsupported(supports, freely=freely) if same else ()),
            *self.numbers(output.text),
            *self.names(output.text),
        )
        ties = tuple(Alignment(output=one.output, sources=one.sources) for one in supports)
        return replace(output, alignment=ties, flags=(*output.flags, *flags))

    def support(self, output: str) -> list[Support]:
        """What each sentence of a summary stands on, in reading order.

        Raises:
            EngineError: The encoder failed.
        """
        here = _Sentences(output, None)
        return [
            self._support(line, span, cosines)
            for line, span, cosines in zip(here.words, here.spans, self._likeness(here.texts), strict=True)
        ]

    def numbers(self, output: str) -> tuple[Flag, ...]:
        """Flags on numbers of the output, in digits, that the source states in no form and no script."""
        return tuple(
            Flag(
                kind="number",
                message=f"The summary says {output[slice(*number.span)]}; the article does not.",
                output_span=number.span,
            )
            for number in figures.numbers(output)
            if self._stated.isdisjoint(number.readings)
        )

    def names(self, output: str) -> tuple[Flag, ...]:
        """Flags on names of the output that the source does not have; see `workbench.text.names`."""
        return tuple(
            Flag(
                kind="name",
                message=f"The summary names {name.text}; the article does not.",
                output_span=name.span,
            )
            for name in self._known.missing(output)
        )

    @cached_property
    def _stated(self) -> frozenset[Decimal]:
        return figures.stated(self._whole)

    @cached_property
    def _known(self) -> KnownNames:
        return KnownNames(self._whole)

    @cached_property
    def _places(self) -> dict[str, set[int]]:
        """Where each form of a word stands, in words; a sentence's last word and the next one's first are apart."""
        places: dict[str, set[int]] = {}
        at = 0
        for line in self._sentences.words:
            for at, word in enumerate(line, start=at + 2):  # noqa: B020 - the count goes on
                for form in word.forms:
                    places.setdefault(form, set()).add(at)
        return places

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        assert self._encode is not None
        return self._encode(self._sentences.texts)

    def _likeness(self, output: Sequence[str]) -> Sequence[NDArray[np.float32] | None]:
        """For each sentence of an output its cosines with those of the source; None without an encoder."""
        if self._encode is None or not output or not self._sentences.texts:
            return [None] * len(output)
        return list(self._encode(output) @ self._vectors.T)

    def _support(self, line: Sequence[Word], span: Span, cosines: NDArray[np.float32] | None) -> Support:
        chosen = self._chosen(line, cosines)
        behind = [word for at in chosen for word in self._sentences.words[at]]
        pairs = list(pairwise(line))
        paired = sum(self._has_pair(one, other) for one, other in pairs)
        return Support(
            output=span,
            sources=tuple(self._sentences.spans[at] for at in chosen),
            ordered=_share(_in_order(line, behind), line),
            stated=_share(_held(line, self._anywhere), line),
            paired=_share(paired, pairs),
            meaning=None if cosines is None else float(np.clip(cosines.max(initial=0), 0, 1)),
        )

    def _has_pair(self, one: Word, other: Word) -> bool:
        """Whether the source has two words side by side, in whatever forms."""
        firsts = [self._places[form] for form in one.forms if form in self._places]
        seconds = (self._places.get(form, ()) for form in other.forms)
        return any(at - 1 in places for found in seconds for at in found for places in firsts)

    def _chosen(self, line: Sequence[Word], cosines: NDArray[np.float32] | None) -> list[int]:
        """The sentences that hold most of a line's words, each with some that the others lack; in reading order."""
        count = len(self._forms)
        near = [0.0] * count if cosines is None else [float(one) for one in cosines]
        left, chosen = list(line), list[int]()
        while len(chosen) < min(_MOST_SOURCES, count):
            gains = [_share(_held(left, forms), line) for forms in self._forms]
            worth = gains if chosen else [gain + also for gain, also in zip(gains, near, strict=True)]
            best = worth.index(max(worth))
            if worth[best] <= 0 or (chosen and gains[best] < _WORTH_ADDING):
                break
            chosen.append(best)
            left = [word for word in left if word.forms.isdisjoint(self._forms[best])]
        return sorted(chosen)


def check(article: Article, output: Output, *, encode: Encode | None = None, freely: bool = False) -> Output:
    """The output with each sentence tied to the article; "unsupported", "number" and "name" flags are added.

    Unsupported sentences are told only where article and summary share a script.

    Args:
        article: What was summarised.
        output: A summary of any model.
        encode: Vectors of sentences; without it words alone are compared.
        freely: Whether its writer rewords freely; see `THRESHOLDS_FREE`.

    Raises:
        EngineError: The encoder failed.
    """
    source = Source(article.text, title=article.title, language=article.language, encode=encode)
    return source.check(output, freely=freely)


def unsupported(supports: Sequence[Support], *, freely: bool = False) -> tuple[Flag, ...]:
    """Flags on sentences whose support is below the threshold."""
    found = []
    thresholds = THRESHOLDS_FREE if freely else THRESHOLDS
    for one in supports:
        least = thresholds["words" if one.meaning is None else "words and meaning"]
        if one.score < least:
            message = (
                f"Little in the article supports this sentence ({one.score:.2f}; {least:.2f} is expected)."
            )
            found.append(Flag(kind="unsupported", message=message, output_span=one.output))
    return tuple(found)


class _Sentences:
    """The sentences of a text, where they stand, and their words."""

    def __init__(self, text: str, language: str | None) -> None:
        parts = segment(text, language)
        told = [(part.text, span) for part, span in zip(parts, spans(parts), strict=True) if part.text]
        self.texts = [text for text, _ in told]
        self.spans = [span for _, span in told]
        self.words = [words(text) for text in self.texts]


def _forms(line: Sequence[Word]) -> frozenset[str]:
    return frozenset().union(*(word.forms for word in line))


def _held(line: Sequence[Word], forms: frozenset[str]) -> int:
    """How many words have a form among `forms`."""
    return sum(not word.forms.isdisjoint(forms) for word in line)


def _in_order(line: Sequence[Word], source: Sequence[Word]) -> int:
    """Words in the longest common subsequence of two texts, where words match that have a form in common.

    The bit-parallel recurrence of Crochemore, Iliopoulos, Pinzon and Reid (2001).
    """
    places: dict[str, int] = {}
    for at, word in enumerate(source):
        for form in word.forms:
            places[form] = places.get(form, 0) | 1 << at
    everything = (1 << len(source)) - 1
    row = everything
    for word in line:
        hits = row & reduce(or_, (places.get(form, 0) for form in word.forms), 0)
        row = (row + hits | row - hits) & everything
    return len(source) - row.bit_count()


def _share(count: int, whole: Sequence[object]) -> float:
    return count / len(whole) if whole else 1.0
