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
    f"Here is the English translation: {ENGLISH}",
    f"Sure, here's the translation: {ENGLISH}",
    f"Translation: {ENGLISH}",
    f"**Translation:** {ENGLISH}",
    f"**English translation:**\n\n{ENGLISH}",
    f"The translation is: {ENGLISH}",
    f"إليك الترجمة:\n{ENGLISH}",
    f"بالتأكيد! إليك الترجمة: {ENGLISH}",
    f"الترجمة: {ENGLISH}",
    f"بالتأكيد، إليك الترجمة الإنجليزية: {ENGLISH}",
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
        (
            "وفيما يلي نص البيان: ندين الهجوم على المستشفى.",
            "Here is the text of the statement: We condemn the attack on the hospital.",
        ),
        (
            "وجاء في ملخص التقرير: قتل ثلاثة أشخاص.",
            "A summary of the report said: three people were killed.",
        ),
        (
            "This is the day on which the president said: We will not back down.",
            "هذا هو اليوم الذي قال فيه الرئيس: لن نتراجع.",
        ),
        ("ملخص تنفيذي: قتل ثلاثة أشخاص.", "Executive summary: three people were killed."),
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


def test_a_summary_in_several_paragraphs_stays_whole():
    text = "Talks go on.\n\nThey were put off.\nNobody signed."
    answer = f"Here is a summary of the article:\n\n{text}\n\nNote: it is short."
    whole = "Talks go on. They were put off. Nobody signed."
    assert parse(answer, source=f"{ARABIC}\n\n{ARABIC}", summary=True) == whole
    assert parse(answer, source=ARABIC, summary=True) == whole


@given(st.text(max_size=200))
def test_any_answer_is_read_and_nothing_is_added(answer):
    for source in (ARABIC, "فقرة.\n\nفقرة."):
        read = parse(answer, source=source)
        assert read in answer or MARKS.search(answer) or "think" in answer.lower()


@given(st.text(alphabet=st.sampled_from("<|>_/sINST[]im_endof tur\n"), max_size=80))
def test_texts_hold_no_marks_once_harmless(text):
    assert not MARKS.search(harmless(text))
    assert harmless(text).replace(" ", "") == text.replace(" ", "")
