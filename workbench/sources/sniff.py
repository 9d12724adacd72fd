"""What kind of source something is: by its name, else by how it begins."""

from __future__ import annotations

import re
from pathlib import PurePath

from workbench.errors import EncodingError, SourceError
from workbench.registry import unknown_name
from workbench.sources import SOURCES
from workbench.sources.base import Document
from workbench.sources.encoding import guess_encoding

_SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
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
# Names that promise less than they hold: what the file begins with decides.
_VAGUE = ("auto", "text", "feed", "json")
_BINARY = {b"PAR1": "parquet", b"%PDF-": "pdf"}
_HEAD = 1 << 16
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|div|article|main|meta)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_web_address(source: str) -> bool:
    """Whether a source is a web address rather than a path.

    >>> is_web_address("https://example.org/news"), is_web_address("news/today.txt")
    (True, False)
    """
    scheme, mark, _ = source.partition("://")
    return bool(mark) and scheme.lower() in ("http", "https", "ftp", "file", "gopher")


def kind_of_name(name: str) -> str | None:
    """Kind of source that a file name promises, `.gz` or not; None where it promises none.

    >>> kind_of_name("news.jsonl.gz"), kind_of_name("picture.png")
    ('jsonl', None)
    """
    path = PurePath(name.lower())
    return _SUFFIXES.get(PurePath(path.stem).suffix if path.suffix == ".gz" else path.suffix)


def sniff(document: Document, kind: str) -> str:
    """A name in `SOURCES` for a document whose name says `kind`; "auto" where it says nothing.

    Raises:
        UnknownName: There is no such kind.
        SourceError: The document is empty.
    """
    if kind != "auto" and kind not in SOURCES:
        raise unknown_name("kind of source", kind, list(SOURCES))
    head = document.peek(_HEAD)
    if not head:
        raise SourceError(f"{document.name} is empty.", cure="Give a file that holds an article.")
    if kind not in _VAGUE:
        return kind
    for mark, binary in _BINARY.items():
        if head.startswith(mark):
            return binary
    try:
        start = head.decode(guess_encoding(head, name=document.name), errors="replace").lstrip(
            "\ufeff \t\r\n"
        )
    except EncodingError:
        # The reader says what is wrong with it.
        return "text" if kind == "auto" else kind
    return _of_text(start, kind)


def _of_text(start: str, kind: str) -> str:
    if start.startswith("<"):
        if _FEED.search(start):
            return "feed"
        return "html" if _PAGE.match(start) else kind.replace("auto", "html")
    if kind == "feed":
        return "text"
    if re.match(r"\{\s*[\"}]", start):
        return _json_or_lines(start, kind)
    if start.startswith("[") and re.match(r"\[\s*[{\]]", start):
        return "json"
    return "text" if kind == "auto" else kind


def _json_or_lines(start: str, kind: str) -> str:
    """Lines of JSON begin with a whole object and go on; a document is one line, or begins with less than an object."""
    first, _, rest = start.partition("\n")
    if not rest.strip():
        return "json" if kind == "json" else "jsonl"
    return "jsonl" if len(first) > 2 and first.rstrip().endswith("}") else "json"
