"""Plain text: one file, one article."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.records import Article, Rejection
from workbench.sources import alalam
from workbench.sources.base import Document, ReadOptions
from workbench.sources.encoding import decode
from workbench.sources.lines import take_apart
from workbench.sources.markup import without_markup
from workbench.text.clean import clean


def read(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The article of a text file: a first line that reads like a headline, and paragraphs.

    Raises:
        InputError: The document is empty, too large or no text.
    """
    decoded = decode(document.read(options.max_bytes), name=document.name, declared=document.charset)
    if alalam.is_dump(decoded.text):
        yield alalam.read_dump(decoded.text, url=document.url, warnings=decoded.warnings)
        return
    plain, notes = without_markup(decoded.text)
    cleaned = clean(plain)
    parts = take_apart(cleaned.text)
    yield Article(
        id="",
        url=document.url,
        source="text",
        title=parts.title,
        published=parts.published,
        agencies=parts.agencies,
        byline=parts.byline,
        text=parts.text,
        warnings=(*decoded.warnings, *notes, *cleaned.warnings, *parts.warnings),
    )
