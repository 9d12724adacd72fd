"""Repairs for text as it is scraped; each repair is listed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import ftfy

from workbench.records import Record
from workbench.text import arabic

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_SPACES = re.compile("[^\\S\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned(Record):
    r"""A text after repair.

    Attributes:
        text: Unicode NFC, lines parted by line feeds, paragraphs by one blank line.
        warnings: What was repaired or removed, in the order of repair.
    """

    text: str
    warnings: tuple[str, ...] = ()


def clean(text: str) -> Cleaned:
    r"""Repair what scraping does to a text.

    >>> clean("الســلام\u200f  عليكم").text
    'السلام عليكم'
    """
    warnings = []
    for message, repair in _REPAIRS:
        repaired = repair(text)
        if repaired != text and message:
            warnings.append(message)
        text = repaired
    return Cleaned(text=text, warnings=tuple(warnings))


def _mojibake(text: str) -> str:
    repaired: str = ftfy.fix_encoding(text)
    return repaired


def _spaces(text: str) -> str:
    lines = [_SPACES.sub(" ", line).strip() for line in _BREAKS.sub("\n", text).split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


_REPAIRS = (
    ("wrongly decoded characters (mojibake) repaired", _mojibake),
    ("control characters removed", lambda text: _CONTROLS.sub("", text)),
    ("Arabic presentation forms written as plain letters", arabic.fold_presentation_forms),
    ("zero-width and bidirectional control characters removed", arabic.drop_invisible),
    ("tatweel removed", lambda text: text.replace("\u0640", "")),
    ("composed characters (Unicode NFC)", lambda text: unicodedata.normalize("NFC", text)),
    ("", _spaces),
)
