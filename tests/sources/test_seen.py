"""Names met before are known again, however many there are, in few bytes."""

from hypothesis import given
from hypothesis import strategies as some

from workbench.sources.seen import Seen


@given(some.lists(some.text(max_size=4)))
def test_it_is_a_set_of_names(names):
    seen, plain = Seen(), set()
    for name in names:
        assert (name in seen) == (name in plain)
        assert seen.add(name) == (name not in plain)
        plain.add(name)
    assert len(seen) == len(plain)
    assert all(name in seen for name in names)


def test_many_names_take_few_bytes():
    seen = Seen()
    assert all(seen.add(f"article {number}") for number in range(20_000))
    assert not any(seen.add(f"article {number}") for number in range(20_000))
    assert len(seen) == 20_000
    assert 8 * len(seen._slots) <= 24 * 20_000
    assert "another" not in seen


def test_half_a_surrogate_pair_is_a_name_too():
    seen = Seen()
    assert seen.add("half \ud83d")
    assert "half \ud83d" in seen
