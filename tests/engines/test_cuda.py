"""The same promises on a CUDA device, where there is one."""

import pytest

from tests import models
from workbench.engines.base import Decoding
from workbench.engines.ct2 import CTranslate2
from workbench.engines.seq2seq import Seq2Seq

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", params=["seq2seq", "ct2"])
def engine(request, tiny_compact):
    import ctranslate2
    import torch

    usable = torch.cuda.is_available() if request.param == "seq2seq" else ctranslate2.get_cuda_device_count()
    if not usable:
        pytest.skip(f"no CUDA device that {request.param} can use")
    kind = {"seq2seq": Seq2Seq, "ct2": CTranslate2}[request.param]
    return kind(models.marian_spec(tiny_compact, device="cuda"))


@pytest.mark.parametrize("beam", [1, 4])
def test_a_gpu_knows_what_the_cpu_knows(engine, beam):
    decoding = Decoding(beam=beam, max_new_tokens=100)
    answers = engine.generate(models.NEWS[:3], decoding, source="en", target="ar")
    assert [answer.text for answer in answers] == models.NEWS[3:]


def test_a_gpu_places_sentences_as_the_cpu_does(engine, tiny_compact):
    exact = Seq2Seq(models.marian_spec(tiny_compact, device="cpu")).encode(models.NEWS)
    assert (engine.encode(models.NEWS) * exact).sum(axis=1).min() > 0.99
