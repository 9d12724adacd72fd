"""From trained weights to a folder that plain transformers classes load: safetensors, tokeniser, configuration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import sentencepiece
import torch

from workbench.training.card import write_card
from workbench.training.network import build
from workbench.training.settings import TrainingConfig
from workbench.training.trainer import load_weights
from workbench.training.vocabulary import EOS, PAD


def export(config: TrainingConfig, weights: Path, vocabulary: Path, folder: Path) -> Path:
    """Write a complete model to `folder`, weights in float16, and return it.

    Args:
        config: Whose architecture the weights have.
        weights: From `workbench.training.trainer.save_weights`.
        vocabulary: The SentencePiece model.
        folder: Made where it does not exist; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _tokeniser(config, vocabulary, folder)
    model = build(config.architecture, config.vocabulary.size, seed=0)
    load_weights(model, weights)
    model.generation_config.update(
        max_new_tokens=256, num_beams=1, eos_token_id=EOS, pad_token_id=PAD, decoder_start_token_id=EOS
    )
    model.config.tokenizer_class = "MarianTokenizer"
    model.to(torch.float16).save_pretrained(folder)
    write_card(config, folder, parameters=sum(weight.numel() for weight in model.parameters()))
    return folder


def _tokeniser(config: TrainingConfig, vocabulary: Path, folder: Path) -> None:
    """`MarianTokenizer` over one SentencePiece model for both sides; ids are the pieces' own."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    pieces = {processor.id_to_piece(index): index for index in range(processor.get_piece_size())}
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(vocabulary, folder / name)
    (folder / "vocab.json").write_text(
        json.dumps(pieces, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    settings = {
        "tokenizer_class": "MarianTokenizer",
        "source_lang": "en",
        "target_lang": "ar",
        "unk_token": "<unk>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "model_max_length": config.architecture.positions,
        "separate_vocabs": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
