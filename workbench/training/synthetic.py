"""Back-translation: news in one language, translated by the model so far, teaches the way back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from workbench.engines import ENGINES
from workbench.engines.base import Decoding, ModelSpec
from workbench.training.batches import Examples
from workbench.training.export import export
from workbench.training.settings import TrainingConfig
from workbench.training.trainer import save_weights
from workbench.training.vocabulary import CODES, SYNTHETIC, encode

LONGEST = 90
"""Pieces of the longest sentence that is translated."""


def translate(
    model: Any,
    config: TrainingConfig,
    vocabulary: Path,
    texts: Sequence[str],
    *,
    source: str,
    target: str,
    device: str,
) -> list[str]:
    """Greedy translations of `texts`, in order: by CTranslate2 in int8 on a CPU, in fixed shapes on a GPU.

    Args:
        model: In evaluation mode, with the weights to use.
        config: What the model is trained by.
        vocabulary: The SentencePiece model.
        texts: Sentences.
        source: BCP 47 tag of their language.
        target: BCP 47 tag of the language to write.
        device: "cpu" or "cuda".
    """
    gpu = device == "cuda"
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        save_weights(model, weights)
        path = export(config, weights, vocabulary, Path(folder) / "model")
        spec = ModelSpec(
            name=f"training-{config.name}",
            path=path,
            device="cuda" if gpu else "cpu",
            style="source-prefix",
            codes=CODES,
        )
        engine = ENGINES.load("seq2seq" if gpu else "ct2")(spec)
        made = engine.generate(texts, Decoding(max_new_tokens=2 * LONGEST), source=source, target=target)
    return [generation.text for generation in made]


def usable(texts: Sequence[str], made: Sequence[str], vocabulary: Path) -> list[bool]:
    """Which translations can teach: a loop, or a sentence cut short, cannot."""
    before, after = encode(texts, vocabulary).lengths, encode(made, vocabulary).lengths
    ratio = (after + 3) / (before + 3)
    kept: list[bool] = ((ratio > 0.45) & (ratio < 2.2)).tolist()
    return kept


def short(texts: Sequence[str], vocabulary: Path) -> list[str]:
    """Those of `texts` that fit `LONGEST`."""
    lengths = encode(texts, vocabulary).lengths
    return [text for text, length in zip(texts, lengths.tolist(), strict=True) if length <= LONGEST]


def examples(pairs: Sequence[tuple[str, str]], vocabulary: Path, *, target: str, weight: float) -> Examples:
    """Training examples of (what the model wrote, what a person wrote), each marked as synthetic."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    opening = [processor.piece_to_id(CODES[target]), processor.piece_to_id(SYNTHETIC)]
    return Examples(
        encode([made for made, _ in pairs], vocabulary),
        encode([genuine for _, genuine in pairs], vocabulary),
        np.tile(np.array(opening), (len(pairs), 1)),
        np.full(len(pairs), weight),
    )
