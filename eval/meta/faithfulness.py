"""Do cheap figures tell a true summary from a false one? Correlation with people's votes on QAGS, and AUC.

python eval/meta/faithfulness.py ../shared/data/summ/qags_faithfulness.jsonl.gz
"""

import gzip
import json
import sys

import numpy as np

from workbench.metrics import open_metric
from workbench.metrics.base import Texts

METRICS = (
    "support",
    "coverage",
    "density",
    "novel-1",
    "novel-2",
    "novel-3",
    "compression",
    "numbers-supported",
)


def pairs(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            for machine in record["machine_summaries"].values():
                yield record["subset"], record["text"], machine["summary"], machine["scores"]["fact"]


def ranks(values):
    """Mean ranks, ties shared."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def auc(values, positive):
    """Share of (true, false) pairs that the figure orders rightly."""
    order = ranks(values)
    count = positive.sum()
    return (order[positive].sum() - count * (count + 1) / 2) / (count * (~positive).sum())


def report(subset, sources, outputs, votes):
    rng = np.random.default_rng(12345)
    for name in METRICS:
        metric = open_metric(name, language="en")
        values = metric.totals(metric.statistics(Texts(outputs=outputs, sources=sources)))
        defined = ~np.isnan(values)
        x, y = values[defined], votes[defined]
        draws = [rng.integers(len(x), size=len(x)) for _ in range(1000)]
        pearson = np.corrcoef(x, y)[0, 1]
        low, high = np.percentile([np.corrcoef(x[d], y[d])[0, 1] for d in draws], [2.5, 97.5])
        spearman = np.corrcoef(ranks(x), ranks(y))[0, 1]
        print(
            f"{subset:10} {name:18} n {len(x):3} pearson {pearson:+.3f} [{low:+.3f},{high:+.3f}] "
            f"spearman {spearman:+.3f} AUC (all votes true) {auc(x, y >= 1):.3f}"
        )


def main():
    rows = list(pairs(sys.argv[1]))
    for subset in sorted({row[0] for row in rows}):
        _, sources, outputs, votes = zip(*(row for row in rows if row[0] == subset), strict=True)
        report(subset, sources, outputs, np.array(votes))


if __name__ == "__main__":
    main()
