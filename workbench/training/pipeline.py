"""From configuration to trained weights: corpus, vocabulary, examples, stages with back-translation in between."""

from __future__ import annotations

import logging
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.errors import ConfigError
from workbench.training import synthetic
from workbench.training.batches import Examples, collate
from workbench.training.corpus import BOTH, TO_ARABIC, TO_ENGLISH, Corpus, Pair, prepare, write_lines
from workbench.training.network import losses, write
from workbench.training.settings import StageConfig, TrainingConfig
from workbench.training.trainer import Run, Stop, never
from workbench.training.vocabulary import CODES, EOS, PAD, Sentences, encode, train_vocabulary
from workbench.training.writing import marks, prepare_writing, writing_examples

log = logging.getLogger(__name__)

OTHER = {"ar": "en", "en": "ar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Ids of the tokens that open a source, by language to write."""

    codes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """The encoded pairs.

    Attributes:
        pairs: Their records, for sources and directions.
        arabic: Best splits, and sampled ones, one `Sentences` a variant; the best first.
        english: Likewise.
    """

    pairs: list[Pair]
    arabic: list[Sentences]
    english: list[Sentences]


@dataclass(frozen=True, slots=True)
class Exam:
    """What an evaluation asks for under one name: tokens that open each source, the sources, and what people wrote."""

    name: str
    openings: Sequence[tuple[int, ...]]
    sources: Sequence[str]
    references: Sequence[str]


class Pipeline:
    """One configuration on its way from data to weights; every step that is done is not done again.

    Args:
        config: What to train.
        folder: Of the run, such as `runs/embedded`.
        device: "cpu" or "cuda".
        say: Where progress is told, a line at a time.
    """

    def __init__(
        self, config: TrainingConfig, folder: Path, *, device: str, say: Callable[[str], None] = log.info
    ) -> None:
        self.config = config
        self.folder = folder
        self.device = device
        self.say = say

    def corpus(self) -> Corpus:
        """The prepared corpus."""
        return prepare(self.config.corpus, self.folder / "corpus", say=self.say)

    def vocabulary(self) -> Path:
        """The SentencePiece model: that of the model to begin with, or trained on pairs and monolingual news."""
        model = self.folder / "spm.model"
        if model.exists():
            return model
        if self.config.begin_with:
            return self._taken(self.config.begin_with / "source.spm", model)
        corpus = self.corpus()
        chance = random.Random(self.config.seed)  # noqa: S311 - not for secrets
        texts: list[str] = []
        for pair in _pairs(corpus.pairs):
            if pair.directions == BOTH and chance.random() < self.config.corpus.sources[pair.source].weight:
                texts += (pair.arabic, pair.english)
        for path in corpus.monolingual.values():
            lines = path.read_text(encoding="utf-8").splitlines()
            texts += chance.sample(lines, min(len(lines), 100_000))
        chance.shuffle(texts)
        self.say(f"vocabulary from {len(texts)} sentences")
        return train_vocabulary(
            texts[: 2 * self.config.vocabulary.sentences], self.config.vocabulary, self.folder
        )

    def _taken(self, theirs: Path, model: Path) -> Path:
        if not theirs.exists():
            raise ConfigError(
                f"{theirs} does not exist.", cure="Set begin_with to the folder of an exported model."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(theirs, model))

    def tokens(self) -> Tokens:
        """Ids of the special tokens."""
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=str(self.vocabulary()))
        codes = {language: processor.piece_to_id(code) for language, code in CODES.items()}
        return Tokens(codes=codes)

    def genuine(self) -> Genuine:
        """All pairs, encoded: the best split, and sampled ones for the source side; drawn once and kept."""
        path = self.folder / "genuine.npz"
        if not path.exists():
            _save(path, self._encoded())
        saved, pairs = np.load(path), _pairs(self.corpus().pairs)
        sides = {
            side: [
                Sentences(saved[f"{side}.{variant}.pieces"], saved[f"{side}.{variant}.starts"])
                for variant in range(self.config.vocabulary.variants)
            ]
            for side in ("arabic", "english")
        }
        return Genuine(pairs=pairs, arabic=sides["arabic"], english=sides["english"])

    def _encoded(self) -> dict[str, NDArray[Any]]:
        model, settings = self.vocabulary(), self.config.vocabulary
        pairs = _pairs(self.corpus().pairs)
        arrays: dict[str, NDArray[Any]] = {}
        for side in ("arabic", "english"):
            texts = [getattr(pair, side) for pair in pairs]
            for variant in range(settings.variants):
                made = encode(texts, model, sampling=settings.sampling if variant else 0.0)
                arrays |= {f"{side}.{variant}.pieces": made.pieces, f"{side}.{variant}.starts": made.starts}
        return arrays

    def train(self, *, stop: Stop = never) -> Run:
        """Train what is left of all stages, or until `stop` says so."""
        genuine, tokens = self.genuine(), self.tokens()
        self.say(f"{len(genuine.pairs)} pairs encoded")
        run = Run(self.config, self.folder, self.device, self.config.vocabulary.size, say=self.say)
        evaluate = self.evaluator(tokens)
        while run.progress.stage < len(self.config.stages):
            stage = self.config.stages[run.progress.stage]
            kept = self._likely(run, stage, genuine, tokens)
            self._back_translate(run, stage)
            parts = [genuine_examples(genuine, stage, self.config, tokens, kept)]
            parts += [self._synthetic(name, weight) for name, weight in stage.synthetic.items()]
            parts += self._writing(stage)
            examples = Examples.joined(parts)
            self.say(f"stage {stage.name}: {len(examples)} examples")
            if not run.stage(stage, examples, evaluate, stop=stop) or stop(run.progress):
                break
        return run

    def evaluator(self, tokens: Tokens) -> Callable[[Any], dict[str, float]]:
        """Scores greedy outputs on what is held out: chrF++ of each direction and task, and their mean as "score"."""
        import sacrebleu
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=str(self.vocabulary()))
        exams = [*self._translations(tokens), *self._writings()]
        metric = sacrebleu.CHRF(word_order=2)

        def score(model: Any) -> dict[str, float]:
            scores = {}
            for exam in exams:
                texts = processor.encode(list(exam.sources))
                rows = [
                    np.array([*mark, *text, EOS]) for mark, text in zip(exam.openings, texts, strict=True)
                ]
                outputs = [""] * len(rows)
                with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
                    for index, pieces in write(model, rows, batch_tokens=16_000, device=self.device):
                        outputs[index] = processor.decode(pieces)
                scores[exam.name] = metric.corpus_score(outputs, [list(exam.references)]).score
            return {"score": sum(scores.values()) / len(scores), **scores}

        return score

    def _translations(self, tokens: Tokens) -> Iterator[Exam]:
        held = _pairs(self.corpus().held_out)[: self.config.evaluate_sentences]
        arabic, english = [pair.arabic for pair in held], [pair.english for pair in held]
        for target, sources, references in (("en", arabic, english), ("ar", english, arabic)):
            openings = [(tokens.codes[target],)] * len(held)
            yield Exam(f"{OTHER[target]}-{target}", openings, sources, references)

    def _writings(self) -> Iterator[Exam]:
        _, held = prepare_writing(self.config.corpus, self.vocabulary(), self.folder / "corpus", say=self.say)
        random.Random(self.config.seed).shuffle(held)  # noqa: S311 - not for secrets
        for task in sorted({row.task for row in held}):
            mine = [row for row in held if row.task == task][: self.config.evaluate_sentences]
            openings = marks(self.vocabulary(), mine)
            yield Exam(task, openings, [row.opening for row in mine], [row.text for row in mine])

    def _back_translate(self, run: Run, stage: StageConfig) -> None:
        """Translate monolingual news with the averaged weights, to `synthetic.<name>.<stage>.tsv`."""
        for name in stage.back_translate:
            path = self.folder / f"synthetic.{name}.{run.progress.stage}.tsv"
            if path.exists():
                continue
            started = time.monotonic()
            language, vocabulary = self.config.corpus.monolingual[name].language, self.vocabulary()
            lines = self.corpus().monolingual[name].read_text(encoding="utf-8").splitlines()
            texts = synthetic.short(_drawn(lines, stage, run.progress.stage), vocabulary)
            made = self._translated(run, texts, OTHER[language])
            good = synthetic.usable(texts, made, vocabulary)
            rows = [f"{m}\t{t}" for m, t, kept in zip(made, texts, good, strict=True) if kept]
            write_lines(path, rows)
            self.say(
                f"back-translated {name}: {len(rows)} of {len(texts)} in {time.monotonic() - started:.0f} s"
            )

    def _translated(self, run: Run, texts: Sequence[str], target: str) -> list[str]:
        with run.averaged():
            return synthetic.translate(
                run.model,
                self.config,
                self.vocabulary(),
                texts,
                source=OTHER[target],
                target=target,
                device=self.device,
            )

    def _synthetic(self, name: str, weight: float) -> Examples:
        """The newest back-translation of a monolingual source: a model's source, a genuine target."""
        found = {int(path.suffixes[-2][1:]): path for path in self.folder.glob(f"synthetic.{name}.*.tsv")}
        if not found:
            raise ConfigError(
                f"There is no back-translation of {name} yet.",
                cure="Name it in `back_translate` of an earlier stage.",
            )
        lines = found[max(found)].read_text(encoding="utf-8").splitlines()
        pairs = [(made, genuine) for made, _, genuine in (line.partition("\t") for line in lines)]
        language = self.config.corpus.monolingual[name].language
        return synthetic.examples(pairs, self.vocabulary(), target=language, weight=weight)

    def _writing(self, stage: StageConfig) -> list[Examples]:
        """Headlines and summaries to be written, where the corpus has any."""
        rows, _ = prepare_writing(self.config.corpus, self.vocabulary(), self.folder / "corpus", say=self.say)
        table = {name: stage.weights.get(name, s.weight) for name, s in self.config.corpus.writing.items()}
        weights = [table[row.source] for row in rows]
        return [writing_examples(rows, self.vocabulary(), weights)] if rows else []

    def _likely(self, run: Run, stage: StageConfig, genuine: Genuine, tokens: Tokens) -> NDArray[np.bool_]:
        """Which pairs are kept, shape [pairs]: not the least likely ones of each source.

        Judged once, when the stage begins, so that a run that resumes inside it goes on with the same pairs.
        """
        if not stage.drop_worst:
            return np.ones(len(genuine.pairs), dtype=bool)
        path = self.folder / f"kept.{run.progress.stage}.npz"
        if path.exists():
            saved: NDArray[np.bool_] = np.load(path)["kept"]
            return saved
        scores = np.zeros(len(genuine.pairs))
        with run.averaged():
            for target in ("en", "ar"):
                examples = _examples(genuine, target, tokens, np.ones(len(genuine.pairs)), variant=0)
                scores += self._losses(run, examples)
        kept = np.ones(len(scores), dtype=bool)
        sources = np.array([pair.source for pair in genuine.pairs])
        for source in set(sources.tolist()) - set(stage.keep):
            of_source = sources == source
            limit = np.quantile(scores[of_source], 1 - stage.drop_worst)
            kept[of_source] = scores[of_source] <= limit
        self.say(f"left out {np.sum(~kept)} of {len(kept)} pairs as unlikely")
        _save(path, {"kept": kept})
        return kept

    def _losses(self, run: Run, examples: Examples) -> NDArray[np.float64]:
        """Loss of each example; those too long for the network count as unlikely."""
        widths = examples.widths()
        found = np.full(len(examples), np.inf)
        order = np.argsort(widths, kind="stable")
        order = order[widths[order] <= min(128, self.config.architecture.positions)]
        start = 0
        budget = 64_000 if self.device == "cuda" else 4_000
        while start < len(order):
            last = min(len(order), start + max(1, budget // max(1, int(widths[order[start]]))))
            rows = order[start:last]
            start = last
            batch = collate(examples, rows, int(-(-widths[rows].max() // 8) * 8))
            arrays = (batch.source, batch.decoder_input(), batch.labels)
            with torch.autocast(self.device, dtype=torch.bfloat16):
                value = losses(run.model, *(torch.from_numpy(array).to(self.device) for array in arrays))
            found[rows] = value.float().cpu().numpy()
        return found


def _drawn(lines: list[str], stage: StageConfig, number: int) -> list[str]:
    """As many sentences as the stage wants; other ones for each number of a stage."""
    if stage.sentences is None or stage.sentences >= len(lines):
        return lines
    return random.Random(number).sample(lines, stage.sentences)  # noqa: S311 - not for secrets


def _save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under a name that the file has only when it is complete: a run that is killed goes on from it."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as sink:
        np.savez(sink, **arrays)  # type: ignore[arg-type]  # its keywords are arrays
    part.replace(path)


def _pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as lines:
        return [Pair.parse(line) for line in lines]


def genuine_examples(
    genuine: Genuine, stage: StageConfig, config: TrainingConfig, tokens: Tokens, kept: NDArray[np.bool_]
) -> Examples:
    """Both directions of all pairs, each variant of a source sharing its weight."""
    table = {name: stage.weights.get(name, source.weight) for name, source in config.corpus.sources.items()}
    weights = np.array([table[pair.source] for pair in genuine.pairs])
    directions = np.array([pair.directions for pair in genuine.pairs])
    parts = []
    for target in ("en", "ar"):
        mine = directions == (TO_ENGLISH if target == "en" else TO_ARABIC)
        share = weights * ((directions == BOTH) | mine) * kept / len(genuine.arabic)
        parts += [_examples(genuine, target, tokens, share, variant=v) for v in range(len(genuine.arabic))]
    return Examples.joined(parts)


def _examples(
    genuine: Genuine, target: str, tokens: Tokens, weights: NDArray[np.float64], *, variant: int
) -> Examples:
    sources, targets = (
        (genuine.arabic, genuine.english) if target == "en" else (genuine.english, genuine.arabic)
    )
    prefixes = np.full((len(genuine.pairs), 2), PAD)
    prefixes[:, 0] = tokens.codes[target]
    return Examples(sources[variant], targets[0], prefixes, weights)
