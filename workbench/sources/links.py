"""Links that a page offers beside its article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from workbench.records import Related
from workbench.sources.lines import words
from workbench.sources.page import absolute, one_line, without_tracking

_CONTAINER = re.compile(
    r"(?:^|[\s_-])(?:related|see-?also|read-?(?:more|also)|more-?(?:on|stories|like-?this)|also-?read|recommended)",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"(?:related|read (?:more|also)|see also|more (?:on|stories)|(?:اقرأ|إقرأ|اقرا|شاهد) (?:أيضا|أيضًا|ايضا|المزيد)|"
    r"(?:مواضيع|أخبار|اخبار|مقالات|موضوعات|محتوى) (?:ذات صلة|مشابهة|متعلقة|مرتبطة)|المزيد)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"/(\d{5,})(?=[/.-]|$)")
_FEWEST_WORDS = 4
_MOST = 20


def related_links(tree: HtmlElement, *, url: str | None) -> tuple[Related, ...]:
    """Articles in blocks that the page calls related, in reading order, at most twenty."""
    found: dict[str, Related] = {}
    for container in _containers(tree):
        for anchor in container.iter("a"):
            link = link_of(anchor, url=url)
            if link and link.url and len(words(link.title)) >= _FEWEST_WORDS:
                found.setdefault(link.url, link)
    found.pop(url or "", None)
    return tuple(found.values())[:_MOST]


def link_of(anchor: HtmlElement, *, url: str | None) -> Related | None:
    """What an `a` element links to, or None where it links to no page or says nothing."""
    address = absolute(url, anchor.get("href"))
    title = one_line(anchor.text_content()) or one_line(anchor.get("title"))
    if not title or not address:
        return None
    number = _NUMBER.search(urlsplit(address).path)
    picture = next((image.get("src") for image in anchor.iter("img") if image.get("src")), None)
    return Related(
        id=number.group(1) if number else None,
        title=title,
        url=without_tracking(address),
        picture=(absolute(url, picture) or None) if picture else None,
    )


def _containers(tree: HtmlElement) -> Iterator[HtmlElement]:
    for element in tree.iter("div", "section", "aside", "ul", "h2", "h3", "h4", "h5", "p", "strong", "span"):
        if element.tag in ("div", "section", "aside", "ul"):
            if _CONTAINER.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
                yield element
        elif _is_heading(element):
            yield from _under(element)


def _is_heading(element: HtmlElement) -> bool:
    text = one_line(element.text_content()) if len(element.text_content()) < 200 else ""
    return _HEADING.match(text) is not None and len(words(text)) <= 5


def _under(heading: HtmlElement) -> Iterator[HtmlElement]:
    """What follows a heading directly: its list of links, or the block that holds both."""
    after = heading.getnext()
    if after is not None and after.find(".//a") is not None and len(list(after.iter("a"))) <= _MOST:
        yield after
