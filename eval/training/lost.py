"""Which words a model loses: known pairs translated both ways, each word followed to the other side.

    python eval/training/lost.py --sample 12000 > lost.tsv
    python eval/training/lost.py --tables ../shared/data/parallel/press_*.tsv.gz --least 3

One row a word: language, sentences that lack it in the output, sentences where it was followed, its forms, and the
stems that mostly stand for it. The model translates as the library does, with its lists of names and words, so that
what they mend is not counted. Pairs written for the model are always among those that counterparts are counted on.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.catalog import open_catalog
from workbench.text.stems import words
from workbench.training.corpus import WRITTEN, read_pairs
from workbench.training.hardness import counterparts, follow, stems

Pairs = Sequence[tuple[str, str]]


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--model", default="embedded")
    options.add_argument(
        "--tables", type=Path, nargs="*", default=[], help="more pairs, Arabic TAB English, gzipped"
    )
    options.add_argument("--sample", type=int, default=12_000, help="pairs that are translated")
    options.add_argument("--least", type=int, default=2, help="sentences that lack a word for it to be told")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    pairs = [pair for path in (WRITTEN, *given.tables) for pair in read_pairs(path)]
    chance = random.Random(given.seed)  # noqa: S311 - not for secrets
    sample = chance.sample(pairs, min(given.sample, len(pairs)))
    print("language", "lost", "followed", "forms", "counterparts", sep="\t")
    for source, target in (("ar", "en"), ("en", "ar")):
        turned = pairs if source == "ar" else [(english, arabic) for arabic, english in pairs]
        chosen = sample if source == "ar" else [(english, arabic) for arabic, english in sample]
        for row in lost(given.model, source, target, turned, chosen):
            if row[0] >= given.least:
                print(source, *row, sep="\t", flush=True)


def lost(
    model: str, source: str, target: str, pairs: Pairs, sample: Pairs
) -> Iterator[tuple[int, int, str, str]]:
    """How often each word was lost and followed, its forms and its counterparts; what is lost most comes first."""
    translator = open_catalog().translator(model, source=source, target=target)
    made = translator.translate_lines([text for text, _ in sample], source=source, target=target)
    known = counterparts(pairs)
    triples = ((text, wanted, output.text) for (text, wanted), output in zip(sample, made, strict=True))
    became = follow(triples, known)
    times, all_lost = sum(one.times for one in became.values()), sum(one.lost for one in became.values())
    print(f"{source}-{target}: {all_lost} of {times} words followed are lost", file=sys.stderr)
    forms = written(text for text, _ in sample)
    for stem, one in sorted(became.items(), key=lambda item: -item[1].lost):
        often = "|".join(form for form, _ in forms[stem].most_common(4))
        yield one.lost, one.times, often, " ".join(known[stem])


def written(texts: Iterator[str]) -> dict[str, Counter[str]]:
    """How often each stem stands in which form."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for word in words(text):
            for stem in stems(word.text):
                forms[stem][word.text] += 1
    return forms


if __name__ == "__main__":
    main()
