"""Systems that need no model: the first sentences, random ones, the best ones in hindsight, and the source itself."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence

from workbench.errors import UnsupportedPair
from workbench.evaluate.run import System
from workbench.evaluate.suite import Item, Part
from workbench.metrics.rouge import Tokens, ngrams, tokeniser
from workbench.records import Output
from workbench.text.segment import segment

_NAME = re.compile(r"(lead|random|oracle)-([1-9]\d?)")

COPY = "copy"
"""The source as its own translation: what a metric gives for doing nothing."""

Pick = Callable[[Sequence[str], Item, int, str], list[int]]


def baseline(name: str) -> System | None:
    """The baseline called `lead-N`, `random-N`, `oracle-N` or `copy`; None for other names.

    `oracle-N` picks, greedily, the sentences nearest to the references by ROUGE-1 and ROUGE-2: what picking
    sentences could reach.
    """
    if name == COPY:
        return System(
            name=name, generate=lambda part, items: [_output(name, part, item.source, item) for item in items]
        )
    found = _NAME.fullmatch(name)
    if not found:
        return None
    pick, count = _PICKS[found[1]], int(found[2])
    return System(
        name=name,
        generate=lambda part, items: [_picked(name, part, item, pick, count) for item in items],
        prepare=lambda part: _require_summary(name, part),
    )


def _require_summary(name: str, part: Part) -> None:
    if part.task != "summarise" or part.source != part.target:
        raise UnsupportedPair(
            f"{name} picks sentences: it can neither translate nor summarise into another language.",
            cure="Leave it out for this part; `copy` is the baseline of translation.",
        )


def _picked(name: str, part: Part, item: Item, pick: Pick, count: int) -> Output:
    sentences = [each.text for each in segment(item.source) if each.text.strip()]
    chosen = sorted(pick(sentences, item, count, part.target))
    return _output(name, part, "\n".join(sentences[at] for at in chosen), item)


def _output(name: str, part: Part, text: str, item: Item) -> Output:
    return Output(article=item.id, task=part.task, text=text, language=part.target, model=name, coverage=1.0)


def lead(sentences: Sequence[str], item: Item, count: int, language: str) -> list[int]:  # noqa: ARG001
    """The first sentences."""
    return list(range(min(count, len(sentences))))


def random_pick(sentences: Sequence[str], item: Item, count: int, language: str) -> list[int]:  # noqa: ARG001
    """Any sentences, the same ones for the same item each time."""
    chance = random.Random(item.id)  # noqa: S311 - a baseline, no secret
    return chance.sample(range(len(sentences)), min(count, len(sentences)))


def oracle(sentences: Sequence[str], item: Item, count: int, language: str) -> list[int]:
    """Sentences added one by one while they bring the summary nearer to a reference."""
    tokens = tokeniser(language.split("-", maxsplit=1)[0], stem=False)
    texts = [tokens(sentence) for sentence in sentences]
    references = [tokens(reference) for reference in item.references]
    chosen: list[int] = []
    best = 0.0
    while len(chosen) < count:
        scored = [
            (_closeness(texts, [*chosen, at], references), -at)
            for at in range(len(texts))
            if at not in chosen
        ]
        value, place = max(scored, default=(0.0, 0))
        if value <= best:
            break
        best = value
        chosen.append(-place)
    return chosen


def _closeness(texts: Sequence[Tokens], chosen: Sequence[int], references: Sequence[Tokens]) -> float:
    words = tuple(token for at in sorted(chosen) for token in texts[at])
    return max(
        (sum(_f1(ngrams(words, n), ngrams(each, n)) for n in (1, 2)) for each in references), default=0.0
    )


def _f1(given: Counter[Tokens], wanted: Counter[Tokens]) -> float:
    shared = (given & wanted).total()
    return 2 * shared / (given.total() + wanted.total()) if shared else 0.0


_PICKS: dict[str, Pick] = {"lead": lead, "random": random_pick, "oracle": oracle}
