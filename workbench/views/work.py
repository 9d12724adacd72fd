"""Translating while the page watches: one queue for each device, segment by segment, stopped when asked to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Protocol

from workbench.errors import WorkbenchError
from workbench.records import Article, Flag, Output
from workbench.summarise import Length, Summariser, in_language
from workbench.text.segment import segment, spans

_LOG = logging.getLogger(__name__)
_STOPPED = Flag(kind="truncated", message="The translation was stopped before the end of the article.")


class Translates(Protocol):
    """What the workbench needs of a translator; `workbench.translate.Translator` is one."""

    def translate_many(self, articles: Sequence[Article], *, to: str) -> list[Output]:
        """One translation for each article, in order; what was translated before is not translated again."""
        ...


PICKED = ""
"""The name of the summariser that picks an article's own sentences; all others are names of models."""


@dataclass(slots=True, kw_only=True)
class Digest:
    """One summariser's summary of an article, in the article's own language.

    Attributes:
        name: Of the summariser: a model's, or `PICKED`.
        output: What it made; None until then.
        problem: What went wrong.
        cure: What to do about it.
    """

    name: str = PICKED
    output: Output | None = None
    problem: str = ""
    cure: str = ""


@dataclass(slots=True, kw_only=True)
class Column:
    """One model's work on one article, as far as it has come.

    Attributes:
        model: Name of the model.
        state: "waiting", "loading_model", "working", "finished", "stopped" or "failed".
        share: How much of the text is translated, 0 to 1.
        output: The translation so far; a complete one when finished.
        title: The translated headline.
        summaries: In the reader's language, one for each of the job's digests; None until made.
        seconds: Time of translating, without waiting and loading.
        problem: What went wrong.
        cure: What to do about it.
    """

    model: str
    state: str = "waiting"
    share: float = 0.0
    output: Output | None = None
    title: Output | None = None
    summaries: list[Output | None] = field(default_factory=list)
    seconds: float = 0.0
    problem: str = ""
    cure: str = ""

    @property
    def summary(self) -> Output | None:
        """The first summary that there is."""
        return next((each for each in self.summaries if each), None)


@dataclass(slots=True, kw_only=True)
class Job:
    """An article being read by several models.

    Attributes:
        article: With its language.
        to: Language of the translations.
        length: Of the summary.
        columns: One for each model.
        digests: Summaries in the article's own language, one for each summariser.
        stopping: Set when nobody wants the rest.
    """

    article: Article
    to: str
    length: Length
    columns: list[Column]
    digests: list[Digest] = field(default_factory=lambda: [Digest()])
    stopping: Event = field(default_factory=Event)

    @property
    def summary(self) -> Output | None:
        """The first summary that there is."""
        return next((each.output for each in self.digests if each.output), None)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return all(column.state in ("finished", "stopped", "failed") for column in self.columns)


class Workers:
    """Runs jobs; models are given by name and loaded on first use.

    Args:
        translator: Gives a ready translator by name.
        summariser: Gives a ready summariser by name (or `PICKED`) for a language.
        device: Name of the queue for a model.
    """

    def __init__(
        self,
        *,
        translator: Callable[[str], Translates],
        summariser: Callable[[str, str | None], Summariser],
        device: Callable[[str], str] = lambda _: "cpu",
    ) -> None:
        self._translator, self._summariser, self._device = translator, summariser, device
        self._queues: dict[str, ThreadPoolExecutor] = {}
        self._lock = Lock()

    def start(self, job: Job) -> None:
        """Put a job's columns into the queues of their devices."""
        for column in job.columns:
            self._queue(self._device(column.model)).submit(self._run, job, column)

    def close(self) -> None:
        """Let what is being decoded end, and begin nothing more."""
        for queue in self._queues.values():
            queue.shutdown(wait=False, cancel_futures=True)

    def _queue(self, device: str) -> ThreadPoolExecutor:
        with self._lock:
            if device not in self._queues:
                self._queues[device] = ThreadPoolExecutor(1, thread_name_prefix=f"models-{device}")
            return self._queues[device]

    def _run(self, job: Job, column: Column) -> None:
        """The one place where a model's crash becomes a message: the page and the other models live on."""
        try:
            self._work(job, column)
        except WorkbenchError as fault:
            column.problem, column.cure, column.state = fault.problem, fault.cure, "failed"
        except Exception as fault:  # noqa: BLE001 - a runtime may raise anything
            _LOG.exception("%s failed", column.model)
            column.problem = f"{column.model} broke down: {type(fault).__name__}."
            column.cure = f"Check it with: workbench models check {column.model}; other models still work."
            column.state = "failed"

    def _work(self, job: Job, column: Column) -> None:
        if job.stopping.is_set():
            column.state = "stopped"
            return
        column.state = "loading_model"
        translator = self._translator(column.model)
        for digest in job.digests:
            self._digest(job, digest)
        column.state, begun = "working", time.perf_counter()
        if job.article.title:
            headline = replace(job.article, text=job.article.title)
            column.title = translator.translate_many([headline], to=job.to)[0]
        column.summaries = [
            in_language(digest.output, job.article, translator, to=job.to)
            if digest.output and digest.output.text
            else None
            for digest in job.digests
        ]
        for part, share in prefixes(job.article):
            if job.stopping.is_set():
                column.output = _cut_short(column) if column.output else None
                column.state = "stopped"
                return
            column.output = translator.translate_many([part], to=job.to)[0]
            column.share, column.seconds = share, time.perf_counter() - begun
        column.output = replace(column.output, seconds=column.seconds) if column.output else None
        column.state = "finished"

    def _digest(self, job: Job, digest: Digest) -> None:
        """Summarise once for all columns; a summariser that fails spoils no translation."""
        if digest.output or digest.problem:
            return
        try:
            summariser = self._summariser(digest.name, job.article.language)
            digest.output = summariser.summarise(job.article, length=job.length)
        except WorkbenchError as fault:
            digest.problem, digest.cure = fault.problem, fault.cure


def _cut_short(column: Column) -> Output:
    """What a stopped column holds: its translator read the beginning as if that were the whole article."""
    output = column.output
    assert output is not None
    return replace(
        output,
        coverage=None if output.coverage is None else output.coverage * column.share,
        confidence=None,
        flags=(*output.flags, _STOPPED),
        seconds=column.seconds,
    )


def prefixes(article: Article) -> Iterator[tuple[Article, float]]:
    """The article's beginnings, each some sentences longer, up to the whole; with the share of the text."""
    parts = segment(article.text, article.language)
    ends = [end for part, (_, end) in zip(parts, spans(parts), strict=True) if part.text]
    at, step = 0, 1
    while at + step < len(ends):
        at += step
        yield replace(article, text=article.text[: ends[at - 1]]), ends[at - 1] / len(article.text)
        step = max(2, min(step + 1, 4), len(ends) // 25)
    yield article, 1.0
