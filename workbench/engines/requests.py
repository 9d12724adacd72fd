"""What a model that follows instructions can be asked beyond a bare text: task, length, terms, what stands around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from workbench.engines.base import Decoding, Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A text, and what is to be made of it.

    Attributes:
        task: "translate" or "summarise".
        text: What is to be translated or summarised: this alone, whole.
        source: BCP 47 tag of `text`, or None where unsure.
        target: BCP 47 tag of what is to be written.
        before: For a translation, the text just before `text`: to be understood, not to be translated. For a
            summary, the summary of all that was read before `text`: the answer is a new summary of both.
        after: The text just behind `text`: to be understood, not to be translated.
        terms: Terms in `text`, each with the translation wanted.
        sentences: Most sentences a summary may have, or None.
        words: About how many words a summary should have, or None.
    """

    task: Literal["translate", "summarise"]
    text: str
    source: str | None = None
    target: str | None = None
    before: str = ""
    after: str = ""
    terms: tuple[tuple[str, str], ...] = ()
    sentences: int | None = None
    words: int | None = None


@runtime_checkable
class Instructed(Protocol):
    """An engine whose model follows instructions; `Engine.max_input_tokens` leaves room for its prompts.

    Translators and summarisers use this where an engine has it, and `Engine.generate` where it has not.
    """

    def follow(self, requests: Sequence[Request], decoding: Decoding) -> list[Generation]:
        """Return exactly `len(requests)` answers, in order: the translation or summary alone, without preamble.

        A request whose text, with what stands around it, does not fit the window loses what stands around first.

        Raises:
            EngineError: The runtime or server failed, or `decoding` asks for what it cannot do.
            UnsupportedPair: The model does not know a language.
        """
        ...
