"""Text as models that were trained here see it: one line, without what a small vocabulary would waste pieces on."""

from __future__ import annotations

import re

from workbench.text.arabic import display, fold_digits, strip_diacritics

_SPACE = re.compile(r"\s+")
MARKS = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "`": "'",
        "٪": "%",
        "٫": ".",
        "٬": ",",
        "ی": "ي",
        "ک": "ك",
        "ھ": "ه",
    }
)
"""Marks and letters that a small vocabulary writes one way only."""


def tidy(text: str) -> str:
    """One line of text: `display`, diacritics dropped, digits Latin, quotes straight, Persian letters Arabic.

    >>> tidy("«قالَ»  ١٢٪")
    '"قال" 12%'
    """
    return _SPACE.sub(" ", fold_digits(strip_diacritics(display(text))).translate(MARKS)).strip()
