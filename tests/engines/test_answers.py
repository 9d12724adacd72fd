"""Answers of instruction models: what models really wrap around a text goes, what belongs to the text stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.answers import MARKS, parse, without_thoughts
from workbench.engines.prompts import harmless

ARABIC = "قال الوزير إن المحادثات ستستأنف الأسبوع المقبل."
ENGLISH = "The minister said that talks would resume next week."

WRAPPED = [
    ENGLISH,
    f"  {ENGLISH}\n",
    f"<think>\nHe says talks… next week.\n</think>\n\n{ENGLISH}",
    f"<think>\n\n</think>\n\n{ENGLISH}",
    f"The user wants English.\n</think>\n{ENGLISH}",
    f"<thinking>Talks.</thinking>{ENGLISH}",
    f"Here is the translation:\n\n{ENGLISH}",
    f"Here's the English translation of the text:\n{ENGLISH}",
    f"Sure! {ENGLISH}",
    f"Sure, here is the translation:\n\n{ENGLISH}",
    f"Certainly! Here is the translation:\n\n“{ENGLISH}”",
    f"Translation: {ENGLISH}",
    f"**Translation:** {ENGLISH}",
    f"**English translation:**\n\n{ENGLISH}",
    f"The translation is: {ENGLISH}",
    f"إليك الترجمة:\n{ENGLISH}",
    f"بالتأكيد! إليك الترجمة: {ENGLISH}",
    f"الترجمة: {ENGLISH}",
    f'"{ENGLISH}"',
    f"«{ENGLISH}»",
    f"**{ENGLISH}**",
    f"```\n{ENGLISH}\n```",
    f"```text\n{ENGLISH}\n```",
    f"{ENGLISH}\n\nNote: “talks” is plural in Arabic.",
    f"{ENGLISH}\n\n**Notes:**\n* The minister is not named.",
    f"{ENGLISH}\n\n(Note: The original is passive.)",
    f"{ENGLISH} (Note: a literal translation)",
    f"{ENGLISH}\n---\nExplanation: I kept the tense.",
    f"{ENGLISH}\n\nملاحظة: لم يذكر اسم الوزير.",
    f"{ENGLISH}\n\nAlternatively: Talks are to resume, the minister said.",
    f"{ENGLISH}\n\nThis keeps the formal register of the original.",
    f"{ENGLISH}<|im_end|>",
    f"{ENGLISH}<end_of_turn>\n",
]


@pytest.mark.parametrize("answer", WRAPPED)
def test_only_the_translation_is_left(answer):
    assert parse(answer, source=ARABIC) == ENGLISH


def test_thinking_that_never_ends_is_no_answer():
    assert parse("<think>\nThe minister… talks… next week…", source=ARABIC) == ""
    assert without_thoughts("<think>\nThe verdict is 85") == ""


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("ملخص: قال الوزير نعم.", "Summary: the minister said yes."),
        ("الترجمة: عمل شاق.", "Translation: hard work."),
        ("«نعم»", "“Yes”"),
        ('"نعم"', '"Yes"'),
        ("نص\n\nملاحظة: تأخر الموعد.", "Text\n\nNote: the date was put off."),
        ("قال الوزير: نعم", "The minister said: yes"),
        ("قال: «نعم» و«لا»", "“Yes” and “no”, he said"),
        ("فقرة.\n\nفقرة ثانية.", "One paragraph.\n\nA second one."),
        ("عاجل: انفجار", "Urgent: explosion"),
        ("تقرير", "Notebook prices rise"),
        ("بالطبع", "Of course"),
        ("5 < 6 <ب>", "5 < 6 <b>"),
    ],
)
def test_what_belongs_to_the_text_stays(source, answer):
    assert parse(answer, source=source) == answer


@given(st.text(max_size=200))
def test_any_answer_is_read_and_nothing_is_added(answer):
    for source in (ARABIC, "فقرة.\n\nفقرة."):
        read = parse(answer, source=source)
        assert read in answer or MARKS.search(answer) or "think" in answer.lower()


@given(st.text(alphabet=st.sampled_from("<|>_/sINST[]im_endof tur\n"), max_size=80))
def test_texts_hold_no_marks_once_harmless(text):
    assert not MARKS.search(harmless(text))
    assert harmless(text).replace(" ", "") == text.replace(" ", "")
