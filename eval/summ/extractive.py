"""ROUGE of extractive summaries: LEAD, position, centrality and their combinations, lexical and with an encoder.

    python eval/summ/extractive.py [--set NAME]... [--limit N] [--model NAME]

Scores are F1 of Unicode tokens of the matching profile (letters, digits and diacritics folded), no stemming; the best
of several references counts. Weights were chosen on the sets marked "dev"; the others report.
"""

import argparse
import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from workbench.metrics.base import Texts, total
from workbench.metrics.rouge import Rouge
from workbench.records import Article
from workbench.summarise import Extractive, Length, Weights
from workbench.summarise.sentences import story
from workbench.text.arabic import matching

DATA = Path(__file__).resolve().parents[3] / "shared/data"


@dataclass(frozen=True, kw_only=True)
class Case:
    """An article and what people wrote of it."""

    article: Article
    references: tuple[str, ...]


def summ(name: str, *, titled: bool = True) -> Iterator[Case]:
    """One of the sets with references; `titled` is False where the headline is the reference itself."""
    with gzip.open(DATA / f"summ/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            title = row["title"] if titled else ""
            article = Article(id=row["id"], text=row["text"], title=title, language=row["lang"])
            yield Case(article=article, references=tuple(row["references"]))


def newspairs(language: str) -> Iterator[Case]:
    with (DATA / "newspairs/dev.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = "\n\n".join(sentence[language] for sentence in row["sentences"])
            article = Article(id=row["id"], text=text, title=row["title"][language], language=language)
            yield Case(article=article, references=(row["summary"][language],))


@dataclass(frozen=True, kw_only=True)
class Set:
    """Where cases come from, and how long their summaries are."""

    cases: Callable[[], Iterator[Case]]
    sentences: int
    dev: bool = False


SETS = {
    "mayadeen.valid": Set(cases=partial(summ, "mayadeen.valid"), sentences=1, dev=True),
    "tehran_times": Set(cases=partial(summ, "tehran_times", titled=False), sentences=1, dev=True),
    "newspairs-ar": Set(cases=partial(newspairs, "ar"), sentences=1, dev=True),
    "newspairs-en": Set(cases=partial(newspairs, "en"), sentences=1, dev=True),
    "writer_summaries": Set(cases=partial(summ, "writer_summaries"), sentences=3),
    "inshorts": Set(cases=partial(summ, "inshorts"), sentences=3),
    "easc": Set(cases=partial(summ, "easc"), sentences=5),
    "cnn_aljazeera_ar": Set(cases=partial(summ, "cnn_aljazeera_ar", titled=False), sentences=1),
}


def load(name: str, limit: int) -> list[Case]:
    cases = list(SETS[name].cases())
    return random.Random(7).sample(cases, limit) if len(cases) > limit else cases  # noqa: S311 - a sample


def lead(article: Article, *, sentences: int) -> str:
    return " ".join(sentence.text for sentence in story(article)[:sentences])


def extract(article: Article, *, sentences: int, summariser: Extractive) -> str:
    return summariser.summarise(article, length=Length(sentences=sentences)).text


ALONE = {"centrality": 0.0, "position": 0.0, "title": 0.0, "redundancy": 0.0, "dangling": 0.0, "short": 0.0}


def systems(encoder) -> dict[str, Callable[..., str]]:
    found: dict[str, Callable[..., str]] = {"LEAD": lead}
    for kind, vectors in (("lexical", None), ("encoder", encoder)):
        if kind == "encoder" and encoder is None:
            continue
        make = partial(Extractive, encoder=vectors)
        variants = {
            "centrality": Weights(**ALONE | {"centrality": 1.0}),
            "title": Weights(**ALONE | {"title": 1.0}),
            "title+position": Weights(centrality=0),
            "centrality+position": Weights(title=0),
            "no redundancy": Weights(redundancy=0),
            "no dangling": Weights(dangling=0),
            "all": Weights(),
        }
        if vectors is not None:
            variants["alone centrality"] = Weights(**ALONE | {"centrality": 1.0, "meaning": 20.0})
            variants["alone title"] = Weights(**ALONE | {"title": 1.0, "meaning": 20.0})
        found |= {
            f"{kind} {name}": partial(extract, summariser=make(weights=weights))
            for name, weights in variants.items()
        }
    return found


def rouge(outputs: list[str], cases: list[Case]) -> list[float]:
    texts = Texts(
        outputs=[matching(output) for output in outputs],
        references=[tuple(map(matching, case.references)) for case in cases],
    )
    scores = []
    for kind in ("1", "2", "l"):
        metric = Rouge(language=cases[0].article.language, kind=kind)
        scores.append(total(metric, metric.statistics(texts)) or 0.0)
    return scores


class Remembering:
    """An encoder that encodes each text once for all systems."""

    def __init__(self, encoder) -> None:
        self._encoder = encoder
        self._known = {}

    def encode(self, texts):
        """As the encoder, from memory where it can."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known |= dict(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


def load_encoder(name: str | None):
    from workbench.catalog import open_catalog

    return Remembering(open_catalog().engine(name)) if name else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--model", help="a model whose encoder is tried, such as embedded")
    arguments = parser.parse_args()
    tried = systems(load_encoder(arguments.model))
    for name in arguments.set or SETS:
        cases, wanted = load(name, arguments.limit), SETS[name].sentences
        signature = Rouge(language="ar", kind="l").signature(nrefs=-1)
        print(f"\n{name}: n={len(cases)}, {wanted} sentence(s){', dev' if SETS[name].dev else ''}")
        print(f"  {signature}|letters:matching")
        for system, run in tried.items():
            outputs = [run(case.article, sentences=wanted) for case in cases]
            scores = rouge(outputs, cases)
            print(f"  {system:30}" + "".join(f"{score:7.2f}" for score in scores), flush=True)


if __name__ == "__main__":
    main()
