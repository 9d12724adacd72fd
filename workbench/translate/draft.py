"""A stretch of text as translated, before it takes its place among others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench import guards
from workbench.records import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How a model came to a text.

    Attributes:
        written: What it wrote, before anything was done to it.
        links: Gives the attention that each of its words paid to each word that the model read.
    """

    written: str
    links: Callable[[], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sentence, or a piece of one, as translated.

    Attributes:
        text: The translation, on one line.
        flags: What the guards found; spans count from its start.
        log_probability: Mean over the tokens generated, or None where unknown or where nothing was generated.
        generated: Tokens generated.
        tokens: Tokens of the source.
        read: Those of them that fitted the model's window.
        copied: It needed no translation.
        edited: A person wrote it.
        trace: How the model came to it, where that is known and a term may still be put by it.
    """

    text: str
    flags: tuple[Flag, ...] = ()
    log_probability: float | None = None
    generated: int = 0
    tokens: int = 0
    read: int = 0
    copied: bool = False
    edited: bool = False
    trace: Trace | None = field(default=None, compare=False, repr=False)

    def rank(self) -> tuple[float, float]:
        """Lower is better: lighter flags first, then the likelier text."""
        doubt = math.inf if self.log_probability is None else -self.log_probability
        return guards.severity(self.flags), doubt
