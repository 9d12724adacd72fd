"""What looks wrong about one translated sentence; pure checks, each of source and output alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.records import Flag, Span
from workbench.text import loops as repetition
from workbench.text import numbers as figures
from workbench.text.script import script_of, script_of_letter, scripts, without_addresses

_WEIGHTS = {
    "empty": 16.0,
    "script": 8.0,
    "loop": 6.0,
    "untranslated": 4.0,
    "truncated": 4.0,
    "length": 2.0,
    "number": 1.0,
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_BROKEN = "\ufffd"
_DIGIT = re.compile(r"\d")
_IN_NAMES = frozenset(
    {
        "of",
        "the",
        "and",
        "de",
        "la",
        "le",
        "du",
        "des",
        "van",
        "von",
        "der",
        "del",
        "al",
        "el",
        "bin",
        "for",
        "in",
        "to",
        "on",
    }
)
_ECHOES = 0.3
"""Share of repeated word triples beyond the source's own that no translation needs."""


def check(*, source: str, output: str, languages: tuple[str, str]) -> tuple[Flag, ...]:
    """Everything that looks wrong about one sentence and its translation, gravest first.

    Args:
        source: The sentence; it is expected to hold something to translate.
        output: Its translation.
        languages: Source and target, BCP 47.

    Returns:
        Flags whose spans count from the start of `source` and of `output`.
    """
    flags = empty(source=source, output=output)
    if flags:
        return flags
    return (
        *script(source=source, output=output, languages=languages),
        *loops(source=source, output=output),
        *untranslated(source=source, output=output, languages=languages),
        *length(source=source, output=output, languages=languages),
        *numbers(source=source, output=output),
    )


def severity(flags: Sequence[Flag]) -> float:
    """How grave flags are together; 0 for none."""
    return sum(_WEIGHTS.get(flag.kind, 1.0) for flag in flags)


def empty(*, source: str, output: str) -> tuple[Flag, ...]:
    """Nothing was written for a sentence that has words."""
    if output.strip() or not source.strip():
        return ()
    return (Flag(kind="empty", message="The model wrote nothing for this sentence."),)


def script(*, source: str, output: str, languages: tuple[str, str]) -> tuple[Flag, ...]:
    """Broken characters, and letters of neither language's script: a wrong language code shows so."""
    allowed = {script_of(language) for language in languages} | set(scripts(source))
    strange = {
        char
        for char in set(output)
        if script_of_letter(char) not in {None, *allowed} or (char == _BROKEN and _BROKEN not in source)
    }
    if not strange:
        return ()
    foreign = [at for at, char in enumerate(output) if char in strange]
    message = f"Letters that belong to neither language: {_quoted(''.join(output[at] for at in foreign))}."
    return (Flag(kind="script", message=message, output_span=(foreign[0], foreign[-1] + 1)),)


def loops(*, source: str, output: str) -> tuple[Flag, ...]:
    """The same words again and again, more often than the source has them."""
    found = repetition.loops(output)
    allowed = repetition.longest(source) if found else 1
    worst = max(found, key=lambda loop: loop.times, default=None)
    if worst and worst.times > allowed:
        message = f"{_quoted(output[slice(*worst.unit)])} is repeated {worst.times} times."
        return (Flag(kind="loop", message=message, output_span=worst.span),)
    echoes = repetition.echoes(output)
    if echoes > _ECHOES and echoes > repetition.echoes(source) + _ECHOES:
        return (Flag(kind="loop", message="The output goes in circles."),)
    return ()


def cut_loop(output: str, *, source: str) -> tuple[str, Span | None]:
    """Write once what is repeated back to back, more often than the source has it.

    Returns:
        The text, and where the last thing that was cut stood first; None where nothing was cut.
    """
    allowed, span = repetition.longest(source), None
    edge = len(output)
    for loop in reversed(repetition.loops(output)):
        if loop.times > allowed and loop.span[1] <= edge:
            output = output[: loop.unit[1]] + output[loop.span[1] :]
            span, edge = loop.unit, loop.unit[0]
    return output, span


def untranslated(*, source: str, output: str, languages: tuple[str, str]) -> tuple[Flag, ...]:
    """Words of the source's language that stand in the output; names and acronyms in Latin letters may."""
    here, there = (script_of(language) for language in languages)
    if here == there:
        return _same_script(source, output)
    bare = without_addresses(output)
    wholly = not scripts(bare)[there] and not bare.isupper()
    for start, end in _runs(bare, here):
        if here != "Latn" or wholly or _is_left_behind(_WORD.findall(output[start:end])):
            message = f"Left in the source language: {_quoted(output[start:end])}."
            return (Flag(kind="untranslated", message=message, output_span=(start, end)),)
    return ()


def length(*, source: str, output: str, languages: tuple[str, str]) -> tuple[Flag, ...]:
    """Far more or far fewer letters than a translation of this source would have."""
    here, there = (script_of(language) == "Arab" for language in languages)
    expected = scripts(source).total() * (1.2 if here and not there else 1 / 1.2 if there and not here else 1)
    given = scripts(output).total()
    if given > 1.9 * expected + 12:
        return (Flag(kind="length", message="The output is far longer than its source."),)
    if given < 0.5 * expected - 4:
        return (Flag(kind="length", message="The output is far shorter than its source."),)
    return ()


def numbers(*, source: str, output: str) -> tuple[Flag, ...]:
    """Numbers that were lost, and numbers that were made up; in digits on one side, in any form on the other."""
    if not _DIGIT.search(source + output):
        return ()
    lost = tuple(
        Flag(
            kind="number",
            message=f"The source says {source[slice(*number.span)]}; the translation does not.",
            source_span=number.span,
        )
        for number in figures.missing(source=source, output=output)
    )
    made_up = tuple(
        Flag(
            kind="number",
            message=f"The translation says {output[slice(*number.span)]}; the source does not.",
            output_span=number.span,
        )
        for number in figures.missing(source=output, output=source)
    )
    return lost + made_up


def _runs(text: str, wanted: str) -> Iterator[Span]:
    """Stretches of words that are all in one script; a word of another script ends a stretch."""
    start = end = None
    for found in _WORD.finditer(text):
        if script_of_letter(found.group()[0]) == wanted:
            start, end = (found.start() if start is None else start), found.end()
        elif start is not None and end is not None:
            yield start, end
            start = end = None
    if start is not None and end is not None:
        yield start, end


def _is_left_behind(words: Sequence[str]) -> bool:
    """Whether Latin words in another script's text are prose rather than a name, a title or an acronym."""
    prose = [word for word in words if word.islower() and word not in _IN_NAMES]
    return (len(words) >= 3 and len(prose) >= 1) or len(words) >= 5


def _same_script(source: str, output: str) -> tuple[Flag, ...]:
    given, stated = ([word.casefold() for word in _WORD.findall(text)] for text in (output, source))
    if len(stated) < 4 or given != stated:
        return ()
    return (Flag(kind="untranslated", message="The output is the source itself."),)


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown[:57] + '…' if len(shown) > 60 else shown}”"
