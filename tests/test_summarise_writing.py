"""Summaries that models write: the whole article is read, whatever the window, and every sentence is tied to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import instructed
from tests.cards import write_card
from tests.engines.servers import Behaviour, serving
from tests.models import NEWS, marian_spec
from workbench.catalog import Catalog
from workbench.engines import ENGINES
from workbench.engines.base import Decoding, Generation, ModelSpec, ServerSpec
from workbench.engines.echo import Echo
from workbench.engines.requests import Instructed
from workbench.engines.server import Server
from workbench.errors import UnsupportedPair
from workbench.records import Article, Segment
from workbench.summarise import Abstractive, Length, Manner, Summariser
from workbench.summarise.reading import Reader

STRATEGIES = ("map-reduce", "refine")
SENTENCES = [
    f"Envoy number {at} crossed the river {at} on Monday and met the council there." for at in range(1, 41)
]


class Scribe:
    """Keeps the first sentence of what it is given and remembers all it read; a word is a token."""

    name = "scribe"

    def __init__(self, *, window=60):
        self.max_input_tokens = window
        self.read, self.decodings = [], []

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        self.read += texts
        self.decodings.append(decoding)
        return [Generation(text=text.split(". ")[0].rstrip(".") + ".", truncated=False) for text in texts]


class Silent(Scribe):
    def generate(self, texts, decoding, *, source=None, target=None):
        return [Generation(text="", truncated=False) for _ in texts]


class Says(Scribe):
    """Always writes the same."""

    def __init__(self, text, *, truncated=False):
        super().__init__(window=600)
        self._answer = Generation(text=text, truncated=truncated)

    def generate(self, texts, decoding, *, source=None, target=None):
        return [self._answer] * len(texts)


class Follower(Scribe):
    """A model that follows instructions."""

    def follow(self, requests, decoding):
        self.read += requests
        return [
            Generation(text=f"Read {len(request.text.split())} words.", truncated=False)
            for request in requests
        ]


def article(*sentences, **fields):
    return Article(id="a", **{"language": "en", "text": " ".join(sentences), **fields})


def write(engine, given, *, length=None, to=None, translator=None, **manner):
    writer = Abstractive(engine=engine, name="writer", manner=Manner(**manner), translator=translator)
    return writer.summarise(given, length=length or Length(), to=to)


def kinds(output):
    return {flag.kind for flag in output.flags}


def test_it_is_a_summariser():
    assert isinstance(Abstractive(engine=Scribe(), name="writer"), Summariser)


def test_what_fits_is_read_whole_in_one_call():
    engine = Scribe(window=1000)
    output = write(engine, article(*SENTENCES))
    assert engine.read == [" ".join(SENTENCES)]
    assert (output.text, output.coverage) == (SENTENCES[0], 1.0)
    assert output.decoding == "beam=1 sentences=3 whole"
    (tie,) = output.alignment
    assert tie.sources == ((0, len(SENTENCES[0])),)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("window", [5, 16, 60, 400])
def test_every_sentence_is_read_and_nothing_exceeds_the_window(strategy, window):
    engine = Scribe(window=window)
    output = write(engine, article(*SENTENCES), strategy=strategy)
    assert all(engine.count_tokens(text) <= window for text in engine.read)
    together = " ".join(" ".join(engine.read).split())
    words = [word for sentence in SENTENCES for word in sentence.split()]
    assert all(word in together for word in words)
    assert output.coverage == 1.0
    assert 1 <= len(output.alignment) <= 3
    assert f"{strategy} parts=" in output.decoding


def test_parts_are_of_about_the_same_size():
    engine = Scribe(window=500)
    write(engine, article(*SENTENCES), length=Length(sentences=1))
    sizes = [engine.count_tokens(text) for text in engine.read[:2]]
    assert sum(sizes) == sum(len(sentence.split()) for sentence in SENTENCES)
    assert max(sizes) - min(sizes) <= 2 * 14


def test_refining_carries_the_summary_from_part_to_part():
    engine = Scribe(window=60)
    write(engine, article(*SENTENCES), strategy="refine")
    assert all(text.startswith(SENTENCES[0]) for text in engine.read)
    assert "\n" in engine.read[1]


def test_summaries_of_parts_stand_where_they_are_short_enough():
    engine = Scribe(window=300)
    output = write(engine, article(*SENTENCES), length=Length(sentences=3))
    assert len(output.alignment) == len(engine.read) == 2


def test_a_summary_of_summaries_has_half_the_window_at_most():
    engine = Scribe(window=60)
    write(engine, article(*SENTENCES), decoding=Decoding(max_new_tokens=500, beam=2))
    assert {(one.max_new_tokens, one.beam) for one in engine.decodings} == {(30, 2)}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_model_that_does_not_shorten_comes_to_an_end(strategy):
    class Parrot(Scribe):
        def generate(self, texts, decoding, **languages):
            return [Generation(text=text, truncated=False) for text in texts]

    output = write(Parrot(window=30), article(*SENTENCES), strategy=strategy)
    assert len(output.alignment) <= 3
    assert output.text


def test_a_model_that_follows_instructions_is_told_the_task_and_the_length():
    engine = Follower(window=60)
    assert isinstance(engine, Instructed)
    output = write(engine, article(*SENTENCES), length=Length(words=40), strategy="refine")
    first, second, *_ = engine.read
    assert (first.task, first.words, first.sentences, first.target, first.before) == (
        "summarise",
        40,
        None,
        "en",
        "",
    )
    assert second.before.startswith("Read ")
    assert output.text.startswith("Read ")


def test_a_model_that_follows_instructions_writes_another_language_itself():
    engine = Follower(window=1000)
    output = write(engine, article(*SENTENCES[:3]), to="ar")
    assert engine.read[0].target == "ar"
    assert output.language == "ar"


def test_another_language_is_reached_through_a_translator(tmp_path):
    write_card(tmp_path / "models", languages=[["en", "ar"], ["ar", "fa"]])
    translator = Catalog([tmp_path / "models"], cache=tmp_path).translator("parrot")
    output = write(Scribe(window=1000), article(*SENTENCES[:3]), to="ar", translator=translator)
    assert (output.language, output.task, output.model) == ("ar", "summarise", "writer + parrot")
    assert output.alignment[0].sources == ((0, len(SENTENCES[0])),)
    with pytest.raises(UnsupportedPair, match="translator"):
        write(Scribe(), article(*SENTENCES[:3]), to="ar")


def test_a_language_that_the_card_does_not_list_is_refused():
    with pytest.raises(UnsupportedPair, match="does not summarise in en") as fault:
        write(Scribe(), article(*SENTENCES), languages=("ar", "fa"))
    assert "ar, fa" in fault.value.cure


def test_a_sentence_too_many_is_left_out_the_unsupported_first():
    text = f"{SENTENCES[0]} Purple dragons sang opera loudly. {SENTENCES[2]} {SENTENCES[3]}"
    output = write(Says(text), article(*SENTENCES), length=Length(sentences=2))
    assert output.text == f"{SENTENCES[0]} {SENTENCES[2]}"
    assert "unsupported" not in kinds(output)


@pytest.mark.parametrize(("words", "kept"), [(1, 1), (14, 1), (30, 2), (500, 4)])
def test_a_length_in_words_is_met_as_nearly_as_sentences_allow(words, kept):
    output = write(Says(" ".join(SENTENCES[:4])), article(*SENTENCES), length=Length(words=words))
    assert len(output.alignment) == kept


def test_what_has_no_support_is_flagged_where_it_stands():
    text = f"{SENTENCES[0]} Purple dragons sang 77 operas in Paris."
    output = write(Says(text), article(*SENTENCES))
    found = {(flag.kind, output.text[slice(*flag.output_span)]) for flag in output.flags}
    assert found == {
        ("unsupported", "Purple dragons sang 77 operas in Paris."),
        ("number", "77"),
        ("name", "Paris"),
    }


def test_marks_and_loops_of_models_do_not_reach_the_reader():
    looped = "The envoy met the council there. " * 6
    output = write(Says(f"Envoy number 1 crossed the river.<n> {looped}"), article(*SENTENCES))
    assert "<n>" not in output.text
    assert output.text.count("met the council") == 1
    assert "loop" in kinds(output)


def test_limits_that_were_reached_are_told():
    assert "truncated" in kinds(write(Says("Envoy number 1", truncated=True), article(*SENTENCES)))
    messages = [flag.message for flag in write(Echo(), article(*SENTENCES * 3)).flags]
    assert messages


def test_a_model_that_writes_nothing_and_an_article_that_says_nothing_are_told():
    silent = write(Silent(), article(*SENTENCES))
    assert (silent.text, kinds(silent), silent.coverage) == ("", {"empty"}, 1.0)
    for text in ("", " \n", "212", "(AFP)"):
        nothing = write(Scribe(), article(text), to=None)
        assert (nothing.text, kinds(nothing), nothing.coverage) == ("", {"empty"}, None)


@pytest.fixture(scope="module")
def tiny_llama(tmp_path_factory):
    """An instruction model that knows six sentences."""
    return instructed.build_llama(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
def tiny_server():
    """A server whose model writes the first sentence of what it reads."""
    with serving(Behaviour(answer=lambda prompt: prompt.rpartition("\n")[2].partition(". ")[0] + ".")) as url:
        yield url


def engines(request, name):
    if name == "echo":
        return Echo(ModelSpec(name="echo", path=".", max_input_tokens=256))
    if name == "server":
        url = request.getfixturevalue("tiny_server")
        served = ServerSpec(url=url, model="tiny")
        return Server(ModelSpec(name="far", path=url, style="prompt", max_input_tokens=1024, server=served))
    if name in ("causal", "ct2-causal"):
        folder = request.getfixturevalue("tiny_llama")
        spec = instructed.instructed_spec(folder, dtype="float32")
        return ENGINES.load(name)(spec)
    spec = marian_spec(request.getfixturevalue("tiny_marian"), device="cpu", dtype="float32")
    if name == "seq2seq":
        from workbench.engines.seq2seq import Seq2Seq

        return Seq2Seq(spec)
    from workbench.engines.ct2 import CTranslate2

    return CTranslate2(spec)


SLOW = ("seq2seq", "causal", "ct2-causal")
PATIENT = (pytest.mark.slow, pytest.mark.timeout(900))
LONG = [
    *((name, 20_000, strategy) for name in ("echo", "ct2") for strategy in STRATEGIES),
    *(("server", 20_000, strategy) for strategy in STRATEGIES),
    *(pytest.param(name, 20_000, "map-reduce", marks=PATIENT) for name in SLOW),
    *((name, 1_000, "refine") for name in SLOW),
]


@pytest.mark.parametrize(("name", "words", "strategy"), LONG)
def test_a_long_article_is_read_whole_by_every_engine(request, name, words, strategy):
    known = [sentence.removesuffix(".") for sentence in NEWS[:3]]
    given = article("\n\n".join(f"{known[at % 3]} in place {at}." for at in range(words // 17)))
    assert len(given.text.split()) > words
    output = write(engines(request, name), given, strategy=strategy, decoding=Decoding(max_new_tokens=8))
    assert output.coverage == 1.0
    assert output.text
    assert len(output.alignment) <= 3


def test_the_catalogue_makes_a_writer_of_a_card_for_summaries(tmp_path):
    write_card(tmp_path, task="summarise", languages=["en"], canaries=[], strategy="refine")
    catalog = Catalog([tmp_path], cache=tmp_path / "cache")
    summariser = catalog.summariser("parrot", language="en")
    output = summariser.summarise(article(*SENTENCES * 4), length=Length())
    assert (output.model, output.revision) == ("parrot", catalog.revision("parrot"))
    assert "refine parts=" in output.decoding or "whole" in output.decoding
    with pytest.raises(UnsupportedPair):
        catalog.summariser("parrot", language="ar")


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text(max_size=40), max_size=12),
    window=st.integers(min_value=1, max_value=40),
    strategy=st.sampled_from(STRATEGIES),
)
def test_any_text_is_read_whole_whatever_the_window(texts, window, strategy):
    class Counts(Scribe):
        def count_tokens(self, text):
            return len(text)

    engine = Counts(window=window)
    reader = Reader(engine, decoding=Decoding(), strategy=strategy)
    reading = reader.read([Segment(text, " ") for text in texts], Length(), source="en", target="en")
    assert reading.coverage in (None, 1.0)
    read = "".join("".join(engine.read).split())
    assert all(letter in read for text in texts for letter in "".join(text.split()))
