"""An engine without a model: it reverses words, so that mistakes of order, count and batching show at once."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.contract import check_decoding, fill, language_tag
from workbench.errors import EngineError

DIMENSIONS = 256


class Echo:
    """Gives each text back with its words in reverse order; a word is a token."""

    def __init__(self, spec: ModelSpec | None = None) -> None:
        self.name = spec.name if spec else "echo"
        self.max_input_tokens = (spec.max_input_tokens if spec else None) or 512
        self._codes = dict(spec.codes) if spec else {}

    def count_tokens(self, text: str) -> int:
        """Number of words."""
        return len(text.split())

    def generate(
        self,
        texts: Sequence[str],
        decoding: Decoding,
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Generation]:
        """Reverse the words of each text; limits and languages are minded as a real model minds them.

        Raises:
            EngineError: `decoding` is out of range or asks for sampling.
            UnsupportedPair: Codes were given, and none for `source` or `target`.
        """
        check_decoding(decoding, engine="echo")
        if decoding.temperature > 0:
            raise EngineError("The engine 'echo' cannot sample.", cure="Set temperature to 0.")
        for language in (source, target) if self._codes else ():
            language_tag(self._codes, language, model=self.name)
        return fill(texts, lambda asked: [self._reverse(text, decoding.max_new_tokens) for text in asked])

    def _reverse(self, text: str, limit: int) -> Generation:
        words = text.split()
        read = words[: self.max_input_tokens]
        written = read[::-1][:limit]
        return Generation(
            text=" ".join(written),
            truncated=len(written) < len(words),
            log_probability=0.0,
            tokens=len(written),
        )

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Bags of words, hashed: unit vectors of shape [len(texts), 256]; zero for an empty text."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode("utf-8", "surrogatepass")) % DIMENSIONS] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0)
        return vectors
