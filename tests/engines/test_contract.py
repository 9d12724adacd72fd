"""One promise, kept by every engine: order, count, truncation, empty input, very long input, errors, batches."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models import marian_spec
from workbench.engines.base import Decoding, Encoder, Engine
from workbench.engines.ct2 import CTranslate2
from workbench.engines.echo import Echo
from workbench.engines.seq2seq import Seq2Seq
from workbench.errors import EngineError

NEWS = [
    "The minister said on Tuesday that talks would resume.",
    "",
    "قالت الوزيرة يوم الثلاثاء إن المحادثات ستستأنف.",
    "Three people were hurt.",
    " \n\t",
    "وأصيب ثلاثة أشخاص بجروح في الحادث الذي وقع قرب الميناء، بحسب ما أفاد به شهود عيان.",
    "Rain.",
]
SHORT = Decoding(max_new_tokens=12)


def build_echo(request):
    return Echo()


def build_seq2seq(request):
    return Seq2Seq(marian_spec(request.getfixturevalue("tiny_marian"), device="cpu"))


def build_ct2(request):
    return CTranslate2(marian_spec(request.getfixturevalue("tiny_marian"), device="cpu", dtype="float32"))


BUILDERS = {"echo": build_echo, "seq2seq": build_seq2seq, "ct2": build_ct2}


@pytest.fixture(scope="module", params=sorted(BUILDERS))
def engine(request):
    return BUILDERS[request.param](request)


def test_it_is_an_engine(engine):
    assert isinstance(engine, Engine)
    assert isinstance(engine, Encoder)
    assert engine.max_input_tokens > 0
    assert engine.name


def test_one_answer_for_each_text_in_order(engine):
    forwards = engine.generate(NEWS, SHORT, source="en", target="ar")
    backwards = engine.generate(NEWS[::-1], SHORT, source="en", target="ar")
    assert len(forwards) == len(NEWS)
    assert [g.text for g in forwards] == [g.text for g in backwards[::-1]]


@pytest.mark.parametrize("beam", [1, 3])
def test_a_text_alone_and_in_a_batch_give_the_same(engine, beam):
    decoding = Decoding(beam=beam, max_new_tokens=12)
    together = engine.generate(NEWS, decoding, source="en", target="ar")
    alone = [engine.generate([text], decoding, source="en", target="ar")[0] for text in NEWS]
    assert [(g.text, g.truncated, g.tokens) for g in together] == [
        (g.text, g.truncated, g.tokens) for g in alone
    ]


def test_nothing_in_nothing_out(engine):
    assert engine.generate([], SHORT, source="en", target="ar") == []
    for text in ("", " ", "\n\n", "\u00a0\u2003"):
        (answer,) = engine.generate([text], SHORT, source="en", target="ar")
        assert (answer.text, answer.truncated, answer.tokens) == ("", False, 0)


def test_an_output_that_reaches_the_limit_says_so(engine):
    (answer,) = engine.generate([NEWS[5]], Decoding(max_new_tokens=2), source="en", target="ar")
    assert answer.truncated
    assert answer.tokens <= 2


def test_an_input_beyond_the_window_says_so(engine):
    text = "word " * (engine.max_input_tokens + 50)
    assert engine.count_tokens(text) > engine.max_input_tokens
    (answer,) = engine.generate([text], Decoding(max_new_tokens=600), source="en", target="ar")
    assert answer.truncated


def test_counting_grows_with_the_text(engine):
    assert engine.count_tokens(NEWS[0] + " " + NEWS[3]) > engine.count_tokens(NEWS[0]) > 0


@pytest.mark.parametrize(
    "wrong", [{"beam": 0}, {"max_new_tokens": 0}, {"no_repeat_ngram": -1}, {"beam": 4, "temperature": 1.0}]
)
def test_orders_out_of_range_are_refused_with_a_cure(engine, wrong):
    with pytest.raises(EngineError) as caught:
        engine.generate(["text"], Decoding(**wrong), source="en", target="ar")
    assert next(iter(wrong)) in caught.value.cure


def test_vectors_are_unit_and_empty_is_zero(engine):
    vectors = engine.encode(NEWS)
    assert vectors.shape[0] == len(NEWS)
    assert vectors.dtype == np.float32
    full = np.array([bool(text.strip()) for text in NEWS])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), full.astype(float), atol=1e-5)
    assert engine.encode([]).shape == (0, vectors.shape[1])


def test_vectors_do_not_depend_on_neighbours(engine):
    together = engine.encode(NEWS)
    alone = np.concatenate([engine.encode([text]) for text in NEWS])
    np.testing.assert_allclose(together, alone, atol=1e-4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=40), max_size=4))
def test_any_text_at_all_is_answered(engine, texts):
    answers = engine.generate(texts, Decoding(max_new_tokens=4), source="en", target="ar")
    assert len(answers) == len(texts)
    assert all(isinstance(g.text, str) for g in answers)
