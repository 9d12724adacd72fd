"""Boosted trees for regression, small enough to be read: each level of a tree asks one question of all its branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.summarise.features import Table
from workbench.summarise.scoring import Trees

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """How trees are grown.

    Attributes:
        trees: How many.
        levels: Questions of each.
        rate: Share of what a tree would correct that it may correct.
        bins: Bounds tried for each feature are its quantiles, one fewer than this.
        rows: Share of rows that each tree is grown on.
        columns: Share of features that each tree may ask about.
        doubt: Rows of no difference that are added to each leaf: few rows say little.
        seed: Of the draws of rows and columns.
    """

    trees: int = 200
    levels: int = 3
    rate: float = 0.05
    bins: int = 16
    rows: float = 0.3
    columns: float = 0.3
    doubt: float = 20.0
    seed: int = 0


def grow(table: Table, wanted: Floats, weights: Floats, how: Boosting) -> Trees:
    """Trees whose sum comes near to `wanted`, in weighted squares.

    Args:
        table: Features, shape [rows, features].
        wanted: Shape [rows].
        weights: What each row counts, shape [rows].
        how: Number and size of trees, and chance.
    """
    rng = np.random.default_rng(how.seed)
    bounds = [np.unique(np.quantile(column, np.linspace(0, 1, how.bins + 1)[1:-1])) for column in table.T]
    bounds = [each.astype(np.float32) for each in bounds]
    binned = np.stack([np.searchsorted(at, column) for at, column in zip(bounds, table.T, strict=True)])
    base = float(np.average(wanted, weights=weights))
    left = wanted - base
    grown = []
    for _ in range(how.trees):
        rows = rng.random(len(wanted)) < how.rows
        tried = rng.choice(len(bounds), max(1, int(len(bounds) * how.columns)), replace=False)
        tree = _Level(binned[:, rows], left[rows], weights[rows], doubt=how.doubt)
        asked = [tree.ask(tried, bounds) for _ in range(how.levels)]
        values = how.rate * tree.values()
        left = left - values[_leaf(binned, asked)]
        grown.append(([f for f, _ in asked], [bounds[f][b] for f, b in asked], values))
    columns, limits, leaves = zip(*grown, strict=True)
    return Trees(
        base=np.array([base], dtype=np.float32),
        columns=np.array(columns, dtype=np.int32),
        bounds=np.array(limits, dtype=np.float32),
        leaves=np.array(leaves, dtype=np.float32),
    )


def _leaf(binned: NDArray[np.int64], asked: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    leaf = np.zeros(binned.shape[1], dtype=np.int64)
    for feature, bound in asked:
        leaf = 2 * leaf + (binned[feature] > bound)
    return leaf


class _Level:
    """The rows of a tree, and the branch that each has come to."""

    def __init__(self, binned: NDArray[np.int64], left: Floats, weights: Floats, *, doubt: float) -> None:
        self._binned, self._pull, self._weights, self._doubt = binned, left * weights, weights, doubt
        self._branch = np.zeros(len(left), dtype=np.int64)
        self._branches = 1

    def ask(self, tried: NDArray[np.int64], bounds: Sequence[Table]) -> tuple[int, int]:
        """The feature and the number of its bound that part the rows best; the rows go their ways."""
        worth = [(*self._best(feature, len(bounds[feature]) + 1), feature) for feature in tried.tolist()]
        _, bound, feature = max(worth, key=lambda each: (each[0], -each[2]))
        self._branch = 2 * self._branch + (self._binned[feature] > bound)
        self._branches *= 2
        return feature, bound

    def _best(self, feature: int, bins: int) -> tuple[float, int]:
        """How well the best bound of one feature explains what is left, and its number."""
        cell = self._branch * bins + self._binned[feature]
        shape, cells = (self._branches, bins), self._branches * bins
        pull = np.bincount(cell, self._pull, minlength=cells).reshape(shape).cumsum(axis=1)
        mass = np.bincount(cell, self._weights, minlength=cells).reshape(shape).cumsum(axis=1)
        below = pull**2 / (mass + self._doubt)
        above = (pull[:, -1:] - pull) ** 2 / (mass[:, -1:] - mass + self._doubt)
        explained = (below + above).sum(axis=0)[:-1]
        return (float(explained.max()), int(explained.argmax())) if bins > 1 else (-1.0, 0)

    def values(self) -> Floats:
        """What each branch is short of."""
        pull = np.bincount(self._branch, self._pull, minlength=self._branches)
        mass = np.bincount(self._branch, self._weights, minlength=self._branches)
        shortfall: Floats = pull / (mass + self._doubt)
        return shortfall
