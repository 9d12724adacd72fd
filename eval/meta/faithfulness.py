"""Does a figure tell a true summary from a false one? Votes of people on QAGS, and damage done on purpose.

    python eval/meta/faithfulness.py [--model NAME]

QAGS: correlation with the share of sentences voted true, and AUC of "all true", for `workbench.faithfulness` beside
ROUGE to the source and other cheap figures. The threshold of the flag "unsupported" is chosen on one half of the
summaries (the highest at which three in four flagged ones hold something false) and reported on the other. Newspairs:
how often numbers and names are flagged in the summaries as they are, and in summaries into which a number or a name of
another article was put.
"""

import argparse
import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.faithfulness import Source, unsupported
from workbench.metrics import open_metric
from workbench.metrics.base import Texts
from workbench.text.names import names
from workbench.text.numbers import numbers

DATA = Path(__file__).resolve().parents[3] / "shared/data"
FIGURES = (
    "support",
    "coverage",
    "density",
    "novel-1",
    "novel-2",
    "novel-3",
    "compression",
    "numbers-supported",
)
RIGHT = 0.75
ROUGE = ("rouge-1", "rouge-2", "rouge-l")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A machine's summary and the share of its sentences that people voted true."""

    subset: str
    source: str
    output: str
    votes: float
    chooses: bool


def qags():
    with gzip.open(DATA / "summ/qags_faithfulness.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for machine in row["machine_summaries"].values():
                yield Case(
                    subset=row["subset"],
                    source=row["text"],
                    output=machine["summary"],
                    votes=machine["scores"]["fact"],
                    chooses=zlib.crc32(row["id"].encode()) % 2 == 0,
                )


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


def show(subset, name, values, votes, *, lowest=None):
    """One line: correlation of `values`, and AUC of `lowest` (of a summary's worst sentence) or of `values`."""
    rng = np.random.default_rng(12345)
    defined = ~np.isnan(values)
    x, y = values[defined], votes[defined]
    worst = x if lowest is None else lowest[defined]
    draws = [rng.integers(len(x), size=len(x)) for _ in range(1000)]
    pearson = np.corrcoef(x, y)[0, 1]
    low, high = np.percentile([np.corrcoef(x[d], y[d])[0, 1] for d in draws], [2.5, 97.5])
    areas = [auc(worst[d], y[d] >= 1) for d in draws if 0 < (y[d] >= 1).sum() < len(d)]
    spearman = np.corrcoef(ranks(x), ranks(y))[0, 1]
    print(
        f"{subset:10} {name:22} n {len(x):3} pearson {pearson:+.3f} [{low:+.3f},{high:+.3f}] spearman {spearman:+.3f} "
        f"AUC (all votes true) {auc(worst, y >= 1):.3f} "
        f"[{np.percentile(areas, 2.5):.3f},{np.percentile(areas, 97.5):.3f}]"
    )


def cheap(cases, name):
    metric = open_metric(name, language="en")
    outputs, sources = [case.output for case in cases], [case.source for case in cases]
    # ROUGE to the source: the source is the reference, and what counts is precision, the share of the summary found.
    if name in ROUGE:
        return metric.statistics(Texts(outputs=outputs, references=[(source,) for source in sources]))[:, 0]
    return metric.totals(metric.statistics(Texts(outputs=outputs, sources=sources)))


def scores(cases, encode):
    """The support of every sentence of every summary."""
    return [
        [one.score for one in Source(c.source, language="en", encode=encode).support(c.output)] for c in cases
    ]


def threshold(lowest, true):
    """The highest value below which at least three in four summaries hold something false."""
    candidates = np.round(np.arange(0.3, 1.0, 0.01), 2)
    right = [np.mean(~true[lowest < c]) if (lowest < c).any() else 1.0 for c in candidates]
    return float(max((c for c, share in zip(candidates, right, strict=True) if share >= RIGHT), default=0.3))


def report_threshold(cases, values, name):
    lowest = np.array([min(row) for row in values])
    true = np.array([case.votes >= 1 for case in cases])
    chooses = np.array([case.chooses for case in cases])
    cut = threshold(lowest[chooses], true[chooses])
    print(f"threshold {name}: {cut:.2f}, chosen on {chooses.sum()}, reported on {(~chooses).sum()}:")
    for subset in ("all", *sorted({case.subset for case in cases})):
        part = ~chooses & np.array([subset in ("all", case.subset) for case in cases])
        flagged, false = lowest[part] < cut, ~true[part]
        print(
            f"  {subset:10} n {part.sum():3} flagged {flagged.mean():.2f} of which false {false[flagged].mean():.2f}, "
            f"false found {flagged[false].mean():.2f}, true flagged {flagged[~false].mean():.2f}, "
            f"balanced accuracy {(flagged[false].mean() + (~flagged)[~false].mean()) / 2:.3f}"
        )


def votes_of_people(encode):
    cases = list(qags())
    kinds = {"words": scores(cases, None)}
    if encode:
        kinds["words and meaning"] = scores(cases, encode)
    for subset in ("all", *sorted({case.subset for case in cases})):
        inside = [at for at, case in enumerate(cases) if subset in ("all", case.subset)]
        chosen = [cases[at] for at in inside]
        votes = np.array([case.votes for case in chosen])
        for name in (*ROUGE, *FIGURES):
            show(subset, name, cheap(chosen, name), votes)
        for name, values in kinds.items():
            means = np.array([np.mean(values[at]) for at in inside])
            lowest = np.array([min(values[at]) for at in inside])
            show(subset, f"faithfulness, {name}", means, votes, lowest=lowest)
    for name, values in kinds.items():
        report_threshold(cases, values, name)


def damage(language, encode):
    """Flags on summaries as they are, against other articles, and with one number or name of another article."""
    with (DATA / "newspairs/dev.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    sources = [f"{r['title'][language]}\n" + "\n".join(s[language] for s in r["sentences"]) for r in rows]
    outputs = [row["summary"][language] for row in rows]
    grounds = [Source(source, language=language, encode=encode) for source in sources]
    for name, shift in (("their own", 0), ("another", 1)):
        told = [grounds[at - shift].support(output) for at, output in enumerate(outputs)]
        flagged, freely = (sum(len(unsupported(one, freely=free)) for one in told) for free in (False, True))
        mean = np.mean([one.score for supports in told for one in supports])
        print(
            f"newspairs {language} against {name} article: support {mean:.2f}, {flagged} of {sum(map(len, told))} "
            f"sentences flagged, {freely} as a free writer's"
        )
    for kind, find, flags in (("number", numbers, Source.numbers), ("name", names, Source.names)):
        found = [find(output) for output in outputs]
        wrongly = sum(len(flags(source, output)) for source, output in zip(grounds, outputs, strict=True))
        tried = noticed = 0
        for at, (source, output) in enumerate(zip(grounds, outputs, strict=True)):
            others = [(other, one) for other in range(len(rows)) for one in found[other] if other != at]
            if not found[at] or not others:
                continue
            start, end = found[at][0].span
            for other, one in others[at :: len(rows)]:
                foreign = outputs[other][slice(*one.span)]
                if not flags(source, foreign):
                    continue  # this article has it too
                changed = output[:start] + foreign + output[end:]
                tried += 1
                noticed += any(flag.output_span[0] == start for flag in flags(source, changed))
        print(
            f"newspairs {language} {kind}: {wrongly} of {sum(map(len, found))} flagged in {len(rows)} summaries "
            f"as they are; {noticed} of {tried} noticed that were put in"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="embedded", help="Whose encoder compares sentences; '' for none.")
    name = parser.parse_args().model
    encode = None
    if name:
        from workbench.catalog import open_catalog

        encode = open_catalog().engine(name, device="cpu").encode
    votes_of_people(encode)
    for language in ("en", "ar"):
        damage(language, encode)


if __name__ == "__main__":
    main()
