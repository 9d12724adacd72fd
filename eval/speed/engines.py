"""Target tokens a second of CTranslate2 int8 against transformers float32, side by side on one text file.

    python eval/speed/engines.py workbench/embedded news.ar --from ar --to en [--reference news.en]
    python eval/speed/engines.py RANDOM_MODEL news.ar --from ar --to en --force 30

Both get the same sentences and beams; transformers gets the best of several batch sizes, found first. Runs are
interleaved and medians printed, by the clock and by processor time: on a machine that does other work as well, only
the second is comparable between machines. `--force N` makes every output N tokens long, for random weights.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import ForcedCT2, parser_of, sentences, spec_of

from workbench.engines import seq2seq
from workbench.engines.base import Decoding, Generation

BUDGETS = (512, 1024, 2048, 4096)
TUNED_ON = 48
"""Sentences on which the batch size of transformers is chosen."""


class ForcedSeq2Seq(seq2seq.Seq2Seq):
    """Writes exactly `forced` tokens."""

    forced = 0

    def _orders(self, decoding: Decoding, frame: Any) -> dict[str, Any]:
        orders = super()._orders(decoding, frame)
        return orders | {"min_new_tokens": orders["max_new_tokens"]} if self.forced else orders


@dataclass(frozen=True)
class Run:
    """One pass over the sentences: tokens written, seconds by the clock and by all processors together."""

    tokens: int
    wall: float
    processor: float


def measure(
    engine: Any, texts: Sequence[str], decoding: Decoding, source: str, target: str
) -> tuple[Run, list[str]]:
    wall, processor = time.perf_counter(), time.process_time()
    answers: list[Generation] = engine.generate(texts, decoding, source=source, target=target)
    run = Run(
        tokens=sum(answer.tokens for answer in answers),
        wall=time.perf_counter() - wall,
        processor=time.process_time() - processor,
    )
    return run, [answer.text for answer in answers]


def best_budget(engine: Any, texts: Sequence[str], decoding: Decoding, source: str, target: str) -> int:
    """The batch size at which transformers takes the least processor time."""
    seconds = {}
    for budget in BUDGETS:
        seq2seq.BUDGET["cpu"] = budget * decoding.beam
        seconds[budget] = measure(engine, texts, decoding, source, target)[0].processor
    return min(seconds, key=lambda budget: seconds[budget])


def main() -> None:
    arguments = parse()
    folder = arguments.model
    texts = sentences(arguments)
    ours = ForcedCT2(spec_of(folder, {}))
    theirs = ForcedSeq2Seq(spec_of(folder, {"dtype": "float32"}))
    ours.forced = theirs.forced = arguments.force
    limit = arguments.force or 256
    print(f"{folder}: {len(texts)} sentences, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for beam in arguments.beams:
        decoding = Decoding(beam=beam, max_new_tokens=limit)
        budget = best_budget(theirs, texts[:TUNED_ON], decoding, arguments.source, arguments.target)
        seq2seq.BUDGET["cpu"] = budget * beam
        compare(ours, theirs, texts, decoding, arguments)
        print(f"  transformers with its best budget of {budget} padded source tokens a batch")


def compare(
    ours: Any, theirs: Any, texts: list[str], decoding: Decoding, arguments: argparse.Namespace
) -> None:
    """Interleaved runs, then medians and scores."""
    runs: dict[str, list[Run]] = {"ct2 int8": [], "transformers float32": []}
    outputs: dict[str, list[str]] = {}
    for _ in range(arguments.repeats):
        for name, engine in zip(runs, (ours, theirs), strict=True):
            run, outputs[name] = measure(engine, texts, decoding, arguments.source, arguments.target)
            runs[name].append(run)
    by_clock = {name: statistics.median(run.tokens / run.wall for run in each) for name, each in runs.items()}
    cores = os.cpu_count() or 1
    by_processor = {
        name: statistics.median(cores * run.tokens / run.processor for run in each)
        for name, each in runs.items()
    }
    for name in runs:
        score = f", chrF++ {chrf(outputs[name], arguments)}" if arguments.reference else ""
        print(
            f"beam {decoding.beam} {name}: {by_clock[name]:.0f} target tokens/s by the clock, "
            f"{by_processor[name]:.0f} by processor time on {cores} cores{score}"
        )
    ratios = [ratio["ct2 int8"] / ratio["transformers float32"] for ratio in (by_clock, by_processor)]
    print(f"  CTranslate2 is {ratios[0]:.1f} times as fast by the clock, {ratios[1]:.1f} by processor time")


def chrf(outputs: list[str], arguments: argparse.Namespace) -> str:
    from sacrebleu import corpus_chrf

    lines = arguments.reference.read_text(encoding="utf-8").splitlines()[: len(outputs)]
    return f"{corpus_chrf(outputs, [lines], word_order=2).score:.2f}"


def parse() -> argparse.Namespace:
    parser = parser_of(__doc__, most=96)
    parser.add_argument(
        "--reference", type=Path, help="one line for each line of TEXTS, to score with chrF++"
    )
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--force", type=int, default=0, help="exact length of every output")
    return parser.parse_args()


if __name__ == "__main__":
    main()
