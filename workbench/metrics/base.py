"""What a metric is: statistics for each segment, a total over their sum, and a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InputError

Rows = NDArray[np.float64]
"""Sufficient statistics, one row a segment: shape [segments, width]. A metric's totals need only sums of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What a metric looks at: parallel lists of one length.

    Attributes:
        outputs: One text a segment; the empty text is an empty output.
        references: For each segment, its references; empty where there are none at all.
        sources: One source a segment, or None.

    Raises:
        InputError: The lists differ in length, or a text was given where a list of texts belongs.
    """

    outputs: Sequence[str]
    references: Sequence[Sequence[str]] = ()
    sources: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for name in ("outputs", "references", "sources"):
            if isinstance(getattr(self, name), str):
                raise InputError(
                    f"The {name} are one text, not a list.", cure="Give a list with one text a segment."
                )
        if any(isinstance(group, str) for group in self.references):
            raise InputError(
                "References are not grouped.", cure="Give a list of references for each segment."
            )
        self._check("references", len(self.references) if self.references else None)
        self._check("sources", None if self.sources is None else len(self.sources))

    def _check(self, name: str, count: int | None) -> None:
        if count is not None and count != len(self.outputs):
            raise InputError(
                f"There are {len(self.outputs)} outputs and {count} {name}.",
                cure="Give exactly one of each for every segment, empty ones included.",
            )

    @property
    def nrefs(self) -> int:
        """References each segment has: 0 for none, -1 where segments differ."""
        counts = {len(group) for group in self.references}
        return counts.pop() if len(counts) == 1 else -1 if counts else 0


@runtime_checkable
class Metric(Protocol):
    """A measure of outputs. Its rows add up: the total of a corpus is a function of the sum of its rows.

    Attributes:
        name: As users write it, such as "chrf++".
        higher_is_better: False for error rates; None where neither is, as for a ratio of lengths.
        needs_source: Whether `Texts.sources` is read.
        needs_reference: Whether `Texts.references` is read.
    """

    name: str
    higher_is_better: bool | None
    needs_source: bool
    needs_reference: bool

    def signature(self, *, nrefs: int = 1) -> str:
        """Everything that changes the number; `nrefs` as in `Texts.nrefs`."""
        ...

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment, in order: shape [segments, width].

        Raises:
            InputError: The metric needs a source or a reference that is not there.
        """
        ...

    def totals(self, sums: Rows) -> Rows:
        """Scores from sums of rows, shape [..., width] to [...]; NaN where the score is undefined."""
        ...


class Needs(Protocol):
    """What `require` asks of a metric."""

    name: str
    needs_source: bool
    needs_reference: bool


def as_rows(rows: Sequence[Sequence[float]], *, width: int) -> Rows:
    """Rows as an array of shape [segments, width], no segments included."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def total(metric: Metric, rows: Rows) -> float | None:
    """The score of all rows together; None where it is undefined, never 0."""
    if not len(rows):
        return None
    value = float(metric.totals(rows.sum(axis=0)))
    return None if np.isnan(value) else value


def counted(metric: Metric, rows: Rows) -> int:
    """How many segments say something on the metric: those on which it is defined."""
    return int(np.isfinite(metric.totals(rows)).sum()) if len(rows) else 0


def require(metric: Needs, texts: Texts) -> None:
    """Check that `texts` has what `metric` reads.

    Raises:
        InputError: A source or a reference is missing; the first segment at fault is named.
    """
    if metric.needs_source and texts.sources is None:
        raise InputError(
            f"{metric.name} reads the sources, and there are none.", cure="Give them: --source FILE."
        )
    if not metric.needs_reference:
        return
    if not texts.references and texts.outputs:
        raise InputError(
            f"{metric.name} compares with references, and there are none.",
            cure="Give them: --reference FILE, or choose metrics that need none, such as numbers or script.",
        )
    for number, group in enumerate(texts.references, start=1):
        if not group:
            raise InputError(
                f"Segment {number} has no reference.", cure="Give it one, or leave the segment out."
            )


def ratio(numerator: Rows, denominator: Rows) -> Rows:
    """`numerator / denominator`, NaN where there is nothing to divide by."""
    defined = denominator > 0
    quotient: Rows = np.divide(
        numerator, denominator, out=np.full(np.shape(denominator), np.nan), where=defined
    )
    return quotient


def group_references(files: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """From one list for each reference file to one group for each segment.

    Raises:
        InputError: The files differ in length.
    """
    counts = [len(file) for file in files]
    if len(set(counts)) > 1:
        raise InputError(
            f"The references have {', '.join(map(str, counts))} lines.", cure="Give files of one length."
        )
    return list(zip(*files, strict=True))
