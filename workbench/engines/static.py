"""Greedy search and small beams in fixed shapes, so that a GPU can be given whole steps at once.

Each size of source text has lanes of its own, always as many, so that what stands beside a text changes neither the
shapes of sums nor their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import torch

from workbench.engines.decoders import Shape, Stack, stack_of
from workbench.engines.lanes import WINDOW, Found, Lanes, Search, Special, at_least
from workbench.engines.recorders import Recorder

SOURCES = (32, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Lengths to which source texts are padded; longer ones to multiples of the last."""
BUDGET = 16384
"""Padded source tokens of all lanes of one size, times the beams."""
MOST_ROWS = 512
"""Most lanes times beams of one size."""
MOST_BYTES = 2**31
"""Memory for the keys and values that the lanes of one size write."""
KEPT = 8
"""Sizes whose lanes stay in memory, the last used."""
MOST_BEAMS = 8
"""Widest beam that is searched here."""


class Static:
    """Decodes in lanes; for families that `workbench.engines.decoders` knows.

    Args:
        model: Of transformers, in its place.
        special: Numbers of its marks.
        window: Most tokens of a text, and what the encoder has places for.
        recorder: Makes what records steps, one for each set of lanes.
    """

    def __init__(self, model: Any, special: Special, window: int, recorder: Callable[[], Recorder]) -> None:
        stack = stack_of(model)
        assert stack is not None
        self._stack: Stack = stack
        self._encoder = model.get_encoder()
        self._special = special
        self._recorder = recorder
        self._lanes: dict[Shape, Lanes] = {}
        self._share, self._tried = 1, 1
        self._window = window
        self._alone = Lock()

    @torch.inference_mode()
    def run(
        self, sources: Mapping[int, list[int]], search: Search, take: Callable[[int, Found], None]
    ) -> None:
        """Decode sources, the longest first, and hand the number of each and its output to `take` once it is there.

        Raises:
            RuntimeError: Torch's own, memory that ran out included; what was taken stays right.
        """
        sizes: dict[int, list[int]] = {}
        for number in sorted(sources, key=lambda number: -len(sources[number])):
            size = min(at_least(len(sources[number]), SOURCES), self._window)
            sizes.setdefault(size, []).append(number)
        with self._alone:  # lanes hold one call's texts at a time
            for size, numbers in sizes.items():
                lanes = self._lanes_for(self._shape(size, search))
                for at, found in lanes.run([sources[number] for number in numbers], search):
                    take(numbers[at], found)

    def spare(self) -> bool:
        """Give memory back: all lanes, and for good half of them where one size had all; False if that was one lane."""
        alone = len(self._lanes) <= 1
        self._lanes.clear()
        if alone:
            self._share *= 2
        return not alone or self._tried > 1

    def _shape(self, size: int, search: Search) -> Shape:
        length = -(-search.limit // WINDOW) * WINDOW
        stack = self._stack
        bytes_a_row = 2 * stack.layers * stack.heads * stack.width * stack.weight.itemsize * length
        rows = min(MOST_ROWS, BUDGET // size, MOST_BYTES // bytes_a_row) // self._share
        lanes = max(rows // search.beams, 1)
        return Shape(lanes=lanes, beams=search.beams, source=size, length=length)

    def _lanes_for(self, shape: Shape) -> Lanes:
        self._tried = shape.lanes
        lanes = self._lanes.pop(shape, None)
        while len(self._lanes) >= KEPT:
            del self._lanes[next(iter(self._lanes))]
        lanes = lanes or Lanes(self._stack, self._encoder, shape, self._special, self._recorder())
        self._lanes[shape] = lanes
        return lanes
