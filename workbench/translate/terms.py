"""Terms of a glossary kept in translations, by the strongest means that the engine has, and told one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from workbench import guards
from workbench.engines.base import Aligner
from workbench.engines.requests import Instructed
from workbench.glossary import Glossary, NameList, Occurrence, Term, TermList, lacking
from workbench.records import Flag, Output, Span
from workbench.translate.draft import Draft
from workbench.translate.placing import (
    followed,
    follows_and,
    masked,
    nearly,
    put_as,
    stands_on,
    unmasked,
    widened,
)
from workbench.translate.sentences import Direction, SentenceTranslator

Decode = Callable[[Sequence[str]], list[Draft]]
"""Translates sentences, with guards."""
Instruct = Callable[[Sequence[str], Sequence[Sequence[tuple[str, str]]]], list[Draft]]
"""Translates sentences under orders: for each sentence its terms, with the translations wanted."""
Align = Callable[[Sequence[str], Sequence[str]], list[tuple[str, NDArray[np.float32] | None]]]
"""For sentences and their translations: the sentence as the model reads it, and attention between words."""

Mend = Callable[[str, str], str]
"""From a sentence and its translation, in which words were replaced, to a better one."""

PLACEHOLDERS = ("@{}@", "XQ{}", "[{}]")
"""What stands for a term while a model translates around it, in turn until one comes through; models copy such
things, but not all models the same."""

_LOOKED = 4096
STATES = ("kept", "changed", "missed")
_AS_LISTED = "as the glossary has it."
_BLANK = "\ufffc"
"""Stands for an object in a text; no letter, digit, mark or space."""


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
        gently: Only replace words that attention points to, and tell nothing: what is listed is likely and nobody's
            decision.
        mend: What is done to a sentence in which words were replaced, such as "a" before a vowel.
        read: A sentence as the model reads it.
    """

    def __init__(
        self,
        glossary: Glossary,
        *,
        decode: Decode,
        align: Align | None = None,
        instruct: Instruct | None = None,
        gently: bool = False,
        mend: Mend | None = None,
        read: Callable[[str], str] = str,
    ) -> None:
        self.glossary = glossary
        # Each sentence is looked at for its key and for its terms, each draft several times.
        self.find = lru_cache(_LOOKED)(glossary.find)
        self._look = lru_cache(_LOOKED)(glossary.found)
        self._read = read
        self._mend = mend
        self._gently = gently
        self._decode = decode
        self._align = align
        self._instruct = instruct

    def keep(self, sentences: Sequence[str], drafts: Sequence[Draft]) -> list[Draft]:
        """Drafts in which terms are kept, each term told by a flag of kind "term".

        Raises:
            EngineError: The runtime failed.
        """
        cases = [
            _Case(sentence=sentence, wanted=() if draft.copied else self.find(sentence), draft=draft)
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
        if self._instruct and not self._gently:
            yield self._instructed
        if self._gently:
            yield self._respelt
        if self._align:
            yield self._aligned
        for shape in PLACEHOLDERS if not self._gently else ():
            yield partial(self._placed, shape)

    def _instructed(self, cases: Sequence[_Case]) -> list[Draft]:
        assert self._instruct is not None
        orders = [[(one.term.sources[0], one.term.targets[0]) for one in case.wanted] for case in cases]
        return self._instruct([case.sentence for case in cases], orders)

    def _better(self, case: _Case, draft: Draft | None) -> _Case:
        """The draft that lacks fewer terms; of equals the earlier. What is only likely must not cost a number."""
        if draft is None or self._lacking(case, draft).total() >= self._lacking(case, case.draft).total():
            return case
        if self._gently and guards.severity(draft.flags) > guards.severity(case.draft.flags):
            return case
        return replace(case, draft=draft)

    def _lacking(self, case: _Case, draft: Draft) -> Counter[Term]:
        return lacking(case.wanted, self._found(case, draft.text))

    def _found(self, case: _Case, text: str) -> tuple[Occurrence, ...]:
        return self._look(text, tuple(one.term for one in case.wanted)) if case.wanted else ()

    # Replacement of what is misspelt

    def _respelt(self, cases: Sequence[_Case]) -> list[Draft | None]:
        return [self._with_spelling(case) for case in cases]

    def _with_spelling(self, case: _Case) -> Draft | None:
        """The draft with names that it lacks in place of words that are nearly the name; None where none is."""
        lacked = self._lacking(case, case.draft)
        missing = lacked.copy()
        words = _words_but(case.draft.text, [one.span for one in self._found(case, case.draft.text)])
        every: list[str | None] = list(case.draft.text.split())
        for one in case.wanted:
            seek = missing[one.term] and not one.term.plain  # ordinary words have too many near ones
            span = nearly(one.term.targets[0], self._free(words)) if seek else None
            if span is None:
                continue
            missing[one.term] -= 1
            self._put(one, case.sentence, every, span)
            words[span[0] : span[1]] = [None] * (span[1] - span[0])
        return self._rewritten(case, every) if missing != lacked else None

    # Replacement of what attention points to

    def _aligned(self, cases: Sequence[_Case]) -> list[Draft | None]:
        assert self._align is not None
        unknown = [case for case in cases if case.draft.trace is None]
        pairs = [case.sentence for case in unknown], [case.draft.text for case in unknown]
        attended = iter(self._align(*pairs) if unknown else [])
        return [
            self._replaced(case, *(next(attended) if case.draft.trace is None else self._traced(case)))
            for case in cases
        ]

    def _traced(self, case: _Case) -> tuple[str, NDArray[np.float32] | None]:
        """The sentence as the model read it, and the attention that it paid while it wrote."""
        assert case.draft.trace is not None
        read, trace = self._read(case.sentence), case.draft.trace
        links, written = trace.links(), trace.written.split()
        if links.shape != (len(written), len(read.split())):
            return read, None
        return read, followed(links, written, case.draft.text.split())

    def _replaced(self, case: _Case, read: str, links: NDArray[np.float32] | None) -> Draft | None:
        """The draft with each term that it lacks in place of the words that stand on it."""
        if links is None:
            return None
        lacked = self._lacking(case, case.draft)
        missing = lacked.copy()
        words: list[str | None] = list(case.draft.text.split())
        for one in self.find(read):
            if not missing[one.term]:
                continue
            free = self._free(words)
            span = stands_on(links, read, one, free)
            if span is not None:
                missing[one.term] -= 1
                self._put(one, read, words, widened(span, free, one.term.targets[0]))
            elif not self._gently:
                return None  # placeholders may keep them all
        return self._rewritten(case, words) if missing != lacked else None

    def _free(self, words: Sequence[str | None]) -> list[str | None]:
        """Words that a term may take the place of: numbers stay where the term is only likely."""
        return [
            None if word is None or (self._gently and any(map(str.isdigit, word))) else word for word in words
        ]

    def _put(self, one: Occurrence, read: str, words: list[str | None], span: tuple[int, int]) -> None:
        """Write a term in place of some words; None stays in the place of all but the first."""
        start, end = span
        replaced = [word or "" for word in words[start:end]]
        and_before = follows_and(read, one)
        following = next((word for word in words[end:] if word), "")
        put = put_as(
            one.term.targets, replaced, after_and=and_before, plain=one.term.plain, following=following
        )
        words[start:end] = [put, *[None] * (end - start - 1)]

    def _rewritten(self, case: _Case, words: Sequence[str | None]) -> Draft:
        text = " ".join(word for word in words if word is not None)
        if self._mend:
            text = self._mend(case.sentence, text)
        return self._checked(case, replace(case.draft, text=text))

    # Placeholders

    def _placed(self, shape: str, cases: Sequence[_Case]) -> list[Draft | None]:
        drafts = self._decode([masked(case.sentence, case.wanted, shape) for case in cases])
        return [self._unmasked(case, draft, shape) for case, draft in zip(cases, drafts, strict=True)]

    def _unmasked(self, case: _Case, draft: Draft, shape: str) -> Draft | None:
        """The draft with terms in place of their placeholders; None unless each came through once."""
        text = draft.text
        for number, one in enumerate(case.wanted, start=1):
            mark = shape.format(number)
            if text.count(mark) != 1:
                return None
            text = unmasked(text, mark, one.term.targets[0])
        tokens, read = case.draft.tokens, case.draft.read
        if self._mend:
            text = self._mend(case.sentence, text)
        made = replace(draft, text=text, tokens=tokens, read=read)
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
        if not case.wanted or self._gently:
            return case.draft
        own = Counter(one.term for one in self._found(case, first.text)) if case.draft is not first else None
        found = list(self._found(case, case.draft.text))
        told, kept = list[Flag](), list[tuple[Occurrence, Occurrence]]()
        for one in case.wanted:
            there = next((other for other in found if other.term == one.term), None)
            if there:
                found.remove(there)
                kept.append((one, there))
            put = own is not None and not own[one.term]
            told.append(_flag(one, there, case, put=put))
        languages = self.glossary.source, self.glossary.target
        return replace(case.draft, flags=(*_unasked(case, kept, languages), *told))


class Terms:
    """The terms of a list in every direction that it has, as a translator sees them.

    Args:
        terms: The list; names are kept gently, see `TermKeeper`.
        sentences: Translates sentences.
    """

    def __init__(self, terms: TermList | NameList, sentences: SentenceTranslator) -> None:
        self._terms = terms
        self._gently = isinstance(terms, NameList)
        self._sentences = sentences
        self._keepers: dict[Direction, TermKeeper] = {}

    def keys(self, sentences: Sequence[str], direction: Direction) -> dict[str, str]:
        """For each sentence that holds terms, what makes its translation another than without."""
        keeper = self._keeper(direction)
        keys = {sentence: keeper.glossary.key(keeper.find(sentence)) for sentence in sentences}
        manner = "gently " if self._gently else ""
        return {sentence: manner + key for sentence, key in keys.items() if key}

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
                gently=self._gently,
                read=made.prepared,
                mend=lambda source, output: made.mended(output, source=source, direction=direction),
            )
        return self._keepers[direction]


def settled(flag: Flag) -> bool:
    """Whether a flag tells of a term that the model wrote as the list has it: nothing is to be checked."""
    return flag.kind == "term" and flag.message.endswith(_AS_LISTED)


def tally(outputs: Iterable[Output]) -> Counter[str]:
    """How many terms were kept, changed and missed in `outputs`."""
    messages = (flag.message for output in outputs for flag in output.flags if flag.kind == "term")
    return Counter(message.partition(":")[0].lower() for message in messages)


def _unasked(
    case: _Case, kept: Sequence[tuple[Occurrence, Occurrence]], languages: tuple[str, str]
) -> tuple[Flag, ...]:
    """The draft's flags without what the glossary itself asked for: numbers and foreign words inside its terms."""
    here, there = ([pair[side].span for pair in kept] for side in (0, 1))
    flags = list[Flag]()
    for flag in case.draft.flags:
        inside = _is_within(flag.source_span, here) or _is_within(flag.output_span, there)
        if flag.kind == "untranslated" and flag.output_span and kept:
            # That guard tells of the first such words alone: the term's must not hide others.
            flags += guards.untranslated(
                source=case.sentence, output=_blanked(case.draft.text, there), languages=languages
            )
        elif flag.kind != "number" or not inside:
            flags.append(flag)
    return tuple(flags)


def _words_but(text: str, spans: Sequence[Span]) -> list[str | None]:
    """The words of a text, None for those that some of the spans touch."""
    return [
        None if any(found.start() < end and start < found.end() for start, end in spans) else found.group()
        for found in re.finditer(r"\S+", text)
    ]


def _is_within(span: Span | None, terms: Iterable[Span]) -> bool:
    return span is not None and any(start <= span[0] and span[1] <= end for start, end in terms)


def _blanked(text: str, terms: Iterable[Span]) -> str:
    """The text with nothing to be read where its terms stand; places stay the same."""
    for start, end in terms:
        text = text[:start] + _BLANK * (end - start) + text[end:]
    return text


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
