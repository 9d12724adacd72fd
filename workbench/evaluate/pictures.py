"""Pictures of a report, as SVG text: intervals, quality against speed and memory, and distributions."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.evaluate.run import Run
from workbench.records import Score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK, _ACCENT, _PALE = "#1f2933", "#0b6e99", "#d9e2ec"
_ROW = 0.34
_ID = re.compile(r'id="([^"]+)"|(?:xlink:href="#|url\(#)([^")]+)')


def intervals_picture(scores: Sequence[Score]) -> str:
    """One line a system: its score and its 95 % interval, in the order given."""
    figure, axes = _blank(7, 0.9 + _ROW * len(scores))
    for place, score in enumerate(reversed(scores)):
        if score.value is None:
            continue
        if score.low is not None and score.high is not None:
            axes.plot(
                [score.low, score.high], [place, place], color=_ACCENT, linewidth=3, solid_capstyle="round"
            )
        axes.plot([score.value], [place], "o", color=_INK, markersize=6)
    axes.set_yticks(range(len(scores)), [score.system for score in reversed(scores)])
    axes.set_ylim(-0.6, len(scores) - 0.4)
    axes.set_xlabel(scores[0].metric if scores else "")
    return _svg(figure)


def frontier_picture(scores: Sequence[Score], runs: Mapping[str, Run]) -> str | None:
    """Quality against speed, memory as the size of the dot; None where nothing was timed.

    Systems on the frontier (none is both better and faster) are joined by a line.
    """
    points = [
        (speed, score.value, runs[score.system].peak_memory_mb, score.system)
        for score in scores
        if score.system in runs
        and score.value is not None
        and (speed := runs[score.system].characters_per_second)
    ]
    if not points:
        return None
    figure, axes = _blank(7, 3.6)
    for speed, value, memory, name in points:
        size = 40 + (memory or 0) / 8
        axes.scatter([speed], [value], s=size, color=_ACCENT, alpha=0.55, edgecolors=_INK)
        axes.annotate(name, (speed, value), xytext=(7, 5), textcoords="offset points", fontsize=9)
    best = [(speed, value) for speed, value, _, _ in points if not _beaten(speed, value, points)]
    axes.plot(*zip(*sorted(best), strict=True), color=_INK, linewidth=1, linestyle="--", zorder=0)
    axes.set_xscale("log")
    axes.set_xlabel("source characters per second (dot size: peak memory)")
    axes.set_ylabel(scores[0].metric)
    axes.margins(0.15)
    return _svg(figure)


def _beaten(speed: float, value: float, points: Sequence[tuple[Any, ...]]) -> bool:
    return any(s >= speed and v >= value and (s, v) != (speed, value) for s, v, _, _ in points)


def distribution_picture(values: Mapping[str, Any], *, metric: str) -> str | None:
    """How the scores of single segments spread: a box for each system with its quarters, median and tails."""
    kept = {name: each[~np.isnan(each)] for name, each in values.items()}
    kept = {name: each for name, each in kept.items() if len(each)}
    if not kept:
        return None
    figure, axes = _blank(7, 0.9 + _ROW * len(kept))
    names = list(reversed(kept))
    axes.boxplot(
        [kept[name] for name in names],
        orientation="horizontal",
        tick_labels=names,
        whis=(5, 95),
        showfliers=False,
        widths=0.55,
        patch_artist=True,
        boxprops={"facecolor": _PALE, "edgecolor": _INK},
        medianprops={"color": _ACCENT, "linewidth": 2},
    )
    axes.set_xlabel(f"{metric} (median, quarters, middle 90 %)")
    return _svg(figure)


def _blank(width: float, height: float) -> tuple[Figure, Any]:
    # Not pyplot: it keeps figures in a global list and wants a backend for screens.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color=_PALE)
    axes.set_axisbelow(True)
    return figure, axes


def _svg(figure: Figure) -> str:
    """The figure as an `<svg>` element with text as text, the same bytes for the same figure."""
    import matplotlib

    sink = io.StringIO()
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "workbench", "font.family": "sans-serif"}
    ):
        figure.savefig(sink, format="svg", metadata={"Date": None})
    text = sink.getvalue()
    return text[text.index("<svg") :]


def unique_ids(svg: str, prefix: str) -> str:
    """Rename the ids of a picture, so that several can stand in one page."""
    return _ID.sub(
        lambda found: found.group().replace(found[1] or found[2], f"{prefix}-{found[1] or found[2]}", 1), svg
    )
