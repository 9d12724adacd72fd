"""Pages of the Al-Alam news site: front pages give one short article an item, article pages give their article."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from workbench.records import Article, Related
from workbench.sources.furniture import blocks_of, prune, unfurnished
from workbench.sources.lines import take_apart, words
from workbench.sources.links import link_of
from workbench.sources.page import Metadata, absolute, one_line, without_tracking

_HOSTS = ("alalam.ir", "alalamtv.net", "alalam.net")
_BODIES = (
    "//div[@id='DynamicContentContainer'] | //div[contains(@class, 'detail') and contains(@class, 'body')]"
)
_ITEMS = "//a[@href and .//*[contains(concat(' ', @class, ' '), ' content_title ')]]"
_TAGS = "//div[contains(@class, 'news-detail-tag')]"
_FEWEST_WORDS = 15


def is_alalam(tree: HtmlElement, url: str | None) -> bool:
    """Whether a page belongs to the site, by its address or by what it says of itself."""
    stated = tree.xpath("//meta[@name='httphost']/@content | //link[@rel='canonical']/@href")
    addresses = [url or "", *(address if "//" in address else f"//{address}" for address in stated)]
    hosts = [urlsplit(absolute("https://", address)).hostname or "" for address in addresses]
    return any(host == name or host.endswith("." + name) for host in hosts for name in _HOSTS)


def read_page(tree: HtmlElement, said: Metadata, *, url: str | None) -> Iterator[Article]:
    """The article of an article page, or each item of a front page; nothing where the markup is another."""
    base = url or _base(tree)
    for body in tree.xpath(_BODIES):
        if len(words(body.text_content())) >= _FEWEST_WORDS:
            yield _article(tree, body, said, base)
            return
    seen = set()
    for anchor in tree.xpath(_ITEMS):
        item = _item(anchor, base)
        if item and item.url not in seen:
            seen.add(item.url)
            yield item


def _base(tree: HtmlElement) -> str:
    host = next(iter(tree.xpath("//meta[@name='httphost']/@content")), "www.alalam.ir")
    return f"https://{host}/"


def _article(tree: HtmlElement, body: HtmlElement, said: Metadata, base: str) -> Article:
    related = tuple(_related(tree, body, base, said.url))
    tags = [one_line(tag.text_content()) for tag in tree.xpath(_TAGS)]
    own = copy.deepcopy(body)
    prune(own)
    kept, removed = unfurnished(blocks_of(own), frozenset())
    parts = take_apart("\n\n".join(block.text for block in kept), title=said.title)
    return Article(
        id="",
        url=said.url,
        source="alalam",
        title=said.title,
        published=said.published or parts.published,
        byline=said.byline or parts.byline,
        agencies=parts.agencies,
        text=parts.text,
        related=related,
        warnings=(
            *parts.warnings,
            *(f"furniture removed: {block.text}" for block in removed),
            *(f"tags removed: {tag}" for tag in tags if tag),
        ),
    )


def _related(tree: HtmlElement, body: HtmlElement, base: str, own: str | None) -> Iterator[Related]:
    inside, seen = set(body.iter("a")), {own}
    for anchor in tree.iter("a"):
        link = link_of(anchor, url=base)
        if (
            link
            and anchor not in inside
            and link.id
            and "/news/" in (link.url or "")
            and link.url not in seen
        ):
            seen.add(link.url)
            yield link


def _item(anchor: HtmlElement, base: str) -> Article | None:
    heading = anchor.xpath(".//*[contains(concat(' ', @class, ' '), ' content_title ')]")[0]
    kicker = one_line(
        " ".join(span.text_content() for span in heading.xpath(".//*[contains(@class, 'rotitr')]"))
    )
    title = one_line(heading.text_content()).removeprefix(kicker).strip()
    lead = one_line(
        " ".join(part.text_content() for part in anchor.xpath(".//*[contains(@class, 'content_lead')]"))
    )
    if not lead and not title:
        return None
    warnings = ["only the standfirst that the front page shows"]
    if kicker:
        warnings.append(f"kicker taken out of the title: {kicker}")
    if lead.endswith(("...", "…")):
        warnings.append("the front page cuts this standfirst short")
    return Article(
        id="",
        url=without_tracking(absolute(base, anchor.get("href"))) or None,
        source="alalam",
        title=title,
        text=lead or title,
        agencies=take_apart(lead).agencies,
        warnings=tuple(warnings),
    )
