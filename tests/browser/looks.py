"""What a browser shows, as figures: contrast of text with its ground, names that screen readers hear."""

import re

from tests.briefs import SENTENCES, TITLE

NAMES = ("systemalpha", "systembeta", "systemgamma")
VIEWS = ("bench", "judge", "compare", "edit", "board", "runs")
ARTICLE = f"{TITLE['ar']}\n\n{SENTENCES[0]['ar']} {SENTENCES[1]['ar']}\n\n{SENTENCES[2]['ar']}\n\n{SENTENCES[3]['ar']}"


def read(page, text=ARTICLE):
    page.fill(".intake textarea", text)
    page.click(".intake .primary")
    page.wait_for_selector(".bench[data-state=over]")


def stored(folder):
    """A folder as `--runs` names it: outputs of the systems of `NAMES` over three segments."""
    place = folder / "ar-en"
    place.mkdir(parents=True)
    for name, text in (("ar", "نص"), ("en", "a text"), *((f"{name}.en", "some text") for name in NAMES)):
        lines = (f"{text} number {number}\n" for number in range(3))
        (place / name).write_text("".join(lines), encoding="utf-8")
    return folder


COLOURS = """elements => elements.filter(one => one.checkVisibility({ visibilityProperty: true })).map(element => {
    const colour = getComputedStyle(element).color;
    const clear = colour => /^rgba\\(.*, 0\\)$/.test(colour);
    let at = element, ground = "rgba(0, 0, 0, 0)";
    while (at && clear(ground)) { ground = getComputedStyle(at).backgroundColor; at = at.parentElement; }
    return [colour, ground, `${element.tagName}.${element.className} ${element.textContent.slice(0, 30)}`];
})"""

NAMELESS = """root => [...root.querySelectorAll("a, button, input, select, textarea, summary, progress")]
    .filter(element => element.checkVisibility({ visibilityProperty: true }) || element.type === "file")
    .filter(element => !(
        (element.textContent || "").trim() || element.getAttribute("aria-label") || element.ariaLabel || element.title
        || [...(element.labels || [])].some(label => label.textContent.trim())))
    .map(element => element.outerHTML.slice(0, 120))"""


def faint(locator, least=4.5):
    """Texts whose contrast with their ground is below WCAG's AA."""
    return [pair for pair in locator.evaluate_all(COLOURS) if contrast(*pair[:2]) < least]


def nameless(page):
    """Controls that a screen reader could not name."""
    return page.locator("body").evaluate(NAMELESS)


def contrast(colour, ground):
    """WCAG's ratio; translucent grounds here are nearly the page's own."""

    def luminance(text):
        text = (
            text
            if text.startswith("rgb")
            else re.sub(r"color\(srgb ([\d.]+) ([\d.]+) ([\d.]+).*", _to_rgb, text)
        )
        parts = [int(float(part)) / 255 for part in re.findall(r"[\d.]+", text)[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _to_rgb(found):
    return "rgb(" + ", ".join(str(255 * float(part)) for part in found.groups()) + ")"
