"""`workbench export` and `workbench memory`: what is remembered, for other tools and from them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import app
from workbench.cli.output import say
from workbench.errors import ConfigError

memory_app = typer.Typer(help="What was translated and summarised before.", no_args_is_help=True)
app.add_typer(memory_app, name="memory")


class Form(StrEnum):
    """Forms in which a memory is exported."""

    tmx = "tmx"
    xliff = "xliff"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


_SUFFIXES = {".xlf": Form.xliff, ".ndjson": Form.jsonl}

MemoryFile = Annotated[
    Path | None, typer.Option("--memory", metavar="FILE", help="A memory other than your own.")
]


@app.command()
def export(
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Write here; its ending tells the form.")
    ],
    form: Annotated[
        Form | None, typer.Option("--format", help="The form, where the ending does not tell.")
    ] = None,
    edits: Annotated[
        bool, typer.Option("--edits", help="Only what people wrote or corrected, not what models made.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--from", metavar="LANG", help="Only from this language.")
    ] = None,
    target: Annotated[str | None, typer.Option("--to", metavar="LANG", help="Only to this language.")] = None,
    memory: MemoryFile = None,
) -> None:
    """Write the memory of translations and edits as TMX, XLIFF, JSON lines, CSV or Parquet."""
    from workbench.memory import Memory, exports

    chosen = _form(output, form)
    remembered = Memory.open(_existing(memory))
    task = "translate" if chosen in (Form.tmx, Form.xliff) else None
    entries = (
        (key, entry)
        for key, entry in remembered.entries(human=True if edits else None, task=task)
        if _same(key.source, source) and _same(key.target, target)
    )
    say(f"{exports.write(output, entries, form=chosen.value)} entries written to {output}.")


@memory_app.command("show")
def show(memory: MemoryFile = None) -> None:
    """Tell where the memory is, how large it is, and what it holds."""
    from workbench.memory import Memory

    remembered = Memory.open(_existing(memory))
    print(remembered.path)
    counts = remembered.counts()
    print(f"{remembered.path.stat().st_size / 1e6:.1f} MB, {sum(counts.values())} entries")
    for (task, source, target, human), count in counts.items():
        pair = source if source == target else f"{source} to {target}"
        print(f"{task} {pair}: {count} {'by people' if human else 'by models'}")


@memory_app.command("find")
def find(
    text: Annotated[str, typer.Argument(metavar="SENTENCE", help="What is to be translated.")],
    source: Annotated[str, typer.Option("--from", metavar="LANG", help="Its language.")],
    target: Annotated[str, typer.Option("--to", metavar="LANG", help="Language of the translations.")],
    least: Annotated[float, typer.Option("--least", min=0, max=100, help="Lowest likeness in percent.")] = 70,
    most: Annotated[int, typer.Option("--most", min=1, help="How many.")] = 5,
    memory: MemoryFile = None,
) -> None:
    """Offer translations of sentences like this one, likest first: likeness, who made it, sentence, translation."""
    from workbench.memory import Memory

    matches = Memory.open(_existing(memory)).fuzzy(text, source=source, target=target, least=least, most=most)
    for match in matches:
        maker = (match.entry.author or "a person") if match.entry.human else match.key.model
        print(f"{match.score:.0f}\t{maker}\t{match.key.text}\t{match.entry.output}")


@memory_app.command("import")
def take_in(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="TMX files.")],
    author: Annotated[str, typer.Option("--author", help="Who made them, where the file does not say.")] = "",
    memory: MemoryFile = None,
) -> None:
    """Take in translations from TMX files; those by people win over what models make of the same sentence."""
    from workbench.memory import Memory

    remembered = Memory.open(memory)
    for file in files:
        say(f"{remembered.import_tmx(file, author=author)} translations taken in from {file}.")


def _form(output: Path, form: Form | None) -> Form:
    """What is asked for, or what the file's ending says.

    Raises:
        ConfigError: Neither tells.
    """
    ending = output.suffix.lower()
    if form:
        return form
    if ending in _SUFFIXES:
        return _SUFFIXES[ending]
    if ending.removeprefix(".") in list(Form):
        return Form(ending.removeprefix("."))
    raise ConfigError(
        f"{output} does not tell in which form to write.",
        cure=f"Give --format, or an ending such as .{', .'.join(Form)}.",
    )


def _existing(memory: Path | None) -> Path | None:
    if memory and not memory.is_file():
        raise ConfigError(f"There is no memory {memory}.", cure="Check the path given to --memory.")
    return memory


def _same(tag: str, wanted: str | None) -> bool:
    return wanted is None or tag.partition("-")[0].lower() == wanted.partition("-")[0].lower()
