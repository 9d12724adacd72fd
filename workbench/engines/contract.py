"""What every engine does the same way: checks its orders, leaves empty texts alone, groups texts by length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from workbench.engines.base import Decoding, Generation
from workbench.errors import EngineError, UnsupportedPair

OVERFLOWING = ("t5", "mt5", "umt5", "longt5", "switch_transformers")
"""Families whose activations leave the range of float16: they would write nonsense without an error."""
EMPTY = Generation(text="", truncated=False)
"""What an engine gives for a text without words; no runtime ever sees one."""


def check_decoding(decoding: Decoding, *, engine: str) -> None:
    """Refuse orders that no runtime can follow.

    Raises:
        EngineError: A field is out of its range; the cure names the range.
    """
    ranges = (
        ("beam", decoding.beam >= 1, "at least 1"),
        ("max_new_tokens", decoding.max_new_tokens >= 1, "at least 1"),
        ("no_repeat_ngram", decoding.no_repeat_ngram >= 0, "0 or more"),
        ("repetition_penalty", decoding.repetition_penalty > 0, "above 0"),
        ("temperature", decoding.temperature >= 0, "0 or more"),
        ("top_k", decoding.top_k >= 0, "0 or more"),
    )
    for name, holds, allowed in ranges:
        if not holds:
            problem = f"The engine {engine!r} cannot decode with {name}={getattr(decoding, name)}."
            raise EngineError(problem, cure=f"Set {name} to {allowed}.")
    if decoding.temperature > 0 and decoding.beam > 1:
        raise EngineError(
            f"The engine {engine!r} cannot sample with a beam of {decoding.beam}.",
            cure="Set beam to 1 to sample, or temperature to 0 to search.",
        )


def check_search(decoding: Decoding, *, engine: str, other: str) -> None:
    """Refuse sampling where random numbers cannot be repeated; `other` names the engine that samples.

    Raises:
        EngineError: The temperature is above 0.
    """
    if decoding.temperature > 0:
        raise EngineError(
            f"The engine {engine!r} does not sample: its random numbers cannot be repeated from a seed.",
            cure=f"Set temperature to 0, or choose the engine {other!r}.",
        )


def check_range(dtype: str, *, family: str, model: str) -> None:
    """Refuse float16 for families that overflow in it.

    Raises:
        EngineError: The card asks for it.
    """
    if dtype == "float16" and family in OVERFLOWING:
        raise EngineError(
            f"{model} is of the family {family}, which overflows in float16.",
            cure="Set dtype to auto, bfloat16 or float32 in its card; int8 is safe with the engine ct2 alone.",
        )


def language_tag(codes: Mapping[str, str], language: str | None, *, model: str) -> str:
    """The key of `codes` for a BCP 47 tag; a region or script that is not among them falls back to the language.

    Raises:
        UnsupportedPair: The model has no code for it; those it has are offered.
    """
    if language is not None:
        for tag in (language, language.partition("-")[0]):
            if tag in codes:
                return tag
    wanted = "a text whose language is not given" if language is None else f"the language {language!r}"
    offered = ", ".join(sorted(codes)) or "no language at all: its card lists no codes"
    raise UnsupportedPair(f"{model} has no code for {wanted}.", cure=f"It knows {offered}.")


def fill(texts: Sequence[str], generate: Callable[[list[str]], list[Generation]]) -> list[Generation]:
    """Generate for the texts that hold words and put the empty generation in place of the others."""
    asked = [number for number, text in enumerate(texts) if text.strip()]
    answers = generate([texts[number] for number in asked]) if asked else []
    filled = [EMPTY] * len(texts)
    for number, answer in zip(asked, answers, strict=True):
        filled[number] = answer
    return filled


def by_length(lengths: Sequence[int], *, budget: int, workers: int = 1) -> Iterator[list[int]]:
    """Group item numbers so that no padded group exceeds `budget` tokens; longest first, singles may exceed it.

    Longest first, so that a lack of memory shows in the first group rather than after an hour. Where several workers
    take the groups, the last ones are smaller, so that all end at about the same time: none holds more than a
    worker's share of what is left, down to a quarter of the budget.
    """
    group: list[int] = []
    left = sum(lengths)
    least = min(budget // 4, -(-left // workers) + max(lengths, default=0))
    for number in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
        most = budget if workers == 1 else min(budget, max(least, left // workers))
        if group and lengths[group[0]] * (len(group) + 1) > most:
            yield group
            left -= sum(lengths[each] for each in group)
            group = []
        group.append(number)
    if group:
        yield group
