"""Dumps of Al-Alam articles, and its pages, are read whole: nothing of the site stays in the text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.ingest import read
from workbench.records import Article
from workbench.sources.alalam import is_dump, read_dump, take_related

DATA = Path(__file__).parent / "data"
DUMPS = {
    "alalam_port.txt": (
        "ميناء الرملة يستأنف استقبال سفن القمح بعد توقف دام أسبوعين",
        datetime(2017, 3, 8, 14, 35, 20),
        ("فرانس برس", "رويترز"),
        7,
        5,
    ),
    "alalam_talks.txt": (
        "جولة جديدة من محادثات المياه بين دول الحوض تنطلق الأحد",
        datetime(2017, 11, 11, 9, 5, tzinfo=UTC),
        ("الأناضول", "سانا", "رويترز"),
        6,
        7,
    ),
    "alalam_hospital.txt": (
        "افتتاح أول مستشفى ميداني للحروق في مدينة الواحة",
        datetime(2017, 1, 2, 22, 11, 7),
        ("الميادين", "فرانس برس"),
        6,
        3,
    ),
}


@pytest.mark.parametrize("name", DUMPS)
def test_arabic_dumps(name):
    title, published, agencies, paragraphs, links = DUMPS[name]
    (article,) = read(DATA / name)
    assert (article.title, article.language, article.source) == (title, "ar", "alalam")
    assert article.published == published
    assert article.agencies == agencies
    assert len(article.related) == links
    assert all(link.id and link.title and link.picture for link in article.related)
    assert len(article.text.split("\n\n")) == paragraphs


@pytest.mark.parametrize("name", DUMPS)
def test_nothing_around_the_body_stays_in_it(name):
    (article,) = read(DATA / name)
    for left in (
        "string(",
        "{",
        "contenttypeid",
        article.title,
        "المصدر",
        "\u0640",
        "\u200f",
        "\ufee3",
        "\u00a0",
    ):
        assert left not in article.text
    for paragraph in article.text.split("\n\n"):
        assert paragraph.endswith((".", '"'))
    assert any("date line removed" in warning for warning in article.warnings)
    assert any("editor's code removed" in warning for warning in article.warnings)
    assert any("repeated title removed" in warning for warning in article.warnings)


@pytest.mark.shared
def test_the_english_dump(shared):
    (article,) = read(next((shared.parent / "seed").glob("*.txt")))
    assert article.title == "ISIS May Move Amid Losses in Libya’s Sirte: UN Warns"
    assert article.published == datetime(2016, 7, 19, 17, 11, 40)
    assert (article.language, article.agencies) == ("en", ("AFP", "Press TV"))
    assert [link.id for link in article.related] == [
        "1825248", "1827180", "1828579", "1829052", "1832161", "1834505", "1837522", "1838141",
    ]  # fmt: skip
    paragraphs = article.text.split("\n\n")
    assert len(paragraphs) == 8
    assert paragraphs[0].startswith("The UN chief")
    assert paragraphs[-1].endswith("Press TV reported.")
    assert not any(left in article.text for left in ("212", "Tue Jul", "string(", article.title))


@pytest.mark.shared
def test_the_front_page_gives_each_item(shared):
    articles = list(read(shared / "pages/alalam/frontpage_2018-03-20.excerpt.html"))
    assert len(articles) == 9
    assert all(isinstance(article, Article) and article.language == "ar" for article in articles)
    assert articles[0].title == "قاسمي: مزاعم بن سلمان حول إيران كذبة كبيرة"
    assert articles[0].url.startswith("https://www.alalam.ir/news/3441116/")
    assert articles[2].title == "محمد بن سلمان يحط الرحال في واشنطن"
    assert "kicker taken out of the title: بعد صفقة بالمليارات لبريطانيا.." in articles[2].warnings


def test_damaged_json_is_read_object_by_object():
    text = (
        'Talks resume\n\nThe talks resumed in Vienna.\n\nstring(90) "[{"id":"1","title":"A "quoted" title"} ,'
        '{"id":"2","pic":"/a.jpg","title":"Another title"},{"id":"3","ti'
    )
    body, links, notes = take_related(text)
    assert body.endswith("Vienna.")
    assert [(link.id, link.title, link.picture) for link in links] == [
        ("1", 'A "quoted" title', None),
        ("2", "Another title", "/a.jpg"),
    ]
    assert "that JSON was damaged: some related articles may be missing" in notes


def test_json_in_the_middle_of_an_article_is_left_alone():
    text = "The file held the words [1, 2, 3] and {id: 4}, the court heard.\n\nNobody knew why."
    assert not is_dump(text)
    assert take_related(text) == (text, (), ())


def test_a_dump_without_body_keeps_its_headline():
    article = read_dump(
        'A headline alone\n\nA headline alone\nTue Jul 19, 2016\n\nstring(2) "[{"id":"1","title":"x y"}]"'
    )
    assert article.text == article.title == "A headline alone"
