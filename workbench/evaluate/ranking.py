"""Systems in order, and which of them cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.evaluate.significance import Comparison
from workbench.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank(Record):
    """One system's place on one metric.

    Attributes:
        system: Its name.
        value: Its score; None sorts last.
        cluster: 1 for the best group; every system of a cluster is shown better than every system below it.
        best: The highest place that the evidence leaves open.
        worst: The lowest one.
    """

    system: str
    value: float | None
    cluster: int
    best: int
    worst: int


def rank(
    values: Mapping[str, float | None], comparisons: Sequence[Comparison], *, higher_is_better: bool | None
) -> list[Rank]:
    """Systems from best to worst with clusters, as shared tasks draw them.

    Args:
        values: Scores by system.
        comparisons: All pairs on the same metric, corrected.
        higher_is_better: Of the metric; where it is None the highest comes first, and all are one cluster.
    """
    sign = -1 if higher_is_better is False else 1
    order = sorted(values, key=lambda name: (values[name] is None, -sign * (values[name] or 0), name))
    better = _beaten(comparisons)
    ranks, cluster = [], 1
    for place, system in enumerate(order):
        above, below = order[:place], order[place:]
        if above and all((high, low) in better for high in above for low in below):
            cluster += 1
        beats = sum((system, other) in better for other in order)
        loses = sum((other, system) in better for other in order)
        ranks.append(
            Rank(
                system=system, value=values[system], cluster=cluster, best=1 + loses, worst=len(order) - beats
            )
        )
    return ranks


def _beaten(comparisons: Sequence[Comparison]) -> set[tuple[str, str]]:
    """Pairs (winner, loser) whose difference is shown."""
    pairs = set()
    for each in comparisons:
        if each.verdict == "ours better":
            pairs.add((each.ours, each.theirs))
        elif each.verdict == "theirs better":
            pairs.add((each.theirs, each.ours))
    return pairs


def tokeniser_warnings(comparisons: Sequence[Comparison]) -> list[str]:
    """Pairs of systems that BLEU orders one way under `13a` and the other way under `intl`.

    13a does not split Arabic punctuation, so a space before a comma decides; see chrF++ instead.
    """
    found = {(each.metric, each.ours, each.theirs): each for each in comparisons}
    warnings = []
    for (metric, ours, theirs), first in found.items():
        second = found.get(("bleu-intl", ours, theirs))
        if metric != "bleu" or second is None or not first.difference or not second.difference:
            continue
        if first.difference * second.difference < 0 and (first.shown or second.shown):
            warnings.append(_disagreement(first, second, found.get(("chrf++", ours, theirs))))
    return warnings


def _disagreement(first: Comparison, second: Comparison, headline: Comparison | None) -> str:
    told = (
        f"BLEU's tokenisers disagree on {first.ours} against {first.theirs}: 13a says {first.difference:+.1f} "
        f"(p = {first.p:.3f}), intl says {second.difference:+.1f} (p = {second.p:.3f}); 13a does not split Arabic "
        f"punctuation."
    )
    if headline is None or headline.difference is None:
        return f"{told} Add chrf++, which needs no tokeniser."
    shown = "shown" if headline.shown else "no difference shown"
    return f"{told} chrF++, which needs no tokeniser, says {headline.difference:+.1f} ({shown})."
