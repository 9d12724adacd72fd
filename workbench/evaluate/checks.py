"""What is wrong with outputs or references before any score is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from workbench.errors import InputError
from workbench.metrics.base import Texts
from workbench.text.arabic import drop_invisible
from workbench.text.script import script_of, scripts

_SCRIPT_NAMES = {"Arab": "Arabic", "Latn": "Latin"}
_ENOUGH_LETTERS = 20
"""Fewer letters than this say nothing about a language."""

_TOKENISED = 0.2
"""Share of lines ending in a space and a stop from which outputs look tokenised."""


def check_references(references: Sequence[Sequence[str]], *, language: str) -> None:
    """Refuse references that are written in another script than the declared language.

    Raises:
        InputError: Most letters are of another script.
    """
    found = _letters(text for group in references for text in group)
    wanted = script_of(language)
    if found.total() >= _ENOUGH_LETTERS and found[wanted] < found.total() / 2:
        other, count = found.most_common(1)[0]
        raise InputError(
            f"The references are declared {language!r}, yet {count / found.total():.0%} of their letters are "
            f"{_SCRIPT_NAMES.get(other, other)}.",
            cure="Declare the language of the outputs with --language, and check that source and reference "
            "were not swapped.",
        )


def output_warnings(systems: Mapping[str, Texts], *, language: str) -> list[str]:
    """What a reader must know about outputs before reading their scores."""
    warnings = []
    for name, texts in systems.items():
        warnings += [f"{name}: {told}" for told in _warnings(texts, language)]
    return warnings


def _warnings(texts: Texts, language: str) -> list[str]:
    outputs = texts.outputs
    told = []
    if empty := sum(not text.strip() for text in outputs):
        told.append(f"{_of(empty, outputs)} are empty; they count as such.")
    if foreign := _in_another_script(outputs, language):
        told.append(foreign)
    if hidden := sum(drop_invisible(text) != text for text in outputs):
        told.append(
            f"{_of(hidden, outputs)} hold invisible characters (direction marks and the like), which raw scores "
            f"count as letters and the '-matching' ones do not."
        )
    if (tokenised := sum(text.endswith((" .", " ؟", " !")) for text in outputs)) > _TOKENISED * len(outputs):
        told.append(
            f"{_of(tokenised, outputs)} end in a space and a stop: they look tokenised; detokenise them."
        )
    if texts.references and all(text in group for text, group in zip(outputs, texts.references, strict=True)):
        told.append("its outputs are the references themselves.")
    return told


def _in_another_script(outputs: Sequence[str], language: str) -> str | None:
    found, wanted = _letters(outputs), script_of(language)
    if found.total() < _ENOUGH_LETTERS or found[wanted] >= found.total() / 2:
        return None
    other, count = found.most_common(1)[0]
    return (
        f"{count / found.total():.0%} of its letters are {_SCRIPT_NAMES.get(other, other)} though {language!r} is "
        f"declared: a wrong language code, or the wrong file."
    )


def _letters(texts: Iterable[str]) -> Counter[str]:
    return sum((scripts(text) for text in texts), Counter())


def _of(count: int, outputs: Sequence[str]) -> str:
    return f"{count} of {len(outputs)} outputs"
