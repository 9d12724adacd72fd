"""Plain text files: one file, one article."""

import pytest

from workbench.ingest import read
from workbench.sources.markup import without_markup


def test_markup_and_entities_in_a_text_file_are_taken_off(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "Talks &amp; trade\n\nThe talks go on in Vienna.<br />Nobody knows why.<br/>", encoding="utf-8"
    )
    (article,) = read(path)
    assert article.title == "Talks & trade"
    assert article.text == "The talks go on in Vienna.\n\nNobody knows why."
    assert "mark-up removed" in article.warnings


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (
            "<p>The talks\nwould go\r\non.</p>\n<p>Nobody\nknows why.</p>",
            "The talks would go on.\n\nNobody knows why.",
        ),
        ("<div>The <b>talks</b>\ngo on.<br>\nNobody\nknows.</div>", "The talks go on.\n\nNobody knows."),
        ("<div><pre>One line\nAnother</pre></div>", "One line\n\nAnother"),
        (
            "Talks go on\n19 July 2016\n<p>The talks\ngo on.</p>",
            "Talks go on\n\n19 July 2016\n\nThe talks go on.",
        ),
    ],
    ids=["paragraphs", "a break", "preformatted", "plain lines before blocks"],
)
def test_a_line_feed_within_a_block_is_a_space(text, plain):
    assert without_markup(text)[0] == plain


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028"])
def test_line_ends_of_all_machines(tmp_path, end):
    path = tmp_path / "a.txt"
    path.write_bytes(f"Talks go on{end}{end}The talks go on in Vienna.{end}{end}Nobody knows why.".encode())
    (article,) = read(path)
    assert article.text == "The talks go on in Vienna.\n\nNobody knows why."


def test_junk_is_repaired_and_listed(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\u200fقال الـــوزير إن ﺍﻟﻤﺤﺎﺩﺛﺎﺕ مستمرة\u200b في فيينا.", encoding="utf-8")
    (article,) = read(path)
    assert article.text == "قال الوزير إن المحادثات مستمرة في فيينا."
    for repaired in ("zero-width", "tatweel", "presentation forms"):
        assert any(repaired in warning for warning in article.warnings)


def test_mojibake_is_repaired(tmp_path):
    path = tmp_path / "a.txt"
    text = "قال الوزير إن المحادثات مستمرة في فيينا منذ أسبوع."
    path.write_text(text.encode().decode("latin-1"), encoding="utf-8")
    (article,) = read(path)
    assert article.text == text
    assert any("mojibake" in warning for warning in article.warnings)
