"""What a brief shows, whatever shows it: titles, summaries, paragraphs side by side, and numbered notes."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.brief.labels import labels
from workbench.brief.marking import Direction, Marked, Paragraph, direction, paragraphs, visible
from workbench.records import Alignment, Article, Brief, Flag, Output, Span
from workbench.text.segment import segment, spans
from workbench.translate.terms import settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a brief, cut up for display.

    Attributes:
        place: Where it stands: "title", "title-other", "summary", "summary-other", "text" or "text-other".
        language: BCP 47 tag.
        paragraphs: Its content.
    """

    place: str
    language: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def direction(self) -> Direction:
        """Which way it is read."""
        return direction(self.language)

    @property
    def anchors(self) -> frozenset[int]:
        """Keys of the sentences that links can lead to."""
        pieces = (piece for paragraph in self.paragraphs for piece in paragraph.pieces)
        return frozenset(piece.anchor for piece in pieces if piece.anchor is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A flag as shown: numbered, with its evidence.

    Attributes:
        number: From 1, in reading order.
        kind: The flag's kind.
        message: For the reader.
        output: The stretch of output at fault, or None when it concerns the whole.
        output_language: BCP 47 tag of `output`.
        source: The stretch of source, or None.
        places: The texts in which its number is written; empty when it concerns the whole.
    """

    number: int
    kind: str
    message: str
    output: str | None
    output_language: str
    source: str | None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything shown of a brief; `other` texts are in the reader's language.

    Attributes:
        brief: The record.
        reader: Language of the translation, which the reader is taken to know best.
        own: Language of the article.
        title: The headline; empty paragraphs where there is none.
        title_other: Its translation, or None.
        summary: In the article's language.
        summary_other: In the reader's.
        text: The article.
        text_other: Its translation.
        notes: All flags.
    """

    brief: Brief
    reader: str
    own: str
    title: Text
    title_other: Text | None
    summary: Text
    summary_other: Text
    text: Text
    text_other: Text
    notes: tuple[Note, ...]

    @property
    def words(self) -> Mapping[str, str]:
        """The words around the texts, in the reader's language."""
        return labels(self.reader)

    @property
    def rows(self) -> list[tuple[Sequence[Paragraph], Sequence[Paragraph]]]:
        """Paragraphs of the article beside those of its translation; one row where their numbers differ."""
        ours, theirs = self.text.paragraphs, self.text_other.paragraphs
        if len(ours) != len(theirs):
            return [(ours, theirs)]
        return [((mine,), (yours,)) for mine, yours in zip(ours, theirs, strict=True)]


def view(brief: Brief) -> View:
    """Cut a brief up for display."""
    reader = brief.translation.language
    own = next(
        (language for language in brief.summaries if language != reader), brief.article.language or "und"
    )
    summary, summary_other = brief.summaries[own], brief.summaries[reader]
    notes = _Notes()
    source = _Source(brief)
    outputs = [("summary", summary), ("summary-other", summary_other), ("text-other", brief.translation)]
    if brief.title:
        notes.collect("title-other", brief.title, source=brief.article.title)
    for place, output in outputs:
        notes.collect(place, output, source=brief.article.text)
    return View(
        brief=brief,
        reader=reader,
        own=own,
        title=notes.text("title", brief.article.title, own),
        title_other=notes.text("title-other", brief.title.text, reader) if brief.title else None,
        summary=notes.text("summary", summary.text, own, source.sentences(summary)),
        summary_other=notes.text(
            "summary-other", summary_other.text, reader, source.sentences(summary_other)
        ),
        text=notes.text("text", brief.article.text, own, source.own()),
        text_other=notes.text(
            "text-other", brief.translation.text, reader, source.sentences(brief.translation)
        ),
        notes=notes.listed(),
    )


class _Source:
    """The article's sentences, numbered: what alignments point to."""

    def __init__(self, brief: Brief) -> None:
        aligned = sorted({span for pair in brief.translation.alignment for span in pair.sources})
        apart = all(left[1] <= right[0] for left, right in itertools.pairwise(aligned))
        self._spans = aligned if aligned and apart else _segments(brief.article)
        self._starts = [start for start, _ in self._spans]
        self._ends = [end for _, end in self._spans]

    def own(self) -> list[Marked]:
        """Each sentence of the article with its own number."""
        return [Marked(span=span, keys=(number,)) for number, span in enumerate(self._spans)]

    def sentences(self, output: Output) -> list[Marked]:
        """Each sentence of an output with the numbers of those it stands on."""
        return [Marked(span=pair.output, keys=self._keys(pair)) for pair in output.alignment]

    def _keys(self, pair: Alignment) -> tuple[int, ...]:
        found = (
            range(bisect_right(self._ends, start), bisect_left(self._starts, end))
            for start, end in pair.sources
        )
        return tuple(sorted({number for numbers in found for number in numbers}))


def _segments(article: Article) -> list[Span]:
    parts = segment(article.text, article.language)
    return [span for part, span in zip(parts, spans(parts), strict=True) if part.text]


class _Notes:
    """Numbers flags in reading order; the same flag on summary and translation is one note with two places."""

    def __init__(self) -> None:
        self._notes: dict[tuple[object, ...], Note] = {}
        self._marks: dict[str, dict[tuple[Span, int], Marked]] = {}
        self._places: dict[int, dict[str, None]] = {}

    def collect(self, place: str, output: Output, *, source: str) -> None:
        """Take in the flags of one output; `source` is the text that their source spans count in."""
        origin = "title" if place.startswith("title") else "text"
        for flag in sorted((flag for flag in output.flags if not settled(flag)), key=_reading_order):
            evidence = _cut(output.text, flag.output_span)
            key = (flag.kind, flag.message, flag.source_span, evidence, origin)
            note = self._notes.setdefault(
                key,
                Note(
                    number=len(self._notes) + 1,
                    kind=visible(flag.kind),
                    message=visible(flag.message),
                    output=evidence,
                    output_language=output.language,
                    source=_cut(source, flag.source_span),
                ),
            )
            self._mark(place, flag.output_span, note.number)
            self._mark(origin, flag.source_span, note.number)

    def _mark(self, place: str, span: Span | None, number: int) -> None:
        if span and span[0] < span[1]:
            self._marks.setdefault(place, {})[span, number] = Marked(span=span, keys=(number,))
            self._places.setdefault(number, {})[place] = None

    def text(self, place: str, text: str, language: str, sentences: Sequence[Marked] = ()) -> Text:
        """One text, with its sentences and the notes collected for it."""
        notes = tuple(self._marks.get(place, {}).values())
        cut = paragraphs(text, language=language, sentences=sentences, notes=notes)
        return Text(place=place, language=language, paragraphs=tuple(cut))

    def listed(self) -> tuple[Note, ...]:
        """All notes, by number."""
        return tuple(
            replace(note, places=tuple(self._places.get(note.number, ()))) for note in self._notes.values()
        )


def _reading_order(flag: Flag) -> tuple[bool, Span]:
    """By place in the output; what concerns the whole comes last."""
    return flag.output_span is None, flag.output_span or (0, 0)


def _cut(text: str, span: Span | None) -> str | None:
    return visible(text[slice(*span)]) or None if span else None
