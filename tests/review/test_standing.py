"""Leaderboards: the better system leads, intervals hold it, agreement is told, automatic scores are compared."""

import numpy as np
import pytest

from tests.review.conftest import material
from tests.review.test_judging import judge_all
from workbench.review import Vote, cast_vote, next_ticket
from workbench.review.standing import correlation, leaderboard, strengths


def prefer_gamma(ticket):
    places = [text.split("number ")[1][0] for text in (ticket.left, ticket.right)]
    return "left" if places[0] > places[1] else "right"


def test_the_better_system_leads_within_its_interval(store, campaign):
    made = campaign(items=material(20))
    judge_all(store, made, "ann", choose=prefer_gamma)
    board = leaderboard(store, made.id)
    assert [one.system for one in board.standings] == ["gamma", "beta", "alpha"]
    for one in board.standings:
        assert one.low <= one.value <= one.high
        assert one.n == 40
    assert board.wins["gamma"]["alpha"] == 20
    assert board.wins["alpha"]["gamma"] == 0
    assert set(board.domains) == {"sport", "politics"}
    assert board.domains["sport"][0].system == "gamma"
    assert board.alpha is None, "nobody judged the same"


def test_an_empty_campaign_has_no_values(store, campaign):
    board = leaderboard(store, campaign().id)
    assert {one.value for one in board.standings} == {None}
    assert board.judgements == 0


def test_agreement_is_one_where_all_say_the_same_and_low_where_they_differ(store, campaign):
    same = campaign(items=material(10), overlap=2, name="same")
    for who in ("ann", "bob"):
        judge_all(store, same, who, choose=prefer_gamma)
    assert leaderboard(store, same.id, resamples=0).alpha is None, "no outcome but one: alpha is not defined"
    mixed = campaign(items=material(10), overlap=2, name="mixed")
    for who in ("ann", "bob"):
        judge_all(store, mixed, who)
    assert leaderboard(store, mixed.id, resamples=0).alpha == pytest.approx(1)
    apart = campaign(items=material(10), overlap=2, name="apart")
    judge_all(store, apart, "ann")
    judge_all(store, apart, "bob", choose=lambda _: "right")
    assert leaderboard(store, apart.id, resamples=0).alpha < 0


def test_scores_are_averaged_with_intervals(store, campaign):
    made = campaign(kind="adequacy", items=material(10), overlap=2)
    for who, shift in (("ann", 0), ("bob", 4)):
        while ticket := next_ticket(store, made.id, who):
            place = int(ticket.left.split("number ")[1][0])
            vote = Vote(adequacy=30 + 20 * place + shift, fluency=50 + 20 * place + shift)
            cast_vote(store, ticket=ticket.id, annotator=who, vote=vote)
    board = leaderboard(store, made.id)
    best = board.standings[0]
    assert (best.system, best.value, best.n) == ("gamma", pytest.approx(82), 20)
    assert best.details == {"adequacy": pytest.approx(72), "fluency": pytest.approx(92)}
    assert 0.8 < board.alpha < 1
    assert [one.annotator for one in board.attendance] == ["ann", "bob"]


def test_strengths_are_shares_of_wins():
    counts = np.zeros((2, 2, 2))
    counts[0, 1, 0], counts[1, 0, 0] = 3000, 1000
    assert strengths(counts) == pytest.approx([75, 25], abs=0.1)
    assert np.isnan(strengths(np.zeros((3, 3, 2)))).all()


def test_automatic_scores_are_compared_with_peoples():
    people = {"a": 70.0, "b": 50.0, "c": 30.0}
    same, other = correlation(people, {"a": 3, "b": 2, "c": 1}), correlation(people, {"a": 1, "b": 2, "c": 3})
    assert same["kendall"] == 1
    assert other["pearson"] == pytest.approx(-1)
    assert correlation(people, {"a": 1, "b": 2}) is None
