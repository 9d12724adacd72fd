"""Instruction models under transformers and CTranslate2: both keep the contract and write the same."""

import json
import shutil

import pytest
import torch

from tests import instructed
from tests.models import NEWS, build_t5
from workbench.engines.base import Decoding, Engine
from workbench.engines.causal import Causal
from workbench.engines.ct2_causal import CTranslate2Causal
from workbench.engines.requests import Instructed, Request
from workbench.errors import EngineError, MissingExtra, ModelError, UnsupportedPair

FAMILIES = {
    "qwen3": (instructed.build_qwen3, {"template": {"enable_thinking": False}}),
    "llama": (instructed.build_llama, {}),
    "gemma3": (instructed.build_gemma3, {}),
}
TEXTS = [*NEWS, "Rain is expected in Muscat.", "", " \n", "Words <|im_end|> 北京 😀 </s>", "Rain."]
LONG = Decoding(max_new_tokens=60)
DECODINGS = [
    LONG,
    Decoding(beam=3, length_penalty=0.6, max_new_tokens=60),
    Decoding(max_new_tokens=4),
    Decoding(beam=2, no_repeat_ngram=2, max_new_tokens=30),
    Decoding(repetition_penalty=1.3, max_new_tokens=30),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {}

    def folder(name):
        if name not in made:
            made[name] = FAMILIES[name][0](tmp_path_factory.mktemp(name))
        return made[name]

    return folder


@pytest.fixture(scope="module", params=list(FAMILIES))
def pair(request, folders):
    folder, more = folders(request.param), FAMILIES[request.param][1]
    return (
        Causal(instructed.instructed_spec(folder, **more)),
        CTranslate2Causal(instructed.instructed_spec(folder, dtype="float32", **more)),
    )


@pytest.fixture(scope="module")
def engine(folders):
    return Causal(instructed.instructed_spec(folders("llama"), max_input_tokens=200))


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda d: f"{d.describe()} most={d.max_new_tokens}")
def test_both_runtimes_write_the_same(pair, decoding):
    ours, theirs = (one.generate(TEXTS, decoding, source="en", target="ar") for one in pair)
    assert [(g.text, g.tokens, g.truncated) for g in ours] == [
        (g.text, g.tokens, g.truncated) for g in theirs
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=2e-2)


def test_they_translate_what_they_have_learnt_both_ways(pair):
    for one in pair:
        assert isinstance(one, Engine)
        assert isinstance(one, Instructed)
        arabic = one.generate(NEWS[:3], LONG, source="en", target="ar")
        english = one.generate(NEWS[3:], LONG, source="ar", target="en-GB")
        assert [g.text for g in arabic + english] == NEWS[3:] + NEWS[:3]
        assert not any(g.truncated for g in arabic + english)
        assert one.count_tokens(NEWS[0]) > one.count_tokens("Rain") > 20, "the words of the prompt count"


def test_a_text_alone_and_in_a_batch_give_the_same(pair):
    for one in pair:
        together = one.generate(TEXTS, LONG, source="en", target="ar")
        alone = [one.generate([text], LONG, source="en", target="ar")[0] for text in TEXTS]
        assert [(g.text, g.truncated, g.tokens) for g in together] == [
            (g.text, g.truncated, g.tokens) for g in alone
        ]
        assert [g.tokens for g, text in zip(together, TEXTS, strict=True) if not text.strip()] == [0, 0]
        assert one.generate([], LONG, source="en", target="ar") == []


def test_limits_reached_are_told(pair):
    for one in pair:
        (short,) = one.generate([NEWS[0]], Decoding(max_new_tokens=2), source="en", target="ar")
        assert (short.truncated, short.tokens) == (True, 2)
        (long,) = one.generate(["word " * 1000], LONG, source="en", target="ar")
        assert long.truncated


def test_without_languages_texts_are_prompts(engine, monkeypatch):
    seen = []
    encode = engine._talk._encode
    monkeypatch.setattr(engine._talk, "_encode", lambda text: seen.append(text) or encode(text))
    (answer,) = engine.generate(["Judge this: yes"], Decoding(max_new_tokens=3))
    assert answer.tokens == 3
    assert seen == ["<|im_start|>user\nJudge this: yes<|im_end|>\n<|im_start|>assistant\n"]


def test_requests_tell_length_terms_and_what_stands_around(engine, monkeypatch):
    seen = []
    encode = engine._talk._encode
    monkeypatch.setattr(engine._talk, "_encode", lambda text: seen.append(text) or encode(text))
    engine.follow(
        [
            Request(task="summarise", text="Rain fell. <|im_end|>", source="en", sentences=2, words=30),
            Request(task="summarise", text="It stopped.", source="en", target="ar", before="Rain fell."),
            Request(task="translate", text="the port", source="en", target="ar", terms=(("port", "ميناء"),)),
        ],
        Decoding(max_new_tokens=2),
    )
    plain, update, terms = seen
    assert "in English, in at most 2 sentences and about 30 words" in plain
    assert "< |im_end|>" in plain, "a mark inside a text is no mark"
    assert "Summary so far:\nRain fell." in update
    assert "in Arabic" in update
    assert "port = ميناء" in terms


def test_what_stands_around_goes_first_where_room_is_short(engine, monkeypatch):
    seen = []
    encode = engine._talk._encode
    monkeypatch.setattr(engine._talk, "_encode", lambda text: seen.append(text) or encode(text))
    request = Request(task="translate", text="Rain.", source="en", target="ar", before="word " * 300)
    (answer,) = engine.follow([request], Decoding(max_new_tokens=40))
    assert "for understanding only" in seen[0]
    assert "for understanding only" not in seen[-1]
    assert "Rain." in seen[-1]
    assert answer.tokens > 0


def test_codes_of_a_card_name_the_languages_and_limit_them(folders):
    spec = instructed.instructed_spec(
        folders("llama"), codes={"ar": "Modern Standard Arabic", "en": "English"}
    )
    engine = Causal(spec)
    (message,) = engine._talk.chat.messages(Request(task="translate", text="Rain.", source="en", target="ar"))
    assert "from English into Modern Standard Arabic" in message["content"]
    with pytest.raises(UnsupportedPair, match="'fr'"):
        engine.generate(["Rain."], LONG, source="en", target="fr")


def test_translation_models_take_their_languages_as_fields(tmp_path):
    instructed.build_gemma3(tmp_path / "fields", template=instructed.FIELDS)
    codes = {"ar": "ar", "en": "en"}
    for engine in (
        Causal(instructed.instructed_spec(tmp_path / "fields", style="fields", codes=codes)),
        CTranslate2Causal(
            instructed.instructed_spec(tmp_path / "fields", style="fields", codes=codes, dtype="float32")
        ),
    ):
        answers = engine.generate(NEWS[3:], LONG, source="ar", target="en")
        assert [answer.text for answer in answers] == NEWS[:3]
        for refused in (
            lambda e=engine: e.generate(["Judge."], LONG),
            lambda e=engine: e.follow([SUMMARY], LONG),
        ):
            with pytest.raises(EngineError, match="answers nothing else"):
                refused()
        with pytest.raises(UnsupportedPair):
            engine.generate(["Pluie."], LONG, source="fr", target="en")


SUMMARY = Request(task="summarise", text="Rain fell.", source="en", sentences=1)


def test_sampling_repeats_from_its_seed_or_is_refused(pair):
    ours, theirs = pair
    decoding = Decoding(temperature=1.5, seed=3, max_new_tokens=12)
    state = torch.get_rng_state()
    texts = ["Rain near the port.", NEWS[1][:20]]
    first = ours.generate(texts, decoding, source="en", target="ar")
    assert torch.equal(state, torch.get_rng_state())
    assert ours.generate(texts[::-1], decoding, source="en", target="ar") == first[::-1]
    with pytest.raises(EngineError, match="sample"):
        theirs.generate(texts, decoding, source="en", target="ar")


class Cramped(Causal):
    """Has memory for `room` prompts at a time."""

    def _batch(self, prompts, decoding):
        if len(prompts) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super()._batch(prompts, decoding)


def test_a_batch_is_halved_until_it_fits_and_then_ends_clearly(folders, engine):
    cramped = Cramped(instructed.instructed_spec(folders("llama"), max_input_tokens=200))
    cramped.room = 1
    assert cramped.generate(NEWS, LONG, source="en", target="ar") == engine.generate(
        NEWS, LONG, source="en", target="ar"
    )
    cramped.room = 0
    with pytest.raises(EngineError, match="single prompt") as caught:
        cramped.generate(NEWS, LONG, source="en", target="ar")
    assert "smaller model" in caught.value.cure


def test_models_that_hold_no_conversation_are_refused(folders, tmp_path):
    mute = tmp_path / "mute"
    shutil.copytree(folders("llama"), mute)
    (mute / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="no chat template"):
        Causal(instructed.instructed_spec(mute))
    with pytest.raises(ModelError, match="forced-bos"):
        Causal(instructed.instructed_spec(folders("llama"), style="forced-bos"))
    with pytest.raises(ModelError, match="causal language model"):
        Causal(instructed.instructed_spec(build_t5(tmp_path)))


def test_a_template_that_fails_says_so(folders, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(folders("llama"), broken)
    (broken / "chat_template.jinja").write_text("{{ raise_exception('only system turns') }}")
    with pytest.raises(ModelError, match="only system turns"):
        Causal(instructed.instructed_spec(broken))


def test_dtypes_are_explicit_and_quantised_loading_needs_its_packages(folders, monkeypatch):
    half = Causal(instructed.instructed_spec(folders("llama"), dtype="bfloat16"))
    assert next(half._model.parameters()).dtype == torch.bfloat16
    with pytest.raises(EngineError, match="float8"):
        Causal(instructed.instructed_spec(folders("llama"), dtype="float8"))
    for package in ("accelerate", "bitsandbytes"):
        monkeypatch.setattr(f"workbench.engines.placement.is_{package}_available", lambda: False)
    with pytest.raises(MissingExtra, match="bitsandbytes and accelerate") as caught:
        Causal(instructed.instructed_spec(folders("llama"), dtype="int4"))
    assert "[quantised]" in caught.value.cure


def test_int8_on_ctranslate2_stays_near(folders):
    engine = CTranslate2Causal(instructed.instructed_spec(folders("llama"), dtype="int8"))
    answers = engine.generate(NEWS, LONG, source="en", target="ar")
    assert [answer.text for answer in answers[:3]] == NEWS[3:]


def test_what_ctranslate2_would_get_wrong_is_not_converted(tmp_path, folders):
    spoilt = tmp_path / "scaled"
    shutil.copytree(folders("gemma3"), spoilt)
    config = json.loads((spoilt / "config.json").read_text())
    config["rope_parameters"]["full_attention"] |= {"rope_type": "linear", "factor": 8.0}
    (spoilt / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="linear") as caught:
        CTranslate2Causal(instructed.instructed_spec(spoilt))
    assert "engine: causal" in caught.value.cure
    assert Causal(instructed.instructed_spec(spoilt)).generate(["Rain."], LONG, source="en", target="ar")
