"""Pieces that a language is written with: decoding weighs no others, where a model brings such lists along."""

from __future__ import annotations

from pathlib import Path

from workbench.engines.tokens import Frame

VMAP = "vmap.txt"
"""CTranslate2's name for the lists, in the folder of a converted model: token of a source, tab, what it allows."""


def listed(folder: Path) -> frozenset[str]:
    """Tokens of languages for which a converted model has a list; none where it brings no lists."""
    path = folder / VMAP
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8") as lines:
        return frozenset(line.partition("\t")[0] for line in lines)


def narrows(tokens: frozenset[str], frame: Frame) -> bool:
    """Whether the sources of `frame` name a language that has a list: without one, nothing could be written."""
    return not tokens.isdisjoint(frame.before)
