"""Number words of English and Arabic, as `numbers` looks them up."""

from __future__ import annotations

from decimal import Decimal


def _table(lines: str) -> dict[str, Decimal]:
    rows = (line.split() for line in lines.strip().splitlines())
    return {word: Decimal(value) for value, *words in rows for word in words}


SCALES = _table(
    """
    100 hundred hundreds مئة مائة
    1000 thousand thousands ألف الف ألفا الفا آلاف الاف
    1000000 million millions mln mn مليون مليونا ملايين
    1000000000 billion billions bn مليار مليارا مليارات بليون بليونا بلايين
    1000000000000 trillion trillions tn تريليون تريليونا تريليونات ترليون ترليونات
    """
)
"""Words that multiply the number before them; alone, the singular ones stand for themselves."""

PLURALS = frozenset(
    {"hundreds", "thousands", "millions", "billions", "trillions"}
    | {"آلاف", "الاف", "ملايين", "مليارات", "بلايين", "تريليونات", "ترليونات"}
)
"""Scales that say no number when they stand alone: "thousands of people"."""

SUFFIXES = _table(
    """
    1000 k K
    1000000 m M mn
    1000000000 b B bn
    1000000000000 tn
    """
)
"""Scales written onto the digits: "$5m", "3bn"."""

DUALS = _table(
    """
    1000 ألفان ألفين ألفا ألفي الفين الفي
    1000000 مليونان مليونين مليونا مليوني
    1000000000 ملياران مليارين مليارا ملياري
    """
)
"""Scales that say two of them by themselves. Accusatives such as "ألفا" are also plain scales, and read as both."""

WORDS = {word: 2 * scale for word, scale in DUALS.items()} | _table(
    """
    0 zero صفر
    0.25 quarter ربع
    0.5 half نصف
    1 one once single first واحد واحدة أول أولى الأول الأولى إحدى أحد حادي حادية واحدا أولا
    2 two twice both couple second اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي إثنان إثنين ثاني ثانية كلا كلتا ثانيا
    3 three third ثلاث ثلاثة ثالث ثالثة ثلاثا ثالثا
    4 four fourth أربع أربعة اربع اربعة رابع رابعة أربعا اربعا رابعا
    5 five fifth خمس خمسة خامس خامسة خمسا خامسا
    6 six sixth ست ستة سادس سادسة ستا سادسا
    7 seven seventh سبع سبعة سابع سابعة سبعا سابعا
    8 eight eighth ثمان ثماني ثمانية ثامن ثامنة ثمانيا ثامنا
    9 nine ninth تسع تسعة تاسع تاسعة تسعا تاسعا
    10 ten tenth عشر عشرة عاشر عاشرة عشرا عاشرا
    11 eleven eleventh
    12 twelve twelfth dozen
    13 thirteen thirteenth
    14 fourteen fourteenth
    15 fifteen fifteenth
    16 sixteen sixteenth
    17 seventeen seventeenth
    18 eighteen eighteenth
    19 nineteen nineteenth
    20 twenty twentieth عشرون عشرين twenties عشرينيات عشرينات
    30 thirty thirtieth ثلاثون ثلاثين thirties ثلاثينيات ثلاثينات
    40 forty fortieth أربعون أربعين اربعون اربعين forties أربعينيات أربعينات
    50 fifty fiftieth خمسون خمسين fifties خمسينيات خمسينات
    60 sixty sixtieth ستون ستين sixties ستينيات ستينات
    70 seventy seventieth سبعون سبعين seventies سبعينيات سبعينات
    80 eighty eightieth ثمانون ثمانين eighties ثمانينيات ثمانينات
    90 ninety ninetieth تسعون تسعين nineties تسعينيات تسعينات
    200 مئتان مئتين مائتان مائتين مئتا مئتي مائتا مائتي
    300 ثلاثمئة ثلاثمائة
    400 أربعمئة أربعمائة اربعمئة اربعمائة
    500 خمسمئة خمسمائة
    600 ستمئة ستمائة
    700 سبعمئة سبعمائة
    800 ثمانمئة ثمانمائة ثمانيمئة
    900 تسعمئة تسعمائة
    """
)
"""Words that say a number by themselves; ordinals and duals too."""

MONTHS = _table(
    """
    1 January Jan يناير جانفي
    2 February Feb فبراير شباط فيفري
    3 March Mar مارس آذار
    4 April Apr أبريل إبريل ابريل نيسان أفريل
    5 May مايو أيار ماي
    6 June Jun يونيو حزيران جوان
    7 July Jul يوليو يوليوز تموز جويلية
    8 August Aug أغسطس اغسطس آب أوت غشت
    9 September Sept Sep سبتمبر أيلول شتنبر
    10 October Oct أكتوبر اكتوبر
    11 November Nov نوفمبر نونبر
    12 December Dec ديسمبر دجنبر
    """
) | {
    "كانون الثاني": Decimal(1),
    "تشرين الأول": Decimal(10),
    "تشرين الاول": Decimal(10),
    "تشرين الثاني": Decimal(11),
    "كانون الأول": Decimal(12),
    "كانون الاول": Decimal(12),
}
"""Months by the names of both languages, Levantine and Maghrebi ones included."""
