"""Texts of one size decoded side by side, in steps that read and write nothing but tensors that stay in place.

A text has a lane; when its output ends the next text takes the lane, so that none waits for the longest of a batch.
Nothing is asked of the device but every few steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import torch
from torch import Tensor

from workbench.engines.decoders import Held, Shape, Stack, View
from workbench.engines.recorders import Recorder, Step

WINDOW = 32
"""Steps that the shortest recorded step looks back on; each longer one twice as many."""
CHECKED, AHEAD = 8, 2
"""Steps between two looks at what has ended, and those queued behind a look so that the device never waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked for.

    Attributes:
        beams: Width of the search; 1 is greedy.
        limit: Most tokens of an output, `opening` included.
        length_penalty: Exponent of length in scores.
        opening: The token that every output begins with, or None.
    """

    beams: int
    limit: int
    length_penalty: float = 1.0
    opening: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One output.

    Attributes:
        tokens: Their numbers, `Search.opening` and the end mark included.
        total: Sum of their log-probabilities, the opening's left out.
    """

    tokens: list[int]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Numbers of the tokens that decoding must know: which starts, which ends, which is never chosen."""

    start: int
    end: int
    pad: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where every lane stands; all that a step changes besides keys and values.

    Attributes:
        tokens: The last of each beam, [lanes, beams].
        position: Their number in the output, [lanes]; 0 is the start.
        sums: Log-probabilities of the beams, [lanes, beams].
        written: The beams themselves, [lanes, beams, length].
        origin: Which beam put the keys of a step where a beam finds them, [lanes, beams, length].
        score: Of the best output that has ended, [lanes].
        total: Its log-probability, [lanes].
        size: Number of its tokens, [lanes].
        best: Its tokens, [lanes, length].
        ended: How many outputs have ended, [lanes].
        done: Whether the lane has its output, or none to make, [lanes].
    """

    tokens: Tensor
    position: Tensor
    sums: Tensor
    written: Tensor
    origin: Tensor
    score: Tensor
    total: Tensor
    size: Tensor
    best: Tensor
    ended: Tensor
    done: Tensor

    @classmethod
    def fresh(cls, shape: Shape, start: int, device: torch.device) -> State:
        """Lanes before their first step."""
        lanes, beams, length = shape.lanes, shape.beams, shape.length

        def whole(*sizes: int, value: int = 0) -> Tensor:
            return torch.full((lanes, *sizes), value, dtype=torch.long, device=device)

        sums = torch.full((lanes, beams), -1e9, device=device)
        sums[:, 0] = 0  # the other beams begin as ones that nobody would choose
        return cls(
            tokens=whole(beams, value=start),
            position=whole(),
            sums=sums,
            written=whole(beams, length),
            origin=whole(beams, length),
            score=torch.full((lanes,), -torch.inf, device=device),
            total=torch.zeros(lanes, device=device),
            size=whole(),
            best=whole(length),
            ended=whole(),
            done=torch.zeros(lanes, dtype=torch.bool, device=device),
        )

    def restart(self, lanes: Tensor, first: State) -> None:
        """Put `lanes` back to the state `first`."""
        for field in fields(self):
            if field.name not in ("written", "origin", "best"):  # read no further than they were written
                now, then = getattr(self, field.name), getattr(first, field.name)
                now.index_copy_(0, lanes, then[: len(lanes)])


class Lanes:
    """Texts of one size that are decoded side by side."""

    def __init__(
        self, stack: Stack, encoder: Any, shape: Shape, special: Special, recorder: Recorder
    ) -> None:
        self._stack, self._encoder, self._shape, self._special = stack, encoder, shape, special
        self.count = shape.lanes
        self._device = stack.weight.device
        self._held = Held(stack, shape)
        self._mask = torch.zeros((shape.lanes, shape.source), dtype=torch.bool, device=self._device)
        self._mask[:, 0] = True  # attention to nothing at all would be no number
        self._first = State.fresh(shape, special.start, self._device)
        self._state = State.fresh(shape, special.start, self._device)
        self._state.done.fill_(True)
        self._beams = torch.arange(shape.beams, device=self._device)
        self._steps = torch.arange(shape.length, device=self._device)
        self._starts = torch.arange(shape.lanes, device=self._device) * shape.length * shape.beams
        self._limit = torch.ones((), dtype=torch.long, device=self._device)
        self._power = torch.ones((), device=self._device)
        self._opening = torch.zeros((), dtype=torch.long, device=self._device)
        self._opens = torch.zeros((), dtype=torch.long, device=self._device)
        self._shown = Shown(self._state)
        self._windows = _windows(shape.length)
        self._recorder = recorder
        self._recorded: dict[int, Step] = {}
        for seen in self._windows:  # before a text is there that it could disturb
            recorder.warm(partial(self._step, seen))

    def run(self, sources: Sequence[list[int]], search: Search) -> Iterator[tuple[int, Found]]:
        """Each source's number and output, as they end."""
        self._limit.fill_(search.limit)
        self._power.fill_(search.length_penalty)
        self._opens.fill_(search.opening is not None)
        self._opening.fill_(search.opening or 0)
        queue = Queue(self, sources)
        busy: dict[int, int] = {}
        ages = [0] * self._shape.lanes
        while self._refill(queue, busy, ages) or busy:
            seen = min(max(ages[lane] for lane in busy) + CHECKED, self._shape.length)
            advance = self._recording(at_least(seen, self._windows))
            for _ in range(CHECKED - AHEAD):
                advance()
            self._shown.take(self._state)
            for _ in range(AHEAD):
                advance()
            ages = [age + CHECKED for age in ages]
            for lane, found in self._shown.ended(busy):
                yield busy.pop(lane), found

    def encoded(self, sources: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
        """Keys, values and mask of at most as many sources as there are lanes, padded to all of them."""
        pad = self._special.pad
        rows = [*sources, *[[pad]] * (self._shape.lanes - len(sources))]
        numbers = _sent([row + [pad] * (self._shape.source - len(row)) for row in rows], self._device)
        lengths = _sent([len(row) for row in rows], self._device)
        mask = torch.arange(self._shape.source, device=self._device) < lengths.unsqueeze(1)
        # With four dimensions transformers takes a mask as it is; it would look into one with two, and wait.
        seen = mask[:, None, None].expand(-1, 1, self._shape.source, -1)
        states = self._encoder(input_ids=numbers, attention_mask=seen).last_hidden_state
        return self._stack.crossed(states), mask

    def seat(self, lanes: Sequence[int], crossed: Tensor, mask: Tensor, rows: Sequence[int]) -> None:
        """Begin the texts in `rows` of what was encoded, in `lanes`."""
        into, taken = _sent(lanes, self._device), _sent(rows, self._device)
        self._held.crossed.index_copy_(2, into, crossed.index_select(2, taken))
        self._mask.index_copy_(0, into, mask.index_select(0, taken))
        self._state.restart(into, self._first)

    def _refill(self, queue: Queue, busy: dict[int, int], ages: list[int]) -> bool:
        free = [lane for lane in range(self._shape.lanes) if lane not in busy]
        seated = queue.seat(free)
        busy.update(seated)
        for lane in seated:
            ages[lane] = 0
        return bool(seated)

    def _recording(self, seen: int) -> Step:
        if seen not in self._recorded:
            self._recorded[seen] = self._recorder.record(partial(self._step, seen))
        return self._recorded[seen]

    def _step(self, seen: int) -> None:
        """One token more for every beam; no output has `seen` tokens behind it yet."""
        state, beams = self._state, self._shape.beams
        state.origin.scatter_(2, self._now(), self._beams.view(1, -1, 1).expand(len(state.done), -1, 1))
        mine = state.origin[:, :, :seen, None] == self._beams
        past = self._steps[:seen] <= state.position[:, None]
        places = (self._starts + state.position * beams)[:, None] + self._beams
        view = View(
            position=state.position,
            seen=seen,
            places=places.flatten(),
            own=(mine & past[:, None, :, None]).flatten(2).unsqueeze(1),
            source=self._mask[:, None, None].expand(-1, 1, beams, -1),
        )
        self._choose(self._stack.step(state.tokens, view, self._held))

    def _choose(self, logits: Tensor) -> None:
        """The likeliest continuations of each lane's beams, from scores of shape [lanes, beams, vocabulary]."""
        state, beams = self._state, self._shape.beams
        many = 1 if beams == 1 else 2 * beams  # each beam may end once, and as many must go on
        logits[..., self._special.pad].fill_(-torch.inf)
        unended = (state.position <= self._opens).unsqueeze(1)  # a text has a translation
        logits[..., self._special.end].masked_fill_(unended, -torch.inf)
        values, tokens = _top(logits.log_softmax(-1, dtype=torch.float32), many)
        forced = ((self._opens > 0) & (state.position == 0))[:, None, None]
        values[..., 1:].masked_fill_(forced, -torch.inf)
        values[..., :1].masked_fill_(forced, 0.0)
        tokens = torch.where(forced, self._opening, tokens)
        sums, chosen = _top((state.sums.unsqueeze(-1) + values).flatten(1), many)
        self._advance(sums, chosen // many, tokens.flatten(1).gather(1, chosen))

    def _advance(self, sums: Tensor, parents: Tensor, tokens: Tensor) -> None:
        """Keep what ends and go on with the rest: continuations, best first, of shape [lanes, candidates]."""
        state, beams = self._state, self._shape.beams
        last = state.position + 1 >= self._limit
        ending = (tokens == self._special.end) | last.unsqueeze(1)
        self._keep(sums[:, :beams], parents[:, :beams], tokens[:, :beams], ending[:, :beams])
        goes_on = _top(sums.masked_fill(ending, -torch.inf), beams)[1]
        state.sums.copy_(sums.gather(1, goes_on))
        state.tokens.copy_(tokens.gather(1, goes_on))
        if beams > 1:
            ways = parents.gather(1, goes_on).unsqueeze(-1).expand_as(state.written)
            state.written.copy_(state.written.gather(1, ways))
            state.origin.copy_(state.origin.gather(1, ways))
        state.written.scatter_(2, self._now(), state.tokens.unsqueeze(-1))
        state.done.logical_or_((state.ended >= beams) | last)
        state.position.add_((~state.done).long())

    def _keep(self, sums: Tensor, parents: Tensor, tokens: Tensor, ending: Tensor) -> None:
        """Of the candidates that end, [lanes, beams], keep the best where it is better than those before."""
        state = self._state
        size = state.position + 1
        scores = sums.masked_fill(~ending, -torch.inf) / (size.float() ** self._power).unsqueeze(1)
        score, which = scores.max(1, keepdim=True)
        better = ~state.done & (score[:, 0] > state.score)
        way = parents.gather(1, which).unsqueeze(-1).expand(-1, 1, self._shape.length)
        row = state.written.gather(1, way).squeeze(1)
        row.scatter_(1, state.position.unsqueeze(1), tokens.gather(1, which))
        state.best.copy_(torch.where(better.unsqueeze(1), row, state.best))
        state.score.copy_(torch.where(better, score[:, 0], state.score))
        state.total.copy_(torch.where(better, sums.gather(1, which)[:, 0], state.total))
        state.size.copy_(torch.where(better, size, state.size))
        state.ended.add_(ending.sum(1))

    def _now(self) -> Tensor:
        """The present position as an index into the last dimension of [lanes, beams, length]."""
        return self._state.position.view(-1, 1, 1).expand(-1, self._shape.beams, 1)


class Queue:
    """Sources that wait for a lane; as many as there are lanes are encoded at a time."""

    def __init__(self, lanes: Lanes, sources: Sequence[list[int]]) -> None:
        self._lanes = lanes
        self._sources = sources
        self._begun = 0
        self._encoded: deque[tuple[int, int]] = deque()

    def seat(self, free: list[int]) -> dict[int, int]:
        """Fill free lanes while sources last; from lane to number of the source."""
        seated: dict[int, int] = {}
        while free and (self._encoded or self._begun < len(self._sources)):
            if not self._encoded:
                self._encode()
            count = min(len(free), len(self._encoded))
            into, free = free[:count], free[count:]
            numbers, rows = zip(*(self._encoded.popleft() for _ in into), strict=True)
            self._lanes.seat(into, *self._stock, rows)
            seated.update(zip(into, numbers, strict=True))
        return seated

    def _encode(self) -> None:
        end = min(self._begun + self._lanes.count, len(self._sources))
        self._stock = self._lanes.encoded(self._sources[self._begun : end])
        self._encoded.extend((number, number - self._begun) for number in range(self._begun, end))
        self._begun = end


class Shown:
    """What the host sees of the lanes: copies that are made while the device goes on."""

    def __init__(self, state: State) -> None:
        self._on_gpu = state.done.device.type == "cuda"
        self._copies = {
            name: torch.empty_like(getattr(state, name), device="cpu", pin_memory=self._on_gpu)
            for name in ("done", "size", "total", "best")
        }
        self._made: Any = torch.cuda.Event() if self._on_gpu else None  # type: ignore[no-untyped-call]

    def take(self, state: State) -> None:
        """Queue the copies behind the steps queued so far."""
        for name, copy in self._copies.items():
            copy.copy_(getattr(state, name), non_blocking=True)
        if self._made:
            self._made.record()

    def ended(self, busy: Iterable[int]) -> list[tuple[int, Found]]:
        """The outputs of those lanes that had ended when the copies were made."""
        if self._made:
            self._made.synchronize()
        done, sizes, totals = (self._copies[name].tolist() for name in ("done", "size", "total"))
        best = self._copies["best"]
        return [
            (lane, Found(tokens=best[lane, : sizes[lane]].tolist(), total=totals[lane]))
            for lane in busy
            if done[lane]
        ]


def _top(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The best of the last dimension and where they stand; of one alone, which has a quicker way, as of many."""
    if count == 1:
        return scores.max(-1, keepdim=True)
    return scores.topk(count)


def _windows(length: int) -> tuple[int, ...]:
    steps = [WINDOW]
    while steps[-1] * 2 < length:
        steps.append(steps[-1] * 2)
    return (*steps, length) if length > steps[-1] else tuple(steps)


def at_least(number: int, sizes: Sequence[int]) -> int:
    """The smallest of `sizes` that holds `number`, or a multiple of the last."""
    fitting = (size for size in sizes if size >= number)
    return next(fitting, -(-number // sizes[-1]) * sizes[-1])


def _sent(numbers: Any, device: torch.device) -> Tensor:
    """Numbers on their way to the device: nobody waits for them."""
    host = torch.tensor(numbers, pin_memory=device.type == "cuda")
    return host.to(device, non_blocking=True)
