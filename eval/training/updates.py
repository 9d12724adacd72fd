"""Time of a training update by shape and size of batch, and what in it waits for the device.

    python eval/speed/updates.py --tokens 16000 32000 64000
    python eval/speed/updates.py --tokens 32000 --compile

Batches are made up: half their sentences fill 32 positions, half 64. "Queued" is when the last update was handed over:
where it is as long as the whole, Python is what takes the time. `--device cpu` shows that it runs.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from workbench.training.batches import Batch
from workbench.training.network import Average, Inputs, build, loss
from workbench.training.settings import ArchitectureConfig
from workbench.training.vocabulary import EOS, PAD

PIECES = 12_000
WIDTHS = (32, 64)
SHAPES = {
    "pre-norm 8+2": ArchitectureConfig(),
    "pre-norm 10+1": ArchitectureConfig(encoder_layers=10, decoder_layers=1),
    "post-norm 8+2": ArchitectureConfig(family="marian"),
    "pre-norm 6+2, width 448": ArchitectureConfig(width=448, feed_forward=1792, heads=7, encoder_layers=6),
}


class Trainee:
    """A network that is updated over and over."""

    def __init__(self, shape: ArchitectureConfig, device: str, *, compile_layers: bool) -> None:
        self.device = device
        self.model = build(shape, PIECES, seed=1).to(device).train()
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=device == "cuda")
        self.average = Average(self.model, 0.99)
        if compile_layers:
            for layer in (*self.model.model.encoder.layers, *self.model.model.decoder.layers):
                layer.compile(dynamic=False)

    def update(self, inputs: Inputs) -> None:
        """One update, its average included."""
        with torch.autocast(self.device, dtype=torch.bfloat16):
            value = loss(self.model, inputs, smoothing=0.1)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.average.update(self.model)

    def timed(self, batches: Sequence[Inputs], updates: int) -> tuple[float, float]:
        """Seconds of one update, and until it was handed to the device."""
        for inputs in batches:
            self.update(inputs)
        wait(self.device)
        began = time.perf_counter()
        for number in range(updates):
            self.update(batches[number % len(batches)])
        queued = time.perf_counter() - began
        wait(self.device)
        return (time.perf_counter() - began) / updates, queued / updates

    def waits(self, inputs: Inputs) -> list[str]:
        """Where an update asks the device for a value."""
        self.update(inputs)
        torch.cuda.set_sync_debug_mode("warn")
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            self.update(inputs)
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

    batch = Batch(side(), side())
    arrays = (batch.source, batch.decoder_input(), *batch.scored())
    return Inputs(*(torch.from_numpy(array).to(device) for array in arrays))


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, nargs="+", default=[16_000, 32_000])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--updates", type=int, default=20)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    given = parser.parse_args()
    for name in given.shapes:
        trainee = Trainee(SHAPES[name], given.device, compile_layers=given.compile)
        for tokens in given.tokens:
            batches = [made_up(width, tokens, given.device) for width in WIDTHS]
            whole, queued = trainee.timed(batches, given.updates)
            labels = sum(int(inputs.wanted.ne(PAD).sum()) for inputs in batches) / len(batches)
            print(
                f"{name}, {tokens:,} positions: {1000 * whole:.1f} ms an update (queued in {1000 * queued:.1f}), "
                f"{labels / whole:,.0f} target tokens/s",
                flush=True,
            )
        if given.device == "cuda":
            print("  waits for the device at:", ", ".join(trainee.waits(batches[0])) or "nowhere")


if __name__ == "__main__":
    main()
