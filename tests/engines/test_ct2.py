"""CTranslate2: converted once, found again, repaired when broken, and no torch on the way."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time

import ctranslate2
import numpy as np
import pytest

from tests import models
from workbench.engines import ct2
from workbench.engines.base import Decoding, ModelSpec
from workbench.engines.cache import SEAL, converted
from workbench.engines.conversion import ship
from workbench.engines.ct2 import CTranslate2
from workbench.engines.seq2seq import Seq2Seq
from workbench.errors import EngineError, ModelError

LONG = Decoding(max_new_tokens=100)
WARM = """
import sys
from tests import models
from workbench.engines.ct2 import CTranslate2
from workbench.engines.base import Decoding
from pathlib import Path

engine = CTranslate2(models.{spec}(Path({folder!r}), device="cpu"))
answers = engine.generate(models.NEWS[:3], Decoding(max_new_tokens=100), source="en", target="ar")
engine.encode(models.NEWS)
print("LOADED", [name for name in ("torch", "transformers", "filelock") if name in sys.modules])
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "cache" / "ctranslate2"


def kept(home):
    return sorted(path for path in home.iterdir() if path.is_dir())


def load(folder, **more):
    return CTranslate2(models.marian_spec(folder, **{"device": "cpu", "dtype": "float32", **more}))


def knows_its_sentences(engine):
    answers = engine.generate(models.NEWS[:3], LONG, source="en", target="ar")
    return [answer.text for answer in answers] == models.NEWS[3:]


@pytest.mark.parametrize(
    ("shape", "spec"), [("compact", "marian_spec"), ("m2m100", "m2m100_spec")], ids=["spm", "m2m100"]
)
def test_a_converted_model_needs_no_torch(request, home, shape, spec):
    folder = request.getfixturevalue(f"tiny_{shape}")
    CTranslate2(getattr(models, spec)(folder, device="cpu"))
    script = WARM.format(folder=str(folder), spec=spec)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "LOADED []"


def test_int8_is_what_a_cpu_gets_and_it_knows_its_sentences(home, tiny_marian):
    engine = load(tiny_marian, dtype="auto")
    assert knows_its_sentences(engine)
    assert "int8" in engine._translator.compute_type
    exact = Seq2Seq(models.marian_spec(tiny_marian, device="cpu")).encode(models.NEWS)
    assert np.einsum("ij,ij->i", engine.encode(models.NEWS), exact).min() > 0.99


def test_a_second_load_converts_nothing(home, tiny_marian):
    load(tiny_marian)
    (folder,) = kept(home)
    before = (folder / "model.bin").stat().st_mtime_ns
    load(tiny_marian)
    assert kept(home) == [folder]
    assert (folder / "model.bin").stat().st_mtime_ns == before


def test_other_weights_types_and_codes_are_other_conversions(home, tmp_path, tiny_marian):
    folder = shutil.copytree(tiny_marian, tmp_path / tiny_marian.name)
    load(folder)
    load(folder, dtype="auto")
    load(folder, codes={"ar": ">>ara<<"})
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, os.SEEK_END)
        weights.write(b"\0\0\0?")
    load(folder)
    assert len(kept(home)) == 4


@pytest.mark.parametrize("harm", ["cut", "garbled", "missing", "unsealed", "seal garbled"])
def test_a_broken_conversion_is_made_anew(home, tiny_marian, harm):
    load(tiny_marian)
    (folder,) = kept(home)
    model, seal = folder / "model.bin", folder / SEAL
    if harm == "cut":
        os.truncate(model, 1000)
    elif harm == "garbled":
        model.write_bytes(bytes(model.stat().st_size))
    elif harm == "missing":
        (folder / "encoder" / "model.bin").unlink()
    elif harm == "unsealed":
        seal.unlink()
    else:
        seal.write_text("[1")
    assert knows_its_sentences(load(tiny_marian))
    assert kept(home) == [folder]


def test_what_a_killed_process_left_is_swept_away(home, tiny_marian):
    load(tiny_marian)
    (folder,) = kept(home)
    left = folder.with_name(f"{folder.name}.part-killed")
    folder.rename(left)
    (left / SEAL).unlink()
    assert knows_its_sentences(load(tiny_marian))
    assert kept(home) == [folder]


def _convert_slowly(folder, log):
    def convert(part):
        with log.open("a") as lines:
            lines.write("converting\n")
        time.sleep(0.3)
        (part / "model.bin").write_bytes(b"weights")

    path = converted(ModelSpec(name="slow", path=folder), folder, quantization="int8", convert=convert)
    assert (path / "model.bin").read_bytes() == b"weights"


def test_two_processes_at_once_convert_once(home, tiny_marian, tmp_path):
    log = tmp_path / "log"
    start = multiprocessing.get_context("fork").Process
    both = [start(target=_convert_slowly, args=(tiny_marian, log)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert log.read_text() == "converting\n"


def test_a_conversion_that_fails_leaves_nothing(home, tiny_marian):
    def convert(part):
        (part / "model.bin").write_bytes(b"half")
        raise ModelError("No such family.", cure="Take another.")

    with pytest.raises(ModelError, match="No such family"):
        converted(ModelSpec(name="odd", path=tiny_marian), tiny_marian, quantization="int8", convert=convert)
    assert kept(home) == []


def test_a_cache_that_cannot_be_written_says_so(tmp_path, monkeypatch, tiny_marian):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="cannot be kept") as caught:
        load(tiny_marian)
    assert "WORKBENCH_HOME" in caught.value.cure


def test_a_model_may_bring_its_conversion_along(home, tmp_path, tiny_marian):
    folder = shutil.copytree(tiny_marian, tmp_path / "model")
    ship(models.marian_spec(folder))
    assert knows_its_sentences(load(folder, dtype="auto"))
    assert not home.exists()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"note": "retrained"}))
    assert knows_its_sentences(load(folder, dtype="auto"))
    assert len(kept(home)) == 1


def test_what_it_cannot_do_is_refused_with_a_cure(home, tiny_marian):
    engine = load(tiny_marian)
    with pytest.raises(EngineError, match="seq2seq"):
        engine.generate(["text"], Decoding(temperature=1.0), source="en", target="ar")
    with pytest.raises(EngineError, match="int3"):
        load(tiny_marian, dtype="int3")
    if not ctranslate2.get_cuda_device_count():
        with pytest.raises(EngineError, match="--device cpu"):
            load(tiny_marian, device="cuda")


def test_a_gpu_without_its_library_is_left_alone_unless_asked_for(tiny_marian, monkeypatch):
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ct2, "load_cublas", lambda: False)
    assert ct2.device_of(models.marian_spec(tiny_marian, device="auto")) == "cpu"
    with pytest.raises(EngineError, match="cublas") as caught:
        ct2.device_of(models.marian_spec(tiny_marian, device="cuda"))
    assert "pip install nvidia-cublas-cu12" in caught.value.cure
    monkeypatch.setattr(ct2, "load_cublas", lambda: True)
    assert ct2.device_of(models.marian_spec(tiny_marian, device="auto")) == "cuda"


def test_a_family_that_it_cannot_run_is_refused(home, tiny_marian, tmp_path):
    from transformers import ProphetNetConfig, ProphetNetForConditionalGeneration

    folder = shutil.copytree(tiny_marian, tmp_path / "other")
    ProphetNetForConditionalGeneration(
        ProphetNetConfig(
            vocab_size=400,
            hidden_size=16,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            num_encoder_layers=1,
            num_decoder_layers=1,
            num_encoder_attention_heads=2,
            num_decoder_attention_heads=2,
        )
    ).save_pretrained(folder)
    with pytest.raises(ModelError, match="ProphetNet") as caught:
        load(folder)
    assert "seq2seq" in caught.value.cure


def test_a_runtime_that_fails_is_told_as_our_error(home, tiny_marian):
    class Failing:
        def translate_batch(self, *_, **__):
            raise RuntimeError("CUDA failed with error out of memory")

        forward_batch = translate_batch

    engine = load(tiny_marian)
    engine._translator = engine._encoder = Failing()
    with pytest.raises(EngineError, match="out of memory") as caught:
        engine.generate(["text"], LONG, source="en", target="ar")
    assert "--device cpu" in caught.value.cure
    with pytest.raises(EngineError, match="out of memory"):
        engine.encode(["text"])


def test_torch_keeps_its_threads_beside_a_model_of_one_thread(home, tiny_marian):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        engine = load(tiny_marian, workers=1, threads=1)
        engine.generate(["a b"], Decoding(), source="ar", target="en")
        engine.encode(["a b"])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_workers_and_threads_follow_the_card(home, tiny_marian):
    engine = load(tiny_marian, workers=3, threads=2)
    assert (engine._workers, engine._threads) == (3, 2)
    assert engine._translator.num_translators == 3
    assert knows_its_sentences(engine)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_budget_of_tokens_shapes_batches_and_no_output(home, tiny_marian, dtype):
    usual = load(tiny_marian, dtype=dtype, workers=1)
    expected = usual.generate(models.NEWS, LONG, source="en", target="ar")
    for tokens, threads in ((1, 1), (30, 2), (3072, 1)):
        engine = load(tiny_marian, dtype=dtype, workers=1, threads=threads, batch_tokens=tokens)
        batches = engine._groups([10] * 6)
        assert list(map(len, batches)) == {1: [1] * 6, 30: [3, 3], 3072: [6]}[tokens]
        answers = engine.generate(models.NEWS, LONG, source="en", target="ar")
        assert [(g.text, g.tokens) for g in answers] == [(g.text, g.tokens) for g in expected]
        assert np.allclose(engine.encode(models.NEWS), usual.encode(models.NEWS), atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "spec"), [("compact", "marian_spec"), ("m2m100", "m2m100_spec")], ids=["spm", "m2m100"]
)
def test_attention_noted_while_writing_is_that_of_an_alignment(shape, spec, request, home):
    folder = request.getfixturevalue(f"tiny_{'marian' if shape == 'compact' else shape}")
    engine = CTranslate2(getattr(models, spec)(folder, device="cpu", dtype="float32"))
    asked = {"source": "en", "target": "ar"}
    answers = engine.generate(models.NEWS[:3], LONG, **asked)
    aligned = engine.align(models.NEWS[:3], [answer.text for answer in answers], **asked)
    for answer, links in zip(answers, aligned, strict=True):
        assert answer.links() == pytest.approx(links, abs=1e-4)
    wide = engine.generate(models.NEWS[:1], Decoding(beam=3, max_new_tokens=100), **asked)
    assert wide[0].links is None  # of a beam it is partly that of other hypotheses
