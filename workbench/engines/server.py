"""Models behind an OpenAI-compatible server (vLLM, llama.cpp, Ollama, a provider), asked many at a time."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import openai

from workbench.engines.base import Decoding, Generation, ModelSpec, ServerSpec
from workbench.engines.chat import Answering, Ask, Chat, is_empty, placed
from workbench.engines.contract import check_decoding
from workbench.engines.conversation import ANSWER
from workbench.errors import EngineError, ModelError

WINDOW = 8192
"""Tokens of prompt and answer that any server is believed to take, where the card does not say."""
BYTES = 3
"""Bytes of text that are counted as a token: no tokeniser is at hand, and those made for Arabic take more of them."""
PAUSE = 0.5
"""Seconds before the second try; doubled before each further one."""
LONGEST = 60.0
"""Seconds that a server may ask us to wait."""
PASSING = (408, 409, 425, 429)
"""What a server answers when it may answer otherwise in a moment, beside everything from 500."""

_ADDRESS = re.compile(r"https?://[^/\s]+")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """A failure that may pass: what it was, and how long the server asked us to wait, in seconds."""

    problem: str
    wait: float | None = None


class Server(Answering):
    """One model behind a server; it promises what `workbench.engines.causal.Causal` does.

    Lengths are estimated on the safe side; the server's own limit is told by the server.

    Raises:
        ModelError: The address is none, or the server does not say which model is meant.
        EngineError: The server has to be asked for its model, and does not answer.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if spec.server is None or not _ADDRESS.match(spec.server.url):
            raise ModelError(
                f"The model {spec.name} has no server: {spec.server.url if spec.server else spec.path!r} is no http "
                "address.",
                cure='Give a base address such as "http://127.0.0.1:8000/v1": as path in its card, or in '
                "WORKBENCH_SERVER where that names the server.",
            )
        self.name = spec.name
        self._server: ServerSpec = spec.server
        self._chat = Chat(spec)
        window = spec.max_input_tokens or WINDOW
        self._window = window
        self.max_input_tokens = window - min(window // 2, ANSWER)
        self._used = 0
        self._model = spec.server.model or _run(self._only_model())
        self._overhead = self._length(self._chat.probe())

    def count_tokens(self, text: str) -> int:
        """About how many tokens `text` and the words of its prompt have, rather too many than too few."""
        return _estimate(text) + self._overhead

    def _answer(self, asked: list[Ask], decoding: Decoding) -> list[Generation]:
        _check(decoding)
        numbers = [number for number, ask in enumerate(asked) if not is_empty(ask)]
        fitting = [self._fitting(asked[number]) for number in numbers]
        for ask, _ in fitting:
            self._chat.messages(ask)  # an unknown language is told before anything is sent
        given = _run(self._together([ask for ask, _ in fitting], decoding)) if fitting else []
        answers = [
            replace(answer, truncated=answer.truncated or cut)
            for answer, (_, cut) in zip(given, fitting, strict=True)
        ]
        return placed(asked, dict(zip(numbers, answers, strict=True)))

    async def _together(self, asked: list[Ask], decoding: Decoding) -> list[Generation]:
        """All requests, a few at a time; the first that fails for good ends them all."""
        gate = asyncio.Semaphore(max(1, self._server.concurrency))
        over = asyncio.Event()
        async with self._client() as client:

            async def one(ask: Ask) -> Generation:
                async with gate:
                    if over.is_set():
                        raise asyncio.CancelledError
                    try:
                        return await self._tried(client, ask, decoding)
                    except EngineError:
                        over.set()
                        raise

            tasks = [asyncio.create_task(one(ask)) for ask in asked]
            try:
                return list(await asyncio.gather(*tasks))
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _tried(self, client: openai.AsyncOpenAI, ask: Ask, decoding: Decoding) -> Generation:
        tries = self._server.retries + 1
        problem = ""
        for number in range(tries):
            answer = await self._once(client, ask, decoding)
            if isinstance(answer, Generation):
                return answer
            problem = answer.problem
            if number + 1 < tries:
                await asyncio.sleep(_pause(number, answer.wait))
        raise EngineError(
            f"The server {self._server.url} failed {tries} times with {self.name}: {problem}",
            cure="See that it runs at this address (path in the card, or WORKBENCH_SERVER), and look at its own log; "
            "lower server.concurrency or raise server.timeout and server.retries in the card.",
        )

    async def _once(self, client: openai.AsyncOpenAI, ask: Ask, decoding: Decoding) -> Generation | _Again:
        """One request, within the budget and the time it may take."""
        reserved = self._reserve(ask, decoding)
        spent = 0
        try:
            async with asyncio.timeout(self._server.timeout):  # also where a server sends a byte now and then
                raw = await client.chat.completions.with_raw_response.create(**self._orders(ask, decoding))
                body = raw.content
        except (TimeoutError, openai.APITimeoutError):
            spent = reserved  # it may have worked all the while
            return _Again(problem=f"no answer within {self._server.timeout:g} seconds")
        except openai.APIStatusError as fault:
            return self._refused(fault)
        except openai.APIConnectionError as fault:
            return _Again(problem=f"no connection, or it broke ({fault.__cause__ or fault})")
        else:
            spent = _tokens_used(body) or reserved
            return self._read(body, ask)
        finally:
            self._used += spent - reserved

    def _reserve(self, ask: Ask, decoding: Decoding) -> int:
        """Put aside what a request may use at most: the budget is never passed."""
        most = self._length(ask) + decoding.max_new_tokens
        budget = self._server.budget
        if budget is not None and self._used + most > budget:
            raise EngineError(
                f"The budget of {budget} tokens for {self.name} would be passed: {self._used} are used or under way.",
                cure="Raise server.budget in its card, or leave it out for no limit.",
            )
        self._used += most
        return most

    def _orders(self, ask: Ask, decoding: Decoding) -> dict[str, Any]:
        orders: dict[str, Any] = {
            "model": self._model,
            "messages": self._chat.messages(ask),
            "max_tokens": decoding.max_new_tokens,
            "temperature": decoding.temperature,
        }
        if decoding.temperature > 0:
            orders["seed"] = decoding.seed
        variables = {**self._chat.variables, **self._chat.fields(ask)}
        if variables:
            orders["extra_body"] = {"chat_template_kwargs": variables}
        return orders

    def _read(self, body: bytes, ask: Ask) -> Generation | _Again:
        """An answer, if it is one: broken JSON and missing fields are as passing as a broken connection."""
        try:
            data = json.loads(body)
            choice = data["choices"][0]
            text, reason = choice["message"]["content"], choice.get("finish_reason")
        except (ValueError, LookupError, TypeError, AttributeError):
            return _Again(problem=f"the answer is not what the protocol says: {_shown(body)}")
        if not isinstance(text, str) and reason not in ("length", "content_filter"):
            return _Again(problem=f"the answer holds no text: {_shown(body)}")
        usage = data.get("usage")
        written = usage.get("completion_tokens") if isinstance(usage, dict) else None
        return Generation(
            text=self._chat.read(text or "", ask),
            truncated=reason in ("length", "content_filter"),
            tokens=written if isinstance(written, int) else _estimate(text or ""),
        )

    def _refused(self, fault: openai.APIStatusError) -> _Again:
        """A refusal that may pass is given back, any other is raised.

        Raises:
            EngineError: With the cure for each kind.
        """
        status, said = fault.status_code, _said(fault)
        if (status in PASSING or status >= 500) and getattr(fault, "code", None) != "insufficient_quota":
            return _Again(problem=f"status {status}: {said}", wait=_asked_to_wait(fault))
        cures = {
            401: f"Set the environment variable {self._server.key_env} to a key of this server.",
            403: f"Set the environment variable {self._server.key_env} to a key that may use this model.",
            404: f"Check path (it usually ends in /v1) and server.model, now {self._model!r}, in the card.",
            413: "Lower max_input_tokens in the card to what the server takes.",
            429: "The account has no credit left: see its provider, or choose another model.",
        }
        cure = cures.get(
            status, "If the text is too long for it, set max_input_tokens in the card to its window."
        )
        raise EngineError(
            f"The server {self._server.url} refuses {self.name}: {status}, {said}", cure=cure
        ) from fault

    async def _only_model(self) -> str:
        """The one model that the server offers, where the card names none.

        Raises:
            ModelError: It offers several or none.
            EngineError: It does not answer.
        """
        try:
            async with self._client() as client, asyncio.timeout(self._server.timeout):
                raw = await client.models.with_raw_response.list()
                names = sorted(str(entry["id"]) for entry in json.loads(raw.content)["data"])
        except (openai.OpenAIError, TimeoutError, ValueError, LookupError, TypeError) as fault:
            raise EngineError(
                f"The server {self._server.url} does not say which models it offers: {fault}",
                cure="Start it, or correct path in the card; or name the model: server.model.",
            ) from fault
        if len(names) != 1:
            raise ModelError(
                f"The server {self._server.url} offers {len(names)} models, and the card {self.name} names none.",
                cure=f"Set server.model in the card to one of: {', '.join(names) or 'those you load into it'}.",
            )
        return names[0]

    def _client(self) -> openai.AsyncOpenAI:
        key = os.environ.get(self._server.key_env) or "none"
        return openai.AsyncOpenAI(
            base_url=self._server.url, api_key=key, max_retries=0, timeout=self._server.timeout
        )

    def _length(self, ask: Ask) -> int:
        (message,) = self._chat.messages(ask)
        content = message["content"]
        return (
            _estimate(content if isinstance(content, str) else content[0]["text"]) + 16
        )  # marks between turns

    def _fitting(self, ask: Ask) -> tuple[Ask, bool]:
        """What stands around a text goes first, then its end; whether some of the text was cut."""
        if self._length(ask) <= self.max_input_tokens:
            return ask, False
        if not isinstance(ask, str) and ask.task == "translate" and (ask.before or ask.after):
            return self._fitting(replace(ask, before="", after=""))
        text = ask if isinstance(ask, str) else ask.text
        over = self._length(ask) - self.max_input_tokens
        short = text.encode("utf-8", "replace")[: -over * BYTES - BYTES].decode("utf-8", "ignore")
        return (short if isinstance(ask, str) else replace(ask, text=short)), True


def _check(decoding: Decoding) -> None:
    check_decoding(decoding, engine="server")
    offered = Decoding(
        max_new_tokens=decoding.max_new_tokens,
        length_penalty=decoding.length_penalty,  # says nothing without a beam
        temperature=decoding.temperature,
        seed=decoding.seed,
    )
    if decoding != offered:
        raise EngineError(
            f"Servers do not offer to decode with {decoding.describe()}.",
            cure="Leave beam at 1, and no_repeat_ngram, repetition_penalty and top_k as they are, in the card.",
        )


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, also where a loop is running already, as in notebooks and web servers."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _estimate(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES)


def _pause(number: int, wait: float | None) -> float:
    """Seconds before the next try: what the server asks for, else doubled each time and never in step with others."""
    if wait is not None:
        return min(wait, LONGEST)
    return min(PAUSE * 2.0**number * random.uniform(0.75, 1.25), LONGEST)  # noqa: S311


def _asked_to_wait(fault: openai.APIStatusError) -> float | None:
    try:
        return max(0.0, float(fault.response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _said(fault: openai.APIStatusError) -> str:
    body = fault.body
    message = body.get("message") if isinstance(body, dict) else body
    return _shown(str(message or fault.message).encode())


def _shown(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text[:200] + "…" if len(text) > 200 else text or "nothing"


def _tokens_used(body: bytes) -> int | None:
    try:
        total = json.loads(body)["usage"]["total_tokens"]
    except (ValueError, LookupError, TypeError):
        return None
    return total if isinstance(total, int) else None
