"""Where and in which numbers transformers models are computed: device, dtype, quantised loading, several GPUs."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import BitsAndBytesConfig
from transformers.utils import is_accelerate_available, is_bitsandbytes_available
from transformers.utils import logging as transformers_logging

from workbench.engines.base import ModelSpec
from workbench.engines.contract import check_range
from workbench.errors import EngineError, MissingExtra, ModelError

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
QUANTISED = {"int8": 2, "int4": 4}
"""How many times smaller than in 16 bits weights are."""
FITTING = 0.6
"""Share of a GPU's memory that weights may fill: a model that leaves the rest to its work is quickest on one GPU."""


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


def load(
    kind: Any, folder: Path, spec: ModelSpec, *, dtype: torch.dtype, device: torch.device, what: str
) -> Any:
    """A model in its place, ready to generate: from safetensors alone, without code of its own.

    Args:
        kind: The class of transformers that loads it.
        folder: Where it lies.
        spec: What the card says.
        dtype: To compute in.
        device: Where; the first of several where one does not hold it.
        what: The kind, in words.

    Raises:
        ModelError: The folder holds no such model as safetensors, or memory does not hold it.
        MissingExtra: Quantised loading needs packages that are not installed.
    """
    places = _places(spec, folder, device, dtype)
    try:
        with _quiet():
            model = kind.from_pretrained(
                folder,
                dtype=dtype,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                **places,
            )
        return (model if places else model.to(device)).eval()
    except (OSError, ValueError, KeyError, RuntimeError, MemoryError, SafetensorError) as fault:
        raise _unloadable(spec, folder, fault, what=what) from fault


def _places(spec: ModelSpec, folder: Path, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Arguments of `from_pretrained` for models that it puts in their place itself: quantised or shared ones."""
    shared = _needs_several(spec, folder, device)
    if spec.dtype in QUANTISED:
        places: Any = "auto" if shared else {"": device}
        return {"quantization_config": _quantisation(spec, dtype), "device_map": places}
    return {"device_map": "auto"} if shared else {}


def _needs_several(spec: ModelSpec, folder: Path, device: torch.device) -> bool:
    """Whether one GPU is too small and there are others, which accelerate can share a model among."""
    if device.type != "cuda" or torch.cuda.device_count() < 2 or not is_accelerate_available():
        return False
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    smaller = QUANTISED.get(spec.dtype, 1)
    return weights / smaller > FITTING * torch.cuda.get_device_properties(device).total_memory


def _quantisation(spec: ModelSpec, dtype: torch.dtype) -> Any:
    there = {"bitsandbytes": is_bitsandbytes_available(), "accelerate": is_accelerate_available()}
    missing = [package for package, usable in there.items() if not usable]
    if missing:
        raise MissingExtra(
            f"Loading {spec.name} in {spec.dtype} needs {' and '.join(missing)}, of a version not too old.",
            cure="Install them, in the folder of the workbench: pip install -U --editable '.[quantised]'; "
            "or set another dtype in its card.",
        )
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it tells of each product that it casts
    if spec.dtype == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar of transformers while weights are read: bars are drawn by the command line."""
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers_logging.enable_progress_bar()


def memory_ran_out(fault: BaseException) -> bool:
    """Whether memory was short: CUDA has its own error, a CPU tells in the message alone."""
    return isinstance(fault, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(fault)


def _unloadable(spec: ModelSpec, folder: Path, fault: BaseException, *, what: str) -> ModelError:
    told = str(fault)
    if memory_ran_out(fault) or "dispatched on the CPU or the disk" in told or "offload" in told:
        return ModelError(
            f"Memory does not hold the model {spec.name}: {(told.splitlines() or [type(fault).__name__])[0]}",
            cure="Set dtype to int8 or int4 in its card, choose a smaller model (`workbench models list` says what "
            "fits), or serve it elsewhere and use the engine `server`.",
        )
    problem = f"The model {spec.name} cannot be loaded from {folder}: {told}"
    if spec.dtype in QUANTISED and "bitsandbytes" in told:
        return ModelError(problem, cure="Set another dtype in its card, or run it on a device that can.")
    return ModelError(problem, cure=f"Check that the folder is complete and holds {what} as safetensors.")
