"""Which language a text is in, or None where it does not tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_PERSIAN_ONLY = re.compile("[پچژگ]")
_URDU_ONLY = re.compile("[ٹڈڑںھہےۓ]")
_ARABIC_ONLY = re.compile("[ةيىكأإ]|\\bال")
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_LETTER = re.compile(r"[^\W\d_]")


def identify(text: str) -> str | None:
    """BCP 47 tag of the language that most of `text` is written in; None where unsure.

    >>> identify("قال وزير الخارجية إن المفاوضات مستمرة"), identify("The minister said that talks go on")
    ('ar', 'en')
    """
    letters = len(_LETTER.findall(text))
    if letters < 3:
        return None
    if len(_ARABIC.findall(text)) * 2 > letters:
        return _arabic_script(text)
    language, confidence = _classifier().classify(text)
    return str(language) if confidence > 0.4 else None


def _arabic_script(text: str) -> str | None:
    persian, urdu = len(_PERSIAN_ONLY.findall(text)), len(_URDU_ONLY.findall(text))
    arabic = len(_ARABIC_ONLY.findall(text))
    language, _ = _classifier().classify(text)
    if urdu > arabic:
        return "ur"
    if persian > arabic:
        return "fa"
    return str(language) if language in ("ar", "fa", "ur", "ps", "ku", "ug", "sd") else "ar"


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
