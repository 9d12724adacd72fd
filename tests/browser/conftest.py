"""One Chromium for all tests in a browser."""

import os
import shutil
import warnings

import pytest

from tests.browser.looks import stored
from tests.views.server import WRITER, desk, serving, workers

PATIENCE = 30_000

ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser():
    """A running Chromium; the test is skipped where none is installed."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as runner:
        started = runner.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The served workbench: its address and what it works on."""
    folder = tmp_path_factory.mktemp("workbench")
    here = desk(folder, runs=(stored(folder / "runs"),))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # What libraries of the server warn each other of is not ours to mend.
        warnings.simplefilter("ignore")
        patch.setenv("GRADIO_TEMP_DIR", os.fspath(here.uploads))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        from workbench.views import app

        patch.setattr(app, "summarisers", lambda _: [WRITER])
        with serving(app.build(here, workers=workers())) as address:
            yield address, here
    here.store.close()


@pytest.fixture
def show(browser, bench):
    """Open a view; `talk` is all text that the server sent, `faults` what the page complained of."""
    contexts = []

    def opened(view="bench", *, language="en", width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.talk, page.faults = [], []
        page.on("response", lambda response: _overheard(page, response))
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("dialog", lambda dialog: (page.faults.append(dialog.message), dialog.dismiss()))
        page.goto(f"{bench[0]}/{language}/#{view}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()


def _overheard(page, response):
    if "component_server" in response.url or response.url.endswith(("/en/", "/ar/")):
        page.talk.append(response.text())
