"""A random Marian of the size of opus-mt: 6+6 layers, d 512, feed-forward 2048, 8 heads, 32,000 pieces each side.

    python eval/speed/opus.py FOLDER PAIRS.tsv.gz [PAIRS.tsv.gz ...]

As published, source and target have pieces of their own in one joint vocabulary; they are trained on the pairs
("Arabic TAB English"), to read Arabic and to write English; a FOLDER that holds them already needs none. The weights
are random and outputs mean nothing: time it with `table.py --force 32`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from workbench.training.corpus import read_pairs

SIDE = 32_000
"""Pieces of one side, as in opus-mt-ar-en."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="written to")
    parser.add_argument("pairs", type=Path, nargs="*", help="Arabic TAB English, gzipped")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sides = [given.folder / name for name in ("source.spm", "target.spm")]
    for column, side in enumerate(sides):
        if not side.exists():
            if not given.pairs:
                parser.error(f"{side} is not there: name pairs to train it on")
            train([pair[column] for path in given.pairs for pair in read_pairs(path)], side)
    names = list(dict.fromkeys(["</s>", "<unk>", *pieces(sides[0]), *pieces(sides[1]), "<pad>"]))
    save(given.folder, names)


def train(texts: Sequence[str], side: Path) -> None:
    from sentencepiece import SentencePieceTrainer

    SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(side.with_suffix("")),
        vocab_size=SIDE,
        input_sentence_size=200_000,
        shuffle_input_sentence=True,
        bos_id=-1,
        eos_id=0,
        unk_id=1,
        minloglevel=2,
    )
    side.with_suffix(".vocab").unlink()
    side.with_suffix(".model").rename(side)


def pieces(side: Path) -> list[str]:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(str(side))
    return [processor.id_to_piece(number) for number in range(len(processor))]


def save(folder: Path, names: Sequence[str]) -> None:
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    vocabulary = folder / "vocab.json"
    vocabulary.write_text(
        json.dumps({name: number for number, name in enumerate(names)}, ensure_ascii=False), encoding="utf-8"
    )
    sides = {"source_spm": str(folder / "source.spm"), "target_spm": str(folder / "target.spm")}
    MarianTokenizer(**sides, vocab=str(vocabulary), model_max_length=512).save_pretrained(folder)
    torch.manual_seed(0)
    pad, end = names.index("<pad>"), names.index("</s>")
    config = MarianConfig(
        vocab_size=len(names),
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        activation_function="swish",
        scale_embedding=True,
        max_position_embeddings=512,
        pad_token_id=pad,
        eos_token_id=end,
        decoder_start_token_id=pad,
        forced_eos_token_id=None,
    )
    MarianMTModel(config).save_pretrained(folder)


if __name__ == "__main__":
    main()
