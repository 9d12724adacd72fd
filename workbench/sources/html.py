"""Web pages: the article that a page holds, without the page around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from workbench.errors import SourceError
from workbench.records import Article, Rejection
from workbench.sources import alalam_pages
from workbench.sources.base import Document, ReadOptions
from workbench.sources.encoding import decode
from workbench.sources.extract import extract
from workbench.sources.lines import reads_as_prose, take_apart
from workbench.sources.links import related_links
from workbench.sources.page import Metadata, metadata
from workbench.text.language import identify

_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
# Above this share of words in links, what was extracted is a list of links with teasers.
_MOST_LINKED = 0.6


def read(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The article of a page; each item of a front page of Al-Alam; a Rejection where the page holds no article.

    Raises:
        InputError: The document is empty, too large or no text.
    """
    data = document.read(options.max_bytes)
    found = _CHARSET.search(data[:4096])
    declared = document.charset or (found.group(1).decode("ascii") if found else None)
    decoded = decode(data, name=document.name, declared=declared)
    yield from read_page(decoded.text, name=document.name, url=document.url, warnings=decoded.warnings)


def read_page(
    text: str, *, name: str, url: str | None, warnings: tuple[str, ...] = ()
) -> Iterator[Article | Rejection]:
    """As `read`, from the text of a page.

    Args:
        text: The page, decoded.
        name: Where it came from, for messages.
        url: Address it was fetched from, or None.
        warnings: What decoding had to say.

    Raises:
        SourceError: There is no HTML in it.
    """
    tree = parse(text, name=name)
    said = metadata(tree, url=url)
    if alalam_pages.is_alalam(tree, url):
        items = list(alalam_pages.read_page(tree, said, url=url))
        yield from items
        if items:
            return
    yield _article(tree, said, name=name, url=url, warnings=warnings)


def _article(
    tree: HtmlElement, said: Metadata, *, name: str, url: str | None, warnings: tuple[str, ...]
) -> Article | Rejection:
    found = extract(tree, said)
    parts = take_apart("\n\n".join(block.text for block in found.blocks), title=said.title)
    if found.linked > _MOST_LINKED or not any(map(reads_as_prose, parts.text.split("\n\n"))):
        return _no_article(tree, name)
    return Article(
        id="",
        url=said.url,
        source="html",
        title=said.title,
        language=identify(parts.text) or said.language,
        published=said.published or parts.published,
        byline=said.byline or parts.byline,
        agencies=tuple(dict.fromkeys((*parts.agencies, *found.credited))),
        text=parts.text,
        related=related_links(tree, url=url or said.url),
        warnings=(*warnings, *found.warnings, *parts.warnings),
    )


def parse(text: str, *, name: str) -> HtmlElement:
    """The tree of a page.

    Raises:
        SourceError: There is no element in it.
    """
    # trafilatura loses what stands behind a comment inside a paragraph, and React pages are full of those.
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(_DECLARATION.sub("", text), parser=parser)
    except (ParserError, ValueError) as fault:
        raise SourceError(
            f"{name} holds no HTML.", cure="Give a page, or name its kind with --as text."
        ) from fault


def _no_article(tree: HtmlElement, name: str) -> Rejection:
    feeds = tree.xpath("//link[contains(@type, 'rss') or contains(@type, 'atom')]/@href")
    feed = f" Its feed is {feeds[0].strip()}." if feeds else ""
    return Rejection(
        source=name,
        reason="The page holds no article: only menus, links or short lines.",
        cure=f"Give the page of one article, or a feed.{feed} A page that needs scripts must be saved from a browser.",
    )
