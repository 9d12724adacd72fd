"""`workbench read`: cleaned articles, one JSON object a line."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import app
from workbench.cli.inputs import (
    Accept,
    AllowPrivate,
    As,
    Columns,
    Follow,
    MaxMegabytes,
    MaxSeconds,
    Sources,
    read_options,
)
from workbench.cli.options import OutputFile
from workbench.cli.output import results, say


@app.command()
def read(
    sources: Sources,
    kind: As = "auto",
    column: Columns = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--from", "--language", metavar="LANG", help="Take every article to be in this language."
        ),
    ] = None,
    accept: Accept = None,
    follow: Follow = False,
    allow_private: AllowPrivate = False,
    max_mb: MaxMegabytes = 20,
    max_seconds: MaxSeconds = 30,
    output: OutputFile = None,
) -> None:
    """Read articles from SOURCE and clean them; one JSON record a line."""
    from workbench.ingest import read_all

    options = read_options(
        kind=kind,
        columns=column,
        language=language,
        accept=accept,
        follow=follow,
        allow_private=allow_private,
        max_mb=max_mb,
        max_seconds=max_seconds,
    )
    with results(output, jsonl=True) as sink:
        for article in sink.accepted(read_all(sources, options, note=say)):
            sink.line(article.to_json())
