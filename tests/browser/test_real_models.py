"""The model that ships, in a real browser: an article is brought, summarised, translated twice, and lights up."""

import os
import re
import warnings
from pathlib import Path

import pytest
import yaml

from tests.browser.looks import read
from tests.views.server import desk, serving
from workbench.catalog import open_catalog
from workbench.config import resource
from workbench.records import Article

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SEED = Path(__file__).resolve().parents[3] / "shared" / "seed"
OTHERS = {"greedy": {"beam": 1}, "odd": {"beam": 1, "repetition_penalty": 3.0}}
"""Cards of the same weights with other decodings: to everything behind the catalogue they are other models."""


@pytest.fixture(scope="module")
def bench(own_home, tmp_path_factory):
    """A workbench as `workbench review` serves it, with the embedded model and two of its kin."""
    folder = own_home / "config" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    card = yaml.safe_load((resource("configs/models") / "embedded.yaml").read_text(encoding="utf-8"))
    if open_catalog().where("embedded") is None:
        pytest.skip("the weights of the model that ships are not here")
    for name, decoding in OTHERS.items():
        changed = card | {"name": name, "decoding": decoding | {"max_new_tokens": 256}, "canaries": []}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    here = desk(tmp_path_factory.mktemp("real"))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("GRADIO_TEMP_DIR", os.fspath(here.uploads))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        from workbench.views.app import build

        with serving(build(here)) as address:
            yield address, here
    here.store.close()
    for name in OTHERS:
        (folder / f"{name}.yaml").unlink()


@pytest.fixture(params=[pytest.param("seed", marks=pytest.mark.shared), "own sample"])
def source(request):
    """A file to bring."""
    if request.param == "own sample":
        return resource("examples") / "english.txt"
    found = sorted(SEED.glob("*.txt"))
    if not found:
        pytest.skip("the seed article ../shared/seed is not beside this checkout")
    return found[0]


def test_an_article_is_brought_read_by_two_models_and_lights_up(show, source):
    from workbench.ingest import read as ingest

    (article,) = (each for each in ingest(source) if isinstance(each, Article))
    page = show()
    page.set_default_timeout(240_000)
    page.check("[name=models][value=greedy]")
    page.set_input_files(".intake [type=file]", source)
    page.wait_for_selector(".bench[data-state=over]")
    assert page.locator(".row.heads .name b").all_inner_texts()[1:] == ["embedded", "greedy"]
    assert article.title in page.inner_text(".row.titles")
    for number in (1, 2):
        for row in ("summary", "titles"):
            shown = page.locator(f".row.{row} > .cell").nth(number).inner_text()
            assert len(re.findall(r"[\u0600-\u06ff]", shown)) > 10, (row, number)
        state = page.locator(".row.heads > .cell").nth(number).locator(".state").inner_text()
        assert "finished" in state
        assert "words/s" in state
    assert page.locator(".row.text").count() == article.text.count("\n\n") + 1
    sentence = page.locator(".row.text .own .s").nth(1)
    key = sentence.get_attribute("data-s")
    sentence.click()
    for column in (1, 2):
        counterpart = page.locator(".row.text").locator(f".cell:nth-child({column + 1}) .s.held")
        assert counterpart.count() == 1
        assert key in counterpart.get_attribute("data-s").split()
        assert re.search(r"[\u0600-\u06ff]", counterpart.inner_text())
    assert page.faults == []


def test_any_two_of_several_models_are_compared_word_by_word(show):
    page = show()
    page.set_default_timeout(240_000)
    for name in OTHERS:
        page.check(f"[name=models][value={name}]")
    read(page, (resource("examples") / "english.txt").read_text(encoding="utf-8"))
    page.select_option(".differ [name=one]", label="greedy")
    page.select_option(".differ [name=other]", label="odd")
    page.check("[data-act=difference] input")
    page.wait_for_selector(".row.text .diff")
    marked = [page.locator(f".row.text .cell:nth-child({column}) .diff").count() for column in (2, 3, 4)]
    assert marked[0] == 0, "embedded was not chosen"
    assert marked[2] > 0
    page.select_option(".differ [name=one]", label="embedded")
    page.wait_for_selector(".row.text .cell:nth-child(2) .diff")
    assert page.locator(".row.text .cell:nth-child(3) .diff").count() == 0
    page.uncheck("[data-act=difference] input")
    assert page.locator(".row.text .diff").count() == 0
