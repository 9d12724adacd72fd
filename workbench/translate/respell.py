"""Numbers written another way, of the same value: small models stumble over some spellings and not over others."""

from __future__ import annotations

import re

from workbench.text.arabic import fold_digits
from workbench.text.script import script_of

_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![.,]?\d)")
_PLAIN = re.compile(r"(?<![\d.,])[1-9]\d{4,14}(?![.,]?\d)")
_LONG = re.compile(f"{_GROUPED.pattern}|{_PLAIN.pattern}")
_SCALES = ((10**9, "billion", "مليار"), (10**6, "million", "مليون"))


def respell(text: str, language: str) -> str:
    """Write long numbers another way: "5,000,000" as "5 million", "11,000" as "11000", "55000" as "55,000".

    Args:
        text: A sentence.
        language: BCP 47 tag; decides the words for millions.

    >>> respell("from 11,000 to 22500 of 5,000,000 in 2016", "en")
    'from 11000 to 22,500 of 5 million in 2016'
    """
    folded = fold_digits(text).replace("٬", ",")
    return _LONG.sub(lambda found: _other(found.group(), arabic=script_of(language) == "Arab"), folded)


def _other(number: str, *, arabic: bool) -> str:
    value = int(number.replace(",", ""))
    for scale, english, word in _SCALES:
        if value % scale == 0:
            return f"{value // scale} {word if arabic else english}"
    return str(value) if "," in number else f"{value:,}"
