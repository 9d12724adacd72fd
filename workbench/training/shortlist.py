"""Which pieces each language is written with, as training saw it: the others need not be weighed at every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from workbench.engines.cache import SHORTLIST
from workbench.engines.shortlist import entry
from workbench.training.vocabulary import Sentences

SEEN = 5
"""Times that a piece has to occur in a language to be written in it: what is rarer came in by mistakes."""
WORD = "\u2581"


def write_shortlist(folder: Path, names: Sequence[str], written: Mapping[str, Sentences]) -> Path:
    """Write the file by which decoding is narrowed, beside the weights in `folder`, and return it.

    One line a language: its token, a tab, the pieces that may be written. It depends on nothing but the language, so
    that an output still does not depend on the texts beside it.

    Args:
        folder: Of the model.
        names: The pieces, in order of their ids.
        written: By token of the language to write, such as ">>eng<<", the training texts in it.
    """
    spelling = np.array([spells(name) for name in names])
    lines = []
    for token, sentences in written.items():
        counts = np.bincount(sentences.pieces, minlength=len(names))
        kept = np.flatnonzero((counts >= SEEN) | spelling).tolist()
        lines.append(entry(token, (names[number] for number in kept)))
    path = folder / SHORTLIST
    path.write_text("".join(lines), encoding="utf-8")
    return path


def spells(name: str) -> bool:
    """Whether a piece is a single character or a byte, by which any word can be spelled: digits and signs are."""
    return len(name.replace(WORD, "")) <= 1 or (name.startswith("<0x") and name.endswith(">"))
