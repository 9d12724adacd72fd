"""Trains the scorer of sentences from articles and what people wrote of them: one command, a few minutes on one core.

python -m workbench.training.scorer CONFIG [--output FILE]
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.config import Strict, load_yaml
from workbench.errors import ConfigError, WorkbenchError
from workbench.metrics.rouge import Tokens, lcs_length, tokeniser
from workbench.records import Article
from workbench.summarise.features import NAMES, Table, features
from workbench.summarise.scoring import SHIPPED, Scorer, save
from workbench.summarise.sentences import story
from workbench.text.arabic import matching
from workbench.training.boosting import Boosting, grow

Floats = NDArray[np.float64]

_FEW = 5
"""Of fewer words a share says little."""


class ScorerSource(Strict):
    """One set of articles with summaries by people.

    Attributes:
        path: JSONL, gzipped or not, relative to the data folder.
        kind: "references" (text, title, references) or "newspairs" (title, summary, sentences in two languages).
        language: BCP 47 tag of what is read.
        weight: What an article counts.
        articles: Most articles taken, every n-th of the file.
    """

    path: str
    kind: Literal["references", "newspairs"] = "references"
    language: str
    weight: float = Field(default=1.0, gt=0)
    articles: int | None = Field(default=None, ge=1)


class BoostingConfig(Strict):
    """See `workbench.training.boosting.Boosting`."""

    trees: int = Field(default=200, ge=1)
    levels: int = Field(default=3, ge=1, le=8)
    rate: float = Field(default=0.05, gt=0, le=1)
    bins: int = Field(default=16, ge=2)
    rows: float = Field(default=0.3, gt=0, le=1)
    columns: float = Field(default=0.3, gt=0, le=1)
    doubt: float = Field(default=20.0, ge=0)
    seed: int = 0


class ScorerConfig(Strict):
    """configs/scorer/*.yaml.

    Attributes:
        folder: The data folder; a relative path is taken from the working directory.
        sources: By name.
        candidates: Sentences of each article that are learnt from, the lead included.
        held_out: Share of the articles on which the figures are told; the scorer that is kept learns from all.
        untitled: What an article counts for a second time, without its headline.
        boosting: How the trees are grown.
    """

    folder: Path
    sources: dict[str, ScorerSource] = Field(min_length=1)
    candidates: int = Field(default=8, ge=2)
    held_out: float = Field(default=0.25, ge=0, lt=1)
    untitled: float = Field(default=0.3, ge=0)
    boosting: BoostingConfig = BoostingConfig()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """An article as the scorer learns it.

    Attributes:
        source: Name of its source.
        table: Features of its first sentences, shape [sentences, features].
        worth: ROUGE-1 and ROUGE-L of each alone against what people wrote, shape [sentences, 2].
        added: Percentage of each sentence's words by which the lead with it shares more with what people wrote than the
            lead alone, mean of words in any order and in order, shape [sentences].
        weight: What it counts.
    """

    source: str
    table: Table
    worth: Floats
    added: Floats
    weight: float


def train(config: ScorerConfig, *, say: Callable[[str], None]) -> Scorer:
    """Learn from all sources; what was gained over the lead on articles held out is told on the way.

    Raises:
        ConfigError: A source is not there, or has no article to learn from.
    """
    lessons = [lesson for name in config.sources for lesson in _lessons(name, config, say=say)]
    draw = np.random.default_rng(config.boosting.seed).random(len(lessons))
    kept = [lesson for lesson, chance in zip(lessons, draw, strict=True) if chance >= config.held_out]
    held = [lesson for lesson, chance in zip(lessons, draw, strict=True) if chance < config.held_out]
    if kept and held:
        scorer = fit(kept, config)
        for name in config.sources:
            say(tell(scorer, [lesson for lesson in held if lesson.source == name], name))
    return fit(lessons, config)


def fit(lessons: Sequence[Lesson], config: ScorerConfig) -> Scorer:
    """Trees for a sentence instead of the lead and beside it, from articles with and without their headlines."""
    table = np.concatenate([lesson.table[1:] for lesson in lessons])
    weights = np.concatenate([np.full(len(lesson.table) - 1, lesson.weight) for lesson in lessons])
    instead = np.concatenate([(lesson.worth[1:] - lesson.worth[0]).mean(axis=1) for lesson in lessons])
    beside = np.concatenate([lesson.added[1:] for lesson in lessons])
    if config.untitled:
        table = np.concatenate([table, without_headline(table)])
        weights = np.concatenate([weights, config.untitled * weights])
        instead, beside = np.tile(instead, 2), np.tile(beside, 2)
    how = Boosting(**config.boosting.model_dump())
    return Scorer(
        instead=grow(table, instead, weights, how),
        beside=grow(table, beside, weights, how),
        about=f"{len(lessons)} articles of {', '.join(config.sources)}; letters alone, no encoder",
    )


def without_headline(table: Table) -> Table:
    """The same features as if the articles had no headline."""
    bare = table.copy()
    bare[:, ["headline" in name for name in NAMES]] = 0
    return bare


def tell(scorer: Scorer, lessons: Sequence[Lesson], name: str) -> str:
    """One line: what the best sentence by the scorer gains over the lead, with its standard error."""
    gains = np.array([_gain(scorer, lesson) for lesson in lessons]).reshape(len(lessons), 2)
    if not len(gains):
        return f"{name}: nothing held out"
    lead = np.mean([lesson.worth[0] for lesson in lessons], axis=0)
    error = gains.std(axis=0) / len(gains) ** 0.5
    figures = "; ".join(
        f"ROUGE-{kind} lead {lead[at]:.2f}, gain {gains[:, at].mean():+.2f} (s.e. {error[at]:.2f})"
        for at, kind in enumerate("1L")
    )
    return f"{name}: {len(gains)} held out, {gains.any(axis=1).mean():.1%} not the lead: {figures}"


def _gain(scorer: Scorer, lesson: Lesson) -> Floats:
    scores = scorer.instead.judge(lesson.table)
    scores[0] = 0
    gain: Floats = lesson.worth[int(scores.argmax())] - lesson.worth[0]
    return gain


def _lessons(name: str, config: ScorerConfig, *, say: Callable[[str], None]) -> list[Lesson]:
    source = config.sources[name]
    rows = list(_rows(config.folder / source.path))
    rows = rows[:: max(1, len(rows) // source.articles)][: source.articles] if source.articles else rows
    found = []
    for number, row in enumerate(rows, start=1):
        article, references = _READERS[source.kind](row, source.language)
        sentences = [sentence.text for sentence in story(article)]
        if len(sentences) > 1:
            table = features(sentences, article.title)[: config.candidates]
            found.append(lesson(name, table, sentences, references, weight=source.weight))
        if number % 1000 == 0:
            say(f"{name}: {number} of {len(rows)} articles read")
    if not found:
        raise ConfigError(
            f"{name} has no article of two sentences.", cure="Leave it out, or give another file."
        )
    return found


def lesson(
    source: str, table: Table, sentences: Sequence[str], references: Sequence[str], *, weight: float
) -> Lesson:
    """What is to be learnt of an article; several references are told as one after the other."""
    tokens = tokeniser("ar", stem=False)
    wanted = tokens(matching(" ".join(references)))
    given = [tokens(matching(text)) for text in sentences[: len(table)]]
    lead = shared(given[0], wanted)
    alone = [shared(each, wanted) * 200 / max(len(each) + len(wanted), 1) for each in given]
    added = [100 * (shared(given[0] + each, wanted) - lead).mean() / max(len(each), _FEW) for each in given]
    return Lesson(source=source, table=table, worth=np.stack(alone), added=np.array(added), weight=weight)


def shared(given: Tokens, wanted: Tokens) -> Floats:
    """Words in common in any order, and in order: what ROUGE-1 and ROUGE-L count, shape [2]."""
    anyhow = (Counter(given) & Counter(wanted)).total()
    return np.array([anyhow, lcs_length(wanted, given)], dtype=np.float64)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            yield from map(json.loads, lines)
    except OSError as fault:
        raise ConfigError(
            f"{path} cannot be read: {fault.strerror}.", cure="Check `folder` and the path."
        ) from None


def _references(row: dict[str, Any], language: str) -> tuple[Article, Sequence[str]]:
    return Article(id=row["id"], text=row["text"], title=row["title"], language=language), row["references"]


def _newspairs(row: dict[str, Any], language: str) -> tuple[Article, Sequence[str]]:
    text = "\n\n".join(sentence[language] for sentence in row["sentences"])
    article = Article(id=row["id"], text=text, title=row["title"][language], language=language)
    return article, (row["summary"][language],)


_READERS = {"references": _references, "newspairs": _newspairs}


def main() -> None:
    """The command of this module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--output", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    try:
        scorer = train(load_yaml(arguments.config, ScorerConfig), say=_say)
        _say(str(save(scorer, arguments.output)))
    except WorkbenchError as fault:
        sys.exit(str(fault))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    main()
