"""Texts to tokens and back without torch: the pieces of a text, and the marks that a model family puts around it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.engines.base import Generation
from workbench.engines.contract import EMPTY, language_tag

MARKS_FILE = "marks.json"
Token = TypeVar("Token", str, int)
"""By its name or by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Marks around one text.

    Attributes:
        before: Tokens in front of it.
        after: Tokens behind it.
        opening: Tokens that the output is made to begin with.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    opening: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How a model family marks its texts; kept as JSON beside a converted model.

    Attributes:
        style: "none", "source-prefix" or "forced-bos"; see `workbench.config.Conditioning`.
        unknown: Token for what the vocabulary lacks.
        end: Token that ends an output.
        pad: Token that fills batches and is never an output.
        special: Tokens that stand for no text, `unknown` among them: never shown, never read from a text.
        plain: Marks around a text whose language is not told.
        languages: From BCP 47 to the token of the language.
        sources: From BCP 47 to the marks around a source text in that language, for "forced-bos".
    """

    style: str
    unknown: str
    end: str
    pad: str
    special: tuple[str, ...]
    plain: Frame
    languages: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Frame] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write them into `folder`."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / MARKS_FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Marks:
        """The inverse of `save`."""
        data = json.loads((folder / MARKS_FILE).read_text(encoding="utf-8"))
        data["special"] = tuple(data["special"])
        data["plain"] = _frame(data["plain"])
        data["sources"] = {language: _frame(frame) for language, frame in data["sources"].items()}
        return cls(**data)


def _frame(data: Mapping[str, Sequence[str]]) -> Frame:
    return Frame(**{side: tuple(tokens) for side, tokens in data.items()})


class Pieces(Protocol):
    """Cuts a text into pieces of the vocabulary and joins pieces to a text."""

    def split(self, text: str) -> list[str]:
        """The pieces of `text`, without marks."""
        ...

    def split_output(self, text: str) -> list[str]:
        """The pieces of a text in the language that is written."""
        ...

    def outputs(self) -> list[str]:
        """The pieces that outputs are made of, where these are not simply all pieces of the vocabulary."""
        ...

    def join(self, pieces: Sequence[str]) -> str:
        """The text of an output's pieces."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `load_pieces` needs into `folder`."""
        ...


class SentencePieces:
    """SentencePiece models, one for each side, as Marian and M2M100 use them."""

    NAMES = ("source.spm", "target.spm")

    def __init__(self, source: Path, target: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._paths = (source, target)
        self._source = SentencePieceProcessor(model_file=str(source))
        same = source == target or source.read_bytes() == target.read_bytes()
        self._target = self._source if same else SentencePieceProcessor(model_file=str(target))

    def split(self, text: str) -> list[str]:
        """The pieces of `text`, without marks."""
        pieces: list[str] = self._source.encode(text, out_type=str)
        return pieces

    def split_output(self, text: str) -> list[str]:
        """The pieces of a text in the language that is written."""
        pieces: list[str] = self._target.encode(text, out_type=str)
        return pieces

    def outputs(self) -> list[str]:
        """Those of the side that is written, where each side has pieces of its own: training showed no others."""
        if self._target is self._source:
            return []
        return [self._target.id_to_piece(number) for number in range(self._target.get_piece_size())]

    def join(self, pieces: Sequence[str]) -> str:
        """The text of an output's pieces."""
        text: str = self._target.decode_pieces(list(pieces))
        return text.replace("\u2581", " ").strip()  # word marks stay where a piece is not the model's own

    def save(self, folder: Path) -> None:
        """Copy the models into `folder`."""
        for path, name in zip(self._paths, self.NAMES, strict=True):
            shutil.copyfile(path, folder / name)


class FastPieces:
    """A tokeniser of the `tokenizers` library, as NLLB, mBART, T5 and BART use it."""

    NAME = "tokenizer.json"

    def __init__(self, tokeniser: Any) -> None:
        self._tokeniser = tokeniser
        self._tokeniser.no_truncation()
        self._tokeniser.no_padding()
        self._tokeniser.encode_special_tokens = True  # "</s>" inside an article is text

    def split(self, text: str) -> list[str]:
        """The pieces of `text`, without marks."""
        pieces: list[str] = self._tokeniser.encode(text, add_special_tokens=False).tokens
        return pieces

    def split_output(self, text: str) -> list[str]:
        """The pieces of a text: one vocabulary serves both sides."""
        return self.split(text)

    def outputs(self) -> list[str]:
        """None of their own: one vocabulary serves both sides."""
        return []

    def join(self, pieces: Sequence[str]) -> str:
        """The text of an output's pieces."""
        numbers = [self._tokeniser.token_to_id(piece) for piece in pieces]
        text: str = self._tokeniser.decode([number for number in numbers if number is not None])
        return text.strip()

    def save(self, folder: Path) -> None:
        """Write the tokeniser into `folder`."""
        self._tokeniser.save(str(folder / self.NAME))


def load_pieces(folder: Path) -> Pieces:
    """The pieces saved in a folder."""
    if (folder / FastPieces.NAME).exists():
        from tokenizers import Tokenizer

        return FastPieces(Tokenizer.from_file(str(folder / FastPieces.NAME)))
    source, target = (folder / name for name in SentencePieces.NAMES)
    return SentencePieces(source, target)


class Tokeniser:
    """Pieces and marks together: from a text to what a model reads, and back."""

    def __init__(self, pieces: Pieces, marks: Marks, *, model: str) -> None:
        self.marks = marks
        self._pieces = pieces
        self._model = model
        self._special = frozenset(marks.special)
        frames = [marks.plain, *marks.sources.values()]
        self.overhead = max(len(frame.before) + len(frame.after) for frame in frames)
        self.overhead += marks.style == "source-prefix"

    @classmethod
    def load(cls, folder: Path, *, model: str) -> Tokeniser:
        """The inverse of `save`."""
        return cls(load_pieces(folder), Marks.load(folder), model=model)

    def save(self, folder: Path) -> None:
        """Write pieces and marks into `folder`."""
        self._pieces.save(folder)
        self.marks.save(folder)

    def split(self, text: str) -> list[str]:
        """The pieces of `text`; what looks like a mark inside a text is never taken for one."""
        return [self.marks.unknown if piece in self._special else piece for piece in self._pieces.split(text)]

    def split_output(self, text: str) -> list[str]:
        """The pieces of a text in the language that is written, as `split` gives them for the one that is read."""
        pieces = self._pieces.split_output(text)
        return [self.marks.unknown if piece in self._special else piece for piece in pieces]

    def outputs(self) -> list[str]:
        """The pieces that outputs are made of; none where these are simply all pieces of the vocabulary."""
        return self._pieces.outputs()

    def join(self, tokens: Sequence[str]) -> str:
        """The text of an output, marks left out."""
        return self._pieces.join([token for token in tokens if token not in self._special])

    def frame(self, *, source: str | None, target: str | None) -> Frame:
        """The marks for one pair of languages.

        Raises:
            UnsupportedPair: The model has no code for a language.
        """
        marks = self.marks
        if marks.style == "none":
            return marks.plain
        opening = marks.languages[language_tag(marks.languages, target, model=self._model)]
        if marks.style == "source-prefix":
            return replace(marks.plain, before=(opening, *marks.plain.before))
        around = marks.sources[language_tag(marks.languages, source, model=self._model)]
        return Frame(before=around.before, after=around.after, opening=(opening,))

    def windows(self, text: str, frame: Frame, *, window: int) -> list[list[str]]:
        """`text` as the model reads it, marks included: one window where it fits, none for a text without pieces."""
        pieces = self.split(text) if text.strip() else []
        room = max(window - len(frame.before) - len(frame.after), 1)
        starts = range(0, len(pieces), room)
        return [[*frame.before, *pieces[start : start + room], *frame.after] for start in starts]


def answer(
    windows: Sequence[Sequence[list[Token]]], generate: Callable[[list[list[Token]]], list[Generation]]
) -> list[Generation]:
    """Generate from the first window of each text; a text that needs more is truncated, and its answer says so.

    Texts without a window get the empty generation; no runtime ever sees one.
    """
    asked = [number for number, parts in enumerate(windows) if parts]
    given = generate([windows[number][0] for number in asked]) if asked else []
    answers = [EMPTY] * len(windows)
    for number, generation in zip(asked, given, strict=True):
        cut = generation.truncated or len(windows[number]) > 1
        answers[number] = replace(generation, truncated=cut)
    return answers


def sentence_vectors(
    windows: Sequence[Sequence[list[str]]], sums: Callable[[list[list[str]]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Unit vectors of shape [len(windows), dim] from `sums` of encoder states over the pieces of each window.

    Long texts are averaged over all their windows, so that nothing is left out; an empty text is the zero vector.
    """
    owners = [number for number, parts in enumerate(windows) for _ in parts]
    pooled = sums([part for parts in windows for part in parts])
    vectors = np.zeros((len(windows), pooled.shape[1]), dtype=np.float32)
    np.add.at(vectors, owners, pooled)  # the mean's divisor is lost in the unit length
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, norms, out=vectors, where=norms > 0)
    return vectors
