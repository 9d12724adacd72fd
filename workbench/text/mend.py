"""Mends of what small models write and no writer would: letters that cannot meet, words in two pieces, words twice."""

from __future__ import annotations

import re

_START = r"(?<![\w\u064b-\u0652\u0670])"
"""Of an Arabic word; diacritics are no letters to `re`."""
_PRONOUN = r"(?:ها|هما|هم|هن|ه|نا|كم|كما|ي)(?!\w)"
_TIED = re.compile(rf"(?<=\w)ة(?={_PRONOUN})")
_BROKEN = re.compile(rf"{_START}([وف]?)(\w+)ى(?={_PRONOUN})")
_TO = frozenset({"عل", "إل", "لد"})
"""«على», «إلى» and «لدى» take ي before a pronoun, other words an alef."""
_LOOSE = re.compile(
    rf"{_START}(?<![.\-/])(?<!\s[ء-ي] )(?<!^[ء-ي] )"
    r"((?:[وف]?[بل]|ك)(?! (?:في|من|على|إلى|عن)(?!\w))|[وف]) (?=[ء-ي]{2})"
)
"""A clitic by itself, but no letter of «أ ف ب»; «فك» is a word."""
_LETTER = re.compile(r"(?<![\w.'’])[B-HJ-Z](?![\w.'’])")
"""A letter that stands for itself, as in "vitamin K" and "hepatitis B", which «ك» and «ب» then do too."""
_FOR_THE = re.compile(rf"{_START}([وف]?)لال(?=[ء-ئبث-ي]\w)(?!لل?ه(?!\w)|يغا(?!\w)|يش(?!\w)|يبيلا)")
"""«ل» and «ال» are written «لل»; «لالتزام» and its kin are left, whose «ال» is their own, and «لاليغا» and its."""
_SPACED = re.compile(r"(?<=\w) +([،؛؟]|[.:!](?=\s|$))")
_TWICE = re.compile(
    r"(?<![\w'’-])(?!that|had|و?كذا|خطوة|رويدا|شيئا|واحد[اة]|قليلا|صفا|بيتا|بابا|حرفا|جدا)(\w{3,}) \1(?![\w'’-])"
)
"""But for what may be said twice, and for "May may"."""
_REPEATED = re.compile(r"(?<!\w)(\w{3,})(?: (?:by|for|after|to|in|upon))?[ -]\1(?!\w)", re.IGNORECASE)
"""What makes a source say a word twice: "Boutros Boutros-Ghali", "room by room"."""
_THRICE = re.compile(r"(?<=[a-z])([a-hj-z])\1\1(?![a-z])")
_A = re.compile(
    r"(?<![\w'’.&?-])(?:(?<=^)A|(?<=^[\"“«])A|a)(n?) (?!(?:an?d?|as|at|if|in|is|it|of|on|or)\b)(?=([a-z]{2,})(?!\w))"
)
"""The article, but no letter: what no noun follows, and a capital within a sentence; "x-ray" is left as it is."""
_VOWEL = re.compile(
    r"(?!eu|one(?!r)|once|uni[cfloqptsv]|unan(?=im)|use|usa|usu|ura|uri|uro|uku|ute|uti|uto|ubiq)[aeiou]|hour|hono|honest|heir"
)
_HOUR = re.compile(r"\b[apAP]\.[mM]\.(?= [a-z(])")
_STOP_OF_HOUR = re.compile(r"(?<!\w)((?:صباح|ظهر|عصر|مساء|ليل)ً?ا?ً?)\. (?=\w)")
"""The stop of "a.m." within a sentence, which ends none in Arabic either."""
_FULL = re.compile(r"[^a-zA-Z]*[\u0620-\u064a].*[.!?؟…][\"'”»)\]]*\s*", re.DOTALL)
"""A whole sentence in Arabic, which has no capitals that a model could learn from."""
_FIRST = re.compile(r"([\"'“‘«(\[]*)([a-z])(?=[a-z]*(?![\w.]))")


def mended(text: str, *, language: str, source: str) -> str:
    """A translation without what is always wrong; its words stay as they are.

    Args:
        text: What a model wrote, in Arabic or English; other languages stay as they are.
        language: BCP 47 tag of it.
        source: What it was translated from: a word that stands twice in it may stand twice.

    >>> mended("كلمةها و قال إلىه لالعراق", language="ar", source="")
    'كلمتها وقال إليه للعراق'
    >>> mended("a old old man in an garden", language="en", source="")
    'an old man in a garden'
    """
    language = language.partition("-")[0].lower()
    if language not in ("ar", "en"):
        return text
    text = _SPACED.sub(r"\1", text)
    if not _REPEATED.search(source):
        text = _TWICE.sub(r"\1", text)
    return _mended_arabic(text, source) if language == "ar" else _mended_english(text, source)


def _mended_arabic(text: str, source: str) -> str:
    if _HOUR.search(source):
        text = _STOP_OF_HOUR.sub(r"\1 ", text)
    text = _TIED.sub("ت", text)
    if not _LETTER.search(source):
        text = _LOOSE.sub(r"\1", text)
    return _FOR_THE.sub(r"\1لل", _BROKEN.sub(_before_pronoun, text))


def _before_pronoun(found: re.Match[str]) -> str:
    clitic, word = found.groups()
    return f"{clitic}{word}{'ي' if word in _TO else 'ا'}"


def _mended_english(text: str, source: str) -> str:
    if _FULL.fullmatch(source) and (first := _FIRST.match(text)):
        text = text[: first.end(1)] + first.group(2).upper() + text[first.end() :]
    return _A.sub(_article, _THRICE.sub(r"\1\1", text))


def _article(found: re.Match[str]) -> str:
    """The article "a" or "an" as the next word sounds; "an herbal" and "an historic" are written too."""
    n, following = found.groups()
    vowel = _VOWEL.match(following) or (n and following.startswith("h"))
    return found.group()[0] + ("n " if vowel else " ")
