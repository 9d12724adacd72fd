"""Sentences through an engine: in pieces where they are long, again another way where they fail."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench import guards
from workbench.engines.base import Decoding, Engine, Generation
from workbench.errors import EngineError
from workbench.records import Flag, Segment
from workbench.text import chunk, script

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with pieces done and pieces in all."""

_SEPARATORS = re.compile(r"\s+[|•·●▪■◄►»›¦]+\s+|\s*[|•●▪■◄►]+\s*")
"""What parts the items of menus and tickers; the closing quote of a sentence has no space before it."""

_DASHES = re.compile(r"\s+[-–—/*~]+\s+")
"""What may part items, or be part of a sentence: it parts where it stands often between few words."""

_BLOCK = 64
_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One sentence as translated, before it takes its place in a text.

    Attributes:
        text: The translation, on one line.
        flags: What the guards found; spans count from the start of the sentence.
        log_probability: Mean over the tokens generated, or None where unknown or where nothing was generated.
        tokens: Tokens of the source.
        read: Those of them that fitted the model's window.
        copied: The sentence needed no translation.
    """

    text: str
    flags: tuple[Flag, ...] = ()
    log_probability: float | None = None
    tokens: int = 0
    read: int = 0
    copied: bool = False

    def rank(self) -> tuple[float, float]:
        """Lower is better: lighter flags first, then the likelier text."""
        doubt = math.inf if self.log_probability is None else -self.log_probability
        return guards.severity(self.flags), doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to decode.

    Attributes:
        decoding: What the engine is asked for.
        share: Longest piece, as a share of the sentence's own tokens; 1 leaves what fits the window whole.
    """

    decoding: Decoding
    share: float = 1.0


def attempts(decoding: Decoding) -> tuple[Attempt, ...]:
    """The ways in which a sentence that fails is decoded again, in turn, until one passes."""
    wider = replace(decoding, beam=4 if decoding.beam < 4 else decoding.beam + 2, temperature=0.0)
    firmer = replace(wider, no_repeat_ngram=3, repetition_penalty=max(1.2, decoding.repetition_penalty))
    return (
        Attempt(decoding=wider),
        Attempt(decoding=firmer),
        Attempt(decoding=firmer, share=0.5),
        Attempt(decoding=firmer, share=0.25),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """From one language to another, BCP 47."""

    source: str
    target: str


class SentenceTranslator:
    """An engine with guards around it: sentences in, drafts out, in order.

    Args:
        engine: A loaded model.
        decoding: How it decodes at first.
        prepare: Applied to each piece before the model sees it.
        budget: Most tokens of one piece.
    """

    def __init__(
        self, engine: Engine, *, decoding: Decoding, prepare: Callable[[str], str], budget: int
    ) -> None:
        self._engine = engine
        self._decoding = decoding
        self._prepare = prepare
        self._budget = budget

    def translate(
        self, sentences: Sequence[str], direction: Direction, *, progress: Progress | None = None
    ) -> list[Draft]:
        """One draft for each sentence, all of them through the engine together.

        Raises:
            EngineError: The runtime failed.
            UnsupportedPair: The model has no code for a language.
        """
        drafts = self._decode(sentences, Attempt(decoding=self._decoding), direction, progress)
        for attempt in attempts(self._decoding):
            failing = [number for number, draft in enumerate(drafts) if draft.flags]
            if not failing:
                break
            again = self._again([sentences[number] for number in failing], attempt, direction)
            for number, draft in zip(failing, again, strict=False):
                drafts[number] = min(drafts[number], draft, key=Draft.rank)
        return [self._settle(s, draft, direction) for s, draft in zip(sentences, drafts, strict=True)]

    def copy(self, sentence: str) -> Draft:
        """A sentence that is in the target language already."""
        tokens = self._count(sentence)
        return Draft(text=sentence, tokens=tokens, read=tokens, copied=True)

    def _again(self, sentences: Sequence[str], attempt: Attempt, direction: Direction) -> list[Draft]:
        """Another decoding is an offer, not a duty of the engine: where it fails the first draft stands."""
        try:
            return self._decode(sentences, attempt, direction)
        except EngineError as fault:
            log.warning("Decoding again with %s failed: %s", attempt.decoding.describe(), fault)
            return []

    def _decode(
        self,
        sentences: Sequence[str],
        attempt: Attempt,
        direction: Direction,
        progress: Progress | None = None,
    ) -> list[Draft]:
        pieces = [self._pieces(sentence, attempt.share, direction) for sentence in sentences]
        texts = list(
            dict.fromkeys(part.text for parts in pieces for part in parts if _has_work(part.text, direction))
        )
        answers = self._generate(texts, attempt.decoding, direction, progress)
        made = dict(zip(texts, answers, strict=True))
        return [self._draft(s, parts, made, direction) for s, parts in zip(sentences, pieces, strict=True)]

    def _pieces(self, sentence: str, share: float, direction: Direction) -> list[Segment]:
        """What goes to the engine: the sentence, or its menu items, or its clauses where it is too long."""
        if not _has_work(sentence, direction):
            return [Segment(sentence)]
        pieces: list[Segment] = []
        for item in _items(sentence):
            budget = self._budget if share == 1 else self._smaller(item.text, share)
            *parts, last = chunk.split_long(item.text, budget=budget, count=self._count)
            pieces += [Segment(part.text, part.gap or " ") for part in parts]
            pieces.append(Segment(last.text, last.gap + item.gap))
        return pieces

    def _smaller(self, text: str, share: float) -> int:
        """A share of a text's tokens, but room for its longest word."""
        words = max((self._count(word) for word in text.split()), default=0)
        return min(self._budget, max(_SHORTEST, words, math.ceil(share * self._count(text))))

    def _generate(
        self, texts: Sequence[str], decoding: Decoding, direction: Direction, progress: Progress | None
    ) -> list[Generation]:
        """One call of the engine, or blocks of it where somebody watches."""
        step = _BLOCK if progress else max(1, len(texts))
        answers: list[Generation] = []
        for start in range(0, len(texts), step):
            block = [self._prepare(text) for text in texts[start : start + step]]
            answers += self._engine.generate(
                block, decoding, source=direction.source, target=direction.target
            )
            if progress:
                progress(len(answers), len(texts))
        return answers

    def _draft(
        self, sentence: str, pieces: Sequence[Segment], made: Mapping[str, Generation], direction: Direction
    ) -> Draft:
        """Put a sentence's pieces together again and look at the whole."""
        counts = [self._count(piece.text) for piece in pieces]
        answers = [made[piece.text] for piece in pieces if piece.text in made]
        texts = [" ".join(made[p.text].text.split()) if p.text in made else p.text for p in pieces]
        joined = "".join(text + piece.gap for text, piece in zip(texts, pieces, strict=True))
        text = script.localise(joined.strip(), direction.target)
        return Draft(
            text=text,
            flags=_flags(sentence, text, answers, direction) if answers else (),
            log_probability=_mean_log_probability(answers),
            tokens=sum(counts),
            read=sum(min(count, self._engine.max_input_tokens) for count in counts),
            copied=not answers,
        )

    def _settle(self, sentence: str, draft: Draft, direction: Direction) -> Draft:
        """The last resort against loops: what is repeated is written once, and a flag says so."""
        if not any(flag.kind == "loop" for flag in draft.flags):
            return draft
        text, span = guards.cut_loop(draft.text, source=sentence)
        if span is None:
            return draft
        message = "The model repeated itself; what it repeated was cut to one."
        loop = Flag(kind="loop", message=message, output_span=span)
        truncated = [flag for flag in draft.flags if flag.kind == "truncated"]
        left = [flag for flag in _flags(sentence, text, (), direction) if flag.kind != "loop"]
        return replace(draft, text=text, flags=(loop, *left, *truncated))

    def _count(self, text: str) -> int:
        return self._engine.count_tokens(self._prepare(text))


def _has_work(text: str, direction: Direction) -> bool:
    return script.to_translate(text, direction.source, direction.target)


def _items(sentence: str) -> Iterator[Segment]:
    """The items of a menu or ticker, each with the mark behind it; an ordinary sentence is one item."""
    marks = _SEPARATORS if _SEPARATORS.search(sentence) or not _is_menu(sentence) else _DASHES
    start = 0
    for found in marks.finditer(sentence):
        yield Segment(sentence[start : found.start()], found.group())
        start = found.end()
    if start < len(sentence):
        yield Segment(sentence[start:])


def _is_menu(sentence: str) -> bool:
    """Whether dashes part a sentence into four or more items of at most four words."""
    items = _DASHES.split(sentence)
    return len(items) >= 4 and all(len(item.split()) <= 4 for item in items)


def _flags(sentence: str, text: str, answers: Sequence[Generation], direction: Direction) -> tuple[Flag, ...]:
    found = guards.check(source=sentence, output=text, languages=(direction.source, direction.target))
    if any(answer.truncated for answer in answers):
        return (*found, Flag(kind="truncated", message="The model stopped at its limit before the end."))
    return found


def _mean_log_probability(answers: Sequence[Generation]) -> float | None:
    told = [(a.log_probability, a.tokens) for a in answers if a.log_probability is not None and a.tokens]
    tokens = sum(count for _, count in told)
    return sum(value * count for value, count in told) / tokens if tokens else None
