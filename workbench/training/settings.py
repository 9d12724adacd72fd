"""The shape of configs/training/*.yaml: everything that a training run depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from workbench.config import Strict


class SourceConfig(Strict):
    """One source of the corpus.

    Attributes:
        weight: How often a pair is seen for each time that a pair of weight 1 is; 0 leaves the source out.
        kind: "parallel" (Arabic TAB English, gzipped), "newspairs" (JSONL with titles, summaries and sentences),
            "written" (the pairs that come with the workbench; no file of the data folder).
        path: Relative to `corpus.folder`; by default "parallel/<name>.tsv.gz".
        reason: Why the weight is what it is.
    """

    weight: float = Field(default=1.0, ge=0)
    kind: Literal["parallel", "newspairs", "written"] = "parallel"
    path: str | None = None
    reason: str = ""


class MonolingualConfig(Strict):
    """News in one language for back-translation.

    Attributes:
        path: JSONL, gzipped, relative to `corpus.folder`.
        language: BCP 47 tag of its text.
        fields: Fields that hold text, or lists of texts.
        sentences: Most sentences taken, evenly spread over the articles.
    """

    path: str
    language: str
    fields: tuple[str, ...] = ("text",)
    sentences: int = Field(default=500_000, ge=1)


class WritingConfig(Strict):
    """Articles with headlines or summaries that people wrote, for a model that learns to write them.

    Attributes:
        path: Relative to `corpus.folder`.
        kind: "articles" (JSONL, gzipped, of one language: lang, text, title, references), "newspairs" (JSONL in both
            languages: what is written in one is also written from the article in the other).
        tasks: What is learnt from it.
        weight: How often each is seen for each time that a pair of weight 1 is.
        skip: Articles at the beginning of the file that are left out, for measuring; "articles" only.
        reason: Why the weight is what it is.
    """

    path: str
    kind: Literal["articles", "newspairs"] = "articles"
    tasks: tuple[Literal["headline", "summary"], ...] = ("headline", "summary")
    weight: float = Field(default=1.0, ge=0)
    skip: int = Field(default=0, ge=0)
    reason: str = ""


class CorpusConfig(Strict):
    """What is read, and which pairs are thrown out.

    Attributes:
        folder: The data folder; a relative path is taken from the working directory.
        sources: By name.
        monolingual: By name.
        writing: Headlines and summaries, by name.
        opening: Most pieces of an article that a headline or a summary is written from: its first whole sentences.
        support: Lowest support in that opening that a headline or a summary needs (`workbench.faithfulness`).
        longest: Most words on either side.
        ratio: Lowest and highest ratio of English to Arabic characters that counts as a translation.
        selection: JSONL of `newspairs` kind, never trained on, that selects checkpoints beside the held-out pairs.
        held_out: Pairs set aside from each source of at least ten times that many, for selection.
        fresh_numbers: Made copies of pairs whose numbers agree, with fresh numbers in both.
        lower_cased: Share of pairs repeated with English lower-cased or in capitals, stops dropped.
        seed: Of every draw.
    """

    folder: Path
    sources: dict[str, SourceConfig]
    monolingual: dict[str, MonolingualConfig] = Field(default_factory=dict)
    writing: dict[str, WritingConfig] = Field(default_factory=dict)
    opening: int = Field(default=200, ge=1)
    support: float = Field(default=0.25, ge=0, le=1)
    longest: int = Field(default=100, ge=4)
    ratio: tuple[float, float] = (0.4, 3.0)
    selection: str | None = None
    held_out: int = Field(default=20, ge=0)
    fresh_numbers: int = Field(default=0, ge=0)
    lower_cased: float = Field(default=0.0, ge=0, le=1)
    seed: int = 1


class VocabularyConfig(Strict):
    """The joint SentencePiece vocabulary.

    Attributes:
        size: Pieces, bytes and special tokens included.
        sentences: Sentences of each language that it is trained on.
        sampling: Smoothing of unigram sampling on the source side; 0 always takes the best split.
        variants: Sampled splits prepared for each source sentence.
    """

    size: int = Field(default=12_000, ge=300)
    sentences: int = Field(default=400_000, ge=1)
    sampling: float = Field(default=0.0, ge=0, le=1)
    variants: int = Field(default=1, ge=1)


class ArchitectureConfig(Strict):
    """The network: an encoder-decoder of M2M100's (pre-norm) or Marian's (post-norm) shape, embeddings tied."""

    family: Literal["m2m100", "marian"] = "m2m100"
    width: int = 384
    feed_forward: int = 1536
    heads: int = 6
    encoder_layers: int = 8
    decoder_layers: int = 2
    positions: int = 256
    dropout: float = Field(default=0.1, ge=0, lt=1)
    activation: Literal["relu", "gelu", "swish"] = "relu"


class StageConfig(Strict):
    """A stretch of training with one mixture and one course of the learning rate.

    Attributes:
        name: For the learning curve.
        steps: Updates in this stage.
        batch_tokens: Target tokens of one update, padding included.
        lengths: Bounds of the buckets; a pair goes to the first that holds both its sides.
        start: Learning rate at the first step of the stage.
        end: Learning rate at its last step; it moves in a straight line.
        dropout: In place of the architecture's: much new text that is seen once needs none.
        weights: Overrides of source weights, by name of source, of what is to be written too.
        back_translate: Monolingual sources that are translated with the averaged weights so far before the stage.
        sentences: Most sentences of each of them that are translated, other ones each stage; None translates all.
        synthetic: Weight of back-translated pairs, by monolingual name; absent leaves them out.
        drop_worst: Share of each source's pairs that the model so far finds least likely, left out.
        keep: Sources that `drop_worst` spares.
        begin_averaged: Whether it begins with the averaged weights so far instead of the last ones.
        mixed_with: Shares that the averaged weights of earlier stages have in those of this one when it ends, by name
            of stage: what was learnt late, with less of what was forgotten for it.
    """

    name: str
    steps: int = Field(ge=1)
    batch_tokens: int = Field(default=4096, ge=32)
    lengths: tuple[int, ...] = (16, 24, 32, 48, 64, 96, 128)
    start: float
    end: float
    dropout: float | None = Field(default=None, ge=0, lt=1)
    weights: dict[str, float] = Field(default_factory=dict)
    back_translate: tuple[str, ...] = ()
    sentences: int | None = Field(default=None, ge=1)
    synthetic: dict[str, float] = Field(default_factory=dict)
    drop_worst: float = Field(default=0.0, ge=0, lt=0.5)
    keep: tuple[str, ...] = ()
    begin_averaged: bool = False
    mixed_with: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


class TrainingConfig(Strict):
    """configs/training/<name>.yaml.

    Attributes:
        name: Of the run; checkpoints and curves go to `runs/<name>`.
        corpus: What is read.
        vocabulary: Its pieces.
        architecture: The network.
        stages: In order.
        begin_with: Folder of an exported model whose weights and vocabulary the run begins with, in place of random
            weights and a vocabulary of its own.
        label_smoothing: Probability mass spread over the vocabulary.
        weight_decay: Of AdamW, on matrices only.
        clip: Largest norm of a gradient.
        average: Decay of the running average of weights, which is what is exported.
        evaluate_every: Steps between evaluations on the held-out sentences.
        evaluate_sentences: Sentences of each direction in one evaluation.
        checkpoint_seconds: Time between checkpoints.
        compile: Whether layers are compiled; pays on a GPU.
        ran: On what the weights were trained and for how long, in words, for the model's card.
        seed: Of initial weights, of dropout and of the order of batches.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    corpus: CorpusConfig
    vocabulary: VocabularyConfig = VocabularyConfig()
    architecture: ArchitectureConfig = ArchitectureConfig()
    stages: tuple[StageConfig, ...] = Field(min_length=1)
    begin_with: Path | None = None
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    clip: float = Field(default=1.0, gt=0)
    average: float = Field(default=0.999, ge=0, lt=1)
    evaluate_every: int = Field(default=1000, ge=1)
    evaluate_sentences: int = Field(default=200, ge=1)
    checkpoint_seconds: float = Field(default=600, gt=0)
    compile: bool = False
    ran: str = ""
    seed: int = 1

    @model_validator(mode="after")
    def _mixed_with_earlier_stages(self) -> TrainingConfig:
        earlier: set[str] = set()
        for stage in self.stages:
            unknown = set(stage.mixed_with) - earlier
            if unknown or sum(stage.mixed_with.values()) > 1:
                raise ValueError(
                    f"stage {stage.name!r}: mixed_with takes names of earlier stages and shares of at most 1 together"
                )
            earlier.add(stage.name)
        return self
