"""The options that every command with SOURCE shares, and what they mean for reading."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.errors import ConfigError
from workbench.sources.base import MEGABYTE, ReadOptions

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...", help="Files, folders, addresses; - for standard input.", show_default=False
    ),
]
As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="KIND",
        help="Read as text, html, alalam, docx, pdf, feed, jsonl, json, csv or parquet.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="FIELD=NAME", help="Column of a table that holds a field: text=body; repeatable."
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="LANG",
        help="Languages to read, ar and en by default; 'any' reads all; repeatable.",
    ),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Fetch the pages that a feed, or Al-Alam's front page, links to.")
]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Fetch from this machine and its private network too.")
]
MaxMegabytes = Annotated[
    float, typer.Option("--max-mb", min=0.001, help="Largest single document, in megabytes.")
]
MaxSeconds = Annotated[float, typer.Option("--max-seconds", min=0.1, help="Longest time for one fetch.")]

_FIELDS = ("id", "url", "title", "language", "published", "agencies", "byline", "text", "related")


def read_options(
    *,
    kind: str = "auto",
    columns: list[str] | None = None,
    language: str | None = None,
    accept: list[str] | None = None,
    follow: bool = False,
    allow_private: bool = False,
    max_mb: float = 20,
    max_seconds: float = 30,
) -> ReadOptions:
    """What the shared options ask for.

    Raises:
        ConfigError: A column is not given as FIELD=NAME.
    """
    languages = tuple(accept or ("ar", "en"))
    return ReadOptions(
        kind=kind,
        columns=dict(map(_column, columns or ())),
        language=language,
        accept=() if "any" in languages else languages,
        follow=follow,
        allow_private=allow_private,
        max_bytes=int(max_mb * MEGABYTE),
        max_seconds=max_seconds,
    )


def _column(pair: str) -> tuple[str, str]:
    field, mark, name = pair.partition("=")
    if not mark or not name or field not in _FIELDS:
        raise ConfigError(
            f"--column {pair} does not say which column holds which field.",
            cure=f"Write FIELD=NAME, such as text=body; fields are {', '.join(_FIELDS)}.",
        )
    return field, name
