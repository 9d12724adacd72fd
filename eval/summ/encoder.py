"""Whether the encoder's sentence vectors help the trained scorer: letters alone against letters and vectors.

    python eval/summ/encoder.py [--limit N] [--model NAME] [--seeds N]

Articles of mayadeen.train; the last third is set aside, and every figure is told on it. "linear letters" adds what a
ridge regression on letters alone finds in the trees' errors: a control without an encoder, since that helps too.
All 6,697 articles take up to half an hour on one core, most of it the encoder.
"""

import argparse
import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.catalog import open_catalog
from workbench.metrics.rouge import tokeniser
from workbench.records import Article
from workbench.summarise.features import features
from workbench.summarise.ranking import unit
from workbench.summarise.sentences import story
from workbench.text.arabic import matching
from workbench.training.boosting import Boosting, grow
from workbench.training.scorer import Lesson, lesson, shared

DATA = Path(__file__).resolve().parents[3] / "shared/data/summ/mayadeen.train.jsonl.gz"
CANDIDATES, REACH, FOLDS = 8, 16, 6
MUCH, LITTLE = 1e5, 1e3
"""Ridges: for thousands of products of vectors, and for a hundred features of letters."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """An article's first sentences, lead included: what the scorer learns, and vectors.

    Attributes:
        lesson: Letters and worth.
        beside: ROUGE-1 and ROUGE-L of the lead with each later sentence, less those of LEAD-2: [sentences - 1, 2].
        vectors: Of the same sentences, [sentences, dim].
        title: Vector of the headline.
        whole: Mean vector of the first 16 sentences.
    """

    lesson: Lesson
    beside: np.ndarray
    vectors: np.ndarray
    title: np.ndarray
    whole: np.ndarray


def case(row, encoder) -> Case | None:
    article = Article(id=row["id"], text=row["text"], title=row["title"], language=row["lang"])
    sentences = [sentence.text for sentence in story(article)]
    if len(sentences) < 2:
        return None
    table = features(sentences, article.title)[:CANDIDATES]
    vectors = encoder.encode([*sentences[:REACH], article.title])
    return Case(
        lesson=lesson("mayadeen", table, sentences, row["references"], weight=1),
        beside=pairs(sentences[:CANDIDATES], row["references"]),
        vectors=vectors[:-1][:CANDIDATES],
        title=vectors[-1],
        whole=vectors[:-1].mean(axis=0),
    )


def pairs(sentences, references) -> np.ndarray:
    tokens = tokeniser("ar", stem=False)
    wanted = tokens(matching(" ".join(references)))
    lead, *others = [tokens(matching(text)) for text in sentences]
    scores = [shared(lead + o, wanted) * 200 / max(len(lead + o) + len(wanted), 1) for o in others]
    return np.array(scores) - scores[0]


def scalars(case: Case, centre) -> np.ndarray:
    """Cosines with headline, article, lead and the likest sentence before, raw and centred: [sentences - 1, 14]."""
    columns = []
    for taken in (0, centre):
        own, title, whole = (unit(np.atleast_2d(v) - taken) for v in (case.vectors, case.title, case.whole))
        told, central, like = own @ title[0], own @ whole[0], own @ own.T
        before = [like[at, :at].max() for at in range(1, len(own))]
        columns += [told[1:], told[1:] - told[0], central[1:], central[1:] - central[0], like[1:, 0], before]
        columns += [np.linalg.norm(case.vectors - taken, axis=1)[1:]]
    return np.stack(columns, axis=1)


def products(case: Case, centre) -> np.ndarray:
    """Vector, lead's vector, their products with headline, article and each other, and place: [sentences - 1, ...]."""
    own, title, whole = (unit(np.atleast_2d(v) - centre) for v in (case.vectors, case.title, case.whole))
    lead, rest = np.repeat(own[:1], len(own) - 1, axis=0), own[1:]
    scale = own.shape[1] ** 0.5
    near = 1 / np.arange(2, len(own) + 1)[:, None]
    parts = (rest * whole, rest * title, rest * lead, lead * title)
    return np.concatenate([rest, lead, *(scale * part for part in parts), near, near**2], axis=1)


def ridge(table, wanted, strength):
    """A function from rows of features to what they are worth."""
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-6
    seen, level = (table - mean) / spread, wanted.mean()
    weights = np.linalg.solve(seen.T @ seen + strength * np.eye(seen.shape[1]), seen.T @ (wanted - level))
    return lambda rows: (rows - mean) / spread @ weights + level


def crossed(table, wanted, owner, learnt) -> np.ndarray:
    """Ridge scores of all rows, none by a regression that saw its article."""
    scores = ridge(table[learnt], wanted[learnt], MUCH)(table)
    for fold in range(FOLDS):
        out = owner % FOLDS == fold
        scores[learnt & out] = ridge(table[learnt & ~out], wanted[learnt & ~out], MUCH)(table[learnt & out])
    return scores[:, None]


def trial(head: str, cases: list[Case], tables: dict[str, np.ndarray], seeds: int) -> dict[str, np.ndarray]:
    """Gain over LEAD of each arm on the articles set aside: [articles, 2]."""
    owner = np.repeat(np.arange(len(cases)), [len(each.beside) for each in cases])
    learnt = owner < len(cases) * 2 // 3
    gains = [
        each.lesson.worth[1:] - each.lesson.worth[0] if head == "instead" else each.beside for each in cases
    ]
    wanted = np.concatenate(
        [gain.mean(axis=1) for gain in gains]
        if head == "instead"
        else [each.lesson.added[1:] for each in cases]
    )
    letters = tables["letters"]
    more = {
        "letters": np.zeros((len(owner), 0)),
        "and scalars": tables["scalars"],
        "and ridge": crossed(tables["products"], wanted, owner, learnt),
        "linear letters": np.zeros((len(owner), 0)),
    }
    more["and both"] = np.concatenate([more["and scalars"], more["and ridge"]], axis=1)
    found = {}
    for arm, extra in more.items():
        table = np.concatenate([letters, extra], axis=1).astype(np.float32)
        chosen = []
        for seed in range(seeds):
            trees = grow(table[learnt], wanted[learnt], np.ones(learnt.sum()), Boosting(seed=seed))
            scores = trees.judge(table).astype(np.float64)
            if arm == "linear letters":
                scores += ridge(letters[learnt], (wanted - scores)[learnt], LITTLE)(letters)
            kept = range(len(cases) * 2 // 3, len(cases))
            chosen.append([gain_of(scores[owner == at], gains[at], head) for at in kept])
        found[arm] = np.mean(chosen, axis=0)
    return found


def gain_of(scores, gains, head) -> np.ndarray:
    best = int(scores.argmax())
    return np.zeros(2) if head == "instead" and scores[best] <= 0 else gains[best]


def tell(head: str, found: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    for arm, gains in found.items():
        beyond = (gains - found["letters"]).mean(axis=1)
        error = beyond.std() / len(beyond) ** 0.5
        turned = (rng.choice([-1, 1], (2000, len(beyond))) * beyond).mean(axis=1)
        p = (np.abs(turned) >= abs(beyond.mean()) - 1e-12).mean()
        print(
            f"{head} {arm:15} gain over LEAD {gains[:, 0].mean():+.2f}/{gains[:, 1].mean():+.2f} (n={len(gains)},"
            f" s.e. {gains.mean(axis=1).std() / len(gains) ** 0.5:.2f});"
            f" over letters {beyond.mean():+.3f} (s.e. {error:.3f}, p {p:.3f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, help="articles, drawn at random")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--seeds", type=int, default=3, help="of the trees; choices are averaged over them")
    arguments = parser.parse_args()
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    order = np.random.default_rng(0).permutation(len(rows))[: arguments.limit]
    encoder = open_catalog().engine(arguments.model)
    cases = [found for at in order if (found := case(rows[at], encoder))]
    centre = np.concatenate([each.vectors for each in cases[: len(cases) * 2 // 3]]).mean(axis=0)
    tables = {
        "letters": np.concatenate([each.lesson.table[1:] for each in cases]),
        "scalars": np.concatenate([scalars(each, centre) for each in cases]),
        "products": np.concatenate([products(each, centre) for each in cases]),
    }
    for head in ("instead", "beside"):
        tell(head, trial(head, cases, tables, arguments.seeds))


if __name__ == "__main__":
    main()
