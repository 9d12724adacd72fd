"""Words brought to a common form, so that inflected ones are found again; where they stand is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from workbench.records import Span
from workbench.text.arabic import matching
from workbench.text.script import script_of_letter

_MARKS = "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
_ENGLISH = snowballstemmer.stemmer("english")
_ENDINGS = ("يات", "ها", "هم", "ان", "ات", "ون", "ين", "يه", "وا", "ه", "ي", "ا")
_SHORT = 3
_REMEMBERED = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of a text.

    Attributes:
        text: As written.
        forms: What it may be a form of; see `forms`.
        span: Where it stands.
    """

    text: str
    forms: frozenset[str]
    span: Span


def words(text: str) -> list[Word]:
    """The words and numbers of a text, in reading order.

    >>> [word.text for word in words("قال الوزيرُ: 3.5%")]
    ['قال', 'الوزيرُ', '3', '5']
    """
    return [
        Word(text=found.group(), forms=forms(found.group()), span=found.span())
        for found in _WORD.finditer(text)
    ]


@lru_cache(_REMEMBERED)
def forms(word: str) -> frozenset[str]:
    """What a word may be a form of, in folded letters: two words are forms of one where these meet.

    An Arabic word stands for itself with and without the clitics in front of it and the endings behind it: whether
    «وزير» is "minister" or "and Zir" no letter tells. An English word has one stem.

    >>> bool(forms("وبالمدرسة") & forms("مدرسة")), bool(forms("لبنانيون") & forms("لبنان")), forms("Ministers")
    (True, True, frozenset({'minist'}))
    """
    folded = matching(word)
    script = script_of_letter(folded[0]) if folded else None
    if script == "Arab":
        bare = bare_forms(word)
        once = {_without_ending(form) for form in bare}
        return bare | once | {_without_ending(form) for form in once}
    return frozenset(
        {str(_ENGLISH.stemWord(folded)) if script == "Latn" and len(folded) > _SHORT else folded}
    )


def bare_forms(word: str) -> frozenset[str]:
    """An Arabic word with and without each reading of the clitics in front of it; folded letters.

    >>> sorted(bare_forms("وبواشنطن"))
    ['بواشنطن', 'واشنطن', 'وبواشنطن']
    """
    found = {matching(word)}
    for clitics in (("و", "ف"), ("ب", "ك", "ل"), ("ال", "ل")):
        found |= {
            form.removeprefix(clitic)
            for form in found
            for clitic in clitics
            if form.startswith(clitic) and len(form) >= len(clitic) + _SHORT
        }
    return frozenset(found)


def _without_ending(form: str) -> str:
    ending = next((one for one in _ENDINGS if form.endswith(one) and len(form) >= len(one) + _SHORT), "")
    return form.removesuffix(ending)
