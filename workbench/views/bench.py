"""The reading view: an article is cleaned, summarised, translated side by side, and leaves in any format."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

from workbench.brief import other_language
from workbench.brief.labels import date_line, language_name
from workbench.brief.page import safe_address
from workbench.config import ModelCard
from workbench.errors import InputError
from workbench.records import Article, Output
from workbench.review.edits import keep_document
from workbench.summarise import Length
from workbench.views import downloads, markup
from workbench.views.desk import Data, Desk, Pace, Shelf
from workbench.views.intake import as_rows, bring, chosen_language, files_of
from workbench.views.words import words
from workbench.views.work import PICKED, Column, Digest, Job, Workers

_MODELS = 4
_SUMMARISERS = 3
# A card to be copied; it stands for a server that may not be there.
_PATTERN = "local-server"
# What a model has translated before it gives at once: that is no speed.
_MEASURABLE = 0.1
# Characters of an article without a title by which a list knows it.
_TITLE = 120


class Bench:
    """What the reading view can be asked for.

    Args:
        desk: What it works on.
        language: Of the interface.
        workers: Run the models.
        articles: What people have read; shared by the interface's languages.
        jobs: What is being translated; the same.
        pace: Holds people to a number of articles a minute.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        language: str,
        workers: Workers,
        articles: Shelf,
        jobs: Shelf,
        pace: Pace,
    ) -> None:
        self._desk, self._language, self._workers = desk, language, workers
        self._articles, self._jobs, self._pace = articles, jobs, pace
        self._words = words(language)
        self._lists = Shelf(1)

    def read(self, person: str, data: Data) -> dict[str, Any]:
        """Read `files`, an `example`, or `text` with an article or an address in it.

        A single article is shown at once; of several, or beside what could not be read, one is chosen from a list.

        Raises:
            InputError: There is nothing to choose from; what is wrong is told.
        """
        files = files_of(data)
        try:
            for _ in range(max(1, min(len(files), self._desk.limits.files))):
                self._pace.check(person)
            found = bring(self._desk, data)
        finally:
            for _, path in files:
                self._desk.discard(path)
        if len(found.articles) == 1 and not found.problems:
            return self._opened(person, found.articles[0][1])
        key = secrets.token_hex(8)
        self._lists.put(person, key, found.articles)
        return {
            "list": key,
            "articles": [self._entry(name, article) for name, article in found.articles],
            "problems": as_rows(found),
            "whole": found.whole,
        }

    def choose(self, person: str, data: Data) -> dict[str, Any]:
        """Show the article `number` of `list`."""
        articles, number = self._lists.get(person, data.get("list")), str(data.get("number"))
        if not number.isdecimal() or int(number) >= len(articles):
            raise InputError("There is no such article in the list.", cure="Choose one of the list.")
        article: Article = articles[int(number)][1]
        return self._opened(person, article)

    def _opened(self, person: str, article: Article) -> dict[str, Any]:
        key = secrets.token_hex(8)
        self._articles.put(person, key, article)
        return {"article": key} | self.shown(article)

    def _entry(self, name: str, article: Article) -> dict[str, Any]:
        title = article.title or article.text[:_TITLE].partition("\n")[0]
        # No address: an entry is a button, which holds no link.
        return {
            "name": name,
            "title": markup.inline(title),
            "origin": self._origin(replace(article, url=None)),
        }

    def relabel(self, person: str, data: Data) -> dict[str, Any]:
        """Say what language the article `article` is in."""
        article = replace(self._articles.get(person, data.get("article")), language=chosen_language(data))
        self._articles.put(person, str(data["article"]), article)
        return {"article": data["article"]} | self.shown(article)

    def shown(self, article: Article) -> dict[str, Any]:
        """An article as the page shows it."""
        return {
            "title": markup.inline(article.title) if article.title else "",
            "blocks": markup.source_blocks(article),
            "language": article.language or "",
            "to": other_language(article.language),
            "origin": self._origin(article),
            "cleaned": [markup.inline(note) for note in article.warnings],
            "related": [_link(link.title or link.url or "", link.url) for link in article.related],
        }

    def start(self, person: str, data: Data) -> dict[str, Any]:
        """Translate `article` with `models` and summarise it with `summarisers`, in so many `sentences`."""
        self._pace.check(person)
        article = self._articles.get(person, data.get("article"))
        if article.language is None:
            raise InputError("The language of the article is not certain.", cure="Choose it above the text.")
        models = _names(data, "models")[:_MODELS]
        summarisers = _names(data, "summarisers")[:_SUMMARISERS] or [PICKED]
        if not models:
            raise InputError("No model is chosen.", cure="Choose at least one.")
        for name in (*models, *filter(None, summarisers)):
            self._desk.catalog.card(name)
        length = Length(sentences=max(1, min(20, int(data.get("sentences") or 3))))
        job = Job(
            article=article,
            to=other_language(article.language),
            length=length,
            columns=[Column(model=name) for name in models],
            digests=[Digest(name=name) for name in summarisers],
        )
        key = secrets.token_hex(8)
        self._jobs.put(person, key, job)
        self._workers.start(job)
        return {
            "job": key,
            "to": job.to,
            "models": models,
            "summarisers": [name or self._words["picked"] for name in summarisers],
        }

    def poll(self, person: str, data: Data) -> dict[str, Any]:
        """What is new in `job`: for each column its blocks from number `since[i]` on."""
        job: Job = self._jobs.get(person, data.get("job"))
        since = list(data.get("since") or [0] * len(job.columns))
        return {
            "over": job.over,
            "summaries": [
                {
                    "blocks": markup.output_blocks(each.output, job.article) if each.output else None,
                    "problem": each.problem,
                    "cure": each.cure,
                }
                for each in job.digests
            ],
            "columns": [
                self._column(column, job, int(known))
                for column, known in zip(job.columns, since, strict=True)
            ],
        }

    def _column(self, column: Column, job: Job, known: int) -> dict[str, Any]:
        output = column.output
        made = markup.output_blocks(output, job.article) if output else []
        start = max(0, known - 1)
        return {
            "state": column.state,
            "share": round(column.share, 3),
            "start": start,
            "blocks": made[start:],
            "title": markup.inline(column.title.text) if column.title else "",
            "summaries": [
                markup.output_blocks(each, job.article) if each else None for each in column.summaries
            ],
            "facts": self._facts(column),
            "problem": column.problem,
            "cure": column.cure,
        }

    def _facts(self, column: Column) -> list[str]:
        """Time, speed, doubts and expected quality, as far as they are known."""
        output, say = column.output, self._words
        if output is None or not column.seconds:
            return []
        facts = [f"{column.seconds:.1f} {say['seconds']}"]
        if column.seconds >= _MEASURABLE:
            speed = len(output.text.split()) / column.seconds
            facts.append(f"{speed:,.0f} {say['words_per_second']}")
        if output.flags:
            facts.append(f"{len(output.flags)} {say['flags']}")
        if column.state == "finished" and output.confidence is not None:
            facts.append(f"{say['expected']} {output.confidence * 100:.0f}")
        return facts

    def stop(self, person: str, data: Data) -> dict[str, Any]:
        """Stop `job` behind the sentences that are being decoded."""
        self._jobs.get(person, data.get("job")).stopping.set()
        return {}

    def difference(self, person: str, data: Data) -> dict[str, Any]:
        """Blocks of the columns `one` and `other` of `job` with differing words marked."""
        job: Job = self._jobs.get(person, data.get("job"))
        first, second = (self._output(job, data.get(name)) for name in ("one", "other"))
        ours, theirs = (output.text.split("\n\n") for output in (first, second))
        if len(ours) != len(theirs):
            ours, theirs = [first.text], [second.text]
        marked = [markup.differing(a, b) for a, b in zip(ours, theirs, strict=True)]
        opening = f'<p lang="{escape(job.to)}" dir="auto">'
        return {
            "one": [f"{opening}{a}</p>" for a, _ in marked],
            "other": [f"{opening}{b}</p>" for _, b in marked],
        }

    def download(self, person: str, data: Data) -> dict[str, Any]:
        """The column `column` of `job` as a file in `format`."""
        job: Job = self._jobs.get(person, data.get("job"))
        output = self._output(job, data.get("column"))
        column = job.columns[int(data["column"])]
        name, kind, content = downloads.made(
            str(data.get("format")), job=job, output=output, column=column, words=self._words
        )
        return {"name": name, "type": kind, "base64": base64.b64encode(content).decode()}

    def correct(self, person: str, data: Data) -> dict[str, Any]:
        """Keep the column `column` of `job` in the store, to be edited."""
        job: Job = self._jobs.get(person, data.get("job"))
        output = self._output(job, data.get("column"))
        return {"document": keep_document(self._desk.store, owner=person, article=job.article, output=output)}

    def _output(self, job: Job, column: object) -> Output:
        number = int(str(column)) if str(column).isdigit() else -1
        if not 0 <= number < len(job.columns) or job.columns[number].output is None:
            raise InputError("There is no translation yet.", cure="Wait for it.")
        output = job.columns[number].output
        assert output is not None
        return output

    def _origin(self, article: Article) -> str:
        parts = []
        address = safe_address(article.url)
        if address:
            parts.append(_link(address.split("/")[2], address))
        if article.published:
            parts.append(f"<bdi>{escape(date_line(article.published, reader=self._language))}</bdi>")
        parts += [f"<bdi>{escape(name)}</bdi>" for name in (article.byline, *article.agencies) if name]
        if article.language:
            parts.append(escape(language_name(article.language, reader=self._language)))
        return " · ".join(parts)


def _link(text: str, address: str | None) -> str:
    safe = safe_address(address)
    if not safe:
        return f"<span>{markup.inline(text)}</span>"
    return f'<a href="{escape(safe)}" target="_blank" rel="noopener noreferrer nofollow">{markup.inline(text)}</a>'


def _names(data: Data, key: str) -> list[str]:
    return list(dict.fromkeys(map(str, data.get(key) or ())))


def offered(desk: Desk) -> Sequence[tuple[str, bool]]:
    """Names of translation models, and whether they can be run; those that can come first."""
    names = [(card.name, _runs(desk, card)) for card in desk.catalog.cards() if card.task == "translate"]
    return sorted(names, key=lambda one: (not one[1], one[0] != "embedded", one[0]))


def summarisers(desk: Desk) -> Sequence[str]:
    """Names of models that write summaries and can be run: those made for it, and those that follow instructions."""
    return [
        card.name
        for card in desk.catalog.cards()
        if (card.task == "summarise" or card.conditioning.style in ("prompt", "fields")) and _runs(desk, card)
    ]


def _runs(desk: Desk, card: ModelCard) -> bool:
    """Whether a model's weights are on this machine, or a server that the user named has it."""
    here = desk.catalog.where(card.name) is not None
    return here or (card.name != _PATTERN and desk.catalog.served(card.name) is not None)
