"""Encoder-decoder models run by CTranslate2: int8 on a CPU, and no torch once a model is converted."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from workbench.engines.alignment import Links, Pair, word_links
from workbench.engines.allocation import keep_freed_memory
from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.cache import ENCODER, Limits, load_converted
from workbench.engines.contract import OVERFLOWING, by_length, check_decoding, check_range, check_search
from workbench.engines.cublas import NAME, PACKAGE, load_cublas
from workbench.engines.encoder_decoder import EncoderDecoder
from workbench.engines.folders import model_folder
from workbench.engines.shortlist import listed, narrows
from workbench.engines.threads import torch_keeps_its_threads
from workbench.engines.tokens import Frame, Tokeniser
from workbench.errors import EngineError

BUDGET = {"cpu": 1536, "cuda": 16384}
"""Padded source tokens of one batch, whatever the beam: on a CPU half as many cost 8 %, twice as many gain nothing."""
WIDE = 512
"""Dimensions from which twice as many gain 5 to 10 % on a CPU: each step reads the weights again."""
MOST_WORKERS = 8
"""Workers beyond these wait for memory rather than work, on the machines measured."""
DTYPES = ("int8", "float32", "bfloat16", "float16")

log = logging.getLogger(__name__)


class CTranslate2(EncoderDecoder):
    """One converted encoder-decoder; see `workbench.engines.base.Engine` for what it promises."""

    def __init__(self, spec: ModelSpec) -> None:
        self.name = spec.name
        self._device = device_of(spec)
        if self._device == "cpu":
            keep_freed_memory()
        self._workers, self._threads = _workers(spec, self._device)
        source = model_folder(spec)
        self._dtype = dtype_of(spec, self._device, family=_family(source))
        self._folder, self._translator = load_converted(
            spec,
            source,
            quantization=self._dtype,
            convert=self._convert(spec, source),
            load=self._load,
            instead="seq2seq",
        )
        self._tokeniser = Tokeniser.load(self._folder, model=spec.name)
        self._limits = Limits.load(self._folder)
        twice = self._device == "cpu" and self._limits.width >= WIDE
        self._batch_tokens = spec.batch_tokens or BUDGET[self._device] * (1 + twice)
        self._listed = listed(self._folder) if spec.shortlist else frozenset()
        self.max_input_tokens = self._limits.window
        self._positions = self._limits.positions

    def _convert(self, spec: ModelSpec, source: Path) -> Callable[[Path], None]:
        def convert(part: Path) -> None:
            from workbench.engines.conversion import convert as run  # brings torch

            run(source, part, spec, quantization=self._dtype)

        return convert

    def _load(self, folder: Path) -> tuple[Path, Any]:
        with torch_keeps_its_threads():
            return folder, ctranslate2.Translator(str(folder), **self._placement)

    @property
    def _placement(self) -> dict[str, Any]:
        return {
            "device": self._device,
            "compute_type": self._dtype,
            "inter_threads": self._workers,
            "intra_threads": self._threads,
        }

    @cached_property
    def _encoder(self) -> Any:
        with torch_keeps_its_threads():
            return ctranslate2.Encoder(str(self._folder / ENCODER), **self._placement)

    def _check(self, decoding: Decoding) -> None:
        check_decoding(decoding, engine="ct2")
        check_search(decoding, engine="ct2", other="seq2seq")

    def _attention(self, pairs: list[Pair]) -> list[NDArray[np.float32]]:
        """Mean over the heads of the last layer while the forced tokens are written: [written, read] of each pair."""
        groups = self._groups([max(len(pair.read), len(pair.forced)) for pair in pairs])
        found: dict[int, NDArray[np.float32]] = {}
        try:
            pending = [self._submit_forced([pairs[number] for number in group]) for group in groups]
            for group, batch in zip(groups, pending, strict=True):
                for number, result in zip(group, batch, strict=True):
                    rows = result.result().attention[0][: len(pairs[number].forced)]
                    found[number] = np.asarray(rows, dtype=np.float32)
        except RuntimeError as fault:
            problem = f"{self.name} failed on {self._device} while aligning: {fault}"
            raise EngineError(problem, cure="Try --device cpu.") from fault
        return [found[number] for number in range(len(pairs))]

    def _submit_forced(self, pairs: list[Pair]) -> Any:
        """Queue one batch whose outputs are given."""
        return self._translator.translate_batch(
            [pair.read for pair in pairs],
            [pair.forced for pair in pairs],
            beam_size=1,
            return_attention=True,
            max_decoding_length=max(len(pair.forced) for pair in pairs),
            max_input_length=0,
            asynchronous=True,
        )

    def _groups(self, lengths: Sequence[int]) -> list[list[int]]:
        """Batches of texts of so many tokens that keep every worker busy to the end."""
        return list(by_length(lengths, budget=self._batch_tokens, workers=self._workers))

    def _generate(self, sources: list[list[str]], decoding: Decoding, frame: Frame) -> list[Generation]:
        groups = self._groups([len(tokens) for tokens in sources])
        orders = self._orders(decoding, frame)
        answers: dict[int, Generation] = {}
        try:
            pending = [self._submit([sources[number] for number in group], frame, orders) for group in groups]
            for group, batch in zip(groups, pending, strict=True):
                results = [result.result() for result in batch]
                scores = self._scores([sources[number] for number in group], results, decoding, frame)
                for number, result, score in zip(group, results, scores, strict=True):
                    written = self._generation(result.hypotheses[0][len(frame.opening) :], score)
                    links = partial(self._links, result, sources[number], frame) if result.attention else None
                    answers[number] = replace(written, links=links)
        except RuntimeError as fault:
            problem = f"{self.name} failed on {self._device} while generating: {fault}"
            raise EngineError(problem, cure="Lower the beam, or try --device cpu.") from fault
        return [answers[number] for number in range(len(sources))]

    def _submit(self, batch: list[list[str]], frame: Frame, orders: dict[str, Any]) -> Any:
        """Queue one batch; the answers are waited for one by one."""
        openings = [list(frame.opening)] * len(batch) if frame.opening else None
        return self._translator.translate_batch(batch, openings, asynchronous=True, **orders)

    def _orders(self, decoding: Decoding, frame: Frame) -> dict[str, Any]:
        """`decoding` in the words of CTranslate2."""
        opening = len(frame.opening)  # counted as output by CTranslate2
        room = self._limits.positions - 1 - opening
        return {
            "beam_size": decoding.beam,
            "length_penalty": length_penalty(decoding),
            "repetition_penalty": decoding.repetition_penalty,
            "no_repeat_ngram_size": decoding.no_repeat_ngram,
            "max_decoding_length": min(decoding.max_new_tokens, room) + opening,
            "min_decoding_length": 1 + opening,
            "suppress_sequences": [[token] for token in self._limits.never] or None,
            "max_input_length": 0,  # the window is ours to mind: CTranslate2 would cut without a word
            "return_scores": True,
            "return_end_token": True,
            "use_vmap": narrows(self._listed, frame),
            # Where it costs nothing, and is that of what was written: of a beam it is partly another hypothesis's.
            "return_attention": self._device == "cpu" and decoding.beam == 1,
        }

    def _scores(
        self, batch: list[list[str]], results: list[Any], decoding: Decoding, frame: Frame
    ) -> list[float | None]:
        """Mean log-probability of each output's tokens, its end included, before any penalty.

        Penalties change the scores that decoding gives, so that outputs made under them are scored again.
        """
        opening = len(frame.opening)
        lengths = [len(result.hypotheses[0]) - opening for result in results]
        if decoding.no_repeat_ngram == 0 and decoding.repetition_penalty == 1:
            power = length_penalty(decoding)  # the length that divides a score counts its opening too
            return [
                result.scores[0] * (length + opening) ** power / length
                for result, length in zip(results, lengths, strict=True)
            ]
        end = self._tokeniser.marks.end
        targets = [[token for token in result.hypotheses[0] if token != end] for result in results]
        scored = self._translator.score_batch(batch, targets, max_input_length=0)
        return [
            float(np.mean(one.log_probs[opening : opening + length]))
            for one, length in zip(scored, lengths, strict=True)
        ]

    def _generation(self, tokens: list[str], score: float | None) -> Generation:
        ended = bool(tokens) and tokens[-1] == self._tokeniser.marks.end
        written = tokens[:-1] if ended else tokens
        text = self._tokeniser.join(written)
        return Generation(text=text, truncated=not ended, log_probability=score, tokens=len(written))

    def _links(self, result: Any, read: list[str], frame: Frame) -> Links:
        """Attention between words, as it was paid while they were written."""
        return word_links(
            np.asarray(result.attention[0], dtype=np.float32),
            text=read[len(frame.before) : len(read) - len(frame.after)],
            output=[
                token
                for token in result.hypotheses[0][len(frame.opening) :]
                if token != self._tokeniser.marks.end
            ],
            before=len(frame.before),
            opening=len(frame.opening),
        )

    def _sums(self, sources: list[list[str]], frame: Frame) -> NDArray[np.float32]:
        """Sums of the encoder's states over each source's own pieces, [len(sources), dim]."""
        sums = np.zeros((len(sources), self._limits.width), dtype=np.float32)

        def run(group: list[int]) -> None:
            states = self._states([sources[number] for number in group])
            for row, number in zip(states, group, strict=True):
                last = len(sources[number]) - len(frame.after)
                sums[number] = row[len(frame.before) : last].sum(axis=0)

        try:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(run, self._groups([len(tokens) for tokens in sources])))
        except RuntimeError as fault:
            problem = f"{self.name} failed on {self._device} while encoding: {fault}"
            raise EngineError(problem, cure="Try --device cpu.") from fault
        return sums

    def _states(self, sources: list[list[str]]) -> NDArray[np.float32]:
        """The encoder's last states, [batch, time, dim]."""
        states = self._encoder.forward_batch(sources).last_hidden_state
        host = states.to_device(ctranslate2.Device.cpu) if self._device == "cuda" else states
        return np.asarray(host.to(ctranslate2.DataType.float32), dtype=np.float32)


def length_penalty(decoding: Decoding) -> float:
    """Lengths are weighed among the candidates of a beam; a greedy output has no rival."""
    return decoding.length_penalty if decoding.beam > 1 else 1.0


def device_of(spec: ModelSpec) -> str:
    """The device that `spec` asks for, or the best there is.

    Raises:
        EngineError: CUDA is asked for and cannot be used.
    """
    devices = ctranslate2.get_cuda_device_count() if spec.device != "cpu" else 0
    usable = bool(devices) and load_cublas()
    if spec.device == "cuda" and not usable:
        lacking = f"{NAME} is not there" if devices else "CTranslate2 sees none"
        remedy = f"pip install {PACKAGE}" if devices else "install the driver"
        raise EngineError(
            f"No CUDA device can be used: {lacking}.",
            cure=f"Use --device cpu, or {remedy}; `workbench doctor` tells more.",
        )
    if devices and not usable:
        log.warning("%s runs on the CPU: %s is not there (pip install %s)", spec.name, NAME, PACKAGE)
    return "cuda" if usable else "cpu"


def dtype_of(spec: ModelSpec, device: str, *, family: str = "") -> str:
    """The card's own where the device computes it, or int8 on a CPU and 16 bits on a CUDA device.

    On x86 CTranslate2 computes 16-bit weights in float32, so that int8 is what saves time there.

    Args:
        spec: Its dtype is a name or "auto".
        device: "cpu" or "cuda".
        family: `model_type` of the model's configuration: T5's kin overflow in float16.

    Raises:
        EngineError: There is no such dtype, or the family cannot be computed in it.
    """
    check_range(spec.dtype, family=family, model=spec.name)
    able = ctranslate2.get_supported_compute_types(device)
    if spec.dtype != "auto" and spec.dtype not in DTYPES:
        known = ", ".join(["auto", *DTYPES])
        raise EngineError(f"The engine 'ct2' has no dtype {spec.dtype!r}.", cure=f"Choose one of: {known}.")
    if spec.dtype in able:
        return spec.dtype
    preferred = ("int8",) if device == "cpu" else ("bfloat16", "float16")
    chosen = (
        name for name in preferred if name in able and not (name == "float16" and family in OVERFLOWING)
    )
    return next(chosen, "float32")


def _family(folder: Path) -> str:
    """`model_type` of the configuration, empty where it says nothing: what reads the model says what is wrong."""
    try:
        return str(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _workers(spec: ModelSpec, device: str) -> tuple[int, int]:
    """Parallel workers and threads of each: on CPUs many workers of one thread are quickest, as measured."""
    if device == "cuda":
        return spec.workers or 1, spec.threads or 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = spec.threads or 1
    return spec.workers or min(MOST_WORKERS, max(cores // threads, 1)), threads
