"""Feeds give an article an entry, as long as the feed tells it."""

from datetime import datetime, timedelta, timezone

import pytest

from workbench.errors import SourceError
from workbench.ingest import read
from workbench.records import Article, Rejection

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>الضفة</title>
<item><title>افتتاح جسر السنابل</title><link>https://addaffa.example/news/1</link>
<pubDate>Sun, 05 Sep 2021 10:15:00 +0300</pubDate><author>سعاد البكري</author>
<description>ملخص قصير</description>
<content:encoded><![CDATA[<p>افتتح رئيس البلدية، صباح الأحد، جسر السنابل الذي يربط ضفتي المدينة.</p>
<p>وكلفت الأعمال ٤٢ مليون دينار، بحسب رويترز.</p>
<p>تابعونا على فيسبوك</p>]]></content:encoded></item>
<item><title>Ferry strike ends</title><link>https://post.example/2</link><pubDate>yesterday</pubDate>
<description>The island ferries sailed again on Sunday &amp;amp; shops filled their shelves.</description></item>
<item><title>Empty one</title><link>https://post.example/3</link></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title>
<entry><title>Old mill to become a school</title><link href="https://post.example/4"/><id>4</id>
<published>2006-07-19T17:11:00Z</published>
<content type="html">&lt;p&gt;
The old paper mill on the river will become a school, the county decided.&lt;/p&gt;</content></entry></feed>"""


@pytest.fixture
def feed(tmp_path):
    def write(text: str, name: str = "feed.xml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_rss(feed):
    bridge, ferry, empty = read(feed(RSS))
    assert (bridge.title, bridge.language, bridge.source) == ("افتتاح جسر السنابل", "ar", "feed")
    assert bridge.url == "https://addaffa.example/news/1"
    assert bridge.published == datetime(2021, 9, 5, 10, 15, tzinfo=timezone(timedelta(hours=3)))
    assert (bridge.byline, bridge.agencies) == ("سعاد البكري", ("رويترز",))
    assert bridge.text.split("\n\n") == [
        "افتتح رئيس البلدية، صباح الأحد، جسر السنابل الذي يربط ضفتي المدينة.",
        "وكلفت الأعمال ٤٢ مليون دينار، بحسب رويترز.",
    ]
    assert "furniture removed: تابعونا على فيسبوك" in bridge.warnings
    assert ferry.text == "The island ferries sailed again on Sunday & shops filled their shelves."
    assert ferry.published is None
    assert "only the summary that the feed gives" in ferry.warnings
    assert isinstance(empty, Rejection)
    assert "entry 3" in empty.source


def test_atom(feed):
    (article,) = read(feed(ATOM, "news.atom"))
    assert isinstance(article, Article)
    assert article.published.isoformat() == "2006-07-19T17:11:00+00:00"
    assert article.text == "The old paper mill on the river will become a school, the county decided."


def test_a_feed_is_known_by_its_beginning(feed):
    assert len(list(read(feed(ATOM, "noname")))) == 1


@pytest.mark.parametrize(
    "text", ["<rss><channel></channel></rss>", "<?xml version='1.0'?><feed", "<rss>" + "&a;" * 50]
)
def test_what_is_no_feed_is_refused(feed, text):
    with pytest.raises(SourceError, match="no feed"):
        list(read(feed(text)))


def test_an_entity_bomb_does_not_go_off(feed):
    bomb = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    bomb += "]><rss><channel><item><title>x</title><description>&j;</description></item></channel></rss>"
    try:
        records = list(read(feed(bomb)))
    except SourceError:
        return
    assert sum(len(getattr(record, "text", "")) for record in records) < 1000
