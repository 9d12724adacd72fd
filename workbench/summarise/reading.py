"""A whole article through a model's window: at once where it fits, else part by part, nothing left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from workbench.engines.base import Decoding, Engine, Generation
from workbench.engines.requests import Instructed, Request
from workbench.records import Segment
from workbench.summarise.base import Length
from workbench.text import chunk
from workbench.text.segment import join, segment

Strategy = Literal["map-reduce", "refine"]

_REMEMBERED = 8192
_ROUNDS = 12
"""Rounds of summarising summaries; each halves what is left, so that a million tokens take about ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a model wrote of a text, and how much of it the model read.

    Attributes:
        text: The summary as written.
        coverage: Share of the text's tokens that the model read; None where there were none.
        parts: Into how many parts the text was cut.
        truncated: The summary itself reached the limit.
        cut_parts: The summary of a part reached the limit.
    """

    text: str
    coverage: float | None = None
    parts: int = 0
    truncated: bool = False
    cut_parts: bool = False


class Reader:
    """Brings texts of any length through an engine.

    Args:
        engine: A loaded model.
        decoding: How it decodes; `max_new_tokens` is held to half of what it reads at once, so that summaries of
            summaries become shorter.
        strategy: How a text that exceeds the window is read.
        prepare: Applied to each text before the model sees it.
        piece_tokens: Longest text that it reads well; None takes the engine's window.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        decoding: Decoding,
        strategy: Strategy = "map-reduce",
        prepare: Callable[[str], str] = str,
        piece_tokens: int | None = None,
    ) -> None:
        self.instructed = isinstance(engine, Instructed)
        self._engine = engine
        self._window = min(piece_tokens or engine.max_input_tokens, engine.max_input_tokens)
        self._decoding = replace(
            decoding, max_new_tokens=max(1, min(decoding.max_new_tokens, self._window // 2))
        )
        self._strategy = strategy
        self._prepare = prepare
        # Packing asks for the same sentences several times.
        self._count = lru_cache(_REMEMBERED)(lambda text: engine.count_tokens(prepare(text)))

    def read(self, segments: Sequence[Segment], length: Length, *, source: str, target: str) -> Reading:
        """Summarise a text given as its sentences.

        Raises:
            EngineError: The runtime or server failed.
            UnsupportedPair: The model has no code for a language.
        """
        if not any(part.text.strip() for part in segments):
            return Reading(text="")
        ask = _Ask(length=length, source=source, target=target)
        budget = self._window
        if self._strategy == "refine" and self._total(segments) > self._window:
            budget = max(1, self._window - self._decoding.max_new_tokens)
        parts = self._parts(segments, budget)
        if len(parts) > 1 and self._strategy == "refine":
            written, cut = self._refine(parts, ask)
        else:
            written, cut = self._map_reduce(parts, ask)
        return Reading(
            text=written.text,
            coverage=self._coverage(parts),
            parts=len(parts),
            truncated=written.truncated,
            cut_parts=cut,
        )

    def _map_reduce(self, parts: Sequence[str], ask: _Ask) -> tuple[Generation, bool]:
        """Summaries of parts, then of those, until one is left or all of them together are short enough."""
        written = self._generate(parts, ask)
        cut = False
        for _ in range(_ROUNDS):
            if len(written) == 1:
                break
            cut = cut or any(one.truncated for one in written)
            drafts = _sentences(written, ask.target)
            if _short_enough(drafts, ask.length):
                return Generation(text=join(drafts), truncated=False), cut
            merged = self._parts(drafts, self._window)
            if len(merged) >= len(parts):
                break  # a model that does not shorten
            parts, written = merged, self._generate(merged, ask)
        if len(written) == 1:
            return written[0], cut
        return Generation(text=join(_sentences(written, ask.target)), truncated=False), cut

    def _refine(self, parts: Sequence[str], ask: _Ask) -> tuple[Generation, bool]:
        """A summary of the first part, then of it and the second, and so on."""
        (written,) = self._generate(parts[:1], ask)
        cut = False
        for part in parts[1:]:
            before = self._carried(written.text, part, ask)
            cut = cut or written.truncated or before != written.text.strip()
            (written,) = self._generate([part], ask, before=before)
        return written, cut

    def _carried(self, summary: str, part: str, ask: _Ask) -> str:
        """The summary so far, without its last sentences where there is no room for them beside the part."""
        sentences = segment(summary.strip(), ask.target)
        while sentences and self._count(f"{join(sentences).strip()}\n{part}") > self._window:
            sentences.pop()
        return join(sentences).strip()

    def _generate(self, texts: Sequence[str], ask: _Ask, *, before: str = "") -> list[Generation]:
        """One call of the engine; a model that follows instructions is told what the texts are for."""
        prepared = [self._prepare(text) for text in texts]
        if isinstance(self._engine, Instructed):
            return self._engine.follow([ask.request(text, before) for text in prepared], self._decoding)
        if before:
            prepared = [self._prepare(f"{before}\n{text}") for text in texts]
        return self._engine.generate(prepared, self._decoding, source=ask.source, target=ask.target)

    def _parts(self, segments: Sequence[Segment], budget: int) -> list[str]:
        """Consecutive sentences packed into as few texts as the budget allows, of about the same size."""
        pieces = [piece for part in segments for piece in self._split(part, budget)]
        total = sum(self._count(piece.text) for piece in pieces if piece.text)
        longest = max((self._count(piece.text) for piece in pieces), default=0)
        even = math.ceil(total / max(1, math.ceil(total / budget))) + longest
        packed = chunk.pack(pieces, budget=min(budget, even), count=self._count)
        texts = [text for text in (join(part).strip() for part in packed) if text]
        return [text for whole in texts for text in self._fitting(whole, budget)]

    def _split(self, part: Segment, budget: int) -> list[Segment]:
        """A sentence, in pieces where it exceeds the window by itself."""
        if self._count(part.text) <= budget:
            return [part]
        *pieces, last = chunk.split_long(part.text, budget=budget, count=self._count)
        return [*pieces, Segment(last.text, last.gap + part.gap)]

    def _fitting(self, text: str, budget: int) -> list[str]:
        """A part, halved where its sentences take more tokens together than one by one."""
        if self._count(text) <= budget:
            return [text]
        return [
            piece.text for piece in chunk.split_long(text, budget=budget, count=self._count) if piece.text
        ]

    def _total(self, segments: Sequence[Segment]) -> int:
        return sum(self._count(part.text) for part in segments)

    def _coverage(self, parts: Sequence[str]) -> float | None:
        counts = [self._count(part) for part in parts]
        return sum(min(count, self._engine.max_input_tokens) for count in counts) / max(1, sum(counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What is wanted of every text on the way."""

    length: Length
    source: str
    target: str

    def request(self, text: str, before: str) -> Request:
        return Request(
            task="summarise",
            text=text,
            source=None if self.source == "und" else self.source,
            target=self.target,
            before=before,
            sentences=self.length.sentences,
            words=self.length.words,
        )


def _sentences(written: Sequence[Generation], language: str) -> list[Segment]:
    """The sentences of several drafts in order, each draft on a line of its own."""
    return segment("\n".join(one.text.strip() for one in written if one.text.strip()), language)


def _short_enough(drafts: Sequence[Segment], length: Length) -> bool:
    sentences = [part.text for part in drafts if part.text]
    if length.words is None:
        return len(sentences) <= (length.sentences or 1)
    return sum(len(sentence.split()) for sentence in sentences) <= length.words
