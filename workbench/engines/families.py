"""What the transformers library makes of a model folder: its weights, pieces, marks and window. Late to load."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig

from workbench.engines.base import ModelSpec
from workbench.engines.placement import load
from workbench.engines.tokens import FastPieces, Frame, Marks, Pieces, SentencePieces, Tokeniser
from workbench.errors import ModelError

_CPU = torch.device("cpu")
STYLES = ("none", "source-prefix", "forced-bos")


def load_tokeniser(folder: Path) -> Any:
    """The folder's own tokeniser, as transformers loads it.

    Raises:
        ModelError: There is none, or it cannot be read.
    """
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as fault:
        problem = f"The tokeniser in {folder} cannot be loaded: {fault}"
        raise ModelError(problem, cure="Check that the folder holds every file of the model.") from fault


def describe(tokeniser: Any, spec: ModelSpec, *, first: int | None = None) -> Tokeniser:
    """Pieces and marks of a transformers tokeniser, conditioned as `spec` asks.

    Args:
        tokeniser: Of the model.
        spec: The model.
        first: Number of the token that the model's configuration makes every output begin with, as BART has one; a
            language's code takes its place where there is one.

    Raises:
        ModelError: The style is not one of this engine's, or a code is no token of the model: a wrong code
            would give garbage without an error.
    """
    marks = marks_of(tokeniser, spec)
    if first is not None:
        opening = (str(tokeniser.convert_ids_to_tokens(first)),)
        marks = replace(marks, plain=replace(marks.plain, opening=opening))
    return Tokeniser(pieces_of(tokeniser), marks, model=spec.name)


def pieces_of(tokeniser: Any) -> Pieces:
    """The part of a transformers tokeniser that cuts and joins text."""
    if hasattr(tokeniser, "spm_files"):  # Marian
        return SentencePieces(*(Path(path) for path in tokeniser.spm_files))
    if hasattr(tokeniser, "spm_file"):  # M2M100
        return SentencePieces(Path(tokeniser.spm_file), Path(tokeniser.spm_file))
    if hasattr(tokeniser, "backend_tokenizer"):
        return FastPieces(Tokenizer.from_str(tokeniser.backend_tokenizer.to_str()))  # ours to set up
    raise ModelError(
        f"The tokeniser {type(tokeniser).__name__} is of a kind that the workbench does not read.",
        cure="Choose a model whose tokeniser is SentencePiece or has a tokenizer.json.",
    )


def marks_of(tokeniser: Any, spec: ModelSpec) -> Marks:
    """What a transformers tokeniser puts around texts, for the languages in `spec.codes`."""
    if spec.style not in STYLES:
        raise ModelError(
            f"{spec.name} is told its languages by {spec.style!r}, which this engine does not do.",
            cure=f"Set conditioning.style in its card to one of: {', '.join(STYLES)}.",
        )
    languages = {} if spec.style == "none" else _language_tokens(tokeniser, spec)
    special = {str(token) for token in tokeniser.all_special_tokens} | set(languages.values())
    special |= {name for name in tokeniser.get_vocab() if name.startswith(">>") and name.endswith("<<")}
    return Marks(
        style=spec.style,
        unknown=str(tokeniser.unk_token),
        end=str(tokeniser.eos_token),
        pad=str(tokeniser.pad_token),
        special=tuple(sorted(special)),
        plain=_around(tokeniser),
        languages=languages,
        sources=_source_frames(tokeniser, spec) if spec.style == "forced-bos" else {},
    )


def _language_tokens(tokeniser: Any, spec: ModelSpec) -> dict[str, str]:
    """From BCP 47 to tokens; M2M100's code "ar" is the token "__ar__"."""
    named = getattr(tokeniser, "lang_code_to_token", {})
    tokens = {language: str(named.get(code, code)) for language, code in spec.codes.items()}
    unknown = tokeniser.convert_tokens_to_ids(tokeniser.unk_token)
    for language, token in tokens.items():
        if tokeniser.convert_tokens_to_ids(token) in (None, unknown):
            raise ModelError(
                f"{spec.name} has no token {token!r}, which its card gives for the language {language!r}.",
                cure="Correct conditioning.codes in the card: see the model's own page for its codes.",
            )
    return tokens


def _source_frames(tokeniser: Any, spec: ModelSpec) -> dict[str, Frame]:
    frames = {}
    before = tokeniser.src_lang
    for language, code in spec.codes.items():
        tokeniser.src_lang = code
        frames[language] = _around(tokeniser)
    tokeniser.src_lang = before
    return frames


def _around(tokeniser: Any) -> Frame:
    """The marks around a text, found by marking one."""
    bare = tokeniser("x", add_special_tokens=False)["input_ids"]
    whole = tokeniser("x")["input_ids"]
    start = next(n for n in range(len(whole)) if whole[n : n + len(bare)] == bare)
    tokens = tokeniser.convert_ids_to_tokens(whole)
    return Frame(before=tuple(tokens[:start]), after=tuple(tokens[start + len(bare) :]))


def window_of(config: Any, tokeniser: Any, spec: ModelSpec) -> int:
    """How many tokens the model reads: the card's word, else its table of positions, else its tokeniser's."""
    positions = getattr(config, "max_encoder_position_embeddings", None)  # LED tells its sides apart
    positions = positions or getattr(config, "max_position_embeddings", None)
    limit = int(tokeniser.model_max_length)
    known = [number for number in (spec.max_input_tokens, positions, limit) if number and number < 10**6]
    return min(known) if known else 512


def positions_of(config: Any) -> int:
    """Most tokens that the decoder can place; models without a table of positions have no limit of their own."""
    positions = getattr(config, "max_decoder_position_embeddings", None)
    return int(positions or getattr(config, "max_position_embeddings", None) or 2**16)


def family_of(folder: Path, spec: ModelSpec) -> str:
    """`model_type` of a folder's configuration.

    Raises:
        ModelError: The configuration cannot be read, or transformers does not know the family.
    """
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as fault:
        problem = f"The configuration of {spec.name} in {folder} cannot be read: {fault}"
        raise ModelError(
            problem, cure="Check that the folder holds a whole model of a family that is known."
        ) from fault
    return str(config.model_type)


def load_model(folder: Path, spec: ModelSpec, dtype: torch.dtype, device: torch.device = _CPU) -> Any:
    """The model in its place, ready to generate, with none of the decoding habits saved beside it.

    Raises:
        ModelError: The folder holds no encoder-decoder model as safetensors, or memory does not hold it.
        MissingExtra: Quantised loading needs packages that are not installed.
    """
    what = "an encoder-decoder model"
    model = load(AutoModelForSeq2SeqLM, folder, spec, dtype=dtype, device=device, what=what)
    saved = model.generation_config
    forced = saved.forced_bos_token_id
    forced = (
        getattr(model.config, "forced_bos_token_id", None) if forced is None else forced
    )  # as BART had it once
    model.generation_config = GenerationConfig(
        pad_token_id=saved.pad_token_id,
        bos_token_id=saved.bos_token_id,
        eos_token_id=saved.eos_token_id,
        decoder_start_token_id=saved.decoder_start_token_id,
        forced_bos_token_id=forced,
    )
    return model
