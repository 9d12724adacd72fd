from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text import numerals
from workbench.text.numbers import missing, numbers, stated


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("١٢٫٥ و ۱۲٫۵ و 12.5 و 12,5", ["12.5"] * 4),
        ("1,200 ١٬٢٠٠ ١،٢٠٠ 1200", ["1200"] * 4),
        ("1,250,000 1.250.000 1 250 000", ["1250000"] * 3),
        ("15 ألف، 15 ألفًا، 15 thousand, 15,000", ["15000"] * 4),
        ("1.5 million, 1.5 مليون, ١٫٥ مليون, $1.5mn", ["1500000", "1500000", "1500000", "1.5"]),
        ("Jul 19, 2016 17:11:40", ["19", "2016", "17", "11", "40"]),
        ("19.7.2016 و 2016-07-19", ["19", "7", "2016", "2016", "7", "19"]),
        ("٪١٢ و12% و12 بالمئة و12 في المائة", ["12"] * 4),
        ("الـ35 و175 لـ20", ["35", "175", "20"]),
        ("3-0, 9/11, F-16, COVID-19, 21st", ["3", "0", "9", "11", "16", "19", "21"]),
        ("2.2 million km2, don&#39;t", ["2200000"]),
        ("thousands of people, five", []),
        ("", []),
    ],
)
def test_numbers_in_digits_are_read(text, values):
    found = [number.value for number in numbers(text)]
    assert found == [Decimal(value) for value in values]


def test_spans_hold_the_scale_and_nothing_around():
    text = "نحو 3.5 ملايين و12٪، ثم ١٧:٠٠"
    assert [text[slice(*number.span)] for number in numbers(text)] == ["3.5 ملايين", "12", "١٧"]


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("15 ألف", "15,000"),
        ("15,000", "fifteen thousand"),
        ("15 thousand", "خمسة عشر ألف"),
        ("1.5 million", "مليون ونصف المليون"),
        ("1.5 مليون", "one and a half million"),
        ("2.5 million", "two and a half million"),
        ("3 ملايين و200 ألف", "3.2 million"),
        ("3.2 million", "3 ملايين و200 ألف"),
        ("2 إلى 3 ملايين", "2 million to 3 million"),
        ("500,000", "half a million"),
        ("$3.5bn", "3.5 مليار دولار"),
        ("£20m", "20 مليون جنيه"),
        ("25 شخصا", "twenty-five people"),
        ("25 people", "خمسة وعشرون شخصا"),
        ("305", "ثلاثمئة وخمسة"),
        ("2,000 people", "ألفا شخص"),
        ("2 days", "يومين"),
        ("1 hour", "ساعة"),
        ("the 1992-95 war", "حرب 1992-1995"),
        ("حرب 1992-1995", "the 1992–95 war"),
        ("in 2014 by 150 artists", "عام 2014 مئة وخمسون فنانا"),
        ("عام 2014 مئة وخمسون فنانا", "in 2014 by 150 artists"),
        ("420 head", "بأربعمئة وعشرين رأسا"),
        ("3,000 and 4,000 people", "ثلاثة وأربعة آلاف شخص"),
        ("its 190 members", "أعضائه المئة والتسعين"),
        ("7/19", "19 July"),
        ("19/7", "19 تموز"),
        ("17:00", "5 p.m."),
        ("الساعة 5:30 مساء", "17:30"),
        ("20.000 تلميذ", "20,000 pupils"),
        ("the 1970s", "سبعينيات القرن الماضي"),
        ("the 11th Hussars", "الهوسار الحادي عشر"),
        ("3rd", "الثالثة"),
        ("G20", "مجموعة العشرين"),
        ("120,000", "مئة وعشرون ألفا"),
        ("1,120,000", "مليون ومئة وعشرون ألفا"),
        ("345", "ثلاثمئة وخمسة وأربعون"),
        ("2,500", "ألفين وخمسمئة"),
        ("2.5 million", "مليونين ونصف المليون"),
        ("2 million and 2,000", "مليونان وألفا شخص"),
        ("250,000", "two hundred and fifty thousand"),
        ("250,000", "a quarter of a million"),
        ("between 100 and 2,000", "between one hundred and two thousand"),
        ("5.30pm", "5:30 مساء"),
        ("5:30 مساء", "5.30pm"),
        ("5.30 p.m.", "17:30"),
        ("17.30 GMT", "17:30"),
        ("17:30", "17.30 GMT"),
        ("17.00 GMT", "17:00"),
        ("١٧٫٣٠ بتوقيت غرينتش", "17:30 GMT"),
        ("5.30 in the evening", "5.30 مساء"),
        ("5.30 مساء", "5.30 in the evening"),
        ("عند الساعة 15,30 (12,30 ت غ)", "at 15:30 (12:30 GMT)"),
        ("at 15:30 (12:30 GMT)", "عند الساعة 15,30 (12,30 ت غ)"),
        ("7,30 صباحا", "7:30 a.m."),
        ("7:30 a.m.", "7,30 صباحا"),
        ("الساعة 15.30 بالتوقيت المحلي", "3:30 p.m. local time"),
        ("3:30 p.m. local time", "الساعة 15.30 بالتوقيت المحلي"),
        ("3:30 p.m.", "3,30 مساء"),
        ("الساعة 15,30", "15.30"),
        ("1500 GMT", "15:00 بتوقيت غرينتش"),
        ("15:00 بتوقيت غرينتش", "1500 GMT"),
        ("0930 GMT", "09:30 بتوقيت غرينتش"),
        ("09:30 بتوقيت غرينتش", "0930 GMT"),
        ("1730 بتوقيت غرينتش", "5:30 p.m."),
        ("5:30 p.m.", "1730 بتوقيت غرينتش"),
        ("00:30", "0030 GMT"),
        ("12:30 a.m.", "00:30"),
        ("00:30", "12:30 a.m."),
        ("00:30", "12:30 بعد منتصف الليل"),
        ("4th", "رابعا"),
        ("2nd", "ثانيا"),
        ("1st", "أولا"),
        ("6th", "سادسا"),
        ("3", "ثلاثا"),
        ("25/12/2015", "25 كانون الأول 2015"),
        ("10", "تشرين الأول"),
        ("1/11", "كانون الثاني، تشرين الثاني"),
        ("2 Palestinians", "فلسطينيان"),
        ("2 Americans", "الأمريكيان"),
        ("2 suspects", "مشتبهان"),
        ("2 others", "آخران"),
        ("2 judges", "قاضيان"),
        ("2 brothers", "شقيقان"),
        ("2 brothers", "لشقيقين"),
        ("2 companies", "والشركتين"),
        ("2 states", "دولتا"),
    ],
)
def test_a_number_is_found_in_another_form(source, output):
    assert missing(source=source, output=output) == []


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("15 ألف", "15 million"),
        ("15,000", "15"),
        ("1.5 million", "1.6 million"),
        ("12 بالمئة", "100 percent"),
        ("2016", "2017"),
        ("11:20", "1120"),
        ("6,34", "634"),
        ("40 قتيلا", "people died"),
        ("100,000", "مئة وعشرون ألفا"),
        ("305", "ثلاثمئة وأربعون"),
        ("10,000", "خمسة ألفين"),
        ("5.30pm", "5.45 مساء"),
        ("5.30pm", "5:45 مساء"),
        ("7", ""),
        ("الساعة 15,30", "الساعة 15,45"),
        ("1500 GMT", "16:00 بتوقيت غرينتش"),
        ("1500", "15:00"),
        ("12:30 p.m.", "00:30"),
        ("12", "25 كانون الثاني"),
        ("2 people who died were from Cairo.", "الأشخاص الذين ماتوا والتي كانت من القاهرة."),
        ("2", "للتي ذاتي وقتا كانتا بيروتي"),
        ("2 people", "25 شخصا"),
        ("2", "ستين وستين والستين ومئتين وبوتين والأرجنتين وباكستان وطالبان"),
        ("2 people", "الفلسطينيين"),
        ("2 others", "الآخرين"),
    ],
)
def test_a_number_that_changed_is_missing(source, output):
    assert missing(source=source, output=output)


def test_words_state_numbers_too():
    assert {Decimal(3), Decimal(100), Decimal(2)} <= stated("ثلاثة كتب ومئة قلم ومرتين")
    assert stated("آلاف الناس") == frozenset()


FIRST = list(reversed(numerals.WORDS.items()))  # the first of several words for a number is put in last
ARABIC = {int(value): word for word, value in FIRST if not word.isascii()} | {100: "مئة", 1000: "ألف"}
ENGLISH = {int(value): word for word, value in FIRST if word.isascii()}


def in_arabic(number):
    """`number`, from one to a million less one, in Arabic words."""
    if number in ARABIC:
        return ARABIC[number]
    if number < 20:
        return f"{ {11: 'إحدى', 12: 'اثنتا'}.get(number) or ARABIC[number - 10] } عشرة"
    if number < 100:
        return f"{ARABIC[number % 10]} و{ARABIC[number // 10 * 10]}"
    size = 100 if number < 1000 else 1000
    high, low = number // size * size, number % size
    words = ARABIC.get(high) or f"{in_arabic(high // 1000)} {'آلاف' if high <= 10_000 else 'ألفا'}"
    return f"{words} و{in_arabic(low)}" if low else words


def in_english(number):
    """`number`, from one to a million less one, in British words."""
    if number in ENGLISH:
        return ENGLISH[number]
    if number < 100:
        return f"{ENGLISH[number // 10 * 10]}-{ENGLISH[number % 10]}"
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    low = number % size
    words = f"{in_english(number // size)} {name}"
    return f"{words} {'and ' if low < 100 else ''}{in_english(low)}" if low else words


@given(st.integers(1, 999_999))
def test_every_number_is_found_in_the_words_of_both_languages(number):
    assert number in stated(in_arabic(number))
    assert number in stated(in_english(number))


@given(st.text() | st.text(st.sampled_from(list("0123456789٠١٫٬,. :-/kmbأو لفمن")), max_size=40))
def test_every_text_states_its_own_numbers(text):
    assert missing(source=text, output=text) == []
    for number in numbers(text):
        assert number.value in number.readings
        assert any(char.isdigit() for char in text[slice(*number.span)])


@pytest.mark.parametrize(
    "unit", ["1", "1,", "1.", "1 000 ", "12.5,", "ألف ", "1 و", "five ", "مئة وألفين ", "5.30 pm "]
)
def test_long_texts_of_one_pattern_are_read(unit):
    assert missing(source=unit * 5_000, output=unit * 5_000) == []
