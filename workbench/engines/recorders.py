"""Steps that run again and again: as they are, or as CUDA graphs that a GPU is given whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch

Step = Callable[[], None]
"""Reads and writes tensors that stay in place, and nothing else."""


class Recorder(Protocol):
    """Turns a step into something that can be run again and again."""

    def warm(self, step: Step) -> None:
        """Run a step whose results nobody needs."""
        ...

    def record(self, step: Step) -> Step:
        """What does the same as `step` whenever it is called; `step` may be called once, or not at all."""
        ...


class Plain:
    """Calls the step itself."""

    def warm(self, step: Step) -> None:
        """Run it."""
        step()

    def record(self, step: Step) -> Step:
        """The step as it is."""
        return step


class Graphs:
    """Records a step as a CUDA graph, and replays it in one launch."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def warm(self, step: Step) -> None:
        """Run it once beside everything else: what libraries set up on first use cannot be recorded."""
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            step()
        torch.cuda.current_stream().wait_stream(aside)

    def record(self, step: Step) -> Step:
        """What replays it."""
        graph = torch.cuda.CUDAGraph()
        # Threads that read and write texts meanwhile must not spoil it.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
        replay: Step = graph.replay
        return replay
