"""A model that translates articles and lines."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from workbench.engines.base import Decoding, Engine
from workbench.engines.requests import Instructed
from workbench.errors import InputError, UnsupportedPair
from workbench.glossary import NameList, TermList
from workbench.memory import Memory
from workbench.records import Article, Flag, Output, Segment, article_id
from workbench.text import language
from workbench.text.segment import segment
from workbench.translate.context import Around, around
from workbench.translate.draft import Draft
from workbench.translate.finish import Finish, suits, with_tanwin
from workbench.translate.layout import Page, lay_out
from workbench.translate.quality import Calibration, confidence
from workbench.translate.recall import Conditions, Recall, describe
from workbench.translate.sentences import Direction, Progress, SentenceTranslator
from workbench.translate.terms import Terms

_BREAKS = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_REMEMBERED = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    id: str
    text: str
    source: str


class Translator:
    """A model that translates articles and lines, with guards on every sentence.

    Args:
        engine: A loaded model.
        name: Name of the model's card.
        revision: Revision of its weights, or None.
        decoding: How it decodes at first; what fails is decoded again another way.
        calibration: Pairs (mean token log-probability, expected chrF++), rising; without them outputs carry no
            confidence.
        pairs: Pairs (source, target) that the model offers; empty leaves it to the engine to refuse.
        prepare: Applied to each piece before the model sees it; the article stays as it is.
        piece_tokens: Longest piece that the model translates well; None takes the engine's window.
        context_tokens: Most tokens of the neighbouring sentences, on either side, that a model which follows
            instructions is shown with each sentence of a document; other models are shown none.
        glossary: Terms whose translation is decided; each that a text holds is told by a flag of kind "term".
        names: Names that the model often writes wrong; what the glossary decides goes first. They take a second pass
            of the model over sentences that lack one, so that first drafts are left as they are.
        memory: Where sentences are remembered across runs, and where what people made of them is found.
        again: Whether what fails a guard is decoded again; else first drafts stand, with their flags.
        finish: What is done last to text that the model wrote: "tanwin" is restored on the final alefs of Arabic.
        mend: Whether what is always wrong is mended as soon as the model wrote it; see `workbench.text.mend`.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        name: str,
        revision: str | None = None,
        decoding: Decoding | None = None,
        calibration: Calibration = (),
        pairs: Sequence[tuple[str, str]] = (),
        prepare: Callable[[str], str] = str,
        piece_tokens: int | None = None,
        glossary: TermList | None = None,
        memory: Memory | None = None,
        context_tokens: int = 256,
        again: bool = True,
        finish: Finish = "none",
        names: NameList | None = None,
        mend: bool = False,
    ) -> None:
        self.engine = engine
        self.name = name
        self.revision = revision
        self.decoding = decoding or Decoding()
        self.pairs = tuple(pairs)
        self._calibration = tuple(calibration)
        self._prepare, self._piece_tokens = prepare, piece_tokens
        self._glossary, self._memory = glossary, memory
        self._context_tokens = context_tokens if isinstance(engine, Instructed) else 0
        budget = min(piece_tokens or engine.max_input_tokens, engine.max_input_tokens)
        self._again, self._finish, self._mend = again, finish, mend
        self._sentences = SentenceTranslator(
            engine, decoding=self.decoding, prepare=prepare, budget=budget, again=again, mend=mend
        )
        self._names = names
        left = names.without(glossary) if names and glossary else names
        self._lists = tuple(
            Terms(each, self._sentences) for each in (left if again else None, glossary) if each
        )
        self._recall = self._open_recall(memory, budget) if memory else None
        self._known: dict[tuple[Direction, str], Draft] = {}
        self._lock = Lock()

    def with_beam(self, beam: int) -> Translator:
        """The same model with another beam."""
        return self._with(decoding=replace(self.decoding, beam=beam))

    def with_engine(self, engine: Engine) -> Translator:
        """The same model, asked through another engine, such as one that counts or keeps what it is asked."""
        return self._with(engine=engine)

    def with_first_drafts(self) -> Translator:
        """The same model, with nothing decoded again: about a fifth quicker, and what fails a guard stays flagged."""
        return self._with(again=False)

    def with_glossary(self, glossary: TermList) -> Translator:
        """The same model, keeping the terms of a list."""
        return self._with(glossary=glossary)

    def without_names(self) -> Translator:
        """The same model, with names as it writes them."""
        return self._with(names=None)

    def with_memory(self, memory: Memory) -> Translator:
        """The same model, with what was translated before at hand."""
        return self._with(memory=memory)

    def _with(self, **changes: Any) -> Translator:
        """The same model with other options."""
        options: dict[str, Any] = {
            "engine": self.engine,
            "name": self.name,
            "revision": self.revision,
            "decoding": self.decoding,
            "calibration": self._calibration,
            "pairs": self.pairs,
            "prepare": self._prepare,
            "piece_tokens": self._piece_tokens,
            "glossary": self._glossary,
            "memory": self._memory,
            "context_tokens": self._context_tokens,
            "again": self._again,
            "finish": self._finish,
            "names": self._names,
            "mend": self._mend,
        }
        return Translator(**(options | changes))

    def _open_recall(self, memory: Memory, budget: int) -> Recall:
        decoding = describe(
            self.decoding.describe(), max_new_tokens=self.decoding.max_new_tokens, pieces=budget
        )
        manner = self._manner(finished=self._finish != "none")
        conditions = Conditions(
            model=self.name, revision=self.revision, decoding=" ".join([decoding, *manner])
        )
        return Recall(memory, conditions, count=self._sentences.count)

    def translate(self, article: Article, *, to: str, progress: Progress | None = None) -> Output:
        """Translate the text of an article; its headline is a text of its own (see `headline`).

        Raises:
            InputError: The article's language is not known.
            UnsupportedPair: The model does not offer this direction.
            EngineError: The runtime failed.
        """
        return self.translate_many([article], to=to, progress=progress)[0]

    def translate_many(
        self, articles: Sequence[Article], *, to: str, progress: Progress | None = None
    ) -> list[Output]:
        """Translate many articles, one Output each, in order; all their sentences go to the engine together.

        Raises:
            InputError: The language of an article is not known.
            UnsupportedPair: The model does not offer a direction.
            EngineError: The runtime failed.
        """
        texts = [
            _Text(id=article.id, text=article.text, source=self.source_language(article, to=to))
            for article in articles
        ]
        return self._translate(texts, target=to, progress=progress, documents=True)

    def translate_lines(
        self, lines: Sequence[str], *, source: str, target: str, progress: Progress | None = None
    ) -> list[Output]:
        r"""Translate lines, one Output each, in order; no output holds anything that breaks a line.

        What breaks lines inside a line (such as \x0b or U+2028) becomes a space.

        Raises:
            UnsupportedPair: The model does not offer this direction.
            EngineError: The runtime failed.
        """
        self._check_pair(source, target)
        texts = [
            _Text(id=article_id(url=None, text=line), text=_BREAKS.sub(" ", line), source=source)
            for line in lines
        ]
        outputs = self._translate(texts, target=target, progress=progress)
        return [replace(output, text=_BREAKS.sub(" ", output.text)) for output in outputs]

    def draft(self, sentences: Sequence[str], direction: Direction) -> list[Draft]:
        """Translate sentences that stand in no text: one draft each, with its flags and log-probability.

        Raises:
            EngineError: The runtime failed.
        """
        drafts = self._drafts(list(dict.fromkeys(sentences)), direction, None)
        return [drafts[sentence] for sentence in sentences]

    def source_language(self, article: Article, *, to: str) -> str:
        """The language that an article will be translated from.

        Raises:
            InputError: It is not known and the text does not tell.
            UnsupportedPair: The model does not offer this direction.
        """
        source = article.language or language.identify(article.text)
        if source is None:
            raise InputError(
                f"The language of the article {article.title or article.id!r} is not known.",
                cure="Name it: --from ar.",
            )
        if not _same(source, to):
            self._check_pair(source, to)
        return source

    def _check_pair(self, source: str, target: str) -> None:
        offered = {(_primary(one), _primary(other)) for one, other in self.pairs}
        if offered and (_primary(source), _primary(target)) not in offered:
            raise UnsupportedPair(
                f"The model {self.name!r} does not translate from {source} to {target}.",
                cure=f"It offers {', '.join(f'{one} to {other}' for one, other in self.pairs)}.",
            )

    def _translate(
        self, texts: Sequence[_Text], *, target: str, progress: Progress | None, documents: bool = False
    ) -> list[Output]:
        started = time.perf_counter()
        parts = [self._segments(text, target) for text in texts]
        wanted: dict[str, dict[str, None]] = {}
        for text, segments in zip(texts, parts, strict=True):
            sentences = (part.text for part in segments if part.text.strip())
            wanted.setdefault(text.source, {}).update(dict.fromkeys(sentences))
        neighbours = self._neighbours(parts) if documents else {}
        drafts = {
            source: self._drafts(
                list(sentences), Direction(source=source, target=target), progress, neighbours
            )
            for source, sentences in wanted.items()
        }
        outputs = [
            self._output(text, lay_out(segments, drafts[text.source]), target=target)
            for text, segments in zip(texts, parts, strict=True)
        ]
        return _share_time(outputs, time.perf_counter() - started)

    def _neighbours(self, documents: Sequence[Sequence[Segment]]) -> dict[str, Around]:
        """What stands around each sentence, where the model can make use of it."""
        if not self._context_tokens:
            return {}
        found: dict[str, Around] = {}
        for segments in documents:
            near = around(segments, budget=self._context_tokens, count=self._sentences.count)
            found = near | found  # a sentence of several documents is translated once, as in the first
        return found

    def _drafts(
        self,
        sentences: Sequence[str],
        direction: Direction,
        progress: Progress | None,
        neighbours: Mapping[str, Around] | None = None,
    ) -> dict[str, Draft]:
        """A draft for each sentence; what was translated before is not translated again."""
        if _same(direction.source, direction.target):
            return {sentence: self._sentences.copy(sentence) for sentence in sentences}
        keys = self._keys(sentences, direction) if self._recall else {}
        known = {s: self._known[direction, s] for s in sentences if (direction, s) in self._known}
        if self._recall:  # what a person wrote since wins over what this translator made before
            known |= self._recall.drafts(sentences, direction, keys)
        missing = [sentence for sentence in sentences if sentence not in known]
        translator = self._sentences.within(neighbours) if neighbours else self._sentences
        made = translator.translate(missing, direction, progress=progress) if missing else []
        for terms in self._lists:
            made = terms.keep(missing, made, direction)
        # The attention of all that is remembered would add up.
        made = [replace(draft, trace=None) for draft in made]
        if suits(self._finish, direction.target):
            made = [with_tanwin(one, draft) for one, draft in zip(missing, made, strict=True)]
        fresh = dict(zip(missing, made, strict=True))
        self._remember(fresh, direction)
        if self._recall:
            self._recall.keep(fresh, direction, keys)
        return known | fresh

    def _keys(self, sentences: Sequence[str], direction: Direction) -> dict[str, str]:
        """For each sentence that holds names or terms, what makes its translation another than without."""
        found = [terms.keys(sentences, direction) for terms in self._lists]
        keys = {
            sentence: "+".join(each[sentence] for each in found if sentence in each) for sentence in sentences
        }
        return {sentence: key for sentence, key in keys.items() if key}

    def _segments(self, text: _Text, target: str) -> list[Segment]:
        """The sentences of a text; a text that a person translated as a whole stays whole."""
        direction = Direction(source=text.source, target=target)
        if self._recall and not _same(text.source, target) and self._recall.edits([text.text], direction):
            return [Segment(text.text)]
        return segment(text.text, text.source)

    def _remember(self, drafts: dict[str, Draft], direction: Direction) -> None:
        """Keep drafts for the next call: a summary's sentences are mostly those of its article."""
        with self._lock:
            known = self._known | {(direction, sentence): draft for sentence, draft in drafts.items()}
            self._known = dict(list(known.items())[-_REMEMBERED:])

    def _output(self, text: _Text, page: Page, *, target: str) -> Output:
        return Output(
            article=text.id,
            task="translate",
            text=page.text,
            language=target,
            model=self.name,
            revision=self.revision,
            decoding=self._described(page, target),
            coverage=page.coverage(),
            confidence=confidence(page.drafts, self._calibration),
            flags=(*_already(text, target), *page.flags),
            alignment=page.alignment,
        )

    def _described(self, page: Page, target: str) -> str:
        """How a text was made: decoding, glossary, names, finish, and how many of its sentences people wrote."""
        edited = sum(draft.edited for draft in page.drafts)
        parts = [self.decoding.describe()]
        if self._glossary:
            parts.append(f"glossary={self._glossary.digest}")
        if self._names and self._again:
            parts.append(f"names={self._names.digest}")
        parts += self._manner(finished=suits(self._finish, target))
        if edited:
            parts.append(f"edited={edited}")
        return " ".join(parts)

    def _manner(self, *, finished: bool) -> list[str]:
        """What else than decoding and glossary a text depends on, in words."""
        manner = {
            f"context={self._context_tokens}": self._context_tokens,
            "again=no": not self._again,
            f"finish={self._finish}": finished,
            "mend=yes": self._mend,
        }
        return [words for words, holds in manner.items() if holds]


def headline(article: Article) -> Article:
    """The article's headline as an article of its own, to be translated beside its text."""
    return replace(article, text=article.title)


def _already(text: _Text, target: str) -> tuple[Flag, ...]:
    if not _same(text.source, target) or not text.text.strip():
        return ()
    return (Flag(kind="untranslated", message=f"The article is in {target!r} already and was copied."),)


def _share_time(outputs: Sequence[Output], seconds: float) -> list[Output]:
    """Each output's share of the time that all took together, by length."""
    total = sum(len(output.text) + 1 for output in outputs)
    return [replace(output, seconds=round(seconds * (len(output.text) + 1) / total, 4)) for output in outputs]


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _same(one: str, other: str) -> bool:
    return _primary(one) == _primary(other)
