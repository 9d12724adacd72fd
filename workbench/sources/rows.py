"""From a row of a table to an article: which column holds what, and what a row may get wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from workbench.errors import SourceError
from workbench.records import Article, Record, Rejection, Related
from workbench.sources.base import ReadOptions
from workbench.sources.dates import parse_date
from workbench.sources.lines import take_apart
from workbench.sources.markup import without_markup
from workbench.text.clean import clean

_TEXT = "text body content article article_text articlebody maintext full_text fulltext document story news"
_PUBLISHED = "published date published_at publish_date pubdate date_published datetime timestamp created_at"
# Usual names of columns, likeliest first, in lower case.
_GUESSES = {
    "text": (*_TEXT.split(), "نص", "النص", "المحتوى", "الخبر", "المقال"),
    "title": ("title", "headline", "heading", "subject", "عنوان", "العنوان"),
    "url": ("url", "link", "href", "source_url", "article_url", "الرابط"),
    "published": (*_PUBLISHED.split(), "التاريخ", "تاريخ النشر"),
    "language": ("language", "lang", "اللغة"),
    "id": ("id", "article_id", "uid", "guid"),
    "byline": ("byline", "author", "authors", "writer", "الكاتب"),
    "agencies": ("agencies", "agency"),
    "related": ("related",),
}
_OWN = {"id", "text", "source", "related", "warnings", "agencies"}
_FIELDS = {field.name for field in fields(Article)}
_REJECTION = {field.name for field in fields(Rejection)}
_LANGUAGES = {
    "arabic": "ar",
    "english": "en",
    "ara": "ar",
    "eng": "en",
    "arb": "ar",
    "عربي": "ar",
    "العربية": "ar",
}
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff]")
# Seconds since 1970 beyond the year 5138 are milliseconds.
_LARGEST_SECONDS = 100_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns(Record):
    """Which column of a table holds which field.

    Attributes:
        by_field: From field of Article to name of column.
        own: Whether the table was written by `workbench read`.
        named: All columns that are read, or None for all there are.
    """

    by_field: Mapping[str, str]
    own: bool = False
    named: list[str] | None = None

    @classmethod
    def resolve(
        cls, names: Sequence[str], *, name: str, options: ReadOptions, partly: bool = False
    ) -> Columns:
        """Find the columns, by `options.columns` first, then by usual names.

        Args:
            names: The columns there are.
            name: What has them, for messages.
            options: Which columns hold which field.
            partly: Whether named columns may be absent, as from one row of JSON.

        Raises:
            SourceError: A named column is absent, or none can hold the text.
        """
        if _OWN <= set(names) <= _FIELDS and not options.columns:
            return cls(by_field={field: field for field in _GUESSES}, own=True)
        for wanted in options.columns.values():
            if wanted not in names and not partly:
                raise _absent(name, f"no column {wanted!r}", names)
        lowered = {column.lower(): column for column in reversed(names)}
        by_field = {field: _first(guesses, lowered) for field, guesses in _GUESSES.items()} | dict(
            options.columns
        )
        by_field = {field: column for field, column in by_field.items() if column}
        if "text" not in by_field:
            raise _absent(name, "no column that is known to hold the articles' text", names)
        return cls(by_field=by_field, named=list(dict.fromkeys(by_field.values())))

    def article(self, row: Mapping[str, Any], place: str) -> Article | Rejection:
        """The article of one row, or what is wrong with it."""
        if self.own:
            return _own_record(row, place)
        values = {field: row.get(column) for field, column in self.by_field.items()}
        text = _joined(values.get("text"))
        if not text.strip():
            column = self.by_field["text"]
            found = "holds no text" if column in row else "is missing"
            return Rejection(
                source=place, reason=f"The column {column!r} {found}.", cure="Fill it, or take the row out."
            )
        return _article(values, text)


def _first(guesses: Sequence[str], columns: Mapping[str, str]) -> str:
    return next((columns[guess] for guess in guesses if guess in columns), "")


def rejection_of(row: Mapping[str, Any]) -> Rejection | None:
    """The rejection that an earlier command wrote into its output, passed on; None for any other row."""
    if set(row) != _REJECTION or not all(
        isinstance(row[field], str) for field in ("source", "reason", "cure")
    ):
        return None
    return Rejection.from_dict(row)


def _absent(name: str, problem: str, names: Sequence[str]) -> SourceError:
    return SourceError(
        f"{name} has {problem}.",
        cure=f"Name it: --column text=NAME. Its columns are {', '.join(map(str, names))}.",
    )


def _own_record(row: Mapping[str, Any], place: str) -> Article | Rejection:
    """A line that `workbench read` wrote, taken as it is."""
    try:
        return Article.from_dict(row)
    except (TypeError, ValueError, AttributeError) as fault:
        return Rejection(
            source=place,
            reason=f"It is no complete article: {fault}.",
            cure="Write it again with `workbench read`.",
        )


def _article(values: Mapping[str, Any], text: str) -> Article:
    plain, notes = without_markup(text)
    cleaned = clean(_SURROGATES.sub("\ufffd", plain))
    title = _line(values.get("title"))
    language = _language(values.get("language"))
    parts = take_apart(cleaned.text, title=title, guess_title=False)
    return Article(
        id=_line(values.get("id")),
        url=_line(values.get("url")) or None,
        source="table",
        title=title,
        language=language,
        published=_moment(values.get("published"), arabic=language == "ar") or parts.published,
        byline=_line(values.get("byline")) or parts.byline,
        agencies=tuple(dict.fromkeys((*_several(values.get("agencies")), *parts.agencies))),
        text=parts.text,
        related=_related(values.get("related")),
        warnings=(*notes, *cleaned.warnings, *parts.warnings),
    )


def _joined(value: Any) -> str:
    """Text, or paragraphs that a table keeps as a list."""
    if isinstance(value, list | tuple):
        return "\n\n".join(str(part) for part in value if part)
    return value if isinstance(value, str) else ""


def _line(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(str(part) for part in value if part)
    # A number that is not itself is none: pandas writes NaN where nothing was.
    if value is None or isinstance(value, dict) or value != value:  # noqa: PLR0124
        return ""
    return " ".join(clean(_SURROGATES.sub("\ufffd", without_markup(str(value))[0])).text.split())


def _several(value: Any) -> tuple[str, ...]:
    parts = (
        value
        if isinstance(value, list | tuple)
        else re.split("[,;،]", value if isinstance(value, str) else "")
    )
    return tuple(filter(None, map(_line, parts)))


def _language(value: Any) -> str | None:
    tag = _line(value)
    named = _LANGUAGES.get(tag.lower())
    return named or (tag if _TAG.fullmatch(tag) else None)


def _moment(value: Any, *, arabic: bool) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > _LARGEST_SECONDS else value
        try:
            return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
        except (OverflowError, OSError, ValueError):
            return None
    return parse_date(value, day_first=arabic or None) if isinstance(value, str) else None


def _related(value: Any) -> tuple[Related, ...]:
    items = value if isinstance(value, list | tuple) else ()
    fields = ("id", "title", "url", "picture")
    found = [
        {field: _line(item.get(field)) or None for field in fields}
        for item in items
        if isinstance(item, dict)
    ]
    return tuple(Related(**item | {"title": item["title"]}) for item in found if item["title"])  # type: ignore[arg-type]
