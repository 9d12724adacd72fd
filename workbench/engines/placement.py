"""Where and in which numbers transformers models are computed: device, dtype, quantised loading, several GPUs."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

import torch

from workbench.engines.base import ModelSpec
from workbench.engines.contract import check_range
from workbench.errors import EngineError, MissingExtra, ModelError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
QUANTISED = ("int8", "int4")


def device_of(spec: ModelSpec) -> torch.device:
    """The device that `spec` asks for, or the best there is.

    Raises:
        EngineError: CUDA is asked for and cannot be used.
    """
    if spec.device == "cuda" and not torch.cuda.is_available():
        raise EngineError(
            "No CUDA device can be used: this torch sees none.",
            cure="Use --device cpu, or install a CUDA build of torch and the driver; `workbench doctor` tells more.",
        )
    cuda = spec.device == "cuda" or (spec.device == "auto" and torch.cuda.is_available())
    return torch.device("cuda" if cuda else "cpu")


def dtype_of(spec: ModelSpec, device: torch.device, *, family: str, engine: str) -> torch.dtype:
    """The card's own dtype, or float32 on a CPU and bfloat16 where a CUDA device has it; never the checkpoint's.

    Quantised models compute in the same types.

    Args:
        spec: Its dtype is a name or "auto".
        device: Where the model will run.
        family: `model_type` of its configuration.
        engine: Name of the engine, for messages.

    Raises:
        EngineError: There is no such dtype, or the family cannot be computed in it.
    """
    # bitsandbytes multiplies its int8 in float16
    check_range("float16" if spec.dtype == "int8" else spec.dtype, family=family, model=spec.name)
    if spec.dtype in DTYPES:
        return DTYPES[spec.dtype]
    if spec.dtype not in ("auto", *QUANTISED):
        known = ", ".join(["auto", *DTYPES, *QUANTISED])
        raise EngineError(
            f"The engine {engine!r} has no dtype {spec.dtype!r}.", cure=f"Choose one of: {known}."
        )
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float32


def loading(spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Arguments of `from_pretrained`: safetensors alone, no code of the model's own, explicit dtype and places.

    Several GPUs share a model where accelerate is installed.

    Raises:
        MissingExtra: Quantised loading needs packages that are not installed.
    """
    arguments: dict[str, Any] = {
        "dtype": dtype,
        "local_files_only": True,
        "use_safetensors": True,
        "trust_remote_code": False,
    }
    if spec.dtype in QUANTISED:
        arguments["quantization_config"] = _quantisation(spec, dtype)
        arguments["device_map"] = "auto" if _several(device) else {"": device}
    elif _several(device):
        arguments["device_map"] = "auto"
    return arguments


def _several(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.device_count() > 1 and find_spec("accelerate") is not None


def _quantisation(spec: ModelSpec, dtype: torch.dtype) -> Any:
    missing = [package for package in ("bitsandbytes", "accelerate") if find_spec(package) is None]
    if missing:
        raise MissingExtra(
            f"Loading {spec.name} in {spec.dtype} needs {' and '.join(missing)}.",
            cure="Install them: pip install 'arabic-news-workbench[quantised]'; or set another dtype in its card.",
        )
    from transformers import BitsAndBytesConfig

    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of each product that it casts
    if spec.dtype == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def memory_ran_out(fault: RuntimeError) -> bool:
    """Whether memory was short: CUDA has its own error, a CPU tells in the message alone."""
    return isinstance(fault, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(fault)


def too_large(spec: ModelSpec, fault: BaseException) -> ModelError:
    """The error for a model that memory does not hold."""
    return ModelError(
        f"Memory does not hold the model {spec.name}: {str(fault).splitlines()[0]}",
        cure="Set dtype to int8 or int4 in its card, choose a smaller model (`workbench models list` says what fits), "
        "or serve it elsewhere and use the engine `server`.",
    )
