"""Nasty pages give their article and nothing of the page; pages without one are told apart."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from workbench.ingest import read
from workbench.records import Article, Rejection
from workbench.sources.html import read_page
from workbench.sources.phrases import is_furniture

PAGES = Path(__file__).parent.parent / "pages"
EXPECTED = sorted(PAGES.glob("*.txt"))


def page(name: str, url: str | None = None) -> Article | Rejection:
    (record,) = read_page((PAGES / f"{name}.html").read_text(encoding="utf-8"), name=name, url=url)
    return record


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_a_page_gives_its_article_alone(path):
    assert page(path.stem).text == path.read_text(encoding="utf-8").strip()


def test_what_an_arabic_page_says_of_itself():
    article = page("arabic_furniture")
    assert article.title == "افتتاح جسر السنابل بعد عامين من الأعمال"
    assert article.published == datetime(2021, 9, 5, 10, 15, tzinfo=timezone(timedelta(hours=3)))
    assert (article.byline, article.agencies, article.language) == ("سعاد البكري", ("فرانس برس",), "ar")
    assert article.url == "https://addaffa.example/news/448812/jisr"
    assert "credit line removed: المصدر: وكالات" in article.warnings
    assert any("اقرأ أيضا" in warning for warning in article.warnings)


def test_links_to_related_articles():
    article = page("arabic_furniture", url="https://addaffa.example/news/448812/jisr")
    assert [(link.id, link.url) for link in article.related] == [
        ("441120", "https://addaffa.example/news/441120/tunnel"),
        ("441377", "https://addaffa.example/news/441377/tram"),
    ]
    assert article.related[0].title == "تأخر أعمال نفق الواحة مرة ثالثة"


def test_what_an_english_page_says_of_itself():
    article = page("english_furniture", url="https://post.example/ferry?utm_source=x")
    assert (article.title, article.byline) == ("Ferry strike ends after night of talks", "Ruth Castellan")
    assert article.published == datetime(2019, 2, 3, 7, 45, tzinfo=UTC)
    assert (article.agencies, article.url) == (("Reuters",), "https://post.example/ferry")
    assert len(article.related) == 2


def test_text_that_only_the_record_holds_is_taken_from_it_and_said_so():
    assert "the page shows little of its text: taken from its JSON-LD record" in page("hidden_body").warnings


def test_an_old_page_without_paragraphs():
    article = page("line_breaks")
    assert (article.title, article.published) == (
        "Old mill to become a school",
        datetime(2006, 7, 19, 17, 11),
    )


def test_an_al_alam_page():
    article = page("alalam_article", url="https://www.alalamtv.net/news/3442000/x")
    assert (article.source, article.agencies) == ("alalam", ("رويترز",))
    assert article.published == datetime(2018, 3, 20, 19, 14, tzinfo=UTC)
    assert [link.id for link in article.related] == ["3441971", "3441291"]
    assert article.related[1].picture == "https://media.alalam.ir/uploads/1.jpg"
    assert "tags removed: مساعدات الهلال" in article.warnings


def test_a_front_page_is_rejected_and_its_feed_named():
    record = page("menu")
    assert isinstance(record, Rejection)
    assert "only menus, links or short lines" in record.reason
    assert "/feed.xml" in record.cure


@pytest.mark.parametrize("encoding", ["windows-1256", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("declared", ["utf-8", "windows-1256"])
def test_a_page_is_read_in_its_encoding_whatever_it_declares(tmp_path, encoding, declared):
    text = (
        (PAGES / "misleading_classes.html")
        .read_text(encoding="utf-8")
        .replace('charset="utf-8"', f'charset="{declared}"')
    )
    path = tmp_path / "page.html"
    path.write_bytes(text.encode(encoding))
    (article,) = read(path)
    assert article.text == (PAGES / "misleading_classes.txt").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "<!DOCTYPE html><html></html>",
        "<html><body>" + "<div>" * 3000 + "deep" + "</div>" * 3000,
        "<html><body><script>var x = '<p>no text</p>'</script></body></html>",
        "<html><body>\x00\x01 <p>\ud800</p>",
        "<?xml version='1.0' encoding='utf-16'?><html><body><p>short</p></body></html>",
        '<html><script type="application/ld+json">{"@type": ["NewsArticle"], "author": 5, "articleBody": []}</script>',
        '<html><script type="application/ld+json">' + "[" * 5000 + "</script></html>",
        "<html><head><meta property='og:title' content=''><base href='http://['></head><a href='http://['>x</a></html>",
    ],
    ids=range(9),
)
def test_broken_pages_are_rejected_not_raised(text):
    (record,) = read_page(text, name="x.html", url="https://x.example/")
    assert isinstance(record, Rejection)
    assert record.cure


def test_addresses_that_are_none_are_passed_over():
    text = (PAGES / "arabic_furniture.html").read_text(encoding="utf-8")
    text = text.replace("https://addaffa.example/news/448812/jisr?utm_source=home", "http://[").replace(
        "/news/441120/tunnel", "http://["
    )
    (article,) = read_page(text, name="x", url="https://addaffa.example/a")
    assert article.url == "https://addaffa.example/a"
    assert [link.id for link in article.related] == ["441377"]


def test_a_page_is_left_as_it_was_by_its_neighbours():
    first, again = page("english_furniture"), page("english_furniture")
    assert first == again


@pytest.mark.parametrize(
    "line",
    [
        "وأكد المتحدث أن هذه التصريحات لا تعبر عن رأي الحكومة ولا عن موقفها الرسمي.",
        "أعلن موقع فيسبوك تعديل سياسة الخصوصية بعد الضغوط الأوروبية.",
        "Facebook said the posts were removed because they broke its community guidelines.",
        "WhatsApp users must accept the new terms of service by 15 May or lose their accounts.",
        "The names of the victims may not be published under a court order.",
    ],
)
def test_news_about_rules_is_no_notice(line):
    assert not is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "الآراء الواردة أدناه لا تعبر عن رأي موقع CNN بالعربية، بل تعكس وجهات نظر أصحابها فقط.",
        "المقالات المنشورة لا تعبر بالضرورة عن رأي الناشر.",
        "كل ما ينشر هنا لا يعبر عن رأي إدارة الموقع.",
        "ننصحك بمراجعة إرشادات الاستخدام للتعرف إليها جيدا.",
        "باستخدامك الموقع فإنك توافق على سياسة الخصوصية.",
        "Please keep comments relevant. Visit our Community Guidelines for more information.",
        "Community Guidelines",
        "Please follow the community guidelines.",
        "By clicking “Sign Up”, you accept our Terms of Service and Privacy Policy.",
        "By clicking “Accept All”, you consent to the use of ALL the cookies.",
        "Accept all cookies",
        "This material may not be published, broadcast, rewritten or redistributed.",
        "The photographs may not be reproduced without prior permission.",
    ],
)
def test_what_a_page_says_of_its_rules_is_a_notice(line):
    assert is_furniture(line)
