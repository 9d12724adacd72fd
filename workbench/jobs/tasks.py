"""What jobs do with articles: read, summarise, translate, brief. The rest of this room does not know which."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from workbench.engines.base import UNTUNED, Tuning
from workbench.errors import InputError, WorkbenchError
from workbench.jobs.shards import Row, Work, reject
from workbench.jobs.together import Known, Together, as_text
from workbench.records import Article, Brief, Output, Record, Rejection

if TYPE_CHECKING:
    from workbench.catalog import Catalog, Device
    from workbench.glossary import TermList
    from workbench.memory import Memory
    from workbench.summarise import Length, Summariser
    from workbench.translate import Translator

log = logging.getLogger(__name__)

Deed = Literal["read", "summarise", "translate", "brief"]
DEEDS: tuple[Deed, ...] = ("read", "summarise", "translate", "brief")

_KINDS: dict[Deed, type[Record]] = {"read": Article, "summarise": Output, "translate": Output, "brief": Brief}
_INVARIANT = {"ct2": ("auto", "int8", "float32"), "seq2seq": ("auto", "float32")}
"""Engines with a budget of tokens, and the precisions in which an output does not depend on its batch."""
_CHARACTERS = 200_000
"""Articles of more than this, in all, do not share their batches: a shard of very long ones stays in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one process of a task takes of a machine, where it is known.

    Attributes:
        cores: Cores; None leaves it to the cluster.
        gpus: GPUs, or a share of one; None takes one where there is one.
    """

    cores: int | None = None
    gpus: float | None = None


class Task(Protocol):
    """What a job does with every article; it travels to other processes and machines, its models do not."""

    @property
    def kind(self) -> type[Record]:
        """Type of its records."""
        ...

    @property
    def light(self) -> bool:
        """Whether it has no models, so that processes of its own would only cost."""
        ...

    def needs(self) -> Needs:
        """What one process of it takes of a cluster's machine."""
        ...

    @property
    def tunable(self) -> bool:
        """Whether threads and batches of its engines are worth a measurement here."""
        ...

    def tuned(self, tuning: Tuning) -> Self:
        """The same task, whose engines use the machine so; its facts stay as they are."""
        ...

    def afresh(self) -> Self:
        """The same task without what was made before, as a measurement wants it."""
        ...

    def facts(self) -> Mapping[str, Any]:
        """Everything that decides its records, as JSON holds it.

        Raises:
            WorkbenchError: The task cannot be done as it is described.
        """
        ...

    def open(self) -> Work:
        """Load the models.

        Raises:
            WorkbenchError: They cannot be loaded.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleTask:
    """One of the workbench's own tasks; see `Task`.

    Attributes:
        do: What to do.
        to: The other language, BCP 47; None lets `brief` choose it, and `summarise` stay in the article's own.
        source: Language of all articles where it is known, so that the model is chosen for it.
        model: Name of a card; None takes the model that ships with the package.
        device: "auto", "cpu" or "cuda".
        beam: Instead of the card's own, or None.
        again: Whether what fails a check is decoded again; else it stays as it is, and flagged.
        sentences: Most sentences of a summary.
        words: Or about so many words.
        glossary: File of terms to be kept, or None.
        memory: Whether what was translated or summarised before, in this job or another, is taken from the memory.
            Without it the same shard gives the same records whatever came before.
        tuning: How the engines use this machine; none of the facts, since it decides no record.
    """

    do: Deed = "brief"
    to: str | None = None
    source: str | None = None
    model: str | None = None
    device: Device = "auto"
    beam: int | None = None
    again: bool = True
    sentences: int | None = None
    words: int | None = None
    glossary: str | None = None
    memory: bool = True
    tuning: Tuning = UNTUNED

    @property
    def kind(self) -> type[Record]:
        """Type of its records."""
        return _KINDS[self.do]

    @property
    def light(self) -> bool:
        """Whether it has no models."""
        return self.do == "read"

    def needs(self) -> Needs:
        """What the model's card says; models elsewhere and on processors alone take no GPU.

        Raises:
            UnknownName: There is no such model.
            ConfigError: Its card is wrong.
        """
        if self.do == "read":
            return Needs(cores=1, gpus=0.0)
        from workbench.catalog import DEFAULT, open_catalog

        card = open_catalog().card(self.model or DEFAULT)
        if card.engine == "server":
            return Needs(cores=card.cores or 1, gpus=0.0)
        return Needs(cores=card.cores, gpus=0.0 if self.device == "cpu" else card.gpus)

    @property
    def tunable(self) -> bool:
        """Whether its model batches by tokens, on processors: a graphics card has budgets of its own.

        Raises:
            UnknownName: There is no such model.
            ConfigError: Its card is wrong.
        """
        from workbench.catalog import DEFAULT, open_catalog
        from workbench.catalog.fit import graphics_gb
        from workbench.catalog.loading import engine_name

        if self.do == "read" or self.device == "cuda":
            return False
        catalog = open_catalog()
        card = catalog.card(self.model or DEFAULT)
        batches = card.dtype in _INVARIANT.get(engine_name(card, catalog.where(card.name)), ())
        return batches and (self.device == "cpu" or graphics_gb() is None)

    def tuned(self, tuning: Tuning) -> Self:
        """The same task, whose engines use the machine so."""
        return replace(self, tuning=tuning)

    def afresh(self) -> Self:
        """The same task without the memory: what one measurement made would be given to the next for nothing."""
        return replace(self, memory=False)

    def facts(self) -> Mapping[str, Any]:
        """Everything that decides its records.

        Raises:
            InputError: No language to translate to, or two lengths.
            UnknownName: There is no such model.
            ConfigError: Its card or the glossary is wrong.
        """
        if self.do == "read":
            return {"do": "read"}
        if self.do == "translate" and not self.to:
            raise InputError("Nothing says which language to translate to.", cure="Name it: --to en.")
        asked: dict[str, Any] = {"do": self.do, "to": self.to, "device": self.device, "memory": self.memory}
        asked |= {} if self.again else {"again": False}
        if self.do != "translate":
            asked["length"] = self._length().describe()
        terms = self._terms()
        return asked | self._model() | ({"glossary": terms.digest} if terms else {})

    def _model(self) -> dict[str, Any]:
        from workbench.catalog import DEFAULT, open_catalog

        catalog = open_catalog()
        card = catalog.card(self.model or DEFAULT)
        decoding = card.decoding.model_dump() | ({"beam": self.beam} if self.beam else {})
        asked = {"model": card.name, "revision": catalog.revision(card.name), "decoding": decoding}
        return asked | catalog.manner(card.name)

    def _terms(self) -> TermList | None:
        from workbench.glossary import open_terms

        terms = open_terms(Path(self.glossary)) if self.glossary else None
        if terms and self.to:
            terms.require(self.to)
        return terms

    def _length(self) -> Length:
        from workbench.summarise import Length

        return Length(sentences=self.sentences, words=self.words)

    def open(self) -> Work:
        """Load the models and give what works on articles.

        Raises:
            UnsupportedPair: The model does not offer these languages.
            UnknownName, ConfigError, ModelError, CanaryError: A model cannot be loaded.
        """
        if self.do == "read":
            return lambda articles: [Row(record=article) for article in articles]
        from workbench.catalog import open_catalog

        catalog, memory = open_catalog(tuning=self.tuning), _memory() if self.memory else None
        translator = self._translator(catalog, memory) if self.do != "summarise" or self.to else None
        summariser = self._summariser(catalog, memory, translator) if self.do != "translate" else None
        return _Desk(self, translator, summariser, self._length())

    def _translator(self, catalog: Catalog, memory: Memory | None) -> Translator:
        """With beam, glossary and memory; where summaries are made, the model is that of the summaries."""
        model = None if self.do == "summarise" else self.model
        found = catalog.translator(model, source=self.source, target=self.to, device=self.device)
        terms = self._terms()
        found = found.with_beam(self.beam) if self.beam else found
        found = found if self.again else found.with_first_drafts()
        found = found.with_glossary(terms) if terms else found
        return found.with_memory(memory) if memory else found

    def _summariser(
        self, catalog: Catalog, memory: Memory | None, translator: Translator | None
    ) -> Summariser:
        from workbench.summarise.remembering import Remembering

        model = self.model if self.do == "summarise" else None
        found = catalog.summariser(model, language=self.source, device=self.device, translator=translator)
        return Remembering(found, memory, settings=catalog.making(found.name)) if memory else found


def _memory() -> Memory | None:
    """The memory of this machine; one that cannot be opened is left out: it is a help, not a duty."""
    from workbench.memory import Memory

    try:
        return Memory.open()
    except WorkbenchError as fault:
        log.warning("nothing is remembered: %s", fault)
        return None


class _Desk:
    """The models at work: languages are checked, summaries made, then everything is translated together."""

    def __init__(
        self, task: ArticleTask, translator: Translator | None, summariser: Summariser | None, length: Length
    ) -> None:
        self._task, self._translator, self._summariser, self._length = task, translator, summariser, length

    def __call__(self, articles: Sequence[Article]) -> list[Row | Rejection]:
        """One Row or Rejection for each article, in order."""
        checked = [self._checked(article) for article in articles]
        rows: dict[int, Row] = {}
        translator = self._translator
        if translator and not self._task.memory:
            translator = translator.with_beam(translator.decoding.beam)  # the same model without a past
        for group in _groups(checked):
            rows |= self._rows(group, Together(translator) if translator else None)
        return [each if isinstance(each, Rejection) else rows[at] for at, each in enumerate(checked)]

    def _checked(self, article: Article) -> Article | Rejection:
        """The article with its language, or why it cannot be worked on."""
        try:
            return replace(article, language=self._language(article))
        except InputError as fault:
            return reject(article, fault)

    def _language(self, article: Article) -> str | None:
        from workbench.brief.make import other_language, primary

        if self._translator is None:
            return article.language
        own = self._translator.source_language(article, to=self._task.to or other_language(article.language))
        if self._task.do == "brief" and self._task.to and primary(own) == primary(self._task.to):
            raise InputError(f"It is in {own} already.", cure=f"Ask for another: --to {other_language(own)}.")
        return own

    def _rows(self, group: Mapping[int, Article], together: Together | None) -> dict[int, Row]:
        make = {"translate": self._translations, "summarise": self._summaries, "brief": self._briefs}[
            self._task.do
        ]
        made = make(list(group.values()), together)
        return dict(zip(group, made, strict=True))

    def _translations(self, articles: Sequence[Article], together: Together | None) -> list[Row]:
        assert together
        assert self._task.to
        return [
            self._row(output, made=[output]) for output in together.translate_many(articles, to=self._task.to)
        ]

    def _summaries(self, articles: Sequence[Article], together: Together | None) -> list[Row]:
        from workbench.brief.make import primary
        from workbench.summarise import in_language

        to = self._task.to
        made = self._own_summaries(articles)
        if together is None or to is None:
            return [self._row(summary, flagged=[summary]) for summary in made]
        together.translate_many(list(map(as_text, articles, made)), to=to)
        crossed = [
            in_language(summary, article, together, to=to)
            if summary.text and primary(summary.language) != primary(to)
            else summary
            for article, summary in zip(articles, made, strict=True)
        ]
        return [self._row(summary, made=[summary]) for summary in crossed]

    def _briefs(self, articles: Sequence[Article], together: Together | None) -> list[Row]:
        from workbench.brief import make_brief
        from workbench.brief.make import other_language
        from workbench.translate import headline

        assert together
        summaries = self._own_summaries(articles)
        wanted: dict[str, list[Article]] = {}
        for article, summary in zip(articles, summaries, strict=True):
            texts = [*([headline(article)] if article.title else []), article, as_text(article, summary)]
            wanted.setdefault(self._task.to or other_language(article.language), []).extend(texts)
        for to, texts in wanted.items():
            together.translate_many(texts, to=to)
        briefs = [
            make_brief(
                article,
                translator=together,
                summariser=Known(summary),
                to=self._task.to,
                length=self._length,
            )
            for article, summary in zip(articles, summaries, strict=True)
        ]
        return [
            self._row(
                each,
                made=[*([each.title] if each.title else []), each.translation],
                flagged=list(each.summaries.values()),
            )
            for each in briefs
        ]

    def _own_summaries(self, articles: Sequence[Article]) -> list[Output]:
        assert self._summariser
        return [self._summariser.summarise(article, length=self._length) for article in articles]

    def _row(self, record: Record, *, made: Sequence[Output] = (), flagged: Sequence[Output] = ()) -> Row:
        """A record with the tokens of the outputs that were generated for it; `flagged` cost none."""
        return Row(
            record=record,
            tokens=sum(self._count(output.text) for output in made),
            flags=tuple(flag for output in (*made, *flagged) for flag in output.flags),
        )

    def _count(self, text: str) -> int:
        return self._translator.engine.count_tokens(text) if self._translator and text else 0


def _groups(items: Sequence[Article | Rejection]) -> list[dict[int, Article]]:
    """Articles that are translated together, by their places; one shard is one group unless its texts are very long."""
    groups: list[dict[int, Article]] = [{}]
    size = 0
    for at, item in enumerate(items):
        if isinstance(item, Article):
            if groups[-1] and size + len(item.text) > _CHARACTERS:
                groups.append({})
                size = 0
            groups[-1][at] = item
            size += len(item.text)
    return groups
