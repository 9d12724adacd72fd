"""A brief as one HTML file: no network, no script needed to read it, right in both directions."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workbench.brief.labels import date_line, labels, language_name
from workbench.brief.marking import direction, stretches, visible
from workbench.brief.provenance import provenance
from workbench.brief.view import View, view
from workbench.records import Brief

_FOLDER = Path(__file__).parent / "page"


def to_page(briefs: Iterable[Brief], *, quality: str = "") -> str:
    """One self-contained HTML page with one brief or several.

    Everything that comes from an article or a model is escaped; addresses become links only where they are http or
    https. The page's policy allows its own style and script and nothing else, not even pictures.

    Args:
        briefs: What to show, each in its own reader's language; the page itself is in that of the first.
        quality: One line on how good the model measured; empty shows none.
    """
    views = [view(brief) for brief in briefs]
    reader = views[0].reader if views else "en"
    style, script = _asset("page.css"), _asset("page.js")
    return str(
        _template().render(
            views=views,
            reader=reader,
            words=labels(reader),
            direction=direction(reader),
            style=style,
            script=script,
            policy=_policy(style, script),
            facts=[_facts(shown, quality) for shown in views],
            numbers=_numbers(views),
        )
    ).lstrip()  # of the lines that macros leave: a page begins with its doctype


def _numbers(views: Sequence[View]) -> dict[str, int]:
    """Languages of the page from 1, the reader's first: where there are two, each can be read alone."""
    languages = dict.fromkeys(language for shown in views for language in (shown.reader, shown.own))
    return {language: number for number, language in enumerate(languages, start=1)}


def _facts(shown: View, quality: str) -> dict[str, Any]:
    article = shown.brief.article
    return {
        "published": date_line(article.published, reader=shown.reader) if article.published else "",
        "address": safe_address(article.url),
        "host": urlsplit(article.url).hostname if safe_address(article.url) else None,
        "related": [
            (visible(link.title or link.url or ""), safe_address(link.url)) for link in article.related
        ],
        "provenance": provenance(shown, quality=quality),
    }


def safe_address(address: str | None) -> str | None:
    """The address if a browser may be sent there: http or https with a host; None for all others."""
    try:
        parts = urlsplit(visible(address or "").strip())
    except ValueError:
        return None
    return parts.geturl() if parts.scheme in ("http", "https") and parts.hostname else None


def _policy(style: str, script: str) -> str:
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "language_name": language_name,
        "direction_of": direction,
        "visible": visible,
        "stretches": stretches,
    }
    return environment.get_template("page.html.j2")
