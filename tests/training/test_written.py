"""The pairs that come with the workbench."""

import unicodedata
from collections import Counter

import pytest

from tests.training.data import settings, write_data
from workbench.config import parse
from workbench.text.tidy import tidy
from workbench.training.corpus import WRITTEN, Pair, faults, prepare, read_pairs
from workbench.training.settings import CorpusConfig, TrainingConfig

CONFIG = CorpusConfig(folder="nowhere", sources={})
SPAN = 8
"""Words in a row that two texts do not share by chance."""


@pytest.fixture(scope="module")
def pairs():
    return [
        Pair(source="written", arabic=tidy(arabic), english=tidy(english))
        for arabic, english in read_pairs(WRITTEN)
    ]


def test_each_is_a_translation_pair_by_the_rules_of_the_corpus(pairs):
    assert [(pair, why) for pair in pairs for why in faults(pair, CONFIG)] == []


def test_no_sentence_is_there_twice(pairs):
    for side in ("arabic", "english"):
        counts = Counter(getattr(pair, side) for pair in pairs)
        assert [text for text, count in counts.items() if count > 1] == []


def test_the_sides_hold_their_own_letters_and_nothing_invisible(pairs):
    for pair in pairs:
        assert not any("\u0600" <= char <= "\u06ff" for char in pair.english), pair
        assert not any(unicodedata.category(char) in ("Cc", "Cf") for char in pair.arabic + pair.english), (
            pair
        )


def test_a_corpus_takes_them_by_their_kind_and_needs_no_path(tmp_path, pairs):
    values = settings(write_data(tmp_path / "data"))
    values["corpus"]["sources"]["ours"] = {"kind": "written", "weight": 2}
    corpus = prepare(parse(values, TrainingConfig, name="made").corpus, tmp_path / "corpus")
    lines = corpus.pairs.read_text(encoding="utf-8").splitlines()
    taken = {pair.english for pair in map(Pair.parse, lines) if pair.source == "ours"}
    assert {pair.english for pair in pairs} <= taken


@pytest.mark.shared
def test_none_shares_a_passage_with_a_text_that_is_measured_on(pairs, shared):
    files = [path for path in (shared / "eval").rglob("*") if path.is_file()]
    files.append(shared / "newspairs" / "dev.jsonl")
    tested = {
        span
        for path in files
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        for span in spans(line)
    }
    assert tested
    assert [pair for pair in pairs if tested & {*spans(pair.english), *spans(pair.arabic)}] == []


def spans(text):
    words = text.split()
    return (" ".join(words[start : start + SPAN]) for start in range(len(words) - SPAN + 1))
