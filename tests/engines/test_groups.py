"""Batches by length: everything once, no more than fits, and every worker busy to the end."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.contract import by_length

LENGTHS = st.lists(st.integers(1, 90), max_size=200)


@given(LENGTHS, st.integers(1, 2000), st.integers(1, 8))
def test_every_item_is_in_one_group_longest_first_and_groups_fit(lengths, budget, workers):
    groups = list(by_length(lengths, budget=budget, workers=workers))
    flat = [number for group in groups for number in group]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[number] for number in flat] == sorted(lengths, reverse=True)
    assert all(lengths[group[0]] * len(group) <= budget or len(group) == 1 for group in groups)


@given(st.lists(st.integers(10, 60), min_size=100, max_size=300), st.integers(2, 4))
def test_no_worker_waits_long_for_the_last_one(lengths, workers):
    budget = 1536
    ends = [0] * workers
    for group in by_length(lengths, budget=budget, workers=workers):
        ends.sort()
        ends[0] += lengths[group[0]] * len(group)
    assert max(ends) - min(ends) <= budget // 4 + max(lengths)


def test_one_worker_fills_its_batches():
    assert [len(group) for group in by_length([10] * 7, budget=30)] == [3, 3, 1]


def test_a_few_texts_are_shared_out():
    assert [len(group) for group in by_length([10] * 6, budget=1536, workers=2)] == [4, 2]
