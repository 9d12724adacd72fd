"""Who a text credits: news agencies, outlets and authors, and lines that hold nothing but such credits."""

from __future__ import annotations

import re

from workbench.text.places import is_place

# Name as credited -> spellings. Arabic and English texts keep their own names: «فرانس برس» is not renamed "AFP".
_ENGLISH = {
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse"),
    "Reuters": ("Reuters",),
    "AP": ("AP", "Associated Press"),
    "Press TV": ("Press TV", "PressTV"),
    "Al-Alam": ("Al-Alam", "Al Alam", "Alalam"),
    "Al Mayadeen": ("Al Mayadeen", "Al-Mayadeen"),
    "Al Jazeera": ("Al Jazeera", "Al-Jazeera", "Aljazeera"),
    "Al Arabiya": ("Al Arabiya", "Al-Arabiya"),
    "Anadolu Agency": ("Anadolu Agency", "Anadolu"),
    "BBC": ("BBC",),
    "CNN": ("CNN",),
    "DPA": ("DPA",),
    "EFE": ("EFE",),
    "FNA": ("FNA", "Fars News Agency", "Fars"),
    "IRNA": ("IRNA",),
    "IRIB": ("IRIB",),
    "ISNA": ("ISNA",),
    "Mehr": ("Mehr News Agency", "Mehr"),
    "Tasnim": ("Tasnim News Agency", "Tasnim"),
    "Interfax": ("Interfax",),
    "TASS": ("TASS", "Itar-Tass"),
    "RIA Novosti": ("RIA Novosti",),
    "RT": ("RT", "Russia Today"),
    "Sputnik": ("Sputnik",),
    "SANA": ("SANA",),
    "SPA": ("SPA", "Saudi Press Agency"),
    "WAM": ("WAM",),
    "WAFA": ("WAFA",),
    "KUNA": ("KUNA",),
    "MENA": ("MENA", "Middle East News Agency"),
    "Petra": ("Petra",),
    "NNA": ("NNA", "National News Agency"),
    "Xinhua": ("Xinhua",),
    "UPI": ("UPI",),
    "Bloomberg": ("Bloomberg",),
}
_ARABIC = {
    "فرانس برس": ("فرانس برس", "فرانس بريس", "أ ف ب", "أ.ف.ب", "ا.ف.ب", "ا ف ب", "أ. ف. ب", "أ.ف.ب.", "AFP"),
    "رويترز": ("رويترز", "رويتر"),
    "أسوشيتد برس": ("أسوشيتد برس", "أسوشييتد برس", "اسوشيتد برس", "الأسوشيتد برس", "أ ب", "أ.ب"),
    "الأناضول": ("الأناضول", "الاناضول"),
    "العالم": ("قناة العالم", "مراسل العالم", "موقع العالم"),
    "الميادين": ("الميادين",),
    "الجزيرة": ("قناة الجزيرة", "الجزيرة نت", "الجزيرة"),
    "العربية": ("قناة العربية", "العربية نت"),
    "المنار": ("قناة المنار", "المنار"),
    "سانا": ("سانا",),
    "إرنا": ("إرنا", "ارنا"),
    "فارس": ("وكالة فارس", "وكالة أنباء فارس", "فارس"),
    "تسنيم": ("تسنيم",),
    "مهر": ("وكالة مهر", "وكالة أنباء مهر", "مهر"),
    "إسنا": ("إسنا", "اسنا"),
    "برس تي في": ("برس تي في", "برس تي. في", "برس تي.في"),
    "سبوتنيك": ("سبوتنيك",),
    "روسيا اليوم": ("روسيا اليوم", "آر تي"),
    "نوفوستي": ("نوفوستي",),
    "تاس": ("وكالة تاس", "تاس"),
    "إنترفاكس": ("إنترفاكس", "انترفاكس"),
    "شينخوا": ("شينخوا",),
    "د ب أ": ("د ب أ", "د.ب.أ", "د. ب. أ"),
    "واس": ("واس", "وكالة الأنباء السعودية"),
    "وام": ("وام", "وكالة أنباء الإمارات"),
    "وفا": ("وفا",),
    "كونا": ("كونا", "وكالة الأنباء الكويتية"),
    "بترا": ("بترا",),
    "قنا": ("قنا", "وكالة الأنباء القطرية"),
    "أ ش أ": ("أ ش أ", "أ.ش.أ", "وكالة أنباء الشرق الأوسط"),
    "واع": ("واع", "وكالة الأنباء العراقية"),
    "السومرية نيوز": ("السومرية نيوز",),
    "بلومبرغ": ("بلومبرغ", "بلومبرج"),
    "سي إن إن": ("سي إن إن", "سي ان ان"),
    "بي بي سي": ("بي بي سي",),
}
# Words and personal names too: they count only behind "agency", "channel" or in brackets.
_AMBIGUOUS = {"الجزيرة", "المنار", "فارس", "مهر", "تاس", "واس", "وام", "وفا", "قنا", "بترا", "واع", "أ ب"}
_CANONICAL = {form: name for table in (_ENGLISH, _ARABIC) for name, forms in table.items() for form in forms}
_CANONICAL |= {"AFP": "AFP"}


def _either(forms: list[str]) -> str:
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))


_EN = _either([form for forms in _ENGLISH.values() for form in forms])
_AR = _either([form for forms in _ARABIC.values() for form in forms])
_SURE = _either([form for forms in _ARABIC.values() for form in forms if form not in _AMBIGUOUS])
_SAID = r"(?:reported|reports|said|says|quoted|cited|added|wrote|writes|noted|learned|announced|revealed|has learnt)"
_TOLD = (
    r"(?:نقل|نقلت|ذكر|ذكرت|أفاد|أفادت|افاد|افادت|قال|قالت|بحسب|حسب|وفق|وفقا|وفقاً|أوردت|اوردت|أعلنت|كشفت|نشرت|أكدت|أضافت|أوضحت"
    r"|عن|لـ?|مراسل|مراسلة|المصدر)"
)
_AGENCY = (
    r"(?:وكالة(?:\s+(?:الأنباء|أنباء|الانباء|انباء))?"
    r"(?:\s+(?:الفرنسية|الإيرانية|الروسية|التركية|الرسمية|السورية))?|قناة|موقع|شبكة|صحيفة|صحافة)"
)
_CREDITS = [
    re.compile(pattern)
    for pattern in (
        # "AFP reported", "Press TV has learned", "told Reuters", "according to the AP", "quoted by Fars".
        rf"(?<!\w)(?P<name>{_EN})(?:\s+news agency)?(?:'s|’s)?(?:\s+(?:has|have|had|also))?\s+{_SAID}\b",
        rf"(?<!\w)(?:gave|given|said|sent|speaking|spoke)\s+to\s+(?:the\s+)?(?P<name>{_EN})(?!\w)",
        rf"(?<!\w)(?:told|according to|quoted by|cited by|reported by|quoting|citing|by|via|from)\s+"
        rf"(?:the\s+)?(?P<name>{_EN})(?!\w)",
        rf"[(\[]\s*(?P<name>{_EN}|{_AR})(?:\s*[,/،]\s*[^)\]]{{0,40}})?\s*[)\]]",
        # «نقلت وكالة فرانس برس», «بحسب رويترز», «وأفادت سانا», «لوكالة الأناضول».
        rf"(?<!\w)[وف]?{_TOLD}\s+(?:عن\s+|إن\s+)?(?:{_AGENCY}\s+)?[\"«“(]?(?:لـ?|ل|و)?(?P<name>{_SURE})(?!\w)",
        rf"(?<!\w)لـ?\s?(?P<name>{_SURE})(?!\w)",
        rf"(?<!\w)(?:[وفبل]|لل|ال)?{_AGENCY}\s+[\"«“(]?(?P<name>{_AR})(?!\w)",
    )
]
_CREDIT_LINE = re.compile(
    rf"\W*(?:(?:source|sources|agencies|المصدر|المصادر|مصدر|وكالات|الوكالات|مواقع|صحف|with|and|agencies|{_EN}|{_AR}|{_AGENCY}"
    r"|\+)[\s:/،,;+&|().\[\]\"«»-]*(?:و(?=\w))?)+",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\W*(?:\d{1,5}|[A-Z]{1,3}(?:[/.-][A-Z]{1,3}){0,2}[\s/-]*\d{0,5}|[a-z]{1,3}(?:[/.-][a-z]{1,3}){1,2}[\s/-]*\d{0,5}"
    r"|[ء-ي](?:[\s./-]{1,3}[ء-ي]){1,3}[\s./-]*\d{0,5}|انتهى.{0,12})\W*"
)
# Most of these words begin sentences too, so a colon or dash must follow them.
_SIGNING = "كتب|كتبت|كتبه|كتبها|إعداد|اعداد|حاوره|حاورته|أجرى الحوار"
# «تقرير: إسرائيل تستعد لضرب إيران» is a headline: behind these words only what looks like a name is one.
_GENRE = "تقرير|حوار|تحرير"
_NAMELESS = re.compile(r"ال|.*(?<!\w)(?:في|من|على|إلى|الى|عن|مع|بعد|قبل|بين|ضد|حول|هل|ما|لا|لن|لم)(?!\w)")
_LONGEST_NAME = 4
_BYLINE = re.compile(
    r"(?:(?:by|written by|reported by|بقلم)(?:\s*[:：]|(?=\s))"
    rf"|(?:{_SIGNING}|(?P<genre>{_GENRE}))(?:\s+و\w+)?\s*[:：/–—-])\s*(?P<name>[^\W\d_].{{2,70}})",
    re.IGNORECASE,
)


def agencies(text: str) -> tuple[str, ...]:
    """Agencies and outlets that `text` credits, in order of appearance, each in the language of its mention.

    A name counts where something is ascribed to it, not wherever it occurs.

    >>> agencies("They left, AFP reported. Nobody stayed, Press TV reported.")
    ('AFP', 'Press TV')
    >>> agencies("ونقلت وكالة فرانس برس عن مصدر، وفقا لرويترز.")
    ('فرانس برس', 'رويترز')
    """
    found = {(hit.start("name"), hit["name"]) for pattern in _CREDITS for hit in pattern.finditer(text)}
    return tuple(dict.fromkeys(_CANONICAL[name] for _, name in sorted(found)))


def line_agencies(line: str) -> tuple[str, ...]:
    """Agencies named anywhere in a line that is nothing but credits."""
    names = re.finditer(rf"(?<!\w)و?(?P<name>{_EN}|{_AR})(?!\w)", line)
    return tuple(dict.fromkeys(_CANONICAL[hit["name"]] for hit in names))


def is_credit_line(line: str) -> bool:
    """Whether `line` holds nothing but credits, such as "Source: Agencies" or «المصدر: رويترز + وكالات».

    >>> is_credit_line("المصدر: رويترز + وكالات"), is_credit_line("Reuters was founded in 1851.")
    (True, False)
    """
    return len(line) <= 80 and _CREDIT_LINE.fullmatch(line) is not None


def is_editors_code(line: str) -> bool:
    """Whether `line` is a mark that editors leave behind a text, such as "212" or «ع.م/٢».

    >>> is_editors_code("212"), is_editors_code("م.ع"), is_editors_code("UN")
    (True, True, True)
    """
    return len(line) <= 16 and _CODE.fullmatch(line) is not None


def byline(line: str, *, opening: bool = False) -> str | None:
    """The author that a line such as "By Jane Doe" or «بقلم: فلان الفلاني» names, else None.

    Args:
        line: One line of a text.
        opening: Whether nothing stands before it, not even a known headline: «تقرير: …» is a headline there.

    >>> byline("By Jane Doe, Beirut"), byline("By the time he left, it was dark.")
    ('Jane Doe, Beirut', None)
    """
    found = _BYLINE.fullmatch(line.strip(" -–—|")) if len(line) <= 90 else None
    name = re.split(r"\s*[,،]?\s*(?:تصوير|عدسة)\s*:", found["name"])[0].strip() if found else ""
    if not name or len(name.split()) > 8 or name[-1] in ".!?؟:":
        return None
    if found and found["genre"] and (opening or not _is_name(name)):
        return None
    if re.match(r"[A-Za-z]", name) and any(word[0].islower() for word in name.split()[:2]):
        return None
    return name


def _is_name(text: str) -> bool:
    """Whether a few Arabic words may be somebody's name, as far as can be told without capitals."""
    given, *others = text.split()
    # Two words may name somebody all the same: «آسيا العتروس».
    placed = len(others) > 1 and is_place(given)
    return len(others) < _LONGEST_NAME and not placed and _NAMELESS.match(text) is None
