"""From bytes to text, in the encodings that Arabic and English news comes in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from workbench.errors import EncodingError
from workbench.records import Record
from workbench.text.arabic import is_arabic

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE = ("windows-1256", "iso-8859-6", "windows-1252")
_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"\x7fELF",
    b"ID3",
    b"OggS",
    b"\xd0\xcf\x11\xe0",
)
_BINARY_CONTROLS = bytes({*range(32)} - {9, 10, 12, 13, 27})
_ODD_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][\u0620-\u064a]|[\u0620-\u064a][A-Za-z\u00c0-\u024f]")
_ACCENTED = re.compile(r"[\u00c0-\u024f]")
_SAMPLE = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded(Record):
    """Text, and how its bytes were read.

    Attributes:
        text: Without byte order mark.
        encoding: Name of the encoding used.
        warnings: What could not be decoded, or was decoded against what was declared.
    """

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, *, name: str, declared: str | None = None) -> Decoded:
    """Read `data` as text.

    A byte order mark wins, then valid UTF-8, then what was `declared` where it fits, then the likeliest of
    windows-1256, ISO-8859-6 and windows-1252.

    Args:
        data: All of it.
        name: Where it came from, for the message.
        declared: Encoding named by a server or a page, or None.

    Raises:
        EncodingError: It is no text.
    """
    encoding = guess_encoding(data, name=name, declared=declared)
    text = data.decode(encoding, errors="replace")
    warnings = []
    lost = text.count("\ufffd") - data.count("\ufffd".encode())
    if lost > 0:
        warnings.append(f"{lost} characters could not be decoded as {encoding}")
    if declared and not _same(declared, encoding):
        warnings.append(f"declared as {declared}, read as {encoding}")
    return Decoded(text=text, encoding=encoding, warnings=tuple(warnings))


def guess_encoding(data: bytes, *, name: str, declared: str | None = None) -> str:
    """The encoding that `data`, or the beginning of it, is written in.

    Raises:
        EncodingError: It is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    unmarked = _unmarked_utf16(data[:_SAMPLE])
    if unmarked:
        return unmarked
    if is_binary(data[:_SAMPLE]):
        raise not_text(name)
    if _is_utf8(data):
        return "utf-8"
    known = _known(declared)
    if known and known not in ("utf-8", "ascii") and not known.startswith("iso8859-1") and _fits(data, known):
        return known
    return _likeliest(data[:_SAMPLE])


def is_binary(data: bytes) -> bool:
    """Whether `data` begins like a picture, an archive or a programme, or is full of control characters."""
    if data.startswith(_BINARY):
        return True
    controls = len(data) - len(data.translate(None, _BINARY_CONTROLS))
    return controls > max(2, len(data) // 200)


def not_text(name: str) -> EncodingError:
    """The error for bytes that are no text."""
    return EncodingError(
        f"{name} is no text: it looks like a binary file.",
        cure="Give text, HTML, JSONL, CSV, Parquet, Word (.docx), PDF or a feed.",
    )


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark shows in every second byte: zero for Latin letters, 06 for Arabic ones."""
    pairs = len(data) // 2
    if pairs < 8:
        return None
    for encoding, high, low in (("utf-16-le", data[1::2], data[::2]), ("utf-16-be", data[::2], data[1::2])):
        letters = high.count(0) + high.count(6)
        if letters > 0.6 * pairs and letters + high.count(0x20) > 0.9 * pairs and low.count(0) < 0.05 * pairs:
            return encoding
    return None


def _is_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8 with fewer broken bytes than characters beyond ASCII; one cut at the end is no matter."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text, _ = codecs.utf_8_decode(data[:_SAMPLE], "replace", False)
        broken = text.count("\ufffd")
        good = sum(1 for char in text if char > "\x7f") - broken
        return good > broken  # letters of a code page hardly ever form a character of UTF-8 by chance
    return True


def _known(declared: str | None) -> str | None:
    try:
        return codecs.lookup(declared.strip()).name if declared else None
    except (LookupError, ValueError):
        return None


def _same(declared: str, encoding: str) -> bool:
    known, used = _known(declared), _known(encoding)
    # Latin-1 and ASCII are what servers say when they do not know.
    return (
        known in (None, "ascii", "iso8859-1", used)
        or {known, used} <= {"utf-8", "utf-8-sig"}
        or str(used)[:6] == str(known)[:6]
    )


def _fits(data: bytes, encoding: str) -> bool:
    try:
        text = data[:_SAMPLE].decode(encoding)
    except UnicodeDecodeError:
        return False
    return _oddity(text) < 0.02 * max(1, len(text))


def _likeliest(data: bytes) -> str:
    scores = {}
    for encoding in _SINGLE_BYTE:
        text = data.decode(encoding, errors="replace")
        scores[encoding] = _oddity(text)
    return min(scores, key=lambda encoding: scores[encoding])


def _oddity(text: str) -> float:
    """How much of `text` nobody would write: undecodable bytes, Latin letters inside Arabic words."""
    arabic = sum(map(is_arabic, text))
    accented = len(_ACCENTED.findall(text))
    return (
        3 * text.count("\ufffd")
        + 2 * len(_ODD_WORD.findall(text))
        + (accented if accented > arabic else 0) / 2
    )
