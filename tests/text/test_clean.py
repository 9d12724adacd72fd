import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.clean import clean
from workbench.text.mojibake import repair

ARABIC = [
    "قال الوزير: «نعم»، ثم غادر؟ لا؛ بل بقي فقط؟ وحفظ، ولاحظ… “نعم” – 12٪ ١٢٫٥",
    "مُحَمَّدٌ رسولُ اللّهِ ـ كما يُقال ـ ﴿آية﴾",
    "طظ؟ ظ، ط؛ فقط؟ ملاحظ، وسط»",
    "زار الكاتب Émile Zola مقهى café في Çanakkale",
    "پ چ ژ گ یک کتاب می‌خواهم",
]


@pytest.mark.parametrize("text", ARABIC)
def test_right_arabic_is_never_repaired(text):
    assert repair(text) == text


@pytest.mark.parametrize("text", ARABIC[:2])
@pytest.mark.parametrize("wrong", ["cp1256", "latin-1", "sloppy-windows-1252"])
def test_utf8_read_as_a_code_page_is_set_right(text, wrong):
    import ftfy.bad_codecs  # noqa: F401  registers the lax code page

    assert repair(text.encode().decode(wrong)) == text


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859_6"])
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_arabic_code_pages_read_as_latin_are_set_right(encoding, wrong):
    text = "قال الوزير: إن الأمر، كما قال، انتهى في Paris 2016؟"
    assert repair(text.encode(encoding).decode(wrong)) == text


def test_a_spoilt_line_among_right_ones_is_set_right_alone():
    spoilt = "السلام عليكم".encode().decode("cp1256")
    assert repair(f"فقط؟\n{spoilt} قال\nنعم") == "فقط؟\nالسلام عليكم قال\nنعم"


def test_text_spoilt_twice_is_set_right():
    assert repair("السلام عليكم".encode().decode("cp1256").encode().decode("cp1256")) == "السلام عليكم"


@pytest.mark.parametrize(
    ("text", "cleaned", "warning"),
    [
        ("\ufeffقال", "قال", "1 zero-width or bidirectional character removed"),
        ("\u202bقال\u200f\u202c", "قال", "3 zero-width or bidirectional characters removed"),
        ("ﻗﺎﻝ ﷲ", "قال الله", "presentation forms written as plain letters"),
        ("قــــال", "قال", "tatweel removed"),
        ("قا\x00ل\x07", "قال", "2 control characters removed"),
        ("قال \ue001", "قال", "1 private-use character removed"),
        ("a\ud800", "a", "1 private-use character removed"),
        ("ا\u0653ن", "آن", "characters composed (Unicode NFC)"),
        ("AT&amp;T said &quot;no&#39;s&quot;", 'AT&T said "no\'s"', "4 HTML entities written out"),
        ("Itâ€™s", "It’s", "wrongly decoded characters (mojibake) repaired"),
        ("ق\ufffdل", "ق\ufffdل", "1 character lost to a wrong decoding before this text was read"),
    ],
)
def test_each_repair_is_listed(text, cleaned, warning):
    result = clean(text)
    assert (result.text, result.warnings) == (cleaned, (warning,))


def test_white_space_is_tidied_without_a_warning():
    result = clean("  أ \t\u00a0 ب \r\n\r\n\r\n\r\n ج\rد\u2029ه\n")
    assert (result.text, result.warnings) == ("أ ب\n\nج\nد\n\nه", ())


def test_repairs_are_listed_in_one_order():
    warnings = clean("قـال\u200f\x00").warnings
    assert [warning.split()[-2:] for warning in warnings] == [
        ["character", "removed"],
        ["character", "removed"],
        ["tatweel", "removed"],
    ]


@given(
    st.text()
    | st.text(st.sampled_from(list("قالطظ؟،ـ\u064e\u200f\ufeb3\u00a0 \n\r\x00Ã©â€™Çá&;amp#3")), max_size=50)
)
def test_cleaning_what_is_clean_changes_nothing(text):
    once = clean(text)
    again = clean(once.text)
    assert again.text == once.text
    assert unicodedata.is_normalized("NFC", once.text)
    assert all("lost" in warning for warning in again.warnings)
