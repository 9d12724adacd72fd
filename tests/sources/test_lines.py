"""Lines around an article are told from its body, and each one taken out is listed."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.lines import paragraphs, reads_as_prose, same_line, take_apart

BODY = "The island ferries sailed again on Sunday, after nine days.\n\nThe first boat left Saltmarsh at dawn."


def test_a_headline_is_a_first_line_without_a_stop():
    parts = take_apart(f"Ferry strike ends\n\n{BODY}")
    assert (parts.title, parts.text, parts.warnings) == ("Ferry strike ends", BODY, ())


def test_a_first_sentence_is_no_headline():
    assert take_apart(BODY).title == ""
    assert take_apart(BODY).text == BODY


def test_a_question_may_be_a_headline():
    assert take_apart(f"من يدفع ثمن الجسر؟\n\n{BODY}").title == "من يدفع ثمن الجسر؟"


def test_a_report_that_opens_a_text_is_its_headline():
    for line in ("تقرير: إسرائيل تستعد لضرب إيران", "تقرير: أسعار النفط ترتفع"):
        parts = take_apart(f"{line}\n\n{BODY}")
        assert (parts.title, parts.byline, parts.text) == (line, None, BODY)


def test_a_reporter_behind_a_headline_is_taken_out():
    assert take_apart(f"Ferry strike ends\n\nتقرير: سعاد البكري\n\n{BODY}").byline == "سعاد البكري"
    assert take_apart(f"حوار: سعاد البكري\n\n{BODY}", title="Ferry strike ends").byline == "سعاد البكري"


def test_furniture_is_taken_out_and_listed():
    head = "Ferry strike ends\nFERRY STRIKE ENDS.\nBy Ruth Castellan\n3 February 2019, 07:45"
    text = f"{head}\n\n{BODY}\n\nSource: Reuters\n\n212"
    parts = take_apart(text)
    assert parts.text == BODY
    assert (parts.byline, parts.published, parts.agencies) == (
        "Ruth Castellan",
        datetime(2019, 2, 3, 7, 45),
        ("Reuters",),
    )
    assert parts.warnings == (
        "repeated title removed",
        "byline moved out of the text: By Ruth Castellan",
        "date line removed: 3 February 2019, 07:45",
        "credit line removed: Source: Reuters",
        "editor's code removed: 212",
    )


def test_numbers_inside_the_body_stay():
    text = "The score\n\nThe match ended late.\n\n212\n\nNobody remembered a higher one."
    assert "212" in take_apart(text).text


def test_a_date_inside_the_body_stays():
    body = "\n\n".join(
        ["A sentence that tells something about the talks."] * 10
        + ["19 July 2016", "It was a Tuesday in Vienna."]
    )
    assert "19 July 2016" in take_apart(body).text


def test_lines_without_blank_ones_are_paragraphs():
    assert paragraphs(["One.", "Two.", "Three."]) == ["One.", "Two.", "Three."]


def test_hard_wrapped_lines_are_joined():
    lines = [
        "The island ferries sailed again on Sunday after crews and owners agreed",
        "on shorter winter shifts, ending a strike that had cut off four thousand",
        "people for nine days. The first boat left Saltmarsh at twenty past six",
        "with two hundred passengers.",
        "",
        "Nobody won.",
    ]
    assert paragraphs(lines) == [" ".join(lines[:4]), "Nobody won."]


WRAPPED = """The foreign minister said on Tuesday that the talks would be held in
Geneva next week, and that both sides had agreed to come.

Nobody would say on Monday who had asked for the meeting, or what its
hosts hoped to gain."""


def test_the_first_line_of_a_wrapped_paragraph_is_no_headline():
    parts = take_apart(WRAPPED)
    joined = [" ".join(block.split("\n")) for block in WRAPPED.split("\n\n")]
    assert (parts.title, parts.text.split("\n\n")) == ("", joined)


def test_wrapped_paragraphs_may_have_a_headline():
    for between in ("\n", "\n\n"):
        assert (
            take_apart(f"Talks to be held in Geneva{between}{WRAPPED}").title == "Talks to be held in Geneva"
        )


def test_a_long_headline_over_sentences_is_no_wrapped_line():
    headline = "Foreign ministers will meet in Geneva next week for new talks"
    sentences = (
        "The minister said so on Tuesday, after a night of talks.\nNobody would say who had asked for it."
    )
    parts = take_apart(f"{headline}\n{sentences}")
    assert (parts.title, parts.text) == (headline, sentences.replace("\n", "\n\n"))


def test_same_line_looks_through_letter_forms():
    assert same_line("إلى المدرسة", "الي المدرسه")
    assert not same_line("إلى المدرسة", "من المدرسة")


def test_prose():
    assert reads_as_prose("The talks resumed in Vienna on Sunday.")
    assert not reads_as_prose("World news and sport")


@given(st.text())
def test_any_text_is_taken_apart_and_only_whole_lines_go(text):
    parts = take_apart(text)
    lines = {line.strip() for line in text.split("\n")}
    for paragraph in parts.text.split("\n\n"):
        assert paragraph in lines or all(word in text for word in paragraph.split())
