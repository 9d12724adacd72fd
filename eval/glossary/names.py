"""What the lists of names and rare words change in translations of the embedded model: chrF++, processor time.

    python eval/glossary/names.py --data ../shared/data [--show N]
    python eval/glossary/names.py --audit ../shared/data/parallel/press_*.tsv.gz

The lists were written from general knowledge and are not to be filled up with what these texts lack. `--show` prints N
changed places of each set, drawn at random, to be read. `--audit` counts, in pairs that people or better models
translated ("Arabic TAB English"), how often the other side has the name too: where it seldom has, the word means
something else as well, or is written otherwise.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import sacrebleu

sys.path.insert(0, str(Path(__file__).parents[1]))

from quality import suites

from workbench.catalog import open_catalog
from workbench.glossary import open_names
from workbench.training.corpus import read_pairs
from workbench.translate import Translator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--audit", type=Path, nargs="+", metavar="PAIRS")
    given = parser.parse_args()
    if given.audit:
        audit(given.audit)
        return
    print("| test set | direction | n | chrF++ | with names | BLEU | with names | changed | processor time |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, sides in suites(given.data).items():
        for source, target in (("ar", "en"), ("en", "ar")):
            named = open_catalog().translator(source=source, target=target)
            ways = [
                translated(each, sides[source], source, target) for each in (named.without_names(), named)
            ]
            print(f"| {name} | {source} → {target} | {row(ways, sides[target])} |", flush=True)
            show([texts for texts, _ in ways], given.show)


def audit(paths: Sequence[Path]) -> None:
    with_name, kept = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for path in paths:
        pairs = list(read_pairs(path))
        for column, direction in enumerate((("ar", "en"), ("en", "ar"))):
            glossary = open_names().between(*direction)
            for pair in pairs:
                terms = [one.term for one in glossary.find(pair[column])]
                there = {one.term for one in glossary.found(pair[1 - column], terms)} if terms else set()
                keys = [(direction[0], term.sources[0]) for term in terms]
                with_name.update(keys)
                kept.update(key for key, term in zip(keys, terms, strict=True) if term in there)
    for source in ("ar", "en"):
        found = [key for key in with_name if key[0] == source]
        whole = sum(with_name[key] for key in found)
        print(
            f"{source}: {whole} names, {sum(kept[key] for key in found) / whole:.1%} of them on the other side"
        )
        for key in sorted(found, key=lambda key: kept[key] - with_name[key])[:20]:
            print(f"    {key[1]}: {kept[key]} of {with_name[key]}")


def translated(model: Translator, lines: list[str], source: str, target: str) -> tuple[list[str], float]:
    """The texts, and seconds of processor time for them."""
    model.translate_lines(lines[:8], source=source, target=target)
    started = time.process_time()
    outputs = model.translate_lines(lines, source=source, target=target)
    return [output.text for output in outputs], time.process_time() - started


def row(ways: Sequence[tuple[list[str], float]], references: list[str]) -> str:
    (plain, before), (named, after) = ways
    chrf = [sacrebleu.corpus_chrf(texts, [references], word_order=2).score for texts in (plain, named)]
    bleu = [sacrebleu.corpus_bleu(texts, [references]).score for texts in (plain, named)]
    changed = sum(one != other for one, other in zip(plain, named, strict=True))
    figures = [*(f"{score:.2f}" for score in (*chrf, *bleu)), str(changed), f"{after / before - 1:+.0%}"]
    return " | ".join([str(len(plain)), *figures])


def show(ways: Sequence[list[str]], count: int) -> None:
    changed = [(one.split(), other.split()) for one, other in zip(*ways, strict=True) if one != other]
    sample = random.Random(1).sample(changed, min(count, len(changed)))  # noqa: S311 - a sample
    for before, after in sample:
        places = SequenceMatcher(None, before, after).get_opcodes()
        parts = [
            f"{' '.join(before[a:b])} → {' '.join(after[c:d])}"
            for kind, a, b, c, d in places
            if kind != "equal"
        ]
        print("    " + "; ".join(parts))


if __name__ == "__main__":
    main()
