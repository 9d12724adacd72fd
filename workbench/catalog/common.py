"""Canaries for models that nobody here has seen at work: true translations and summaries, and a low bar.

They are references written by people who know both languages, not outputs of any model: a model that passes is no
garbage, and no more than that is said.
"""

from __future__ import annotations

from workbench.config import Canary, ModelCard

LEAST = 22.0
"""chrF: of short FLORES sentences opus-mt and NLLB leave 1 % below it; a fluent sentence of other content, 95 %."""

_PAIRS = (
    (
        "The foreign minister said that the talks would continue next week.",
        "قال وزير الخارجية إن المحادثات ستستمر الأسبوع المقبل.",
    ),
    (
        "Three people were killed and five others were injured in the accident.",
        "قتل ثلاثة أشخاص وأصيب خمسة آخرون في الحادث.",
    ),
    ("The Egyptian president arrived in Paris on Monday.", "وصل الرئيس المصري إلى باريس يوم الاثنين."),
)
_ARTICLES = {
    "ar": (
        "أعلنت وزارة التعليم يوم الأحد أن المدارس في شمال البلاد ستغلق أبوابها ثلاثة أيام بسبب العاصفة. "
        "وقالت الوزارة في بيان إن القرار يشمل أكثر من مئتي مدرسة. وأضافت أن الدروس ستستمر عبر الإنترنت. "
        "وتوقعت هيئة الأرصاد هطول أمطار غزيرة ورياحا قوية حتى مساء الأربعاء، ودعت السكان إلى البقاء في منازلهم.",
        "تغلق المدارس في شمال البلاد أبوابها ثلاثة أيام بسبب العاصفة، وتستمر الدروس عبر الإنترنت.",
    ),
    "en": (
        "The education ministry announced on Sunday that schools in the north of the country would close for three "
        "days because of the storm. In a statement the ministry said that the decision covered more than two "
        "hundred schools. It added that lessons would continue online. Forecasters expect heavy rain and strong "
        "winds until Wednesday evening, and have told residents to stay at home.",
        "Schools in the north of the country will close for three days because of the storm, "
        "and lessons continue online.",
    ),
}


def canaries_of(card: ModelCard) -> tuple[Canary, ...]:
    """The card's own canaries, or the common ones for what it does."""
    if card.canaries is not None:
        return card.canaries
    if card.task == "summarise":
        read = [one if isinstance(one, str) else one[0] for one in card.languages]
        return tuple(_summary(language) for language in _ARTICLES if language in read)
    pairs = [pair for pair in card.languages if not isinstance(pair, str)]
    return tuple(canary for pair in pairs for canary in _translations((pair[0], pair[1])))


def _translations(pair: tuple[str, str]) -> list[Canary]:
    if pair not in (("en", "ar"), ("ar", "en")):
        return []
    both = _PAIRS if pair == ("en", "ar") else [(arabic, english) for english, arabic in _PAIRS]
    return [Canary(source=source, expected=wanted, languages=pair, least=LEAST) for source, wanted in both]


def _summary(language: str) -> Canary:
    article, summary = _ARTICLES[language]
    return Canary(source=article, expected=summary, languages=(language, language), least=0)
