"""Where models are put, and what is said where they cannot be: without a GPU, and without what quantises."""

import os
from types import SimpleNamespace

import pytest
import torch

from workbench.engines import placement
from workbench.engines.base import ModelSpec
from workbench.errors import MissingExtra, ModelError

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


class Recording:
    """Stands for a class of models: keeps what it is asked, or fails."""

    def __init__(self, fault=None):
        self.fault = fault
        self.asked = {}

    def from_pretrained(self, folder, **arguments):
        if self.fault:
            raise self.fault
        self.asked = {"folder": folder, **arguments}
        return self

    def to(self, device):
        self.asked["moved"] = device
        return self

    def eval(self):
        return self


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """So many GPUs of 10 GB, and a model of so many bytes."""

    def build(*, gpus, size, accelerate=True, bitsandbytes=True):
        (tmp_path / "model.safetensors").touch()
        os.truncate(tmp_path / "model.safetensors", size)  # a hole: no disk is filled
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        memory = SimpleNamespace(total_memory=10 * 10**9)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: memory)
        monkeypatch.setattr(placement, "is_accelerate_available", lambda: accelerate)
        monkeypatch.setattr(placement, "is_bitsandbytes_available", lambda: bitsandbytes)
        monkeypatch.setattr(placement, "BitsAndBytesConfig", lambda **given: given)
        return tmp_path

    return build


def put(folder, *, dtype="auto", device=CUDA, fault=None):
    kind = Recording(fault)
    spec = ModelSpec(name="m", path=folder, dtype=dtype)
    placement.load(kind, folder, spec, dtype=torch.bfloat16, device=device, what="a model")
    return kind.asked


def test_nothing_but_safetensors_and_no_code_of_the_models_own(machine):
    asked = put(machine(gpus=0, size=100), device=CPU)
    assert asked["use_safetensors"] is True
    assert asked["trust_remote_code"] is False
    assert asked["local_files_only"] is True
    assert (asked["dtype"], asked["moved"]) == (torch.bfloat16, CPU)
    assert "device_map" not in asked


@pytest.mark.parametrize(
    ("gpus", "size", "dtype", "accelerate", "places"),
    [
        (1, 9 * 10**9, "auto", True, None),  # there is no other
        (4, 5 * 10**9, "auto", True, None),  # one holds it: shared, it would be slower
        (4, 9 * 10**9, "auto", True, "auto"),
        (4, 9 * 10**9, "auto", False, None),  # memory runs out, and the error says what to do
        (4, 9 * 10**9, "int8", True, {"": CUDA}),
        (4, 13 * 10**9, "int8", True, "auto"),
        (4, 20 * 10**9, "int4", True, {"": CUDA}),
        (4, 30 * 10**9, "int4", True, "auto"),
    ],
)
def test_several_gpus_share_what_one_does_not_hold(machine, gpus, size, dtype, accelerate, places):
    asked = put(machine(gpus=gpus, size=size, accelerate=accelerate), dtype=dtype)
    assert asked.get("device_map") == places
    assert ("moved" in asked) is (places is None)


def test_quantised_weights_are_computed_in_the_type_of_the_card(machine):
    folder = machine(gpus=1, size=100)
    assert put(folder, dtype="int8")["quantization_config"] == {"load_in_8bit": True}
    four = put(folder, dtype="int4")["quantization_config"]
    assert four["load_in_4bit"]
    assert four["bnb_4bit_compute_dtype"] == torch.bfloat16


def test_transformers_knows_the_words_of_quantised_loading():
    """Its own class refuses words that it does not know with a warning, which is an error here."""
    from transformers import BitsAndBytesConfig

    assert BitsAndBytesConfig(load_in_8bit=True).quantization_method().endswith("int8")


@pytest.mark.parametrize("lacking", [("bitsandbytes",), ("accelerate",), ("bitsandbytes", "accelerate")])
@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_quantised_loading_says_which_packages_it_needs(machine, lacking, dtype):
    folder = machine(gpus=1, size=100, **dict.fromkeys(lacking, False))
    with pytest.raises(MissingExtra, match=" and ".join(lacking)) as caught:
        put(folder, dtype=dtype)
    assert "[quantised]" in caught.value.cure


@pytest.mark.parametrize(
    ("fault", "dtype", "told", "cure"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "auto", "Memory does not hold", "int8 or int4"),
        (MemoryError(), "auto", "Memory does not hold the model m: MemoryError", "int8 or int4"),
        (
            ValueError("Some modules are dispatched on the CPU or the disk. Make sure"),
            "int8",
            "Memory does not hold",
            "choose a smaller model",
        ),
        (
            RuntimeError("None of the available devices are supported by the bitsandbytes version"),
            "int4",
            "cannot be loaded",
            "another dtype",
        ),
        (RuntimeError("size mismatch for lm_head"), "auto", "size mismatch", "holds a model as safetensors"),
        (OSError("no file named model.safetensors"), "auto", "no file named", "folder is complete"),
    ],
)
def test_what_goes_wrong_is_told_with_its_cure(machine, fault, dtype, told, cure):
    with pytest.raises(ModelError, match=told) as caught:
        put(machine(gpus=1, size=100), dtype=dtype, fault=fault)
    assert cure in caught.value.cure
