"""The workbench for everybody: by keyboard, with a screen reader, in both themes, on a phone, in both languages."""

import pytest

from tests.browser.looks import ARTICLE, NAMES, VIEWS, faint, nameless, read
from tests.review.conftest import material
from workbench.review import Campaign, create_campaign
from workbench.review.exchange import judgements

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXTS = "h1, h2, h3, p, b, td, th, li, legend, label, summary, button, a:not(.skip), select, .fine, .lead, .kind, mark"


@pytest.fixture(scope="module")
def tasks(bench):
    """A campaign of each kind, with something to judge."""
    store = bench[1].store
    made = {}
    for kind in ("pairs", "adequacy", "esa", "mqm"):
        campaign = Campaign(name=f"for all {kind}", kind=kind, source="ar", target="en", attention=0)
        made[kind] = create_campaign(store, campaign, material(3, systems=NAMES)).id
    return made


def tour(page, tasks):
    """Every view and state that a person meets; gives their names."""
    yield "start"
    read(page, ARTICLE.replace(" ", " \u200b", 1))
    page.locator(".notes .cleaned summary").click()
    yield "read"
    page.click(".menu summary")
    yield "menu"
    page.keyboard.press("Escape")
    page.click(".column-tools > button:last-child")
    page.wait_for_selector(".segment")
    yield "edit"
    for kind, number in tasks.items():
        page.evaluate(f"location.hash = 'judge/{number}'")
        page.wait_for_selector({"pairs": "button.vote"}.get(kind, "[data-act=send]"))
        page.wait_for_function(f"document.querySelector('.campaign-name').textContent === 'for all {kind}'")
        yield kind
    page.evaluate("location.hash = 'compare'")
    page.locator(".compare .stored .card", has_text="ar-en").click()
    page.wait_for_selector(".grid-row")
    page.locator(".campaign summary").first.click()
    yield "compare opened"
    page.click(".opened [data-act=back]")
    for view in VIEWS:
        page.evaluate(f"location.hash = '{view}'")
        page.wait_for_function(f"document.documentElement.dataset.view === '{view}'")
        page.wait_for_timeout(150)
        yield view


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_overflows_on_a_phone_and_all_controls_have_names(show, tasks, language):
    page = show(language=language, width=360)
    for state in tour(page, tasks):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, state
        assert nameless(page) == [], state
    assert page.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_all_text_stands_out_in_both_themes(show, tasks, language, scheme):
    page = show(language=language, color_scheme=scheme)
    for state in tour(page, tasks):
        assert faint(page.locator(f":is(.view, .top) :is({TEXTS})")) == [], state


def test_a_vote_is_cast_by_tabs_and_enter_alone(show, bench, tasks):
    store = bench[1].store
    campaign = Campaign(name="by keyboard", source="ar", target="en", attention=0)
    made = create_campaign(store, campaign, material(2, systems=NAMES[:2]))
    page = show("judge")
    page.wait_for_selector(".judge .card")
    _tab_to(page, "element => element.textContent.includes('by keyboard')")
    page.keyboard.press("Enter")
    page.wait_for_selector("button.vote")
    _tab_to(page, "element => element.dataset.choice === 'right'")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "focus is seen"
    page.keyboard.press("Enter")
    page.wait_for_selector(".revealed b")
    assert [row["choice"] for row in judgements(store, made.id)] == ["right"]
    assert page.get_attribute(".revealed", "aria-live") == "polite"


def _tab_to(page, wanted):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"({wanted})(document.activeElement)"):
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_sentence_is_found_by_keyboard(show):
    page = show()
    read(page)
    _tab_to(page, "element => element.dataset.s === '0'")
    page.keyboard.press("Enter")
    assert page.locator(".s.held").count() >= 2
    page.keyboard.press("Escape")
    assert page.locator(".s.held").count() == 0
