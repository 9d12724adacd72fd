"""The records that flow through the workbench: frozen, replaced rather than edited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

Span = tuple[int, int]
"""Start and end of a stretch of text in logical code points, end excluded."""


class Record:
    """What all records share: a JSON form whose field names are the record's own."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; dates as ISO 8601."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]

    def to_json(self) -> str:
        """One line of JSON, Arabic letters unescaped."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; fields that are absent keep their defaults.

        Raises:
            TypeError: A required field is absent, or a field is unknown.
        """
        hints = get_type_hints(cls)
        unknown = set(data) - set(hints)
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
        return cls(**{name: _typed(hints[name], value) for name, value in data.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    """Bring a JSON value back to the type that a field declares."""
    origin, arguments = get_origin(hint), get_args(hint)
    if value is None:
        return None
    if origin in (Union, UnionType):
        return _typed(next(argument for argument in arguments if argument is not type(None)), value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_typed(arguments[0], item) for item in value)
        return tuple(_typed(argument, item) for argument, item in zip(arguments, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _typed(arguments[1], item) for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_dict(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Related(Record):
    """A link that the page offered beside its article.

    Attributes:
        id: The site's own number for the article, where it gives one.
        title: Headline of the linked article.
        url: Absolute address, or None where the page gives only a number.
        picture: Address or path of the thumbnail.
    """

    id: str | None = None
    title: str
    url: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Record):
    """One article as ingested: never edited in place, only replaced.

    Attributes:
        id: Stable across runs; derived from `url` or, without one, from `text` (see `article_id`).
        url: Address it was read from, or None.
        source: Kind of source that gave it: "text", "html", "alalam", "table", "feed".
        title: Headline, without the site's name; empty where none was found.
        language: BCP 47 tag such as "ar" or "zh-Hant"; None where unsure.
        published: Date and time; timezone-aware only where the page gave a timezone, None where it gave no date.
        agencies: News agencies and outlets credited in the text, in order of appearance.
        byline: Who signed it, or None.
        text: Body in Unicode NFC, paragraphs parted by a blank line.
        related: Links that the page offered beside the article.
        warnings: What cleaning repaired or removed, in reading order.
    """

    id: str
    url: str | None = None
    source: str = "text"
    title: str = ""
    language: str | None = None
    published: datetime | None = None
    agencies: tuple[str, ...] = ()
    byline: str | None = None
    text: str
    related: tuple[Related, ...] = ()
    warnings: tuple[str, ...] = ()


def article_id(*, url: str | None, text: str) -> str:
    """Sixteen hexadecimal digits that name an article: from its address, else from its text."""
    return hashlib.sha256((url or text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection(Record):
    """An article that could not be used, and what would cure it.

    Attributes:
        source: Where it came from: a path, an address, or `path:line`.
        reason: What is wrong.
        cure: What to do about it.
        article: Id of the article where one could be made, else None.
    """

    source: str
    reason: str
    cure: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Segment(Record):
    """A sentence and the white space behind it: segments join back to their text exactly.

    Attributes:
        text: The sentence, without surrounding white space; empty for the white space that opens a text.
        gap: The white space between this sentence and the next.
    """

    text: str
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Record):
    """Something about an output that a reader should check.

    Attributes:
        kind: "number", "name", "untranslated", "loop", "length", "script", "empty", "truncated", "unsupported"
            or "term".
        message: One sentence for the reader.
        output_span: Where in the output, or None when it concerns the whole.
        source_span: Where in the source text, or None when it concerns the whole.
    """

    kind: str
    message: str
    output_span: Span | None = None
    source_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment(Record):
    """One output sentence and the source sentences it stands on.

    Attributes:
        output: Span in `Output.text`.
        sources: Spans in the source text, in reading order; empty where none is known.
    """

    output: Span
    sources: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Record):
    """What a model made of an article, with everything needed to trust it or not.

    Attributes:
        article: Id of the article.
        task: "translate" or "summarise".
        text: The output; for a translation its layout is that of the source.
        language: BCP 47 tag of `text`.
        model: Name of the model's card.
        revision: Revision of the weights, or None where unpinned.
        decoding: How it was decoded, for people and for fingerprints, such as "beam=2".
        coverage: Share of the source's tokens that the model read, 0 to 1; None where nothing was to be read.
        confidence: Expected quality between 0 and 1 where the model's card calibrates it, else None.
        flags: What a reader should check.
        alignment: Which source sentences each output sentence stands on.
        seconds: Wall-clock time spent, or None where it was not measured.
    """

    article: str
    task: str
    text: str
    language: str
    model: str
    revision: str | None = None
    decoding: str = ""
    coverage: float | None = None
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(Record):
    """The main job's result: an article, read in two languages.

    Attributes:
        article: The cleaned article.
        title: Its headline in the other language; None where the article has no headline.
        summaries: Summary by language: the article's own and the other.
        translation: The full text in the other language.
    """

    article: Article
    title: Output | None = None
    summaries: Mapping[str, Output]
    translation: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Record):
    """A number with its recipe.

    Attributes:
        system: Name of the system scored.
        metric: Name of the metric, such as "chrf++".
        value: On the metric's own scale; None where it is undefined.
        signature: Everything that changes the number.
        n: How many segments or articles it was computed over.
        low: Lower 95 % bound, or None where it was not estimated.
        high: Upper 95 % bound, or None where it was not estimated.
    """

    system: str
    metric: str
    value: float | None
    signature: str
    n: int
    low: float | None = None
    high: float | None = None
