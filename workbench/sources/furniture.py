"""What stands in and around the articles of web pages without belonging to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from workbench.sources.lines import reads_as_prose
from workbench.sources.page import one_line
from workbench.sources.phrases import is_furniture, is_label

_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:"
    r"related|recommend\w*|read-?more|see-?also|more-?(?:stories|news|on|from)|most-?(?:read|popular|viewed)|trending|popular"
    r"|also-?(?:read|like)|share|sharing|social\w*|follow-?us|newsletter|subscri\w+|sign-?up|promo\w*|advert\w*|ads?|sponsor\w*"
    r"|taboola|outbrain|comments?|disqus|caption|figcaption|credits?|copyright|breadcrumbs?|tags?-?(?:list|links|cloud)?|print"
    r"|toolbar|cookie\w*|consent|sr-only|visually-hidden|screen-reader\w*|byline-?box|author-?(?:bio|box|info)"
    r")(?:$|[\s_-])",
    re.IGNORECASE,
)
_NEVER = ("html", "body", "main", "article", "form")
_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "figcaption",
    "nav",
    "footer",
    "button",
    "select",
    "iframe",
    "svg",
)
BLOCK_TAGS = (
    "p",
    "div",
    "section",
    "article",
    "li",
    "ul",
    "ol",
    "blockquote",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
)
_BREAKS = ("br", "lb")
# A furniture class on an element with more than this share of the page's prose is a slip of the page's author.
_MUCH = 0.1
_FEW_WORDS = 60
_LONG_RUN = 15
_STOP = re.compile(r"[.!؟?…]['\"»”’)\]]*$")
_NEARLY_ALL = 0.8


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page's text.

    Attributes:
        kind: "head", "p", "item", "quote" or "row".
        text: One line.
    """

    kind: str
    text: str


def strip(tree: HtmlElement) -> None:
    """Take out of `tree`, in place, what is no text on any page: scripts, styles, menus, footers, captions, buttons."""
    for element in list(tree.iter(*_DROPPED)):
        if element.getparent() is not None:
            element.drop_tree()


def prune(tree: HtmlElement) -> None:
    """Take furniture out of `tree`, in place: menus, share bars, captions, related articles, what is hidden.

    Nothing is taken that holds much of the page's prose, whatever its class says.
    """
    strip(tree)
    prose = _prose(tree)
    most = max(_FEW_WORDS, _MUCH * prose[tree])
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in _NEVER or element.getparent() is None:
            continue
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if prose[element] <= most and (_CLASSES.search(named) or _is_hidden(element)):
            element.drop_tree()


def _prose(tree: HtmlElement) -> dict[HtmlElement, int]:
    """Words of each element that stand in long runs of text outside links."""
    counts = dict.fromkeys(tree.iter(), 0)
    for element in reversed(list(tree.iter())):
        if isinstance(element.tag, str) and element.tag != "a":
            runs = [element.text, *(child.tail for child in element)]
            own = sum(len(run.split()) for run in runs if run)
            counts[element] += own if own >= _LONG_RUN else 0
            parent = element.getparent()
            if parent in counts:
                counts[parent] += counts[element]
    return counts


def densest(tree: HtmlElement) -> tuple[HtmlElement, int]:
    """The smallest element that holds nearly all prose of a stripped page, and how many words of prose it holds."""
    prose = _prose(tree)
    element = tree
    while True:
        inner = [child for child in element if prose.get(child, 0) > _NEARLY_ALL * prose[element]]
        if not inner or inner[0].tag == "p":
            return element, prose[element]
        element = inner[0]


def _is_hidden(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or "visibility:hidden" in style or element.get("hidden") is not None


def unfurnished(blocks: Sequence[Block], links: frozenset[str]) -> tuple[list[Block], list[Block]]:
    """Part blocks into those that belong to an article and those that do not.

    Args:
        blocks: In reading order.
        links: Texts of the page's links, each as one line.
    """
    kept: list[Block] = []
    removed: list[Block] = []
    seen: set[str] = set()
    in_list = False
    for block in blocks:
        # A label opens a list of links, which ends where prose begins again.
        in_list = is_label(block.text) or (in_list and not _ends_list(block, links))
        repeated = block.text in seen and reads_as_prose(block.text)
        alone = block.kind == "p" and _is_link(block, links)
        (removed if in_list or repeated or alone or is_furniture(block.text) else kept).append(block)
        seen.add(block.text)
    while kept and (kept[-1].kind == "head" or _is_link(kept[-1], links)):
        removed.append(kept.pop())
    return kept, removed


def _is_link(block: Block, links: frozenset[str]) -> bool:
    """Whether a block is a link and no sentence: a promotion between paragraphs, a tag behind them."""
    return block.text in links and not _STOP.search(block.text)


def _ends_list(block: Block, links: frozenset[str]) -> bool:
    return block.kind != "item" and block.text not in links and reads_as_prose(block.text)


def blocks_of(container: HtmlElement) -> list[Block]:
    """All lines of an element, in reading order, parted where blocks, line breaks and lines in a <pre> part them."""
    blocks: list[Block] = []
    keeps_lines: dict[HtmlElement | None, bool] = {}
    for element in container.iter():
        outer = keeps_lines.get(element.getparent(), False)
        inner = element.tag == "pre" or (outer and element.tag not in BLOCK_TAGS)
        keeps_lines[element] = inner
        if element.text and not inner:
            element.text = element.text.replace("\n", " ")
        if element.tail and not outer:
            element.tail = element.tail.replace("\n", " ")
        if element.tag in _BREAKS:
            element.tail = "\n" + (element.tail or "")
        elif element.tag in BLOCK_TAGS:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
    for line in container.text_content().split("\n"):
        text = one_line(line)
        if text:
            blocks.append(Block("p", text))
    return blocks
