"""The reading view: an article is cleaned, summarised, translated side by side, and leaves in any format."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from workbench.brief import other_language
from workbench.brief.labels import date_line, language_name
from workbench.brief.page import safe_address
from workbench.config import ModelCard, resource
from workbench.errors import InputError
from workbench.ingest import ReadOptions, finish, read
from workbench.records import Article, Output, Rejection, article_id
from workbench.review.edits import keep_document
from workbench.sources.sniff import is_web_address
from workbench.summarise import Length
from workbench.views import downloads, markup
from workbench.views.desk import Data, Desk, Pace, Shelf
from workbench.views.words import words
from workbench.views.work import PICKED, Column, Digest, Job, Workers

_MODELS = 4
_SUMMARISERS = 3
# A card to be copied; it stands for a server that may not be there.
_PATTERN = "local-server"
# What a model has translated before it gives at once: that is no speed.
_MEASURABLE = 0.1
_TYPES = (
    ".txt",
    ".text",
    ".html",
    ".htm",
    ".xhtml",
    ".xml",
    ".jsonl",
    ".ndjson",
    ".json",
    ".csv",
    ".tsv",
    ".docx",
    ".pdf",
)
_OPTIONS = ReadOptions(max_bytes=20_000_000)


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

    def read(self, person: str, data: Data) -> dict[str, Any]:
        """Read an article from `text` (or an address in it), an uploaded `file`, or an `example`.

        Raises:
            InputError: It cannot be read; what is wrong with it is told.
        """
        self._pace.check(person)
        try:
            found = self._found(data)
        finally:
            self._desk.discard(data.get("file"))
        if len(found[0].text) > self._desk.limits.characters:
            raise InputError(
                f"The article has {len(found[0].text):,} characters; {self._desk.limits.characters:,} are read here.",
                cure="Give a part of it, or use the command: workbench brief FILE.",
            )
        key = secrets.token_hex(8)
        self._articles.put(person, key, found[0])
        return {"article": key} | self.shown(found[0], others=len(found) - 1)

    def relabel(self, person: str, data: Data) -> dict[str, Any]:
        """Say what language the article `article` is in."""
        article = replace(self._articles.get(person, data.get("article")), language=_language(data))
        self._articles.put(person, str(data["article"]), article)
        return {"article": data["article"]} | self.shown(article)

    def shown(self, article: Article, *, others: int = 0) -> dict[str, Any]:
        """An article as the page shows it."""
        notes = [
            *article.warnings,
            *([f"{others} more articles of this source were left out"] if others else []),
        ]
        return {
            "title": markup.inline(article.title) if article.title else "",
            "blocks": markup.source_blocks(article),
            "language": article.language or "",
            "to": other_language(article.language),
            "origin": self._origin(article),
            "cleaned": [markup.inline(note) for note in notes],
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

    def _found(self, data: Data) -> list[Article]:
        text, language = str(data.get("text") or ""), _language(data)
        options = replace(_OPTIONS, language=language)
        if data.get("example"):
            names = {"ar": "arabic.txt", "en": "english.txt"}
            source: str | Path = resource("examples") / names.get(str(data["example"]), "english.txt")
        elif data.get("file"):
            source = self._desk.upload(data["file"])
            if source.suffix.lower() not in _TYPES:
                raise InputError(
                    f"Files of the kind {source.suffix or 'without a name'} are not read.",
                    cure="Give txt, html, docx, pdf, jsonl, csv or xml.",
                )
        elif is_web_address(text.strip()) and len(text.split()) == 1:
            source = text.strip()
        else:
            return [self._pasted(text, options, name="the text")]
        return _articles(read(source, options))

    def _pasted(self, text: str, options: ReadOptions, *, name: str) -> Article:
        """A text as if it were a file: dumps, mojibake and dates are seen to, and HTML is taken for a page."""
        import io

        from workbench.sources import SOURCES
        from workbench.sources.base import Document
        from workbench.sources.sniff import sniff

        if not text.strip():
            raise InputError("There is no text.", cure="Paste an article, choose a file, or try an example.")
        if len(text) > self._desk.limits.characters * 4:
            raise InputError("The text is too long.", cure="Give a part of it, or use: workbench brief FILE.")
        stream = io.BufferedReader(io.BytesIO(text.encode("utf-8", "replace")), 1 << 20)
        document = Document(name=name, stream=stream, charset="utf-8")
        records = SOURCES.load(sniff(document, "auto"))(document, options)
        return _articles(
            finish(record, name, options) if isinstance(record, Article) else record for record in records
        )[0]

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


def _language(data: Data) -> str | None:
    value = data.get("language")
    return str(value) if value in ("ar", "en") else None


def _articles(records: Any) -> list[Article]:
    """The articles among some records.

    Raises:
        InputError: There is none; the first rejection says why.
    """
    rejections: list[Rejection] = []
    found: list[Article] = []
    for record in records:
        if isinstance(record, Article):
            found.append(record if record.id else replace(record, id=article_id(url=None, text=record.text)))
        else:
            rejections.append(record)
        if len(found) >= 500:
            break
    if found:
        return found
    if rejections:
        raise InputError(rejections[0].reason, cure=rejections[0].cure)
    raise InputError("There is no article in it.", cure="Give another source.")


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
