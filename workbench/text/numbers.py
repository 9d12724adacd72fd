"""Numbers as Arabic and English write them: "١٢٫٥", "12.5" and "12,5" are the same, "15 ألف" and "15,000" too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from workbench.records import Span
from workbench.text import numerals
from workbench.text.arabic import fold_digits, strip_diacritics

_ASCII = str.maketrans("٫٬،\u00a0\u202f\u2009", ".,,   ")
_LATER = r"p\.?m\b|PM\b|مساء|عصر|بعد الظهر|ليل"
_EARLIER = r"a\.?m\b|AM\b|صباح|فجر|بعد منتصف الليل"
_ZONE = r"GMT\b|ت\.?\s?غ\b|بتوقيت|بالتوقيت"
_DIGITS = (
    rf"(?<![.,:])\d{{1,2}}(?=[.,](?!00)[0-5]\d\s?(?:{_LATER}|{_EARLIER}|ظهر|{_ZONE}))"  # 5.30 pm, and AFP's 5,30
    r"|(?<=الساعة )\d{1,2}(?=[.,](?!00)[0-5]\d(?![.,]?\d))"  # at 15,30
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![.,]?\d)"  # 1,250,000.5
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?![.,]?\d)"  # 1.250.000,5
    r"|\d{1,3}(?: \d{3}){0,6} 000(?![.,]?\d)"  # 10 000
    r"|(?<!\d[.,])\d{1,18}[.,]\d{1,18}(?![.,]?\d)"  # 12.5, and 12,5
    r"|\d+"
)
_TERM = re.compile(
    rf"&#\d+;|(?<=[kcm]m|[كسم]م)[23]\b|(?<!\d)(?P<digits>{_DIGITS})(?P<suffix>(?:bn|tn|mn|[kKmMbB])(?![^\W_]))?"
    r"|(?P<word>[^\W\d_](?:[^\W\d_]|[\u064b-\u0652\u0670])*)"
)
_DECADE = re.compile(r"['’]?s\b")
_HALF = Decimal("0.5")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_GLUE = re.compile(r"[\s-]{0,2}|\s(?:and\s)?a\s")
_PART_OF = re.compile(r"\sof\sa\s")
_RANGE = re.compile(r"\s?(?:[-–—]|to|and|or|إلى|الى|أو|او|و)\s?")
_SUM = re.compile(r"\s(?:and\s(?:a\s)?|و\s?)?")
_LATER_HALF = re.compile(rf"(?:[:.,]\d\d)?\s?(?:{_LATER})")
_EARLIER_HALF = re.compile(rf"(?:[:.,]\d\d)?\s?(?:{_EARLIER})")
_HOUR_MINUTE = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_IN_ZONE = re.compile(rf"\s?(?:{_ZONE})")
_MONTH = re.compile(r"(?:كانون|تشرين) [^\W\d_]+|[^\W\d_]+")
_PREFIX = re.compile(r"([وف]?)(ال|بال|كال|لل|[بلك]?)(?=..)")
_SINGLE = re.compile(
    r"\b[وفبلك]?(?:ساعة|دقيقة|ثانية|يوم|أسبوع|شهر|عام|سنة|مرة|دولار|طن|متر|كيلومتر|رطل|نقطة)\b"
)
_DUAL = re.compile(
    # not "ستين", "مئتين", "بوتين", "الأرجنتين", "باكستان": they only end like one
    r"\b(?![وفبلك]?(?:ال|ل)?(?:س|ما?ئ|بو|ب?رو|بسا|[أا]رجن"
    r"|(?:باك|[أا]فغان|كازاخ|[طت]اجيك|[أا]وزبك|تركمان|قرغيز|كرد|داغ|بلوش)س)?ت(?:ان|ين)\b)"
    r"[وفبلك]?(?:ال)?(?:"
    r"(?:[ء-ي]{2,}ت|يوم|عام|شهر|أسبوع|اسبوع|شخص|طفل|رجل|جندي|هدف|طرف|جانب|رئيس|وزير|دولار|قتيل|جريح|فريق"
    r"|متر|كيلومتر|قرن|عقد|مسلح|صاروخ|مرشح|حزب|بلد|شرطي|صحفي|لاعب|اتفاق|قاضي|شقيق|أخو|ضابط|حارس|شاب|طبيب"
    r"|خبير|قائد|زعيم|نائب|عضو|هجوم|تفجير|انفجار)(?:ان|ين)"
    # with "ين" these are plurals
    r"|(?:آخر|مشتبه|متهم|مدني|مسؤول|معتقل|مصاب|مهاجم|موظف|مواطن|ناشط|فلسطيني|[إا]سرائيلي|[أا]مي?ري?كي|سوري|لبناني|أردني|عراقي"
    r"|مصري|سعودي|يمني|ليبي|تونسي|جزائري|مغربي|سوداني|تركي|[إا]يراني|كردي|روسي|[أا]وكراني|بريطاني|فرنسي|[أا]لماني"
    r"|[إا]يطالي|[إا]سباني|صيني|هندي|باكستاني|[أا]فغاني)ان"
    # the construct form, where few other words look alike
    r"|(?:دولت|مدينت|ولايت|محافظت|منطقت|بلدت|قريت|شركت)[اي])\b"
)

_TEXTS, _WORDS = 8, 8192
"""Texts and words whose numbers are remembered: a source and its translation are each asked twice, words often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that a text states.

    Attributes:
        value: How it most likely reads, without sign or unit.
        readings: Every way it may read: "20.000" is twenty or twenty thousand, "5 p.m." is 5 or 17.
        span: Where it stands, its scale ("million", "ألف") included.
        digits: Whether it is written in digits, at least in part.
    """

    value: Decimal
    readings: frozenset[Decimal]
    span: Span
    digits: bool = True


def numbers(text: str) -> list[Number]:
    """The numbers that `text` writes in digits, in reading order.

    Dates, times and scores give a number for each part. A scale behind the digits belongs to the number.

    >>> [str(number.value) for number in numbers("١٢٫٥٪ من 1,200 في 15 ألف، وفي 19/7/2016")]
    ['12.5', '1200', '15000', '19', '7', '2016']
    """
    return [number for number in _amounts(text) if number.digits]


def stated(text: str) -> frozenset[Decimal]:
    """Every value that `text` may be said to state: in digits or words, as a month or as an Arabic dual.

    >>> Decimal(3_200_000) in stated("3 ملايين و200 ألف"), Decimal(25) in stated("خمسة وعشرون")
    (True, True)
    """
    found = {reading for number in _amounts(text) for reading in number.readings}
    found.update(numerals.MONTHS[name] for name in _MONTH.findall(text) if name in numerals.MONTHS)
    plain = strip_diacritics(text)
    found.update(Decimal(count) for count, pattern in ((1, _SINGLE), (2, _DUAL)) if pattern.search(plain))
    return frozenset(found)


def missing(*, source: str, output: str) -> list[Number]:
    """The numbers in digits of `source` that `output` states in no form; with the two swapped, those it made up.

    >>> missing(source="15 thousand, 3 and 1.5 million", output="15 ألف وثلاثة و1,600,000")[0].value
    Decimal('1500000')
    """
    there = stated(output)
    return [number for number in numbers(source) if there.isdisjoint(number.readings)]


@lru_cache(_TEXTS)
def _amounts(text: str) -> tuple[Number, ...]:
    """All numbers, in digits or words, with the readings that their neighbours allow."""
    folded = fold_digits(text).translate(_ASCII)
    terms = list(_terms(folded))
    found: list[_Amount] = []
    for amount in _scaled(folded, terms):
        if amount.value == amount.scale and amount.plural:
            continue
        whole = _with_hundreds(found[-1], amount, folded) if found else None
        if whole:
            found[-1] = whole
        else:
            found.append(amount)
    for at in range(len(found) - 1):
        between = folded[found[at].span[1] : found[at + 1].span[0]]
        if len(between) < 8:
            found[at], found[at + 1] = _related(found[at], found[at + 1], between)
    return tuple(
        Number(value=_tidy(a.value), readings=frozenset(map(_tidy, a.readings)), span=a.span, digits=a.digits)
        for a in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    """A number under construction: `scale` is its power of ten where it has one, `joined` tells of a leading "و"."""

    value: Decimal
    readings: frozenset[Decimal]
    span: Span
    digits: bool
    scale: Decimal = Decimal(0)
    joined: bool = False
    plural: bool = False


def _terms(folded: str) -> Iterator[_Amount]:
    """Single words and groups of digits that say a number."""
    for found in _TERM.finditer(folded):
        if found["word"]:
            said = _word(found["word"])
            term = said and replace(said, span=found.span())
        else:
            term = _digits(found, folded) if found["digits"] else None
        if term is not None:  # None also for "&#39;" and the exponent of "km2"
            if term.value < 12 and not term.scale and _LATER_HALF.match(folded, term.span[1]):
                term = replace(term, readings=term.readings | {term.value + 12})
            elif term.value == 12 and _EARLIER_HALF.match(folded, term.span[1]):
                term = replace(term, readings=term.readings | {Decimal(0)})
            yield term


def _digits(found: re.Match[str], folded: str) -> _Amount | None:
    digits, suffix = found["digits"], found["suffix"]
    if digits.strip("0") == "" and found.start() and folded[found.start() - 1] == ":":
        return None  # the minutes of "17:00"
    readings = list(_values(digits))
    if _DECADE.match(folded, found.end()):
        readings.append(readings[0] % 100)  # "1970s" is "سبعينيات القرن الماضي"
    clock = _HOUR_MINUTE.fullmatch(digits)
    if clock and _IN_ZONE.match(folded, found.end()):  # "1500 GMT" is 15:00, whose "00" says nothing
        readings += [Decimal(clock[1])] + [Decimal(clock[2])] * (clock[2] != "00")
    if suffix:
        readings += [value * numerals.SUFFIXES[suffix] for value in readings]
    return _Amount(
        value=readings[0], readings=frozenset(readings), span=found.span(), digits=True, scale=Decimal(0)
    )


def _values(digits: str) -> Iterator[Decimal]:
    """What a group of digits may read as, the likeliest first."""
    plain = re.sub("[ ,]", "", digits)
    if "," in digits and not re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", digits):
        plain = digits.replace(".", "").replace(",", ".")  # a decimal comma
    if plain.count(".") > 1:
        plain = plain.replace(".", "")
    if _THOUSANDS.fullmatch(plain):
        yield from sorted((Decimal(plain.replace(".", "")), Decimal(plain)), reverse=plain.endswith("000"))
    else:
        yield Decimal(plain)


@lru_cache(_WORDS)
def _word(word: str) -> _Amount | None:
    """The number that a word says, with or without Arabic's prefixed letters; its place is for the caller to tell."""
    raw = strip_diacritics(word)
    for bare, joined in _without_prefix(raw if raw.isupper() else raw.lower()):
        scale, value = numerals.SCALES.get(bare), numerals.WORDS.get(bare)
        readings = frozenset(reading for reading in (scale, value) if reading is not None)
        if readings:
            return _Amount(
                value=scale if scale is not None else max(readings),
                readings=readings,
                span=(0, len(word)),
                digits=False,
                scale=scale or numerals.DUALS.get(bare, Decimal(0)),
                joined=joined,
                plural=bare in numerals.PLURALS,
            )
    return None


def _without_prefix(word: str) -> Iterator[tuple[str, bool]]:
    """The word as it is, and without "و", "ب", "ال" and the like; a scale with the article multiplies nothing."""
    yield word, False
    prefix = _PREFIX.match(word)
    if prefix and prefix.end():
        bare = word[prefix.end() :]
        defined = "ل" in prefix[2] and len(prefix[2]) > 1
        yield bare, bool(prefix[1]) or (defined and bare in numerals.SCALES)


def _scaled(folded: str, terms: list[_Amount]) -> Iterator[_Amount]:
    """Amounts with the units, tens and scales behind them folded in."""
    at = 0
    while at < len(terms):
        amount = terms[at]
        at += 1
        while at < len(terms) and (
            _GLUE.fullmatch(folded, amount.span[1], terms[at].span[0])
            or (amount.value < 1 and _PART_OF.fullmatch(folded, amount.span[1], terms[at].span[0]))
        ):
            grown = _grown(amount, terms[at])
            if grown is None:
                break
            amount, at = grown, at + 1
        yield amount


def _grown(amount: _Amount, term: _Amount) -> _Amount | None:
    """`amount` with the next term folded in, or None where that is another number."""
    span = (amount.span[0], term.span[1])
    multiplies = term.value == term.scale > amount.scale and not term.joined  # a dual does not
    if multiplies and (term.scale > 100 or amount.value < 100):
        readings = frozenset(reading * term.scale for reading in amount.readings)
        return replace(
            amount, value=amount.value * term.scale, readings=readings, span=span, scale=term.scale
        )
    if term.value == _HALF and amount.value >= 1 and not amount.scale:  # "two and a half", "3 ونصف"
        return replace(
            amount, value=amount.value + _HALF, readings=amount.readings | {amount.value + _HALF}, span=span
        )
    if amount.digits or term.digits or amount.scale or term.scale:
        return None
    low, high = sorted((amount.value, term.value))
    tens = 1 <= low < 10 <= high < 100 and high % 10 == 0
    hundreds = 1 <= low < 100 <= high < 1000 and high % 100 < 10 and 0 in (high % 10, low % 10)
    if tens or hundreds:
        return replace(
            amount, value=low + high, readings=amount.readings | term.readings | {low + high}, span=span
        )
    return None


def _with_hundreds(first: _Amount, second: _Amount, folded: str) -> _Amount | None:
    """Both as one where the scale of `second` holds for the hundreds before it, or None.

    "Between one hundred and two thousand" is written alike, so each keeps its own readings as well.
    """
    fit = first.scale == 100 < second.scale and second.value < 100 * second.scale
    if not fit or first.digits or second.digits or not _SUM.fullmatch(folded, first.span[1], second.span[0]):
        return None
    value = first.value * second.scale + second.value
    readings = first.readings | second.readings | {value}
    span = (first.span[0], second.span[1])
    return replace(second, value=value, readings=readings, span=span, joined=first.joined)


def _related(first: _Amount, second: _Amount, between: str) -> tuple[_Amount, _Amount]:
    """Neighbours with the readings each lends the other: "2 to 3 million", "3 million and 200 thousand", "1992-95"."""
    if between in (".", ",") and second.value < 100:  # "5.30 pm", which others may write as "5.30" alone
        whole = {first.value + second.value / 100}
        return replace(first, readings=first.readings | whole), replace(
            second, readings=second.readings | whole
        )
    linked = bool(_RANGE.fullmatch(between)) or (second.joined and not between.strip())
    if second.scale and not first.scale and linked:
        return replace(first, readings=first.readings | {first.value * second.scale}), second
    if 1000 <= first.value < 2200 and second.value < 100 and second.digits and _RANGE.fullmatch(between):
        year = first.value // 100 * 100 + second.value
        return first, replace(second, readings=second.readings | {year})
    if first.scale and _SUM.fullmatch(between):
        part = second.value * first.scale if second.value < 1 else second.value
        if part < first.scale:
            sums = {reading + part for reading in first.readings}
            return replace(first, readings=first.readings | sums), replace(
                second, readings=second.readings | sums
            )
    return first, second


def _tidy(value: Decimal) -> Decimal:
    """The same value without a trail of zeros; very long ones (accounts, telephones) stay as they are."""
    if len(value.as_tuple().digits) > 24:
        return value
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
