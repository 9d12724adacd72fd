import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import Segment
from workbench.text.chunk import pack, split_long
from workbench.text.segment import join, segment

TEXT = st.text() | st.text(st.sampled_from(list('ab ،؛,.\n\u064eدو1-—"')), max_size=80)


def words(text):
    return len(text.split())


@given(TEXT, st.integers(1, 30))
def test_packed_chunks_hold_every_segment_in_order(text, budget):
    parts = segment(text)
    chunks = list(pack(parts, budget=budget, count=len))
    assert [part for chunk in chunks for part in chunk] == parts
    for chunk in chunks:
        assert len(chunk) == 1 or sum(len(part.text) for part in chunk) <= budget


def test_packing_is_greedy():
    parts = [Segment("a"), Segment("b"), Segment("ccc"), Segment("d")]
    assert [len(chunk) for chunk in pack(parts, budget=2, count=len)] == [2, 1, 1]


@given(TEXT, st.integers(1, 30))
def test_parts_of_a_long_sentence_join_back_and_fit(text, budget):
    parts = split_long(text, budget=budget, count=len)
    assert join(parts) == text
    assert all(len(part.text) <= budget for part in parts)


@given(TEXT)
def test_a_budget_that_nothing_fits_still_ends(text):
    assert join(split_long(text, budget=1, count=lambda piece: len(piece) + 2)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("short", ["short"]),
        ("", [""]),
        ("one two three, four five six", ["one two three,", "four five six"]),
        ("he said “so it is,” and went home at last", ["he said “so it is,”", "and went home at last"]),
        ("قال الوزير ذلك،ثم غادر البلاد سريعا", ["قال الوزير ذلك،", "ثم غادر البلاد سريعا"]),
        ("بلغ العدد 1،200 شخص في المدينة القديمة", ["بلغ العدد 1،200 شخص", "في المدينة القديمة"]),
        ("the talks ended and the ministers left", ["the talks ended", "and the ministers left"]),
        ("انتهت المحادثات اليوم وغادر الوزراء العاصمة", ["انتهت المحادثات اليوم", "وغادر الوزراء العاصمة"]),
        ("the old man was here – my friend", ["the old man was here", "– my friend"]),
    ],
)
def test_cuts_lie_where_clauses_end(text, parts):
    assert [part.text for part in split_long(text, budget=5, count=words)] == parts


def test_a_word_beyond_the_budget_is_parted_between_letters_not_marks():
    parts = split_long("مُ" * 8, budget=6, count=len)
    assert all(not part.text.startswith("\u064f") for part in parts)


def test_very_long_sentences_are_split():
    for text in ("كلمة " * 20_000, "،" * 50_000, "a" + " " * 50_000 + "b"):
        parts = split_long(text, budget=100, count=words)
        assert join(parts) == text
        assert max(words(part.text) for part in parts) <= 100
