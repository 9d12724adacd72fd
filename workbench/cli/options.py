"""Options that several commands share, each written once: where models run, what they do, and how results come out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Device(StrEnum):
    """Where models run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class TextOrLines(StrEnum):
    """For people, or one JSON record a line."""

    text = "text"
    jsonl = "jsonl"


class TextLinesOrPage(StrEnum):
    """For people, one JSON record a line, or one page for all."""

    text = "text"
    jsonl = "jsonl"
    html = "html"


class TextOrJson(StrEnum):
    """For people, or for programmes."""

    text = "text"
    json = "json"


OnDevice = Annotated[Device, typer.Option("--device", help="Where the model runs.")]
To = Annotated[str | None, typer.Option("--to", metavar="LANG", help="The other language, as a BCP 47 tag.")]
Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="A name from `workbench models list`.")
]
Beam = Annotated[int | None, typer.Option("--beam", min=1, max=64, help="Width of beam search.")]
Sentences = Annotated[
    int | None, typer.Option("--sentences", metavar="N", help="Most sentences of a summary; 3 by default.")
]
Words = Annotated[
    int | None, typer.Option("--words", metavar="N", help="About so many words, in whole sentences.")
]
GlossaryFile = Annotated[
    Path | None,
    typer.Option(
        "--glossary", metavar="FILE", help="Terms to be kept, in TSV, CSV, TBX or TMX; first line: ar,en."
    ),
]
Remember = Annotated[
    bool, typer.Option("--memory/--no-memory", help="Remember what was made, and use what was made before.")
]
Lines = Annotated[TextOrLines, typer.Option("--format", help="Text, or one JSON record a line.")]
Page = Annotated[
    TextLinesOrPage, typer.Option("--format", help="Text, one JSON record a line, or one HTML page.")
]
Printed = Annotated[TextOrJson, typer.Option("--format", help="For people, or for programmes.")]
Chosen = Annotated[str, typer.Argument(metavar="NAME", help="A name from `workbench models list`.")]
OutputFile = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here, not to stdout.")
]
