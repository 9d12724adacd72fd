"""From a transformers folder of an instruction model to CTranslate2's format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from ctranslate2.converters import transformers as upstream
from transformers import AutoConfig

from workbench.engines.base import ModelSpec
from workbench.engines.causal import load_causal
from workbench.engines.families import load_tokeniser
from workbench.errors import ModelError

_LOADERS: dict[str, type[Any]] = {
    "gemma": upstream.GemmaLoader,
    "gemma2": upstream.Gemma2Loader,
    "gemma3": upstream.Gemma3Loader,
    "gemma3_text": upstream.Gemma3Loader,
    "llama": upstream.LlamaLoader,
    "mistral": upstream.MistralLoader,
    "qwen2": upstream.Qwen2Loader,
    "qwen3": upstream.Qwen3Loader,
}


def convert(folder: Path, out: Path, spec: ModelSpec, *, quantization: str) -> None:
    """Write what CTranslate2's generator needs into the empty folder `out`; the tokeniser stays where it is.

    Raises:
        ModelError: The folder holds no model that CTranslate2 can run as it is.
        OSError: `out` cannot be written.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if config.model_type not in _LOADERS:
        raise _unable(spec, f"models of the family {config.model_type} are not among those it knows")
    _check_positions(config.get_text_config(), spec)
    tokeniser = load_tokeniser(folder)
    model = load_causal(replace(spec, dtype="float32"), folder, torch.device("cpu"), torch.float32)
    loader = _LOADERS[config.model_type]()
    try:
        with torch.no_grad():
            converted = loader(model, tokeniser)
            converted.validate()
            converted.optimize(quantization=quantization)
            converted.save(str(out))
    except (ValueError, KeyError, AttributeError, NotImplementedError) as fault:
        raise _unable(spec, str(fault)) from fault


def _check_positions(config: Any, spec: ModelSpec) -> None:
    """CTranslate2 drops the scaling of Gemma 3's positions without a word: long texts would come out wrong."""
    if config.model_type != "gemma3_text":
        return
    rotary = getattr(config, "rope_parameters", None) or {}
    kinds = {part.get("rope_type", "default") for part in rotary.values() if isinstance(part, dict)}
    if kinds - {"default"}:
        raise _unable(spec, f"it does not know positions scaled by the rule {', '.join(kinds - {'default'})}")


def _unable(spec: ModelSpec, why: str) -> ModelError:
    return ModelError(
        f"The model {spec.name} cannot be converted for CTranslate2: {why}.",
        cure="Set `engine: causal` in its card to run it by transformers.",
    )
