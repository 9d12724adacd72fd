"""A brief as plain text: right on any terminal, in any language."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from workbench.brief.labels import date_line, language_name
from workbench.brief.marking import Paragraph, visible
from workbench.brief.provenance import provenance
from workbench.brief.view import Note, Text, View, view
from workbench.records import Article, Brief

_WIDEST = 100


def to_text(brief: Brief, *, quality: str = "", width: int | None = None, colour: bool = False) -> str:
    """The brief for reading in a terminal or a file.

    Flagged stretches are followed by their note's number as in "[!1]". Paragraphs that are read from right to left stay
    on one line each, since only the terminal can break them without breaking their order.

    Args:
        brief: What to show.
        quality: One line on how good the model measured; empty shows none.
        width: Columns to wrap left-to-right paragraphs to; None leaves every paragraph on one line.
        colour: Whether headings and notes may be set off by ANSI sequences.
    """
    shown = view(brief)
    page = _Page(width=width, colour=colour, words=shown.words)
    return "\n\n".join(part for part in _parts(shown, page, quality) if part) + "\n"


class _Page:
    """How text becomes lines."""

    def __init__(self, *, width: int | None, colour: bool, words: Mapping[str, str]) -> None:
        self.words = words
        self._width = min(width, _WIDEST) if width else None
        self._colour = colour

    def heading(self, text: str) -> str:
        """A heading and a rule under it."""
        return self._style("1", text) + "\n" + "─" * min(max(len(text), 3), 40)

    def strong(self, text: str) -> str:
        return self._style("1", text)

    def text(self, text: Text) -> str:
        return "\n\n".join(self._paragraph(paragraph) for paragraph in text.paragraphs)

    def note(self, note: Note) -> str:
        kind = self.words.get(f"flag_{note.kind}", note.kind)
        lines = [f"{self._style('33', f'[!{note.number}]')} {kind}: {note.message}"]
        for label, evidence in (("in_output", note.output), ("in_source", note.source)):
            if evidence:
                lines.append(f"     {self.words[label]}: {' '.join(evidence.split())}")
        return "\n".join(lines)

    def _paragraph(self, paragraph: Paragraph) -> str:
        text = "".join(
            "".join(
                run.text + "".join(f"[!{number}]" for number in run.closing)
                for stretch in piece.stretches
                for run in stretch.runs
            )
            + piece.gap
            for piece in paragraph.pieces
        )
        if paragraph.direction != "ltr" or self._width is None:
            return text
        return "\n".join(
            textwrap.fill(line, self._width, break_on_hyphens=False) for line in text.split("\n")
        )

    def _style(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _parts(shown: View, page: _Page, quality: str) -> Iterator[str]:
    words, article = page.words, shown.brief.article
    titles = [text for text in (shown.title_other, shown.title) if text]
    yield "\n".join(page.strong(page.text(text)) for text in titles if text.paragraphs) or words["untitled"]
    yield _origin(article, shown)
    for text in (shown.summary_other, shown.summary):
        yield page.heading(f"{words['summary']} · {language_name(text.language, reader=shown.reader)}")
        yield page.text(text)
    for text, label in ((shown.text_other, "translation"), (shown.text, "article")):
        yield page.heading(f"{words[label]} · {language_name(text.language, reader=shown.reader)}")
        yield page.text(text)
    yield page.heading(words["check"])
    yield "\n".join(map(page.note, shown.notes)) or words["nothing"]
    yield from _background(article, page)
    yield page.heading(words["about"])
    yield "\n".join(f"{label}: {visible(value)}" for label, value in provenance(shown, quality=quality))


def _origin(article: Article, shown: View) -> str:
    when = date_line(article.published, reader=shown.reader) if article.published else ""
    known = [when, article.byline or "", *article.agencies, language_name(shown.own, reader=shown.reader)]
    line = " · ".join(visible(part) for part in known if part)
    return "\n".join(filter(None, (line, visible(article.url or ""))))


def _background(article: Article, page: _Page) -> Iterator[str]:
    if article.warnings:
        yield page.heading(page.words["cleaning"])
        yield "\n".join(f"- {visible(' '.join(warning.split()))}" for warning in article.warnings)
    if article.related:
        yield page.heading(page.words["related"])
        links = (" ".join((link.title or link.url or "").split()) for link in article.related)
        yield "\n".join(f"- {visible(link)}" for link in links)
