"""Which articles a job takes, and in which order: `--where`, `--order`, `--limit`."""

from __future__ import annotations

import json
import operator
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import ConfigError
from workbench.records import Article, Rejection

Items = Iterator[Article | Rejection]

_SHAPE = re.compile(r"\s*([a-z]+)\s*(!=|<=|>=|=|<|>|~)\s*(.*)", re.DOTALL)
_FIELDS: dict[str, Callable[[Article], Any]] = {
    "id": lambda article: article.id,
    "url": lambda article: article.url,
    "source": lambda article: article.source,
    "title": lambda article: article.title,
    "language": lambda article: article.language,
    "published": lambda article: article.published.isoformat() if article.published else None,
    "agencies": lambda article: ", ".join(article.agencies),
    "byline": lambda article: article.byline,
    "text": lambda article: article.text,
    "words": lambda article: len(article.text.split()),
    "warnings": lambda article: len(article.warnings),
}
_NUMBERS = ("words", "warnings")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "~": lambda value, pattern: bool(pattern.search(value)),
}

ORDERS = ("source", "shortest", "longest", "newest", "oldest")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on articles, such as `language=ar`, `published>=2024-01-01`, `title~وزير` or `words<800`.

    Attributes:
        text: As the user wrote it.
        holds: Whether it holds of an article; a field that the article lacks meets only `!=`.
    """

    text: str
    holds: Callable[[Article], bool]


def condition(text: str) -> Condition:
    """Read one condition.

    Raises:
        ConfigError: It has no such shape, field, number or pattern.
    """
    found = _SHAPE.fullmatch(text)
    if not found or found[1] not in _FIELDS:
        raise ConfigError(
            f"The condition {text!r} cannot be read.",
            cure=f"Write FIELD SIGN VALUE, such as words<800; fields are {', '.join(_FIELDS)}; signs are "
            f"{' '.join(_SIGNS)} (~ is a regular expression).",
        )
    name, sign, wanted = found.groups()
    value = _value(text, name, sign, wanted)

    def holds(article: Article) -> bool:
        actual = _FIELDS[name](article)
        if actual is None:
            return sign == "!="
        if name == "published" and sign in "<=>=":
            actual = actual[: len(wanted)]  # a day holds all its hours
        return _SIGNS[sign](str(actual) if sign == "~" else actual, value)

    return Condition(text=text, holds=holds)


def _value(text: str, name: str, sign: str, wanted: str) -> Any:
    try:
        if sign == "~":
            return re.compile(wanted, re.IGNORECASE)
        return int(wanted) if name in _NUMBERS else wanted
    except (re.error, ValueError) as fault:
        raise ConfigError(
            f"The condition {text!r} cannot be read: {fault}.",
            cure="After ~ stands a regular expression; words and warnings are compared with whole numbers.",
        ) from fault


def selected(
    items: Items,
    *,
    where: Iterable[Condition] = (),
    order: str = "source",
    limit: int | None = None,
    desk: Path,
) -> Items:
    """The articles that meet all conditions, in order, the first `limit` of them; rejections pass through.

    Args:
        items: As they are read.
        where: Conditions, all of which must hold.
        order: One of ORDERS; every order but "source" reads all articles before the first comes out.
        limit: Most articles, or None.
        desk: Folder for the file in which articles wait to be ordered: memory does not grow with them.
    """
    conditions = tuple(where)
    chosen = (
        item for item in items if isinstance(item, Rejection) or all(each.holds(item) for each in conditions)
    )
    return _first(chosen if order == "source" else _ordered(chosen, order, desk / "order.sqlite"), limit)


def _first(items: Items, limit: int | None) -> Items:
    count = 0
    if limit == 0:
        return
    for item in items:
        yield item
        count += isinstance(item, Article)
        if count == limit:
            return


def _ordered(items: Items, order: str, path: Path) -> Items:
    """Articles by their key through a file that is thrown away; equal keys in the order of the source."""
    path.unlink(missing_ok=True)
    store = sqlite3.connect(path)
    try:
        store.execute("pragma journal_mode = off")
        store.execute("pragma temp_store = file")
        store.execute("create table waiting (number integer primary key, rank real, article text) strict")
        for item in items:
            if isinstance(item, Rejection):
                yield item
            else:
                store.execute(
                    "insert into waiting (rank, article) values (?, ?)",
                    (_rank(item, order), json.dumps(item.to_dict())),
                )
        for (text,) in store.execute("select article from waiting order by rank, number"):
            yield Article.from_dict(json.loads(text))
    finally:
        store.close()
        path.unlink(missing_ok=True)


def _rank(article: Article, order: str) -> float:
    if order in ("shortest", "longest"):
        return len(article.text) * (1 if order == "shortest" else -1)
    if article.published is None:
        return float("inf")  # without a date: behind all others
    moment = article.published.timestamp() if article.published.tzinfo else _naive(article)
    return moment if order == "oldest" else -moment


def _naive(article: Article) -> float:
    """A date without a timezone is taken as UTC, so that the order is the same on every machine."""
    from datetime import UTC

    assert article.published is not None
    return article.published.replace(tzinfo=UTC).timestamp()
