"""Instruction models that run on this machine: requests to the tokens of a prompt that fits the model's window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.engines.base import Generation, ModelSpec
from workbench.engines.chat import Ask, Chat, is_empty, placed
from workbench.errors import EngineError, ModelError

ANSWER = 2048
"""Most tokens of a window that are kept for the answer; half of windows shorter than twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A request as the model reads it.

    Attributes:
        tokens: Token numbers, the template's included.
        cut: Some of the text did not fit.
    """

    tokens: list[int]
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a model wrote behind a prompt.

    Attributes:
        tokens: Token numbers without the end mark.
        ended: The model ended by itself.
        score: Mean log-probability of the tokens, the end mark included, or None.
    """

    tokens: list[int]
    ended: bool
    score: float | None = None


class Conversation:
    """A chat template and a tokeniser: prompts to tokens and tokens to answers.

    Args:
        spec: The model.
        folder: It holds the tokeniser and its chat template.
        window: Most tokens of prompt and answer together.

    Raises:
        ModelError: There is no tokeniser or no chat template, or the template fails.
    """

    def __init__(self, spec: ModelSpec, folder: Path, *, window: int) -> None:
        self.chat = Chat(spec)
        self.window = window
        self.name = spec.name
        self.tokeniser = _tokeniser(spec, folder)
        self.max_input_tokens = window - min(window // 2, ANSWER)
        self._overhead = len(self._tokens(self.chat.probe())) - 1

    def count_tokens(self, text: str) -> int:
        """Length of `text` within a translation's prompt, the words around it included."""
        return len(self._encode(text)) + self._overhead

    def answer(
        self, asked: Sequence[Ask], write: Callable[[list[Prompt]], list[Written]], *, most: int
    ) -> list[Generation]:
        """Prompts through a runtime, in order; what is empty never reaches it.

        Args:
            asked: Requests or prompts.
            write: What runs the model.
            most: Most tokens of an answer.
        """
        numbers = [number for number, ask in enumerate(asked) if not is_empty(ask)]
        prompts = [self._fitting(asked[number], most) for number in numbers]
        written = write(prompts) if prompts else []
        return placed(
            asked,
            {
                number: self._generation(asked[number], prompt, one)
                for number, prompt, one in zip(numbers, prompts, written, strict=True)
            },
        )

    def room(self, prompts: Sequence[Prompt], most: int) -> int:
        """Tokens that each of these prompts leaves for its answer, `most` at most."""
        return max(1, min(most, self.window - max(len(prompt.tokens) for prompt in prompts)))

    def _generation(self, ask: Ask, prompt: Prompt, written: Written) -> Generation:
        text = self.tokeniser.decode(written.tokens, skip_special_tokens=True)
        return Generation(
            text=self.chat.read(text, ask),
            truncated=prompt.cut or not written.ended,
            log_probability=written.score,
            tokens=len(written.tokens),
        )

    def _fitting(self, ask: Ask, most: int) -> Prompt:
        """What stands around the text goes first, then the text's own end; the answer keeps its room."""
        room = self.window - min(most, self.window - self.max_input_tokens)
        tokens = self._tokens(ask)
        if len(tokens) <= room:
            return Prompt(tokens=tokens)
        if not isinstance(ask, str) and ask.task == "translate" and (ask.before or ask.after):
            return self._fitting(replace(ask, before="", after=""), most)
        return self._cut(ask, room)

    def _cut(self, ask: Ask, room: int) -> Prompt:
        text = ask if isinstance(ask, str) else ask.text
        pieces = self._encode(text)
        keep = len(pieces)
        while True:
            short = self.tokeniser.decode(pieces[:keep], skip_special_tokens=True)
            tokens = self._tokens(short if isinstance(ask, str) else replace(ask, text=short))
            over = len(tokens) - room
            if over <= 0 or keep == 0:
                return Prompt(tokens=tokens, cut=True)
            keep = max(0, keep - over)

    def _tokens(self, ask: Ask) -> list[int]:
        from jinja2.exceptions import TemplateError

        try:
            words = self.tokeniser.apply_chat_template(
                self.chat.messages(ask), tokenize=False, add_generation_prompt=True, **self.chat.variables
            )
        except (TemplateError, ValueError, TypeError, KeyError) as fault:
            raise ModelError(
                f"The chat template of {self.name} fails: {fault}",
                cure="Choose an instruction model (its name often ends in -Instruct, -it or -Chat), or correct "
                "conditioning.template in its card.",
            ) from fault
        return self._encode(words)

    def _encode(self, text: str) -> list[int]:
        numbers: list[int] = self.tokeniser(text, add_special_tokens=False)["input_ids"]
        return numbers


def _tokeniser(spec: ModelSpec, folder: Path) -> Any:
    from workbench.engines.families import load_tokeniser

    tokeniser = load_tokeniser(folder)
    if not getattr(tokeniser, "chat_template", None):
        raise ModelError(
            f"{spec.name} has no chat template: it is no instruction model.",
            cure="Choose an instruction model: its name often ends in -Instruct, -it or -Chat.",
        )
    return tokeniser


def end_tokens(tokeniser: Any, configured: Any) -> list[int]:
    """Numbers of the tokens that end an answer: those of the generation configuration, and the tokeniser's own.

    Raises:
        EngineError: There is none: no answer would end.
    """
    given = configured if isinstance(configured, list | tuple) else [configured]
    ends = {int(number) for number in (*given, tokeniser.eos_token_id) if number is not None}
    if not ends:
        raise EngineError(
            "The model names no token that ends an answer.",
            cure="Set eos_token_id in its generation_config.json.",
        )
    return sorted(ends)
