"""Blind by construction: what an annotator sees before the vote, what a vote leaves behind, what is refused."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tests.review.conftest import material
from workbench.errors import InputError, UnknownName
from workbench.review import Error, Vote, cast_vote, next_ticket, progress, tables, undo
from workbench.review.exchange import judgements

NAMES = ("alpha", "beta", "gamma")


def judge_all(store, campaign, annotator, choose=lambda _: "left", limit=1000):
    cast = []
    while len(cast) < limit and (ticket := next_ticket(store, campaign.id, annotator)):
        reveal = cast_vote(store, ticket=ticket.id, annotator=annotator, vote=Vote(choice=choose(ticket)))
        cast.append((ticket, reveal))
    return cast


def test_no_name_is_shown_before_the_vote_and_both_after(store, campaign):
    made = campaign(items=material(systems=NAMES))
    ticket = next_ticket(store, made.id, "ann")
    assert not any(name in ticket.to_json() for name in NAMES)
    reveal = cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="left"))
    place = {f"system number {at}": name for at, name in enumerate(NAMES)}
    for text, name in ((ticket.left, reveal.left), (ticket.right, reveal.right)):
        assert next(named for words, named in place.items() if words in text) == name


def test_a_campaign_may_keep_its_names(store, campaign):
    made = campaign(reveal=False)
    ((_, reveal), *_) = judge_all(store, made, "ann", limit=1)
    assert reveal.left is None
    assert reveal.right is None


def test_sides_are_shuffled_and_the_same_for_everybody(store, campaign):
    made = campaign(items=material(30), overlap=2)
    mine = judge_all(store, made, "ann")
    yours = {(r.left, r.right, t.source) for t, r in judge_all(store, made, "bob")}
    assert {(r.left, r.right, t.source) for t, r in mine} == yours
    first_on_the_left = sum(reveal.left < reveal.right for _, reveal in mine) / len(mine)
    assert 0.25 < first_on_the_left < 0.75


def test_every_pair_is_judged_once_and_then_there_is_nothing_left(store, campaign):
    made = campaign(items=material(4))
    cast = judge_all(store, made, "ann")
    assert len(cast) == 4 * 3
    assert len({(t.source, frozenset((r.left, r.right))) for t, r in cast}) == 12
    assert next_ticket(store, made.id, "ann") is None
    assert next_ticket(store, made.id, "bob") is None, "overlap 1: nothing is judged by two"


def test_the_ticket_in_hand_stays_in_hand(store, campaign):
    made = campaign()
    assert next_ticket(store, made.id, "ann").id == next_ticket(store, made.id, "ann").id
    assert next_ticket(store, made.id, "bob").id != next_ticket(store, made.id, "ann").id


def test_overlap_gives_one_pair_to_several_annotators(store, campaign):
    made = campaign(items=material(2), overlap=3)
    sources = [sorted(t.source + t.left for t, _ in judge_all(store, made, who)) for who in "abc"]
    assert sources[0] == sources[1] == sources[2]
    assert judge_all(store, made, "d") == []


def test_a_share_ends_an_annotators_work(store, campaign):
    made = campaign(share=5)
    assert len(judge_all(store, made, "ann")) == 5
    assert next_ticket(store, made.id, "ann") is None


def test_a_vote_is_refused_twice_and_from_others(store, campaign):
    made = campaign()
    ticket = next_ticket(store, made.id, "ann")
    with pytest.raises(InputError, match="not yours"):
        cast_vote(store, ticket=ticket.id, annotator="bob", vote=Vote(choice="left"))
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="left"))
    with pytest.raises(InputError, match="already"):
        cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="right"))
    assert progress(store, made.id, "ann")["all"] == 1


def test_the_database_itself_refuses_a_second_judgement(store, campaign):
    made = campaign()
    judge_all(store, made, "ann", limit=1)
    with store.reading() as db:
        row = dict(db.execute(select(tables.judgements)).one()._mapping)
    with pytest.raises(IntegrityError), store.writing() as db:
        db.execute(insert(tables.judgements).values(row | {"id": 99}))


@pytest.mark.parametrize("choice", [None, "", "LEFT", "both"])
def test_a_vote_says_what_is_asked(store, campaign, choice):
    ticket = next_ticket(store, campaign().id, "ann")
    with pytest.raises(InputError):
        cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice=choice))


def test_unknown_campaigns_are_told(store):
    with pytest.raises(UnknownName):
        next_ticket(store, 7, "ann")


def test_undo_gives_the_ticket_back_and_a_vote_that_knows_the_names_counts_for_nothing(store, campaign):
    made = campaign()
    ((ticket, _),) = judge_all(store, made, "ann", limit=1)
    waiting = next_ticket(store, made.id, "ann")
    assert undo(store, made.id, "ann").id == ticket.id
    assert undo(store, made.id, "ann") is None, "the last vote alone"
    assert next_ticket(store, made.id, "ann").id == ticket.id
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="right"))
    rows = list(judgements(store, made.id))
    assert [(row["choice"], row["counts"], row["undone"] is None) for row in rows] == [
        ("left", False, False),
        ("right", False, True),
    ]
    assert next_ticket(store, made.id, "ann").id == waiting.id


def test_undo_where_names_are_kept_leaves_the_vote_blind(store, campaign):
    made = campaign(reveal=False)
    judge_all(store, made, "ann", limit=1)
    undo(store, made.id, "ann")
    judge_all(store, made, "ann", choose=lambda _: "tie", limit=1)
    assert [row["choice"] for row in judgements(store, made.id) if row["counts"]] == ["tie"]


def test_attention_checks_come_regularly_and_never_count(store, campaign):
    made = campaign(items=material(8), attention=4)
    cast = judge_all(
        store, made, "ann", choose=lambda t: "left" if len(t.left) >= len(t.right) else "right", limit=12
    )
    rows = list(judgements(store, made.id))
    checks = [row for row in rows if row["passed"] is not None]
    assert len(cast) == 12
    assert len(checks) == 3
    assert all(row["passed"] and not row["counts"] for row in checks)


def test_a_judgement_says_who_when_and_what_was_shown(store, campaign):
    made = campaign()
    ticket = next_ticket(store, made.id, "ann")
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(choice="bad", comment="هذا", seconds=3.5))
    (row,) = judgements(store, made.id)
    assert row["annotator"] == "ann"
    assert row["at"].startswith("2026-01-01T00:00")
    assert len(row["shown"]) == 64
    assert (row["comment"], row["seconds"], row["outcome"]) == ("هذا", 3.5, "bad")


def test_error_spans_are_checked_and_scored(store, campaign):
    made = campaign(kind="mqm", items=material(1, systems=("alpha",)))
    ticket = next_ticket(store, made.id, "ann")
    assert ticket.right is None
    for wrong in (
        Error(span=(0, 999), severity="minor", category="accuracy/omission"),
        Error(span=(0, 2), severity="huge", category="accuracy/omission"),
        Error(span=(0, 2), severity="minor", category="accuracy/typo"),
    ):
        with pytest.raises(InputError):
            cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(errors=(wrong,)))
    errors = (
        Error(span=(0, 2), severity="major", category="accuracy/omission"),
        Error(span=(3, 4), severity="minor", category="fluency/punctuation"),
    )
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(errors=errors))
    (row,) = judgements(store, made.id)
    assert row["score"] == pytest.approx(-5.1)
    assert [Error.from_dict(each) for each in json.loads(row["spans"])] == list(errors)


def test_adequacy_needs_both_numbers(store, campaign):
    made = campaign(kind="adequacy", items=material(1))
    ticket = next_ticket(store, made.id, "ann")
    with pytest.raises(InputError, match="fluency"):
        cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(adequacy=50))
    cast_vote(store, ticket=ticket.id, annotator="ann", vote=Vote(adequacy=50, fluency=70))


def test_what_was_given_out_and_abandoned_comes_back(store, campaign, clock):
    from datetime import timedelta

    made = campaign(items=material(1, systems=("alpha", "beta")))
    next_ticket(store, made.id, "ann")
    assert next_ticket(store, made.id, "bob") is None
    clock.moment += timedelta(days=2)
    assert next_ticket(store, made.id, "bob") is not None


def test_many_annotators_at_once_lose_and_double_nothing(store, campaign):
    made = campaign(items=material(12), overlap=2)

    def work(who):
        return len(judge_all(store, made, who))

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(work, [f"p{number}" for number in range(8)]))
    rows = list(judgements(store, made.id))
    assert sum(counts) == len(rows) == 12 * 3 * 2
    assert len({(row["pair"], row["annotator"]) for row in rows}) == len(rows)
