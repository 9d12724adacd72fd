"""From a transformers folder to CTranslate2's format: the translator, its encoder alone, pieces and marks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ctranslate2.converters import transformers as upstream
from ctranslate2.specs import transformer_spec

from workbench.engines.base import ModelSpec
from workbench.engines.cache import ENCODER, SHIPPED, SHORTLIST, Limits, seal
from workbench.engines.families import describe, load_model, load_tokeniser, positions_of, window_of
from workbench.engines.folders import model_folder
from workbench.engines.shortlist import ALWAYS, VMAP, entry
from workbench.errors import ModelError


def convert(folder: Path, out: Path, spec: ModelSpec, *, quantization: str) -> None:
    """Write everything that the engine `ct2` needs into the empty folder `out`.

    Raises:
        ModelError: The folder holds no model that CTranslate2 can run.
        OSError: `out` cannot be written.
    """
    tokeniser = load_tokeniser(folder)
    whole = replace(spec, dtype="float32")  # what is quantised is quantised by CTranslate2
    for make, place in ((_translator, out), (_encoder, out / ENCODER)):
        # Quantising writes into the weights it reads, so that each part starts from weights of its own.
        model = load_model(folder, whole, torch.float32)
        loader = _loader(model, spec)
        try:
            with torch.no_grad():
                _write(make(loader, model, tokeniser), place, quantization)
        except (ValueError, KeyError, AttributeError, NotImplementedError) as fault:
            problem = f"The model {spec.name} cannot be converted for CTranslate2: {fault}"
            cure = "Set `engine: seq2seq` in its card to run it by transformers."
            raise ModelError(problem, cure=cure) from fault
    pieces = describe(tokeniser, spec, first=model.generation_config.forced_bos_token_id)
    pieces.save(out)
    vocabulary = set(loader.get_vocabulary(model, tokeniser))
    _shortlist(folder, out, [piece for piece in pieces.outputs() if piece in vocabulary])
    Limits(
        window=window_of(model.config, tokeniser, spec),
        positions=positions_of(model.config),
        width=int(model.config.d_model),
        never=tuple({str(tokeniser.pad_token)} & vocabulary),
    ).save(out)


def _shortlist(folder: Path, out: Path, outputs: list[str]) -> None:
    """The lists that the model brings, or the pieces of its written side: opus-mt's are half of its vocabulary."""
    if (folder / SHORTLIST).exists():
        shutil.copyfile(folder / SHORTLIST, out / VMAP)
    elif outputs:
        (out / VMAP).write_text(entry(ALWAYS, outputs), encoding="utf-8")


def ship(spec: ModelSpec, *, quantization: str = "int8") -> Path:
    """Convert a model inside its own folder, so that it needs no conversion on anybody's machine.

    Its style, codes and window must be those of its card, or the card's engine makes a conversion of its own.

    Raises:
        ModelError: There is no such folder, or CTranslate2 cannot run what it holds.
        OSError: The folder cannot be written.
    """
    folder = model_folder(spec)
    out = folder / SHIPPED
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    convert(folder, out, spec, quantization=quantization)
    seal(spec, folder, out, quantization=quantization)
    return out


def _write(spec: Any, out: Path, quantization: str) -> None:
    out.mkdir(exist_ok=True)
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(out))


def _translator(loader: Any, model: Any, tokeniser: Any) -> Any:
    spec = loader(model, tokeniser)
    config = model.config
    heads = getattr(config, "decoder_attention_heads", None) or config.num_heads
    # One head alone tells what the decoder attends to unless it is told; all of them together align better.
    spec.decoder.alignment_heads = np.int16(heads)
    return spec


def _encoder(loader: Any, model: Any, tokeniser: Any) -> Any:
    """The encoder as a model of its own: the translator shows nobody its states."""
    whole = loader.get_model_spec(model)
    spec = transformer_spec.TransformerEncoderModelSpec(whole.encoder)
    spec.config.unk_token = str(tokeniser.unk_token)
    spec.register_vocabulary(loader.get_vocabulary(model, tokeniser))
    return spec


def _vocabulary(model: Any, tokeniser: Any) -> list[str]:
    """A token for each row of the embedding, in order; rows that the tokeniser does not name get made-up names.

    CTranslate2's own loaders trust the tokeniser's list to be complete and in order, and read a field of
    transformers 4 for the language tokens.
    """
    known = {number: name for name, number in tokeniser.get_vocab().items()}
    unknown = str(tokeniser.unk_token)
    names = []
    for number in range(model.config.vocab_size):
        name = known.get(number) or tokeniser.convert_ids_to_tokens(number)
        nameless = name is None or (name == unknown and number != tokeniser.unk_token_id)
        names.append(f"madeupword{number}" if nameless else name)
    return names


class _Bart(upstream.BartLoader):  # type: ignore[misc]
    def get_model_spec(self, model: Any) -> Any:
        _tell_norms(model.config, before=False, embedding=True)
        return super().get_model_spec(model)

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        return _vocabulary(model, tokeniser)


class _MBart(upstream.MBartLoader):  # type: ignore[misc]
    """mBART of any kind: the decoder starts where its configuration says, not where the tokeniser's name suggests."""

    def get_model_spec(self, model: Any) -> Any:
        _tell_norms(model.config, before=True, embedding=True)
        return super().get_model_spec(model)

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        return _vocabulary(model, tokeniser)

    def set_config(self, config: Any, model: Any, tokeniser: Any) -> None:
        upstream.BartLoader.set_config(self, config, model, tokeniser)
        config.bos_token = tokeniser.bos_token or tokeniser.eos_token  # unused, and null is refused


class _Pegasus(upstream.PegasusLoader):  # type: ignore[misc]
    def get_model_spec(self, model: Any) -> Any:
        _tell_norms(model.config, before=True, embedding=False)
        return super().get_model_spec(model)

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        return _vocabulary(model, tokeniser)


class _T5(upstream.T5Loader):  # type: ignore[misc]
    """T5 and mT5 with outputs scaled where transformers scales them.

    The loader above reads that off `tie_word_embeddings`, which transformers 5 sets to true for every model:
    distributions of T5 1.1, mT5 and all that came of them would be flat, and their beams nonsense.
    """

    def get_model_spec(self, model: Any) -> Any:
        config = model.config
        tied, config.tie_word_embeddings = config.tie_word_embeddings, _scales_outputs(config)
        try:
            return super().get_model_spec(model)
        finally:
            config.tie_word_embeddings = tied

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        return _vocabulary(model, tokeniser)


def _tell_norms(config: Any, *, before: bool, embedding: bool) -> None:
    """Where the family's networks have their norms: newer configurations no longer say it, and the loaders ask."""
    config.normalize_before = before
    config.normalize_embedding = embedding


def _scales_outputs(config: Any) -> bool:
    return config.model_type == "t5" and bool(getattr(config, "scale_decoder_outputs", True))


class _Marian(upstream.MarianMTLoader):  # type: ignore[misc]
    """Marian whose decoder starts from any row.

    The loader above drops the last row of the vocabulary and starts from zeros. That is right only where the
    last row is the padding, is zero and is the start; elsewhere it would remove a word and change every output.
    """

    def __init__(self, model: Any) -> None:
        pad, rows = model.config.pad_token_id, model.get_input_embeddings().weight
        self._from_zero = pad == model.config.decoder_start_token_id == len(rows) - 1 and not rows[pad].any()

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        tokens = _vocabulary(model, tokeniser)
        return tokens[:-1] if self._from_zero else tokens

    def set_config(self, config: Any, model: Any, tokeniser: Any) -> None:
        if self._from_zero:
            super().set_config(config, model, tokeniser)
        else:
            upstream.BartLoader.set_config(self, config, model, tokeniser)
            config.bos_token = tokeniser.bos_token or tokeniser.eos_token  # unused, and null is refused

    def set_decoder(self, spec: Any, decoder: Any) -> None:
        super().set_decoder(spec, decoder)
        spec.start_from_zero_embedding = self._from_zero

    def _remove_pad_weights(self, spec: Any) -> None:
        if self._from_zero:
            super()._remove_pad_weights(spec)


class _M2M100(upstream.M2M100Loader):  # type: ignore[misc]
    """M2M100 with any tokeniser and any padding row: its positions begin behind the number of the padding."""

    def get_vocabulary(self, model: Any, tokeniser: Any) -> list[str]:
        return _vocabulary(model, tokeniser)

    def set_config(self, config: Any, model: Any, tokeniser: Any) -> None:
        super().set_config(config, model, tokeniser)
        config.bos_token = tokeniser.bos_token or tokeniser.eos_token  # unused, and null is refused

    def set_position_encodings(self, spec: Any, module: Any) -> None:
        first = module.padding_idx + 1
        rows = module.get_embedding(first + module.num_positions, module.embedding_dim, module.padding_idx)
        spec.encodings = rows[first:]


_LOADERS: dict[str, type[Any]] = {
    "BartConfig": _Bart,
    "M2M100Config": _M2M100,
    "MBartConfig": _MBart,
    "MT5Config": _T5,
    "PegasusConfig": _Pegasus,
    "T5Config": _T5,
}


def _loader(model: Any, spec: ModelSpec) -> Any:
    """What reads this family's weights."""
    family = type(model.config).__name__
    if family == "MarianConfig":
        return _Marian(model)
    if family not in _LOADERS:
        raise ModelError(
            f"CTranslate2 cannot run models of the family {family.removesuffix('Config')}, as {spec.name} is.",
            cure="Set `engine: seq2seq` in its card to run it by transformers.",
        )
    return _LOADERS[family]()
