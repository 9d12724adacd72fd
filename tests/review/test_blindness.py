"""Names are kept from those who judge, by the store: while they do, and what they see anyway is written down."""

import pytest
from sqlalchemy import inspect

from tests.review.conftest import material
from tests.review.test_judging import judge_all
from workbench.review import Vote, blind_in, cast_vote, hidden_names, next_ticket, see_names, tables
from workbench.review.exchange import judgements
from workbench.review.standing import leaderboard
from workbench.review.store import Store


def test_systems_are_hidden_from_whoever_has_a_ticket_in_hand(store, campaign):
    made = campaign(items=material(1, systems=("alpha", "beta")))
    assert hidden_names(store, "ann") == frozenset()
    ticket = next_ticket(store, made.id, "ann")
    assert hidden_names(store, "ann") == {"alpha", "beta"}
    assert [each.id for each in blind_in(store, "ann")] == [made.id]
    assert hidden_names(store, "bob") == frozenset()
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="left"))
    assert next_ticket(store, made.id, "ann") is None
    assert hidden_names(store, "ann") == frozenset(), "nothing is left to be judged"


def test_votes_after_seeing_names_are_kept_and_do_not_count(store, campaign):
    made, other = campaign(items=material(2)), campaign(items=material(2), name="other")
    judge_all(store, made, "ann", limit=2)
    next_ticket(store, made.id, "ann")
    see_names(store, "ann")
    see_names(store, "ann")
    assert hidden_names(store, "ann") == frozenset()
    judge_all(store, made, "ann", limit=1)
    assert [row["counts"] for row in judgements(store, made.id)] == [True, True, False]
    board = leaderboard(store, made.id)
    assert (board.judgements, board.informed) == (2, 1)
    judge_all(store, other, "ann", limit=1)
    assert leaderboard(store, other.id).judgements == 1, "another campaign is judged blind as ever"
    judge_all(store, made, "bob", limit=1)
    assert leaderboard(store, made.id).judgements == 3, "and so do others"


@pytest.mark.parametrize("version", [1])
def test_a_store_of_the_first_version_learns_of_peeks(store, campaign, version):
    campaign()
    with store.writing() as db:
        tables.peeks.drop(db)
        db.execute(tables.schema.update().values(version=version))
    Store(store._engine)
    assert inspect(store._engine).has_table("peeks")
    assert hidden_names(store, "ann") == frozenset()
