"""ROUGE agrees with `rouge_score` on English and counts Arabic words as a person would."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics import open_metric, score
from workbench.metrics.base import Texts
from workbench.metrics.rouge import lcs_length, tokeniser, union_lcs

PARITY = json.loads((Path(__file__).parent / "rouge_parity.json").read_text(encoding="utf-8"))
NAMES = ("rouge-1", "rouge-2", "rouge-l", "rouge-lsum")


def one(name, output, *references, language="ar"):
    metric = open_metric(name, language=language)
    return metric.statistics(Texts(outputs=[output], references=[references]))[0]


@pytest.mark.parametrize("name", [*NAMES, *(f"{name}-stem" for name in NAMES)])
def test_english_agrees_with_rouge_score(name):
    """The expected figures were written by rouge_score 0.1.2 on ASCII text, one sentence a line."""
    metric = open_metric(name, language="en")
    outputs = [case["output"] for case in PARITY]
    references = [(case["reference"],) for case in PARITY]
    rows = metric.statistics(Texts(outputs=outputs, references=references))
    for row, case in zip(rows, PARITY, strict=True):
        assert row[:3] == pytest.approx(case["expected"][name], abs=1e-5), case["output"]


def test_arabic_counted_by_hand():
    # Output 5 tokens, reference 6; shared: رئيس، الوزراء، بغداد = 3; bigram رئيس الوزراء = 1 of 4 and 5.
    output, reference = "رئيس الوزراء غادر بغداد اليوم", "وصل رئيس الوزراء أمس إلى بغداد"
    assert one("rouge-1", output, reference)[:3] == pytest.approx([60, 50, 600 / 11])
    assert one("rouge-2", output, reference)[:3] == pytest.approx([25, 20, 200 / 9])
    assert one("rouge-l", output, reference)[:3] == pytest.approx([60, 50, 600 / 11])


def test_arabic_stemming_joins_what_grammar_parts():
    # Four words differ in article or plural alone; المدرسون and مدرسة share the light stem مدرس.
    output, reference = "المدرسون في الجامعات", "مدرسة في الجامعة"
    assert one("rouge-1", output, reference)[2] == pytest.approx(100 / 3)
    assert one("rouge-1-stem", output, reference)[2] == pytest.approx(100)
    assert "stem:snowball-arabic" in open_metric("rouge-1-stem", language="ar").signature()


def test_letters_are_folded_only_where_the_name_says_so():
    output, reference = "إلى المدرسة ١٢", "الي المدرسه 12"
    assert one("rouge-1", output, reference)[2] == 0
    assert one("rouge-1-matching", output, reference)[2] == pytest.approx(100)


@pytest.mark.parametrize("name", NAMES)
def test_identical_arabic_is_a_hundred_where_rouge_score_says_nought(name):
    text = "أعلنت وزارة النقل، الأحد، إعادة فتح الميناء أمام السفن. وقال متحدث إن ٣ سفن دخلت."
    assert one(name, text, text)[2] == pytest.approx(100)


def test_unrelated_arabic_that_shares_a_number_stays_low():
    output = "فاز الفريق بالمباراة النهائية بعد تسجيل 3 أهداف في الشوط الثاني أمام جمهور كبير"
    reference = "خفض البنك المركزي سعر الفائدة بنسبة 3 نقاط مئوية لدعم النمو الاقتصادي هذا العام"
    assert 0 < one("rouge-1", output, reference)[2] < 15


def test_vowels_do_not_cut_words_and_invisible_marks_do_not_part_them():
    assert tokeniser("ar", stem=False)("قَالَ الوَزِيرُ") == ("قَالَ", "الوَزِيرُ")
    assert tokeniser("ar", stem=False)("الســلام\u200f على\u200fكم") == ("السلام", "علىكم")
    assert tokeniser("en", stem=False)("Café_x don’t 1,200") == ("café", "x", "don", "t", "1", "200")


def test_the_best_of_several_references_counts():
    assert one("rouge-1", "a b", "c d", "a b", language="en")[2] == pytest.approx(100)
    assert "nrefs:2|multi:best" in open_metric("rouge-1", language="en").signature(nrefs=2)


def test_empty_output_is_nought_and_an_empty_reference_is_undefined():
    assert score("rouge-1", outputs=[""], references=["خبر"], language="ar").value == 0
    assert score("rouge-1", outputs=["خبر"], references=["..."], language="ar").value is None
    assert score("rouge-2", outputs=["خبر"], references=["خبر"], language="ar").value is None
    both = score("rouge-1", outputs=["خبر", "x"], references=["خبر", ""], language="ar")
    assert both.value == pytest.approx(100)


def plain_lcs(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, left in enumerate(a):
        for j, right in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if left == right else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


TOKENS = st.lists(st.sampled_from("abcd"), max_size=70).map(tuple)


@given(TOKENS, TOKENS)
def test_the_bit_table_finds_the_longest_common_subsequence(wanted, given_tokens):
    assert lcs_length(wanted, given_tokens) == plain_lcs(wanted, given_tokens)
    assert union_lcs([wanted], [given_tokens]) == plain_lcs(wanted, given_tokens)


@given(st.text(), st.sampled_from(["ar", "en"]), st.booleans())
def test_any_text_matches_itself_wholly(text, language, stem):
    for name in NAMES:
        row = one(f"{name}-stem" if stem else name, text, text, language=language)
        assert row[3] == 0 or row[2] == pytest.approx(100)
