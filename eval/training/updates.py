"""Time of a training update by shape and size of batch, and what in it waits for the device.

    python eval/training/updates.py --tokens 16000 32000 64000
    python eval/training/updates.py --tokens 32000 --compile

Batches are made up: half their sentences fill 32 positions, half 64. "Queued" is when the last update was handed over:
where it is as long as the whole, Python is what takes the time. `--device cpu` shows that it runs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from shapes import SHAPES

from workbench.config import parse
from workbench.training.batches import Batch
from workbench.training.network import Inputs
from workbench.training.settings import TrainingConfig
from workbench.training.trainer import Run
from workbench.training.vocabulary import EOS, PAD

PIECES = 12_000
WIDTHS = (32, 64)
RATE = 1e-4


def opened(name: str, given: argparse.Namespace, folder: Path) -> Run:
    """A run of a shape that will never be finished."""
    changes = dict(SHAPES[name])
    pieces = changes.pop("pieces", PIECES)
    facts = {
        "name": "updates",
        "corpus": {"folder": str(folder), "sources": {}},
        "architecture": changes,
        "stages": [{"name": "all", "steps": 1, "start": RATE, "end": RATE}],
        "compile": given.compile,
    }
    run = Run(parse(facts, TrainingConfig, name="updates"), folder, given.device, pieces)
    run.model.train()
    return run


def timed(run: Run, batches: Sequence[Inputs], updates: int) -> tuple[float, float]:
    """Seconds of one update, and until it was handed to the device."""
    for inputs in batches:
        run._update(inputs, RATE)
    wait(run.device)
    began = time.perf_counter()
    for number in range(updates):
        run._update(batches[number % len(batches)], RATE)
    queued = time.perf_counter() - began
    wait(run.device)
    return (time.perf_counter() - began) / updates, queued / updates


def waits(run: Run, inputs: Inputs) -> list[str]:
    """Where an update asks the device for a value."""
    torch.cuda.set_sync_debug_mode("warn")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        run._update(inputs, RATE)
    torch.cuda.set_sync_debug_mode("default")
    return [f"{warning.filename}:{warning.lineno}" for warning in found]


def made_up(width: int, tokens: int, device: str) -> Inputs:
    """Sentences that fill five eighths of the width or more."""
    chance = np.random.default_rng(width)

    def side() -> Any:
        pieces = chance.integers(10, PIECES, (max(1, tokens // width), width))
        last = chance.integers(width * 5 // 8, width, len(pieces))
        pieces[np.arange(width) > last[:, None]] = PAD
        pieces[np.arange(len(pieces)), last] = EOS
        return pieces

    return Inputs.of(Batch(side(), side())).to(device)


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, nargs="+", default=[16_000, 32_000])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES)[:5])
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    given = parser.parse_args()
    for name in given.shapes:
        run = opened(name, given, Path(tempfile.mkdtemp()))
        for tokens in given.tokens:
            batches = [made_up(width, tokens, given.device) for width in WIDTHS]
            whole, queued = timed(run, batches, given.updates)
            labels = sum(int(inputs.wanted.ne(PAD).sum()) for inputs in batches) / len(batches)
            print(
                f"{name}, {tokens:,} positions: {1000 * whole:.1f} ms an update (queued in {1000 * queued:.1f}), "
                f"{labels / whole:,.0f} target tokens/s",
                flush=True,
            )
        if given.device == "cuda":
            print("  waits for the device at:", ", ".join(waits(run, batches[0])) or "nowhere")


if __name__ == "__main__":
    main()
