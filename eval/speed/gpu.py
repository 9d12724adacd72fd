"""Target tokens a second in fixed shapes against plain `generate` at its best batch size, and what memory allows.

    python eval/speed/gpu.py workbench/embedded news.ar --from ar --to en
    python eval/speed/gpu.py RANDOM_MODEL news.ar --from ar --to en --force 40 --beams 1 4 --sentences 4000

Both are given the same weights and sentences. Plain `generate` gets the best of several batch sizes, found first, and
batches sorted by length; it is not asked for log-probabilities, which fixed shapes give at no cost. Runs are
interleaved and medians printed. The floor is the time in which the device could read, at the speed at which it copies,
what decoding must read: the decoder's weights once a step, and for every token the keys and values of its text and of
what was written before it. `--force N` makes every output N tokens long, for random weights. `--device cpu` shows that
it runs; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from common import parser_of, sentences, spec_of

from workbench.engines import seq2seq
from workbench.engines.base import Decoding, Generation
from workbench.engines.lanes import Search
from workbench.engines.recorders import Graphs, Plain

BUDGETS = {"cuda": (4096, 16384, 65536, 262144), "cpu": (256, 1024)}
TUNED_ON = 1024
"""Sentences on which the batch size of `generate` is chosen."""


class Timed:
    """One way of decoding, and how long each run took."""

    def __init__(self, engine: Any, budget: int = 0) -> None:
        self._engine = engine
        self.budget = budget
        self.rates: list[float] = []
        self.answers: list[Generation] = []

    def run(self, texts: Sequence[str], decoding: Decoding, given: argparse.Namespace) -> float:
        """Tokens a second."""
        if self.budget:
            seq2seq.BUDGET[given.device] = self.budget * decoding.beam
        began = time.perf_counter()
        self.answers = self._engine.generate(texts, decoding, source=given.source, target=given.target)
        rate = sum(answer.tokens for answer in self.answers) / (time.perf_counter() - began)
        self.rates.append(rate)
        return rate


class Bare(seq2seq.Seq2Seq):
    """Transformers' `generate` and no more."""

    forced = False

    def _orders(self, decoding: Decoding, frame: Any) -> dict[str, Any]:
        orders = super()._orders(decoding, frame)
        return orders | {"min_new_tokens": orders["max_new_tokens"]} if self.forced else orders

    def _scores(self, states: Any, mask: Any, written: torch.Tensor, opening: int) -> list[float | None]:  # noqa: ARG002
        return [None] * len(written)


def main() -> None:
    given = parse()
    seq2seq.RECORDERS = {"cuda": Graphs} if given.device == "cuda" else {"cpu": Plain}
    texts = sentences(given)
    ours = seq2seq.Seq2Seq(replace(spec_of(given.model, {"dtype": given.dtype}), device=given.device))
    theirs = copy.copy(ours)
    theirs.__class__ = Bare
    theirs._static, theirs.forced = None, bool(given.force)
    if given.force:  # padding is never chosen, so that nothing ends before the limit
        ours._static._special = replace(ours._static._special, end=ours._pad)
    speed = bandwidth(given.device)
    print(f"{name_of(given.device)}, copies {speed / 1e9:,.0f} GB/s")
    print(f"{given.model}, {ours._model.dtype}, {len(texts)} texts")
    for beam in given.beams:
        decoding = Decoding(beam=beam, max_new_tokens=given.force or 256)
        compare(ours, theirs, texts, decoding, given=given, speed=speed)


def compare(
    ours: Any, theirs: Any, texts: list[str], decoding: Decoding, *, given: argparse.Namespace, speed: float
) -> None:
    """Interleaved runs, then medians, ratio and floor."""
    tuned = texts[:TUNED_ON]
    tries = {budget: Timed(theirs, budget).run(tuned, decoding, given) for budget in BUDGETS[given.device]}
    plain, fixed = Timed(theirs, max(tries, key=lambda budget: tries[budget])), Timed(ours)
    began = time.perf_counter()
    fixed.run(tuned, decoding, given)  # makes the graphs
    first = time.perf_counter() - began
    fixed.rates.clear()
    for _ in range(given.repeats):
        plain.run(texts, decoding, given)
        fixed.run(texts, decoding, given)
    rates = [statistics.median(each.rates) for each in (plain, fixed)]
    same = sum(one.text == other.text for one, other in zip(plain.answers, fixed.answers, strict=True))
    most = floor(ours, texts, fixed.answers, decoding, speed)
    print(
        f"beam {decoding.beam}: generate {rates[0]:,.0f} tokens/s with its best budget of {plain.budget} padded source "
        f"tokens; fixed shapes {rates[1]:,.0f} ({rates[1] / rates[0]:.1f} times; first use {first:.1f} s); memory "
        f"allows {most:,.0f} (reached: {rates[1] / most:.0%}); same text in {same} of {len(texts)}"
    )
    if given.device == "cuda":
        print(f"  at most {torch.cuda.max_memory_allocated() / 2**30:.1f} GB of memory in use")


def floor(
    engine: Any, texts: list[str], answers: list[Generation], decoding: Decoding, speed: float
) -> float:
    """Tokens a second if reading weights, keys and values were all there is, with all lanes busy."""
    stack = engine._static._stack
    tokens = statistics.mean(answer.tokens for answer in answers)
    read = statistics.mean(engine.count_tokens(text) for text in texts)
    search = Search(beams=decoding.beam, limit=decoding.max_new_tokens)
    lanes = min(engine._static._shape(32 * -(-int(read) // 32), search).lanes, len(texts))
    decoder = engine._model.get_decoder()
    head = engine._model.get_output_embeddings().weight
    weights = sum(each.nbytes for layer in _layers(decoder) for each in layer.parameters()) + head.nbytes
    a_token = 2 * stack.layers * stack.heads * stack.width * stack.weight.itemsize
    keys = a_token * (read + decoding.beam * tokens / 2)
    return speed / (weights / lanes + keys)


def _layers(decoder: Any) -> Any:
    return decoder.block if hasattr(decoder, "block") else decoder.layers


def bandwidth(device: str) -> float:
    """Bytes a second that a copy reads and writes, the best of ten."""
    source = torch.zeros(2**30 if device == "cuda" else 2**26, dtype=torch.uint8, device=device)
    target, best = torch.empty_like(source), float("inf")
    for _ in range(10):
        wait(device)
        began = time.perf_counter()
        target.copy_(source)
        wait(device)
        best = min(best, time.perf_counter() - began)
    return 2 * source.nbytes / best


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def name_of(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "a CPU, to see that it runs"


def parse() -> argparse.Namespace:
    parser = parser_of(__doc__, most=2000)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--force", type=int, default=0, help="exact length of every output")
    return parser.parse_args()


if __name__ == "__main__":
    main()
