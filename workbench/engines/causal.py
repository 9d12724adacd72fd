"""Instruction models run by transformers: on a CPU, a CUDA device, or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
)

from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.chat import Answering, Ask
from workbench.engines.contract import by_length, check_decoding
from workbench.engines.conversation import Conversation, Prompt, Written, end_tokens
from workbench.engines.families import family_of
from workbench.engines.folders import model_folder
from workbench.engines.placement import device_of, dtype_of, load, memory_ran_out
from workbench.errors import EngineError

BUDGET = {"cpu": 2048, "cuda": 32768}
"""Padded tokens of one batch's prompts, divided by the beam."""
WINDOW = 32768
"""Longest window that is used: memory for attention grows with it."""


class Causal(Answering):
    """One loaded instruction model."""

    def __init__(self, spec: ModelSpec) -> None:
        self.name = spec.name
        self._device = device_of(spec)
        folder = model_folder(spec)
        self._model = _load(spec, folder, self._device)
        self._device = self._model.device
        config = self._model.config.get_text_config()
        window = spec.max_input_tokens or min(int(getattr(config, "max_position_embeddings", 4096)), WINDOW)
        self._talk = Conversation(spec, folder, window=window)
        self._ends = end_tokens(self._talk.tokeniser, self._model.generation_config.eos_token_id)
        self._pad = _padding(self._talk.tokeniser, self._ends)
        self.max_input_tokens = self._talk.max_input_tokens
        if spec.threads:
            torch.set_num_threads(spec.threads)

    def count_tokens(self, text: str) -> int:
        """Length of `text` as the model sees it, the words and marks of a prompt included."""
        return self._talk.count_tokens(text)

    def _answer(self, asked: list[Ask], decoding: Decoding) -> list[Generation]:
        check_decoding(decoding, engine="causal")
        return self._talk.answer(
            asked, lambda prompts: self._write(prompts, decoding), most=decoding.max_new_tokens
        )

    def _write(self, prompts: list[Prompt], decoding: Decoding) -> list[Written]:
        """Length-sorted batches; a sampled text has a batch of its own, so that its neighbours change nothing."""
        budget = 1 if decoding.temperature > 0 else max(BUDGET[self._device.type] // decoding.beam, 1)
        answers: dict[int, Written] = {}
        for group in by_length([len(prompt.tokens) for prompt in prompts], budget=budget):
            given = self._within_memory([prompts[number] for number in group], decoding)
            answers.update(zip(group, given, strict=True))
        return [answers[number] for number in range(len(prompts))]

    def _within_memory(self, prompts: list[Prompt], decoding: Decoding) -> list[Written]:
        """Run one batch, halving it as often as memory runs out."""
        try:
            return self._batch(prompts, decoding)
        except RuntimeError as fault:
            if not memory_ran_out(fault):
                problem = f"{self.name} failed on {self._device} while generating: {fault}"
                raise EngineError(problem, cure="Try --device cpu, or another model.") from fault
        if len(prompts) == 1:
            raise EngineError(
                f"{self.name} ran out of memory on {self._device} with a single prompt of "
                f"{len(prompts[0].tokens)} tokens.",
                cure="Lower the beam or max_new_tokens, set max_input_tokens in its card, use --device cpu, "
                "or choose a smaller model.",
            )
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        half = len(prompts) // 2
        return [
            *self._within_memory(prompts[:half], decoding),
            *self._within_memory(prompts[half:], decoding),
        ]

    @torch.inference_mode()
    def _batch(self, prompts: list[Prompt], decoding: Decoding) -> list[Written]:
        longest = max(len(prompt.tokens) for prompt in prompts)
        rows = [[self._pad] * (longest - len(prompt.tokens)) + prompt.tokens for prompt in prompts]
        masks = [[0] * (longest - len(prompt.tokens)) + [1] * len(prompt.tokens) for prompt in prompts]
        numbers = torch.tensor(rows, device=self._device)
        mask = torch.tensor(masks, device=self._device)
        orders = self._orders(decoding, read=longest, most=self._talk.room(prompts, decoding.max_new_tokens))
        with torch.random.fork_rng(
            devices=[self._device] if self._device.type == "cuda" else [], enabled=decoding.temperature > 0
        ):
            if decoding.temperature > 0:
                torch.manual_seed(decoding.seed)
            whole = self._model.generate(input_ids=numbers, attention_mask=mask, **orders)
        return self._written(whole, mask, longest)

    def _orders(self, decoding: Decoding, *, read: int, most: int) -> dict[str, Any]:
        """`decoding` in the words of transformers; what must not be repeated is the answer, never the prompt."""
        rules: list[LogitsProcessor] = []
        if decoding.repetition_penalty != 1:
            rules.append(
                RepetitionPenaltyLogitsProcessor(decoding.repetition_penalty, prompt_ignore_length=read)
            )
        if decoding.no_repeat_ngram:
            rules.append(_Behind(read, NoRepeatNGramLogitsProcessor(decoding.no_repeat_ngram)))
        sampling = (
            {"temperature": decoding.temperature, "top_k": decoding.top_k} if decoding.temperature else {}
        )
        return {
            "max_new_tokens": most,
            "min_new_tokens": 1,
            "num_beams": decoding.beam,
            "length_penalty": decoding.length_penalty if decoding.beam > 1 else None,
            "early_stopping": True if decoding.beam > 1 else None,
            "do_sample": decoding.temperature > 0,
            "logits_processor": LogitsProcessorList(rules),
            "renormalize_logits": True,
            "eos_token_id": self._ends,
            "pad_token_id": self._pad,
            **sampling,
        }

    def _written(self, whole: torch.Tensor, mask: torch.Tensor, read: int) -> list[Written]:
        """Answers behind prompts of `read` padded tokens; `whole` is [batch, time].

        One parallel pass tells how likely each answer was, before any penalty; rows go one by one, because a
        vocabulary of a hundred thousand tokens is most of the memory.
        """
        found = []
        for row, seen in zip(whole, mask, strict=True):
            answer = row[read:].tolist()
            end = next((at for at, token in enumerate(answer) if token in self._ends), None)
            length = len(answer) if end is None else end + 1
            prompt = row[:read][seen.bool()]
            logits = self._model(
                input_ids=torch.cat([prompt, row[read : read + length - 1]]).unsqueeze(0),
                logits_to_keep=length,
                use_cache=False,
            ).logits[0, -length:]
            logits[0, self._ends] = -torch.inf  # what decoding could not choose
            chosen = logits.float().log_softmax(-1).gather(-1, row[read : read + length].unsqueeze(-1))
            tokens = answer[:length] if end is None else answer[:end]
            found.append(Written(tokens=tokens, ended=end is not None, score=float(chosen.mean())))
        return found


class _Behind(LogitsProcessor):  # type: ignore[misc]
    """A rule that sees what stands behind the prompt alone."""

    def __init__(self, start: int, rule: LogitsProcessor) -> None:
        self._start = start
        self._rule = rule

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        ruled: torch.Tensor = self._rule(input_ids[:, self._start :], scores)
        return ruled


def _load(spec: ModelSpec, folder: Path, device: torch.device) -> Any:
    dtype = dtype_of(spec, device, family=family_of(folder, spec), engine="causal")
    return load_causal(spec, folder, device, dtype)


def load_causal(spec: ModelSpec, folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    """The model in its place, ready to generate, with none of the decoding habits saved beside it.

    Raises:
        ModelError: The folder holds no causal model as safetensors, or memory does not hold it.
        MissingExtra: Quantised loading needs packages that are not installed.
    """
    what = "a causal language model"
    model = load(AutoModelForCausalLM, folder, spec, dtype=dtype, device=device, what=what)
    saved = model.generation_config
    model.generation_config = GenerationConfig(
        eos_token_id=saved.eos_token_id, bos_token_id=saved.bos_token_id, pad_token_id=saved.pad_token_id
    )
    return model


def _padding(tokeniser: Any, ends: Sequence[int]) -> int:
    return int(tokeniser.pad_token_id if tokeniser.pad_token_id is not None else ends[0])
