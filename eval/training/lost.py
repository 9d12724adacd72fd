"""Which words a model loses: known pairs translated both ways, each word followed to the other side.

How rare a word is in training says little about whether it is learnt: words seen a hundred times come out wrong every
time, others after five are right. So each word of a source is followed: what mostly stands for it on the other side,
counted over many pairs, stands in the reference, and in the output or not.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from workbench.catalog import open_catalog
from workbench.text.stems import words
from workbench.training.corpus import WRITTEN, read_pairs

Pairs = Sequence[tuple[str, str]]

MOST = 8
"""Counterparts of one stem: inflections and synonyms."""
TOGETHER = 3
"""Pairs in which a stem and its counterpart stand at least."""
DICE = 0.06
LIFT = 8.0
"""How much oftener than by chance they stand together at least."""
Counterparts = Mapping[str, tuple[str, ...]]
"""Stems of the other language that may stand for a stem, the likeliest first."""


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


class Followed(NamedTuple):
    """What became of a stem.

    Attributes:
        times: Sentences where it stood and a counterpart stood in the reference.
        lost: Those where no counterpart stood in the output.
    """

    times: int
    lost: int


def stems(text: str) -> set[str]:
    """The shortest form of each word without digits."""
    return {
        min(word.forms, key=lambda form: (len(form), form))
        for word in words(text)
        if not any(char.isdigit() for char in word.text)
    }


def counterparts(pairs: Iterable[tuple[str, str]]) -> Counterparts:
    """For each stem of the first language the stems of the second that mostly stand where it does.

    Association by Dice's coefficient, 2 * together / (alone + alone), at least `DICE`, among those that stand together
    `LIFT` times as often as chance would have it.
    """
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    together: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for source, target in pairs:
        here, there = stems(source), stems(target)
        sides[0].update(here)
        sides[1].update(there)
        total += 1
        for stem in here:
            together[stem].update(there)
    found = {}
    for stem, others in together.items():
        scored = []
        for other, count in others.items():
            dice = 2 * count / (sides[0][stem] + sides[1][other])
            lift = count * total / (sides[0][stem] * sides[1][other])
            if count >= TOGETHER and dice >= DICE and lift >= LIFT:
                scored.append((-dice, other))
        if scored:
            found[stem] = tuple(other for _, other in sorted(scored)[:MOST])
    return found


def follow(triples: Iterable[tuple[str, str, str]], known: Counterparts) -> dict[str, Followed]:
    """What became of each stem of the sources.

    Args:
        triples: Source, reference, and what the model wrote.
        known: See `counterparts`.
    """
    times: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for source, reference, output in triples:
        wanted, have = stems(reference), stems(output)
        for stem in stems(source):
            others = known.get(stem, ())
            if wanted.intersection(others):
                times[stem] += 1
                lost[stem] += not have.intersection(others)
    return {stem: Followed(times[stem], lost[stem]) for stem in times}


if __name__ == "__main__":
    main()
