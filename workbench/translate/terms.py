"""Terms of a glossary kept in translations, by the strongest means that the engine has, and told one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench import guards
from workbench.engines.base import Aligner
from workbench.engines.requests import Instructed
from workbench.glossary import Glossary, Occurrence, Term, TermList, lacking
from workbench.records import Flag, Output
from workbench.text.arabic import is_arabic, matching
from workbench.translate.draft import Draft
from workbench.translate.sentences import Direction, SentenceTranslator

Decode = Callable[[Sequence[str]], list[Draft]]
"""Translates sentences, with guards."""
Instruct = Callable[[Sequence[str], Sequence[Sequence[tuple[str, str]]]], list[Draft]]
"""Translates sentences under orders: for each sentence its terms, with the translations wanted."""
Align = Callable[[Sequence[str], Sequence[str]], list[tuple[str, NDArray[np.float32] | None]]]
"""For sentences and their translations: the sentence as the model reads it, and attention between words."""

PLACEHOLDERS = ("@{}@", "XQ{}", "[{}]")
"""What stands for a term while a model translates around it, in turn until one comes through; models copy such
things, but not all models the same."""

STATES = ("kept", "changed", "missed")
_AS_LISTED = "as the glossary has it."

_SURE, _PART = 0.5, 0.6
"""Attention on a term that makes a word its translation, and that makes a neighbour part of it."""
_AROUND = frozenset(
    re.findall(
        r"\w+",
        "the a an of in on at to for from by with and or as is was were has have had that "
        "في من إلى على عن مع أن إن و بين بعد قبل ضد",
    )
)
"""Words that belong to the sentence and not to a term at whose edge they stand."""
_EDGE = re.compile(r"^([\"'«“(\[]*)(.*?)([\"'»”)\].,،؛;:!?؟…]*(?:'s|’s)?[\"'»”)\].,،؛;:!?؟…]*)$", re.DOTALL)
_CLITICS = re.compile("^([وف]?(?:[بك]?ال|لل|[بكل])?)")
_LOOSE_CLITIC = re.compile(r"(?<!\w)([وف]?[بكل])(?:ـ)? (?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A sentence that holds terms, and the best that was made of it so far."""

    sentence: str
    wanted: tuple[Occurrence, ...]
    draft: Draft


class TermKeeper:
    """Keeps the terms of one glossary in drafts.

    A term that the model wrote by itself is left alone. Else, in turn: a model that follows instructions is told;
    what was written in the term's place is replaced, where attention tells which words those are; the sentence is
    translated with placeholders. Words around a replaced term are left alone, and agreement is left to the
    reader, whom a flag tells.

    Args:
        glossary: The terms of the direction.
        decode: Translates sentences.
        align: Tells which words stand on which, or None where the engine cannot.
        instruct: Translates under orders, or None where the engine cannot.
    """

    def __init__(
        self,
        glossary: Glossary,
        *,
        decode: Decode,
        align: Align | None = None,
        instruct: Instruct | None = None,
    ) -> None:
        self.glossary = glossary
        self._decode = decode
        self._align = align
        self._instruct = instruct

    def keep(self, sentences: Sequence[str], drafts: Sequence[Draft]) -> list[Draft]:
        """Drafts in which terms are kept, each term told by a flag of kind "term".

        Raises:
            EngineError: The runtime failed.
        """
        cases = [
            _Case(sentence=sentence, wanted=() if draft.copied else self.glossary.find(sentence), draft=draft)
            for sentence, draft in zip(sentences, drafts, strict=True)
        ]
        for mean in self._means():
            open_cases = [number for number, case in enumerate(cases) if self._lacking(case, case.draft)]
            if not open_cases:
                break
            tried = mean([cases[number] for number in open_cases])
            for number, draft in zip(open_cases, tried, strict=True):
                cases[number] = self._better(cases[number], draft)
        return [self._told(case, first) for case, first in zip(cases, drafts, strict=True)]

    def _means(self) -> Iterator[Callable[[Sequence[_Case]], Sequence[Draft | None]]]:
        """The ways to keep terms, those that disturb the sentence least first."""
        if self._instruct:
            yield self._instructed
        if self._align:
            yield self._aligned
        for shape in PLACEHOLDERS:
            yield partial(self._placed, shape)

    def _instructed(self, cases: Sequence[_Case]) -> list[Draft]:
        assert self._instruct is not None
        orders = [[(one.term.sources[0], one.term.targets[0]) for one in case.wanted] for case in cases]
        return self._instruct([case.sentence for case in cases], orders)

    def _better(self, case: _Case, draft: Draft | None) -> _Case:
        """The draft that lacks fewer terms; of equals the earlier."""
        if draft is None or self._lacking(case, draft).total() >= self._lacking(case, case.draft).total():
            return case
        return replace(case, draft=draft)

    def _lacking(self, case: _Case, draft: Draft) -> Counter[Term]:
        return lacking(case.wanted, self._found(case, draft.text))

    def _found(self, case: _Case, text: str) -> tuple[Occurrence, ...]:
        return self.glossary.found(text, [one.term for one in case.wanted]) if case.wanted else ()

    # Replacement of what attention points to

    def _aligned(self, cases: Sequence[_Case]) -> list[Draft | None]:
        assert self._align is not None
        links = self._align([case.sentence for case in cases], [case.draft.text for case in cases])
        return [
            self._replaced(case, read, link) if link is not None else None
            for case, (read, link) in zip(cases, links, strict=True)
        ]

    def _replaced(self, case: _Case, read: str, links: NDArray[np.float32]) -> Draft | None:
        """The draft with each term that it lacks in place of the words that stand on it."""
        missing = self._lacking(case, case.draft)
        words: list[str | None] = list(case.draft.text.split())
        for one in self.glossary.find(read):
            if not missing[one.term]:
                continue
            span = _stands_on(links, read, one, words)
            if span is None:
                return None
            missing[one.term] -= 1
            start, end = _widened(span, words, one.term.targets[0])
            put = _put(one.term.targets[0], [word or "" for word in words[start:end]])
            words[start:end] = [put, *[None] * (end - start - 1)]
        text = " ".join(word for word in words if word is not None)
        return self._checked(case, replace(case.draft, text=text))

    # Placeholders

    def _placed(self, shape: str, cases: Sequence[_Case]) -> list[Draft | None]:
        drafts = self._decode([_masked(case, shape) for case in cases])
        return [self._unmasked(case, draft, shape) for case, draft in zip(cases, drafts, strict=True)]

    def _unmasked(self, case: _Case, draft: Draft, shape: str) -> Draft | None:
        """The draft with terms in place of their placeholders; None unless each came through once."""
        text = draft.text
        for number, one in enumerate(case.wanted, start=1):
            mark = shape.format(number)
            if text.count(mark) != 1:
                return None
            text = text.replace(mark, one.term.targets[0])
        tokens, read = case.draft.tokens, case.draft.read
        made = replace(draft, text=_LOOSE_CLITIC.sub(_joined_clitic, text), tokens=tokens, read=read)
        return self._checked(case, made)

    def _checked(self, case: _Case, draft: Draft) -> Draft:
        """The draft with what the guards say of it as it is now."""
        languages = self.glossary.source, self.glossary.target
        kept = [flag for flag in draft.flags if flag.kind in ("truncated", "loop")]
        found = guards.check(source=case.sentence, output=draft.text, languages=languages)
        whole = [replace(flag, output_span=None) for flag in kept]
        return replace(draft, flags=(*found, *(flag for flag in whole if flag.kind not in _kinds(found))))

    # Report

    def _told(self, case: _Case, first: Draft) -> Draft:
        """The draft with a flag for each term of its sentence."""
        if not case.wanted:
            return case.draft
        own = Counter(one.term for one in self._found(case, first.text)) if case.draft is not first else None
        found = list(self._found(case, case.draft.text))
        flags = []
        for one in case.wanted:
            there = next((other for other in found if other.term == one.term), None)
            if there:
                found.remove(there)
            put = own is not None and not own[one.term]
            flags.append(_flag(one, there, case, put=put))
        return replace(case.draft, flags=(*case.draft.flags, *flags))


class Terms:
    """The terms of a list in every direction that it has, as a translator sees them.

    Args:
        terms: The list.
        sentences: Translates sentences.
    """

    def __init__(self, terms: TermList, sentences: SentenceTranslator) -> None:
        self._terms = terms
        self._sentences = sentences
        self._keepers: dict[Direction, TermKeeper] = {}

    def keys(self, sentences: Sequence[str], direction: Direction) -> dict[str, str]:
        """For each sentence that holds terms, what makes its translation another than without."""
        glossary = self._keeper(direction).glossary
        keys = {sentence: glossary.key(glossary.find(sentence)) for sentence in sentences}
        return {sentence: key for sentence, key in keys.items() if key}

    def keep(self, sentences: Sequence[str], drafts: Sequence[Draft], direction: Direction) -> list[Draft]:
        """Drafts in which terms are kept; see `TermKeeper`.

        Raises:
            EngineError: The runtime failed.
            ConfigError: Two terms share a writing.
        """
        return self._keeper(direction).keep(sentences, drafts)

    def _keeper(self, direction: Direction) -> TermKeeper:
        if direction not in self._keepers:
            made, engine = self._sentences, self._sentences.engine
            self._keepers[direction] = TermKeeper(
                self._terms.between(direction.source, direction.target),
                decode=partial(made.translate, direction=direction),
                align=partial(made.align, direction=direction) if isinstance(engine, Aligner) else None,
                instruct=partial(made.translate_under, direction=direction)
                if isinstance(engine, Instructed)
                else None,
            )
        return self._keepers[direction]


def settled(flag: Flag) -> bool:
    """Whether a flag tells of a term that the model wrote as the list has it: nothing is to be checked."""
    return flag.kind == "term" and flag.message.endswith(_AS_LISTED)


def tally(outputs: Iterable[Output]) -> Counter[str]:
    """How many terms were kept, changed and missed in `outputs`."""
    messages = (flag.message for output in outputs for flag in output.flags if flag.kind == "term")
    return Counter(message.partition(":")[0].lower() for message in messages)


def _flag(one: Occurrence, there: Occurrence | None, case: _Case, *, put: bool) -> Flag:
    written, target = case.sentence[slice(*one.span)], one.term.targets[0]
    if there is None:
        message = f"Missed: the glossary's {target!r} for {written!r} is not in the translation."
    elif not there.exact and one.exact:
        form = case.draft.text[slice(*there.span)]
        message = f"Changed: {written!r} is {form!r}, a form of the glossary's {target!r}."
    elif put:
        message = f"Kept: {written!r} is {target!r}, put in place of the model's own word; look at what agrees with it."
    else:
        message = f"Kept: {written!r} is {case.draft.text[slice(*there.span)]!r}, {_AS_LISTED}"
    return Flag(kind="term", message=message, output_span=there.span if there else None, source_span=one.span)


def _kinds(flags: Iterable[Flag]) -> set[str]:
    return {flag.kind for flag in flags}


def _stands_on(
    links: NDArray[np.float32], read: str, one: Occurrence, words: Sequence[str | None]
) -> tuple[int, int] | None:
    """The words of the output that stand on a term; None where none clearly does."""
    columns = [
        number
        for number, found in enumerate(re.finditer(r"\S+", read))
        if found.start() < one.span[1] and one.span[0] < found.end()
    ]
    share = links[:, columns].sum(axis=1) / np.maximum(links.sum(axis=1), 0.2)
    share[[word is None for word in words]] = 0
    best = int(share.argmax())
    if share[best] < _SURE:
        return None
    part = {number for number, word in enumerate(words) if word is not None and share[number] >= _PART}
    return _grown((best, best + 1), words, part.__contains__)


def _grown(
    span: tuple[int, int], words: Sequence[str | None], belongs: Callable[[int], bool]
) -> tuple[int, int]:
    """The span with neighbours that belong to it, also behind a word or two such as "of the"."""
    start, end = span

    def reaches(number: int, step: int) -> bool:
        between = [number - step * back for back in range(1, abs(number - (start if step < 0 else end - 1)))]
        return (
            0 <= number < len(words)
            and belongs(number)
            and all(_bare(words[at]) in _AROUND for at in between)
        )

    while (nearest := next((start - far for far in (1, 2, 3) if reaches(start - far, -1)), -1)) >= 0:
        start = nearest
    while (nearest := next((end - 1 + far for far in (1, 2, 3) if reaches(end - 1 + far, 1)), -1)) >= 0:
        end = nearest + 1
    return start, end


def _widened(span: tuple[int, int], words: Sequence[str | None], target: str) -> tuple[int, int]:
    """The span without the sentence's own words at its edges, and with neighbours that repeat the term's."""
    start, end = span
    own = {_stem(word) for word in target.split()} - _AROUND

    def repeats(number: int) -> bool:
        return _stem(words[number] or "") in own

    while end - start > 1 and _bare(words[start]) in _AROUND:
        start += 1
    while end - start > 1 and _bare(words[end - 1]) in _AROUND:
        end -= 1
    return _grown((start, end), words, repeats)


def _put(target: str, words: Sequence[str]) -> str:
    """The term with the marks, and the Arabic clitic, that the words in its place carried."""
    opening, first, _ = _parts(words[0])
    closing = _parts(words[-1])[2]
    if target and is_arabic(target[0]):
        own = {_stem(word) for word in target.split()}
        return opening + _with_clitic(_clitic(first, own), target) + closing
    return opening + target + closing


def _clitic(word: str, own: set[str]) -> str:
    """The "and", "in", "for" or "as" that a word of the output is written with; "" where its letters may be its own."""
    found = _CLITICS.match(word)
    clitics = found.group(1) if found else ""
    if clitics.endswith(("ال", "لل")):
        return clitics.replace("لل", "ل").removesuffix("ال")
    rest = word[len(clitics) :]
    return clitics if clitics and matching(rest) in own else ""


def _with_clitic(clitic: str, target: str) -> str:
    """Written together as Arabic does: ل and ال are لل."""
    if clitic.endswith("ل") and target.startswith("ال"):
        return clitic + "ل" + target[2:]
    return clitic + target


def _joined_clitic(found: re.Match[str]) -> str:
    following = found.string[found.end() : found.end() + 2]
    if not is_arabic(following[:1]):
        return found.group()
    return found.group(1)


def _parts(word: str) -> tuple[str, str, str]:
    found = _EDGE.match(word)
    assert found is not None
    return found.group(1), found.group(2), found.group(3)


def _bare(word: str | None) -> str:
    return _parts(word or "")[1].casefold()


def _stem(word: str) -> str:
    """A word without marks, article and number, for comparison."""
    folded = matching(_parts(word)[1])
    return folded.removeprefix("ال") if is_arabic(folded[:1]) else folded.removesuffix("s")


def _masked(case: _Case, shape: str) -> str:
    """The sentence with a placeholder for each term; clitics stay in front of it."""
    text = case.sentence
    for number, one in reversed(list(enumerate(case.wanted, start=1))):
        clitics = one.clitics.replace("لل", "ل").removesuffix("ال") if one.clitics else ""
        lead = text[: one.lead] + (clitics + " " if clitics else "")
        text = lead + shape.format(number) + text[one.span[1] :]
    return text
