"""Pieces that a language, or every output, is written with: decoding weighs no others, where they are known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.engines.tokens import Frame

VMAP = "vmap.txt"
"""CTranslate2's name for the lists, in the folder of a converted model: token of a source, tab, what it allows."""
ALWAYS = ""
"""Stands for the token where a list holds whatever the source is."""


def entry(token: str, pieces: Iterable[str]) -> str:
    """The line that allows `pieces` where a source holds `token`."""
    return f"{token}\t{' '.join(pieces)}\n"


def listed(folder: Path) -> frozenset[str]:
    """Tokens of languages for which a converted model has a list, or `ALWAYS`; none where it has no lists."""
    path = folder / VMAP
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8") as lines:
        return frozenset(line.partition("\t")[0] for line in lines)


def narrows(tokens: frozenset[str], frame: Frame) -> bool:
    """Whether there is a list for the sources of `frame`: without one, nothing could be written."""
    return not tokens.isdisjoint({ALWAYS, *frame.before})
