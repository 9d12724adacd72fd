"""Texts as HTML: everything escaped, each paragraph in its own direction, embedded names isolated, flags in place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from html import escape

from workbench.brief.marking import (
    Marked,
    Paragraph,
    Piece,
    Run,
    Stretch,
    direction,
    paragraphs,
    stretches,
    visible,
)
from workbench.records import Article, Output, Span
from workbench.text.segment import segment, spans

_WORD = re.compile(r"\w+|[^\w\s]|\s+")


def inline(text: str) -> str:
    """One line of text, names and numbers of the other direction isolated."""
    return "".join(
        f"<bdi>{escape(part.runs[0].text)}</bdi>" if part.isolated else escape(part.runs[0].text)
        for part in stretches(text)
        if part.runs
    )


def source_blocks(article: Article) -> list[str]:
    """Paragraphs of an article as HTML; each sentence carries its number."""
    parts = segment(article.text, article.language)
    found = [span for part, span in zip(parts, spans(parts), strict=True) if part.text]
    marked = [Marked(span=span, keys=(number,)) for number, span in enumerate(found)]
    return blocks(article.text, language=article.language or "und", sentences=marked)


def output_blocks(output: Output, article: Article) -> list[str]:
    """Paragraphs of an output as HTML; sentences carry the numbers of those they stand on, flags their message."""
    parts = segment(article.text, article.language)
    sources = [span for part, span in zip(parts, spans(parts), strict=True) if part.text]
    sentences = [
        Marked(span=pair.output, keys=_touched(sources, pair.sources))
        for pair in output.alignment
        if pair.output[0] < pair.output[1]
    ]
    notes = [
        Marked(span=flag.output_span, keys=(number,))
        for number, flag in enumerate(output.flags)
        if flag.output_span and flag.output_span[0] < flag.output_span[1]
    ]
    messages = [flag.message for flag in output.flags]
    return blocks(output.text, language=output.language, sentences=sentences, notes=notes, messages=messages)


def _touched(sources: Sequence[Span], spans: Sequence[Span]) -> tuple[int, ...]:
    return tuple(
        number
        for number, (start, end) in enumerate(sources)
        if any(one < end and start < other for one, other in spans)
    )


def blocks(
    text: str,
    *,
    language: str,
    sentences: Sequence[Marked] = (),
    notes: Sequence[Marked] = (),
    messages: Sequence[str] = (),
) -> list[str]:
    """A text as a list of `<p>` elements, one for each paragraph."""
    made = paragraphs(text, language=language, sentences=sentences, notes=notes)
    return [_paragraph(each, language, messages) for each in made]


def _paragraph(paragraph: Paragraph, language: str, messages: Sequence[str]) -> str:
    way = paragraph.direction if paragraph.direction != "auto" else "auto"
    body = "".join(_piece(piece, messages) for piece in paragraph.pieces)
    return f'<p lang="{escape(language)}" dir="{way}">{body}</p>'


def _piece(piece: Piece, messages: Sequence[str]) -> str:
    keys = f' data-s="{" ".join(map(str, piece.keys))}" tabindex="0"' if piece.keys else ""
    gap = "<br>" if piece.gap == "\n" else piece.gap
    return (
        f'<span class="s"{keys}>{"".join(_stretch(part, messages) for part in piece.stretches)}</span>{gap}'
    )


def _stretch(stretch: Stretch, messages: Sequence[str]) -> str:
    inner = "".join(_run(run, messages) for run in stretch.runs)
    return f"<bdi>{inner}</bdi>" if stretch.isolated else inner


def _run(run: Run, messages: Sequence[str]) -> str:
    if not run.notes:
        return escape(run.text)
    note = escape(visible(" ".join(messages[number] for number in run.notes)))
    return f'<mark tabindex="0" data-note="{note}">{escape(run.text)}</mark>'


def plain(text: str, *, language: str = "und") -> str:
    """A short text in one block: its line breaks kept, its direction that of its language."""
    return f'<div class="plain" lang="{escape(language)}" dir="{direction(language)}">{inline(visible(text))}</div>'


def differing(one: str, other: str) -> tuple[str, str]:
    """Two texts as HTML with the words marked in which they differ."""
    a, b = _WORD.findall(visible(one)), _WORD.findall(visible(other))
    left: list[str] = []
    right: list[str] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        left.append(_changed("".join(a[a1:a2]), same=tag == "equal"))
        right.append(_changed("".join(b[b1:b2]), same=tag == "equal"))
    return "".join(left), "".join(right)


def _changed(text: str, *, same: bool) -> str:
    return escape(text) if same or not text.strip() else f'<b class="diff">{escape(text)}</b>'
