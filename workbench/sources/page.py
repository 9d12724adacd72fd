"""What a web page says about its article outside the text: title, date, author, language, address, standfirst."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml.html import HtmlElement

from workbench.records import Record
from workbench.sources.dates import is_date_line, parse_date
from workbench.sources.lines import overlap, words
from workbench.text.clean import clean

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report)$")
# Only what surely tells nothing but the reader's way: another parameter may name the article.
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igshid|mc_[ce]id|xtor|ocid|cmp(?:id)?)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\s+[|–—·»-]\s+")
_AUTHOR = re.compile(r"^(?:by|بقلم|كتب|كتبت)\s*:?\s+", re.IGNORECASE)
_AUTHORS = (
    "//*[@itemprop='author']//*[@itemprop='name'] | //*[@itemprop='author'][not(*)] | //a[@rel='author'] | "
    "//*[contains(concat(' ', @class, ' '), ' byline ') or contains(concat(' ', @class, ' '), ' author-name ')]"
)
_DESCRIPTION = ("description", "og:description", "twitter:description")
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "publish-date",
    "publishdate",
    "pubdate",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata(Record):
    """What a page says about its article.

    Attributes:
        title: Headline without the site's name; empty where there is none.
        published: Never guessed: from the page's own statements alone.
        byline: Names of authors, parted by commas.
        language: As the page declares it; often wrong.
        url: Canonical address, without parameters that track readers.
        descriptions: Standfirsts that it gives to search engines and to social networks.
        body: The article's text as its JSON-LD gives it, or empty.
    """

    title: str = ""
    published: datetime | None = None
    byline: str | None = None
    language: str | None = None
    url: str | None = None
    descriptions: tuple[str, ...] = ()
    body: str = ""


def metadata(tree: HtmlElement, *, url: str | None) -> Metadata:
    """Collect what `tree` says; `url` is the address it was fetched from, if any."""
    metas = _metas(tree)
    linked = _linked_data(tree)
    stated = [linked.get("description"), *(metas.get(name) for name in _DESCRIPTION)]
    return Metadata(
        title=_title(tree, metas, linked),
        published=_published(tree, metas, linked),
        byline=_byline(tree, metas, linked, url),
        language=_language(tree, metas),
        url=_address(tree, metas, url),
        descriptions=tuple(dict.fromkeys(filter(None, (one_line(text) for text in stated)))),
        body=_body(linked),
    )


def one_line(value: Any) -> str:
    """A value of JSON or of an attribute as one line of cleaned text; empty where it is no text."""
    return " ".join(clean(unescape(value)).text.split()) if isinstance(value, str) else ""


def _metas(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name and element.get("content"):
            found.setdefault(name.lower(), element.get("content"))
    return found


def _linked_data(tree: HtmlElement) -> dict[str, Any]:
    """The page's JSON-LD record of its article; of several, the first, completed from the others."""
    merged: dict[str, Any] = {}
    named: dict[str, dict[str, Any]] = {}
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        for item in _records(_json(script.text or "")):
            named.setdefault(str(item.get("@id")), item)
            kinds = item.get("@type")
            if any(_ARTICLE.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                merged = item | {key: value for key, value in merged.items() if value}
    author = merged.get("author")
    authors = author if isinstance(author, list) else [author]
    return merged | {"author": [_followed(one, named) for one in authors]}


def _followed(author: Any, named: dict[str, dict[str, Any]]) -> Any:
    """An author given only by reference to another record of the page."""
    if isinstance(author, dict) and "name" not in author:
        return named.get(str(author.get("@id")), author)
    return author


def _json(text: str) -> Any:
    text = re.sub(
        r"^\s*(?:/\*.*?\*/|//\s*)?<!\[CDATA\[|\]\]>\s*(?:\*/)?\s*$", "", text.strip(), flags=re.DOTALL
    )
    for attempt in (text, re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _records(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """All records that may be articles or their authors, outermost first."""
    if depth > 4:
        return
    if isinstance(data, list):
        for item in data:
            yield from _records(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _records(data.get(key), depth + 1)


def _body(linked: dict[str, Any]) -> str:
    body = linked.get("articleBody")
    if not isinstance(body, str):
        return ""
    return clean(re.sub(r"<[^<>]{1,300}>", "\n", unescape(body))).text


def _title(tree: HtmlElement, metas: dict[str, str], linked: dict[str, Any]) -> str:
    site = one_line(metas.get("og:site_name"))
    shared = [
        without_site(one_line(text), site) for text in (metas.get("og:title"), metas.get("twitter:title"))
    ]
    stated = [
        one_line(linked.get("headline")),
        *shared,
        without_site(one_line(tree.findtext(".//title")), site),
    ]
    stated = [title for title in stated if title]
    for heading in (one_line(element.text_content()) for element in tree.iter("h1")):
        if len(words(heading)) < 2:
            continue
        inside = [title for title in stated if heading.endswith(title) and len(words(title)) > 2]
        if inside:
            return max(inside, key=len)
        if any(max(overlap(heading, title), overlap(title, heading)) >= 0.5 for title in stated):
            return heading
    if stated:
        return stated[0]
    return next((one_line(element.text_content()) for element in tree.iter("h1")), "")


def without_site(title: str, site: str) -> str:
    """A title without the name of the site behind it.

    >>> without_site("Talks resume - Daily Post", "Daily Post"), without_site("Talks resume | News | Post", "")
    ('Talks resume', 'Talks resume')
    """
    parts = _SUFFIX.split(title)
    while len(parts) > 1:
        mark = title[title.rindex(parts[-1]) - 2]
        named = bool(site) and max(overlap(parts[-1], site), overlap(site, parts[-1])) >= 0.5
        if not named and not (mark == "|" and len(words(parts[-1])) <= 4):
            break
        title = title[: title.rindex(parts[-1])].rstrip(" |–—·»-")
        parts = parts[:-1]
    return title


def _published(tree: HtmlElement, metas: dict[str, str], linked: dict[str, Any]) -> datetime | None:
    arabic = (tree.get("lang") or "").startswith("ar")
    stated = [linked.get("datePublished"), *(metas.get(name) for name in _DATE_NAMES)]
    stated += tree.xpath("//*[@itemprop='datePublished']/@datetime | //*[@itemprop='datePublished']/text()")
    stated += tree.xpath("//*[@property='dc:date' or @property='schema:datePublished']/@content")
    stated += tree.xpath("//time[@pubdate]/@datetime | //time/@datetime")[:1]
    texts = [text for text in stated if isinstance(text, str) and text.strip()]
    dates = [date for date in (parse_date(text, day_first=arabic or None) for text in texts) if date]
    if not dates:
        return _visible_date(tree)
    # A page states its date several times: the first statement counts, in its most exact form.
    same_day = [date for date in dates if abs((date.date() - dates[0].date()).days) <= 1]
    return next((date for date in same_day if date.tzinfo and date.timetuple()[3:6] != (0, 0, 0)), dates[0])


def _visible_date(tree: HtmlElement) -> datetime | None:
    """A line near the headline that is nothing but a date."""
    headings = list(tree.iter("h1"))[-1:]
    near = (
        headings[0].xpath("(following::text() | preceding::text()[position() < 15])[position() < 40]")
        if headings
        else []
    )
    for text in near:
        line = " ".join(text.split())
        if 6 < len(line) < 120 and is_date_line(line):
            return parse_date(line)
    return None


def _byline(tree: HtmlElement, metas: dict[str, str], linked: dict[str, Any], url: str | None) -> str | None:
    names = list(_names(linked.get("author")))
    if not names and not metas.get("author", "http").startswith(("http", "@")):
        names = [metas["author"]]
    if not names:
        names = [element.text_content() for element in tree.xpath(_AUTHORS)[:3]]
    named = [_AUTHOR.sub("", one_line(name)).strip(" ()،,-") for name in names]
    site = one_line(metas.get("og:site_name")) + " " + (urlsplit(url or "").hostname or "").replace(".", " ")
    # A site that signs its articles with its own name says nothing.
    signed = [
        name for name in named if 2 < len(name) < 100 and "http" not in name and not _is_site(name, site)
    ]
    return ", ".join(dict.fromkeys(signed)) or None


def _is_site(name: str, site: str) -> bool:
    bare = "".join(words(name)).removeprefix("the")
    return bool(bare) and bare in "".join(words(site))


def _names(author: Any) -> Iterator[str]:
    if isinstance(author, list):
        for one in author:
            yield from _names(one)
    elif isinstance(author, dict):
        # The site that publishes is not the person who wrote.
        if "Organization" not in str(author.get("@type")):
            yield from _names(author.get("name"))
    elif isinstance(author, str) and not author.startswith("http"):
        yield author


def _language(tree: HtmlElement, metas: dict[str, str]) -> str | None:
    declared = tree.get("lang") or metas.get("og:locale") or ""
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", declared.strip())
    return found.group().lower() if found else None


def _address(tree: HtmlElement, metas: dict[str, str], url: str | None) -> str | None:
    for candidate in (*tree.xpath("//link[@rel='canonical']/@href")[:1], metas.get("og:url"), url):
        address = absolute(url, candidate) if candidate else ""
        # Front pages and careless templates call everything "/".
        if address and (urlsplit(address).path.strip("/") or candidate == url):
            return without_tracking(address)
    return None


def absolute(base: str | None, address: str | None) -> str:
    """An address as a page at `base` means it; empty where it is no address of the web."""
    try:
        joined = urljoin(base or "", (address or "").strip())
        return joined if urlsplit(joined).scheme in ("http", "https") and urlsplit(joined).hostname else ""
    except ValueError:
        return ""


def without_tracking(url: str) -> str:
    """An address without fragment and without parameters that tell where the reader came from.

    >>> without_tracking("https://example.org/a?id=3&utm_source=x#top")
    'https://example.org/a?id=3'
    """
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if not _TRACKING.match(pair.partition("=")[0])]
    return urlunsplit(parts._replace(query="&".join(kept), fragment=""))
