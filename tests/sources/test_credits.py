"""Agencies count where something is ascribed to them; bylines and credit lines are told from sentences."""

import pytest

from workbench.sources.credits import agencies, byline, is_credit_line, is_editors_code, line_agencies


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to relocate,” AFP reported. The war, Press TV reported.", ("AFP", "Press TV")),
        ("a diplomat told Reuters on condition of anonymity", ("Reuters",)),
        ("figures which the chamber gave to Reuters", ("Reuters",)),
        ("according to the Associated Press", ("AP",)),
        ("GENEVA (AP) — Delegates met", ("AP",)),
        ("The minister, quoted by IRNA, denied it", ("IRNA",)),
        ("ونقلت وكالة فرانس برس عن مصدر", ("فرانس برس",)),
        ("بحسب رويترز، وأفادت سانا", ("رويترز", "سانا")),
        ("وقال مصدر لوكالة الأناضول", ("الأناضول",)),
        ("قالت الباحثة لرويترز إن", ("رويترز",)),
        ("ونقلت قناة الميادين عن الوزير", ("الميادين",)),
        ("(أ.ف.ب)", ("فرانس برس",)),
        ("وكالة فارس للأنباء", ("فارس",)),
    ],
)
def test_agencies_that_are_credited(text, expected):
    assert agencies(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Reuters was founded in 1851.",
        "The map shows the area.",
        "ركب فارس حصانه ومضى",
        "عن الجزيرة التي يعيش فيها",
        "في شبه الجزيرة العربية",
        "قال وام إنه عائد",
    ],
)
def test_a_name_alone_is_no_credit(text):
    assert agencies(text) == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("المصدر: رويترز + وكالات", True),
        ("Source: Agencies", True),
        ("AFP, Reuters", True),
        ("(رويترز)", True),
        ("المصدر: مسؤول في الوزارة", False),
        ("وكالات الأنباء نقلت الخبر", False),
    ],
)
def test_lines_of_credits(line, expected):
    assert is_credit_line(line) is expected


def test_agencies_of_a_line_of_credits():
    assert line_agencies("المصدر: رويترز وفرانس برس + وكالات") == ("رويترز", "فرانس برس")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Jane Doe", "Jane Doe"),
        ("By JANE DOE, Beirut", "JANE DOE, Beirut"),
        ("بقلم: فلان الفلاني", "فلان الفلاني"),
        ("كتب – عبد الكريم سالم", "عبد الكريم سالم"),
        ("إعداد وترجمة - بندر سالم", "بندر سالم"),
        ("إعداد : علي سالم تصوير : تركي حمد", "علي سالم"),
        ("By the time he left, it was dark.", None),
        ("By 2015 sales had doubled", None),
        ("Bystanders ran", None),
        ("كتب الرئيس رسالة", None),
        ("إعداد جيل متعلم يقود المستقبل", None),
        ("تحرير الصور", None),
        ("تقرير: سعاد البكري", "سعاد البكري"),
        ("حوار: آسيا العتروس", "آسيا العتروس"),
        ("تقرير: إسرائيل تستعد لضرب إيران", None),
        ("حوار - الأزمة في لبنان", None),
        ("تقرير: أسعار النفط ترتفع بعد الهجوم", None),
        ("تحرير: سالم يعود ظافرا إلى قريته", None),
    ],
)
def test_bylines(line, name):
    assert byline(line) == name


@pytest.mark.parametrize("line", ["212", "47", "م.ع", "ع.س/12", "م . ن", "HK/AB", "mk/ab", "انتهى"])
def test_codes_of_editors(line):
    assert is_editors_code(line)


@pytest.mark.parametrize("line", ["Log in", "نعم", "World", "1,300,000", "قال", "لا"])
def test_words_are_no_codes(line):
    assert not is_editors_code(line)
