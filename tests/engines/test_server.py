"""Models behind a server: answers in order, and every way in which a server can be slow, cut off, wrong or rude."""

import asyncio
import socket

import pytest

from tests.engines.servers import Behaviour, serving
from workbench.engines.base import Decoding, Engine, ModelSpec, ServerSpec
from workbench.engines.requests import Instructed, Request
from workbench.engines.server import Server
from workbench.errors import EngineError, ModelError, UnsupportedPair

PLAIN = Decoding(max_new_tokens=50)
TEXTS = ["one", "", "two", " \n", "three", "four"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("workbench.engines.server.PAUSE", 0.005)


def engine(url, *, style="prompt", codes=None, template=None, window=None, **more):
    server = ServerSpec(**{"url": url, "model": "tiny", "timeout": 5.0, **more})
    return Server(
        ModelSpec(
            name="served",
            path=url,
            style=style,
            codes=codes or {},
            template=template or {},
            max_input_tokens=window,
            server=server,
        )
    )


def last_line(prompt):
    """A model that gives the text back in capitals."""
    return prompt.rpartition("\n")[2].upper()


def test_answers_come_in_order_and_only_what_holds_text_is_sent():
    told = Behaviour(answer=last_line)
    with serving(told) as url:
        served = engine(url)
        answers = served.generate(TEXTS, PLAIN, source="en", target="ar")
        assert isinstance(served, Engine)
        assert isinstance(served, Instructed)
        assert served.generate([], PLAIN, source="en", target="ar") == []
    assert [answer.text for answer in answers] == ["ONE", "", "TWO", "", "THREE", "FOUR"]
    assert [answer.tokens for answer in answers] == [5, 0, 5, 0, 5, 5]
    assert not any(answer.truncated for answer in answers)
    assert len(told.asked) == 4
    body = told.asked[0]
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("tiny", 50, 0)
    assert "from English into Arabic" in body["messages"][0]["content"]


def test_prompts_pass_as_they_are_and_thinking_is_left_out():
    told = Behaviour(answer=lambda prompt: f"<think>hm</think>Here is the verdict: {prompt}")
    with serving(told) as url:
        (answer,) = engine(url, template={"enable_thinking": False}).generate(["Score: 85"], PLAIN)
    assert answer.text == "Here is the verdict: Score: 85"
    assert told.asked[0]["messages"] == [{"role": "user", "content": "Score: 85"}]
    assert told.asked[0]["chat_template_kwargs"] == {"enable_thinking": False}


def test_answers_are_parsed_strictly():
    told = Behaviour(answer=lambda prompt: "Sure! Here is the translation:\n\n“نعم”\n\nNote: informal.")
    with serving(told) as url:
        answers = engine(url).follow([Request(task="translate", text="yes", source="en", target="ar")], PLAIN)
    assert answers[0].text == "نعم"


def test_translation_models_get_their_fields():
    told = Behaviour()
    with serving(told) as url:
        served = engine(url, style="fields", codes={"ar": "ar", "en": "en-GB"})
        assert served.generate(["نعم"], PLAIN, source="ar", target="en")[0].text == "نعم"
        with pytest.raises(EngineError, match="answers nothing else"):
            served.generate(["Judge."], PLAIN)
        with pytest.raises(UnsupportedPair):
            served.generate(["oui"], PLAIN, source="fr", target="en")
    assert len(told.asked) == 1
    content = {"type": "text", "source_lang_code": "ar", "target_lang_code": "en-GB", "text": "نعم"}
    assert told.asked[0]["messages"] == [{"role": "user", "content": [content]}]
    assert told.asked[0]["chat_template_kwargs"] == {"source_lang_code": "ar", "target_lang_code": "en-GB"}


def test_requests_go_together_but_not_all_at_once():
    told = Behaviour(seconds=0.05)
    with serving(told) as url:
        engine(url, concurrency=3).generate([f"text {n}" for n in range(9)], PLAIN)
    assert told.most_at_once == 3


PASSING = [
    "cut_off",
    "hangs_up",
    "busy",
    "breaks",
    "broken_json",
    "no_choices",
    "not_json",
    "a_list",
    "no_text",
]


@pytest.mark.parametrize("act", PASSING)
def test_what_may_pass_is_tried_again(act):
    told = Behaviour(act, act)
    with serving(told) as url:
        (answer,) = engine(url).generate(["one"], PLAIN)
    assert answer.text == "ONE"
    assert len(told.asked) == 3


@pytest.mark.parametrize("act", PASSING)
def test_what_does_not_pass_ends_with_a_cure_and_nothing_half_returned(act):
    with serving(Behaviour(*[act] * 50)) as url, pytest.raises(EngineError, match="failed 3 times") as caught:
        engine(url, retries=2).generate(["one", "two"], PLAIN)
    assert "server.timeout" in caught.value.cure


@pytest.mark.parametrize("act", ["sleeps", "drips"])
def test_a_slow_server_is_left_after_the_time_a_request_may_take(act):
    told = Behaviour(act)
    with serving(told) as url:
        (answer,) = engine(url, timeout=0.3).generate(["one"], PLAIN)
        assert answer.text == "ONE"
        told.acts = [act]
        with pytest.raises(EngineError, match=r"within 0\.3 seconds"):
            engine(url, timeout=0.3, retries=0).generate(["one"], PLAIN)


@pytest.mark.parametrize(
    ("act", "cure"),
    [
        ("too_long", "max_input_tokens"),
        ("no_key", "MY_KEY"),
        ("unknown_model", "server.model"),
        ("no_credit", "credit"),
    ],
)
def test_what_will_not_pass_is_told_at_once(act, cure, monkeypatch):
    monkeypatch.setenv("MY_KEY", "s3cret-key")
    told = Behaviour(act, act)
    with serving(told) as url, pytest.raises(EngineError) as caught:
        engine(url, key_env="MY_KEY", concurrency=1).generate(["one", "two", "three"], PLAIN)
    assert cure in caught.value.cure
    assert len(told.asked) == 1
    assert told.headers[0]["authorization"] == "Bearer s3cret-key"
    assert "s3cret" not in str(caught.value)


def test_an_answer_that_was_stopped_says_so():
    with serving(Behaviour("limit", "filtered", "no_usage")) as url:
        served = engine(url)
        (half,) = served.generate(["one"], PLAIN)
        (withheld,) = served.generate(["two"], PLAIN)
        (plain,) = served.generate(["three"], PLAIN)
    assert (half.text, half.truncated) == ("half an ans", True)
    assert (withheld.text, withheld.truncated) == ("", True)
    assert (plain.text, plain.truncated, plain.tokens) == ("THREE", False, 2)


def test_the_budget_is_never_passed():
    told = Behaviour()
    with serving(told) as url:
        served = engine(url, budget=300, concurrency=2)
        with pytest.raises(EngineError, match="budget of 300 tokens") as caught:
            served.generate([f"text {n}" for n in range(50)], PLAIN)
        assert 2 <= len(told.asked) <= 12
        with pytest.raises(EngineError, match="budget"):
            served.generate(["a text"], Decoding(max_new_tokens=400))
    assert "server.budget" in caught.value.cure


def test_a_text_beyond_the_window_is_cut_and_says_so():
    told = Behaviour(answer=last_line)
    with serving(told) as url:
        served = engine(url, window=400)
        text = "كلمة " * 400
        assert served.count_tokens(text) > served.max_input_tokens
        (answer,) = served.generate([text], PLAIN, source="ar", target="en")
        request = Request(task="translate", text="one", source="en", target="ar", before="word " * 400)
        (beside,) = served.follow([request], PLAIN)
    assert answer.truncated
    assert len(told.asked[0]["messages"][0]["content"].encode()) < 3 * 400
    assert (beside.text, beside.truncated) == ("ONE", False)
    assert "for understanding only" not in told.asked[1]["messages"][0]["content"]


def test_what_servers_do_not_offer_is_refused():
    with serving(Behaviour()) as url:
        for decoding in (Decoding(beam=4), Decoding(no_repeat_ngram=3), Decoding(repetition_penalty=1.2)):
            with pytest.raises(EngineError, match="do not offer"):
                engine(url).generate(["one"], decoding)


def test_sampling_sends_its_seed():
    told = Behaviour()
    with serving(told) as url:
        engine(url).generate(["one"], Decoding(temperature=0.7, seed=11))
    assert (told.asked[0]["temperature"], told.asked[0]["seed"]) == (0.7, 11)


def test_a_server_with_one_model_needs_no_name_and_one_with_several_does():
    with serving(Behaviour(models=("only",))) as url:
        assert engine(url, model=None).generate(["one"], PLAIN)[0].text == "ONE"
    with serving(Behaviour(models=("a", "b"))) as url, pytest.raises(ModelError) as caught:
        engine(url, model=None)
    assert "a, b" in caught.value.cure


def test_a_server_that_is_not_there_says_how_to_go_on():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EngineError, match="no connection"):
        engine(url, retries=1).generate(["one"], PLAIN)
    with pytest.raises(EngineError, match="Start it"):
        engine(url, model=None)
    for wrong in ("localhost:8000", "ftp://127.0.0.1/v1", "http://"):
        with pytest.raises(ModelError, match=f"server: '{wrong}' is no http address") as caught:
            engine(wrong)
        assert "WORKBENCH_SERVER" in caught.value.cure


def test_it_runs_where_a_loop_is_running_already():
    async def inside():
        return engine(url).generate(["one"], PLAIN)

    with serving(Behaviour()) as url:
        assert asyncio.run(inside())[0].text == "ONE"
