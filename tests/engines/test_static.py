"""Fixed shapes against transformers' own `generate`: the same texts and log-probabilities, for every family."""

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from tests import families, models
from workbench.engines import lanes, seq2seq, static
from workbench.engines.base import Decoding
from workbench.engines.decoders import Shape, stack_of
from workbench.engines.lanes import Lanes, Special
from workbench.engines.recorders import Plain
from workbench.engines.seq2seq import Seq2Seq
from workbench.errors import EngineError

SHAPES = {
    "marian": (models.build_marian, models.marian_spec),
    "m2m100-marian-tokeniser": (models.build_compact, models.marian_spec),
    "m2m100": (models.build_m2m100, models.m2m100_spec),
    "nllb": (models.build_nllb, models.nllb_spec),
    "t5": (models.build_t5, models.plain_spec),
    "mt5": (families.build_mt5, models.plain_spec),
    "madlad": (families.build_madlad, families.madlad_spec),
    "bart": (families.build_bart, models.plain_spec),
    "mbart50": (families.build_mbart50, families.mbart50_spec),
    "pegasus": (families.build_pegasus, models.plain_spec),
}
TEXTS = [
    *models.NEWS,
    "Rain.",
    "",
    "The minister said rain is expected in Muscat.",
    "قالت الأمطار",
    "Words never seen: Österreich 北京 😀",
    models.NEWS[4][30:],
    "</s> <pad> >>ara<< __ar__ <unk>",
    "a b c d " * 12,
    " ".join(models.NEWS),  # more than the window holds, and a window that is none of the sizes
]
DECODINGS = [
    Decoding(max_new_tokens=60),
    Decoding(max_new_tokens=1),
    Decoding(beam=4, length_penalty=0.6, max_new_tokens=50),
    Decoding(beam=2, length_penalty=1.4, max_new_tokens=30),
    Decoding(beam=3, max_new_tokens=7),
]
PAIR = {"source": "en", "target": "ar"}


@pytest.fixture(scope="module")
def on_cpu():
    """Fixed shapes on a CPU, with six rows at most: lanes are taken over by texts that wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seq2seq, "RECORDERS", {"cpu": Plain})
        patch.setattr(static, "MOST_ROWS", 6)
        yield patch


@pytest.fixture(scope="module", params=list(SHAPES))
def pair(request, built, on_cpu):
    build, spec = SHAPES[request.param]
    folder = built(build)
    ours, theirs = (Seq2Seq(spec(folder, device="cpu")) for _ in range(2))
    assert ours._static
    theirs._static = None
    return ours, theirs


@pytest.fixture(scope="module")
def marian(tiny_marian, on_cpu):
    return Seq2Seq(models.marian_spec(tiny_marian, device="cpu"))


def shown(answers):
    return [(answer.text, answer.tokens, answer.truncated) for answer in answers]


def probabilities(answers):
    return [np.nan if answer.log_probability is None else answer.log_probability for answer in answers]


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda d: f"{d.describe()} most={d.max_new_tokens}")
def test_it_writes_what_generate_writes(pair, decoding):
    ours, theirs = (engine.generate(TEXTS, decoding, **PAIR) for engine in pair)
    assert shown(ours) == shown(theirs)
    np.testing.assert_allclose(probabilities(ours), probabilities(theirs), atol=1e-4)


@pytest.mark.parametrize("beam", [1, 4])
def test_neighbours_and_the_number_of_lanes_change_nothing(marian, beam, monkeypatch):
    decoding = Decoding(beam=beam, max_new_tokens=40)
    together = marian.generate(TEXTS, decoding, **PAIR)
    alone = [marian.generate([text], decoding, **PAIR)[0] for text in TEXTS]
    monkeypatch.setattr(static, "MOST_ROWS", 64)
    many = marian.generate(TEXTS, decoding, **PAIR)
    assert shown(together) == shown(alone) == shown(many)


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(beam=4, length_penalty=0.0, max_new_tokens=110),
        Decoding(beam=5, length_penalty=-1.0, max_new_tokens=40),
        Decoding(beam=4, max_new_tokens=1),
    ],
    ids=lambda d: f"{d.describe()} most={d.max_new_tokens}",
)
def test_rare_orders_are_followed_as_by_generate(marian, monkeypatch, decoding):
    ours = marian.generate(TEXTS, decoding, **PAIR)
    monkeypatch.setattr(marian, "_static", None)
    theirs = marian.generate(TEXTS, decoding, **PAIR)
    assert shown(ours) == shown(theirs)
    np.testing.assert_allclose(probabilities(ours), probabilities(theirs), atol=1e-4)


class Replay:
    """As a CUDA graph does it: what the step did once is done again, with the numbers that Python had then."""

    def warm(self, step):
        step()

    def record(self, step):
        graphs = []

        def advance():
            if graphs:
                graphs[0]()
            else:
                graphs.append(make_fx(step)())

        return advance


@pytest.mark.parametrize("shape", ["marian", "t5"])
@pytest.mark.parametrize("beam", [1, 3])
def test_a_recorded_step_can_be_replayed(built, on_cpu, monkeypatch, shape, beam):
    build, spec = SHAPES[shape]
    folder = built(build)
    live = Seq2Seq(spec(folder, device="cpu"))
    monkeypatch.setattr(seq2seq, "RECORDERS", {"cpu": Replay})
    replayed = Seq2Seq(spec(folder, device="cpu"))
    texts = [*models.NEWS[:3], "Rain."]
    for most in (50, 40):  # the second search finds graphs that know nothing of it
        decoding = Decoding(beam=beam, max_new_tokens=most)
        first, second = (engine.generate(texts, decoding, **PAIR) for engine in (live, replayed))
        assert shown(first) == shown(second)


@torch.inference_mode()
def test_a_step_asks_nothing_of_the_device(pair):
    """Tensors without contents cannot be looked into, nor mixed with those of another device."""
    engine, _ = pair
    model = copy.deepcopy(engine._model).to("meta")
    special = Special(start=0, end=engine._end, pad=engine._pad)
    for beams in (1, 4):
        shape = Shape(lanes=3, beams=beams, source=32, length=96)
        silent = Lanes(
            stack_of(model), model.get_encoder(), shape, special, Plain()
        )  # runs a step of each kind
        crossed, mask = silent.encoded([[5, 6, 7], [5]])
        silent.seat([0, 2], crossed, mask, [1, 0])


def test_the_end_is_looked_for_every_few_steps(marian, monkeypatch):
    steps, looks = [], []
    step, take = Lanes._step, lanes.Shown.take
    monkeypatch.setattr(Lanes, "_step", lambda self, seen: (steps.append(seen), step(self, seen)))
    monkeypatch.setattr(lanes.Shown, "take", lambda self, state: (looks.append(1), take(self, state)))
    marian.generate(models.NEWS[:1], Decoding(max_new_tokens=120), **PAIR)
    steps.clear()
    looks.clear()
    (answer,) = marian.generate(models.NEWS[:1], Decoding(max_new_tokens=120), **PAIR)
    assert len(steps) == len(looks) * lanes.CHECKED
    assert answer.tokens < len(steps) < answer.tokens + 2 * lanes.CHECKED + 2
    assert set(steps) == {32, 64} if answer.tokens > 32 else {32}


def test_threads_that_share_an_engine_wait_for_each_other(marian):
    decoding = Decoding(beam=2, max_new_tokens=10)
    expected = marian.generate(TEXTS, decoding, **PAIR)
    with ThreadPoolExecutor(3) as pool:
        given = [pool.submit(marian.generate, TEXTS, decoding, **PAIR) for _ in range(3)]
    assert all(answers.result() == expected for answers in given)


def test_texts_beyond_a_wave_keep_their_order(marian, monkeypatch):
    decoding = Decoding(max_new_tokens=8)
    whole = marian.generate(TEXTS, decoding, **PAIR)
    monkeypatch.setattr(seq2seq, "WAVE", 3)
    assert shown(marian.generate(TEXTS, decoding, **PAIR)) == shown(whole)
    assert marian.generate([], decoding, **PAIR) == []


@pytest.fixture
def cramped(marian, monkeypatch):
    """Memory for so many lanes and no more."""

    def limit(room):
        build = Lanes.__init__

        def built(self, stack, encoder, shape, special, recorder):
            if shape.lanes > room:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            build(self, stack, encoder, shape, special, recorder)

        monkeypatch.setattr(Lanes, "__init__", built)
        monkeypatch.setattr(
            marian, "_static", marian._fixed_shapes(models.marian_spec(Path("tiny"), device="cpu"))
        )
        return marian

    return limit


def test_lanes_are_halved_until_they_fit(cramped, marian):
    decoding = Decoding(max_new_tokens=12)
    expected = marian.generate(TEXTS, decoding, **PAIR)
    assert shown(cramped(2).generate(TEXTS, decoding, **PAIR)) == shown(expected)


def test_memory_that_holds_no_lane_is_an_error_with_a_cure(cramped):
    with pytest.raises(EngineError, match="single text") as caught:
        cramped(0).generate(TEXTS, Decoding(max_new_tokens=12), **PAIR)
    assert "--device cpu" in caught.value.cure


def test_a_failing_device_gives_nothing_rather_than_half(cramped, monkeypatch):
    def fail(*_):
        raise RuntimeError("device-side assert")

    monkeypatch.setattr(Lanes, "_step", fail)
    with pytest.raises(EngineError, match="device-side assert"):  # in lanes that were not recorded before
        cramped(6).generate(TEXTS, Decoding(max_new_tokens=12), **PAIR)


@pytest.mark.parametrize(
    "other",
    [{"no_repeat_ngram": 3}, {"repetition_penalty": 1.2}, {"temperature": 0.5}, {"beam": 9}],
    ids=str,
)
def test_rules_that_it_does_not_know_are_left_to_generate(marian, monkeypatch, other):
    monkeypatch.setattr(marian._static, "run", None)
    assert len(marian.generate(TEXTS[:2], Decoding(max_new_tokens=3, **other), **PAIR)) == 2


def test_models_that_it_does_not_know_are_left_to_generate(built, on_cpu, marian, monkeypatch):
    led = Seq2Seq(models.plain_spec(built(families.build_led), device="cpu"))
    assert led._static is None
    assert marian._fixed_shapes(models.marian_spec(Path("tiny"), dtype="int8")) is None
    monkeypatch.setattr(marian._model.generation_config, "eos_token_id", [marian._end, 7])
    assert marian._fixed_shapes(models.marian_spec(Path("tiny"))) is None


def test_long_texts_wide_beams_and_large_models_get_fewer_lanes(marian, monkeypatch):
    monkeypatch.setattr(static, "MOST_ROWS", 512)

    def count(size, beam=1):
        search = lanes.Search(beams=beam, limit=256)
        return marian._static._shape(size, search).lanes

    assert count(32) == 512
    assert (count(128), count(128, beam=4), count(10**5)) == (128, 32, 1)
    monkeypatch.setattr(static, "MOST_BYTES", 2**20)  # one layer of 32 numbers: 64 kB for 256 tokens
    assert count(32) == 16
