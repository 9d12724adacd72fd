"""RSS and Atom: each entry an article, as long as the feed gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import feedparser

from workbench.errors import SourceError
from workbench.records import Article, Rejection
from workbench.sources.base import Document, ReadOptions
from workbench.sources.dates import parse_date
from workbench.sources.furniture import Block, unfurnished
from workbench.sources.lines import take_apart, words
from workbench.sources.markup import without_markup
from workbench.text.clean import clean

_SUMMARY_ONLY = "only the summary that the feed gives"
_FEWEST_WORDS = 3


def read(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The entries of a feed; a Rejection for each without text.

    Raises:
        InputError: The document is empty, too large, or no feed.
    """
    data = document.read(options.max_bytes)
    headers = {"content-location": document.url} if document.url else {}
    feed = feedparser.parse(data, response_headers=headers)
    if not feed.entries:
        raise SourceError(
            f"{document.name} is no feed, or a feed without entries.",
            cure="Give the address of an RSS or Atom feed, or name the kind of the file with --as.",
        )
    for number, entry in enumerate(feed.entries, start=1):
        yield _entry(entry, f"{document.name}: entry {number}")


def _entry(entry: Any, name: str) -> Article | Rejection:
    title = _text(entry.get("title", ""))[0]
    full = next((part.get("value") for part in entry.get("content", ()) if part.get("value")), None)
    text, notes = _text(full or entry.get("summary", ""))
    kept, removed = unfurnished([Block("p", line) for line in text.split("\n") if line], frozenset())
    parts = take_apart("\n\n".join(block.text for block in kept), title=title)
    if len(words(parts.text)) < _FEWEST_WORDS:
        return Rejection(source=name, reason="The entry has no text.", cure="Give the page that it links to.")
    stated = entry.get("published") or entry.get("updated") or ""
    return Article(
        id="",
        url=entry.get("link"),
        source="feed",
        title=title,
        published=parse_date(stated, day_first=None) or parts.published,
        byline=entry.get("author") or parts.byline,
        agencies=parts.agencies,
        text=parts.text,
        warnings=(
            *notes,
            *(f"furniture removed: {block.text}" for block in removed),
            *parts.warnings,
            *(() if full else (_SUMMARY_ONLY,)),
        ),
    )


def _text(value: str) -> tuple[str, tuple[str, ...]]:
    # Mark-up is what feeds are made of: taking it off is no repair worth telling.
    cleaned = clean(without_markup(value)[0])
    return cleaned.text, cleaned.warnings
