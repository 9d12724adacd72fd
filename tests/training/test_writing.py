"""Headlines and summaries: what is learnt from, how it is marked, and a run that begins with another's weights."""

import gzip
import json
import random

import numpy as np
import pytest
import sentencepiece
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data import sentence, settings, write_data
from workbench.config import parse
from workbench.errors import ConfigError
from workbench.training.batches import collate
from workbench.training.export import export
from workbench.training.pipeline import Pipeline
from workbench.training.settings import CorpusConfig, TrainingConfig, WritingConfig
from workbench.training.trainer import Run, save_weights
from workbench.training.vocabulary import EOS, encode
from workbench.training.writing import (
    MARKS,
    Writing,
    opening,
    prepare_writing,
    read_writing,
    supported,
    writing_examples,
)

STORY = "The minister resigned on Monday after a row. He had served for 12 years. The opposition cheered."


def words(text):
    return len(text.split())


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small run faster on one thread, and no slower beside other tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write_articles(path, *, count, seed):
    """A file of newspairs' form; each headline and summary repeats what its article says."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as sink:
        for _ in range(count):
            rows = [dict(zip(("ar", "en"), sentence(chance), strict=True)) for _ in range(4)]
            row = {"title": rows[0], "summary": rows[1], "sentences": rows}
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    data = write_data(tmp_path_factory.mktemp("data"), pairs=300)
    write_articles(data / "np.jsonl", count=40, seed=3)
    write_articles(data / "held.jsonl", count=4, seed=4)
    made = settings(data)
    made["corpus"] |= {
        "monolingual": {},
        "selection": "held.jsonl",
        "writing": {"heads": {"kind": "newspairs", "path": "np.jsonl", "weight": 2}},
        "opening": 48,
    }
    made["stages"] = [
        {"name": "one", "steps": 8, "batch_tokens": 512, "lengths": [16, 32, 64], "start": 1e-4, "end": 1e-3}
    ]
    return parse(made, TrainingConfig, name="made")


@pytest.fixture(scope="module")
def base(config, tmp_path_factory):
    """A run of one update from random weights."""
    folder = tmp_path_factory.mktemp("base")
    return folder, Pipeline(config, folder, device="cpu").train(stop=lambda progress: progress.step >= 1)


@pytest.fixture(scope="module")
def exported(config, base):
    """The folder of its model, and the weights that went into it."""
    folder, run = base
    save_weights(run.model, folder / "weights.safetensors")
    out = export(config, folder / "weights.safetensors", folder / "spm.model", folder / "model")
    return out, list(run.model.parameters())


def test_an_opening_ends_with_a_whole_sentence():
    assert opening(STORY, language="en", count=words, budget=15) == " ".join(STORY.split()[:14])
    assert (
        opening(STORY, language="en", count=words, budget=9) == "The minister resigned on Monday after a row."
    )
    assert opening(STORY, language="en", count=words, budget=3) == ""
    assert opening("", language="en", count=words, budget=3) == ""


def test_an_opening_leaves_the_dateline_out():
    text = "TEHRAN – The minister resigned on Monday."
    assert opening(text, language="en", count=words, budget=20) == "The minister resigned on Monday."


@given(st.text(), st.integers(1, 30))
def test_an_opening_is_one_line_within_its_budget(text, budget):
    found = opening(text, language=None, count=words, budget=budget)
    assert words(found) <= budget
    assert "\n" not in found
    assert "\t" not in found


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Minister resigned after row", True),
        ("Minister served 12 years", True),
        ("Minister served 13 years", False),
        ("Bakers strike over flour prices", False),
        ("", False),
    ],
)
def test_what_the_opening_does_not_hold_is_not_learnt(text, good):
    assert supported(STORY, text, "en", least=0.4) is good


def test_headlines_that_were_cut_and_articles_kept_for_measuring_are_left_out(tmp_path):
    rows = [
        {"lang": "en", "title": "Minister resigned after row", "text": STORY, "references": [STORY[:44]]},
        {"lang": "en", "title": "Opposition cheered", "text": STORY, "references": []},
        {
            "lang": "en",
            "title": "Minister resigned on",
            "text": STORY,
            "references": [],
            "title_maybe_cut": True,
        },
    ]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as sink:
        sink.writelines(json.dumps(row) + "\n" for row in rows)
    corpus = CorpusConfig(folder=tmp_path, sources={})
    whole = list(read_writing("a", WritingConfig(path="a.jsonl.gz"), corpus, words))
    assert [(row.task, row.text) for row in whole] == [
        ("headline", "Minister resigned after row"),
        ("summary", "The minister resigned on Monday after a row."),
        ("headline", "Opposition cheered"),
    ]
    late = list(read_writing("a", WritingConfig(path="a.jsonl.gz", skip=1), corpus, words))
    assert [row.text for row in late] == ["Opposition cheered"]
    assert {row.opening for row in whole} == {STORY}


def test_a_missing_file_is_an_error_with_its_cure(tmp_path):
    corpus = CorpusConfig(folder=tmp_path, sources={})
    with pytest.raises(ConfigError, match="does not exist") as caught:
        list(read_writing("a", WritingConfig(path="a.jsonl.gz"), corpus, words))
    assert "corpus.writing" in str(caught.value.cure)


def test_newspairs_are_written_in_all_four_directions(config, base):
    folder, _ = base
    rows, held = prepare_writing(config.corpus, folder / "spm.model", folder / "corpus")
    arabic = {row.text for row in rows if row.target == "ar"}
    assert all(any("\u0621" <= char <= "\u064a" for char in text) for text in arabic)
    for task in ("headline", "summary"):
        directions = {
            (row.target, any("\u0621" <= char <= "\u064a" for char in row.opening))
            for row in rows
            if row.task == task
        }
        assert directions == {("ar", True), ("ar", False), ("en", True), ("en", False)}
    assert not {row.text for row in rows} & {row.text for row in held}


def test_rows_survive_their_file():
    row = Writing(source="a", task="headline", target="ar", opening="b c", text="د")
    assert Writing.parse(row.line() + "\n") == row


def test_each_source_says_which_language_and_what_to_write(base):
    folder, _ = base
    rows = [
        Writing(source="a", task=task, target=target, opening="war 12", text="peace")
        for task in MARKS
        for target in ("ar", "en")
    ]
    batch = collate(writing_examples(rows, folder / "spm.model", [1.0] * 4), np.arange(4), 64)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    assert [[processor.id_to_piece(i) for i in line[:2].tolist()] for line in batch.source] == [
        [">>ara<<", "<s>"],
        [">>eng<<", "<s>"],
        [">>ara<<", "<unk>"],
        [">>eng<<", "<unk>"],
    ]
    assert batch.labels.shape == (4, 32)  # not the 64 of the source
    assert (batch.labels == EOS).sum() == 4


@given(st.text())
def test_no_text_gives_a_mark(base, text):
    folder, _ = base
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    marks = {processor.piece_to_id(mark) for mark in MARKS.values()}
    assert not marks & set(encode([text, f"<s> {text} <unk>"], folder / "spm.model").pieces.tolist())


def begun(config, folder):
    return config.model_copy(update={"name": "begun", "begin_with": folder})


def test_a_run_begins_with_another_models_weights_and_vocabulary(config, exported, tmp_path):
    folder, weights = exported
    mine = begun(config, folder)
    pipeline = Pipeline(mine, tmp_path, device="cpu")
    assert pipeline.vocabulary().read_bytes() == (folder / "source.spm").read_bytes()
    assert "learnt from: heads." in (folder / "README.md").read_text(encoding="utf-8")
    run = Run(mine, tmp_path, "cpu", config.vocabulary.size)
    for one, averaged, other in zip(run.model.parameters(), run.average.weights, weights, strict=True):
        assert torch.allclose(one, other, atol=1e-3)  # they were exported in half precision
        assert torch.equal(one, averaged)


def test_it_learns_to_write_and_to_translate_and_resumes_exactly(config, exported, tmp_path):
    folder, _ = exported
    mine = begun(config, folder)
    whole = Pipeline(mine, tmp_path / "whole", device="cpu").train()
    (tmp_path / "parts").mkdir()
    for name in ("corpus", "spm.model", "genuine.npz"):  # sampled splits are drawn once and kept
        (tmp_path / "parts" / name).symlink_to(tmp_path / "whole" / name)
    part = Pipeline(mine, tmp_path / "parts", device="cpu")
    part.train(stop=lambda progress: progress.total_steps >= 3)
    parts = part.train()
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        assert torch.equal(one, other)
    text = (tmp_path / "whole" / "curve.jsonl").read_text(encoding="utf-8")
    assert {"score", "ar-en", "en-ar", "headline", "summary"} <= set(json.loads(text.splitlines()[-1]))


def test_a_model_of_another_shape_or_none_is_refused(config, exported, tmp_path):
    folder, _ = exported
    with pytest.raises(ConfigError, match="does not exist"):
        Run(begun(config, tmp_path), tmp_path, "cpu", config.vocabulary.size)
    with pytest.raises(ConfigError, match="does not exist"):
        Pipeline(begun(config, tmp_path / "none"), tmp_path, device="cpu").vocabulary()
    other = config.model_copy(update={"architecture": config.architecture.model_copy(update={"width": 16})})
    with pytest.raises(ConfigError, match="another shape"):
        Run(begun(other, folder), tmp_path, "cpu", config.vocabulary.size)
