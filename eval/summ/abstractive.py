"""Headlines and summaries that a model wrote, beside the first sentence and the picked one: ROUGE, support, numbers.

    workbench train configs/training/headlines.yaml -o runs/headlines/model
    python eval/summ/abstractive.py --model runs/headlines/model [--set NAME]... [--limit N] [--show N]

The model reads the opening of an article alone, as it was trained to. Into the other language, the first and the picked
sentence are translated by the embedded model. ROUGE is F1 of the matching profile; p is that of a paired bootstrap
against LEAD on ROUGE-L. `numbers-supported`: share of the numbers written that the article states; `flagged`: share
of texts with a number or name that it does not state, or with a sentence without support.
"""

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ctranslate2
import numpy as np

from workbench.catalog import open_catalog
from workbench.engines.base import ModelSpec
from workbench.engines.conversion import convert
from workbench.engines.tokens import Tokeniser
from workbench.faithfulness import check
from workbench.metrics import open_metric
from workbench.metrics.base import Texts, total
from workbench.records import Article, Output
from workbench.summarise import Extractive, Length
from workbench.summarise.sentences import story
from workbench.text.tidy import tidy
from workbench.training.vocabulary import CODES
from workbench.training.writing import MARKS, opening

DATA = Path(__file__).resolve().parents[3] / "shared/data"
METRICS = ("rouge-1-matching", "rouge-2-matching", "rouge-l-matching", "support", "numbers-supported")


@dataclass(frozen=True, kw_only=True)
class Case:
    """An article, what is to be written above it, and in which language."""

    article: Article
    task: str
    target: str
    reference: str


def rows(path: str) -> Iterator[dict]:
    with gzip.open(DATA / f"summ/{path}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def headlines(path: str, *, most: int | None = None, across: bool = False) -> Iterator[Case]:
    """The headline is the reference, so that no system may see it."""
    for number, row in enumerate(rows(path)):
        if row.get("title_maybe_cut") or (most is not None and number >= most):
            continue
        article = Article(id=row["id"], text=row["text"], language=row["lang"])
        reference, target = row["title"], row["lang"]
        if across:
            reference, target = row["cross_references"][0], row["cross_lang"]
        yield Case(article=article, task="headline", target=target, reference=reference)


def standfirsts(path: str) -> Iterator[Case]:
    for row in rows(path):
        article = Article(id=row["id"], text=row["text"], title=row["title"], language=row["lang"])
        yield Case(article=article, task="summary", target=row["lang"], reference=row["references"][0])


def newspairs(task: str, source: str, target: str) -> Iterator[Case]:
    with (DATA / "newspairs/dev.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            text = "\n".join(pair[source] for pair in row["sentences"])
            title = row["title"][source] if task == "summary" else ""
            article = Article(id=row["id"], text=text, title=title, language=source)
            reference = row["title" if task == "headline" else "summary"][target]
            yield Case(article=article, task=task, target=target, reference=reference)


SETS: dict[str, Callable[[], Iterator[Case]]] = {
    "mayadeen.valid headlines": partial(headlines, "mayadeen.valid"),
    "mayadeen.valid standfirsts": partial(standfirsts, "mayadeen.valid"),
    "tehran_times headlines": partial(headlines, "tehran_times", most=1000),  # these are not trained on
    "argen_title": partial(headlines, "argen_title"),
    "ntrex_headlines": partial(headlines, "ntrex_headlines"),
    "ntrex_headlines across": partial(headlines, "ntrex_headlines", across=True),
    **{
        f"newspairs {task} {source}-{target}": partial(newspairs, task, source, target)
        for task in MARKS
        for source in ("ar", "en")
        for target in ("ar", "en")
    },
}


class Writer:
    """The model under test, in int8: the language token, the task's mark, the article's opening."""

    def __init__(self, folder: Path, *, beam: int) -> None:
        self.spec = ModelSpec(name=folder.name, path=folder, device="cpu", style="source-prefix", codes=CODES)
        self._kept = tempfile.TemporaryDirectory()
        out = Path(self._kept.name)
        convert(folder, out, self.spec, quantization="int8")
        self._tokens = Tokeniser.load(out, model=folder.name)
        self._translator = ctranslate2.Translator(str(out), compute_type="int8", intra_threads=1)
        self._beam = beam

    def read(self, case: Case) -> str:
        """What the model reads of an article; empty where its first sentence is too long."""

        def count(text: str) -> int:
            return len(self._tokens.split(text))

        return opening(case.article.text, language=case.article.language, count=count, budget=200)

    def write(self, cases: Sequence[Case]) -> list[str]:
        """One text for each case, in order."""
        asked = []
        for case in cases:
            frame = self._tokens.frame(source=case.article.language, target=case.target)
            before = (frame.before[0], MARKS[case.task], *frame.before[1:])
            asked.append([*before, *self._tokens.split(self.read(case)), *frame.after])
        results = self._translator.translate_batch(
            asked, beam_size=self._beam, max_decoding_length=120, max_batch_size=2000, batch_type="tokens"
        )
        return [self._tokens.join(result.hypotheses[0]) for result in results]


def translated(texts: Sequence[str], cases: Sequence[Case]) -> list[str]:
    source, target = cases[0].article.language, cases[0].target
    if source == target:
        return [tidy(text) for text in texts]
    translator = open_catalog().translator(source=source, target=target)
    return [output.text for output in translator.translate_lines(texts, source=source, target=target)]


def lead(cases: Sequence[Case]) -> list[str]:
    return translated([story(case.article)[0].text for case in cases], cases)


def picked(cases: Sequence[Case], *, summariser: Extractive) -> list[str]:
    length = Length(sentences=1)
    texts = [summariser.summarise(case.article, length=length).text.replace("\n", " ") for case in cases]
    return translated(texts, cases)


def by_language(run: Callable[[Sequence[Case]], list[str]], cases: Sequence[Case]) -> list[str]:
    """Outputs in the order of `cases`, made a pair of languages at a time."""
    outputs = [""] * len(cases)
    for pair in sorted({(case.article.language, case.target) for case in cases}):
        places = [n for n, case in enumerate(cases) if (case.article.language, case.target) == pair]
        for place, text in zip(places, run([cases[n] for n in places]), strict=True):
            outputs[place] = text
    return outputs


def texts_of(outputs: Sequence[str], cases: Sequence[Case]) -> Texts:
    return Texts(
        outputs=outputs,
        references=[(case.reference,) for case in cases],
        sources=[case.article.text for case in cases],
    )


def flagged(outputs: Sequence[str], cases: Sequence[Case]) -> float:
    found = 0
    for text, case in zip(outputs, cases, strict=True):
        output = Output(article=case.article.id, task="summarise", text=text, language=case.target, model="")
        kinds = {flag.kind for flag in check(case.article, output, freely=True).flags}
        found += bool(kinds & {"number", "name", "unsupported"})
    return 100 * found / len(cases)


def bootstrap(one: np.ndarray, other: np.ndarray, *, draws: int = 2000) -> float:
    """Chance that the mean of `one` is not above that of `other`, or not below it, whichever is less, doubled."""
    chance = np.random.default_rng(1)
    rows = chance.integers(len(one), size=(draws, len(one)))
    gains = (one - other)[rows].mean(axis=1)
    return float(min(1.0, 2 * min((gains <= 0).mean(), (gains >= 0).mean())))


def each(outputs: Sequence[str], cases: Sequence[Case], language: str) -> np.ndarray:
    metric = open_metric("rouge-l-matching", language=language)
    lines = metric.statistics(texts_of(outputs, cases))
    return np.array([total(metric, line[None]) or 0.0 for line in lines])


def line(name: str, outputs: Sequence[str], cases: Sequence[Case], first: Sequence[str]) -> str:
    language = cases[0].target
    scores = []
    for kind in METRICS:
        metric = open_metric(kind, language=language)
        value = total(metric, metric.statistics(texts_of(outputs, cases)))
        scores.append("      -" if value is None else f"{value:7.1f}")
    words = np.mean([len(text.split()) for text in outputs])
    chance = bootstrap(each(outputs, cases, language), each(first, cases, language))
    return f"  {name:12}{''.join(scores)}  flagged {flagged(outputs, cases):4.0f}%  {words:4.0f} words  p={chance:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder of an exported model")
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--limit", type=int, default=250)
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--show", type=int, default=0, help="outputs printed of each set")
    options = parser.parse_args()
    writer = Writer(options.model, beam=options.beam)
    encoder = open_catalog().engine("embedded")
    picker = partial(picked, summariser=Extractive(encoder=encoder))
    for name in options.set or SETS:
        cases = [case for case in SETS[name]() if writer.read(case) and story(case.article)]
        cases = random.Random(7).sample(cases, min(options.limit, len(cases)))  # noqa: S311 - a sample
        for target in sorted({case.target for case in cases}):
            mine = [case for case in cases if case.target == target]
            made = {"LEAD": lead, "picked": picker, "written": writer.write}
            outputs = {system: by_language(run, mine) for system, run in made.items()}
            print(f"\n{name}, written in {target}: n={len(mine)}; {' '.join(METRICS)}")
            for system, texts in outputs.items():
                print(line(system, texts, mine, outputs["LEAD"]), flush=True)
            for number in range(min(options.show, len(mine))):
                print(f"    reference: {mine[number].reference}")
                for system, texts in outputs.items():
                    print(f"    {system:9}: {texts[number]}")
                print(flush=True)


if __name__ == "__main__":
    main()
