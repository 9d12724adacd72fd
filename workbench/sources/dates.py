"""Dates as Arabic and English news write them; a timezone is kept where it is given and never invented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.text.arabic import drop_invisible, fold_digits

# Egyptian and Gulf names, Levantine and Iraqi ones, Tunisian and Algerian, Moroccan; spellings after `_fold`.
_ARABIC_MONTHS = (
    ("يناير", "كانون الثاني", "جانفي"),
    ("فبراير", "شباط", "فيفري"),
    ("مارس", "اذار", "مارت"),
    ("ابريل", "نيسان", "افريل"),
    ("مايو", "ايار", "ماي"),
    ("يونيو", "يونيه", "حزيران", "جوان"),
    ("يوليو", "يوليه", "تموز", "جويليه", "يوليوز"),
    ("اغسطس", "اب", "اوت", "غشت"),
    ("سبتمبر", "ايلول", "شتنبر"),
    ("اكتوبر", "تشرين الاول"),
    ("نوفمبر", "تشرين الثاني", "نونبر"),
    ("ديسمبر", "كانون الاول", "دجنبر"),
)
_ENGLISH_MONTHS: tuple[str, ...] = ("january", "february", "march", "april", "may", "june")
_ENGLISH_MONTHS += ("july", "august", "september", "october", "november", "december")
_MONTHS = {name: number for number, names in enumerate(_ARABIC_MONTHS, start=1) for name in names}
_MONTHS |= {name: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)}
_MONTHS |= {name[:3]: number for number, name in enumerate(_ENGLISH_MONTHS, start=1)} | {"sept": 9}
_ZONES = {
    "gmt": 0,
    "utc": 0,
    "z": 0,
    "غرينتش": 0,
    "جرينتش": 0,
    "غرينيتش": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
}
_ZONES |= {"mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "مكه": 3}
_PLACES = {
    "القدس": "Asia/Jerusalem",
    "القاهره": "Africa/Cairo",
    "بيروت": "Asia/Beirut",
    "دمشق": "Asia/Damascus",
    "بغداد": "Asia/Baghdad",
    "طهران": "Asia/Tehran",
    "تونس": "Africa/Tunis",
    "عمان": "Asia/Amman",
    "ابوظبي": "Asia/Dubai",
    "موسكو": "Europe/Moscow",
}

_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH = rf"(?P<month>{_NAMES})\.?(?:\s*/\s*(?:{_NAMES}))?(?!\w)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?<!\d){_YEAR}[/.](?P<number>\d{{1,2}})[/.](?P<day>\d{{1,2}})(?!\d)",
        rf"(?<!\d){_DAY}[\s,/-]+(?:of\s+|من\s+)?{_MONTH}[\s,،/-]*(?:عام\s+|سنه\s+)?{_YEAR}(?!\d)",
        rf"(?<!\w){_MONTH}[\s-]*{_DAY}\s*[,،]?\s*{_YEAR}(?!\d)",
        rf"(?<!\d)(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second>\d{{1,2}})(?P=mark){_YEAR}(?!\d)",
    )
]
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>[0-2]?\d)[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?(?![\d:])"
    r"\s*(?P<half>[ap]\.?m\b\.?|صباحا|مساء|ظهرا|ص(?!\w)|م(?!\w))?"
)
_OFFSET = re.compile(
    r"[\s,،|()-]*?(?:(?:ب?توقيت\s+)?(?:gmt|utc|غرينتش|جرينتش|غرينيتش))?\s*"
    r"(?P<sign>[+\u2212-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?(?!\d)"
)
# A city names a timezone only behind the word "time": «القاهرة - 19 يوليو» is a dateline.
_ZONE = re.compile(
    rf"[\s,،|()-]*(?:(?:ب?توقيت\s+)?(?P<zone>{'|'.join(_ZONES)})|ب?توقيت\s+(?P<place>{'|'.join(_PLACES)}))(?!\w)"
)
_FOLDED = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ی": "ي"})
_WEEKDAYS = (
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    r"|(?:يوم\s+)?(?:ال)?(?:احد|اثنين|ثلاثاء|اربعاء|خميس|جمعه|سبت)"
)
_TALK = re.compile(
    rf"(?<!\w)(?:{_WEEKDAYS}|published|posted|updated?|last|modified|date|on|at|by|نشر|بتاريخ|تاريخ|النشر|في|اخر|تحديث"
    r"|الساعه|بتوقيت|توقيت|المكرمه|المحلي|الموافق|local|time|من|يوم)(?!\w)"
)


def parse_date(text: str, *, day_first: bool | None = True) -> datetime | None:
    """The first date that `text` states, with its time of day and timezone where it states them.

    A date alone is midnight. "03/04/2016" is read by `day_first`, and not at all where that is None. Hijri and
    Persian years are no dates here, and nothing is taken from the clock: "yesterday" and dates without a year
    give None.

    >>> parse_date("Tue Jul 19, 2016 17:11:40")
    datetime.datetime(2016, 7, 19, 17, 11, 40)
    >>> parse_date("الثلاثاء ١٩ تموز/يوليو ٢٠١٦ - ٠٥:١١ مساءً بتوقيت غرينتش")
    datetime.datetime(2016, 7, 19, 17, 11, tzinfo=datetime.timezone.utc)
    """
    exact = _exact(text)
    if exact:
        return exact
    folded = _fold(text)
    for day, span in _days(folded, day_first=day_first):
        rest = folded[: span[0]] + " | " + folded[span[1] :]
        return _with_time(day, rest)
    return None


def is_date_line(line: str) -> bool:
    """Whether `line` is a date and nothing else worth keeping, such as "Published: 19 July 2016, 5:11 pm GMT".

    >>> is_date_line("Tue Jul 19, 2016 17:11:40"), is_date_line("He left on 19 July 2016 for Paris.")
    (True, False)
    """
    if len(line) > 120 or parse_date(line) is None:
        return False
    rest = _fold(line)
    for pattern in (*_DATES, _TIME):
        rest = pattern.sub(" ", rest)
    for pattern in (_ZONE, _OFFSET, _TALK):
        rest = pattern.sub(" ", rest)
    return not re.search(r"[^\W_]{2,}", rest.replace("هـ", " "))


def _fold(text: str) -> str:
    folded = fold_digits(drop_invisible(text)).casefold().translate(_FOLDED)
    return " ".join(re.sub("[\u064b-\u0652\u0640]", "", folded).split())


def _exact(text: str) -> datetime | None:
    """ISO 8601 and the dates of e-mail and RSS, which say exactly what they mean."""
    text = fold_digits(drop_invisible(text)).strip()
    if re.match(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)", text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    if re.match(r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d", text):
        try:
            return parsedate_to_datetime(text)
        except ValueError:
            return None
    return None


def _days(folded: str, *, day_first: bool | None) -> Iterator[tuple[date, tuple[int, int]]]:
    for pattern in _DATES:
        for found in pattern.finditer(folded):
            day = _day(found.groupdict(), day_first=day_first)
            if day:
                yield day, found.span()


def _day(parts: dict[str, str], *, day_first: bool | None) -> date | None:
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        if max(first, second) > 12:
            day_first = first > 12
        if day_first is None:
            return None
        day, month = (first, second) if day_first else (second, first)
    else:
        day = int(parts["day"])
        month = int(parts["number"]) if "number" in parts else _MONTHS[parts["month"]]
    try:
        return date(int(parts["year"]), month, day)
    except ValueError:
        return None


def _with_time(day: date, rest: str) -> datetime:
    found = _TIME.search(rest)
    moment = datetime(day.year, day.month, day.day)
    if found is None:
        return moment
    hour = _hour(int(found["hour"]), found["half"] or "")
    if hour is None:
        return moment
    moment = moment.replace(hour=hour, minute=int(found["minute"]), second=int(found["second"] or 0))
    return moment.replace(tzinfo=_zone(rest[found.end() :], moment))


def _hour(hour: int, half: str) -> int | None:
    if half and hour <= 12:
        afternoon = half[0] in "pم" or (half.startswith("ظ") and hour < 11)
        hour = hour % 12 + (12 if afternoon or half.startswith("ظ") else 0)
    return hour if hour < 24 else None


def _zone(rest: str, moment: datetime) -> tzinfo | None:
    offset = _OFFSET.match(rest)
    if offset:
        size = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(size if offset["sign"] == "+" else -size) if size <= timedelta(hours=14) else None
    named = _ZONE.match(rest)
    if named is None:
        return None
    if named["zone"]:
        hours = _ZONES[named["zone"]]
        return timezone(timedelta(hours=hours)) if hours else UTC
    try:
        shift = moment.replace(tzinfo=ZoneInfo(_PLACES[named["place"]])).utcoffset()
    except ZoneInfoNotFoundError:
        return None
    return timezone(shift) if shift is not None else None
