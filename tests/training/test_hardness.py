"""Words that a model loses, and pairs weighed by them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.training.hardness import Followed, counterparts, follow, hardness, stems

FRAMES = [
    ("the {} of the town is near", "{} المدينة قريب"),
    ("a {} stood in the valley", "وقف {} في الوادي"),
    ("we saw the {} at night", "رأينا {} ليلا"),
    ("his {} was sold", "بيع {} له"),
]
NOUNS = dict(
    zip(
        [
            "tower",
            "bridge",
            "castle",
            "school",
            "garden",
            "market",
            "lantern",
            "palace",
            "basin",
            "harbour",
            "mirror",
            "ladder",
        ],
        ["برج", "جسر", "حصن", "مدرسة", "بستان", "متجر", "فانوس", "قصر", "حوض", "ميناء", "مرآة", "سلم"],
        strict=True,
    )
)
PAIRS = [(e.format(one), a.format(other)) for e, a in FRAMES for one, other in NOUNS.items()]


@pytest.fixture(scope="module")
def known():
    return counterparts(PAIRS)


def test_a_word_has_what_stands_for_it_and_not_what_surrounds_it(known):
    for english, arabic in NOUNS.items():
        (stem,) = stems(english)
        assert known[stem][0] in stems(arabic)
    assert not set(known["tower"]) & stems("المدينة الوادي ليلا")


def test_what_stands_together_too_seldom_tells_nothing():
    assert "tower" not in counterparts([*PAIRS[:1], *PAIRS[12:13], *PAIRS[1:12]])


def test_a_word_is_lost_where_the_output_has_none_of_its_counterparts(known):
    became = follow(
        [
            ("The tower fell", "سقط البرج", "سقطت الشجرة"),
            ("Towers fell", "سقطت برج", "سقط برجان"),
            ("A bridge", "جسر", "الجسر"),
            ("The castle", "البناء", "شيء"),  # its reference says it another way: nobody can tell
        ],
        known,
    )
    assert became == {"tower": Followed(2, 1), "bridg": Followed(1, 0)}


def test_sources_with_lost_words_weigh_more_and_the_mean_is_one():
    became = {"tower": Followed(20, 20), "bridg": Followed(20, 0), "near": Followed(200, 20)}
    factors = hardness(["the tower", "the bridge", "the house", "near the tower"], became)
    assert factors[0] > factors[3] > factors[2] > factors[1] > 0
    assert factors.mean() == pytest.approx(1)


def test_little_evidence_weighs_little():
    many = {"tower": Followed(100, 0), "bridg": Followed(20, 20), "castl": Followed(1, 1)}
    sure, once = hardness(["bridge", "castle"], many)
    assert sure > once


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_texts_have_finite_weights_that_are_one_on_average(texts):
    factors = hardness(texts, {"a": Followed(3, 1)})
    assert factors.shape == (len(texts),)
    assert np.isfinite(factors).all()
    assert (factors > 0).all()
    assert not texts or factors.mean() == pytest.approx(1)


def test_digits_are_no_words():
    assert stems("In 2024, 3rd of May") == {"in", "of", "may"}
