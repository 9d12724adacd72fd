"""Two runtimes, one model: transformers and CTranslate2 write the same in float32, for every shape we convert."""

from functools import partial

import numpy as np
import pytest

from tests import models
from workbench.engines.base import Decoding
from workbench.engines.ct2 import CTranslate2
from workbench.engines.seq2seq import Seq2Seq

SHAPES = {
    "marian": (models.build_marian, models.marian_spec),
    "marian-no-special-row": (partial(models.build_marian, pad_last=False), models.marian_spec),
    "m2m100-marian-tokeniser": (models.build_compact, models.marian_spec),
    "m2m100": (models.build_m2m100, models.m2m100_spec),
    "nllb": (models.build_nllb, models.nllb_spec),
    "t5": (models.build_t5, models.plain_spec),
}
TEXTS = [
    *models.NEWS,
    "The minister said rain is expected in Muscat.",
    "Rain.",
    "schools near the port 2025",
    "قالت الأمطار",
    "Words never seen: Österreich 北京 😀",
    models.NEWS[0][:30],
    models.NEWS[4][30:],
    "</s> <pad> >>ara<< __ar__ <unk>",
]
DECODINGS = [
    Decoding(max_new_tokens=60),
    Decoding(beam=4, length_penalty=0.6, max_new_tokens=60),
    Decoding(beam=2, length_penalty=1.4, max_new_tokens=40),
    Decoding(max_new_tokens=5),
    Decoding(beam=3, max_new_tokens=7),
    Decoding(beam=2, no_repeat_ngram=2, max_new_tokens=40),
    Decoding(repetition_penalty=1.3, max_new_tokens=40),
]


@pytest.fixture(scope="module", params=list(SHAPES))
def pair(request, built):
    build, spec = SHAPES[request.param]
    folder = built(build)
    return Seq2Seq(spec(folder, device="cpu")), CTranslate2(spec(folder, device="cpu", dtype="float32"))


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda d: f"{d.describe()} most={d.max_new_tokens}")
def test_both_write_the_same(pair, decoding):
    ours, theirs = (engine.generate(TEXTS, decoding, source="en", target="ar") for engine in pair)
    assert [(g.text, g.tokens, g.truncated) for g in ours] == [
        (g.text, g.tokens, g.truncated) for g in theirs
    ]
    penalised = decoding.no_repeat_ngram or decoding.repetition_penalty != 1
    np.testing.assert_allclose(
        [g.log_probability for g in ours],
        [g.log_probability for g in theirs],
        atol=5e-3 if penalised else 1e-4,  # scored again without what decoding never chooses masked out
    )


def test_both_count_and_encode_the_same(pair):
    ours, theirs = pair
    assert ours.max_input_tokens == theirs.max_input_tokens
    assert [ours.count_tokens(text) for text in TEXTS] == [theirs.count_tokens(text) for text in TEXTS]
    np.testing.assert_allclose(ours.encode(TEXTS), theirs.encode(TEXTS), atol=1e-5)


def test_log_probability_is_the_mean_of_the_outputs_tokens(tiny_m2m100):
    """Checked against a plain forward pass, the forced first token left out and the end mark counted."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    engine = Seq2Seq(models.m2m100_spec(tiny_m2m100, device="cpu"))
    (answer,) = engine.generate([models.NEWS[0]], Decoding(max_new_tokens=100), source="en", target="ar")
    model = AutoModelForSeq2SeqLM.from_pretrained(tiny_m2m100, dtype=torch.float32)
    tokeniser = AutoTokenizer.from_pretrained(tiny_m2m100, src_lang="en", tgt_lang="ar")
    batch = tokeniser([models.NEWS[0]], text_target=[answer.text], return_tensors="pt")
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(**batch).logits[0, 1:], batch["labels"][0, 1:])
    assert not answer.truncated
    assert answer.log_probability == pytest.approx(-loss.item(), abs=1e-3)
