"""Instruction models run by CTranslate2: int8 on a CPU, converted once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.cache import load_converted
from workbench.engines.chat import Answering, Ask
from workbench.engines.contract import by_length, check_decoding, check_search
from workbench.engines.conversation import Conversation, Prompt, Written, end_tokens
from workbench.engines.ct2 import device_of, dtype_of, length_penalty
from workbench.engines.folders import model_folder
from workbench.engines.threads import torch_keeps_its_threads
from workbench.errors import EngineError

BUDGET = {"cpu": 2048, "cuda": 32768}
"""Tokens of one batch's prompts, divided by the beam."""
WINDOW = 32768
"""Longest window that is used: memory for attention grows with it."""


class CTranslate2Causal(Answering):
    """One converted instruction model; it promises what `workbench.engines.causal.Causal` does."""

    def __init__(self, spec: ModelSpec) -> None:
        self.name = spec.name
        self._device = device_of(spec)
        source = model_folder(spec)
        self._generator = _open(spec, source, self._device)
        self._talk = Conversation(spec, source, window=spec.max_input_tokens or _window(source))
        self._names = self._talk.tokeniser.convert_ids_to_tokens
        self._ends = end_tokens(self._talk.tokeniser, _configured_ends(source))
        self.max_input_tokens = self._talk.max_input_tokens

    def count_tokens(self, text: str) -> int:
        """Length of `text` as the model sees it, the words and marks of a prompt included."""
        return self._talk.count_tokens(text)

    def _answer(self, asked: list[Ask], decoding: Decoding) -> list[Generation]:
        check_decoding(decoding, engine="ct2-causal")
        check_search(decoding, engine="ct2-causal", other="causal")
        return self._talk.answer(
            asked, lambda prompts: self._write(prompts, decoding), most=decoding.max_new_tokens
        )

    def _write(self, prompts: list[Prompt], decoding: Decoding) -> list[Written]:
        # Of prompts of different lengths CTranslate2 takes the longer ones' ends for written text, which must not
        # be repeated: each goes alone where that matters.
        budget = 1 if _penalises(decoding) else max(BUDGET[self._device] // decoding.beam, 1)
        answers: dict[int, Written] = {}
        try:
            for group in by_length([len(prompt.tokens) for prompt in prompts], budget=budget):
                given = self._batch([prompts[number] for number in group], decoding)
                answers.update(zip(group, given, strict=True))
        except RuntimeError as fault:
            problem = f"{self.name} failed on {self._device} while generating: {fault}"
            raise EngineError(problem, cure="Lower the beam, or try --device cpu.") from fault
        return [answers[number] for number in range(len(prompts))]

    def _batch(self, prompts: list[Prompt], decoding: Decoding) -> list[Written]:
        read = [self._names(prompt.tokens) for prompt in prompts]
        results = self._generator.generate_batch(
            read,
            beam_size=decoding.beam,
            length_penalty=length_penalty(decoding),
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram,
            max_length=self._talk.room(prompts, decoding.max_new_tokens),
            min_length=1,
            end_token=self._ends,
            return_end_token=True,
            return_scores=True,
            include_prompt_in_result=False,
        )
        answers = [list(result.sequences_ids[0]) for result in results]
        scores = self._scores(read, results, decoding)
        return [self._written(answer, score) for answer, score in zip(answers, scores, strict=True)]

    def _written(self, tokens: list[int], score: float | None) -> Written:
        ended = bool(tokens) and tokens[-1] in self._ends
        return Written(tokens=tokens[:-1] if ended else tokens, ended=ended, score=score)

    def _scores(self, read: list[list[str]], results: list[Any], decoding: Decoding) -> list[float | None]:
        """Mean log-probability of each answer's tokens, its end mark included, before any penalty."""
        lengths = [len(result.sequences_ids[0]) for result in results]
        if not _penalises(decoding):
            power = length_penalty(decoding)
            return [
                result.scores[0] * length**power / length if length else None
                for result, length in zip(results, lengths, strict=True)
            ]
        whole = [prompt + result.sequences[0] for prompt, result in zip(read, results, strict=True)]
        try:
            scored = self._generator.score_batch(whole, max_batch_size=1)
        except ValueError:  # it cannot score texts beyond a sliding window
            return [None] * len(results)
        return [
            float(np.mean(one.log_probs[-length:])) if length else None
            for one, length in zip(scored, lengths, strict=True)
        ]


def _penalises(decoding: Decoding) -> bool:
    return decoding.no_repeat_ngram > 0 or decoding.repetition_penalty != 1


def _open(spec: ModelSpec, source: Path, device: str) -> Any:
    """The converted model, loaded."""
    dtype = dtype_of(spec, device)

    def convert(part: Path) -> None:
        from workbench.engines.causal_conversion import convert as run  # brings torch

        run(source, part, spec, quantization=dtype)

    def load(folder: Path) -> Any:
        with torch_keeps_its_threads():
            return ctranslate2.Generator(
                str(folder), device=device, compute_type=dtype, intra_threads=spec.threads
            )

    return load_converted(spec, source, quantization=dtype, convert=convert, load=load, instead="causal")


def _window(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= config.get("text_config") or {}
    return min(int(config.get("max_position_embeddings") or 4096), WINDOW)


def _configured_ends(folder: Path) -> list[int] | int | None:
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        if path.is_file() and "eos_token_id" in (data := json.loads(path.read_text(encoding="utf-8"))):
            ends: list[int] | int | None = data["eos_token_id"]
            return ends
    return None
