"""`workbench batch`: a resumable job over many articles."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import app
from workbench.cli.options import Beam, Device, GlossaryFile, Model, Sentences, To, Words
from workbench.cli.output import NOTHING_READ, SOME_REJECTED, say
from workbench.cli.progress import bar
from workbench.cli.reading import reads_articles
from workbench.errors import ConfigError
from workbench.records import Rejection
from workbench.sources.base import MEGABYTE, ReadOptions

if TYPE_CHECKING:
    from workbench.jobs.config import JobConfig
    from workbench.jobs.run import Job, Watch
    from workbench.jobs.summary import Summary
    from workbench.jobs.tasks import ArticleTask

_CALLED = {"from_": "language", "column": "columns", "max_mb": "max_bytes"}
"""Fields of `ReadOptions` by what the command line calls them, where that is another name."""


class Deed(StrEnum):
    """What is done with each article."""

    read = "read"
    summarise = "summarise"
    translate_ = "translate"  # str.translate has the plain name
    brief = "brief"


class Shards(StrEnum):
    """How records are written."""

    jsonl = "jsonl"
    parquet = "parquet"


class Order(StrEnum):
    """Which articles come first."""

    source = "source"
    shortest = "shortest"
    longest = "longest"
    newest = "newest"
    oldest = "oldest"


class Cluster(StrEnum):
    """Where the job runs."""

    local = "local"
    ray = "ray"


@app.command()
@reads_articles
def batch(
    *,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="JOB.yaml|SOURCE...",
            help="One job file, or files, folders, addresses; - for standard input.",
            show_default=False,
        ),
    ],
    do: Annotated[
        Deed | None, typer.Option("--do", help="What to do with each article; brief if unsaid.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="Results; goes on where it stopped."),
    ] = None,
    to: To = None,
    model: Model = None,
    device: Annotated[Device | None, typer.Option("--device", help="Where the model runs.")] = None,
    beam: Beam = None,
    again: Annotated[
        bool | None,
        typer.Option("--again/--no-again", help="Decode again what fails a check, or leave it flagged."),
    ] = None,
    sentences: Sentences = None,
    words: Words = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Such as language=ar, published>=2024-01-01; repeatable, all hold.",
        ),
    ] = None,
    order: Annotated[Order | None, typer.Option("--order", help="Which articles come first.")] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="Only the first N articles; more may follow later."),
    ] = None,
    format: Annotated[Shards | None, typer.Option("--format", help="Of the records.")] = None,  # noqa: A002
    shard: Annotated[
        int | None,
        typer.Option(
            "--shard", min=1, metavar="N", help="Articles worked on and written together; 64 if unsaid."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, metavar="N", help="Processes; else a measurement decides."),
    ] = None,
    cluster: Annotated[
        Cluster | None, typer.Option("--cluster", help="This machine, or a Ray cluster.")
    ] = None,
    glossary: GlossaryFile = None,
    memory: Annotated[
        bool | None,
        typer.Option("--memory/--no-memory", help="Remember what was made, and use what was made before."),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Throw away what earlier runs made.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try again what earlier runs rejected.")] = False,
    options: ReadOptions,
    context: typer.Context,
) -> None:
    """Do one thing with many articles; killed at any moment and started again, it goes on where it stopped."""
    from workbench.jobs.run import run

    given = {
        "do": do,
        "output": output,
        "to": to,
        "model": model,
        "device": device,
        "beam": beam,
        "again": again,
        "sentences": sentences,
        "words": words,
        "where": where or None,
        "order": order,
        "limit": limit,
        "format": format,
        "shard": shard,
        "workers": workers,
        "cluster": cluster,
        "glossary": glossary,
        "memory": memory,
    }
    config = _config(sources, {name: value for name, value in given.items() if value is not None})
    options = _reading(config, options, said=_said(context))
    job = replace(_job(config, options), restart=restart, retry=retry)
    with _watch() as watch, _stoppable() as stop:
        summary = run(job, _task(config, options), watch=watch, stop=stop)
    _tell(summary, job.folder)


def _config(sources: list[str], given: dict[str, Any]) -> JobConfig:
    """The job file with what the command line says instead, or the command line alone.

    Raises:
        ConfigError: The file or the options are wrong, or nothing says where results go.
    """
    from workbench.config import load_yaml, parse
    from workbench.jobs.config import JobConfig

    plain = {
        name: str(value) if isinstance(value, StrEnum | Path) else value for name, value in given.items()
    }
    if len(sources) == 1 and sources[0].endswith((".yaml", ".yml")):
        file = Path(sources[0])
        base = load_yaml(file, JobConfig).beside(file).model_dump(by_alias=True)
        config = parse(base | _one_length(base, plain), JobConfig, name=f"{file} with these options")
    else:
        config = parse({"sources": sources} | plain, JobConfig, name="The command line")
    if config.output is None:
        raise ConfigError("Nothing says where the results go.", cure="Name a folder: -o FOLDER.")
    return config


def _one_length(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What is given; a length on the command line replaces the file's, in whichever unit that is."""
    lengths = {"sentences", "words"}
    return dict.fromkeys(lengths & base.keys()) | given if lengths & given.keys() else given


def _said(context: typer.Context) -> set[str]:
    """Fields of the options for reading that the command line gives, be it their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {
        _CALLED.get(name, name) for name, source in sources.items() if source and source.name == "COMMANDLINE"
    }


def _reading(config: JobConfig, options: ReadOptions, *, said: set[str]) -> ReadOptions:
    """How sources are read: what the command line says, else what the job file says."""
    file = config.reading
    filed = ReadOptions(
        kind=file.kind,
        columns=file.columns,
        language=file.language,
        accept=() if "any" in file.accept else file.accept,
        follow=file.follow,
        allow_private=file.allow_private,
        max_bytes=int(file.max_mb * MEGABYTE),
        max_seconds=file.max_seconds,
    )
    given = {each.name: getattr(options, each.name) for each in fields(options) if each.name in said}
    return replace(filed, **given)


def _job(config: JobConfig, options: ReadOptions) -> Job:
    from workbench.jobs.run import Job
    from workbench.jobs.selection import condition

    assert config.output
    return Job(
        sources=config.sources,
        folder=Path(config.output),
        options=options,
        where=tuple(map(condition, config.where)),
        order=config.order,
        limit=config.limit,
        format=config.format,
        shard=config.shard,
        workers=config.workers,
        cluster=config.cluster,
    )


def _task(config: JobConfig, options: ReadOptions) -> ArticleTask:
    from workbench.jobs.tasks import ArticleTask

    return ArticleTask(
        do=config.do,
        to=config.to,
        source=options.language,
        model=config.model,
        device=config.device,
        beam=config.beam,
        again=config.again,
        sentences=config.sentences,
        words=config.words,
        glossary=config.glossary,
        memory=config.memory,
    )


@contextmanager
def _watch() -> Iterator[Watch]:
    """Rejections and talk on stderr, and a bar where somebody sees it."""
    from workbench.jobs.run import Watch

    with bar("Articles") as progress:
        watch = Watch(rejected=_say_rejected, talk=say)
        yield replace(watch, progress=lambda done: progress(done, None)) if progress else watch


def _say_rejected(rejection: Rejection) -> None:
    say(f"{rejection.source}: {rejection.reason}\n  → {rejection.cure}")


@contextmanager
def _stoppable() -> Iterator[Event]:
    """An event that Ctrl-C and SIGTERM set; the second signal ends the program where it stands.

    Raises:
        typer.Exit: The job stopped; the code is 128 and the number of the signal, as shells have it.
    """
    from workbench.jobs.workers import Stopped

    stop, received = Event(), list[int]()

    def ask(number: int, _: object) -> None:
        received.append(number)
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        say("Ending after the shards that are nearly done; once more ends at once.")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    except (Stopped, KeyboardInterrupt) as end:
        say("Stopped. The same command goes on where this run ended.")
        raise typer.Exit(128 + (received or [signal.SIGINT])[0]) from end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(summary: Summary, folder: Path) -> None:
    """The figures: for programs on stdout, for people on stderr.

    Raises:
        typer.Exit: Some or all articles were rejected.
    """
    print(summary.to_json())
    rate = f", {summary.tokens_per_second:,.0f} tokens/s" if summary.tokens_per_second else ""
    say(
        f"{summary.done:,} done, {summary.rejected:,} rejected, {summary.flagged:,} with something to check; "
        f"this run {summary.run_done:,} in {summary.run_seconds:,.0f} s{rate}. {folder / 'summary.html'}"
    )
    if summary.rejected:
        raise typer.Exit(SOME_REJECTED if summary.done else NOTHING_READ)
