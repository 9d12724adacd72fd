"""Conditions mean what they say, orders hold for any number of articles, and mistakes are told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from workbench.errors import ConfigError
from workbench.jobs.selection import condition, selected
from workbench.records import Article, Rejection


def article(number=0, **more):
    return Article(**{"id": f"a{number}", "text": "Five words stand in here."} | more)


@pytest.mark.parametrize(
    ("text", "fields", "holds"),
    [
        ("language=ar", {"language": "ar"}, True),
        ("language=ar", {"language": None}, False),
        ("language!=ar", {"language": None}, True),
        ("language != ar", {"language": "ar"}, False),
        ("title~وزير", {"title": "قال الوزير نعم"}, True),
        ("title~^talks", {"title": "Talks go on"}, True),
        ("title~talks$", {"title": "Talks go on"}, False),
        ("words<6", {}, True),
        ("words>=6", {}, False),
        ("published>=2024-01-01", {"published": datetime(2024, 1, 1, 8, tzinfo=UTC)}, True),
        ("published<2024-01-01", {"published": datetime(2024, 1, 1, 8)}, False),
        ("published<=2024-01-01", {"published": datetime(2024, 1, 1, 8)}, True),
        ("published=2024-01", {"published": datetime(2024, 1, 31)}, True),
        ("published>2024", {"published": datetime(2024, 1, 31)}, False),
        ("published<2024", {"published": None}, False),
        ("agencies~AFP", {"agencies": ("Reuters", "AFP")}, True),
        ("text~stand\nin", {"text": "stand\nin"}, True),
        ("title=a=b", {"title": "a=b"}, True),
        ("warnings=0", {}, True),
    ],
)
def test_conditions(text, fields, holds):
    assert condition(text).holds(article(**fields)) is holds


@pytest.mark.parametrize("text", ["", "language", "langauge=ar", "words<many", "title~(", "=ar", "words"])
def test_conditions_that_cannot_be_read_are_told(text):
    with pytest.raises(ConfigError, match="cannot be read") as fault:
        condition(text)
    assert fault.value.cure


def orders(items, order, tmp_path, **more):
    return [
        each.id if isinstance(each, Article) else each.source
        for each in selected(iter(items), order=order, desk=tmp_path, **more)
    ]


def test_orders(tmp_path):
    day = datetime(2024, 1, 1, 12, tzinfo=UTC)
    items = [
        article(0, text="long " * 9, published=day),
        article(1, text="short"),
        Rejection(source="bad", reason="It is bad.", cure="Mend it."),
        article(2, text="middle one", published=day + timedelta(hours=1)),
        article(
            3,
            text="middle two",
            published=(day - timedelta(hours=1)).astimezone(timezone(timedelta(hours=9))),
        ),
    ]
    assert orders(items, "source", tmp_path) == ["a0", "a1", "bad", "a2", "a3"]
    assert orders(items, "shortest", tmp_path) == ["bad", "a1", "a2", "a3", "a0"]
    assert orders(items, "longest", tmp_path) == ["bad", "a0", "a2", "a3", "a1"]
    assert orders(items, "newest", tmp_path) == ["bad", "a2", "a0", "a3", "a1"]
    assert orders(items, "oldest", tmp_path, limit=2) == ["bad", "a3", "a0"]
    assert not list(tmp_path.iterdir())


def test_ordered_articles_come_back_whole(tmp_path):
    given = article(
        1, title="نعم", published=datetime(2024, 1, 1), agencies=("AFP",), text="half \ud83d a pair"
    )
    (found,) = selected(iter([given]), order="oldest", desk=tmp_path)
    assert found == given


def test_a_limit_counts_articles_and_reads_no_further(tmp_path):
    def endless():
        number = 0
        while True:
            yield article(number)
            number += 1

    assert orders(endless(), "source", tmp_path, limit=3) == ["a0", "a1", "a2"]
