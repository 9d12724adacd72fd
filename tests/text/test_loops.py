import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.loops import echoes, longest, loops


@pytest.mark.parametrize(
    ("text", "unit", "times"),
    [
        ("he said he said he said no", "he said", 3),
        ("no no no no", "no", 4),
        ("قال إن قال إن، قال إن. ثم", "قال إن", 3),
        ("ههههههه", "ه", 7),
        ("a b c a b c a b c a b c", "a b c", 4),
    ],
)
def test_repetition_is_found_with_its_unit(text, unit, times):
    (loop,) = loops(text)
    assert (text[slice(*loop.unit)].strip(".,،"), loop.times) == (unit, times)
    assert longest(text) == times


@pytest.mark.parametrize(
    "text", ["", "no no no", "he said he said", "one two three four", "…………………", "11111111"]
)
def test_what_writers_repeat_is_no_loop(text):
    assert loops(text) == []
    assert longest(text) == 1


@given(st.text(st.sampled_from(list("ab ه.")), max_size=80))
def test_spans_lie_in_the_text_in_order(text):
    found = loops(text)
    assert [loop.span for loop in found] == sorted(loop.span for loop in found)
    for loop in found:
        assert loop.span[0] == loop.unit[0] < loop.unit[1] < loop.span[1] <= len(text)
        assert loop.times >= 3


def test_echoes_are_the_share_of_triples_said_before():
    assert echoes("one two three four five six seven eight nine ten eleven twelve") == 0
    assert echoes("a b c d " * 5) > 0.7
    assert echoes("a b a b") == 0
