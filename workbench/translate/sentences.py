"""Sentences through an engine: in pieces where they are long, again another way where they fail."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench import guards
from workbench.engines.base import Aligner, Decoding, Engine, Generation
from workbench.engines.requests import Instructed, Request
from workbench.errors import EngineError
from workbench.records import Flag, Segment
from workbench.text import chunk, script
from workbench.text.mend import mended
from workbench.translate.context import Around, InContext
from workbench.translate.draft import Draft, Trace
from workbench.translate.layout import Page, lay_out
from workbench.translate.respell import respell

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with pieces done and pieces in all."""

_SEPARATORS = re.compile(r"\s+[|•·●▪■◄►»›¦]+\s+|\s*[|•●▪■◄►]+\s*")
"""What parts the items of menus and tickers, but for marks that close a quote."""

_GUILLEMETS = re.compile("[«»‹›]")

_DASHES = re.compile(r"\s+[-–—/*~]+\s+")
"""What may part items, or be part of a sentence: it parts where it stands often between few words."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_COMMAS = ("،", "؛", ",", ";", ":")
_TRUNCATED = Flag(kind="truncated", message="The model stopped at its limit before the end.")
_BLOCK = 64
_COUNTED = 2048
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to decode.

    Attributes:
        decoding: What the engine is asked for.
        share: Longest piece, as a share of the text's own tokens; 1 leaves what fits the window whole.
        respell: Write long numbers another way; tried where a number failed.
    """

    decoding: Decoding
    share: float = 1.0
    respell: bool = False

    def suits(self, draft: Draft) -> bool:
        """Whether this may cure what is wrong with a draft."""
        return bool(draft.flags) and (not self.respell or any(flag.kind == "number" for flag in draft.flags))


def attempts(decoding: Decoding) -> tuple[Attempt, ...]:
    """The ways in which a text that fails is decoded again, in turn, until one passes."""
    other = replace(decoding, beam=4 if decoding.beam < 4 else 1, temperature=0.0)
    firm = replace(
        other,
        beam=max(4, decoding.beam),
        no_repeat_ngram=3,
        repetition_penalty=max(1.2, decoding.repetition_penalty),
    )
    return (
        Attempt(decoding=decoding, respell=True),
        Attempt(decoding=other),
        Attempt(decoding=firm),
        Attempt(decoding=firm, share=0.5),
        Attempt(decoding=firm, share=0.25),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """From one language to another, BCP 47."""

    source: str
    target: str


class SentenceTranslator:
    """An engine with guards around it: sentences in, drafts out, in order.

    A sentence goes to the engine as a whole, or in pieces where it is too long or a menu; each piece is guarded and
    decoded again by itself.

    Args:
        engine: A loaded model.
        decoding: How it decodes at first.
        prepare: Applied to each piece before the model sees it.
        budget: Most tokens of one piece.
        again: Whether what fails is decoded again; else first drafts stand, with their flags.
        mend: Whether what is always wrong is mended before the guards see it; see `workbench.text.mend`.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        decoding: Decoding,
        prepare: Callable[[str], str],
        budget: int,
        again: bool = True,
        mend: bool = False,
    ) -> None:
        self._engine = engine
        self._attempts = attempts(decoding) if again else ()
        self._decoding = decoding
        self._prepare = prepare
        self._budget = budget
        self._mend = mend
        # Every piece is counted before it is read and after.
        self.count = lru_cache(_COUNTED)(lambda text: engine.count_tokens(prepare(_whole(text))))
        """Tokens of a text as the model sees it."""

    def translate(
        self, sentences: Sequence[str], direction: Direction, *, progress: Progress | None = None
    ) -> list[Draft]:
        """One draft for each sentence, all of them through the engine together.

        Raises:
            EngineError: The runtime failed.
            UnsupportedPair: The model has no code for a language.
        """
        parts = [self._pieces(sentence, direction) for sentence in sentences]
        texts = list(dict.fromkeys(piece.text for pieces in parts for piece in pieces if piece.text))
        work = [text for text in texts if _has_work(text, direction)]
        drafts = dict(zip(work, self._guarded(work, direction, progress), strict=True))
        drafts |= {
            text: self.copy(script.localise(text, direction.target)) for text in texts if text not in drafts
        }
        return [_joined(lay_out(pieces, drafts)) for pieces in parts]

    @property
    def engine(self) -> Engine:
        """The loaded model."""
        return self._engine

    def within(self, neighbours: Mapping[str, Around]) -> SentenceTranslator:
        """The same, told what stands around each sentence; only for engines whose models follow instructions."""
        return SentenceTranslator(
            InContext(self._engine, {self.prepared(text): near for text, near in neighbours.items()}),
            decoding=self._decoding,
            prepare=self._prepare,
            budget=self._budget,
            again=bool(self._attempts),
            mend=self._mend,
        )

    def translate_under(
        self, sentences: Sequence[str], terms: Sequence[Sequence[tuple[str, str]]], direction: Direction
    ) -> list[Draft]:
        """One draft for each sentence from an engine that can be told how its terms are to be translated.

        Raises:
            EngineError: The runtime or server failed.
            UnsupportedPair: The model has no code for a language.
        """
        assert isinstance(self._engine, Instructed)
        requests = [
            Request(
                task="translate",
                text=self.prepared(sentence),
                source=direction.source,
                target=direction.target,
                terms=tuple(orders),
            )
            for sentence, orders in zip(sentences, terms, strict=True)
        ]
        answers = self._engine.follow(requests, self._decoding)
        return [
            self._draft(sentence, [Segment(sentence)], {sentence: answer}, direction)
            for sentence, answer in zip(sentences, answers, strict=True)
        ]

    def align(
        self, sentences: Sequence[str], outputs: Sequence[str], direction: Direction
    ) -> list[tuple[str, NDArray[np.float32] | None]]:
        """Each sentence as the model reads it, and attention of shape [words of its output, words of it].

        Raises:
            EngineError: The runtime failed.
            UnsupportedPair: The model has no code for a language.
        """
        assert isinstance(self._engine, Aligner)
        read = [self.prepared(sentence) for sentence in sentences]
        links = self._engine.align(read, outputs, source=direction.source, target=direction.target)
        return list(zip(read, links, strict=True))

    def mended(self, output: str, *, source: str, direction: Direction) -> str:
        """A translation without what is always wrong, where that is wanted of this model."""
        return mended(output, language=direction.target, source=source) if self._mend else output

    def copy(self, text: str) -> Draft:
        """A text that stays as it is."""
        tokens = self.count(text)
        return Draft(text=text, tokens=tokens, read=tokens, copied=True)

    def _guarded(self, texts: Sequence[str], direction: Direction, progress: Progress | None) -> list[Draft]:
        """Decode, then decode what fails again, all failing texts together; the better draft of each is kept."""
        drafts = self._decode(texts, Attempt(decoding=self._decoding), direction, progress)
        for attempt in self._attempts:
            failing = [
                number
                for number, draft in enumerate(drafts)
                if attempt.suits(draft)
                and not (attempt.respell and self._reads_alike(texts[number], direction))
            ]
            again = self._again([texts[number] for number in failing], attempt, direction) if failing else []
            for number, draft in zip(failing, again, strict=False):
                drafts[number] = min(drafts[number], draft, key=Draft.rank)
        return [_settled(text, draft, direction) for text, draft in zip(texts, drafts, strict=True)]

    def _reads_alike(self, text: str, direction: Direction) -> bool:
        """Whether the model would read the same again: no number can be written another way."""
        return self.prepared(respell(text, direction.source)) == self.prepared(text)

    def _again(self, texts: Sequence[str], attempt: Attempt, direction: Direction) -> list[Draft]:
        """Another decoding is an offer, not a duty of the engine: where it fails the first drafts stand."""
        try:
            return self._decode(texts, attempt, direction)
        except EngineError as fault:
            log.warning("Decoding again with %s failed: %s", attempt.decoding.describe(), fault)
            return []

    def _decode(
        self,
        texts: Sequence[str],
        attempt: Attempt,
        direction: Direction,
        progress: Progress | None = None,
    ) -> list[Draft]:
        parts = [self._smaller(text, attempt.share) for text in texts]
        asked = list(dict.fromkeys(piece.text for pieces in parts for piece in pieces))
        words = [respell(text, direction.source) for text in asked] if attempt.respell else asked
        answers = self._generate(words, attempt.decoding, direction, progress)
        made = dict(zip(asked, answers, strict=True))
        drafts = [
            self._draft(text, pieces, made, direction) for text, pieces in zip(texts, parts, strict=True)
        ]
        return [replace(draft, trace=None) for draft in drafts] if attempt.respell else drafts

    def _pieces(self, sentence: str, direction: Direction) -> list[Segment]:
        """The sentence, or its menu items, or its clauses where it is too long."""
        if not _has_work(sentence, direction):
            return [Segment(sentence)]
        pieces: list[Segment] = []
        for item in _items(sentence):
            *parts, last = chunk.split_long(item.text, budget=self._budget, count=self.count)
            pieces += [*parts, Segment(last.text, last.gap + item.gap)]
        return [Segment(piece.text, piece.gap or _space_after(piece.text)) for piece in pieces[:-1]] + pieces[
            -1:
        ]

    def _smaller(self, text: str, share: float) -> list[Segment]:
        """Pieces of at most a share of a text's tokens, but with room for its longest word."""
        if share == 1:
            return [Segment(text)]
        longest = max((self.count(word) for word in text.split()), default=0)
        budget = min(self._budget, max(_SHORTEST, longest, math.ceil(share * self.count(text))))
        return chunk.split_long(text, budget=budget, count=self.count)

    def _generate(
        self, texts: Sequence[str], decoding: Decoding, direction: Direction, progress: Progress | None
    ) -> list[Generation]:
        """One call of the engine, or blocks of it where somebody watches."""
        step = _BLOCK if progress else max(1, len(texts))
        answers: list[Generation] = []
        for start in range(0, len(texts), step):
            block = [self.prepared(text) for text in texts[start : start + step]]
            answers += self._engine.generate(
                block, decoding, source=direction.source, target=direction.target
            )
            if progress:
                progress(len(answers), len(texts))
        return answers

    def _draft(
        self, text: str, pieces: Sequence[Segment], made: Mapping[str, Generation], direction: Direction
    ) -> Draft:
        """Put the answers for a text's pieces together and look at the whole."""
        counts = [self.count(piece.text) for piece in pieces]
        answers = [made[piece.text] for piece in pieces]
        written = " ".join(" ".join(answer.text for answer in answers).split())
        output = self.mended(script.localise(written, direction.target), source=text, direction=direction)
        return Draft(
            text=output,
            flags=_flags(text, output, direction, truncated=any(answer.truncated for answer in answers)),
            log_probability=_mean_log_probability(answers),
            generated=sum(answer.tokens for answer in answers),
            tokens=sum(counts),
            read=sum(min(count, self._engine.max_input_tokens) for count in counts),
            trace=_trace(answers),
        )

    def prepared(self, text: str) -> str:
        """A text as the model reads it."""
        return self._prepare(_whole(text))


def _whole(text: str) -> str:
    """Half a surrogate pair, as broken JSON leaves it, is no text to any tokeniser."""
    return _SURROGATES.sub("\ufffd", text)


def _has_work(text: str, direction: Direction) -> bool:
    return script.to_translate(text, direction.source, direction.target)


def _items(sentence: str) -> Iterator[Segment]:
    """The items of a menu or ticker, each with the mark behind it; an ordinary sentence is one item."""
    closing = _closing(sentence)
    marks = [mark for mark in _SEPARATORS.finditer(sentence) if closing.isdisjoint(range(*mark.span()))]
    if not marks and _is_menu(sentence):
        marks = list(_DASHES.finditer(sentence))
    start = 0
    for found in marks:
        yield Segment(sentence[start : found.start()], found.group())
        start = found.end()
    if start < len(sentence):
        yield Segment(sentence[start:])


def _closing(sentence: str) -> set[int]:
    """Indices of the marks that close a quote, which Maghrebi papers write with spaces within: « نعم »."""
    closing, depth = set(), 0
    for mark in _GUILLEMETS.finditer(sentence):
        if mark.group() in "«‹":
            depth += 1
        elif depth:
            depth -= 1
            closing.add(mark.start())
    return closing


def _is_menu(sentence: str) -> bool:
    """Whether dashes part a sentence into four or more items of at most four words."""
    items = _DASHES.split(sentence)
    return len(items) >= 4 and all(len(item.split()) <= 4 for item in items)


def _space_after(text: str) -> str:
    """Arabic may go on right behind a comma; no other script that we write does."""
    return " " if text.endswith(_COMMAS) else ""


def _flags(text: str, output: str, direction: Direction, *, truncated: bool) -> tuple[Flag, ...]:
    found = guards.check(source=text, output=output, languages=(direction.source, direction.target))
    return (*found, _TRUNCATED) if truncated else found


def _settled(text: str, draft: Draft, direction: Direction) -> Draft:
    """The last resort against loops: what is repeated is written once, and a flag says so."""
    if not any(flag.kind == "loop" for flag in draft.flags):
        return draft
    output, span = guards.cut_loop(draft.text, source=text)
    if span is None:
        return draft
    message = "The model repeated itself; what it repeated was cut to one."
    loop = Flag(kind="loop", message=message, output_span=span)
    left = _flags(text, output, direction, truncated=_TRUNCATED in draft.flags)
    return replace(draft, text=output, flags=(loop, *(flag for flag in left if flag.kind != "loop")))


def _joined(page: Page) -> Draft:
    """A sentence from its pieces; one that was copied in every part needed no translation."""
    known = [(d.log_probability, d.generated) for d in page.drafts if d.log_probability is not None]
    generated = sum(count for _, count in known)
    return Draft(
        text=page.text,
        flags=page.flags,
        log_probability=sum(value * count for value, count in known) / generated if generated else None,
        generated=generated,
        tokens=sum(draft.tokens for draft in page.drafts),
        read=sum(draft.read for draft in page.drafts),
        copied=all(draft.copied for draft in page.drafts),
        trace=page.drafts[0].trace if len(page.drafts) == 1 else None,
    )


def _trace(answers: Sequence[Generation]) -> Trace | None:
    """How a text of one piece came to be."""
    if len(answers) != 1 or answers[0].links is None:
        return None
    return Trace(written=answers[0].text, links=answers[0].links)


def _mean_log_probability(answers: Sequence[Generation]) -> float | None:
    told = [(a.log_probability, a.tokens) for a in answers if a.log_probability is not None and a.tokens]
    tokens = sum(count for _, count in told)
    return sum(value * count for value, count in told) / tokens if tokens else None
