"""Mends: what is wrong is mended, what people write stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.mend import mended


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("على كلمةها، وبلدةهم", "على كلمتها، وبلدتهم"),
        ("مستواها ومستوىها", "مستواها ومستواها"),
        ("يتلقىه علىها وإلىهم ولدىنا", "يتلقاه عليها وإليهم ولدينا"),
        ("سبيث و توماس ب القاهرة ول العراق", "سبيث وتوماس بالقاهرة وللعراق"),
        ("وفقا لالإفراج ولالعدالة لالتزامه", "وفقا للإفراج وللعدالة لالتزامه"),
        ("سبيل المثال ، قال ؛ نعم .", "سبيل المثال، قال؛ نعم."),
        ("من السوق السوق", "من السوق"),
        ("تحدث ك مدير", "تحدث كمدير"),
    ],
)
def test_arabic_that_nobody_writes(written, wanted):
    assert mended(written, language="ar", source="") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "سجّل هدفين وفك الحصار خطوة خطوة",
        "محلّلالميادينللشؤون",
        "قال: ... نعم، في 12 .5",
        "الأفعال: أ و ب و ج",
        "فاز بلقب لاليغا ثم زار لاليبيلا",
        "دخلوا واحدا واحدا",
        "وذكرت وكالة أ ف ب أن الجيش انسحب، وقالت د ب أ و أ ب وغيرها",
        "المجموعة ب من كأس العالم، وفيتامين ك في الدم",
    ],
)
def test_arabic_that_people_write(text):
    assert mended(text, language="ar", source="") == text


def test_what_the_source_repeats_is_said_twice():
    for source, text in (("Boutros Boutros-Ghali said", "قال بطرس بطرس غالي"), ("room by room", "غرفة غرفة")):
        assert mended(text, language="ar", source=source) == text


def test_a_letter_that_the_source_has_too_is_no_clitic():
    assert mended("فيتامين ك يساعد", language="ar", source="Vitamin K helps") == "فيتامين ك يساعد"
    assert mended("عمل ك مدير", language="ar", source="I worked as a manager") == "عمل كمدير"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("a engineer, a hour and an uniform", "an engineer, an hour and a uniform"),
        ("A old man and An wrong one", "An old man and An wrong one"),
        ("the boycottt of crosss", "the boycott of cross"),
        ("the car car stopped .", "the car stopped."),
        ("a unanswered call of an utility, an urine test", "an unanswered call of a utility, a urine test"),
    ],
)
def test_english_that_nobody_writes(written, wanted):
    assert mended(written, language="en", source="") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "An unidentified man in a one-on-one, an herbal tea, an historic day",
        "It was A in all, and a and b; the V&A is open; Erdo?an was there",
        "He said that that was so ... in Chapter viii of www.example.org",
        "an unannounced visit, a unanimous vote, an x-ray and a u-turn",
        "Theresa May may resign",
    ],
)
def test_english_that_people_write(text):
    assert mended(text, language="en", source="") == text


def test_the_stop_of_an_hour_ends_no_arabic_sentence():
    wrong, right = "عند الساعة 7 صباحا. قرب السوق.", "عند الساعة 7 صباحا قرب السوق."
    assert mended(wrong, language="ar", source="At 7 a.m. near the market.") == right
    assert mended(wrong, language="ar", source="It was 7 a.m. Near the market it was dark.") == wrong


@pytest.mark.parametrize(
    ("written", "source", "wanted"),
    [
        ("strikers refuse.", "المضربون يرفضون.", "Strikers refuse."),
        ('"we refuse", he said.', "«نرفض»، قال.", '"We refuse", he said.'),
        ("strikers refuse", "المضربون يرفضون", "strikers refuse"),
        ("iPhone sales fell.", "هبطت مبيعات الهواتف.", "iPhone sales fell."),
        ("example.org said so.", "قال الموقع ذلك.", "example.org said so."),
        ("tldr shows pages.", "tldr يعرض الصفحات.", "tldr shows pages."),
    ],
)
def test_a_sentence_from_arabic_begins_with_a_capital(written, source, wanted):
    assert mended(written, language="en", source=source) == wanted


def test_a_word_that_stands_twice_in_the_source_may_stand_twice():
    assert (
        mended("Abdullah Abdullah said", language="en", source="قال عبدالله عبدالله")
        == "Abdullah Abdullah said"
    )


def test_other_languages_stay_as_they_are():
    assert mended("a a enfant , oui", language="fr", source="") == "a a enfant , oui"


@given(st.text(alphabet="وفبلكالةىهانمت aenht.،؟ ", max_size=40), st.sampled_from(["ar", "en"]))
def test_mending_does_not_empty_a_text_and_leaves_other_signs(text, language):
    result = mended(text, language=language, source="")
    assert bool(result.strip()) == bool(text.strip())
    assert set(result) - set(text) <= set("تايn")
