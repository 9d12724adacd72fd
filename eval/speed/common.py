"""What the scripts of this folder share. It brings no torch: processes that run without it are measured without it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from workbench.engines.base import Decoding, ModelSpec
from workbench.engines.ct2 import CTranslate2
from workbench.text.tidy import tidy


class ForcedCT2(CTranslate2):
    """Writes exactly `forced` tokens."""

    forced = 0

    def _orders(self, decoding: Decoding, frame: Any) -> dict[str, Any]:
        orders = super()._orders(decoding, frame)
        return orders | {"min_decoding_length": orders["max_decoding_length"]} if self.forced else orders


def spec_of(folder: Path, more: dict[str, Any]) -> ModelSpec:
    """Marian's tokens for the languages where the vocabulary has them, else nothing."""
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    codes = {"ar": ">>ara<<", "en": ">>eng<<"}
    marked = all(code in vocabulary for code in codes.values())
    style = "source-prefix" if marked else "none"
    codes = codes if marked else {}
    return ModelSpec(name=folder.name, path=folder, style=style, codes=codes, device="cpu", **more)


def parser_of(about: str | None, *, most: int) -> argparse.ArgumentParser:
    """Options that all scripts have: a model, sentences, their languages, and how many of them are used."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "model", type=Path, help="a folder in the transformers layout, with a Marian tokeniser"
    )
    parser.add_argument("texts", type=Path, help="one sentence a line")
    parser.add_argument("--from", dest="source", default="ar")
    parser.add_argument("--to", dest="target", default="en")
    parser.add_argument("--sentences", type=int, default=most)
    return parser


def sentences(given: argparse.Namespace) -> list[str]:
    """The first sentences of the file, as models that were trained here see them."""
    lines = given.texts.read_text(encoding="utf-8").splitlines()
    return [tidy(line) for line in lines if line.strip()][: given.sentences]
