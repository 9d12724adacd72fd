"""Text that was decoded with the wrong encoding, set right line by line; right Arabic is never touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

_CONTINUATION = "".join(bytes([code]).decode("cp1256") for code in range(0x80, 0xC0))
_PAIR = f"[طظ][{re.escape(_CONTINUATION)}]"
_UTF8_AS_1256 = re.compile(f"(?:{_PAIR}){{3}}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_LATIN_WORD = re.compile(r"(?<![A-Za-z])[\u00c0-\u00ff]{2,}(?![A-Za-z])")
_BYTE_ORDER_MARK = re.compile("ï»¿|ï»؟|þÿ|ÿþ")
_SUSPECT = re.compile(
    # Anything that clean Arabic or English text does not use.
    "[^\x00-\x7f\u00a0\u00a3\u00a7\u00a9\u00ab\u00ad\u00ae\u00b0\u00b7\u00bb\u00bc-\u00be\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff"
    "\u200b-\u2026\u202a-\u202f\u2030\u2032\u2033\u2039\u203a\u2060-\u206f\u20ac\u2122\ufb50-\ufdff\ufe70-\ufeff]"
)


def repair(text: str) -> str:
    """Set wrongly decoded characters right: UTF-8 read as Latin, and both UTF-8 and Arabic code pages read as another.

    >>> repair("ط§ظ„ط³ظ„ط§ظ…"), repair("ÇáÓáÇã Úáíßã"), repair("Itâ€™s"), repair("فقط؟ لا، «حفظ» الأمر")
    ('السلام', 'السلام عليكم', 'It’s', 'فقط؟ لا، «حفظ» الأمر')
    """
    text = _BYTE_ORDER_MARK.sub("", text) if text[:1] in "ïþÿ" else text
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    if line.isascii():
        return line
    for _ in range(3):  # text may have been spoilt more than once
        repaired = _from_utf8_as_1256(line)
        repaired = _from_code_page(repaired)
        if _SUSPECT.search(repaired):
            repaired = _fixer()(repaired)
        if repaired == line:
            break
        line = repaired
    return line


def _from_utf8_as_1256(line: str) -> str:
    """UTF-8 read as windows-1256, the Arabic code page: "ط§ظ„" is "ال".

    Right Arabic survives: strict UTF-8 allows only "ط" or "ظ" to open a letter, and certain marks to close it.
    """
    return _recode(line, "cp1256", "utf-8") if _UTF8_AS_1256.search(line) else line


def _from_code_page(line: str) -> str:
    """Windows-1256 or ISO-8859-6 read as Latin-1 or windows-1252: "Çá" or "Çä" is the article "ال"."""
    words = _LATIN_WORD.findall(line)
    if sum(map(len, words)) < 6:
        return line
    for article, encoding in (("Çá", "cp1256"), ("Çä", "iso8859_6")):
        if any(article in word for word in words):
            return _recode(line, "cp1252", encoding)
    return line


def _recode(line: str, wrong: str, right: str) -> str:
    """Each stretch beyond ASCII read again with another encoding, where all its characters allow it."""

    def read_again(found: re.Match[str]) -> str:
        try:
            return b"".join(_bytes(char, wrong) for char in found.group()).decode(right)
        except UnicodeError:
            return found.group()

    return _NOT_ASCII.sub(read_again, line)


def _bytes(char: str, encoding: str) -> bytes:
    """The byte of a character, also where a lax decoder had let an undefined byte through as a control."""
    return bytes([ord(char)]) if "\x80" <= char <= "\x9f" else char.encode(encoding)


@cache
def _fixer() -> Callable[[str], str]:
    import ftfy  # takes 0.1 s to load, and most texts never need it

    return lambda line: str(ftfy.fix_encoding(line))
