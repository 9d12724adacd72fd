"""A random Marian of the size of opus-mt: 6+6 layers, d 512, feed-forward 2048, 8 heads, 62,000 pieces.

    python eval/speed/opus.py workbench/embedded FOLDER

Pieces and marks are those of the model named first, the rest of the vocabulary is made up. Its outputs mean nothing:
time it with `table.py --force 32`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

PIECES = 62_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pieces", type=Path, help="a folder whose tokeniser is taken")
    parser.add_argument("folder", type=Path, help="written to")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in ("source.spm", "target.spm", "tokenizer_config.json"):
        shutil.copyfile(given.pieces / name, given.folder / name)
    known = json.loads((given.pieces / "vocab.json").read_text(encoding="utf-8"))
    words = known | {f"made-up-{number}": number for number in range(len(known), PIECES)}
    (given.folder / "vocab.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    save(given.folder, end=known["</s>"], pad=known["<pad>"])


def save(folder: Path, *, end: int, pad: int) -> None:
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=PIECES,
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
