"""Judgement by a language model: prompts in, verdicts out. It is handed a callable and knows no engine.

The prompts follow two published ideas in words of our own: a direct assessment from 0 to 100 (GEMBA, Kocmi and
Federmann 2023), and errors first, then a score (ESA, Kocmi et al. 2024).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from workbench.metrics.base import Rows, Texts, as_rows, ratio, require

Ask = Callable[[Sequence[str]], Sequence[str | None]]
"""From prompts to answers, one for one; None where there is no answer."""

Style = Literal["assess", "errors", "summary"]

_ASSESS = """Judge a translation from {source_language} into {language}.

Source:
{source}

{reference}Translation:
{output}

How well does the translation give the meaning of the source, in good {language}? Answer with one number from 0 (nothing
of the meaning) to 100 (perfect), and nothing else."""

_ERRORS = """Judge a translation from {source_language} into {language}.

Source:
{source}

{reference}Translation:
{output}

First list the errors of the translation, one a line, each as "minor" or "major", a colon, and the words concerned:
wrong or missing meaning, additions, words left untranslated, wrong names or numbers, and errors of grammar. Write
"none" where there are none. Then write a last line "Score: N", where N is from 0 (nothing of the meaning) to 100
(perfect)."""

_SUMMARY = """Judge a summary, written in {language}, of an article in {source_language}.

Article:
{source}

Summary:
{output}

First list every statement of the summary that the article does not support, one a line, or write "none". Then write a
last line "Score: N", where N is from 0 (nothing in it is true to the article, or it misses the point) to 100 (true in
every word, and it tells what matters most)."""

_PROMPTS: dict[Style, str] = {"assess": _ASSESS, "errors": _ERRORS, "summary": _SUMMARY}
_NAMES = {"ar": "Arabic", "en": "English", "fa": "Persian", "fr": "French", "ur": "Urdu"}
_SCORE = re.compile(r"score\W{0,6}(\d{1,3}(?:\.\d+)?)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?")


class Judged:
    """What a language model says of each output, from 0 to 100; the mean over segments it gave a readable verdict on.

    An answer without a number between 0 and 100 is no verdict, and counts nowhere: a score's `n` tells how many did.

    Rows: verdict and 1, or two zeros.
    """

    higher_is_better: bool | None = True
    needs_source = True
    needs_reference = False

    def __init__(
        self, *, language: str, source_language: str, model: str, ask: Ask, style: Style = "errors"
    ) -> None:
        self.language = language
        self.source_language = source_language
        self.name = f"judged-{model}"
        self.style = style
        self._ask = ask
        self._model = model

    def signature(self, *, nrefs: int = 1) -> str:
        """Everything that changes the number; references are shown to the judge where there are any."""
        shown = "first" if nrefs and self.style != "summary" else "no"
        return (
            f"judged|model:{self._model}|prompt:{self.style}-1|reference:{shown}|scale:100|mean:segments|v:1"
        )

    def prompts(self, texts: Texts) -> list[str]:
        """One prompt a segment.

        Raises:
            InputError: The sources are not there.
        """
        require(self, texts)
        groups = texts.references or [()] * len(texts.outputs)
        triples = zip(texts.sources or (), texts.outputs, groups, strict=True)
        return [self._prompt(source, output, group) for source, output, group in triples]

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: The sources are not there.
        """
        answers = self._ask(self.prompts(texts))
        verdicts = [None if answer is None else verdict(answer) for answer in answers]
        return as_rows([(0, 0) if each is None else (each, 1) for each in verdicts], width=2)

    def totals(self, sums: Rows) -> Rows:
        """Mean verdict; NaN where none could be read."""
        return ratio(sums[..., 0], sums[..., 1])

    def _prompt(self, source: str, output: str, references: Sequence[str]) -> str:
        return _PROMPTS[self.style].format(
            language=_language(self.language),
            source_language=_language(self.source_language),
            source=source,
            output=output,
            reference=f"Reference translation:\n{references[0]}\n\n" if references else "",
        )


def _language(tag: str) -> str:
    return _NAMES.get(tag.partition("-")[0], tag)


def verdict(answer: str) -> float | None:
    r"""The score an answer states, 0 to 100: behind "Score", or the only number of the answer; None where unclear.

    >>> verdict("minor: the\nScore: 85"), verdict("92"), verdict("I would say 3 or 4"), verdict("Score: 400")
    (85.0, 92.0, None, None)
    """
    labelled = _SCORE.findall(answer)
    numbers = labelled[-1:] or _NUMBER.findall(answer)
    if len(numbers) != 1:
        return None
    value = float(numbers[0])
    return value if value <= 100 else None
