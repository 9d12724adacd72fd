"""Articles from wherever they are: files, folders, addresses, feeds and tables, read one after the other."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from workbench.errors import InputError, SourceError
from workbench.records import Article, Rejection, article_id
from workbench.sources import SOURCES
from workbench.sources.base import Document, ReadOptions
from workbench.text.language import identify

__all__ = ["ReadOptions", "read", "read_all"]

_LOG = logging.getLogger(__name__)
_SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_WHOLE = ("text", "html", "feed", "json")


def read(source: str | Path, options: ReadOptions | None = None) -> Iterator[Article | Rejection]:
    """Read `source`: a file, a folder, an address, or "-" for standard input; streamed, never held as a whole.

    Articles come cleaned, identified and without repetitions (by id). What is wrong with one article of many is
    a `Rejection` in its place, and reading goes on.

    Raises:
        InputError: The source as a whole cannot be used.
    """
    return _unique(_read(source, options or ReadOptions()))


def read_all(
    sources: Iterable[str | Path], options: ReadOptions | None = None
) -> Iterator[Article | Rejection]:
    """Read several sources as one; where one of several cannot be used, it becomes a `Rejection`.

    Raises:
        InputError: There is a single source, and it cannot be used.
    """
    sources = list(sources)
    return _unique(_chain(sources, options or ReadOptions()))


def _chain(sources: list[str | Path], options: ReadOptions) -> Iterator[Article | Rejection]:
    for source in sources:
        try:
            yield from _read(source, options)
        except InputError as fault:
            if len(sources) == 1:
                raise
            yield Rejection(source=str(source), reason=fault.problem, cure=fault.cure)


def _unique(records: Iterator[Article | Rejection]) -> Iterator[Article | Rejection]:
    seen: set[bytes] = set()
    for record in records:
        if isinstance(record, Article):
            key = hashlib.blake2b(record.id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            if key in seen:
                _LOG.info("left out a second copy of article %s", record.id)
                continue
            seen.add(key)
        yield record


def _read(source: str | Path, options: ReadOptions) -> Iterator[Article | Rejection]:
    name = str(source)
    if name == "-":
        return _finished(Document(name="standard input", stream=sys.stdin.buffer), options.kind, options)
    path = Path(source)
    return _read_file(path, options)


def _read_file(path: Path, options: ReadOptions) -> Iterator[Article | Rejection]:
    try:
        with path.open("rb") as stream:
            yield from _finished(Document(name=str(path), stream=stream), _kind(path, options), options)
    except FileNotFoundError as fault:
        raise SourceError(f"There is no file {path}.", cure="Check the path.") from fault
    except OSError as fault:
        raise SourceError(
            f"{path} cannot be read: {fault.strerror}.", cure="Check the path and its permissions."
        ) from fault


def _kind(path: Path, options: ReadOptions) -> str:
    return options.kind if options.kind != "auto" else _SUFFIXES.get(path.suffix.lower(), "text")


def _finished(document: Document, kind: str, options: ReadOptions) -> Iterator[Article | Rejection]:
    reader = SOURCES.load("text" if kind == "auto" else kind)
    for record in reader(document, options):
        yield finish(record, options) if isinstance(record, Article) else record


def finish(article: Article, options: ReadOptions) -> Article | Rejection:
    """Give an article its id and language, or say why it cannot be used."""
    language = options.language or article.language or identify(article.text)
    return replace(
        article, language=language, id=article.id or article_id(url=article.url, text=article.text)
    )
