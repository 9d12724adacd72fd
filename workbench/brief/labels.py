"""The words around a brief, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

_ENGLISH: Mapping[str, str] = {
    "brief": "Brief",
    "briefs": "Briefs",
    "contents": "Articles",
    "summary": "Summary",
    "text": "Full text",
    "article": "Article",
    "translation": "Translation",
    "original": "original",
    "machine": "machine translation",
    "view": "Show",
    "both": "Both languages",
    "check": "What to check",
    "nothing": "The automatic checks found nothing to flag. They do not replace a reader.",
    "in_output": "Reads",
    "in_source": "Source",
    "whole": "concerns the whole text",
    "cleaning": "Repaired or removed when the article was read",
    "about": "How this was made",
    "model": "Model",
    "summariser": "Summary by",
    "revision": "Revision",
    "unpinned": "not pinned",
    "decoding": "Decoding",
    "coverage": "Read",
    "of_article": "of the article",
    "confidence": "Expected quality",
    "scale": "of 100 (estimated chrF++)",
    "measured": "Measured quality",
    "seconds": "Time",
    "related": "Related",
    "source": "Source",
    "untitled": "Untitled article",
    "to_source": "Go to the sentence it stands on",
    "note": "Note",
    "back": "Back to the text",
    "flag_number": "number",
    "flag_name": "name",
    "flag_untranslated": "untranslated",
    "flag_loop": "repetition",
    "flag_length": "length",
    "flag_script": "script",
    "flag_empty": "empty",
    "flag_truncated": "cut short",
    "flag_unsupported": "unsupported",
    "flag_term": "term",
}
_ARABIC: Mapping[str, str] = {
    "brief": "موجز",
    "briefs": "موجزات",
    "contents": "المقالات",
    "summary": "الملخص",
    "text": "النص الكامل",
    "article": "المقال",
    "translation": "الترجمة",
    "original": "الأصل",
    "machine": "ترجمة آلية",
    "view": "عرض",
    "both": "اللغتان معا",
    "check": "ما ينبغي التحقق منه",
    "nothing": "لم تجد الفحوص الآلية ما يستدعي التنبيه، وهي لا تغني عن قارئ.",
    "in_output": "ورد",
    "in_source": "في الأصل",
    "whole": "يخص النص كله",
    "cleaning": "ما أصلح أو حذف عند قراءة المقال",
    "about": "كيف أعد هذا الموجز",
    "model": "النموذج",
    "summariser": "أعد الملخص",
    "revision": "الإصدار",
    "unpinned": "غير مثبت",
    "decoding": "طريقة التوليد",
    "coverage": "قرئ",
    "of_article": "من المقال",
    "confidence": "الجودة المتوقعة",
    "scale": "من 100 (تقدير chrF++)",
    "measured": "الجودة المقيسة",
    "seconds": "المدة",
    "related": "ذات صلة",
    "source": "المصدر",
    "untitled": "مقال بلا عنوان",
    "to_source": "إلى الجملة التي يستند إليها",
    "note": "ملاحظة",
    "back": "عودة إلى النص",
    "flag_number": "رقم",
    "flag_name": "اسم",
    "flag_untranslated": "غير مترجم",
    "flag_loop": "تكرار",
    "flag_length": "الطول",
    "flag_script": "الكتابة",
    "flag_empty": "فارغ",
    "flag_truncated": "مبتور",
    "flag_unsupported": "بلا سند",
    "flag_term": "مصطلح",
}
_LANGUAGES: Mapping[str, tuple[str, str]] = {
    "ar": ("Arabic", "العربية"),
    "en": ("English", "الإنجليزية"),
    "fa": ("Persian", "الفارسية"),
    "ur": ("Urdu", "الأردية"),
    "fr": ("French", "الفرنسية"),
    "de": ("German", "الألمانية"),
    "es": ("Spanish", "الإسبانية"),
    "tr": ("Turkish", "التركية"),
    "he": ("Hebrew", "العبرية"),
    "und": ("Language unknown", "لغة غير معروفة"),
}
_MONTHS = (
    (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    (
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ),
)


def _is_arabic(language: str) -> bool:
    return language.partition("-")[0].lower() == "ar"


def labels(language: str) -> Mapping[str, str]:
    """The words in Arabic for an Arabic reader, in English for all others."""
    return _ARABIC if _is_arabic(language) else _ENGLISH


def language_name(language: str, *, reader: str) -> str:
    """What a language is called in the reader's language; its tag where no name is known."""
    names = _LANGUAGES.get(language.partition("-")[0].lower())
    return names[_is_arabic(reader)] if names else language


def date_line(moment: datetime, *, reader: str) -> str:
    """Day, hour and timezone, as far as they are known: "19 July 2016, 17:11"; midnight sharp counts as a day alone."""
    arabic = _is_arabic(reader)
    day = f"{moment.day} {_MONTHS[arabic][moment.month - 1]} {moment.year}"
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return day
    zone = f" {moment.tzname()}" if moment.tzname() else ""
    return f"{day}{'،' if arabic else ','} {moment:%H:%M}{zone}"
