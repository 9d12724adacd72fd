"""Encoder-decoders under transformers: what they know, how they use memory, what they refuse."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from tests import models
from workbench.engines.base import Decoding, ModelSpec
from workbench.engines.seq2seq import Seq2Seq
from workbench.errors import EngineError, ModelError, UnsupportedPair

LONG = Decoding(max_new_tokens=100)


@pytest.fixture(scope="module")
def engine(tiny_marian):
    return Seq2Seq(models.marian_spec(tiny_marian, device="cpu"))


@pytest.mark.parametrize("shape", ["marian", "m2m100"])
def test_the_languages_asked_for_reach_the_model(request, shape):
    folder = request.getfixturevalue(f"tiny_{shape}")
    spec = {"marian": models.marian_spec, "m2m100": models.m2m100_spec}[shape](folder, device="cpu")
    engine = Seq2Seq(spec)
    arabic = engine.generate(models.NEWS[:3], LONG, source="en", target="ar")
    english = engine.generate(models.NEWS[3:], LONG, source="ar", target="en-GB")
    assert [g.text for g in arabic] == models.NEWS[3:]
    assert [g.text for g in english] == models.NEWS[:3]
    assert not any(g.truncated for g in arabic + english)


class Cramped(Seq2Seq):
    """Has memory for `room` texts at a time."""

    room = 1

    def _batch(self, sources, decoding, frame):
        self.tried.append(len(sources))
        if len(sources) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super()._batch(sources, decoding, frame)


def test_a_batch_is_halved_until_it_fits(engine, tiny_marian):
    cramped = Cramped(models.marian_spec(tiny_marian, device="cpu"))
    cramped.tried = []
    given_back = cramped.generate(models.NEWS, LONG, source="en", target="ar")
    expected = engine.generate(models.NEWS, LONG, source="en", target="ar")
    assert [g.text for g in given_back] == [g.text for g in expected]
    assert max(cramped.tried) > 1


def test_memory_that_does_not_hold_one_text_is_an_error_with_a_cure(tiny_marian):
    cramped = Cramped(models.marian_spec(tiny_marian, device="cpu"))
    cramped.tried, cramped.room = [], 0
    with pytest.raises(EngineError, match="single text") as caught:
        cramped.generate(models.NEWS, LONG, source="en", target="ar")
    assert "--device cpu" in caught.value.cure


def test_a_failing_runtime_gives_nothing_rather_than_half(engine, monkeypatch):
    def fail(*_):
        raise RuntimeError("device-side assert")

    monkeypatch.setattr(engine, "_batch", fail)
    with pytest.raises(EngineError, match="device-side assert"):
        engine.generate(models.NEWS, LONG, source="en", target="ar")


def test_samples_repeat_from_their_seed_whatever_their_neighbours(engine):
    def sample(texts, seed):
        decoding = Decoding(temperature=3.0, top_k=50, seed=seed, max_new_tokens=12)
        return [g.text for g in engine.generate(texts, decoding, source="en", target="ar")]

    state = torch.random.get_rng_state()
    both = sample(models.NEWS[:2], 1)
    assert both == sample(models.NEWS[:1], 1) + sample(models.NEWS[1:2], 1)
    assert both != sample(models.NEWS[:2], 2)
    assert torch.equal(state, torch.random.get_rng_state())


def test_saved_decoding_habits_are_not_followed(tmp_path):
    import json

    folder = models.build_marian(tmp_path)
    path = folder / "generation_config.json"
    habits = {
        "num_beams": 4,
        "max_length": 3,
        "min_length": 80,
        "no_repeat_ngram_size": 1,
        "length_penalty": 9.0,
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | habits))
    engine = Seq2Seq(models.marian_spec(folder, device="cpu"))
    (answer,) = engine.generate(models.NEWS[:1], LONG, source="en", target="ar")
    assert answer.text == models.NEWS[3]


def test_attention_is_fused_and_the_type_explicit(engine):
    assert engine._model.config._attn_implementation == "sdpa"
    assert engine._model.dtype == torch.float32


def test_an_unknown_language_and_a_wrong_code_are_refused(engine, tiny_marian):
    with pytest.raises(UnsupportedPair, match="It knows ar, en"):
        engine.generate(["text"], LONG, source="ar", target="fr")
    with pytest.raises(ModelError, match=">>arabic<<"):
        Seq2Seq(models.marian_spec(tiny_marian, codes={"ar": ">>arabic<<"}))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (ModelSpec(name="none", path="/no/such/folder"), "no folder"),
        (ModelSpec(name="none", path="nobody/nothing"), "workbench models pull none"),
        (ModelSpec(name="none", path="a/b/c"), "no folder"),
    ],
)
def test_a_model_that_is_not_there_says_what_to_do(spec, told):
    with pytest.raises(ModelError) as caught:
        Seq2Seq(spec)
    assert told in str(caught.value)


def test_broken_folders_say_what_is_wrong(tiny_marian, tmp_path):
    with pytest.raises(ModelError, match=r"config\.json"):
        Seq2Seq(ModelSpec(name="empty", path=tmp_path))
    for path in tiny_marian.iterdir():
        if path.name != "model.safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match="cannot be loaded"):
        Seq2Seq(models.marian_spec(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Seq2Seq(models.marian_spec(tmp_path))


def test_a_type_or_device_that_is_not_there_is_refused(tiny_marian):
    with pytest.raises(EngineError, match="int3"):
        Seq2Seq(models.marian_spec(tiny_marian, dtype="int3"))
    if not torch.cuda.is_available():
        with pytest.raises(EngineError, match="--device cpu"):
            Seq2Seq(models.marian_spec(tiny_marian, device="cuda"))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_tokens_are_those_of_transformers_own_tokeniser(tiny_marian, engine, text):
    if any(mark in text for mark in (">>", "<")):
        return  # transformers would read these as marks
    theirs = AutoTokenizer.from_pretrained(tiny_marian)
    assert theirs.convert_tokens_to_ids(engine._tokeniser.split(text)) == theirs(text)["input_ids"][:-1]


def test_marks_inside_a_text_are_text(engine):
    pieces = engine._tokeniser.split(">>eng<< The </s> end <pad>")
    assert not set(pieces) & {">>eng<<", "</s>", "<pad>"}
    assert engine._tokeniser.join(pieces) == ">>eng<< The </s> end <pad>"


def test_a_budget_of_tokens_shapes_batches_and_no_output(engine, tiny_marian):
    expected = engine.generate(models.NEWS, LONG, source="en", target="ar")
    for tokens, most in ((1, 1), (3072, len(models.NEWS))):
        other = Cramped(models.marian_spec(tiny_marian, device="cpu", batch_tokens=tokens))
        other.tried, other.room = [], len(models.NEWS)
        answers = other.generate(models.NEWS, LONG, source="en", target="ar")
        assert max(other.tried) == most
        assert [g.text for g in answers] == [g.text for g in expected]
