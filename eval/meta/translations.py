"""Do overlap and reference-free figures of translations agree with published COMET? Seven systems, both directions.

System level alone: COMET is published by system. The interval resamples segments.

    python eval/meta/translations.py ../shared/data/eval/flores-dev
"""

import sys
from pathlib import Path

import numpy as np

from workbench.evaluate.files import read_lines
from workbench.evaluate.significance import Resampling, resampled_sums
from workbench.metrics import open_metric
from workbench.metrics.base import Texts, total

METRICS = (
    *("chrf++", "chrf", "bleu", "bleu-intl", "ter", "chrf++-matching", "rouge-l"),
    *("numbers", "numbers-supported", "untranslated", "script", "loops", "length-ratio"),
)


def kendall(x, y):
    upper = np.triu_indices(len(x), 1)
    a, b = (np.sign(v[:, None] - v[None, :])[upper] for v in (x, y))
    return (a * b).sum() / max(np.sqrt((a**2).sum() * (b**2).sum()), 1e-12)


def main():
    for source, target in (("ar", "en"), ("en", "ar")):
        folder = Path(sys.argv[1]) / f"{source}-{target}"
        paths = sorted(folder.glob(f"*.{target}"))
        comet = np.array([float((folder / f"{path.name}.comet").read_text()) for path in paths])
        references = [(line,) for line in read_lines(folder / target)]
        sources = read_lines(folder / source)
        for name in METRICS:
            metric = open_metric(name, language=target)
            tables = [
                metric.statistics(Texts(outputs=read_lines(path), references=references, sources=sources))
                for path in paths
            ]
            values = np.array([total(metric, table) for table in tables], dtype=float)
            drawn = np.stack(
                [metric.totals(sums) for sums in resampled_sums(tables, Resampling(trials=500))], axis=1
            )
            low, high = np.percentile([kendall(row, comet) for row in drawn], [2.5, 97.5])
            pearson = np.corrcoef(values, comet)[0, 1] if values.std() else float("nan")
            print(
                f"{source}-{target} {name:18} kendall {kendall(values, comet):+.2f} [{low:+.2f},{high:+.2f}] "
                f"pearson {pearson:+.2f}"
            )


if __name__ == "__main__":
    main()
