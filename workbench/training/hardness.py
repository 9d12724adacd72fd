"""Which words a model loses, told by its own translations, so that pairs with such words can be drawn more often.

How rare a word is in training says little about whether it is learnt: words seen a hundred times come out wrong every
time, others after five are right. So known pairs are translated, and each word of a source is followed to the other
side: what mostly stands for it there, counted over many pairs, stands in the reference, and in the output or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.text.stems import words

MOST = 8
"""Counterparts of one stem: inflections and synonyms."""
TOGETHER = 3
"""Pairs in which a stem and its counterpart stand at least."""
DICE = 0.06
LIFT = 8.0
"""How much oftener than by chance they stand together at least."""
DOUBT = 3.0
"""A stem is taken to have been followed so many times more, with the usual outcome."""

Counterparts = Mapping[str, tuple[str, ...]]
"""Stems of the other language that may stand for a stem, the likeliest first."""


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


def hardness(
    texts: Sequence[str], followed: Mapping[str, Followed], *, least: float = 0.3, most: float = 4.0
) -> NDArray[np.float64]:
    """How much oftener than the mean each source should be drawn, shape [texts]; their mean is 1.

    The mean chance that one of its words is lost, against that of all texts, squared, and kept within bounds: a text
    that is known still keeps what surrounds the words, and what is lost everywhere may be wrong itself.

    Args:
        texts: Sources in one language.
        followed: See `follow`.
        least: Lower bound, before all are divided by their mean.
        most: Upper bound, likewise.
    """
    if not texts:
        return np.ones(0)
    usual = sum(one.lost for one in followed.values()) / max(1, sum(one.times for one in followed.values()))
    chances = {stem: (one.lost + usual * DOUBT) / (one.times + DOUBT) for stem, one in followed.items()}
    means = np.array([_mean([chances.get(stem, usual) for stem in stems(text)]) for text in texts])
    if not means.any():
        return np.ones(len(texts))
    factors = np.clip((means / means.mean()) ** 2, least, most)
    shares: NDArray[np.float64] = factors / factors.mean()
    return shares


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
