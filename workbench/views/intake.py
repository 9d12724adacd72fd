"""What people bring to read: a text, an address, an example, or files, of which a bad one stops no other."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.config import resource
from workbench.errors import InputError, WorkbenchError
from workbench.ingest import ReadOptions, finish, kept, read
from workbench.records import Article, Rejection, article_id
from workbench.sources import SOURCES
from workbench.sources.base import Document
from workbench.sources.seen import Seen
from workbench.sources.sniff import is_web_address, sniff
from workbench.views.desk import Data, Desk

_TYPES = (
    ".txt",
    ".text",
    ".html",
    ".htm",
    ".xhtml",
    ".xml",
    ".jsonl",
    ".ndjson",
    ".json",
    ".csv",
    ".tsv",
    ".docx",
    ".pdf",
)
_OPTIONS = ReadOptions(max_bytes=20_000_000)
_EXAMPLES = {"ar": "arabic.txt", "en": "english.txt"}
_MOST = 500
# Of all articles of a list, which is kept while somebody chooses: as many as a hundred of the longest.
_CHARACTERS = 20_000_000
_TOLD = 20

Named = tuple[str, Article | InputError]
"""The name of a source, and an article of it or what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What was brought, in order.

    Attributes:
        articles: With the name of the file or address that each came from.
        problems: What is wrong with a source or an article of it, by the same names; the first few.
        whole: False where more articles were brought than a list holds.
    """

    articles: tuple[tuple[str, Article], ...]
    problems: tuple[tuple[str, InputError], ...]
    whole: bool


def files_of(data: Data) -> list[tuple[str, object]]:
    """Name and path of each file that a page sent, as `files` or as one `file`."""
    given = data.get("files") or ([{"path": data["file"]}] if data.get("file") else [])
    rows = [row if isinstance(row, dict) else {} for row in given]
    return [(str(row.get("name") or "") or _name(row.get("path")), row.get("path")) for row in rows]


def bring(desk: Desk, data: Data) -> Brought:
    """Read what a page sent: `files`, an `example`, or `text` with an article or an address in it.

    Raises:
        InputError: There are too many files, or there is nothing but one problem.
    """
    files = files_of(data)
    if len(files) > desk.limits.files:
        raise InputError(
            f"{len(files)} files are too many at once.", cure=f"Bring up to {desk.limits.files} at a time."
        )
    language = chosen_language(data)
    options = replace(_OPTIONS, language=language)
    records = _of_files(desk, files, options) if files else _of_text(desk, data, options)
    brought = _gathered(_held_to(desk.limits.characters, records))
    if not brought.articles and len(files) < 2:
        raise _first(brought)
    return brought


def chosen_language(data: Data) -> str | None:
    """The language that the page says, if it is one of the workbench's two."""
    value = data.get("language")
    return str(value) if value in ("ar", "en") else None


def _name(path: object) -> str:
    return str(path or "").replace("\\", "/").rpartition("/")[2]


def _first(brought: Brought) -> InputError:
    nothing = InputError("There is no article in it.", cure="Give another source.")
    return brought.problems[0][1] if brought.problems else nothing


def _of_files(desk: Desk, files: list[tuple[str, object]], options: ReadOptions) -> Iterator[Named]:
    for name, path in files:
        count = 0
        for record in _forgiving(_of_file(desk, path, options), name=name, path=path):
            count += 1
            yield record
        if not count:
            yield name, InputError("There is no article in it.", cure="Give another source.")


def _forgiving(records: Iterable[Article | Rejection], *, name: str, path: object) -> Iterator[Named]:
    """Records under a name; a failure becomes the last of them, and tells the name rather than the server's path."""
    try:
        for record in records:
            yield name, _article(record)
    except WorkbenchError as fault:
        yield name, InputError(fault.problem.replace(str(Path(str(path)).resolve()), name), cure=fault.cure)


def _of_file(desk: Desk, path: object, options: ReadOptions) -> Iterator[Article | Rejection]:
    if not path:
        raise InputError(
            f"The file did not arrive: it is larger than {desk.limits.file_bytes / 1e6:g} MB, or the connection broke.",
            cure="Give a smaller one, or choose it again.",
        )
    source = desk.upload(path)
    if source.suffix.lower() not in _TYPES:
        raise InputError(
            f"Files of the kind {source.suffix or 'without a name'} are not read.",
            cure="Give txt, html, docx, pdf, jsonl, csv or xml.",
        )
    yield from read(source, options)


def _of_text(desk: Desk, data: Data, options: ReadOptions) -> Iterator[Named]:
    text = str(data.get("text") or "")
    if data.get("example"):
        name = _EXAMPLES.get(str(data["example"]), _EXAMPLES["en"])
        records: Iterable[Article | Rejection] = read(resource("examples") / name, options)
    elif is_web_address(text.strip()) and len(text.split()) == 1:
        name = text.strip()
        records = read(name, options)
    else:
        name = "the text"
        records = _of_paste(text, options, name=name, most=desk.limits.characters * 4)
    for record in records:
        yield name, _article(record)


def _of_paste(text: str, options: ReadOptions, *, name: str, most: int) -> Iterator[Article | Rejection]:
    """A text as if it were a file: dumps, mojibake and dates are seen to, and HTML is taken for a page."""
    if not text.strip():
        raise InputError("There is no text.", cure="Paste an article, choose a file, or try an example.")
    if len(text) > most:
        raise InputError("The text is too long.", cure="Give a part of it, or use: workbench brief FILE.")
    stream = io.BufferedReader(io.BytesIO(text.encode("utf-8", "replace")), 1 << 20)
    document = Document(name=name, stream=stream, charset="utf-8")
    for record in SOURCES.load(sniff(document, "auto"))(document, options):
        yield finish(record, name, options) if isinstance(record, Article) else record


def _article(record: Article | Rejection) -> Article | InputError:
    if isinstance(record, Rejection):
        return InputError(record.reason, cure=record.cure)
    return record if record.id else replace(record, id=article_id(url=None, text=record.text))


def _held_to(most: int, records: Iterable[Named]) -> Iterator[Named]:
    """The same records; an article that is too long becomes a problem."""
    for name, record in records:
        if isinstance(record, Article) and len(record.text) > most:
            yield (
                name,
                InputError(
                    f"The article has {len(record.text):,} characters; {most:,} are read here.",
                    cure="Give a part of it, or use the command: workbench brief FILE.",
                ),
            )
        else:
            yield name, record


def _gathered(records: Iterable[Named]) -> Brought:
    """As many as a list holds, each article once."""
    articles: list[tuple[str, Article]] = []
    seen = Seen()
    problems: list[tuple[str, InputError]] = []
    characters, whole = 0, True
    for name, record in records:
        if isinstance(record, InputError):
            problems.append((name, record))
        elif (article := kept(record, seen)) is not None:
            if len(articles) >= _MOST or characters + len(record.text) > _CHARACTERS:
                whole = False
                break
            articles.append((name, article))
            characters += len(record.text)
    return Brought(articles=tuple(articles), problems=tuple(problems[:_TOLD]), whole=whole)


def as_rows(brought: Brought) -> list[dict[str, Any]]:
    """Problems as a page shows them."""
    return [{"name": name, "problem": fault.problem, "cure": fault.cure} for name, fault in brought.problems]
