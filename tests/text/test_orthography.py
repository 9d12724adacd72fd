import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.arabic import strip_diacritics
from workbench.text.orthography import LISTED, restore_tanwin, unmarked

WORDS = st.sampled_from(
    ["أيضا", "وأيضا", "فحاليا", "سوريا", "هذا", "جدا", "أيضًا", "شكراً", "#جدا", "a", "١", "،", "ًا"]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قال أيضا إن الوضع صعب جدا.", "قال أيضًا إن الوضع صعب جدًا."),
        ("ووفقا للبيان،", "ووفقًا للبيان،"),
        ("«حاليا»", "«حاليًا»"),
        ("عاما", "عامًا"),
    ],
)
def test_adverbs_and_accusatives_are_written_as_the_press_does(text, expected):
    assert restore_tanwin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "سوريا وروسيا وأميركا وأفريقيا",  # names
        "هذا وما وإذا ولهذا",
        "قالا إنهما زارا الوزيرين وكتبوا",  # duals and plurals
        "شكراً أيضًا جدّا",  # marked by somebody already
        "#حاليا و @جدا",
        "فعلنا ما وجدا",  # only look like «علنا» and «جدا» behind "and"
        "أيضاا أيضا_ جداx",
    ],
)
def test_what_may_go_without_stays(text):
    assert restore_tanwin(text) == text


@given(st.lists(WORDS | st.text(max_size=5), max_size=8).map(" ".join) | st.text())
def test_nothing_but_the_mark_is_added(text):
    restored = restore_tanwin(text)
    assert strip_diacritics(restored) == strip_diacritics(text)
    assert restored.replace("\u064b", "") == text.replace("\u064b", "")
    assert len(restored) == len(text) + len(list(unmarked(text)))
    assert restore_tanwin(restored) == restored


@given(st.text(alphabet=st.characters(max_codepoint=0x5FF)))
def test_text_without_arabic_stays(text):
    assert restore_tanwin(text) == text


def test_the_list_is_small_and_holds_forms_and_counts_alone():
    lines = [line for line in LISTED.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    forms = [line.split("\t")[0] for line in lines]
    assert LISTED.stat().st_size < 100_000
    assert forms == sorted(set(forms))
    assert all(form.isalpha() and form.endswith("ا") for form in forms)
    assert all(0 <= int(marked) <= int(seen) for _, seen, marked in (line.split("\t") for line in lines))
