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


@pytest.fixture(scope="module")
def exact(tiny_compact):
    """Float32 on the GPU, its products not rounded either."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device that seq2seq can use")
    usual = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    yield lambda: Seq2Seq(models.marian_spec(tiny_compact, device="cuda", dtype="float32"))
    torch.backends.cuda.matmul.allow_tf32 = usual


TEXTS = [*models.NEWS, "Rain.", "", "schools near the port 2025", "a b c d " * 12] * 30
"""More than one size of lanes, and more texts than lanes."""


@pytest.mark.parametrize("decoding", [Decoding(max_new_tokens=100), Decoding(beam=4, max_new_tokens=60)])
def test_graphs_write_what_generate_writes(exact, decoding, monkeypatch):
    fixed, plain = exact(), exact()
    assert fixed._static
    plain._static = None
    for _ in range(2):  # recorded, and then replayed alone
        ours, theirs = (
            engine.generate(TEXTS, decoding, source="en", target="ar") for engine in (fixed, plain)
        )
        assert [(g.text, g.tokens, g.truncated) for g in ours] == [
            (g.text, g.tokens, g.truncated) for g in theirs
        ]
        assert [g.log_probability for g in ours] == pytest.approx(
            [g.log_probability for g in theirs], abs=1e-3
        )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("beam", [1, 4])
def test_neighbours_change_nothing_on_a_gpu_not_even_in_bfloat16(exact, tiny_compact, dtype, beam):
    engine = Seq2Seq(models.marian_spec(tiny_compact, device="cuda", dtype=dtype))
    decoding = Decoding(beam=beam, max_new_tokens=40)
    together = engine.generate(TEXTS[:10], decoding, source="en", target="ar")
    alone = [engine.generate([text], decoding, source="en", target="ar")[0] for text in TEXTS[:10]]
    assert [(g.text, g.tokens) for g in together] == [(g.text, g.tokens) for g in alone]


def test_graphs_are_given_up_and_made_anew_when_memory_runs_out(exact, monkeypatch):
    import torch

    from workbench.engines.recorders import Graphs

    engine = exact()
    expected = engine.generate(TEXTS, Decoding(max_new_tokens=20), source="en", target="ar")
    engine._static._lanes.clear()
    record, tries = Graphs.record, []

    def short(self, step):
        tries.append(step)
        if len(tries) < 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return record(self, step)

    monkeypatch.setattr(Graphs, "record", short)
    found = engine.generate(TEXTS, Decoding(max_new_tokens=20), source="en", target="ar")
    assert [g.text for g in found] == [g.text for g in expected]
    assert engine._static._share > 1
