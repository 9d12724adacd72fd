"""Text that carries mark-up where plain text is expected: in feeds, in columns of tables, in text files."""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|strong|em|ul|ol|li|h[1-6]|img|figure|blockquote|table|tr|td)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)


def without_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Plain text, and what to warn of: HTML tags give way to line breaks, entities to the characters they stand for.

    >>> without_markup("<p>Talks &amp; trade</p>")[0]
    'Talks & trade'
    """
    if len(_TAG.findall(text)) >= 2 or re.search(r"<(?:p|br)\s*/?>", text, re.IGNORECASE):
        return _without_tags(text), ("mark-up removed",)
    if _ENTITY.search(text):
        return unescape(text), ("HTML entities written as characters",)
    return text, ()


def _without_tags(text: str) -> str:
    # lxml takes some 20 ms to import, and most texts need none of it.
    from lxml import html
    from lxml.etree import ParserError

    from workbench.sources.furniture import blocks_of, prune

    try:
        # Outside its blocks the text is plain, and keeps its lines.
        tree = html.fragment_fromstring(text, create_parent="pre")
    except (ParserError, ValueError):
        return unescape(_TAG.sub("\n", text))
    prune(tree)
    return "\n\n".join(block.text for block in blocks_of(tree))
