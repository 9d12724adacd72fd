"""Do the metrics of summaries agree with people? Kendall and Pearson with human scores on SummEval and Newsroom.

System level: 16 and 7 systems, means over all articles; the interval resamples articles. Summary level: correlation
over the systems of one article, mean over articles; the interval resamples articles.

    python eval/meta/summaries.py ../shared/data/summ [--resamples 1000]
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

from workbench.metrics import open_metric
from workbench.metrics.base import Texts

METRICS = (
    *(f"rouge-{kind}{stem}" for kind in ("1", "2", "l", "lsum") for stem in ("", "-stem")),
    *(
        "chrf++",
        "chrf",
        "bleu",
        "support",
        "coverage",
        "density",
        "novel-2",
        "compression",
        "redundancy",
        "position",
    ),
    *("numbers-supported", "length-ratio"),
)


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def references_of(record, single):
    return (
        (record.get("original_reference") or record["references"][0],)
        if single
        else tuple(record["references"])
    )


def score(metric, records, systems, single):
    """Metric by article and system, NaN where undefined."""
    columns = []
    for system in systems:
        texts = Texts(
            outputs=[record["systems"][system]["summary"] for record in records],
            references=[references_of(record, single) for record in records],
            sources=[record["text"] for record in records],
        )
        columns.append(metric.totals(metric.statistics(texts)))
    return np.stack(columns, axis=1)


def pearson(x, y):
    x, y = x - x.mean(axis=-1, keepdims=True), y - y.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (x * y).sum(-1) / np.sqrt((x**2).sum(-1) * (y**2).sum(-1))


def kendall(x, y):
    """Tau-b along the last axis."""
    upper = np.triu_indices(x.shape[-1], 1)
    a = np.sign(x[..., :, None] - x[..., None, :])[..., upper[0], upper[1]]
    b = np.sign(y[..., :, None] - y[..., None, :])[..., upper[0], upper[1]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1))


def bounds(values):
    return np.nanpercentile(values, [2.5, 97.5])


def correlate(ours, human, draws):
    """Kendall and Pearson at system and at summary level, each with its interval."""
    whole = ~np.isnan(ours).any(axis=1)
    found = {}
    for name, measure in (("kendall", kendall), ("pearson", pearson)):
        system = measure(np.nanmean(ours, axis=0), human.mean(axis=0))
        resampled = [measure(np.nanmean(ours[rows], axis=0), human[rows].mean(axis=0)) for rows in draws]
        each = measure(ours, human)
        means = [np.nanmean(each[rows]) for rows in draws]
        found[name] = (system, bounds(resampled), np.nanmean(each), bounds(means))
    return found, whole.mean()


def table(path, single, resamples):
    records = read(path)
    systems = sorted(records[0]["systems"])
    dimensions = sorted(records[0]["systems"][systems[0]]["scores"])
    human = {
        d: np.array([[record["systems"][system]["scores"][d] for system in systems] for record in records])
        for d in dimensions
    }
    human["mean"] = np.mean([human[d] for d in dimensions], axis=0)
    draws = np.random.default_rng(12345).integers(len(records), size=(resamples, len(records)))
    for name in METRICS:
        ours = score(open_metric(name, language="en"), records, systems, single)
        for dimension, people in human.items():
            found, _ = correlate(ours, people, draws)
            cells = "  ".join(
                f"{kind} system {s:+.2f} [{a:+.2f},{b:+.2f}] summary {m:+.3f} [{c:+.3f},{d:+.3f}]"
                for kind, (s, (a, b), m, (c, d)) in found.items()
            )
            print(
                f"{path.name.split('.')[0]:10} refs:{'1' if single else 'all':3} {name:18} {dimension:15} {cells}"
            )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--resamples", type=int, default=1000)
    options = arguments.parse_args()
    table(options.folder / "summeval.jsonl.gz", True, options.resamples)
    table(options.folder / "summeval.jsonl.gz", False, options.resamples)
    table(options.folder / "newsroom60.jsonl.gz", True, options.resamples)


if __name__ == "__main__":
    main()
