"""Arabic script in two profiles: `display` for readers and models, `matching` for comparison; never mixed."""

from __future__ import annotations

import re
import unicodedata

_DIACRITICS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffc]"
)
_DASH = re.compile(r"(?<!\S)\u0640+(?!\S)")
_TATWEEL = "\u0640"
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_LETTERS = str.maketrans("أإآٱىیېکةھہۃ", "اااايييكهههه")
_PRESENTATION = {
    # NFKC sets a space before a mark that stands alone; nothing else here starts with one.
    code: unicodedata.normalize("NFKC", chr(code)).lstrip(" ")
    for block in (range(0xFB00, 0xFB07), range(0xFB50, 0xFE00), range(0xFE70, 0xFEFD))
    for code in block
    if unicodedata.decomposition(chr(code))
}


def is_arabic(char: str) -> bool:
    """Whether `char` belongs to a block of the Arabic script.

    >>> is_arabic("ع"), is_arabic("a"), is_arabic("،")
    (True, False, True)
    """
    return (
        "\u0600" <= char <= "\u06ff"
        or "\u0750" <= char <= "\u077f"
        or "\u0870" <= char <= "\u08ff"
        or "\ufb50" <= char <= "\ufdff"
        or "\ufe70" <= char <= "\ufefc"
    )


def strip_diacritics(text: str) -> str:
    """Drop short vowels, tanwin, shadda, sukun, dagger alef and Quranic marks; letters stay as they are.

    >>> strip_diacritics("مُحَمَّدٌ")
    'محمد'
    """
    return _DIACRITICS.sub("", text)


def fold_digits(text: str) -> str:
    """Write Arabic-Indic and Persian digits as Latin ones, one for one.

    >>> fold_digits("١٢٣ و ۴۵۶")
    '123 و 456'
    """
    return text.translate(_DIGITS)


def fold_presentation_forms(text: str) -> str:
    """Write shaped letters and ligatures (U+FB50-FDFF, U+FE70-FEFC, and Latin "ﬁ") as the plain letters they stand for.

    >>> fold_presentation_forms("ﻻ ﷲ ﬁn")
    'لا الله fin'
    """
    return text.translate(_PRESENTATION)


def drop_invisible(text: str) -> str:
    """Drop zero-width characters, soft hyphens and bidirectional controls."""
    return _INVISIBLE.sub("", text)


def drop_tatweel(text: str) -> str:
    """Drop the stroke that stretches words; where it stands alone it serves as a dash, and becomes one.

    >>> drop_tatweel("الـــوزير ـ رحمه الله ـ قال")
    'الوزير - رحمه الله - قال'
    """
    return _DASH.sub("-", text).replace(_TATWEEL, "") if _TATWEEL in text else text


def display(text: str) -> str:
    r"""What readers and models see: NFC, plain letters, no tatweel, no invisible characters.

    Diacritics, letter forms, digits and layout stay.

    >>> display("الســـلام\u200f ﻋﻠﻴﻜﻢ")
    'السلام عليكم'
    """
    return unicodedata.normalize("NFC", drop_tatweel(drop_invisible(fold_presentation_forms(text))))


def matching(text: str) -> str:
    """What comparison sees: `display`, then diacritics, letter variants and digits folded, and case.

    >>> matching("إلى المدرسةِ ١٢") == matching("الي المدرسه 12")
    True
    """
    return fold_digits(strip_diacritics(display(text))).translate(_LETTERS).casefold()
