"""Articles from wherever they are: files, folders, addresses, feeds and tables, read one after the other."""

from __future__ import annotations

import gzip
import io
import logging
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from workbench.errors import InputError, SourceError
from workbench.records import Article, Rejection, article_id
from workbench.sources import SOURCES
from workbench.sources.base import Document, ReadOptions, too_large
from workbench.sources.lines import reads_as_prose, words
from workbench.sources.seen import Seen
from workbench.sources.sniff import is_web_address, kind_of_name, sniff
from workbench.text.language import identify

__all__ = ["ReadOptions", "read", "read_all"]

_LOG = logging.getLogger(__name__)
_BUFFER = 1 << 20
_STREAMED = ("jsonl", "csv", "parquet")
_NAMES = {"ar": "Arabic", "en": "English", "fa": "Persian", "ur": "Urdu", "ps": "Pashto", "ku": "Kurdish"}
_NAMES |= {"fr": "French", "de": "German", "es": "Spanish", "tr": "Turkish", "he": "Hebrew", "ru": "Russian"}
# A menu is many lines of a word or two; verse has four words a line, and fewer lines may be a short note.
_MENU_LINES = 5
_MENU_WORDS = 2.5
# Names and quotations make up less than this share of an article in one language.
_MIXED = 0.25
_LETTER = re.compile(r"[^\W\d_]")
_ARABIC = re.compile("[\u0620-\u064a\u0671-\u06d3\u0750-\u077f]")
# Sources that may give several short articles from one page, each with the address of its own.
_LISTED = ("feed", "alalam")
_DEFAULTS = ReadOptions()


def read(
    source: str | Path, options: ReadOptions = _DEFAULTS, *, note: Callable[[str], None] = _LOG.info
) -> Iterator[Article | Rejection]:
    """Read `source`: a file, a folder, an address, or "-" for standard input; streamed, never held as a whole.

    Articles come cleaned, identified and without repetitions (by id; of a table, whose ids are its own, by id and
    text). What is wrong with one article of many is a `Rejection` in its place, and reading goes on.

    Args:
        source: What to read.
        options: How to read it.
        note: Told at the end how many repetitions were left out, where there were any.

    Raises:
        InputError: The source as a whole cannot be used.
    """
    return _unique(_read(source, options), note)


def read_all(
    sources: Iterable[str | Path],
    options: ReadOptions = _DEFAULTS,
    *,
    note: Callable[[str], None] = _LOG.info,
) -> Iterator[Article | Rejection]:
    """Read several sources as one; where one of several cannot be used, it becomes a `Rejection`. See `read`.

    Raises:
        InputError: There is a single source, and it cannot be used.
    """
    return _unique(_chain(list(sources), options), note)


def _chain(sources: list[str | Path], options: ReadOptions) -> Iterator[Article | Rejection]:
    for source in sources:
        yield from (
            _read(source, options) if len(sources) == 1 else _forgiving(_read(source, options), str(source))
        )


def _forgiving(records: Iterator[Article | Rejection], name: str) -> Iterator[Article | Rejection]:
    """The same records; a failure becomes a last Rejection."""
    try:
        yield from records
    except InputError as fault:
        yield Rejection(source=name, reason=fault.problem, cure=fault.cure)


def _unique(
    records: Iterator[Article | Rejection], note: Callable[[str], None]
) -> Iterator[Article | Rejection]:
    seen, repeated = Seen(), 0
    for record in records:
        one = kept(record, seen) if isinstance(record, Article) else record
        if one is None:
            repeated += 1
        else:
            yield one
    if repeated:
        note(f"{repeated} repeated {'article was' if repeated == 1 else 'articles were'} left out (by id).")


def kept(article: Article, seen: Seen) -> Article | None:
    """The article, or None for one seen before.

    Tables often number their rows from 1: under an id seen with another text, a row gets one of its own text.
    """
    if article.source != "table":
        return article if seen.add(article.id) else None
    if not seen.add(f"{article.id}\0{article.text}"):
        return None
    if seen.add(article.id):
        return article
    key = article_id(url=None, text=article.text)
    return replace(article, id=key) if seen.add(key) else None


def _read(source: str | Path, options: ReadOptions) -> Iterator[Article | Rejection]:
    name = str(source)
    if name == "-":
        document = Document(name="standard input", stream=_buffered(sys.stdin.buffer))
        yield from _articles(document, options.kind, options)
    elif is_web_address(name):
        yield from _read_address(name, options)
    elif not name:
        raise SourceError(
            "A source has no name.", cure="Give a file, a folder, an address, or - for standard input."
        )
    elif _is_folder(Path(source)):
        yield from _read_folder(Path(source), options)
    else:
        yield from _read_file(Path(source), options)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        # A name that is too long or holds a null character; opening it tells so.
        return False


def _read_folder(folder: Path, options: ReadOptions) -> Iterator[Article | Rejection]:
    """Every file below `folder` whose name tells that it may hold articles, in the order of names."""
    found = False
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and kind_of_name(name):
                found = True
                yield from _forgiving(_read_file(path, options), str(path))
    if not found:
        raise SourceError(
            f"The folder {folder} holds no articles.",
            cure="Give a folder with .txt, .html, .docx, .pdf, .jsonl, .json, .csv, .tsv, .parquet or .xml files, "
            "gzipped or not.",
        )


def _read_file(path: Path, options: ReadOptions) -> Iterator[Article | Rejection]:
    kind = options.kind if options.kind != "auto" else kind_of_name(path.name) or "auto"
    if "\0" in str(path):
        raise SourceError("A path holds a null character.", cure="Check the path.")
    try:
        with path.open("rb", buffering=_BUFFER) as stream:
            document = Document(name=str(path), stream=stream)
            if path.stat().st_size > options.max_bytes and sniff(document, kind) not in _STREAMED:
                raise too_large(str(path), options.max_bytes)
            yield from _articles(document, kind, options)
    except FileNotFoundError as fault:
        raise SourceError(f"There is no file {path}.", cure="Check the path.") from fault
    except OSError as fault:
        problem = f"{path} cannot be read: {fault.strerror or fault}."
        raise SourceError(problem, cure="Check the path and its permissions.") from fault


def _read_address(url: str, options: ReadOptions) -> Iterator[Article | Rejection]:
    from workbench.sources.web import fetch

    fetched = fetch(url, options)
    stream = _buffered(io.BytesIO(fetched.data))
    document = Document(name=url, stream=stream, url=fetched.url, charset=fetched.charset)
    kind = options.kind if options.kind != "auto" else kind_of_name(urlsplit(fetched.url).path) or "auto"
    yield from _articles(document, kind, options)


def _articles(document: Document, kind: str, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The finished articles of a document, whatever its kind."""
    if document.peek(2) == b"\x1f\x8b":
        document = replace(document, stream=_buffered(gzip.GzipFile(fileobj=document.stream)))
    try:
        reader = SOURCES.load(sniff(document, kind))
        for record in reader(document, options):
            if isinstance(record, Article):
                yield from _followed(record, document, options)
            else:
                yield record
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise SourceError(
            f"{document.name} is damaged: {fault}.", cure="Fetch or compress it again."
        ) from fault


def _followed(article: Article, document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The page behind an entry of a feed or front page where it is wanted, else the entry itself."""
    if options.follow and article.url and article.source in _LISTED and article.url != document.url:
        page = _read_address(article.url, replace(options, follow=False, kind="html"))
        yield from _forgiving(page, article.url)
    else:
        yield finish(article, document.name, options)


def finish(article: Article, name: str, options: ReadOptions) -> Article | Rejection:
    """Give an article its language and id, or say why it cannot be used.

    Args:
        article: As a source gave it.
        name: Where it came from, for the Rejection.
        options: Which languages are accepted, and which is taken for granted.
    """
    key = article.id or article_id(url=article.url, text=article.text)
    where = article.url or name
    if not words(article.text):
        cure = "Give a source with text in it."
        return Rejection(source=where, reason="The article has no text.", cure=cure, article=key)
    if article.source != "table" and _is_menu(f"{article.title}\n{article.text}"):
        return Rejection(
            source=where,
            reason="It holds no article: only short lines, as in a menu.",
            cure="Give the text of one article.",
            article=key,
        )
    language = options.language or article.language or identify(article.text)
    if language and options.accept and language.partition("-")[0] not in options.accept:
        return _foreign(where, language, options, key)
    notes = [] if language else ["the language is not certain"]
    notes += _mixture(article.text)
    return replace(
        article, id=key, language=language, warnings=tuple(dict.fromkeys((*article.warnings, *notes)))
    )


def _is_menu(text: str) -> bool:
    lines = [line for line in text.split("\n") if line]
    if len(lines) < _MENU_LINES or any(map(reads_as_prose, lines)):
        return False
    return sum(len(words(line)) for line in lines) < _MENU_WORDS * len(lines)


def _foreign(where: str, language: str, options: ReadOptions, key: str) -> Rejection:
    name = _NAMES.get(language.partition("-")[0], "another language")
    accepted = " and ".join(_NAMES.get(one, one) for one in options.accept)
    return Rejection(
        source=where,
        reason=f"The article is in {name} ({language}); {accepted} are read.",
        cure=f"Read it all the same with --accept {language}, or say what it is with --from {options.accept[0]}.",
        article=key,
    )


def _mixture(text: str) -> list[str]:
    letters, arabic = len(_LETTER.findall(text)), len(_ARABIC.findall(text))
    if not letters or min(arabic, letters - arabic) < _MIXED * letters:
        return []
    return [f"languages are mixed: {round(100 * arabic / letters)} % of the letters are Arabic script"]


def _buffered(stream: BinaryIO | gzip.GzipFile) -> BinaryIO:
    """A stream that can be looked into before it is read."""
    return cast(
        BinaryIO,
        stream if hasattr(stream, "peek") else io.BufferedReader(cast(io.RawIOBase, stream), _BUFFER),
    )
