"""The joint SentencePiece vocabulary, which carries its own normalisation, and sentences as arrays of pieces."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from workbench.text.arabic import drop_invisible, drop_tatweel, fold_digits, strip_diacritics
from workbench.text.tidy import MARKS
from workbench.training.settings import VocabularyConfig

CODES = {"ar": ">>ara<<", "en": ">>eng<<"}
"""Token that opens a source and names the language to write, by BCP 47 tag."""

SYNTHETIC = ">>bt<<"
"""Opens, behind the language, a source that a model wrote: the model learns to trust it less."""

BOS, PAD, EOS, UNK = 0, 1, 2, 3


def normalisation_rules() -> Iterable[tuple[str, str]]:
    """What the vocabulary folds before it splits, so that no caller can forget to: (character, replacement).

    NFKC, Arabic-Indic and Persian digits to Latin, diacritics and tatweel dropped, Persian letters to Arabic ones,
    quotation marks made straight, invisible characters dropped, all white space one kind. Layout is the caller's.
    """
    for code in range(0x20, sys.maxunicode + 1):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Cs", "Co", "Cn") or 0xAC00 <= code <= 0xD7A3:
            continue
        folded = drop_tatweel(unicodedata.normalize("NFKC", char)).translate(MARKS)
        folded = strip_diacritics(fold_digits(drop_invisible(folded)))
        if category.startswith("Z"):
            folded = " "
        elif category == "Cc":
            folded = ""
        if folded != char:
            yield char, folded


def train_vocabulary(sentences: Sequence[str], config: VocabularyConfig, folder: Path) -> Path:
    """Train the model on `sentences` of both languages; returns the `.model` file in `folder`.

    Digits are single pieces, so that numbers can be copied; bytes stand in for characters never seen.
    """
    rules = folder / "normalisation.tsv"
    with rules.open("w", encoding="utf-8") as sink:
        sink.writelines(
            f"{ord(char):X}\t{' '.join(f'{ord(c):X}' for c in folded)}\n"
            for char, folded in normalisation_rules()
        )
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_prefix=str(folder / "spm"),
        model_type="unigram",
        vocab_size=config.size,
        character_coverage=0.9998,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_tsv=str(rules),
        bos_id=BOS,
        pad_id=PAD,
        eos_id=EOS,
        unk_id=UNK,
        control_symbols=[*CODES.values(), SYNTHETIC],
        num_threads=2,
        minloglevel=1,
    )
    return folder / "spm.model"


@dataclass(frozen=True, slots=True)
class Sentences:
    """Many sentences as one array of pieces.

    Attributes:
        pieces: uint16, shape [total pieces]; neither language token nor end of sentence.
        starts: int64, shape [sentences + 1].
    """

    pieces: NDArray[np.uint16]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Pieces of each sentence, shape [sentences]."""
        return np.diff(self.starts)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Sentences:
        """From one list of pieces for each sentence."""
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        pieces = np.fromiter((piece for row in rows for piece in row), dtype=np.uint16, count=int(starts[-1]))
        return cls(pieces, starts)

    @classmethod
    def joined(cls, parts: Sequence[Sentences]) -> Sentences:
        """All sentences of `parts`, in order."""
        starts = [np.zeros(1, dtype=np.int64)]
        total = 0
        for part in parts:
            starts.append(part.starts[1:] + total)
            total += int(part.starts[-1])
        return cls(np.concatenate([part.pieces for part in parts]), np.concatenate(starts))

    def row(self, index: int) -> NDArray[np.uint16]:
        """Pieces of one sentence."""
        return self.pieces[self.starts[index] : self.starts[index + 1]]

    def padded(self, rows: NDArray[np.int64], width: int) -> NDArray[np.int64]:
        """Pieces of some sentences, shape [rows, width], `PAD` behind each; all must fit."""
        offsets = self.starts[rows][:, None] + np.arange(width)
        inside = np.arange(width) < self.lengths[rows][:, None]
        return np.where(inside, self.pieces[np.minimum(offsets, len(self.pieces) - 1)], PAD).astype(np.int64)


def encode(texts: Sequence[str], model: Path, *, sampling: float = 0.0, threads: int = -1) -> Sentences:
    """Split texts into pieces; `sampling` above 0 draws a split instead of taking the best."""
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
    parts = []
    for start in range(0, len(texts), 50_000):
        rows = processor.encode(
            list(texts[start : start + 50_000]),
            enable_sampling=sampling > 0,
            alpha=sampling or 0.1,
            nbest_size=-1,
            num_threads=threads,
        )
        parts.append(Sentences.of(rows))
    return Sentences.joined(parts) if parts else Sentences.of([])
