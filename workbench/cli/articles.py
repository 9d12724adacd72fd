"""`translate`, `summarise` and `brief`: articles in, texts out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import app
from workbench.cli.inputs import Sources
from workbench.cli.keeping import open_keeping
from workbench.cli.options import (
    Beam,
    Device,
    GlossaryFile,
    Lines,
    Model,
    OnDevice,
    OutputFile,
    Page,
    Remember,
    Sentences,
    TextLinesOrPage,
    TextOrLines,
    To,
    Words,
)
from workbench.cli.output import Results, results, say
from workbench.cli.progress import bar
from workbench.cli.reading import reads_articles
from workbench.cli.translating import (
    Pages,
    check_inputs,
    read_lines,
    translate_articles,
    translate_lines,
    usable,
)
from workbench.errors import InputError
from workbench.records import Article, Brief, Output
from workbench.sources.base import ReadOptions

if TYPE_CHECKING:
    from workbench.catalog import Catalog
    from workbench.translate import Translator


@app.command()
@reads_articles
def translate(
    *,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE...]", help="Files, folders, addresses; - for standard input."),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="LANG", help="Language to translate to, as a BCP 47 tag.")
    ],
    lines: Annotated[
        str | None,
        typer.Option("--lines", metavar="FILE", help="Translate FILE line by line: as many lines come out."),
    ] = None,
    model: Model = None,
    device: OnDevice = Device.auto,
    beam: Beam = None,
    glossary: GlossaryFile = None,
    remember: Remember = True,
    format: Lines = TextOrLines.text,  # noqa: A002
    output: OutputFile = None,
    options: ReadOptions,
) -> None:
    """Translate articles in full, or a file line by line (--lines)."""
    from workbench.catalog import open_catalog
    from workbench.ingest import read_all

    check_inputs(sources, lines, options.language)
    given = read_lines(lines) if lines is not None else []
    keeping = open_keeping(glossary, remember=remember, to=to)
    with results(output, jsonl=format is TextOrLines.jsonl) as sink, bar("Translating") as progress:
        catalog = open_catalog()
        translator = keeping.translator(
            _translator(catalog, model, source=options.language, to=to, device=device, beam=beam)
        )
        if model is None:
            say(f"Translating with {translator.name}: {catalog.quality(translator.name)}")
        if lines is not None and options.language:
            write = _line_writer(sink, format)
            translate_lines(given, translator, source=options.language, to=to, write=write, progress=progress)
            return
        records = usable(
            read_all(sources or (), options, note=say), partial(translator.source_language, to=to)
        )
        pages = Pages(sink, jsonl=format is TextOrLines.jsonl)
        translate_articles(sink.accepted(records), translator, to=to, pages=pages, progress=progress)


@app.command()
@reads_articles
def summarise(
    *,
    sources: Sources,
    sentences: Sentences = None,
    words: Words = None,
    to: To = None,
    model: Model = None,
    device: OnDevice = Device.auto,
    glossary: GlossaryFile = None,
    remember: Remember = True,
    format: Lines = TextOrLines.text,  # noqa: A002
    output: OutputFile = None,
    options: ReadOptions,
) -> None:
    """Summarise articles, in their own language or in another (--to)."""
    from workbench.catalog import open_catalog
    from workbench.ingest import read_all
    from workbench.summarise import Length

    length = Length(sentences=sentences, words=words)
    keeping = open_keeping(glossary, remember=remember, to=to)
    with results(output, jsonl=format is TextOrLines.jsonl) as sink, bar("Summarising"):
        catalog = open_catalog()
        translator = keeping.translator(catalog.translator(target=to, device=device.value)) if to else None
        summariser = catalog.summariser(
            model, language=options.language, device=device.value, translator=translator
        )
        summariser = keeping.summariser(summariser, catalog, translator)
        records = read_all(sources, options, note=say)
        if translator and to:
            records = usable(records, partial(translator.source_language, to=to))
        pages = Pages(sink, jsonl=format is TextOrLines.jsonl)
        for article in sink.accepted(records):
            summary = summariser.summarise(article, length=length, to=to)
            pages.add(summary, summary.text)
            pages.tell_flags(summary, name=article.title or article.id, source=article.text)


app.command("summarize", hidden=True)(summarise)


@app.command()
@reads_articles
def brief(
    *,
    sources: Sources,
    to: To = None,
    sentences: Sentences = None,
    words: Words = None,
    model: Model = None,
    device: OnDevice = Device.auto,
    beam: Beam = None,
    glossary: GlossaryFile = None,
    remember: Remember = True,
    format: Page = TextLinesOrPage.text,  # noqa: A002
    output: OutputFile = None,
    options: ReadOptions,
) -> None:
    """Read articles in two languages: cleaned, summarised in both, translated in full, doubts flagged."""
    from workbench.brief import make_brief
    from workbench.catalog import open_catalog
    from workbench.ingest import read_all
    from workbench.summarise import Length

    length = Length(sentences=sentences, words=words)
    keeping = open_keeping(glossary, remember=remember, to=to)
    with results(output, jsonl=format is TextLinesOrPage.jsonl) as sink, bar("Reading") as progress:
        catalog = open_catalog()
        translator = keeping.translator(
            _translator(catalog, model, source=options.language, to=to, device=device, beam=beam)
        )
        make = partial(
            make_brief,
            translator=translator,
            summariser=keeping.summariser(catalog.summariser(device=device.value), catalog),
            to=to,
            length=length,
            progress=progress,
        )
        records = usable(
            read_all(sources, options, note=say), partial(_readable, translator=translator, to=to)
        )
        quality, width = catalog.quality(translator.name), _terminal_width(output)
        _write_briefs(map(make, sink.accepted(records)), sink, format, quality=quality, width=width)


def _write_briefs(
    briefs: Iterable[Brief],
    sink: Results,
    form: TextLinesOrPage,
    *,
    quality: str,
    width: int | None,
) -> None:
    from workbench.brief import to_page, to_text

    if form is TextLinesOrPage.html:
        sink.write(to_page(briefs, quality=quality))
        return
    pages = Pages(sink, jsonl=form is TextLinesOrPage.jsonl)
    for each in briefs:
        pages.add(each, to_text(each, quality=quality, width=width, colour=width is not None))


def _readable(article: Article, *, translator: Translator, to: str | None) -> str:
    """The article's language, where a brief can be made of it.

    Raises:
        InputError: It is not known, or is the one that the brief is to add.
        UnsupportedPair: The model does not offer this direction.
    """
    from workbench.brief import other_language

    own = translator.source_language(article, to=to or other_language(article.language))
    if to and own.partition("-")[0] == to.partition("-")[0]:
        raise InputError(f"It is in {own} already.", cure=f"Ask for another: --to {other_language(own)}.")
    return own


def _translator(
    catalog: Catalog,
    model: str | None,
    *,
    source: str | None,
    to: str | None,
    device: Device,
    beam: int | None,
) -> Translator:
    translator = catalog.translator(model, source=source, target=to, device=device.value)
    return translator.with_beam(beam) if beam else translator


def _line_writer(sink: Results, form: TextOrLines) -> Callable[[Output], None]:
    return lambda output: sink.line(output.text if form is TextOrLines.text else output.to_json())


def _terminal_width(output: Path | None) -> int | None:
    """Columns of the terminal that results are shown on; None where they go elsewhere."""
    if output is not None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns
