"""Which words of a text the words of its translation stand on, from a decoder's attention."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Links = NDArray[np.float32]
"""Attention that each word of an output pays to each word of its text: [words of output, words of text]."""

_WORD_MARKS = ("\u2581", "\u0120")
"""How SentencePiece and byte-level vocabularies mark the piece that begins a word."""


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
