"""Terms kept with and without a glossary, and what it costs elsewhere in the sentences.

`terms.tsv` holds a hundred terms, `sentences.tsv` three pairs of sentences for each, written for this purpose.

    python eval/glossary/keep.py [--model NAME] [--show N]

Elsewhere: chrF of the translations without the term, against the references without it. Which words the model wrote for
a term that it missed nobody knows; so in sentences where the run without a glossary lacks one, as many stretches as
there are terms are taken out of both translations, each time the one whose loss helps that translation most. Where both
have the term, the term is taken out.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sacrebleu.metrics import CHRF

from workbench.catalog import open_catalog
from workbench.glossary import Glossary, Occurrence, lacking, open_terms
from workbench.records import Output
from workbench.translate.terms import tally

HERE = Path(__file__).parent
CHRF_CHARS = CHRF(word_order=0)
MOST_WORDS = 8


@dataclass(frozen=True, kw_only=True)
class Case:
    """A sentence, and its translations without and with the glossary."""

    source: str
    reference: str
    wanted: tuple[Occurrence, ...]
    plain: Output
    kept: Output


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=None)
    parser.add_argument(
        "--show", type=int, default=0, help="Print so many sentences in which terms were put."
    )
    options = parser.parse_args()
    terms = open_terms(HERE / "terms.tsv")
    with (HERE / "sentences.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    translator = open_catalog().translator(options.model)
    print(f"{translator.name} {translator.revision}, {len(rows)} sentences, {translator.decoding.describe()}")
    for source, target in (("en", "ar"), ("ar", "en")):
        lines = [row[source] for row in rows]
        glossary = terms.between(source, target)
        plain = translator.translate_lines(lines, source=source, target=target)
        kept = translator.with_glossary(terms).translate_lines(lines, source=source, target=target)
        cases = [
            Case(source=line, reference=row[target], wanted=glossary.find(line), plain=one, kept=other)
            for line, row, one, other in zip(lines, rows, plain, kept, strict=True)
        ]
        report(cases, glossary, name=f"{source}->{target}", show=options.show)


def report(cases: list[Case], glossary: Glossary, *, name: str, show: int) -> None:
    total = sum(len(case.wanted) for case in cases)
    print(f"\n{name}: {total} terms in {sum(bool(case.wanted) for case in cases)} sentences")
    for label in ("plain", "kept"):
        missing = sum(
            lacking(case.wanted, found(glossary, case, getattr(case, label).text)).total() for case in cases
        )
        print(f"  {label:6} terms present {100 * (1 - missing / total):.1f} %")
    print(f"  told by flags: {dict(tally(case.kept for case in cases))}")
    put = [case for case in cases if case.plain.text != case.kept.text]
    for label, some in (("all", cases), (f"the {len(put)} changed", put)):
        references = [case.reference for case in some]
        whole = [
            chrf([getattr(case, which).text for case in some], references) for which in ("plain", "kept")
        ]
        print(f"  chrF whole, {label}: {whole[0]:.1f} without, {whole[1]:.1f} with")
        bare = [without(glossary, case, case.reference) for case in some]
        parts = [elsewhere(glossary, case, reference) for case, reference in zip(some, bare, strict=True)]
        a, b = (chrf(list(texts), bare) for texts in zip(*parts, strict=True))
        print(f"  chrF elsewhere, {label}: {a:.1f} without, {b:.1f} with, difference {b - a:+.2f}")
    flags = [Counter(flag.kind for c in cases for flag in getattr(c, w).flags) for w in ("plain", "kept")]
    print(f"  flags without: {dict(flags[0])}; with: {dict(flags[1])}")
    for case in put[:: max(1, len(put) // show)] if show else ():
        print(f"    {case.source}\n      without {case.plain.text}\n      with    {case.kept.text}")


def chrf(outputs: list[str], references: list[str]) -> float:
    return CHRF_CHARS.corpus_score(outputs, [references]).score


def found(glossary: Glossary, case: Case, text: str) -> tuple[Occurrence, ...]:
    return glossary.found(text, [one.term for one in case.wanted])


def without(glossary: Glossary, case: Case, text: str) -> str:
    """A text without the terms of its sentence and what is written together with them."""
    for one in reversed(found(glossary, case, text)):
        text = text[: one.lead] + text[one.span[1] :]
    return " ".join(text.split())


def elsewhere(glossary: Glossary, case: Case, reference: str) -> tuple[str, str]:
    """Both translations without their terms."""
    if lacking(case.wanted, found(glossary, case, case.plain.text)):
        return favoured(case, case.plain.text, reference), favoured(case, case.kept.text, reference)
    return without(glossary, case, case.plain.text), without(glossary, case, case.kept.text)


def favoured(case: Case, text: str, reference: str) -> str:
    """A text less the words in a row whose loss helps it most, once for each term of the sentence."""
    for _ in case.wanted:
        words = text.split()
        shorter = [
            " ".join(words[:start] + words[end:])
            for start in range(len(words))
            for end in range(start, min(start + MOST_WORDS, len(words)) + 1)
        ]
        text = max(shorter, key=lambda one: CHRF_CHARS.sentence_score(one, [reference]).score)
    return text


if __name__ == "__main__":
    main()
