"""The workbench in a real browser: reading, blind votes by keyboard, campaigns, edits, Arabic, hostile text."""

import json
import time

import pytest

from tests.briefs import SENTENCES, TITLE
from tests.browser.looks import ARTICLE, NAMES, VIEWS, faint, nameless, read
from tests.jobs.material import make, plain, write_articles
from tests.review.conftest import material
from tests.views.server import WRITER
from workbench.review import Campaign, create_campaign, next_ticket, see_names
from workbench.review.exchange import held, judgements
from workbench.views import sheets
from workbench.views.tables import scored

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_article_is_summarised_translated_and_lights_up(show):
    page = show()
    read(page)
    shown = page.inner_text(".columns")
    assert TITLE["ar"] in shown
    assert all(row["en"][:30] in shown for row in SENTENCES)
    assert page.locator(".row.summary .s").count() >= 2
    sentence = page.locator(".row.text .own .s", has_text=SENTENCES[2]["ar"])
    sentence.click()
    held = page.locator(".s.held").all_inner_texts()
    assert SENTENCES[2]["ar"] in held
    assert SENTENCES[2]["en"] in held
    page.keyboard.press("Escape")
    assert page.locator(".s.held").count() == 0
    assert page.faults == []


def test_an_edit_is_kept_over_a_reload_and_leaves_as_tmx(show):
    page = show()
    read(page)
    page.click(".column-tools > button:last-child")
    page.wait_for_selector(".segment")
    area = page.locator(".segment textarea").nth(2)
    area.fill("Hundreds of students marched.")
    area.blur()
    page.wait_for_selector(".segment.changed")
    page.reload()
    page.wait_for_selector(".segment.changed")
    assert page.locator(".segment textarea").nth(2).input_value() == "Hundreds of students marched."
    with page.expect_download() as download:
        page.click("[data-export=tmx]")
    exported = download.value.path().read_text(encoding="utf-8")
    assert "Hundreds of students marched." in exported
    assert SENTENCES[2]["ar"] in exported


@pytest.mark.parametrize("form", ["tmx", "xliff", "jsonl"])
def test_edits_leave_and_come_back_changed(show, tmp_path, form):
    page = show()
    read(page)
    page.click(".column-tools > button:last-child")
    area = page.locator(".segment textarea").nth(3)
    area.fill(f"Once, as {form}.")
    area.blur()
    page.locator(".segment.changed textarea").nth(0).wait_for()
    page.wait_for_function("document.querySelectorAll('.segment')[3].classList.contains('changed')")
    with page.expect_download() as download:
        page.click(f"[data-export={form}]")
    path = tmp_path / f"elsewhere.{form}"
    text = download.value.path().read_text(encoding="utf-8")
    assert f"Once, as {form}." in text
    path.write_text(text.replace(f"Once, as {form}.", f"Twice, from {form}."), encoding="utf-8")
    page.set_input_files(".edit .bar [type=file]", path)
    page.wait_for_function(
        f"document.querySelectorAll('.segment textarea')[3].value === 'Twice, from {form}.'"
    )
    page.reload()
    page.wait_for_selector(".segment.changed")
    assert page.locator(".segment textarea").nth(3).input_value() == f"Twice, from {form}."
    (tmp_path / "broken.tmx").write_text("<tmx", encoding="utf-8")
    page.set_input_files(".edit .bar [type=file]", tmp_path / "broken.tmx")
    page.wait_for_selector(".toast:not([hidden]) .cure:not(:empty)")


def test_a_model_that_writes_summaries_is_chosen_beside_picked_sentences(show):
    page = show()
    page.check(f"[name=summarisers][value={WRITER}]")
    read(page)
    rows = page.locator(".row.summary")
    assert rows.count() == 2
    assert WRITER in rows.nth(1).inner_text()
    cells = rows.nth(1).locator(".cell")
    assert SENTENCES[2]["ar"] in cells.nth(0).inner_text()
    assert SENTENCES[2]["en"] in cells.nth(1).inner_text()
    cells.nth(1).locator(".s").click()
    assert SENTENCES[2]["ar"] in page.locator(".row.text .own .s.held").all_inner_texts()


def test_names_stay_out_of_compare_while_one_judges(show, bench):
    store = bench[1].store
    campaign = Campaign(name="kept blind", source="ar", target="en", attention=0, reveal=False)
    made = create_campaign(store, campaign, material(3, systems=NAMES))
    assert next_ticket(store, made.id, "local") is not None
    page = show("compare")
    page.locator(".compare .stored .card", has_text="ar-en").click()
    page.wait_for_selector(".grid-row .diff, .grid-row .output")
    page.wait_for_selector(".notice:not([hidden])")
    assert "kept blind" in page.inner_text(".notice")
    page.select_option("[name=base]", label="System 2")
    page.wait_for_selector(".grid-row")
    heard = json.dumps(page.talk) + page.content()
    assert "System 3" in heard
    assert not any(name in heard for name in NAMES)
    page.click("[data-act=see-names]")
    page.wait_for_function(f"document.querySelector('.grid').textContent.includes('{NAMES[0]}')")
    assert page.locator(".notice").is_hidden()


def test_jobs_are_listed_and_opened(show, bench, tmp_path):
    make(bench[1].runs[0] / "night", write_articles(tmp_path / "news.jsonl", plain(5)))
    page = show("runs", language="ar")
    card = page.locator(".runs .card", has_text="night")
    assert "مهمة" in card.inner_text()
    with page.expect_popup() as opened:
        card.click()
    job = opened.value
    job.wait_for_selector("h1")
    assert job.evaluate("getComputedStyle(document.querySelector('.view')).direction") == "rtl"
    job.locator("summary").first.click()
    assert "TALKS OF DAY" in job.inner_text("main")
    assert job.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_store_is_downloaded_and_brought_back_with_its_counts(show, bench, tmp_path):
    store = bench[1].store
    create_campaign(
        store, Campaign(name="carried", source="ar", target="en"), material(1, systems=("one", "two"))
    )
    see_names(store, "local")
    page = show("runs")
    page.wait_for_function("document.querySelector('.store .held').textContent")
    rows = sum(held(store).values())
    assert f"Rows in all: {rows:,}" in page.inner_text(".store .held")
    with page.expect_download() as download:
        page.click("[data-act=store-out]")
    path = tmp_path / "store.jsonl"
    download.value.save_as(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == rows
    page.wait_for_function(f"document.querySelector('.toast').innerText.includes('went out: {rows}')")
    page.set_input_files(".store [type=file]", path)
    page.wait_for_function("document.querySelector('.toast').innerText.includes('came in: 0')")
    assert f"Rows in all: {rows:,}" in page.inner_text(".store .held")
    path.write_text("{}\n", encoding="utf-8")
    page.set_input_files(".store [type=file]", path)
    page.wait_for_function("document.querySelector('.toast').innerText.includes('Line 1')")
    assert page.inner_text(".toast .cure")
    assert page.faults == []


def judging(show, bench, *, name, items):
    """A page that shows the first pair of a new campaign, and that campaign."""
    campaign = Campaign(name=name, source="ar", target="en", attention=0)
    made = create_campaign(bench[1].store, campaign, material(items, systems=NAMES))
    page = show(f"judge/{made.id}")
    page.wait_for_selector("button.vote")
    return page, made


def test_votes_by_keyboard_show_names_only_afterwards(show, bench):
    store = bench[1].store
    page, made = judging(show, bench, name="blind", items=3)
    heard = json.dumps(page.talk) + page.content()
    assert not any(name in heard for name in NAMES)
    for number, key in enumerate("1234", start=1):
        page.keyboard.press(key)
        page.wait_for_function(f"document.querySelector('.count').textContent.startsWith('{number} ')")
        assert page.locator(".revealed b").count() == 2
    assert [row["choice"] for row in judgements(store, made.id)] == ["left", "right", "tie", "bad"]
    page.keyboard.press("u")
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('3 ')")
    page.goto(page.url.replace(f"judge/{made.id}", f"board/{made.id}"))
    page.wait_for_selector(".board-body table")
    assert all(name in page.inner_text(".board-body") for name in NAMES)


def test_a_vote_falls_on_the_pair_that_is_shown_alone(show, bench):
    store = bench[1].store
    page, made = judging(show, bench, name="held key", items=6)
    page.evaluate(PRESS, True)
    page.wait_for_timeout(300)
    assert not list(judgements(store, made.id)), "a key that is held down repeats"
    page.evaluate(PRESS_TWICE)
    page.wait_for_function("document.querySelector('.count').textContent.startsWith('1 ')")
    page.wait_for_timeout(300)
    assert page.inner_text(".count").startswith("1 ")
    assert len(list(judgements(store, made.id))) == 1
    assert page.locator(".toast").is_hidden(), "nothing was voted on twice"


PRESS = """(repeat) => {
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true, repeat }));
}"""
# What a vote reveals is told before the next pair is fetched: there a second press must count for nothing.
PRESS_TWICE = f"""() => {{
    const press = {PRESS};
    const told = new MutationObserver(() => {{ told.disconnect(); press(false); }});
    told.observe(document.querySelector('.revealed'), {{ childList: true }});
    press(false);
}}"""


@pytest.mark.parametrize("kind", ["mqm", "esa"])
def test_a_campaign_of_error_spans_is_done_by_hand(show, bench, kind):
    store = bench[1].store
    campaign = Campaign(name=f"spans {kind}", kind=kind, source="ar", target="en", attention=0)
    made = create_campaign(store, campaign, material(3, systems=("one",)))
    page = show(f"judge/{made.id}")
    for number in range(3):
        page.wait_for_function(f"document.querySelector('.count').textContent.startsWith('{number} ')")
        page.evaluate(SELECT_FIRST_WORD)
        if kind == "mqm":
            page.select_option("[name=category]", "accuracy/omission")
        page.click("[data-severity=major]")
        assert page.locator(".annotated mark").inner_text() == "text"
        if kind == "esa":
            page.locator("[name=score]").fill("70")
        page.click("[data-act=send]")
    page.wait_for_selector(".ticket .done")
    rows = list(judgements(store, made.id))
    assert [row["score"] for row in rows] == ([-5.0] * 3 if kind == "mqm" else [70.0] * 3)
    assert json.loads(rows[0]["spans"])[0]["span"] == [0, 4]


SELECT_FIRST_WORD = """() => {
    const node = document.querySelector('.annotated').firstChild, range = document.createRange();
    range.setStart(node, 0); range.setEnd(node, 4);
    getSelection().removeAllRanges(); getSelection().addRange(range);
}"""


def test_files_are_compared_filtered_and_become_a_campaign(show, bench, tmp_path):
    lines = {
        "source.txt": "نص",
        "reference.txt": "one two three",
        "good.txt": "one two three",
        "poor.txt": "six",
    }
    for name, text in lines.items():
        (tmp_path / name).write_text("".join(f"{text} {number}\n" for number in range(60)), encoding="utf-8")
    page = show("compare")
    for again in (False, True):  # the server takes what it opens: the same files or others are chosen anew
        if again:
            page.click(".opened [data-act=back]")
        page.set_input_files(".own [type=file]", [tmp_path / name for name in lines])
        page.wait_for_function("document.querySelectorAll('.files p').length === 4")
        page.click(".own .primary")
        page.wait_for_selector(".opened .grid-row")
        assert page.locator(".files p").count() == 0
    assert page.inner_text(".filters .count").startswith("60 ")
    assert page.locator(".grid-row").first.locator(".score.best").inner_text() == "100"
    page.fill("[name=search]", "three 17")
    page.wait_for_function("document.querySelectorAll('.grid-row').length === 1")
    page.fill("[name=search]", "")
    page.wait_for_function("document.querySelectorAll('.grid-row').length >= 40")
    page.click(".campaign summary")
    page.fill(".campaign [name=name]", "from files")
    page.fill(".campaign [name=items]", "5")
    page.click(".campaign .primary")
    page.wait_for_selector("button.vote")
    number = int(page.url.rpartition("/")[2])
    assert next_ticket(bench[1].store, number, "local").right is not None


def test_rows_shown_before_the_scores_make_room_for_those_in_their_order(show, tmp_path, monkeypatch):
    def slowly(*args):
        time.sleep(2)
        return scored(*args)

    monkeypatch.setattr(sheets, "scored", slowly)
    texts = {"source": "نص", "reference": "one two three"}
    lines = {name: [f"{text} {number}" for number in range(60)] for name, text in texts.items()}
    # The last rows differ most: with the scores they come first.
    lines["good"] = lines["reference"]
    lines["poor"] = [f"one two three {number}"[: 60 - number] for number in range(60)]
    for name, rows in lines.items():
        (tmp_path / f"{name}.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "spare").mkdir()
    (tmp_path / "spare" / "good.txt").write_text("another\n" * 60, encoding="utf-8")
    page = show("compare")
    given = [*(tmp_path / f"{name}.txt" for name in lines), tmp_path / "spare" / "good.txt"]
    page.set_input_files(".own [type=file]", given)
    page.wait_for_function("document.querySelectorAll('.files p').length === 5")
    page.click(".own .primary")
    page.wait_for_function("document.querySelector('.toast').innerText.includes('good')")
    page.locator(".files button").last.click()
    page.click(".own .primary")
    page.wait_for_selector(".grid-row")
    page.locator("[data-act=more]").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.grid-row').length === 60")
    page.wait_for_selector(".score")
    page.locator(".grid-row").last.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.grid-row').length === 60")
    keys = page.locator(".cell.source .cell-head bdi").all_text_contents()
    assert len(set(keys)) == 60
    assert int(keys[0]) > 40


@pytest.mark.parametrize("width", [360, 1280])
def test_arabic_is_mirrored_and_nothing_overflows(show, width):
    page = show(language="ar", width=width)
    assert page.evaluate("getComputedStyle(document.querySelector('.view')).direction") == "rtl"
    brand, tools = (page.locator(name).bounding_box()["x"] for name in (".brand", ".tools"))
    assert brand > tools
    for view in VIEWS:
        page.evaluate(f"location.hash = '{view}'")
        page.wait_for_function(f"document.documentElement.dataset.view === '{view}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        assert page.locator(f".view.{view}").is_visible()
    page.evaluate("location.hash = 'bench'")
    page.wait_for_function("document.documentElement.dataset.view === 'bench'")
    read(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_language_is_one_click_away_and_the_view_stays(show):
    page = show("board", language="ar")
    page.click("[data-act=language]")
    page.wait_for_selector("html[lang=en][data-ready]")
    assert page.locator(".view.board").is_visible()
    assert page.evaluate("document.documentElement.dir") == "ltr"


def test_a_hostile_article_stays_text(show):
    evil = (
        "<script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\"><svg "
        "onload=\"document.title='evil'\"></svg><style>*{display:none}</style>{{7*7}}${7*7}"
    )
    page = show()
    read(page, f"العنوان {evil} في الأخبار\n\n{SENTENCES[0]['ar']} {evil}\n\n{SENTENCES[2]['ar']}")
    assert page.locator(".columns :is(img, svg, script, style, [onload], [onerror])").count() == 0
    assert page.title() != "evil"
    assert page.faults == []


DROP = """(target, files) => {
    const data = new DataTransfer();
    for (const [name, text] of files) data.items.add(new File([text], name));
    const event = (type) => new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
    for (const type of ["dragover", "drop"]) target.dispatchEvent(event(type));
}"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_several_files_are_dropped_and_one_article_after_the_other_is_read(show, language):
    page = show(language=language, width=360)
    english = f"{TITLE['en']}\n\n{SENTENCES[0]['en']} {SENTENCES[2]['en']}"
    files = [["one.txt", ARTICLE], ["two.txt", english], ["bad.docx", "<img src=x onerror=alert(1)>"]]
    page.locator(".drop").evaluate(DROP, files)
    page.wait_for_selector(".choice .card")
    assert page.locator(".choice .card").count() == 2
    assert "bad.docx" in page.inner_text(".choice .bad")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert nameless(page) == []
    assert faint(page.locator(".choice :is(h2, b, span, li)")) == []
    for name, text in (("one.txt", SENTENCES[2]["ar"]), ("two.txt", SENTENCES[2]["en"])):
        page.locator(".choice .card", has_text=name).click()
        page.wait_for_selector(".choice", state="hidden")
        page.wait_for_selector(".bench[data-state=over]")
        assert text in page.inner_text(".columns")
        page.click("[data-act=again]")
        assert page.locator(".choice").is_visible()
    page.locator(".drop").evaluate(DROP, [[f"{number}.txt", "x"] for number in range(13)])
    page.wait_for_selector(".toast:not([hidden])")
    assert "12" in page.inner_text(".toast .cure")
    page.locator(".drop").evaluate(DROP, [["large.txt", "x" * 20_500_000], ["one.txt", ARTICLE]])
    page.wait_for_function("document.querySelector('.choice .bad').innerText.includes('large.txt')")
    assert page.locator(".choice .card").count() == 1
    assert page.faults == []


def test_what_goes_wrong_is_told_with_its_cure(show):
    page = show()
    page.click(".intake .primary")
    page.wait_for_selector(".toast:not([hidden])")
    assert "There is no text." in page.inner_text(".toast")
    assert page.inner_text(".toast .cure")
    page.fill(".intake textarea", "http://127.0.0.1:1/secret")
    page.click(".intake .primary")
    page.wait_for_function("document.querySelector('.toast').innerText.includes('127.0.0.1')")
    read(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_background(show, scheme):
    page = show(color_scheme=scheme)
    read(page)
    chosen = ".top a:not(.skip), .columns p, .columns h2, .columns h3, .column-tools button, .view .fine, .bar button"
    assert faint(page.locator(chosen)) == []
