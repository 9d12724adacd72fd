"""Which words of a text the words of its translation stand on, from a decoder's attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.engines.tokens import Frame, Tokeniser

Links = NDArray[np.float32]
"""Attention that each word of an output pays to each word of its text: [words of output, words of text]."""

_WORD_MARKS = ("\u2581", "\u0120")
"""How SentencePiece and byte-level vocabularies mark the piece that begins a word."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation as the model sees them, marks included on both sides.

    Attributes:
        read: Tokens of the text.
        forced: Tokens that the decoder is made to write.
    """

    read: list[str]
    forced: list[str]


Attend = Callable[[list[Pair]], list[NDArray[np.float32]]]
"""Attention of a decoder made to write given tokens: [written, read] for each pair, in order."""


def aligned(
    texts: Sequence[str],
    outputs: Sequence[str],
    *,
    tokeniser: Tokeniser,
    frame: Frame,
    window: int,
    positions: int,
    attend: Attend,
) -> list[Links | None]:
    """Attention between the words of texts and of their translations; see `workbench.engines.base.Aligner`.

    Args:
        texts: What was read.
        outputs: What was written.
        tokeniser: Of the model.
        frame: Marks of the pair of languages.
        window: Most tokens that the model reads.
        positions: Most tokens that it writes.
        attend: Runs the model.
    """
    pairs: dict[int, Pair] = {}
    for number, (text, output) in enumerate(zip(texts, outputs, strict=True)):
        read, pieces = tokeniser.windows(text, frame, window=window), tokeniser.split_output(output)
        forced = [*frame.opening, *pieces]
        if len(read) == 1 and pieces and len(forced) < positions:
            pairs[number] = Pair(read[0], forced)
    found = list[Links | None]([None] * len(texts))
    for (number, pair), attention in zip(pairs.items(), attend(list(pairs.values())), strict=True):
        links = word_links(
            attention,
            text=pair.read[len(frame.before) : len(pair.read) - len(frame.after)],
            output=pair.forced[len(frame.opening) :],
            before=len(frame.before),
            opening=len(frame.opening),
        )
        if links.shape == (len(outputs[number].split()), len(texts[number].split())):
            found[number] = links
    return found


def word_links(
    attention: NDArray[np.float32], *, text: Sequence[str], output: Sequence[str], before: int, opening: int
) -> Links:
    """Attention between words, from attention between pieces.

    What is paid to marks is left out: such a word stands on nothing in particular. Its rows sum to at most 1.

    Args:
        attention: [opening + pieces of output, before + pieces of text + marks behind].
        text: Pieces of the text.
        output: Pieces of the output.
        before: Marks in front of the text.
        opening: Marks in front of the output.
    """
    inner = attention[opening : opening + len(output), before : before + len(text)]
    rows, columns = _words(output), _words(text)
    links = np.zeros((rows[-1] + 1 if rows else 0, columns[-1] + 1 if columns else 0), dtype=np.float32)
    np.add.at(links, (np.asarray(rows)[:, None], np.asarray(columns)[None, :]), inner)
    lengths = np.bincount(rows, minlength=len(links)).astype(np.float32)
    return np.asarray(links / lengths[:, None], dtype=np.float32)


def _words(pieces: Sequence[str]) -> list[int]:
    """For each piece the number of its word."""
    numbers: list[int] = []
    for piece in pieces:
        begins = piece.startswith(_WORD_MARKS) or not numbers
        numbers.append((numbers[-1] if numbers else -1) + begins)
    return numbers
