"""Which blocks of a page make up its article: trafilatura, checked against what the page says of itself."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement

from workbench.sources.credits import line_agencies
from workbench.sources.furniture import BLOCK_TAGS, Block, blocks_of, densest, prune, strip, unfurnished
from workbench.sources.lines import overlap, words
from workbench.sources.page import Metadata, one_line
from workbench.sources.phrases import is_credit

_LEAD = re.compile(
    r"(?:^|[\s_-])(?:leads?|lede|standfirst|sub-?(?:title|head|headline)|dek|deck|intro|summary|excerpt|chapeau)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MEDIA = re.compile(r"video|image|media|gallery|figure|player|photo", re.IGNORECASE)
# A JSON-LD record shorter than this is a teaser.
_SHORTEST_RECORD = 60
# A page that shows less than this share of its record hides the rest behind scripts or a paywall.
_HIDDEN = 0.7
_FROM_RECORD = "the page shows little of its text: taken from its JSON-LD record"
# The record must hold this share of the text shown before it may decide what belongs to it.
_AGREEING = 0.8
# Less than this share of the page's prose is next to nothing.
_FOUND = 0.3
# A block with this share of the words, among so few, is a page without paragraphs lumped together.
_LUMP = 0.6
_FEW_BLOCKS = 3
# Prose of fewer words is no article that a slip of the page's author could have hidden.
_FEW_WORDS = 50
# Pruning that takes more than this from what would be extracted has cut into the article.
_KEPT = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """The article of a page, block by block.

    Attributes:
        blocks: In reading order.
        warnings: What was taken out, and what was taken from elsewhere.
        credited: Agencies named in lines of credits that were taken out.
        linked: Share of its words that stand in links, 0 to 1: high on front pages.
    """

    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()
    credited: tuple[str, ...] = ()
    linked: float = 0.0


def extract(tree: HtmlElement, said: Metadata) -> Extract:
    """Find the article of a page.

    Args:
        tree: The page; it is left as it is.
        said: What the page says about its article.
    """
    pruned = copy.deepcopy(tree)
    prune(pruned)
    links = frozenset(filter(None, (one_line(link.text_content()) for link in pruned.iter("a"))))
    kept, removed = unfurnished(_best(tree, pruned, links), links)
    recorded = [Block("p", line) for line in said.body.split("\n") if line]
    if _size(recorded) >= _SHORTEST_RECORD:
        if _covered(kept, said.body) < _HIDDEN or len(kept) == 1 < len(recorded):
            return Extract(blocks=tuple(recorded), warnings=(_FROM_RECORD,))
        kept, strangers = _agreed(kept, said.body)
        removed += strangers
    lead = _lead(pruned, kept, said)
    return Extract(
        blocks=tuple([Block("p", lead)] if lead else []) + tuple(kept),
        warnings=tuple(f"furniture removed: {shown(block.text)}" for block in removed),
        credited=tuple(
            name for block in removed if is_credit(block.text) for name in line_agencies(block.text)
        ),
        linked=_linked(kept, links),
    )


def _covered(blocks: Iterable[Block], record: str) -> float:
    """Share of the record's words that the blocks hold too."""
    return overlap(record, " ".join(block.text for block in blocks))


def _linked(blocks: Iterable[Block], links: Iterable[str]) -> float:
    joined, size = "\n".join(links), _size(blocks)
    return _size(block for block in blocks if block.text in joined) / size if size else 0.0


def shown(text: str) -> str:
    """The beginning of a text, for a message."""
    return text if len(text) <= 80 else text[:77] + "..."


def _best(tree: HtmlElement, pruned: HtmlElement, links: frozenset[str]) -> list[Block]:
    """What trafilatura finds in the pruned page, or in the whole one where pruning took too much.

    Where it finds next to nothing, or lumps the article together with a menu, the densest part of the page serves.
    """
    careful, whole = _extracted(pruned), _extracted(tree)
    found = careful if _size(careful) >= _KEPT * _size(whole) else whole
    container, prose = _densest(tree, pruned)
    lumped = len(found) <= _FEW_BLOCKS and max(map(_size_of, found), default=0) > _LUMP * _size(found)
    if _size(found) >= _FOUND * prose and not lumped:
        return found
    dense = [block for block in blocks_of(copy.deepcopy(container)) if block.text not in links]
    return dense or found


def _densest(tree: HtmlElement, pruned: HtmlElement) -> tuple[HtmlElement, int]:
    """The densest part of the pruned page, or of the stripped one where pruning has cut into the article."""
    container, prose = densest(pruned)
    stripped = copy.deepcopy(tree)
    strip(stripped)
    wider, more = densest(stripped)
    return (wider, more) if more >= _FEW_WORDS and prose < _KEPT * more else (container, prose)


def _size_of(block: Block) -> int:
    return len(words(block.text))


def _agreed(blocks: list[Block], record: str) -> tuple[list[Block], list[Block]]:
    """Part blocks by whether the page's own record of its text has them; a record that is cut short decides nothing."""
    if overlap(" ".join(block.text for block in blocks), record) < _AGREEING:
        return blocks, []
    strange = [len(words(block.text)) <= 40 and overlap(block.text, record) < 0.5 for block in blocks]
    kept = [block for block, odd in zip(blocks, strange, strict=True) if not odd]
    return kept, [block for block, odd in zip(blocks, strange, strict=True) if odd]


def _size(blocks: Iterable[Block]) -> int:
    return sum(map(_size_of, blocks))


def _extracted(tree: HtmlElement) -> list[Block]:
    found = trafilatura.bare_extraction(copy.deepcopy(tree), include_comments=False)
    return list(_walk(found.body)) if found is not None and found.body is not None else []


def _walk(element: HtmlElement) -> Iterator[Block]:
    for child in element:
        if child.tag in ("list", "table", "quote") and len(child):
            yield from _walk(child)
        else:
            kind = child.tag if child.tag in ("head", "item", "quote", "row") else "p"
            yield from (Block(kind, line) for line in _lines(child))
        yield from (Block("p", line) for line in [one_line(child.tail)] if line)


def _lines(element: HtmlElement) -> list[str]:
    """Text of an element, parted where the page breaks the line."""
    for mark in element.iter("lb"):
        mark.tail = "\n" + (mark.tail or "")
    joint = " " if element.tag == "row" else ""
    return [line for line in map(one_line, joint.join(element.itertext()).split("\n")) if line]


def _lead(pruned: HtmlElement, kept: list[Block], said: Metadata) -> str:
    """A standfirst that stands between headline and body, and that extraction left out."""
    body = " ".join(block.text for block in kept[:8])
    for element in _before_body(pruned, kept, said):
        text = one_line(element.text_content())
        if not 6 <= len(words(text)) <= 80 or overlap(text, body) > 0.8 or overlap(text, said.title) > 0.8:
            continue
        stated = any(min(overlap(text, one), overlap(one, text)) >= 0.8 for one in said.descriptions)
        if stated or _is_marked_lead(element):
            return text
    return ""


def _is_marked_lead(element: HtmlElement) -> bool:
    """Whether the page's classes call this run of text its standfirst."""
    if element.find(".//a") is not None or any(
        child.tag in BLOCK_TAGS for child in element.iter() if child is not element
    ):
        return False
    near = [element, *list(element.iterancestors())[:3]]
    classes = [one.get("class") or "" for one in near]
    return any(map(_LEAD.search, classes[:3])) and not any(map(_MEDIA.search, classes))


def _before_body(pruned: HtmlElement, kept: list[Block], said: Metadata) -> Iterator[HtmlElement]:
    """Elements behind the headline and before the first block of the body."""
    first = kept[0].text if kept else ""
    begun = False
    for element in pruned.iter("h1", "h2", "h3", "h4", "p", "div", "span"):
        if element.tag == "h1":
            begun = begun or overlap(said.title, one_line(element.text_content())) > 0.5
        elif begun and len(element.text_content()) < 1500:
            if first and one_line(element.text_content()) == first:
                return
            yield element
