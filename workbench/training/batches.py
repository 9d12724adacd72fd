"""Examples drawn by weight into batches of few shapes; the order follows from a seed, so a run resumes exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.training.vocabulary import EOS, PAD, Sentences

STRIDE = 256
"""Labels are scored in multiples of so many."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Training examples of both directions as arrays of pieces.

    Attributes:
        sources: Their sources, language token and end of sentence not included.
        targets: Their targets, likewise; as many.
        prefixes: int64, shape [examples, 2]: the language token and, for a source that a model wrote, the
            synthetic token; `PAD` where there is none.
        weights: float64, shape [examples]: how often each is drawn, relative to the others.
    """

    sources: Sentences
    targets: Sentences
    prefixes: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sources)

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """All examples of `parts`, in order."""
        return cls(
            Sentences.joined([part.sources for part in parts]),
            Sentences.joined([part.targets for part in parts]),
            np.concatenate([part.prefixes for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )

    def widths(self) -> NDArray[np.int64]:
        """Positions that the longer side of each example takes, special tokens included; shape [examples]."""
        sources = self.sources.lengths + 1 + (self.prefixes != PAD).sum(axis=1)
        widths: NDArray[np.int64] = np.maximum(sources, self.targets.lengths + 1)
        return widths


@dataclass(frozen=True, slots=True)
class Batch:
    """One update's worth of examples.

    Attributes:
        source: int64, shape [batch, width]: prefix, pieces, end of sentence, padding.
        labels: int64, shape [batch, width of the labels]: pieces, end of sentence, padding.
    """

    source: NDArray[np.int64]
    labels: NDArray[np.int64]

    def decoder_input(self) -> NDArray[np.int64]:
        """Labels moved one to the right behind the decoder's start, of the same shape."""
        shifted = np.full_like(self.labels, EOS)
        shifted[:, 1:] = self.labels[:, :-1]
        return shifted

    def scored(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the labels that are not padding stand when flattened, and these labels; filled up to whole `STRIDE`s.

        Each number of rows is a shape of its own, for which a CPU's library prepares and keeps its products: with any
        number, training slows down and takes more memory with every batch.
        """
        flat = self.labels.ravel()
        rows = np.flatnonzero(flat != PAD)
        more = -len(rows) % STRIDE
        return np.pad(rows, (0, more)), np.pad(flat[rows], (0, more), constant_values=PAD)


def collate(examples: Examples, rows: NDArray[np.int64], width: int) -> Batch:
    """Bring some examples into one shape; all must fit into `width` positions.

    Labels take no more positions than they need, in steps of 32: a headline is far shorter than its article.
    """
    prefixes = examples.prefixes[rows]
    source = _ended(examples.sources, rows, width)
    for column in (1, 0):
        has = prefixes[:, column] != PAD
        source[has] = np.roll(source[has], 1, axis=1)
        source[has, 0] = prefixes[has, column]
    longest = int(examples.targets.lengths[rows].max()) + 1
    return Batch(source, _ended(examples.targets, rows, min(width, -(-longest // 32) * 32)))


def _ended(sentences: Sentences, rows: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    padded = sentences.padded(rows, width)
    padded[np.arange(len(rows)), sentences.lengths[rows]] = EOS
    return padded


class Sampler:
    """An endless order of batches: chunk after chunk of examples drawn by weight, each sorted into buckets.

    Args:
        examples: To draw from; those longer than the last bucket are left out.
        lengths: Bounds of the buckets, rising.
        batch_tokens: Positions of one side of a batch: a bucket of width w holds batch_tokens // w examples.
        seed: Of every draw.
        chunk: Examples drawn at a time.
    """

    def __init__(
        self,
        examples: Examples,
        *,
        lengths: Sequence[int],
        batch_tokens: int,
        seed: int,
        chunk: int = 200_000,
    ) -> None:
        self.examples = examples
        self.lengths = np.asarray(lengths)
        self.batch_tokens = batch_tokens
        self.seed = seed
        self.chunk = chunk
        widths = examples.widths()
        allowed = np.where(widths <= self.lengths[-1], examples.weights, 0.0)
        self._cumulated = np.cumsum(allowed / allowed.sum())
        self._buckets = np.searchsorted(self.lengths, widths)

    def batches(self, skip: int = 0) -> Iterator[Batch]:
        """Every batch from number `skip` on; the same number always gives the same batch."""
        number = chunk = 0
        while True:
            plan = self._plan(chunk)
            for width, rows in plan[max(0, skip - number) :]:
                yield collate(self.examples, rows, width)
            number += len(plan)
            chunk += 1

    def _plan(self, chunk: int) -> list[tuple[int, NDArray[np.int64]]]:
        chance = np.random.default_rng([self.seed, chunk])
        # Evenly spaced points on the cumulated weights: each example comes as often as its weight says, within one.
        points = (np.arange(self.chunk) + chance.random()) / self.chunk
        drawn = chance.permutation(
            np.minimum(np.searchsorted(self._cumulated, points), len(self.examples) - 1)
        )
        plan = []
        for bucket, width in enumerate(self.lengths.tolist()):
            rows = drawn[self._buckets[drawn] == bucket]
            size = max(1, self.batch_tokens // width)
            # What does not fill a batch is dropped, so that each bucket has one shape; the next chunk draws anew.
            plan += [(width, rows[start : start + size]) for start in range(0, len(rows) - size + 1, size)]
        if not plan:  # a corpus smaller than one batch: take it as it comes
            plan = [(int(self.lengths[-1]), drawn[: max(1, self.batch_tokens // int(self.lengths[-1]))])]
        order = chance.permutation(len(plan))
        return [plan[index] for index in order]
