"""Headlines and summaries to be written: the opening of an article, and what people wrote above it."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from workbench.errors import ConfigError
from workbench.faithfulness import Source
from workbench.records import Article, Segment
from workbench.summarise.sentences import story
from workbench.text.chunk import pack
from workbench.text.tidy import tidy
from workbench.training.batches import Examples
from workbench.training.corpus import write_lines
from workbench.training.settings import CorpusConfig, WritingConfig
from workbench.training.vocabulary import CODES, encode

log = logging.getLogger(__name__)

MARKS = {"headline": "<s>", "summary": "<unk>"}
"""Stands behind the language token and says what to write. The vocabulary of a trained model cannot grow, and no text
ever gives these two: bytes stand in for the unknown, and sources do not begin with `<s>`."""

LANGUAGES = ("ar", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Something to write, and what it is written from.

    Attributes:
        source: Name of the source in the configuration.
        task: "headline" or "summary".
        target: BCP 47 tag of the language to write.
        opening: First sentences of the article, in either language.
        text: What a person wrote.
    """

    source: str
    task: str
    target: str
    opening: str
    text: str

    def line(self) -> str:
        """Tab-separated, for a file."""
        return "\t".join((self.source, self.task, self.target, self.opening, self.text))

    @classmethod
    def parse(cls, line: str) -> Writing:
        """The inverse of `line`."""
        source, task, target, opening, text = line.rstrip("\n").split("\t")
        return cls(source=source, task=task, target=target, opening=opening, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One article of a source, by language: one or both."""

    text: dict[str, str]
    headline: dict[str, str]
    summary: dict[str, str]


def opening(text: str, *, language: str | None, count: Callable[[str], int], budget: int) -> str:
    """The first sentences of an article's story that fit, tidied; empty where not even the first does.

    Args:
        text: The article.
        language: BCP 47 tag, where known.
        count: Pieces of a text.
        budget: Most pieces.
    """
    sentences = story(Article(id="", text=text, language=language))
    parts = [Segment(tidy(sentence.text), " ") for sentence in sentences]
    first = next(pack(parts, budget=budget, count=count), [])
    found = " ".join(part.text for part in first)
    return found if count(found) <= budget else ""


def supported(opening: str, text: str, language: str, *, least: float) -> bool:
    """Whether what people wrote can be known from the opening: the rest would teach to invent.

    Args:
        opening: In `language`.
        text: A headline or summary, in `language`.
        language: BCP 47 tag.
        least: Lowest support of any of its sentences; see `workbench.faithfulness`.
    """
    grounds = Source(opening, language=language)
    scores = [sentence.score for sentence in grounds.support(text)]
    return bool(scores) and min(scores) >= least and not grounds.numbers(text)


def read_writing(
    name: str, config: WritingConfig, corpus: CorpusConfig, count: Callable[[str], int]
) -> Iterator[Writing]:
    """Everything that one source has to be written, from its opening in each language that it has.

    Raises:
        ConfigError: The file is not there.
    """
    path = corpus.folder / config.path
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist.", cure=f"Set corpus.folder, or leave {name!r} out of corpus.writing."
        )
    articles = _newspairs(path) if config.kind == "newspairs" else _articles(path, config)
    for told in articles:
        openings = {
            language: opening(text, language=language, count=count, budget=corpus.opening)
            for language, text in told.text.items()
        }
        for task, (target, grounds) in product(config.tasks, openings.items()):
            text = tidy(getattr(told, task).get(target, ""))
            if text and grounds and supported(grounds, text, target, least=corpus.support):
                for other in filter(None, openings.values()):
                    yield Writing(source=name, task=task, target=target, opening=other, text=text)


def _newspairs(path: Path) -> Iterator[Told]:
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            text = {
                language: "\n".join(pair[language] for pair in row["sentences"]) for language in LANGUAGES
            }
            yield Told(text=text, headline=row["title"], summary=row["summary"])


def _articles(path: Path, config: WritingConfig) -> Iterator[Told]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            if number >= config.skip and not row.get("title_maybe_cut"):
                yield _told(row)


def _told(row: dict[str, Any]) -> Told:
    language = row["lang"]
    return Told(
        text={language: row["text"]},
        headline={language: row["title"]},
        summary={language: next(iter(row["references"]), "")},
    )


def prepare_writing(
    config: CorpusConfig, vocabulary: Path, folder: Path, *, say: Callable[[str], None] = log.info
) -> tuple[list[Writing], list[Writing]]:
    """What is trained on, and what is held out (of `config.selection`); read once and kept in `folder`.

    Raises:
        ConfigError: A file of the data folder is missing.
    """
    if not config.writing:
        return [], []
    kept, held = folder / "writing.tsv", folder / "writing.held_out.tsv"
    if not kept.exists():
        processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))

        def count(text: str) -> int:
            return len(processor.encode(text))

        aside: list[Writing] = []
        if config.selection:
            dev = WritingConfig(kind="newspairs", path=config.selection)
            aside = list(read_writing("selection", dev, config, count))
        write_lines(held, (one.line() for one in aside))
        known = {one.text for one in aside}
        rows: list[Writing] = []
        for name, source in config.writing.items():
            found = [row for row in read_writing(name, source, config, count) if row.text not in known]
            say(f"{name}: {len(found)} to be written")
            rows += found
        write_lines(kept, (row.line() for row in rows))
    return _read(kept), _read(held)


def _read(path: Path) -> list[Writing]:
    with path.open(encoding="utf-8") as lines:
        return [Writing.parse(line) for line in lines]


def marks(vocabulary: Path, rows: Sequence[Writing]) -> list[tuple[int, int]]:
    """Ids of the two tokens that open each source: the language to write, and what to write."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    ids = {token: processor.piece_to_id(token) for token in (*CODES.values(), *MARKS.values())}
    return [(ids[CODES[row.target]], ids[MARKS[row.task]]) for row in rows]


def writing_examples(rows: Sequence[Writing], vocabulary: Path, weights: Sequence[float]) -> Examples:
    """Training examples, in order.

    Args:
        rows: What is to be written.
        vocabulary: The SentencePiece model.
        weights: How often each is drawn, relative to pairs of weight 1.
    """
    return Examples(
        encode([row.opening for row in rows], vocabulary),
        encode([row.text for row in rows], vocabulary),
        np.array(marks(vocabulary, rows), dtype=np.int64),
        np.array(weights),
    )
