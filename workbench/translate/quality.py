"""How good a translation is likely to be, from how sure the model was of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from workbench.translate.draft import Draft

Calibration = Sequence[tuple[float, float]]
"""Pairs (mean token log-probability, chrF++ between 0 and 100), rising."""


def expected_quality(log_probability: float | None, calibration: Calibration) -> float:
    """Expected chrF++ between 0 and 1 on the line through the calibration points, level beyond its ends.

    Args:
        log_probability: Mean over tokens; None, for an output without tokens, is worth nothing.
        calibration: At least one point.
    """
    if log_probability is None:
        return 0.0
    right = bisect_right(calibration, log_probability, key=lambda point: point[0])
    if right in (0, len(calibration)):
        return calibration[min(right, len(calibration) - 1)][1] / 100
    (low, below), (high, above) = calibration[right - 1], calibration[right]
    return (below + (above - below) * (log_probability - low) / (high - low)) / 100


def confidence(drafts: Sequence[Draft], calibration: Calibration) -> float | None:
    """Expected chrF++ of a text between 0 and 1: the mean over its sentences, weighted by source tokens.

    None without calibration, where everything was copied, or where the engine does not tell how sure it was.
    """
    known = [d for d in drafts if not d.copied and (d.log_probability is not None or not d.text)]
    tokens = sum(draft.tokens for draft in known)
    if not calibration or not tokens:
        return None
    total = sum(d.tokens * expected_quality(d.log_probability, calibration) for d in known)
    return round(total / tokens, 4)
