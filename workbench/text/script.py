"""Which writing systems a text uses, and whether it holds anything that a translator should touch."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from workbench.records import Span
from workbench.text import arabic, language

_ADDRESS = re.compile(
    # Each alternative is bounded, and starts only where a word starts: a megabyte without a space stays cheap.
    r"(?:https?://|www\.)\S+"  # addresses with a scheme or www
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]+"  # e-mail
    r"|(?<![\w@])@\w+"  # handles
    r"|(?<![a-zA-Z0-9_.-])[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){0,5}"
    r"\.(?:com|net|org|info|tv|ir|eg|sa|ae|uk|gov|edu|io|html?|php)\b(?:/\S*)?"
)
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u064b-\u0652'’-](?=[^\W\d_]))*")
_SCRIPTS = {
    "Arab": ("ar", "fa", "ur", "ps", "sd", "ug", "ckb", "arz", "ary"),
    "Cyrl": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg"),
    "Hani": ("zh", "ja"),
    "Hang": ("ko",),
    "Grek": ("el",),
    "Hebr": ("he", "yi"),
    "Deva": ("hi", "mr", "ne"),
}
_BY_LANGUAGE = {tag: code for code, tags in _SCRIPTS.items() for tag in tags}
_BY_NAME = {
    "LATIN": "Latn",
    "FULLWIDTH": "Latn",
    "ARABIC": "Arab",
    "CYRILLIC": "Cyrl",
    "CJK": "Hani",
    "HIRAGANA": "Hani",
    "KATAKANA": "Hani",
    "HANGUL": "Hang",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "DEVANAGARI": "Deva",
}
_MARKS = str.maketrans("٪٫٬", "%.,")
_TATWEEL = "\u0640"
_ENOUGH = 0.9
_SURE = 20


def script_of(tag: str) -> str:
    """ISO 15924 code of the script that a language is written in; Latin where it is not one of those listed.

    >>> script_of("ar-EG"), script_of("en"), script_of("zh-Hant")
    ('Arab', 'Latn', 'Hani')
    """
    return _BY_LANGUAGE.get(tag.partition("-")[0].lower(), "Latn")


@lru_cache(maxsize=4096)
def script_of_letter(char: str) -> str | None:
    """Script of a letter; None for what is no letter, "Zzzz" for letters of other scripts.

    >>> script_of_letter("ع"), script_of_letter("é"), script_of_letter("7")
    ('Arab', 'Latn', None)
    """
    if not char.isalpha() or char == _TATWEEL:
        return None
    if arabic.is_arabic(char):
        return "Arab"
    return _BY_NAME.get(unicodedata.name(char, "").partition(" ")[0], "Zzzz")


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has.

    >>> scripts("قناة BBC")
    Counter({'Arab': 4, 'Latn': 3})
    """
    found: Counter[str] = Counter()
    for char, times in Counter(text).items():  # a text has few different characters
        if code := script_of_letter(char):
            found[code] += times
    return found


def share(text: str, code: str) -> float | None:
    """Share of a text's letters that belong to a script, 0 to 1; None where it has no letters.

    >>> share("قناة BBC", "Arab"), share("212", "Arab")
    (0.5714285714285714, None)
    """
    found = scripts(text)
    return found[code] / found.total() if found else None


def runs(text: str, code: str) -> Iterator[Span]:
    """Stretches of neighbouring words that are all in one script; a word of another script ends a stretch.

    >>> text = "قال Prime Minister, Keir Starmer إن BBC"
    >>> [text[start:end] for start, end in runs(text, "Latn")]
    ['Prime Minister, Keir Starmer', 'BBC']
    """
    start, end = -1, -1
    for found in _WORD.finditer(text):
        if script_of_letter(found.group()[0]) == code:
            start, end = (found.start() if start < 0 else start), found.end()
        elif start >= 0:
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def without_addresses(text: str) -> str:
    """The text with web and mail addresses and handles blanked, one space for each character.

    >>> without_addresses("see www.alalam.ir now")
    'see               now'
    """
    return _ADDRESS.sub(lambda found: " " * len(found.group()), text)


def to_translate(text: str, source: str, target: str) -> bool:
    """Whether a translator has anything to do: there are words, and they are not in the target language already.

    >>> to_translate("212", "ar", "en"), to_translate("Press TV", "ar", "en"), to_translate("قال", "ar", "en")
    (False, False, True)
    """
    found = scripts(without_addresses(text))
    letters = found.total()
    if not letters:
        return False
    wanted = script_of(target)
    if script_of(source) != wanted:
        return found[wanted] < _ENOUGH * letters
    return letters < _SURE or language.identify(text) != target.partition("-")[0].lower()


def localise(text: str, target: str) -> str:
    """Digits and their marks as the readers of `target` know them, one for one; Arabic-script readers know both.

    >>> localise("١٢٫٥٪", "en"), localise("١٢٫٥٪", "ar")
    ('12.5%', '١٢٫٥٪')
    """
    return text if script_of(target) == "Arab" else arabic.fold_digits(text).translate(_MARKS)
