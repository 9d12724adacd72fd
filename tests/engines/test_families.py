"""Every encoder-decoder family with its own tokeniser class, loaded by both runtimes as its card has it."""

import json
import shutil

import numpy as np
import pytest
import torch

from tests import families, models
from tests.models import NEWS
from workbench.config import ModelCard, load_yaml, resource
from workbench.engines import ct2
from workbench.engines.base import Decoding
from workbench.engines.ct2 import CTranslate2
from workbench.engines.seq2seq import Seq2Seq
from workbench.errors import EngineError, ModelError

LONG = Decoding(max_new_tokens=80)
SHAPES = {
    "bart": (families.build_bart, models.plain_spec),
    "pegasus": (families.build_pegasus, models.plain_spec),
    "mbart50": (families.build_mbart50, families.mbart50_spec),
    "arabart": (families.build_arabart, models.plain_spec),
    "mt5": (families.build_mt5, models.plain_spec),
    "madlad": (families.build_madlad, families.madlad_spec),
}
TEXTS = [
    *NEWS,
    "Rain.",
    "The minister said rain is expected in Muscat.",
    "Words never seen: Österreich 北京 😀",
    "</s> <pad> <mask> <s> <2ar> ar_AR <unk>",
]
DECODINGS = [
    LONG,
    Decoding(beam=4, length_penalty=0.6, max_new_tokens=60),
    Decoding(beam=2, no_repeat_ngram=2, max_new_tokens=40),
    Decoding(repetition_penalty=1.3, max_new_tokens=40),
    Decoding(max_new_tokens=5),
]


@pytest.fixture(scope="module")
def folders(built):
    return lambda name: built(SHAPES[name][0] if name in SHAPES else getattr(families, f"build_{name}"))


@pytest.fixture(scope="module", params=list(SHAPES))
def pair(request, folders):
    folder, spec = folders(request.param), SHAPES[request.param][1]
    return Seq2Seq(spec(folder, device="cpu")), CTranslate2(spec(folder, device="cpu", dtype="float32"))


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda d: f"{d.describe()} most={d.max_new_tokens}")
def test_both_runtimes_write_the_same(pair, decoding):
    ours, theirs = (engine.generate(TEXTS, decoding, source="en", target="ar") for engine in pair)
    assert [(g.text, g.tokens, g.truncated) for g in ours] == [
        (g.text, g.tokens, g.truncated) for g in theirs
    ]
    np.testing.assert_allclose(
        [g.log_probability for g in ours], [g.log_probability for g in theirs], atol=5e-3
    )


def test_both_count_and_encode_the_same(pair):
    ours, theirs = pair
    assert ours.max_input_tokens == theirs.max_input_tokens == 160
    assert [ours.count_tokens(text) for text in TEXTS] == [theirs.count_tokens(text) for text in TEXTS]
    np.testing.assert_allclose(ours.encode(TEXTS), theirs.encode(TEXTS), atol=1e-5)


@pytest.mark.parametrize("name", ["mbart50", "madlad"])
def test_the_codes_of_the_card_reach_the_model(folders, name):
    engine = Seq2Seq(SHAPES[name][1](folders(name), device="cpu"))
    arabic = engine.generate(NEWS[:3], LONG, source="en", target="ar")
    english = engine.generate(NEWS[3:], LONG, source="ar", target="en")
    assert [g.text for g in arabic] == NEWS[3:]
    assert [g.text for g in english][:2] == NEWS[:2]


@pytest.mark.parametrize("name", ["bart", "pegasus", "led"])
def test_models_that_are_told_nothing_know_their_sentences(folders, name):
    engine = Seq2Seq(models.plain_spec(folders(name), device="cpu"))
    answers = engine.generate(NEWS[:3], LONG)
    assert [g.text for g in answers] == NEWS[3:]
    assert not any(g.truncated for g in answers)


def test_the_token_that_opens_every_output_of_bart_is_forced_and_not_counted(folders):
    engine = Seq2Seq(models.plain_spec(folders("bart"), device="cpu"))
    assert engine._tokeniser.marks.plain.opening == ("<s>",)
    (answer,) = engine.generate([NEWS[0]], Decoding(max_new_tokens=3))
    assert (answer.tokens, answer.truncated) == (3, True)
    assert NEWS[3].startswith(answer.text)


@pytest.mark.parametrize("name", ["led"])
def test_led_reads_long_texts_the_same_alone_and_in_a_batch(folders, name, caplog):
    engine = Seq2Seq(models.plain_spec(folders(name), device="cpu"))
    texts = [" ".join(NEWS[:3]), "Rain.", NEWS[0]]
    together = engine.generate(texts, Decoding(beam=2, max_new_tokens=30))
    alone = [engine.generate([text], Decoding(beam=2, max_new_tokens=30))[0] for text in texts]
    assert [(g.text, g.tokens) for g in together] == [(g.text, g.tokens) for g in alone]
    assert engine.encode(texts).shape == (3, 32)
    with pytest.raises(ModelError, match="family LED") as caught:
        CTranslate2(models.plain_spec(folders(name), device="cpu"))
    assert "engine: seq2seq" in caught.value.cure


def test_led_sees_the_whole_text_through_its_first_token(folders, monkeypatch):
    engine = Seq2Seq(models.plain_spec(folders("led"), device="cpu"))
    encoder = engine._model.get_encoder()
    seen, forward = [], encoder.forward

    def watched(*arguments, **named):
        seen.append(named["global_attention_mask"])
        return forward(*arguments, **named)

    monkeypatch.setattr(encoder, "forward", watched)
    engine.generate(NEWS[:2], Decoding(max_new_tokens=2))
    assert all(mask[:, 0].eq(1).all() and mask[:, 1:].eq(0).all() for mask in seen)


def test_t5_is_never_computed_in_float16(folders, monkeypatch):
    for name in ("mt5", "madlad"):
        spec = SHAPES[name][1](folders(name), device="cpu", dtype="float16")
        for engine in (Seq2Seq, CTranslate2):
            with pytest.raises(EngineError, match="overflows in float16") as caught:
                engine(spec)
        assert "bfloat16" in caught.value.cure
        with pytest.raises(EngineError, match="overflows"):  # bitsandbytes multiplies its int8 in float16
            Seq2Seq(SHAPES[name][1](folders(name), device="cpu", dtype="int8"))
        assert CTranslate2(SHAPES[name][1](folders(name), device="cpu", dtype="int8")).generate(
            ["Rain."], LONG, target="ar"
        )
    old_card = {"float32", "float16", "int8"}  # a graphics card without bfloat16
    monkeypatch.setattr(ct2.ctranslate2, "get_supported_compute_types", lambda device: old_card)
    spec = models.plain_spec(folders("mt5"))
    assert ct2.dtype_of(spec, "cuda", family="mt5") == "float32"
    assert ct2.dtype_of(spec, "cuda", family="marian") == "float16"


def test_dtypes_are_explicit_whatever_the_checkpoint_was_saved_in(folders, tmp_path):
    half = tmp_path / "half"
    shutil.copytree(folders("bart"), half)
    config = json.loads((half / "config.json").read_text()) | {"dtype": "float16"}
    (half / "config.json").write_text(json.dumps(config))
    engine = Seq2Seq(models.plain_spec(half, device="cpu"))
    assert next(engine._model.parameters()).dtype == torch.float32


# --- cards --------------------------------------------------------------------------------------------------------

CARDS = {
    "mbart-50": "mbart50",
    "madlad400-3b": "madlad",
    "bart-large-cnn": "bart",
    "pegasus-cnn": "pegasus",
    "pegasus-xsum": "pegasus",
    "led-large-arxiv": "led",
    "arabart-summ": "arabart",
    "mt5-xlsum": "mt5",
}


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_conditioning_of_each_card_fits_its_family(folders, name):
    """The card's own style, codes and decoding, on a tiny model of its family."""
    card = load_yaml(resource("configs/models") / f"{name}.yaml", ModelCard)
    told = {"style": card.conditioning.style, "codes": card.conditioning.codes}
    engine = Seq2Seq(models.plain_spec(folders(CARDS[name]), device="cpu", **told))
    decoding = Decoding(**card.decoding.model_dump() | {"max_new_tokens": 8})
    answers = engine.generate(NEWS[:2], decoding, source="en", target="ar")
    assert all(answer.tokens for answer in answers)
