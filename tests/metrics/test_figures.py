"""Figures of summaries, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.metrics import score
from workbench.metrics.figures import (
    coverage_of,
    density_of,
    fragments,
    novelty_of,
    position_of,
    redundancy_of,
)

SOURCE = tuple("abcdefghij")


def test_fragments_are_the_longest_runs_in_order():
    assert fragments(SOURCE, tuple("bcxgh")) == [(1, 2), (6, 2)]
    assert fragments(("a", "b", "a", "b", "c"), ("a", "b", "c")) == [(2, 3)]
    assert fragments(SOURCE, ()) == []


def test_coverage_density_and_position_follow_from_fragments():
    output = tuple("bcxgh")
    assert coverage_of(SOURCE, output) == pytest.approx(80)
    assert density_of(SOURCE, output) == pytest.approx(8 / 5)
    # Copied words stand at 1, 2, 6 and 7 of 0 to 9.
    assert position_of(SOURCE, output) == pytest.approx(100 * 4 / 9)
    assert position_of(SOURCE, ("x",)) is None
    assert coverage_of(SOURCE, ()) is None


def test_novelty_and_redundancy():
    assert novelty_of(SOURCE, tuple("abx"), size=1) == pytest.approx(100 / 3)
    assert novelty_of(SOURCE, tuple("abx"), size=2) == pytest.approx(50)
    assert novelty_of(SOURCE, ("a",), size=2) is None
    assert redundancy_of(SOURCE, tuple("abab")) == pytest.approx(100 / 3)
    assert redundancy_of(SOURCE, tuple("abcd")) == 0


def test_figures_of_arabic_and_nothing_across_scripts():
    source = "أعلنت الوزارة فتح الميناء. وقال الوزير إن السفن دخلت."
    summary = "فتح الميناء ودخول السفن"
    compression = score("compression", sources=[source], outputs=[summary], language="ar")
    assert compression.value == pytest.approx(9 / 4)
    assert "mean:segments" in compression.signature
    assert score("compression", sources=[source], outputs=["The port opened"], language="en").value is None
    assert score("support", sources=[source], outputs=["The port opened"], language="en").value is None
    with pytest.raises(InputError, match="reads the sources"):
        score("coverage", outputs=[summary], language="ar")


def test_support_looks_for_one_place_in_the_source():
    source = (
        "The port of Aden reopened on Monday. Rain fell in the north. A minister resigned. Wheat prices rose."
    )
    assert score("support", sources=[source], outputs=["The port reopened."], language="en").value == 100
    # "port" and "wheat" stand far apart: no two neighbouring sentences hold both.
    apart = score("support", sources=[source], outputs=["port wheat"], language="en").value
    assert apart == 50
    assert score("support", sources=[source], outputs=["Zebras dance"], language="en").value == 0
    assert score("support", sources=[source], outputs=[""], language="en").value is None


TOKENS = st.lists(st.sampled_from("abcde"), max_size=20).map(tuple)


@given(TOKENS, TOKENS)
def test_every_fragment_stands_where_it_says(source, output):
    found = fragments(source, output)
    copied = [token for place, length in found for token in source[place : place + length]]
    assert copied == [token for token in output if token in source]
