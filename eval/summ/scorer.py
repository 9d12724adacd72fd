"""The trained scorer against LEAD and against weighed sentences, at the same number of sentences, with paired tests.

    python eval/summ/scorer.py [--set NAME]... [--limit N] [--scorer FILE] [--show N]

"kept" leaves the days of reporting in the sentences («، اليوم الأربعاء،»): what choosing alone gives.
ROUGE is the project's own with Arabic letters folded; the best of several references counts. The default sets and sizes
take a quarter of an hour on one core.
"""

import argparse
import gzip
import json
from pathlib import Path

from workbench.evaluate.significance import Resampling, compare
from workbench.metrics.base import Texts, total
from workbench.metrics.rouge import Rouge
from workbench.records import Article
from workbench.summarise import Extractive, Length
from workbench.summarise.furniture import undated
from workbench.summarise.scoring import SHIPPED, load
from workbench.summarise.sentences import story
from workbench.text.arabic import matching

DATA = Path(__file__).resolve().parents[3] / "shared/data/summ"
SETS = {"mayadeen.valid": (1, 2, 3), "writer_summaries": (1, 3), "inshorts": (1, 3), "easc": (5,)}


def cases(name: str, limit: int | None) -> list[tuple[Article, tuple[str, ...]]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = rows[:: max(1, len(rows) // limit)][:limit] if limit else rows
    return [
        (
            Article(id=row["id"], text=row["text"], title=row["title"], language=row["lang"]),
            tuple(row["references"]),
        )
        for row in rows
    ]


def outputs(article: Article, sentences: int, *, scored: Extractive, weighed: Extractive) -> dict[str, str]:
    """What each system writes of one article."""
    length = Length(sentences=sentences)
    lead = [sentence.text for sentence in story(article)[:sentences]]
    ours, theirs = (one.summarise(article, length=length) for one in (scored, weighed))
    kept = {
        name: " ".join(article.text[slice(*span)] for pair in each.alignment for span in pair.sources)
        for name, each in (("scorer", ours), ("weighed", theirs))
    }
    return {
        "LEAD": " ".join(lead),
        "scorer, kept": kept["scorer"],
        "scorer": ours.text,
        "weighed, kept": kept["weighed"],
        "LEAD, days left out": " ".join(map(undated, lead)),
    }


def report(name: str, sentences: int, found, *, systems: dict[str, list[str]]) -> None:
    references = [tuple(map(matching, each)) for _, each in found]
    words = {
        system: sum(len(text.split()) for text in texts) / len(texts) for system, texts in systems.items()
    }
    print(f"\n{name}: n={len(found)}, {sentences} sentence(s)")
    for kind in ("1", "2", "l"):
        metric = Rouge(language=found[0][0].language, kind=kind)
        tables = {
            system: metric.statistics(Texts(outputs=list(map(matching, texts)), references=references))
            for system, texts in systems.items()
        }
        print(f"  {metric.signature(nrefs=-1)}|letters:matching")
        for system, table in tables.items():
            line = f"    {system:22}{total(metric, table):7.2f}{words[system]:7.1f} words"
            if system != "LEAD":
                (pair,) = compare(metric, {system: table, "LEAD": tables["LEAD"]}, Resampling())
                line += f"   {pair.difference:+.2f} [{pair.low:+.2f}, {pair.high:+.2f}] p {pair.p:.3f} {pair.verdict}"
            print(line, flush=True)


def show(found, systems: dict[str, list[str]], count: int) -> None:
    """Titles, what people wrote, LEAD and the scorer's choice, where they differ."""
    differ = [at for at in range(len(found)) if systems["LEAD, days left out"][at] != systems["scorer"][at]]
    for at in differ[:: max(1, len(differ) // count)][:count]:
        article, references = found[at]
        print(f"\n# {article.title}\nWANTED {references[0]}")
        print(f"LEAD   {systems['LEAD'][at]}\nSCORER {systems['scorer'][at]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--sentences", type=int, action="append")
    parser.add_argument("--limit", type=int, help="articles of each set, evenly spread")
    parser.add_argument("--scorer", type=Path, default=SHIPPED)
    parser.add_argument("--show", type=int, default=0, help="summaries to read, where they differ from LEAD")
    arguments = parser.parse_args()
    scored, weighed = Extractive(scorer=load(arguments.scorer)), Extractive()
    for name in arguments.set or SETS:
        found = cases(name, arguments.limit)
        for sentences in arguments.sentences or SETS[name]:
            written = [outputs(article, sentences, scored=scored, weighed=weighed) for article, _ in found]
            systems = {system: [each[system] for each in written] for system in written[0]}
            report(name, sentences, found, systems=systems)
            if arguments.show:
                show(found, systems, arguments.show)


if __name__ == "__main__":
    main()
