import gzip
import random

import pytest

from tests.training.data import settings, write_data
from workbench.config import parse
from workbench.errors import ConfigError
from workbench.training.corpus import Pair, faults, fresh_numbers, numbers, plainer, prepare
from workbench.training.settings import CorpusConfig, TrainingConfig

CONFIG = CorpusConfig(folder="nowhere", sources={})


def pair(arabic, english):
    return Pair(source="made", arabic=arabic, english=english)


@pytest.mark.parametrize(
    ("arabic", "english", "fault"),
    [
        ("", "Peace", "empty"),
        ("Peace in our time", "Peace in our time", "arabic side"),
        ("السلام في زماننا", "السلام في زماننا", "english side"),
        ("السلام", "Peace " * 40, "ratio"),
        ("قتل 34 شخصا", "Some 43 people were killed", "numbers"),
        ("السلام %s عليكم", "Peace %s be upon you", "placeholder"),
        ("سلام " * 120, "peace " * 120, "long"),
    ],
)
def test_what_is_no_translation_is_named(arabic, english, fault):
    assert fault in list(faults(pair(arabic, english), CONFIG)) or (fault == "ratio" and len(arabic) <= 12)


def test_good_pairs_have_no_fault():
    good = pair("وقتل 1,234 شخصا في 2016", "In 2016, 1234 people were killed")
    assert list(faults(good, CONFIG)) == []


def test_fresh_numbers_are_the_same_on_both_sides_and_keep_their_form():
    before = pair("وقتل 1,234 شخصا في 2016", "In 2016, 1,234 people were killed")
    after = fresh_numbers(before, random.Random(1))
    assert after is not None
    assert numbers(after.arabic) == numbers(after.english) != numbers(before.english)
    assert after.english.startswith("In ")
    assert "," in after.english.removeprefix("In 0000,")
    assert fresh_numbers(pair("لا رقم هنا", "no number here"), random.Random(1)) is None


def test_headline_forms_are_read_and_never_written():
    made = plainer(pair("قال الوزير.", "The minister said."), random.Random(1))
    assert made.directions == "en-ar"
    assert made.arabic == "قال الوزير"
    assert made.english.lower() == "the minister said"


def test_pairs_survive_their_file_form():
    before = Pair(source="a", arabic="سلام", english="peace", directions="ar-en")
    assert Pair.parse(before.line() + "\n") == before


def test_a_prepared_corpus_holds_each_pair_once_and_no_held_out_sentence(tmp_path):
    config = parse(settings(write_data(tmp_path / "data")), TrainingConfig, name="made").corpus
    corpus = prepare(config, tmp_path / "corpus")
    pairs = [Pair.parse(line) for line in corpus.pairs.read_text(encoding="utf-8").splitlines()]
    held = [Pair.parse(line) for line in corpus.held_out.read_text(encoding="utf-8").splitlines()]
    natural = [(p.arabic, p.english) for p in pairs if p.directions == "both"]
    assert len(held) == 20 + 8
    assert not {p.arabic for p in held} & {
        arabic for arabic, _ in natural if not any(map(str.isdigit, arabic))
    }
    assert len(set(natural)) >= len(natural) - 50
    assert any(p.directions == "en-ar" for p in pairs)
    before = corpus.pairs.stat().st_mtime_ns
    assert prepare(config, tmp_path / "corpus").pairs.stat().st_mtime_ns == before


def test_a_missing_source_is_an_error_with_its_cure(tmp_path):
    config = CorpusConfig.model_validate({"folder": str(tmp_path), "sources": {"absent": {}}})
    with pytest.raises(ConfigError, match="weight 0"):
        prepare(config, tmp_path / "corpus")


def test_lines_without_two_columns_are_passed_over(tmp_path):
    (tmp_path / "parallel").mkdir()
    with gzip.open(tmp_path / "parallel" / "odd.tsv.gz", "wt", encoding="utf-8") as sink:
        sink.write("one column\nقال الوزير\tThe minister said\na\tb\tc\n")
    config = CorpusConfig.model_validate({"folder": str(tmp_path), "sources": {"odd": {}}, "held_out": 0})
    assert prepare(config, tmp_path / "corpus").pairs.read_text(encoding="utf-8").count("\n") == 1
