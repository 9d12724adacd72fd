"""The tanwin of the final alef, as professional Arabic press writes it, for text written without diacritics."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from workbench.records import Span

LISTED = Path(__file__).with_name("tanwin.txt")
"""One form a line: without diacritics, how often it was seen in texts that write tanwin, how often with it."""
SHARE = 0.95
"""Share of its occurrences with tanwin from which a form is written with it."""
FATHATAN = "\u064b"

_LETTER, _MARK = "\u0621-\u063a\u0641-\u064a", "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
# Words of plain letters alone: what carries a mark was written by somebody who knew, what follows # or @ is a name.
_WORD = re.compile(rf"(?<![\w#@{_MARK}])[{_LETTER}]{{2,}}\u0627(?![\w{_MARK}])")
_AND = "وف"


def unmarked(text: str) -> Iterator[Span]:
    """Words whose final alef lacks its tanwin; what may be written without it is left out.

    >>> text = "قال أيضا إنهما زارا سوريا حاليا"
    >>> [text[start:end] for start, end in unmarked(text)]
    ['أيضا', 'حاليا']
    """
    for found in _WORD.finditer(text):
        if _takes_tanwin(found.group()):
            yield found.span()


def restore_tanwin(text: str) -> str:
    """Write the tanwin, before the alef, on the word forms that hardly ever go without; nothing else changes.

    >>> restore_tanwin("وأيضا")
    'وأيضًا'
    """
    return put(FATHATAN, text, [end - 1 for _, end in unmarked(text)])


def put(mark: str, text: str, places: list[int]) -> str:
    """The text with a mark before each of some places, which rise."""
    edges = [0, *places, len(text)]
    return mark.join(text[start:end] for start, end in itertools.pairwise(edges))


def _takes_tanwin(form: str) -> bool:
    """As the list has it; behind an "and" as without, unless the list has the whole."""
    listed = _listed()
    return listed.get(form, form[0] in _AND and listed.get(form[1:], False))


@lru_cache(maxsize=1)
def _listed() -> dict[str, bool]:
    """Whether each form of the list takes the mark."""
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {form: int(marked) >= SHARE * int(seen) for form, seen, marked in rows}
