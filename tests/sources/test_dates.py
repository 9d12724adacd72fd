"""Dates as news writes them: calendars, digits, halves of the day, timezones kept or absent."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.dates import is_date_line, parse_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue Jul 19, 2016 17:11:40", "2016-07-19T17:11:40"),
        ("19 July 2016", "2016-07-19T00:00:00"),
        ("July 19th, 2016, 5:11 pm EDT", "2016-07-19T17:11:00-04:00"),
        ("July 19, 2016 12:05 AM", "2016-07-19T00:05:00"),
        ("July 19, 2016 12:05 p.m.", "2016-07-19T12:05:00"),
        ("2016-07-19T17:11:40Z", "2016-07-19T17:11:40+00:00"),
        ("2016-07-19T17:11:40+03:00", "2016-07-19T17:11:40+03:00"),
        ("2024-04-30 16:38:37 +02:00", "2024-04-30T16:38:37+02:00"),
        ("2020-06-03T03:01+0400", "2020-06-03T03:01:00+04:00"),
        ("Mon, 18 Jul 2016 17:11:40 +0300", "2016-07-18T17:11:40+03:00"),
        ("03 Aug 2017,Thursday", "2017-08-03T00:00:00"),
        ("2016/07/19 05:11 PM", "2016-07-19T17:11:00"),
        ("25-12-2019", "2019-12-25T00:00:00"),
        ("17:11 GMT+3, 19 July 2016", "2016-07-19T17:11:00+03:00"),
        ("الثلاثاء ١٩ تموز/يوليو ٢٠١٦ - ٠٥:١١ مساءً بتوقيت غرينتش", "2016-07-19T17:11:00+00:00"),
        ("الثلاثاء ٢٠  مارس  ٢٠١٨", "2018-03-20T00:00:00"),
        ("نشر في: 3 كانون الثاني 2020 الساعة 12:05 ص بتوقيت مكة المكرمة", "2020-01-03T00:05:00+03:00"),
        ("الأحد 5 أيلول/سبتمبر 2021 17:00 بتوقيت القاهرة", "2021-09-05T17:00:00+02:00"),
        ("19 تموز 2016 - 17:11 (بتوقيت غرينتش +3)", "2016-07-19T17:11:00+03:00"),
        ("الجمعة 8 فيفري 2019", "2019-02-08T00:00:00"),
        ("١٩ يوليه ٢٠١٦م", "2016-07-19T00:00:00"),
        ("۱۹ تموز ۲۰۱۶", "2016-07-19T00:00:00"),
        ("الأربعاء، 07 أكتوبر 2020 - 12:09 م", "2020-10-07T12:09:00"),
        ("\u200fالثلاثاء 19 تموز 2016\u200f", "2016-07-19T00:00:00"),
    ],
)
def test_dates_are_read(text, expected):
    assert parse_date(text).isoformat() == expected


MONTHS = {
    "كانون الثاني": 1, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6,
    "تموز": 7, "آب": 8, "أيلول": 9, "تشرين الأول": 10, "تشرين الثاني": 11, "كانون الأول": 12,
    "يناير": 1, "فبراير": 2, "مارس": 3, "أبريل": 4, "إبريل": 4, "مايو": 5, "يونيو": 6,
    "يوليو": 7, "أغسطس": 8, "سبتمبر": 9, "أكتوبر": 10, "نوفمبر": 11, "ديسمبر": 12,
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), MONTHS.items())
def test_levantine_and_egyptian_months(name, number):
    assert parse_date(f"12 {name} 2017") == datetime(2017, number, 12)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "May 2016", "12 شعبان 1437", "1395/04/29", "31 شباط 2016", "آب 2016", "17:11"]
)
def test_what_is_no_full_date_is_none(text):
    assert parse_date(text) is None


def test_an_ambiguous_date_is_not_guessed():
    assert parse_date("03/04/2016", day_first=None) is None
    assert parse_date("03/04/2016", day_first=True) == datetime(2016, 4, 3)
    assert parse_date("04/13/2016", day_first=None) == datetime(2016, 4, 13)


def test_a_city_in_a_dateline_is_no_timezone():
    assert parse_date("القاهرة - 5 أيلول 2021 17:00").tzinfo is None
    assert parse_date("5 أيلول 2021 17:00 بيروت").tzinfo is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Published: 19 July 2016, 5:11 pm GMT", True),
        ("Last updated: 8:05 PM, May 4, 2022", True),
        ("نشر في: 3 كانون الثاني 2020 الساعة 12:05 ص بتوقيت مكة المكرمة", True),
        ("He left on 19 July 2016 for Paris.", False),
        ("وصل الوفد في 19 تموز 2016 إلى باريس", False),
        ("19 July", False),
    ],
)
def test_lines_that_are_dates_alone(line, expected):
    assert is_date_line(line) is expected


@given(
    st.dates(date(1950, 1, 1), date(2059, 12, 31)),
    st.times(),
    st.sampled_from(["", " GMT", " +03:00", " -05:00"]),
    st.sampled_from(list(MONTHS.items())),
    st.booleans(),
)
def test_arabic_date_lines_come_back(day, moment, zone, month, arabic_digits):
    name, number = month
    day = day.replace(month=number, day=min(day.day, 28))
    line = f"{day.day} {name} {day.year} - {moment:%H:%M}{zone}"
    if arabic_digits:
        line = line.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    offset = {"": None, " GMT": 0, " +03:00": 3, " -05:00": -5}[zone]
    expected = datetime(day.year, day.month, day.day, moment.hour, moment.minute)
    if offset is not None:
        expected = expected.replace(tzinfo=timezone(timedelta(hours=offset)))
    assert parse_date(line) == expected
    assert is_date_line(line)


@given(st.text())
def test_any_text_is_read_without_failing(text):
    parse_date(text)
    is_date_line(text)
