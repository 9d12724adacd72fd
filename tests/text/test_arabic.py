import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.arabic import display, drop_tatweel, fold_digits, is_arabic, matching, strip_diacritics

ARABIC_TEXT = st.text(
    st.characters(min_codepoint=0x600, max_codepoint=0x6FF) | st.sampled_from(" a1ﻻﷺ\u200f")
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ﻋﻠﻴﻜﻢ ﻻ ﷺ", "عليكم لا صلى الله عليه وسلم"),
        ("\ufe8d\ufefb\ufe70", "الا\u064b"),
        ("الســلام", "السلام"),
        ("قال ـ وهو يبتسم ـ نعم", "قال - وهو يبتسم - نعم"),
        ("مُحَمَّد إلى المدرسةِ ١٢ یک", "مُحَمَّد إلى المدرسةِ ١٢ یک"),
        ("\u202aA\u202c\u200b\u00ad", "A"),
        ("", ""),
    ],
)
def test_display_repairs_only_what_is_safe(text, shown):
    assert display(text) == unicodedata.normalize("NFC", shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أحمد إلى آدم ٱلله", "احمد الى ادم الله"),
        ("مستشفى", "مستشفي"),
        ("مدرسة", "مدرسه"),
        ("مُحَمَّدٌ", "محمد"),
        ("کتاب یک", "كتاب يك"),
        ("١٢٣ ۴۵۶", "123 456"),
        ("الـ١٢", "ال12"),
        ("ﻣﺼﺮ BBC", "مصر bbc"),
    ],
)
def test_matching_folds_what_writers_vary(one, other):
    assert matching(one) == matching(other)


@pytest.mark.parametrize(("one", "other"), [("قال", "قل"), ("12", "21"), ("سأل", "سؤال"), ("علم", "عالم")])
def test_matching_keeps_what_differs(one, other):
    assert matching(one) != matching(other)


@given(st.text() | ARABIC_TEXT)
def test_profiles_are_stable(text):
    assert display(display(text)) == display(text)
    assert matching(matching(text)) == matching(text)
    assert matching(display(text)) == matching(text)


@given(st.text() | ARABIC_TEXT)
def test_folding_digits_keeps_every_position(text):
    assert len(fold_digits(text)) == len(text)


def test_diacritics_are_dropped_and_letters_kept():
    assert strip_diacritics("اَلسَّلَامُ عَلَيْكُمْ هٰذَا أ") == "السلام عليكم هذا أ"


def test_tatweel_within_a_word_goes_and_alone_becomes_a_dash():
    assert drop_tatweel("ـ هـ ـــ الـ12") == "- ه - ال12"


def test_arabic_characters_are_told_from_others():
    assert [is_arabic(char) for char in "عپ،٣ﻻa3 ."] == [True] * 5 + [False] * 4
