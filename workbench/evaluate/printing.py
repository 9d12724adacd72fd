"""Scores as plain text: systems down, metrics across, then recipes and the differences that matter."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from workbench.evaluate.score import Scored
from workbench.evaluate.significance import Comparison
from workbench.metrics.base import Metric
from workbench.records import Score

_ACROSS = 5


def score_table(scored: Scored) -> str:
    """What `workbench score` prints: ranking by the first metric, with intervals, clusters and signatures."""
    parts = [_ranking(scored)]
    if pairs := _neighbours(scored):
        parts.append("\n".join([f"Differences on {pairs[0].metric}, neighbours in rank:", *_lines(pairs)]))
    signatures = dict.fromkeys((each.metric, each.signature) for each in scored.scores)
    parts.append("\n".join(f"{metric}: {signature}" for metric, signature in signatures))
    return "\n\n".join(parts)


def comparison_table(found: Mapping[str, Sequence[Comparison]]) -> str:
    """What `workbench compare` prints: a block for each part, a line for each pair on each metric."""
    blocks = []
    for part, pairs in found.items():
        rows = [["metric", "ours", "theirs", "difference", "p", "p corrected", "detectable", "verdict"]]
        rows += [[each.metric, each.ours, each.theirs, *comparison_cells(each)] for each in pairs]
        blocks.append("\n".join([part, *columns(rows)]))
    return "\n\n".join(blocks)


def shown(score: Score) -> str:
    """A value with its interval, such as "59.5 [58.5, 60.4]"; "undefined" where there is none."""
    if score.value is None:
        return "undefined"
    if score.low is None or score.high is None:
        return f"{score.value:.1f}"
    return f"{score.value:.1f} [{score.low:.1f}, {score.high:.1f}]"


def _ranking(scored: Scored) -> str:
    """One block of rows for every few metrics, so that lines stay readable."""
    blocks = [scored.metrics[at : at + _ACROSS] for at in range(0, len(scored.metrics), _ACROSS)]
    return "\n\n".join("\n".join(_block(scored, block)) for block in blocks)


def _block(scored: Scored, metrics: Sequence[Metric]) -> list[str]:
    # Clusters are those of the first metric: they stand beside it alone.
    clustered = len(scored.outputs) > 1 and scored.metrics[0] in metrics
    rows = [["system", *(["cluster"] if clustered else []), *(metric.name for metric in metrics)]]
    for each in scored.ranking(scored.metrics[0].name):
        cells = [shown(scored.score(each.system, metric.name)) for metric in metrics]
        rows.append([each.system, *([str(each.cluster)] if clustered else []), *cells])
    return columns(rows)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells padded to the width of their column, two spaces between."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _neighbours(scored: Scored) -> list[Comparison]:
    head = scored.metrics[0].name
    order = [each.system for each in scored.ranking(head)]
    return [scored.comparison(head, ours, theirs) for ours, theirs in itertools.pairwise(order)]


def _lines(pairs: Sequence[Comparison]) -> list[str]:
    rows = [["ours", "theirs", "difference", "p", "p corrected", "detectable", "verdict"]]
    rows += [[each.ours, each.theirs, *comparison_cells(each)] for each in pairs]
    return columns(rows)


def comparison_cells(each: Comparison) -> list[str]:
    """Difference with bounds, p, corrected p, detectable difference and verdict."""
    if each.difference is None:
        return ["undefined", "", "", "", each.verdict]
    if each.p is None or each.low is None or each.high is None:
        return [f"{each.difference:+.2f}", "", "", "", each.verdict]
    return [
        f"{each.difference:+.2f} [{each.low:+.2f}, {each.high:+.2f}]",
        f"{each.p:.3f}",
        f"{each.p_corrected:.3f}",
        f"{each.detectable:.2f}",
        each.verdict,
    ]
