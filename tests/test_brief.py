"""Briefs: made in both directions, shown as text and as a page that nothing in an article can break."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.briefs import SENTENCES, TITLE, ByHeart, article, brief, flag_on, flagged
from workbench.brief import make_brief, other_language, to_page, to_text
from workbench.brief.marking import Marked, direction, paragraphs, visible
from workbench.brief.page import safe_address
from workbench.brief.view import view
from workbench.errors import InputError
from workbench.records import Brief, Flag, Related
from workbench.summarise import Extractive, Length
from workbench.translate import Translator

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> <svg onload=alert(3)> </style><style>body{display:none}"
    "</style> {{7*7}} {% raw %} &lt;b&gt; <!-- --> <3 deaths> "
    '\x1b[31mred\x1b[0m \u202elaid\u202c " onmouseover="alert(4)'
)


class Page(HTMLParser):
    """A page's elements and text, as a browser would see them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br"):
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open and self.open[-1][0] not in ("script", "style"):
            self.texts.append((data, tuple(self.open)))

    @property
    def text(self):
        return "".join(text for text, _ in self.texts)

    def all(self, tag, **wanted):
        return [attrs for name, attrs in self.elements if name == tag and wanted.items() <= attrs.items()]


def inside(page, tag):
    """Texts that stand directly in `tag`."""
    return [text for text, opened in page.texts if opened and opened[-1][0] == tag]


@pytest.mark.parametrize(("own", "other"), [("ar", "en"), ("en", "ar")])
def test_a_brief_holds_both_summaries_the_title_and_the_whole_translation(own, other):
    made = brief(own)
    assert made.title.text == TITLE[other]
    assert list(made.summaries) == [own, other]
    assert made.translation.text == made.article.text.replace(
        f"{SENTENCES[0][own]} {SENTENCES[1][own]}", f"{SENTENCES[0][other]} {SENTENCES[1][other]}"
    ).replace(SENTENCES[2][own], SENTENCES[2][other]).replace(SENTENCES[3][own], SENTENCES[3][other])
    picked = [row for row in SENTENCES if row[own] in made.summaries[own].text]
    assert made.summaries[other].text == " ".join(row[other] for row in picked)
    for summary in made.summaries.values():
        assert [made.article.text[slice(*span)] for pair in summary.alignment for span in pair.sources] == [
            row[own] for row in picked
        ]


def test_a_brief_survives_json():
    made = brief()
    assert Brief.from_dict(json.loads(made.to_json())) == made


def test_a_sentence_is_translated_once():
    engine = ByHeart()
    asked = []
    engine.generate = lambda texts, *args, **kwargs: (
        asked.extend(texts) or ByHeart.generate(engine, texts, *args, **kwargs)
    )
    make_brief(article("ar"), translator=Translator(engine=engine, name="x"), summariser=Extractive())
    assert len(asked) == len(set(asked)) == len(SENTENCES) + 1


def test_an_article_without_a_headline_has_no_translated_one():
    made = brief(title="")
    assert made.title is None
    assert "Untitled article" in to_text(made)
    assert "Untitled article" in Page(to_page([made])).text


def test_an_empty_article_gives_an_empty_brief_that_says_so():
    made = brief(text="212", title="")
    assert [summary.text for summary in made.summaries.values()] == ["", ""]
    assert [note.kind for note in view(made).notes] == ["empty"]
    assert "no sentence" in to_text(made)
    assert "no sentence" in Page(to_page([made])).text


def test_the_language_is_found_where_the_article_does_not_say():
    unsaid = article("ar", language=None)
    made = make_brief(unsaid, translator=Translator(engine=ByHeart(), name="x"), summariser=Extractive())
    assert list(made.summaries) == ["ar", "en"]
    assert made.article == unsaid


@pytest.mark.parametrize(
    ("given", "to"), [({"language": None, "text": "12 34.", "title": ""}, None), ({}, "ar"), ({}, "ar-EG")]
)
def test_a_brief_that_cannot_be_made_says_what_to_do(given, to):
    with pytest.raises(InputError) as fault:
        make_brief(
            article("ar", **given),
            translator=Translator(engine=ByHeart(), name="x"),
            summariser=Extractive(),
            to=to,
            length=Length(),
        )
    assert "--" in fault.value.cure


def test_the_other_language():
    assert [other_language(tag) for tag in ("ar", "ar-LB", "en", "fa", None)] == [
        "en",
        "en",
        "ar",
        "ar",
        "ar",
    ]


# Text.


@pytest.mark.parametrize("own", ["ar", "en"])
def test_the_text_holds_everything_and_no_escape_where_nobody_watches(own):
    made = brief(own)
    made = flagged(made, flag_on(made, "600"), Flag(kind="truncated", message="It was cut short."))
    shown = to_text(made, quality="chrF++ 36 on a test")
    for part in (
        *TITLE.values(),
        "AFP",
        "https://news.example.org/a/1",
        "An older deal",
        "by-heart",
        "chrF++ 36 on a test",
        "212",
    ):
        assert part in shown
    for row in (SENTENCES[1], SENTENCES[2]):
        for sentence in row.values():
            assert sentence in shown
    assert "600[!1]" in shown
    assert "[!1] " in shown
    assert "It was cut short." in shown
    assert "\x1b" not in shown
    assert shown.endswith("\n")


def test_colour_and_width_are_for_terminals():
    shown = to_text(brief("ar"), width=40, colour=True)
    assert "\x1b[1m" in shown
    english = next(line for line in shown.split("\n") if line.startswith("Jordan signed"))
    assert len(english) <= 40


def test_arabic_paragraphs_are_never_broken():
    shown = to_text(brief("ar"), width=20)
    assert f"{SENTENCES[0]['ar']} {SENTENCES[1]['ar']}" in shown.split("\n")


def test_what_an_article_holds_cannot_move_a_terminal():
    made = brief(
        title=HOSTILE, text=HOSTILE, agencies=(HOSTILE,), url=HOSTILE, warnings=(HOSTILE,), byline=HOSTILE
    )
    made = replace(
        made,
        title=replace(made.title, text=HOSTILE),
        translation=replace(made.translation, text=HOSTILE, model=HOSTILE),
    )
    made = flagged(made, Flag(kind=HOSTILE, message=HOSTILE))
    shown = to_text(made, quality=HOSTILE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert "<script>alert(1)</script>" in shown


# Page.


def test_a_page_is_whole_and_needs_nothing_from_outside():
    page = to_page([brief()])
    assert page.startswith("<!DOCTYPE html>")
    parsed = Page(page)
    assert not parsed.open
    assert len(parsed.all("script")) == len(parsed.all("style")) == 1
    assert not any("src" in attrs or "style" in attrs for _, attrs in parsed.elements)
    assert not parsed.all("link")
    assert not parsed.all("img")
    assert not re.search(r"url\(|@import", page)
    policy = parsed.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("own", "way"), [("ar", "ltr"), ("en", "rtl")])
def test_every_block_has_its_own_language_and_direction(own, way):
    made = brief(own)
    page = Page(to_page([made]))
    reader = made.translation.language
    assert page.all("html", lang=reader, dir=way)
    for text, opened in page.texts:
        for row in (TITLE, *SENTENCES):
            for language, sentence in row.items():
                if text and text in sentence and len(text) > 20 and opened[-1][0] == "span":
                    block = next(attrs for _, attrs in reversed(opened) if "lang" in attrs)
                    assert (block["lang"], block["dir"]) == (language, direction(language))


def test_embedded_names_and_numbers_are_isolated_in_arabic():
    isolated = inside(Page(to_page([brief("ar")])), "bdi")
    assert {"600", "Business Insider", "1,200,000", "UN"} <= set(isolated)
    assert "2011" in isolated, "each end of a range by itself: it reads from right to left"
    assert "2011-2015" not in isolated


def test_embedded_arabic_is_isolated_in_english():
    (paragraph,) = paragraphs("The word «سلام عليكم» is a greeting.", language="en")
    assert [s.runs[0].text for s in paragraph.pieces[0].stretches if s.isolated] == ["سلام عليكم"]


def test_a_paragraph_that_was_left_in_latin_letters_is_shown_from_left_to_right():
    ways = [p.direction for p in paragraphs("Left as it was.\n\nقال BBC هذا.\n\n12", language="ar")]
    assert ways == ["ltr", "rtl", "rtl"]


def test_flags_are_marked_in_place_and_listed_with_their_evidence():
    made = brief("ar")
    made = flagged(
        made,
        flag_on(
            made,
            "600 megawatts",
            source_span=made.translation.alignment[0].sources[0],
            message="Odd <b>number</b>.",
        ),
        Flag(kind="truncated", message="It was cut short."),
    )
    page = Page(to_page([made]))
    marked = page.all("mark")
    assert "600 megawatts" in inside(page, "mark")
    assert marked[0]["data-note"].strip() == "Odd <b>number</b>."
    described = marked[0]["aria-describedby"].split()[0]
    listed = next(text for text, opened in page.texts if opened[-1][1].get("id") == described)
    assert listed == "Odd <b>number</b>."
    assert "It was cut short." in page.text
    assert "concerns the whole text" in page.text
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in page.all("a"):
        if attrs["href"].startswith("#"):
            assert attrs["href"][1:] in ids


def test_a_flag_within_an_embedded_name_keeps_the_name_together():
    text = "قال مجلس UN Security Council اليوم"
    start = text.index("Security")
    (paragraph,) = paragraphs(text, language="ar", notes=[Marked(span=(start, start + 8), keys=(1,))])
    (name,) = (s for s in paragraph.pieces[0].stretches if s.isolated)
    assert [(run.text, run.notes) for run in name.runs] == [("UN ", ()), ("Security", (1,)), (" Council", ())]


def test_no_flags_is_said_too():
    assert "found nothing to flag" in Page(to_page([brief()])).text


def test_every_summary_sentence_leads_to_its_source():
    made = brief("ar")
    page = Page(to_page([made]))
    links = [attrs["href"] for attrs in page.all("a", **{"class": "source"})]
    assert len(links) == 2 * len(made.summaries["ar"].alignment)
    targets = {
        f"#{attrs['id']}": attrs["data-s"]
        for attrs in page.all("span")
        if "id" in attrs and "data-s" in attrs
    }
    assert set(links) <= set(targets)


def test_alignments_that_overlap_or_lead_nowhere_do_no_harm():
    made = brief("ar")
    one, two, *rest = made.translation.alignment
    doubled = (one, replace(two, sources=one.sources), *rest)
    text = to_page([replace(made, translation=replace(made.translation, alignment=doubled))])
    page = Page(text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")} <= set(ids)
    bare = replace(made, translation=replace(made.translation, alignment=()))
    assert "⌄" in Page(to_page([bare])).text, "the article's own sentences can be found still"


def test_model_coverage_confidence_quality_and_warnings_are_shown():
    made = brief()
    made = replace(made, translation=replace(made.translation, coverage=0.9999, confidence=0.43))
    text = Page(to_page([made], quality="chrF++ 36 on a test")).text
    for part in (
        "by-heart",
        "r1",
        "beam=1",
        "99.9% of the article",
        "43 of 100",
        "chrF++ 36 on a test",
        "212",
        "An older deal",
    ):
        assert part in text


def test_several_briefs_share_a_page():
    page = Page(to_page([brief("ar"), brief("en")]))
    assert [(attrs["id"], attrs["lang"], attrs["dir"]) for attrs in page.all("article")] == [
        ("a1", "en", "ltr"),
        ("a2", "ar", "rtl"),
    ]
    assert "Full text" in page.text
    assert "النص الكامل" in page.text
    assert Page(to_page([])).all("main")


def test_hostile_text_stays_text():
    related = tuple(
        Related(title=HOSTILE, url=url)
        for url in (
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "data:text/html,<script>",
            "//x",
            "http://[",
            'https://e.org/"onclick="x',
            None,
        )
    )
    calm = Page(to_page([brief()]))
    made = brief(
        title=HOSTILE,
        text=f"{HOSTILE}.\n\n{HOSTILE}",
        agencies=(HOSTILE,),
        byline=HOSTILE,
        url="javascript:alert(1)",
        related=related,
        warnings=(HOSTILE,),
    )
    evil = replace(
        made.translation, text=HOSTILE, model=HOSTILE, decoding=HOSTILE, revision=HOSTILE, alignment=()
    )
    made = replace(
        made,
        title=replace(evil, language="en"),
        summaries={'ar"><script>': evil, "en": evil},
        translation=replace(
            evil, flags=(Flag(kind=HOSTILE, message=HOSTILE, output_span=(1, 30), source_span=(0, 9)),)
        ),
    )
    text = to_page([made], quality=HOSTILE)
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in calm.elements} | {"mark", "ol"}
    assert not any(name.startswith("on") or name == "style" for _, attrs in page.elements for name in attrs)
    assert all(attrs["href"].startswith(("#", "https://e.org/")) for attrs in page.all("a"))
    assert not re.search("[\x1b\u202e]", text)
    assert page.text.count("<script>alert(1)</script>") >= 8


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.org/x?y=1", True),
        ("http://a.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("/relative", False),
        ("http://", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(address, safe):
    assert safe_address(address) == (address if safe else None)


spans = st.tuples(st.integers(0, 80), st.integers(0, 80)).map(sorted).map(tuple)


@given(
    st.text(alphabet=st.sampled_from('ab 1.%-\n\tعس،٢<&"\u202e\x1bUN'), max_size=80),
    st.lists(spans, max_size=4),
    st.lists(spans, max_size=4),
    st.sampled_from(["ar", "en", "und"]),
)
def test_cutting_up_loses_nothing_but_space(text, sentences, notes, language):
    cut = paragraphs(
        text,
        language=language,
        sentences=[Marked(span=span, keys=(n,)) for n, span in enumerate(sentences)],
        notes=[Marked(span=span, keys=(n + 1,)) for n, span in enumerate(notes)],
    )
    shown = "".join(r.text for p in cut for piece in p.pieces for s in piece.stretches for r in s.runs)
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", visible(text))
