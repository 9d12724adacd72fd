"""Encoder-decoder models run by transformers, on a CPU or a CUDA device."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessorList, RepetitionPenaltyLogitsProcessor
from transformers.modeling_outputs import BaseModelOutput

from workbench.engines.alignment import Pair
from workbench.engines.base import Decoding, Generation, ModelSpec
from workbench.engines.contract import by_length, check_decoding
from workbench.engines.decoders import stack_of
from workbench.engines.encoder_decoder import EncoderDecoder
from workbench.engines.families import (
    describe,
    family_of,
    load_model,
    load_tokeniser,
    marks_of,
    positions_of,
    window_of,
)
from workbench.engines.folders import model_folder
from workbench.engines.lanes import Found, Search, Special
from workbench.engines.placement import QUANTISED, device_of, dtype_of, memory_ran_out
from workbench.engines.recorders import Graphs, Recorder
from workbench.engines.static import MOST_BEAMS, Static
from workbench.engines.tokens import Frame, answer
from workbench.errors import EngineError

BUDGET = {"cpu": 2048, "cuda": 16384}
"""Padded source tokens of one batch, divided by the beam; see eval/speed/engines.py for what others cost."""
SCORED = 2**26
"""Most log-probabilities computed at once when outputs are scored: 256 MB in float32."""
RECORDERS: dict[str, Callable[[], Recorder]] = {"cuda": Graphs}
"""Devices on which greedy search and small beams run in fixed shapes; see `workbench.engines.static`."""
WAVE = 2048
"""Texts that are cut into tokens while those before them are decoded."""


class Seq2Seq(EncoderDecoder):
    """One loaded encoder-decoder; see `workbench.engines.base.Engine` for what it promises."""

    def __init__(self, spec: ModelSpec) -> None:
        self.name = spec.name
        self._device = device_of(spec)
        folder = model_folder(spec)
        tokeniser = load_tokeniser(folder)
        marks_of(tokeniser, spec)  # a wrong code is told before gigabytes are read
        dtype = dtype_of(spec, self._device, family=family_of(folder, spec), engine="seq2seq")
        self._model = load_model(folder, spec, dtype, self._device)
        first = self._model.generation_config.forced_bos_token_id
        self._tokeniser = describe(tokeniser, spec, first=first)
        self._sees_all = self._model.config.model_type == "led"
        self.max_input_tokens = window_of(self._model.config, tokeniser, spec)
        self._positions = positions_of(self._model.config)
        self._token_number = tokeniser.convert_tokens_to_ids
        self._token_name = tokeniser.convert_ids_to_tokens
        self._pad = int(tokeniser.pad_token_id)
        self._end = int(tokeniser.eos_token_id)
        self._static = self._fixed_shapes(spec)
        self._batch_tokens = spec.batch_tokens
        if spec.threads:
            torch.set_num_threads(spec.threads)

    @contextlib.contextmanager
    def _attending(self) -> Iterator[None]:
        with _failures(self.name), torch.inference_mode(), _telling_attention(self._model):
            yield

    def _check(self, decoding: Decoding) -> None:
        check_decoding(decoding, engine="seq2seq")

    def _attention(self, pairs: list[Pair]) -> list[NDArray[np.float32]]:
        """Mean over the heads of the last layer while the forced tokens are written: [written, read] of each pair."""
        return [self._attention_of(pair) for pair in pairs]

    def _attention_of(self, pair: Pair) -> NDArray[np.float32]:
        numbers, mask = self._padded([pair.read])
        written = [self._model.generation_config.decoder_start_token_id, *self._token_number(pair.forced)]
        attention = self._model(
            input_ids=numbers,
            attention_mask=mask,
            decoder_input_ids=torch.tensor([written[:-1]], device=self._device),
            output_attentions=True,
            use_cache=False,
        ).cross_attentions[-1]
        found: NDArray[np.float32] = attention[0].mean(0).float().cpu().numpy()
        return found

    def _fixed_shapes(self, spec: ModelSpec) -> Static | None:
        """What decodes in fixed shapes, where device, family and loading allow it."""
        saved = self._model.generation_config
        start, end = saved.decoder_start_token_id, saved.eos_token_id
        whole = spec.dtype not in QUANTISED and not hasattr(self._model, "hf_device_map")
        if self._device.type not in RECORDERS or not whole or stack_of(self._model) is None:
            return None
        if not isinstance(start, int) or end != self._end:
            return None  # several tokens that may end an output are left to `generate`
        special = Special(start=start, end=self._end, pad=self._pad)
        return Static(self._model, special, self.max_input_tokens, RECORDERS[self._device.type])

    def _answers(self, texts: Sequence[str], decoding: Decoding, frame: Frame) -> list[Generation]:
        """In fixed shapes one thread cuts texts to come into tokens meanwhile, and another joins what was written."""
        if self._static is None or not _is_plain(decoding):
            return super()._answers(texts, decoding, frame)
        waves = [texts[start : start + WAVE] for start in range(0, len(texts), WAVE)]
        with ThreadPoolExecutor(1) as ahead, ThreadPoolExecutor(1) as behind:
            coming = [ahead.submit(self._numbered, wave, frame) for wave in waves]
            return [
                generation
                for windows in coming
                for generation in answer(
                    windows.result(), lambda sources: self._in_lanes(sources, decoding, frame, behind)
                )
            ]

    def _numbered(self, texts: Sequence[str], frame: Frame) -> list[list[list[int]]]:
        return [[self._token_number(part) for part in parts] for parts in self._windows(texts, frame)]

    def _in_lanes(
        self, sources: list[list[int]], decoding: Decoding, frame: Frame, behind: ThreadPoolExecutor
    ) -> list[Generation]:
        """Decode in fixed shapes; where memory runs out, what is left is decoded in smaller ones."""
        assert self._static
        waiting = dict(enumerate(sources))
        answers: dict[int, Future[Generation]] = {}
        opening = len(frame.opening)

        def joined(found: Found) -> Generation:
            written = found.tokens[opening:]
            return self._generation(written, found.total / len(written) if written else None)

        def take(number: int, found: Found) -> None:
            del waiting[number]
            answers[number] = behind.submit(joined, found)

        while waiting:
            try:
                self._static.run(dict(waiting), self._search(decoding, frame), take)
            except RuntimeError as fault:
                self._check_memory(fault)
                if not self._static.spare():
                    raise self._no_room(max(map(len, waiting.values()))) from fault
                torch.cuda.empty_cache()
        return [answers[number].result() for number in range(len(sources))]

    def _search(self, decoding: Decoding, frame: Frame) -> Search:
        orders = self._orders(decoding, frame)
        return Search(
            beams=decoding.beam,
            limit=orders["max_new_tokens"],
            length_penalty=decoding.length_penalty if decoding.beam > 1 else 1.0,
            opening=orders.get("forced_bos_token_id"),
        )

    def _generate(self, sources: list[list[str]], decoding: Decoding, frame: Frame) -> list[Generation]:
        """Length-sorted batches; a sampled text has a batch of its own, so that its neighbours change nothing."""
        budget = 1 if decoding.temperature > 0 else max(self._budget // decoding.beam, 1)
        answers: dict[int, Generation] = {}
        for group in by_length([len(tokens) for tokens in sources], budget=budget):
            given = self._within_memory([sources[number] for number in group], decoding, frame)
            answers.update(zip(group, given, strict=True))
        return [answers[number] for number in range(len(sources))]

    @property
    def _budget(self) -> int:
        return self._batch_tokens or BUDGET[self._device.type]

    def _within_memory(self, sources: list[list[str]], decoding: Decoding, frame: Frame) -> list[Generation]:
        """Run one batch, halving it as often as memory runs out."""
        try:
            return self._batch(sources, decoding, frame)
        except RuntimeError as fault:
            self._check_memory(fault)
        if len(sources) == 1:
            raise self._no_room(len(sources[0]))
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        half = len(sources) // 2
        return [
            *self._within_memory(sources[:half], decoding, frame),
            *self._within_memory(sources[half:], decoding, frame),
        ]

    def _check_memory(self, fault: RuntimeError) -> None:
        """Raise what is no lack of memory."""
        if not memory_ran_out(fault):
            problem = f"{self.name} failed on {self._device} while generating: {fault}"
            raise EngineError(problem, cure="Try --device cpu, or another model.") from fault

    def _no_room(self, length: int) -> EngineError:
        return EngineError(
            f"{self.name} ran out of memory on {self._device} with a single text of {length} tokens.",
            cure="Lower the beam or max_new_tokens, use --device cpu, or choose a smaller model.",
        )

    @torch.inference_mode()
    def _batch(self, sources: list[list[str]], decoding: Decoding, frame: Frame) -> list[Generation]:
        numbers, mask = self._padded(sources)
        states = self._states(numbers, mask)
        with _seeded(decoding, self._device):
            written = self._model.generate(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                attention_mask=mask,
                **self._orders(decoding, frame),
            )
        opening = 1 + len(frame.opening)
        scores = self._scores(states, mask, written, opening)
        return [
            self._generation(row[opening:], score)
            for row, score in zip(written.tolist(), scores, strict=True)
        ]

    def _padded(self, sources: list[list[str]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token numbers and mask, both [batch, time]."""
        rows = [self._token_number(tokens) for tokens in sources]
        longest = max(len(row) for row in rows)
        numbers = torch.tensor([row + [self._pad] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        return numbers.to(self._device), mask.to(self._device)

    def _states(self, numbers: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The encoder's last states, [batch, time, dim]."""
        more = {}
        if self._sees_all:  # LED's first token looks at everything, as its authors have it
            more["global_attention_mask"] = torch.zeros_like(mask)
            more["global_attention_mask"][:, 0] = 1
        states: torch.Tensor = self._model.get_encoder()(
            input_ids=numbers, attention_mask=mask, **more
        ).last_hidden_state
        return states[:, : numbers.shape[1]].to(self._device)  # of several GPUs, back to the first

    def _orders(self, decoding: Decoding, frame: Frame) -> dict[str, Any]:
        """`decoding` in the words of transformers."""
        limit = min(decoding.max_new_tokens, self._positions - 1 - len(frame.opening))
        orders: dict[str, Any] = {
            "max_new_tokens": limit + len(frame.opening),
            "min_new_tokens": 1 + len(frame.opening),  # a text has a translation
            "num_beams": decoding.beam,
            "length_penalty": decoding.length_penalty if decoding.beam > 1 else None,
            "early_stopping": True if decoding.beam > 1 else None,
            "no_repeat_ngram_size": decoding.no_repeat_ngram or None,
            "do_sample": decoding.temperature > 0,
            "renormalize_logits": True,
            "suppress_tokens": [self._pad],
        }
        if decoding.repetition_penalty != 1:
            # Transformers' own order would also punish the decoder's start, which is the end mark in many
            # families: their outputs would not end.
            penalty = RepetitionPenaltyLogitsProcessor(decoding.repetition_penalty, prompt_ignore_length=1)
            orders["logits_processor"] = LogitsProcessorList([penalty])
        if decoding.temperature > 0:
            orders |= {"temperature": decoding.temperature, "top_k": decoding.top_k}
        if frame.opening:
            orders["forced_bos_token_id"] = self._token_number(frame.opening[0])
        return orders

    def _scores(
        self, states: torch.Tensor, mask: torch.Tensor, written: torch.Tensor, opening: int
    ) -> list[float | None]:
        """Mean log-probability of each output's tokens, its end included, before any penalty.

        `written` is [batch, time] and begins with the decoder's start. One parallel pass costs little beside
        the decoding, and is the same for greedy search, beam search and sampling.
        """
        rows = max(SCORED // (written.shape[1] * self._model.config.vocab_size), 1)
        scores: list[float | None] = []
        for start in range(0, len(written), rows):
            part = slice(start, start + rows)
            logits = self._model(
                encoder_outputs=BaseModelOutput(last_hidden_state=states[part]),
                attention_mask=mask[part],
                decoder_input_ids=written[part, :-1],
                use_cache=False,
            ).logits.float()
            logits[..., self._pad] = -torch.inf  # what decoding could not choose
            logits[:, opening - 1, self._end] = -torch.inf
            tokens = written[part, 1:]
            chosen = logits.log_softmax(-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
            ends = tokens == self._end
            real = ends.cumsum(-1) - ends.int() == 0  # up to the first end mark: what follows fills the batch
            real[:, : opening - 1] = False
            sums, counts = chosen.where(real, 0.0).sum(-1), real.sum(-1)
            means = zip(sums.tolist(), counts.tolist(), strict=True)
            scores += [total / count if count else None for total, count in means]
        return scores

    def _generation(self, row: list[int], score: float | None) -> Generation:
        ended = self._end in row
        tokens = row[: row.index(self._end)] if ended else row
        text = self._tokeniser.join(self._token_name(tokens))
        return Generation(text=text, truncated=not ended, log_probability=score, tokens=len(tokens))

    def _sums(self, sources: list[list[str]], frame: Frame) -> NDArray[np.float32]:
        """Sums of the encoder's states over each source's own pieces, [len(sources), dim]."""
        sums = np.zeros((len(sources), int(self._model.config.d_model)), dtype=np.float32)
        with _failures(self.name), torch.inference_mode():
            for group in by_length([len(tokens) for tokens in sources], budget=self._budget):
                numbers, mask = self._padded([sources[number] for number in group])
                states = self._states(numbers, mask).float()
                for row, number in zip(states, group, strict=True):
                    last = len(sources[number]) - len(frame.after)
                    sums[number] = row[len(frame.before) : last].sum(0).cpu().numpy()
        return sums


def _is_plain(decoding: Decoding) -> bool:
    """Whether fixed shapes can do it: greedy search or a small beam, without rules on what may be repeated."""
    free = decoding.no_repeat_ngram == 0 and decoding.repetition_penalty == 1
    return free and decoding.temperature == 0 and decoding.beam <= MOST_BEAMS


@contextlib.contextmanager
def _seeded(decoding: Decoding, device: torch.device) -> Iterator[None]:
    """Sampling starts from its seed, and leaves the caller's random numbers as they were."""
    if decoding.temperature == 0:
        yield
        return
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(decoding.seed)
        yield


@contextlib.contextmanager
def _telling_attention(model: Any) -> Iterator[None]:
    """The quick implementations of attention do not tell what they attended to."""
    usual = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(usual)


@contextlib.contextmanager
def _failures(model: str) -> Iterator[None]:
    try:
        yield
    except RuntimeError as fault:
        problem = f"{model} failed while encoding: {fault}"
        raise EngineError(problem, cure="Try --device cpu, or shorter texts.") from fault
