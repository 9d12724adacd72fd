import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.segment import join, segment, spans

NASTY = st.text(st.sampled_from(list('ab .!?؟،؛"»«”)(\n\r\t\u2028\u200f\xa0…0٫٣,دأفبAe:-\'')), max_size=60)


@given(st.text() | NASTY)
def test_segments_join_back_exactly(text):
    assert join(segment(text)) == text


@given(st.text() | NASTY)
def test_spans_show_each_segment(text):
    parts = segment(text)
    assert [text[a:b] for a, b in spans(parts)] == [part.text for part in parts]


@given(st.text() | NASTY)
def test_a_segment_has_no_white_space_around_it_and_only_white_space_behind_it(text):
    for part in segment(text):
        assert part.text == part.text.strip()
        assert part.gap.strip() == ""


@pytest.mark.parametrize("text", ["a\nb", "a\n\nb", "قال\r\nنعم", "a\u2028b"])
def test_line_breaks_are_boundaries(text):
    assert len(segment(text)) == 2
