"""What all sources share: how to read, what is being read, and the promise of a reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from workbench.errors import SourceError
from workbench.records import Article, Record, Rejection

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions(Record):
    """How sources are read; the defaults suit a person at a keyboard.

    Attributes:
        kind: "auto", or a name from `workbench.sources.SOURCES` where guessing goes wrong.
        columns: For tables, from field of Article to name of column; what is not named is guessed.
        language: BCP 47 tag that every article is said to be in; None identifies each.
        accept: Languages that are read; articles identified as another are rejected. Empty accepts all.
        follow: Read the pages that a feed or front page links to, rather than its short texts.
        allow_private: Fetch from loopback, private and link-local addresses too.
        max_bytes: Largest single document, uncompressed; tables are streamed and only each row is held to it.
        max_seconds: Longest time for one fetch, everything included.
        max_redirects: Most redirects of one fetch.
    """

    kind: str = "auto"
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    accept: tuple[str, ...] = ("ar", "en")
    follow: bool = False
    allow_private: bool = False
    max_bytes: int = 20 * MEGABYTE
    max_seconds: float = 30.0
    max_redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes to be read, and where they came from.

    Attributes:
        name: Path or address, for messages.
        stream: Read once, from the start.
        url: Address it was fetched from, or None.
        charset: Encoding that the server declared, or None.
    """

    name: str
    stream: BinaryIO
    url: str | None = None
    charset: str | None = None

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from the start, without reading past them; fewer where the stream buffers fewer."""
        # BufferedReader.peek is not in the type of binary streams, but all of ours have it.
        head: bytes = self.stream.peek(size)  # type: ignore[attr-defined]
        return head[:size]

    def read(self, limit: int) -> bytes:
        """All bytes.

        Raises:
            SourceError: There are none, or more than `limit`.
        """
        data = self.stream.read(limit + 1)
        if len(data) > limit:
            raise too_large(self.name, limit)
        if not data:
            raise SourceError(f"{self.name} is empty.", cure="Give a file that holds an article.")
        return data


class Reader(Protocol):
    """Reads a document into articles, one after the other."""

    def __call__(self, document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
        """Articles with cleaned text, and a Rejection for each that cannot be used.

        An article's `id` is empty unless the source gave one.

        Raises:
            InputError: The document as a whole cannot be used.
        """
        ...


def too_large(name: str, limit: int) -> SourceError:
    """The error for one document that exceeds the limit on size."""
    return SourceError(
        f"{name} holds more than {limit / MEGABYTE:g} MB, too much for one article.",
        cure="Raise the limit with --max-mb, or give many articles as JSONL, CSV or Parquet: those are streamed.",
    )
