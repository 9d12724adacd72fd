"""The lists of pieces by language: what training saw, and what spells everything else."""

import pytest

from workbench.training.shortlist import SEEN, spells, write_shortlist
from workbench.training.vocabulary import Sentences

NAMES = ["<unk>", "</s>", "\u2581", "a", "\u2581the", "\u2581بيت", "ing", "<0x41>", "7"]


def test_each_language_keeps_what_it_is_written_with(tmp_path):
    written = {
        ">>eng<<": Sentences.of([[4, 6]] * SEEN + [[5]] * (SEEN - 1)),
        ">>ara<<": Sentences.of([[5, 8]] * SEEN),
    }
    path = write_shortlist(tmp_path, NAMES, written)
    lines = dict(line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    assert lines[">>eng<<"].split() == ["\u2581", "a", "\u2581the", "ing", "<0x41>", "7"]
    assert lines[">>ara<<"].split() == ["\u2581", "a", "\u2581بيت", "<0x41>", "7"]


@pytest.mark.parametrize(
    ("name", "is_one"), [("\u2581", True), ("\u2581ب", True), ("7", True), ("<0xE2>", True), ("ing", False)]
)
def test_single_characters_and_bytes_spell(name, is_one):
    assert spells(name) is is_one
