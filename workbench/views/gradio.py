"""Gradio, imported without what slows its start."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_stubs() -> Iterator[None]:
    """Keep Gradio from writing type stubs into its own folder: half of its import is spent on comparing them.

    It leaves out components whose source has no file; within this context none has one.
    """
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if type(thing).__name__ == "ComponentMeta":
            raise OSError("no type stub is wanted")
        return real(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = real


with without_stubs():
    import gradio

__all__ = ["gradio"]
