"""The Al-Alam news site: dumps of its articles as text; `alalam_pages` knows the markup of its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from workbench.records import Article, Rejection, Related
from workbench.sources.base import Document, ReadOptions
from workbench.sources.encoding import decode
from workbench.sources.lines import take_apart
from workbench.sources.markup import without_markup
from workbench.text.clean import clean

_DUMP = re.compile(r'(?:string\(\d+\)\s*)?"?\[\s*\{\s*"(?:id|sort|contenttypeid|pic|title)"\s*:.*', re.DOTALL)
_BLOCK = re.compile(r"\[.*\]", re.DOTALL)
_ITEM = re.compile(r"\{[^{}]*\}")
_FIELD = re.compile(r'"(\w+)"\s*:\s*"((?:[^"\\]|\\.|"(?!\s*[,}]))*)"')


def read(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The article of a dump.

    Raises:
        InputError: The document is empty, too large or no text.
    """
    decoded = decode(document.read(options.max_bytes), name=document.name, declared=document.charset)
    yield read_dump(decoded.text, url=document.url, warnings=decoded.warnings)


def is_dump(text: str) -> bool:
    """Whether `text` ends in a list of related articles as JSON, as PHP's `var_dump` shows a string."""
    return _DUMP.search(text) is not None


def read_dump(text: str, *, url: str | None = None, warnings: tuple[str, ...] = ()) -> Article:
    """One article from a dump: title twice, date line, body, editor's code, related articles as JSON."""
    dumped, links, notes = take_related(text)
    plain, marks = without_markup(dumped)
    cleaned = clean(plain)
    parts = take_apart(cleaned.text)
    return Article(
        id="",
        url=url,
        source="alalam",
        title=parts.title,
        published=parts.published,
        agencies=parts.agencies,
        byline=parts.byline,
        text=parts.text,
        related=links,
        warnings=(*warnings, *marks, *cleaned.warnings, *parts.warnings, *notes),
    )


def take_related(text: str) -> tuple[str, tuple[Related, ...], tuple[str, ...]]:
    """Part `text` from the JSON behind it: the text before, the links, and what to warn of."""
    found = _DUMP.search(text)
    if found is None:
        return text, (), ()
    items, whole = _items(found.group())
    links = tuple(link for link in map(_related, items) if link)
    message = f"JSON of {len(links)} related articles moved out of the text"
    notes = (message,) if whole else (message, "that JSON was damaged: some related articles may be missing")
    return text[: found.start()].rstrip(), links, notes


def _items(dump: str) -> tuple[list[dict[str, Any]], bool]:
    """Objects of the list, and whether all of it could be read; damaged lists are read object by object."""
    block = _BLOCK.search(dump)
    try:
        items = json.loads(block.group() if block else "")
        return [item for item in items if isinstance(item, dict)], True
    except ValueError:
        return [dict(_FIELD.findall(item)) for item in _ITEM.findall(dump)], False


def _related(item: dict[str, Any]) -> Related | None:
    title = clean(str(item.get("title") or "")).text
    if not title:
        return None
    return Related(
        id=_text(item.get("id")), title=title, url=_text(item.get("url")), picture=_text(item.get("pic"))
    )


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
