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
from workbench.records import Article, Output
from workbench.summarise import Length, Summariser, in_language
from workbench.text.segment import segment, spans

_LOG = logging.getLogger(__name__)


class Translates(Protocol):
    """What the workbench needs of a translator; `workbench.translate.Translator` is one."""

    def translate_many(self, articles: Sequence[Article], *, to: str) -> list[Output]:
        """One translation for each article, in order; what was translated before is not translated again."""
        ...


@dataclass(slots=True, kw_only=True)
class Column:
    """One model's work on one article, as far as it has come.

    Attributes:
        model: Name of the model.
        state: "waiting", "loading_model", "working", "finished", "stopped" or "failed".
        share: How much of the text is translated, 0 to 1.
        output: The translation so far; a complete one when finished.
        title: The translated headline.
        summary: In the reader's language.
        seconds: Time of translating, without waiting and loading.
        problem: What went wrong.
        cure: What to do about it.
    """

    model: str
    state: str = "waiting"
    share: float = 0.0
    output: Output | None = None
    title: Output | None = None
    summary: Output | None = None
    seconds: float = 0.0
    problem: str = ""
    cure: str = ""


@dataclass(slots=True, kw_only=True)
class Job:
    """An article being read by several models.

    Attributes:
        article: With its language.
        to: Language of the translations.
        length: Of the summary.
        columns: One for each model.
        summary: In the article's own language.
        stopping: Set when nobody wants the rest.
    """

    article: Article
    to: str
    length: Length
    columns: list[Column]
    summary: Output | None = None
    stopping: Event = field(default_factory=Event)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return all(column.state in ("finished", "stopped", "failed") for column in self.columns)


class Workers:
    """Runs jobs; models are given by name and loaded on first use.

    Args:
        translator: Gives a ready translator by name.
        summariser: Gives a ready summariser for a language.
        device: Name of the queue for a model.
    """

    def __init__(
        self,
        *,
        translator: Callable[[str], Translates],
        summariser: Callable[[str | None], Summariser],
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
        if job.summary is None:
            summariser = self._summariser(job.article.language)
            job.summary = summariser.summarise(job.article, length=job.length)
        column.state, begun = "working", time.perf_counter()
        if job.article.title:
            headline = replace(job.article, text=job.article.title)
            column.title = translator.translate_many([headline], to=job.to)[0]
        if job.summary.text:
            column.summary = in_language(job.summary, job.article, translator, to=job.to)
        for part, share in prefixes(job.article):
            if job.stopping.is_set():
                column.state = "stopped"
                return
            column.output = translator.translate_many([part], to=job.to)[0]
            column.share, column.seconds = share, time.perf_counter() - begun
        column.output = replace(column.output, seconds=column.seconds) if column.output else None
        column.state = "finished"


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
