"""Calibrate a model's confidence: mean token log-probability against sentence chrF++, printed as YAML for its card.

    python eval/calibrate.py embedded ../shared/data/newspairs/dev.jsonl

Sentences of both directions are sorted by log-probability into bins of equal size; where a bin scores below the one
before it, the two are merged, so that the points rise. How far single sentences stray from the line is printed too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sacrebleu.metrics import CHRF

from workbench.catalog import open_catalog
from workbench.translate import Translator, expected_quality
from workbench.translate.sentences import Direction


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("model")
    options.add_argument("pairs", type=Path, help="newspairs (JSONL): tune on dev, never on a test set")
    options.add_argument("--bins", type=int, default=8)
    given = options.parse_args()
    translator = open_catalog().translator(given.model)
    rows = np.array(
        [row for one, other in translator.pairs for row in measure(translator, given.pairs, one, other)]
    )
    points = rising(rows, given.bins)
    print("calibration:")
    for log_probability, chrf in points:
        print(f"  - [{log_probability:.3f}, {chrf:.1f}]")
    expected = np.array([100 * expected_quality(row[0], points) for row in rows])
    print(f"# n={len(rows)}, correlation {np.corrcoef(expected, rows[:, 1])[0, 1]:.3f},", end=" ")
    print(f"mean error {np.abs(expected - rows[:, 1]).mean():.1f} chrF++ a sentence")


def measure(translator: Translator, path: Path, source: str, target: str) -> Iterator[tuple[float, float]]:
    """Log-probability and chrF++ of each sentence; what was copied or came out empty tells nothing."""
    articles = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    pairs = [pair for article in articles for pair in (article["title"], *article["sentences"])]
    drafts = translator.draft([pair[source] for pair in pairs], Direction(source=source, target=target))
    score = CHRF(word_order=2)
    flagged = sum(bool(draft.flags) for draft in drafts)
    print(f"# {source}-{target}: {len(drafts)} sentences, {flagged} flagged after all attempts")
    for pair, draft in zip(pairs, drafts, strict=True):
        if draft.log_probability is not None:
            yield draft.log_probability, score.sentence_score(draft.text, [pair[target]]).score


def rising(rows: np.ndarray, bins: int) -> Sequence[tuple[float, float]]:
    """Means of bins of equal size, falling neighbours merged, weighted by how many rows each holds."""
    merged: list[tuple[float, float, int]] = []
    for part in np.array_split(rows[rows[:, 0].argsort()], bins):
        merged.append((part[:, 0].mean(), part[:, 1].mean(), len(part)))
        while len(merged) > 1 and merged[-2][1] >= merged[-1][1]:
            (x1, y1, n1), (x2, y2, n2) = merged[-2:]
            merged[-2:] = [((x1 * n1 + x2 * n2) / (n1 + n2), (y1 * n1 + y2 * n2) / (n1 + n2), n1 + n2)]
    return [(float(x), float(y)) for x, y, _ in merged]


if __name__ == "__main__":
    main()
