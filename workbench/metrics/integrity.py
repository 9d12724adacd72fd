"""Whether outputs are whole, whatever their style: numbers kept, nothing left untranslated, no loops, right script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from workbench.errors import InputError
from workbench.metrics.base import Rows, Texts, as_rows, ratio, require
from workbench.text.loops import longest
from workbench.text.numbers import missing, numbers
from workbench.text.script import script_of, script_of_letter, scripts, without_addresses

Count = Callable[..., tuple[int, int]]
"""From `source`, `output` and `language` of the output to (part, whole)."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LEAST_WORDS = {"Latn": 3}
"""Latin words in a row that are text rather than a name; of any other script one is enough."""


class Share:
    """A part in percent of a whole, counted on source and output alone; no reference plays a part.

    Rows: part and whole.
    """

    needs_reference = False

    def __init__(
        self,
        *,
        language: str,
        name: str,
        count: Count,
        recipe: str,
        needs_source: bool = True,
        higher_is_better: bool = False,
    ) -> None:
        self.language = language
        self.name = name
        self.needs_source = needs_source
        self.higher_is_better = higher_is_better
        self._count = count
        self._recipe = recipe

    def signature(self, *, nrefs: int = 1) -> str:  # noqa: ARG002 - the protocol's, for metrics with references
        """Everything that changes the number."""
        return f"{self.name}|{self._recipe}|v:1"

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: The sources are needed and not there.
        """
        require(self, texts)
        sources = texts.sources if texts.sources is not None else [""] * len(texts.outputs)
        pairs = zip(sources, texts.outputs, strict=True)
        return as_rows([self._count(source=s, output=o, language=self.language) for s, o in pairs], width=2)

    def totals(self, sums: Rows) -> Rows:
        """Percentage of the whole; NaN where there was nothing to count."""
        return 100 * ratio(sums[..., 0], sums[..., 1])


class LengthRatio:
    """Letters and other characters of outputs for each one of the references, or of the sources without any.

    Rows: characters without white space of the output, and mean over the texts it is held against.
    """

    name = "length-ratio"
    higher_is_better = None
    needs_source = False
    needs_reference = False

    def __init__(self, *, language: str) -> None:
        self.language = language

    def signature(self, *, nrefs: int = 1) -> str:
        """Everything that changes the number."""
        return f"length-ratio|unit:characters|against:{'reference' if nrefs else 'source'}|v:1"

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: There is nothing to hold the outputs against.
        """
        against = texts.references or [(source,) for source in texts.sources or ()]
        if len(against) != len(texts.outputs):
            raise InputError(
                "length-ratio needs references or sources.", cure="Give --reference FILE or --source FILE."
            )
        return as_rows(
            [
                (_size(output), sum(map(_size, group)) / len(group))
                for output, group in zip(texts.outputs, against, strict=True)
            ],
            width=2,
        )

    def totals(self, sums: Rows) -> Rows:
        """1 where outputs are as long; NaN where there is nothing to hold them against."""
        return ratio(sums[..., 0], sums[..., 1])


def _size(text: str) -> int:
    return sum(len(word) for word in text.split())


def kept_numbers(*, source: str, output: str, language: str) -> tuple[int, int]:  # noqa: ARG001
    """Numbers of the source that the output states in any form, and all of them."""
    whole = len(numbers(source))
    return whole - len(missing(source=source, output=output)), whole


def supported_numbers(*, source: str, output: str, language: str) -> tuple[int, int]:
    """Numbers of the output that the source states in any form, and all of them."""
    return kept_numbers(source=output, output=source, language=language)


def left_untranslated(*, source: str, output: str, language: str) -> tuple[int, int]:
    """1 where words of the source's script were left standing, or the output is the source itself."""
    here, there = _main_script(source), script_of(language)
    if here is None:
        return 0, 0
    if here == there:
        words = _words(source)
        return int(len(words) >= 4 and _words(output) == words), 1
    least = _LEAST_WORDS.get(here, 1)
    return int(any(length >= least for length in _runs(without_addresses(output), here))), 1


def in_script(*, source: str, output: str, language: str) -> tuple[int, int]:  # noqa: ARG001
    """Letters in the script of the language, and all letters."""
    found = scripts(output)
    return found[script_of(language)], found.total()


def looping(*, source: str, output: str, language: str) -> tuple[int, int]:  # noqa: ARG001
    """1 where a phrase is repeated back to back more often than in the source."""
    return int(longest(output) > longest(source)), 1


def is_empty(*, source: str, output: str, language: str) -> tuple[int, int]:  # noqa: ARG001
    """1 where nothing was written for a source that has something."""
    stated = bool(source.strip())
    return int(stated and not output.strip()), int(stated)


def _main_script(text: str) -> str | None:
    return max(found, key=lambda code: found[code]) if (found := scripts(text)) else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _runs(text: str, wanted: str) -> Iterator[int]:
    """Lengths of stretches of words that are all in one script."""
    length = 0
    for word in _WORD.findall(text):
        length = length + 1 if script_of_letter(word[0]) == wanted else 0
        yield length


kept = partial(
    Share,
    name="numbers",
    count=kept_numbers,
    recipe="of:source|digits:any|scale-words:read|words:match",
    higher_is_better=True,
)
supported = partial(
    Share,
    name="numbers-supported",
    count=supported_numbers,
    recipe="of:output|digits:any|scale-words:read|words:match",
    higher_is_better=True,
)
untranslated = partial(
    Share, name="untranslated", count=left_untranslated, recipe="of:segments|latin-words:3|other-words:1"
)
script = partial(
    Share, name="script", count=in_script, recipe="of:letters", needs_source=False, higher_is_better=True
)
loops = partial(Share, name="loops", count=looping, recipe="of:segments|beyond:source")
empty = partial(Share, name="empty", count=is_empty, recipe="of:segments")
