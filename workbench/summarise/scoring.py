"""The trained scorer: boosted trees that tell from a sentence's features what it is worth beside the lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.summarise.features import NAMES, Table, features

SHIPPED = Path(__file__).with_name("scorer.safetensors")
"""The scorer that ships with the package."""

REACH = 16
"""Sentences that are judged; what is told first comes first in news, and eight were learnt from."""

_FIRST = 100.0
"""Above whatever the trees say."""

_HEADS = ("instead", "beside")
_PARTS = ("base", "columns", "bounds", "leaves")

_TRAIN = "Train it again: python -m workbench.training.scorer configs/scorer/news.yaml."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trees:
    """Trees that ask the same question on each level: the answers are bits, and together they name a leaf.

    Attributes:
        base: What every sentence starts from, shape [1].
        columns: Feature asked about, shape [trees, levels].
        bounds: Value above which the answer is yes, shape [trees, levels].
        leaves: What is added, shape [trees, 2 ** levels].
    """

    base: Table
    columns: NDArray[np.int32]
    bounds: Table
    leaves: Table

    def judge(self, table: Table) -> Table:
        """Sums of leaves, shape [n, features] to [n]."""
        return np.array([self._sum(row) for row in table], dtype=np.float32)

    def _sum(self, row: Table) -> float:
        """Of one sentence, all trees at once: memory does not grow with the article."""
        answers = row[self.columns] > self.bounds
        leaf = answers @ (1 << np.arange(self.columns.shape[1])[::-1])
        return float(self.base[0] + self.leaves[np.arange(len(leaf)), leaf].sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorer:
    """What each sentence is worth, as people's summaries have taught it; by letters alone, whatever the encoder.

    Attributes:
        instead: How many points of ROUGE a sentence alone is above the lead alone.
        beside: Percentage of a sentence's words that bring a summary which opens with the lead nearer to people's.
        about: What was learnt from, for people.
    """

    instead: Trees
    beside: Trees
    about: str = ""

    def alone(self, sentences: Sequence[str], title: str) -> Table:
        """Worth of each of the first 16 sentences where it is the whole summary, 0 for the first: shape [up to 16].

        Args:
            sentences: Those of the whole story, in reading order.
            title: The headline; empty where there is none.
        """
        scores = self.instead.judge(features(sentences, title)[:REACH])
        scores[:1] = 0
        return scores

    def together(self, sentences: Sequence[str], title: str) -> Table:
        """Worth of each of the first 16 in a summary of several, which the first one opens: shape [up to 16]."""
        scores = self.beside.judge(features(sentences, title)[:REACH])
        scores[:1] = _FIRST
        return scores


@cache
def shipped() -> Scorer:
    """The scorer that ships with the package, loaded once.

    Raises:
        ModelError: Its file is not there, or not of this version.
    """
    return load(SHIPPED)


def load(path: Path) -> Scorer:
    """A scorer from its file.

    Raises:
        ModelError: There is no such file, it is no scorer, or it was trained on other features.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            trees = {
                head: Trees(**{part: file.get_tensor(f"{head}.{part}") for part in _PARTS}) for head in _HEADS
            }
    except (OSError, SafetensorError) as fault:
        raise ModelError(f"{path} cannot be read as a scorer: {fault}.", cure=_TRAIN) from None
    if about.get("features") != "\n".join(NAMES):
        raise ModelError(f"{path} was trained on other features than this version looks at.", cure=_TRAIN)
    return Scorer(**trees, about=about.get("about", ""))


def save(scorer: Scorer, path: Path) -> Path:
    """Write a scorer with the names of its features; no clock, so that the same training writes the same file."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{head}.{part}": np.ascontiguousarray(getattr(getattr(scorer, head), part))
        for head in _HEADS
        for part in _PARTS
    }
    save_file(arrays, path, metadata={"features": "\n".join(NAMES), "about": scorer.about})
    return path
