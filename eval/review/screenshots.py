"""Pictures of every view in both languages, light and dark, wide and narrow: `python eval/review/screenshots.py`.

It starts a workbench of its own with the model that ships, fills it with invented votes, and looks at it with Chromium.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from workbench.review import (
    Campaign,
    Error,
    Item,
    Store,
    Vote,
    cast_vote,
    create_campaign,
    next_ticket,
    open_store,
)

ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
SOURCES = {
    "قال رئيس البلدية إن الجسر الجديد سيفتتح في الثالث من أيار بعد تأخير دام سبعة أشهر.": (
        "The mayor said that the new bridge will open on 3 May, after a delay of seven months.",
        "The mayor said the new bridge would be opened on the third of May after a seven-month delay.",
        "The mayor said that the new bridge opens in May after a delay that lasted months.",
    ),
    "وارتفعت صادرات التمور بنسبة 12 في المئة لتبلغ 340 ألف طن.": (
        "Exports of dates rose by 12 percent to 340,000 tonnes.",
        "Date exports have risen 12 per cent to reach 340 thousand tons.",
        "The exports of the dates rose 12 to 340 tons.",
    ),
    "ونقلت وكالة فرانس برس عن شهود أن المتظاهرين تفرقوا قبل منتصف الليل.": (
        "AFP quoted witnesses as saying that the protesters dispersed before midnight.",
        "Agence France-Presse reported from witnesses the demonstrators dispersed before midnight.",
        "The agency quoted martyrs that demonstrators were separated before the middle of the night.",
    ),
    "ويبلغ طول الخط 214 كيلومترا، وستعمل عليه ثمانية قطارات في المرحلة الأولى.": (
        "The line is 214 kilometres long, and eight trains will run on it in the first phase.",
        "With a length of 214 kilometers, eight trains will operate on the line in phase one.",
        "The line length 214 km and will work on it trains in the first stage.",
    ),
}
SYSTEMS = ("careful", "fluent", "hasty")
QUALITY = {"careful": 3.0, "fluent": 2.2, "hasty": 0.8}


def fill(store: Store) -> dict[str, int]:
    """Campaigns of each kind, the first well judged."""
    items = [
        Item(
            key=f"{number + 1}",
            source=source,
            reference=outputs[0],
            domain=("transport", "economy", "politics")[number % 3],
            outputs=dict(zip(SYSTEMS, outputs, strict=True)),
        )
        for number, (source, outputs) in enumerate(SOURCES.items())
        for _ in (0,)
    ]
    many = [
        Item(
            **{name: getattr(item, name) for name in ("source", "reference", "domain", "outputs")},
            key=f"{item.key}-{turn}",
        )
        for turn in range(12)
        for item in items
    ]
    facts = {"source": "ar", "target": "en", "attention": 10}
    pairs = create_campaign(store, Campaign(name="News desk, spring", overlap=2, **facts), many)
    generator = random.Random(7)  # noqa: S311 - invented votes
    whose = {text: name for item in many for name, text in item.outputs.items()}
    for annotator in ("amal", "basil"):
        for _ in range(70):
            ticket = next_ticket(store, pairs.id, annotator)
            if ticket is None or ticket.right is None:
                break
            edge = QUALITY.get(whose.get(ticket.left, ""), 0) - QUALITY.get(whose.get(ticket.right, ""), 0)
            edge += generator.gauss(0, 1)
            choice = "tie" if abs(edge) < 0.3 else "left" if edge > 0 else "right"
            cast_vote(
                store,
                ticket=ticket.id,
                annotator=annotator,
                vote=Vote(choice=choice, seconds=generator.uniform(6, 30)),
            )
    mqm = create_campaign(store, Campaign(name="حملة الأخطاء", kind="mqm", share=20, **facts), items)
    ticket = next_ticket(store, mqm.id, "amal")
    if ticket:
        vote = Vote(errors=(Error(span=(0, 3), severity="minor", category="style/awkward"),))
        cast_vote(store, ticket=ticket.id, annotator="amal", vote=vote)
    create_campaign(store, Campaign(name="Adequacy, pilot", kind="adequacy", **facts), items)
    return {"pairs": pairs.id, "mqm": mqm.id, "adequacy": mqm.id + 1}


def outputs_folder(folder: Path) -> Path:
    """A folder of plain files to compare."""
    place = folder / "spring" / "ar-en"
    place.mkdir(parents=True)
    (place / "ar").write_text("".join(f"{source}\n" for source in SOURCES), encoding="utf-8")
    (place / "en").write_text("".join(f"{texts[0]}\n" for texts in SOURCES.values()), encoding="utf-8")
    for number, name in enumerate(SYSTEMS[1:], start=1):
        (place / f"{name}.en").write_text(
            "".join(f"{texts[number]}\n" for texts in SOURCES.values()), encoding="utf-8"
        )
    return place.parent


def shoot(address: str, numbers: dict[str, int], folder: Path) -> None:
    """Look at everything."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        looks = [
            ("", {"viewport": {"width": 1280, "height": 860}}),
            ("-dark", {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"}),
            ("-phone", {"viewport": {"width": 390, "height": 844}}),
        ]
        for language in ("en", "ar"):
            for suffix, look in looks:
                page = browser.new_context(**look).new_page()
                page.set_default_timeout(90_000)
                page.on("pageerror", lambda fault: print("page error:", fault))
                page.goto(f"{address}/{language}/")
                page.wait_for_selector("html[data-ready]")
                for name in _views(page, language, numbers):
                    page.wait_for_timeout(350)
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if wide > 0:
                        print(f"{name} {language}{suffix} overflows by {wide} pixels")
                    page.screenshot(path=folder / f"{name}-{language}{suffix}.png")
        browser.close()


def _views(page, language, numbers):
    yield "start"
    page.click(f"[data-example={language}]")
    page.wait_for_selector(".bench[data-state=over]")
    page.locator(".row.text .own .s").nth(1).click()
    yield "read"
    page.click(".column-tools > button:last-child")
    page.wait_for_selector(".segment")
    area = page.locator(".segment textarea").nth(1)
    area.fill(area.input_value().replace("The", "This", 1) + " ")
    area.blur()
    page.wait_for_selector(".segment.changed")
    yield "edit"
    page.evaluate("location.hash = 'judge'")
    page.wait_for_selector(".judge .card")
    yield "judge"
    page.evaluate(f"location.hash = 'judge/{numbers['pairs']}'")
    page.wait_for_selector("button.vote")
    yield "pairs"
    page.evaluate(f"location.hash = 'judge/{numbers['mqm']}'")
    page.wait_for_selector("[data-severity]")
    page.evaluate(
        "() => { const n = document.querySelector('.annotated').firstChild, r = document.createRange();"
        " r.setStart(n, 4); r.setEnd(n, 14); getSelection().removeAllRanges(); getSelection().addRange(r); }"
    )
    page.click("[data-severity=major]")
    yield "mqm"
    page.evaluate(f"location.hash = 'judge/{numbers['adequacy']}'")
    page.wait_for_selector("[name=fluency]")
    yield "adequacy"
    page.evaluate(f"location.hash = 'board/{numbers['pairs']}'")
    page.wait_for_selector(".board-body table")
    yield "board"
    page.evaluate("location.hash = 'compare'")
    page.wait_for_selector(".compare .stored .card")
    yield "compare-open"
    page.click(".compare .stored .card")
    page.wait_for_selector(".grid-row")
    page.select_option("[name=base]", "reference")
    page.wait_for_selector(".diff")
    yield "compare"
    page.click(".opened [data-act=back]")
    page.evaluate("location.hash = 'runs'")
    page.wait_for_selector(".models .model")
    yield "runs"


def main() -> None:
    """Serve, fill, look."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-o", "--output", type=Path, default=Path("docs/screenshots"))
    folder = options.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        store = Path(name) / "store.sqlite"
        opened = open_store(str(store))
        numbers = fill(opened)
        opened.close()
        runs = outputs_folder(Path(name))
        command = [sys.executable, "-m", "workbench", "review", "--port", str(port), "--store", str(store)]
        server = subprocess.Popen([*command, "--runs", str(runs)], env=os.environ)
        try:
            _wait(f"http://127.0.0.1:{port}/en/")
            shoot(f"http://127.0.0.1:{port}", numbers, folder)
        finally:
            server.terminate()
            server.wait(20)


def _wait(address: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(address)  # noqa: S310 - our own server
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    main()
