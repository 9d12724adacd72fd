"""What engines of instruction models share: from requests to messages, and from answers to texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.engines import answers, prompts
from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.contract import EMPTY
from workbench.engines.requests import Request
from workbench.errors import EngineError, ModelError

STYLES = ("prompt", "fields")
Ask = Request | str
"""A request, or a prompt that is passed on as it is."""
Message = dict[str, Any]


def asks(texts: Sequence[str], *, source: str | None, target: str | None) -> list[Ask]:
    """What a call of `generate` asks: translations where a language is given, else each text is a prompt."""
    if source is None and target is None:
        return list(texts)
    return [Request(task="translate", text=text, source=source, target=target) for text in texts]


class Answering(ABC):
    """What engines of instruction models share; see `workbench.engines.base.Engine` for what they promise.

    Texts with languages are translated; texts without are prompts, and come back with nothing but their thinking
    left out. `follow` takes everything else that can be asked.
    """

    name: str
    max_input_tokens: int

    def generate(
        self,
        texts: Sequence[str],
        decoding: Decoding,
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Generation]:
        """Return one translation a text, in order; without languages one answer a prompt.

        Raises:
            EngineError: `decoding` is out of range or not offered, or the runtime or server failed for good; nothing
                is half-returned.
            UnsupportedPair: The model does not know a language.
        """
        return self._answer(asks(texts, source=source, target=target), decoding)

    def follow(self, requests: Sequence[Request], decoding: Decoding) -> list[Generation]:
        """Return one translation or summary a request, in order; see `workbench.engines.requests.Instructed`.

        Raises:
            EngineError, UnsupportedPair: As `generate`.
        """
        return self._answer(list(requests), decoding)

    @abstractmethod
    def _answer(self, asked: list[Ask], decoding: Decoding) -> list[Generation]:
        """Answers in order."""


def is_empty(ask: Ask) -> bool:
    """Whether there is nothing to be done."""
    return not (ask if isinstance(ask, str) else ask.text).strip()


class Chat:
    """How one model is spoken to.

    Args:
        spec: Its `style` is "prompt" or, for models whose template takes the languages as fields, "fields"; its
            `codes` are names of languages or codes; its `template` sets variables of the chat template.

    Raises:
        ModelError: The style is another.
    """

    def __init__(self, spec: ModelSpec) -> None:
        if spec.style not in STYLES:
            raise ModelError(
                f"{spec.name} is told its languages by {spec.style!r}, which engines of instruction models do not do.",
                cure=f"Set conditioning.style in its card to one of: {', '.join(STYLES)}.",
            )
        self._model = spec.name
        self._codes = dict(spec.codes)
        self._fields = spec.style == "fields"
        self.variables: Mapping[str, Any] = dict(spec.template)

    def messages(self, ask: Ask) -> list[Message]:
        """One user's turn.

        Raises:
            UnsupportedPair: The model does not know a language.
            EngineError: A model that translates alone was asked for something else.
        """
        if self._fields:
            return [{"role": "user", "content": [self._part(ask)]}]
        if isinstance(ask, str):
            return [{"role": "user", "content": prompts.harmless(ask)}]
        words = prompts.prompt(_harmless(ask), names=self._codes, model=self._model)
        return [{"role": "user", "content": words}]

    def fields(self, ask: Ask) -> dict[str, str]:
        """The languages as variables of a template; none for models that are told in words."""
        return self._languages(ask) if self._fields else {}

    def read(self, answer: str, ask: Ask) -> str:
        """What an answer holds: of a raw prompt everything but the thinking, else the text asked for alone."""
        return (
            answers.without_thoughts(answer)
            if isinstance(ask, str)
            else answers.parse(answer, source=ask.text, summary=ask.task == "summarise")
        )

    def probe(self) -> Request:
        """A request with a text of one letter, to see how long the words around a text are."""
        known = sorted(self._codes)
        source, target = (known[0], known[-1]) if known else ("ar", "en")
        return Request(task="translate", text="x", source=source, target=target)

    def _part(self, ask: Ask) -> dict[str, str]:
        languages = self._languages(ask)
        assert isinstance(ask, Request)
        return {"type": "text", **languages, "text": prompts.harmless(ask.text)}

    def _languages(self, ask: Ask) -> dict[str, str]:
        if isinstance(ask, str) or ask.task != "translate":
            raise EngineError(
                f"{self._model} translates from one language to another and answers nothing else.",
                cure="Choose an instruction model for summaries and free prompts: workbench models list.",
            )
        return prompts.fields(ask, codes=self._codes, model=self._model)


def _harmless(request: Request) -> Request:
    return replace(
        request,
        text=prompts.harmless(request.text),
        before=prompts.harmless(request.before),
        after=prompts.harmless(request.after),
    )


def placed(asked: Sequence[Ask], given: Mapping[int, Generation]) -> list[Generation]:
    """Answers in order, the empty generation for what was empty."""
    return [given.get(number, EMPTY) for number in range(len(asked))]
