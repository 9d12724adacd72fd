"""What engines of encoder-decoders share, whatever runs the model: from texts to pieces and marks, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

from workbench.engines.alignment import Links, Pair, aligned
from workbench.engines.base import Decoding, Generation
from workbench.engines.tokens import Frame, Tokeniser, answer, sentence_vectors


class EncoderDecoder(ABC):
    """One loaded encoder-decoder; see `workbench.engines.base.Engine` for what it promises.

    Attributes:
        name: Of the model.
        max_input_tokens: Its window, marks included.
    """

    name: str
    max_input_tokens: int
    _tokeniser: Tokeniser
    _positions: int
    """Most tokens that the decoder can place."""

    def count_tokens(self, text: str) -> int:
        """Length of `text` as the model sees it, marks included."""
        return len(self._tokeniser.split(text)) + self._tokeniser.overhead

    def generate(
        self,
        texts: Sequence[str],
        decoding: Decoding,
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Generation]:
        """Return one generation a text, in order.

        Raises:
            EngineError: `decoding` is out of range or not offered, the runtime failed, or memory does not hold even
                one text.
            UnsupportedPair: The model has no code for a language.
        """
        self._check(decoding)
        return self._answers(texts, decoding, self._tokeniser.frame(source=source, target=target))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape [len(texts), dim]: means of the encoder's states over a text's own pieces.

        Raises:
            EngineError: The runtime failed.
        """
        frame = self._tokeniser.marks.plain
        return sentence_vectors(self._windows(texts, frame), lambda sources: self._sums(sources, frame))

    def align(
        self,
        texts: Sequence[str],
        outputs: Sequence[str],
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Links | None]:
        """Attention between words; see `workbench.engines.base.Aligner`.

        Raises:
            EngineError: The runtime failed.
            UnsupportedPair: The model has no code for a language.
        """
        frame = self._tokeniser.frame(source=source, target=target)
        with self._attending():
            return aligned(
                texts,
                outputs,
                tokeniser=self._tokeniser,
                frame=frame,
                window=self.max_input_tokens,
                positions=self._positions,
                attend=self._attention,
            )

    def _windows(self, texts: Sequence[str], frame: Frame) -> list[list[list[str]]]:
        return [self._tokeniser.windows(text, frame, window=self.max_input_tokens) for text in texts]

    def _answers(self, texts: Sequence[str], decoding: Decoding, frame: Frame) -> list[Generation]:
        windows = self._windows(texts, frame)
        return answer(windows, lambda sources: self._generate(sources, decoding, frame))

    def _attending(self) -> AbstractContextManager[object]:
        """Around the call of `_attention` of one `align`."""
        return nullcontext()

    @abstractmethod
    def _check(self, decoding: Decoding) -> None:
        """Refuse what cannot be done."""

    @abstractmethod
    def _generate(self, sources: list[list[str]], decoding: Decoding, frame: Frame) -> list[Generation]:
        """Outputs of texts as the model reads them, in order."""

    @abstractmethod
    def _sums(self, sources: list[list[str]], frame: Frame) -> NDArray[np.float32]:
        """Sums of the encoder's states over each source's own pieces, [len(sources), dim]."""

    @abstractmethod
    def _attention(self, pairs: list[Pair]) -> list[NDArray[np.float32]]:
        """Attention of the last layer while the forced tokens of each pair are written: [written, read]."""
