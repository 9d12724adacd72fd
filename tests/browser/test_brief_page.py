"""The page in a real browser: directions, order, contrast, highlighting, and a hostile article that does nothing."""

from dataclasses import replace

import pytest

from tests.briefs import SENTENCES, brief, flag_on, flagged
from tests.browser.looks import faint
from workbench.brief import to_page
from workbench.records import Flag, Related

pytestmark = pytest.mark.browser

WIDTHS = (320, 390, 768, 1280)


@pytest.fixture
def show(browser, tmp_path):
    """Open a page of briefs; its `talk` is everything that it asked for or complained of."""
    contexts = []

    def opened(*briefs, width=1280, height=900, **options):
        path = tmp_path / "brief.html"
        path.write_text(to_page(briefs, quality="chrF++ 36 on a test"), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.talk = []
        page.on("request", lambda request: page.talk.append(request.url))
        page.on("console", lambda message: page.talk.append(message.text))
        page.on("pageerror", lambda fault: page.talk.append(str(fault)))
        page.on("dialog", lambda dialog: (page.talk.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        page.talk.remove(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def noted(own):
    made = brief(own)
    return flagged(
        made,
        flag_on(
            made,
            "600",
            message="600 is not what the source says.",
            source_span=made.translation.alignment[0].sources[0],
        ),
        Flag(kind="truncated", message="It was cut short."),
    )


@pytest.mark.parametrize("own", ["ar", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overflows_and_nothing_is_fetched(show, own, width):
    page = show(noted(own), width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.talk == []


@pytest.mark.parametrize("own", ["ar", "en"])
def test_arabic_stands_right_of_english_and_each_reads_its_own_way(show, own):
    page = show(noted(own))
    arabic = page.locator(".text .pair [lang='ar'], .text .pair[lang='ar']").first
    english = page.locator(".text .pair > [lang='en']").first
    assert arabic.bounding_box()["x"] > english.bounding_box()["x"]
    for block, way in ((arabic, "rtl"), (english, "ltr")):
        assert block.evaluate("element => getComputedStyle(element).direction") == way


def test_a_range_of_years_reads_from_right_to_left_in_arabic(show):
    page = show(brief("ar"))
    block = page.locator(".text .own")
    first, last = (block.locator("bdi", has_text=year).bounding_box()["x"] for year in ("2011", "2015"))
    assert first > last
    name = block.locator("bdi", has_text="Business Insider")
    assert name.evaluate("element => getComputedStyle(element).direction") == "ltr"


def test_a_sentence_lights_up_with_all_that_belongs_to_it(show):
    page = show(noted("ar"))
    sentence = page.locator(".text .own .s", has_text=SENTENCES[0]["ar"][:20])
    sentence.hover()
    lit = page.locator(".s.lit").all_inner_texts()
    assert len(lit) == 4, "source, translation and both summaries"
    sentence.click(position={"x": sentence.bounding_box()["width"] - 5, "y": 10})
    page.mouse.move(0, 0)
    assert page.locator(".s.held").count() == 4
    page.keyboard.press("Escape")
    assert page.locator(".s.held").count() == 0


def test_one_language_can_be_read_alone_by_keyboard(show):
    page = show(noted("ar"), width=390, height=844)
    page.locator("#view-both").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".text .reader[lang]").first.is_visible()
    assert not page.locator(".text .own[lang]").first.is_visible()
    page.keyboard.press("ArrowRight")
    assert not page.locator(".text .reader[lang]").first.is_visible()
    assert page.locator(".text .own[lang]").first.is_visible()


def test_a_flag_tells_its_reason_on_focus_and_leads_to_its_note(show):
    page = show(noted("ar"))
    mark = page.locator("mark", has_text="600").last
    mark.focus()
    told = mark.evaluate("element => getComputedStyle(element, '::after').content")
    assert "600 is not what the source says." in told
    page.locator(".ref").first.click()
    assert page.evaluate("location.hash").endswith("n1")


def test_without_scripts_the_page_reads_as_well(show):
    page = show(noted("ar"), java_script_enabled=False)
    for row in SENTENCES:
        for sentence in row.values():
            assert sentence[:15] in page.inner_text(".text").replace("\n", " ")
    assert page.locator(".check li").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(show, scheme):
    page = show(noted("ar"), color_scheme=scheme)
    chosen = "h1, .text p, .summary p, section > h2, .origin, mark:not(.from), .ref, .kind, dt, footer a, .views label"
    assert faint(page.locator(chosen)) == []


def test_a_hostile_article_does_nothing(show):
    evil = (
        "<script>document.title='evil'</script><img src=https://evil.invalid/x onerror=\"document.title='evil'\">"
        "<svg onload=\"document.title='evil'\"></style><style>*{background:url(https://evil.invalid/y)}</style>"
        '" onmouseover="document.title=\'evil\'" x="'
    )
    related = (Related(title=evil, url="javascript:document.title='evil'"),)
    made = brief(
        "ar",
        title=evil,
        text=evil,
        url="javascript:alert(1)",
        agencies=(evil,),
        warnings=(evil,),
        related=related,
    )
    bad = replace(made.translation, text=evil, model=evil, alignment=())
    flag = Flag(kind=evil, message=evil, output_span=(0, 20), source_span=(0, 20))
    page = show(
        replace(made, title=bad, summaries={"ar": bad, "en": bad}, translation=replace(bad, flags=(flag,)))
    )
    page.mouse.move(600, 300)
    page.locator("mark").first.hover()
    assert page.talk == []
    assert (
        page.locator(
            "img, svg, main script, main style, [onmouseover], [onerror], a[href^='javascript']"
        ).count()
        == 0
    )
    assert page.title() != "evil"
    assert page.locator("mark").count() >= 1
