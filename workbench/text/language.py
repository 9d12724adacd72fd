"""Which language a text is in, or None where it does not tell: py3langid, and evidence of letters and small words."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from typing import Any

_LANGUAGES = """
    ar arz ary fa ur ps ku sdh ug he en pcm fr de es it pt nl tr az id ms sw so ha af sq bs hr sr sl cs sk pl hu ro sv
    no nn da fi et lv lt is ca eu gl cy ga mt ru uk be bg mk kk ky tg uz tk tt mn el hy ka am hi bn pa mr ne gu ta te
    kn ml si th lo km my vi tl zh yue ja ko
"""
"""What news comes in. Rarer languages are left out: short headlines would be taken for them."""

_KIN = {"arz": "ar", "ary": "ar", "pcm": "en", "sdh": "ckb", "nn": "no", "yue": "zh"}
"""Close kin told as one: dialects of Arabic written for the news are Arabic to every model here."""

_IN_ARABIC_SCRIPT = frozenset({"ar", "fa", "ur", "ps", "ckb", "ug"})
_EVIDENCE = {
    # Letters and words that the language has and its neighbours lack; ya and kaf may be typed as Arabic or Persian.
    "ar": (
        r"\b[وفبكل]{0,2}ال\w{2,}|\w+ة\b|[أإ]"
        r"|\b(?:ف[يی]|عل[ىیي]|إل[ىی]|أن|إن|عن|الت[يی]|الذ[يی]|هذا|هذه|قال|ذلك|خلال)\b"
    ),
    "fa": r"\b(?:است|م[یي]|را|[کك]ه|ا[یي]ن|از|در|به|با|برا[یي]|شد|شده|[کك]رد|خود|ها[یي]|آن|هم|تا)\b|ها[یي]\b|گ|ژ",
    "ur": r"[ٹڈڑںہے]|\b(?:[کك][ایيو]|م[یي]ں|اور)\b",
    "ps": r"[ځڅډړښګڼۍ]",
    "ckb": r"[ڕڵۆێە]",
    "en": (
        r"(?i:\b(?:the|of|to|and|for|with|from|is|says?|said|was|has|will|after|over|by|that|its|against|are|be|not)\b)"
    ),
}
_PATTERNS = {language: re.compile(pattern) for language, pattern in _EVIDENCE.items()}
_PRIOR = {"ar": math.log(3), "en": math.log(3)}
_CAP = 10
_SURE = 0.5
_MOST = 0.6
_SAMPLE = 700
_NO_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\S+|[\d\W_]+")
_ARABIC = re.compile(
    "[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]"
)
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")


def identify(text: str) -> str | None:
    """BCP 47 tag of the language that most of `text` is written in; None where unsure.

    A text half in one script and half in another is unsure, as are digits, a lone name, or a word or two that several
    languages share. Arabic is told from Persian, Urdu, Pashto, Sorani and Uyghur; its dialects count as Arabic.

    >>> identify("قال وزير الخارجية إن المفاوضات مستمرة"), identify("وزیر خارجه ایران با همتای عراقی خود دیدار کرد")
    ('ar', 'fa')
    >>> identify("The minister said that talks go on"), identify("212")
    ('en', None)
    """
    words = _NO_WORDS.sub(" ", _MARKS.sub("", _sample(text))).split()
    arabic = [word for word in words if _ARABIC.search(word)]
    other = [word for word in words if not _ARABIC.search(word)]
    if sum(map(len, words)) < 3:
        return None
    if len(arabic) > _MOST * len(words):
        return _best(" ".join(arabic), arabic_script=True)
    return _best(" ".join(other), arabic_script=False) if len(other) > _MOST * len(words) else None


def _sample(text: str) -> str:
    """The whole of a short text; the start, the middle and the end of a long one."""
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = len(text) // 2
    return f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]} {text[-_SAMPLE:]}"


def _best(text: str, *, arabic_script: bool) -> str | None:
    """The likeliest language of a text in one script, if it is likely enough."""
    scores = {
        language: math.log(probability)
        + _PRIOR.get(language, 0.0)
        + min(_CAP, len(_PATTERNS[language].findall(text)) if language in _PATTERNS else 0)
        for language, probability in _probabilities(text).items()
        if (language in _IN_ARABIC_SCRIPT) == arabic_script and probability > 0
    }
    language = max(scores, key=scores.__getitem__)
    rest = sum(math.exp(score - scores[language]) for score in scores.values())
    return language if 1 / rest >= _SURE else None


def _probabilities(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for language, probability in _identifier().rank(text):
        found[_KIN.get(language, language)] += probability
    return found


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.1 s, and numpy

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES.split())
    return identifier
