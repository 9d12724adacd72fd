"""Repairs for text as it is scraped; each repair is listed."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from workbench.records import Record
from workbench.text import arabic, mojibake

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\u2028]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_PRIVATE = re.compile("[\ud800-\udfff\ue000-\uf8ff]")
_ENTITY = re.compile(
    r"&(?:amp;)*(?:amp|quot|apos|lt|gt|nbsp|[lr]aquo|[lr][sd]quo|[mn]dash|hellip|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
)
_SPACES = re.compile("[^\\S\n]+")
_BLANK_LINES = re.compile("\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned(Record):
    """A text after repair.

    Attributes:
        text: Unicode NFC, lines parted by line feeds, paragraphs by one blank line.
        warnings: What was repaired or removed, in the order of repair.
    """

    text: str
    warnings: tuple[str, ...] = ()


def clean(text: str) -> Cleaned:
    r"""Repair what scraping does to a text: the `display` profile, and what is no matter of script.

    Mojibake is set right, entities are written out, controls, zero-width and private characters dropped; white
    space is tidied without a warning. Cleaning what is clean changes nothing.

    >>> cleaned = clean("الســلام\u200f  عليكم")
    >>> cleaned.text, cleaned.warnings
    ('السلام عليكم', ('1 zero-width or bidirectional character removed', 'tatweel removed'))
    """
    warnings = []
    text = _BREAKS.sub("\n", text).replace("\u2029", "\n\n")
    for repair in (_decoding, _entities, _controls, _private, _shapes, _invisible, _tatweel, _composition):
        text, warning = repair(text)
        if warning:
            warnings.append(warning)
    if lost := text.count("\ufffd"):
        warnings.append(f"{_many(lost, 'character')} lost to a wrong decoding before this text was read")
    tidied = _spaces(text)
    if mojibake.repair(tidied) != tidied:  # spoilt letters that controls or white space had held apart
        again = clean(tidied)
        return Cleaned(text=again.text, warnings=tuple(dict.fromkeys([*warnings, *again.warnings])))
    return Cleaned(text=tidied, warnings=tuple(warnings))


Repair = tuple[str, str | None]
"""The repaired text, and what was done to it, if anything."""


def _decoding(text: str) -> Repair:
    return _told(text, mojibake.repair, "wrongly decoded characters (mojibake) repaired")


def _entities(text: str) -> Repair:
    repaired, count = _ENTITY.subn(lambda found: html.unescape(html.unescape(found.group())), text)
    return repaired, f"{_many(count, 'HTML entity', 'HTML entities')} written out" if count else None


def _controls(text: str) -> Repair:
    text = text.replace("\x85", "\n")  # not before decoding is right: it is half of many a spoilt letter
    return _without(text, _CONTROLS, "control character")


def _private(text: str) -> Repair:
    return _without(text, _PRIVATE, "private-use character")


def _shapes(text: str) -> Repair:
    return _told(text, arabic.fold_presentation_forms, "presentation forms written as plain letters")


def _invisible(text: str) -> Repair:
    repaired = arabic.drop_invisible(text)
    count = len(text) - len(repaired)
    return repaired, f"{_many(count, 'zero-width or bidirectional character')} removed" if count else None


def _tatweel(text: str) -> Repair:
    return _told(text, arabic.drop_tatweel, "tatweel removed")


def _composition(text: str) -> Repair:
    return _told(text, lambda t: unicodedata.normalize("NFC", t), "characters composed (Unicode NFC)")


def _told(text: str, repair: Callable[[str], str], warning: str) -> Repair:
    repaired = repair(text)
    return repaired, warning if repaired != text else None


def _without(text: str, pattern: re.Pattern[str], what: str) -> Repair:
    repaired, count = pattern.subn("", text)
    return repaired, f"{_many(count, what)} removed" if count else None


def _many(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _spaces(text: str) -> str:
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
