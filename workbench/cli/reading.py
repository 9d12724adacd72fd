"""The options of reading, given to every command that takes articles."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from workbench.cli.inputs import (
    Accept,
    AllowPrivate,
    As,
    Columns,
    Follow,
    MaxMegabytes,
    MaxSeconds,
    read_options,
)
from workbench.sources.base import ReadOptions

From = Annotated[
    str | None,
    typer.Option("--from", metavar="LANG", help="Language of the articles; else each is identified."),
]


def reads_articles(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` the options of reading; what they say arrives as its argument `options`."""
    shared = inspect.signature(_options, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True).parameters
    offered = {name: parameter for name, parameter in (own | shared).items() if name != "options"}

    @functools.wraps(command)
    def call(**given: Any) -> None:
        options = _options(**{name: given.pop(name) for name in shared})
        command(**given, options=options)

    # Typer reads a command's signature and annotations: they are those of both functions.
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in offered.values()]
    )
    call.__annotations__ = {name: parameter.annotation for name, parameter in offered.items()}
    return call


def _options(
    *,
    from_: From = None,
    kind: As = "auto",
    column: Columns = None,
    accept: Accept = None,
    follow: Follow = False,
    allow_private: AllowPrivate = False,
    max_mb: MaxMegabytes = 20,
    max_seconds: MaxSeconds = 30,
) -> ReadOptions:
    return read_options(
        kind=kind,
        columns=column,
        language=from_,
        accept=accept,
        follow=follow,
        allow_private=allow_private,
        max_mb=max_mb,
        max_seconds=max_seconds,
    )
