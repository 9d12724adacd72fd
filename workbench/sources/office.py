"""Word and PDF files, within limits: a small file may unfold into a huge one."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from workbench.errors import SourceError
from workbench.records import Article, Rejection
from workbench.sources import plain
from workbench.sources.base import Document, ReadOptions

_UNFOLDED = 60_000_000
_PAGES = 300
_ARABIC = re.compile("[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufefc]")
_LATIN = re.compile("[0-9A-Za-z\u0660-\u0669]")
_MOVED = "numbers and Latin words may stand elsewhere in their lines than in the PDF: compare them with it"


def read_docx(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The article of a Word file, read as its text is.

    Raises:
        InputError: It is damaged, without text, or larger than it looks.
    """
    yield from _as_text(_docx(document, options), document, options, kind="docx")


def read_pdf(document: Document, options: ReadOptions) -> Iterator[Article | Rejection]:
    """The article of a PDF file, read as its text is.

    A PDF says where glyphs stand, not in which order they are read: where Arabic lines hold numbers or Latin words,
    a warning says that those may have moved.

    Raises:
        InputError: It is damaged, encrypted, without text, or too long.
    """
    text = _pdf(document, options)
    mixed = any(_ARABIC.search(line) and _LATIN.search(line) for line in text.splitlines())
    for record in _as_text(text, document, options, kind="pdf"):
        yield _warned(record) if mixed else record


def _warned(record: Article | Rejection) -> Article | Rejection:
    if isinstance(record, Rejection):
        return record
    return replace(record, warnings=(*record.warnings, _MOVED))


def _as_text(
    text: str, document: Document, options: ReadOptions, *, kind: str
) -> Iterator[Article | Rejection]:
    if not text.strip():
        raise SourceError(
            f"{document.name} holds no text; it may be a scan.", cure="Run a text recognition over it first."
        )
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    for record in plain.read(replace(document, stream=stream, charset="utf-8"), options):
        told = isinstance(record, Article) and record.source == "text"
        yield replace(record, source=kind) if told and isinstance(record, Article) else record


def _docx(document: Document, options: ReadOptions) -> str:
    import docx

    stream = io.BytesIO(document.read(options.max_bytes))
    with _readable(f"{document.name} is no Word document.", cure="Save it again as .docx."):
        with zipfile.ZipFile(stream) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNFOLDED:
                raise SourceError(f"{document.name} unfolds into too much.", cure="Save its text as .txt.")
        paragraphs = [paragraph.text for paragraph in docx.Document(stream).paragraphs]
    return "\n\n".join(text for text in paragraphs if text.strip())


def _pdf(document: Document, options: ReadOptions) -> str:
    import pypdf

    # Of what it mends by itself it would tell whoever reads the terminal.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    stream = io.BytesIO(document.read(options.max_bytes))
    with _readable(f"{document.name} is no PDF that can be read.", cure="Save its text as .txt."):
        reader = pypdf.PdfReader(stream)
        if reader.is_encrypted or len(reader.pages) > _PAGES:
            raise SourceError(
                f"{document.name} is encrypted, or has more than {_PAGES} pages.",
                cure="Save the part you need.",
            )
        return "\n\n".join(page.extract_text() for page in reader.pages)


@contextmanager
def _readable(problem: str, *, cure: str) -> Iterator[None]:
    """One error for all that the libraries raise on a damaged file: both let through what they stumble over."""
    try:
        yield
    except SourceError:
        raise
    except Exception as fault:
        raise SourceError(problem, cure=cure) from fault
