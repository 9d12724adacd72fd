"""What an engine is: a loaded model that maps texts to texts, in order and one for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How texts are generated; engines that cannot honour a field raise `EngineError` rather than ignore it.

    Attributes:
        beam: Width of beam search; 1 is greedy.
        max_new_tokens: Most tokens an output may have; reaching it sets `truncated`.
        length_penalty: Exponent of length in beam scores; above 1 favours long outputs.
        no_repeat_ngram: Size of n-grams that may not occur twice in an output; 0 allows all.
        repetition_penalty: Divides the probability of tokens already written; 1 leaves it.
        temperature: 0 decodes deterministically; above 0 samples, from `seed`.
        top_k: Candidates that sampling keeps; 0 keeps all.
        seed: Of sampling.
    """

    beam: int = 1
    max_new_tokens: int = 256
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    repetition_penalty: float = 1.0
    temperature: float = 0.0
    top_k: int = 0
    seed: int = 0

    def describe(self) -> str:
        """What differs from greedy decoding, such as "beam=4 no_repeat_ngram=3": for records and fingerprints."""
        parts = [f"beam={self.beam}"]
        parts += [
            f"{name}={getattr(self, name):g}"
            for name in ("length_penalty", "no_repeat_ngram", "repetition_penalty", "temperature", "top_k")
            if getattr(self, name) != getattr(_GREEDY, name)
        ]
        return " ".join(parts)


_GREEDY = Decoding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One output, and whether a limit cut it or its input short.

    Attributes:
        text: What was generated.
        truncated: The output reached `max_new_tokens`, or the input did not fit `max_input_tokens`.
        log_probability: Mean log-probability of the output's tokens, or None where the runtime does not tell.
        tokens: Number of tokens generated.
        links: Gives what `Aligner.align` would give for the text and this output, where the runtime noted it while it
            wrote; the output's words are those of `text`.
    """

    text: str
    truncated: bool
    log_probability: float | None = None
    tokens: int = 0
    links: Callable[[], NDArray[np.float32]] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """How a model behind an OpenAI-compatible server is reached.

    Attributes:
        url: Base address, such as "http://127.0.0.1:8000/v1".
        model: What the server calls the model; None where it serves a single one.
        key_env: Environment variable that holds the key; a server without keys needs none.
        concurrency: Requests under way at once.
        timeout: Seconds that one request may take, its answer included.
        retries: Further tries of a request that failed in a way that may pass.
        budget: Most tokens, read and written, that one loaded engine may use; None for no limit.
    """

    url: str
    model: str | None = None
    key_env: str = "OPENAI_API_KEY"
    concurrency: int = 8
    timeout: float = 120.0
    retries: int = 4
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How an engine uses the machine it is on: it changes how quick an engine is, never what it writes.

    Attributes:
        threads: Threads of one worker; 0 lets the engine choose.
        batch_tokens: Padded source tokens of one batch; None lets the engine choose.
    """

    threads: int = 0
    batch_tokens: int | None = None


UNTUNED = Tuning()
"""Everything as the engine chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """What an engine needs to load a model; made from a card by the catalogue.

    Attributes:
        name: Name of the card, for messages and for the cache of converted models.
        path: A folder in the transformers layout, or a hub id.
        revision: Pinned revision, or None.
        device: "auto", "cpu" or "cuda".
        dtype: "auto", "float32", "bfloat16", "float16", "int8" or, for `causal` alone, "int4".
        style: How the model is told its languages; see `workbench.config.Conditioning`.
        codes: From BCP 47 to the family's private codes.
        max_input_tokens: The model's window, or None to take it from its configuration.
        threads: Threads of one worker; 0 lets the engine choose.
        workers: Parallel workers; 0 lets the engine choose.
        batch_tokens: Padded source tokens of one batch, for `ct2` and `seq2seq`; None lets the engine choose.
        shortlist: Weigh only the pieces of the language to write, where the model brings a list of them or has pieces
            of their own for what it writes.
        offline: Whether the hub may be asked.
        template: Variables of the chat template, such as {"enable_thinking": False}.
        server: How to reach it, for the engine `server`.
    """

    name: str
    path: str | Path
    revision: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: str = "auto"
    style: str = "none"
    codes: Mapping[str, str] = field(default_factory=dict)
    max_input_tokens: int | None = None
    threads: int = 0
    workers: int = 0
    batch_tokens: int | None = None
    shortlist: bool = True
    offline: bool = True
    template: Mapping[str, bool | str] = field(default_factory=dict)
    server: ServerSpec | None = None


@runtime_checkable
class Engine(Protocol):
    """A loaded model that maps texts to texts, in order and one for one."""

    name: str
    max_input_tokens: int

    def count_tokens(self, text: str) -> int:
        """Length of `text` as the model sees it, special tokens included."""
        ...

    def generate(
        self,
        texts: Sequence[str],
        decoding: Decoding,
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Generation]:
        """Return exactly `len(texts)` generations, in input order.

        The empty text gives the empty generation. `source` and `target` are BCP 47 tags. The output of a text
        does not depend on the texts beside it.

        Raises:
            EngineError: The runtime or server failed, or `decoding` asks for what it cannot do.
            UnsupportedPair: The model has no code for a language.
        """
        ...


@runtime_checkable
class Encoder(Protocol):
    """An engine that can also place sentences in a vector space that its languages share."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape [len(texts), dim]; the zero vector for an empty text.

        Raises:
            EngineError: The runtime failed.
        """
        ...


@runtime_checkable
class Aligner(Protocol):
    """An engine that can also tell which words of a text the words of an output stand on."""

    def align(
        self,
        texts: Sequence[str],
        outputs: Sequence[str],
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[NDArray[np.float32] | None]:
        """For each text, attention of shape [words of its output, words of it], words parted by white space.

        None where the words cannot be told apart, or where a text or output does not fit the model.

        Raises:
            EngineError: The runtime failed.
            UnsupportedPair: The model has no code for a language.
        """
        ...
