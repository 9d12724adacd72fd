"""The training loop: stages, checkpoints, exact resume, learning curves."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from workbench.errors import ConfigError
from workbench.training.batches import Examples, Sampler
from workbench.training.network import Average, Inputs, build, loss, set_dropout
from workbench.training.settings import StageConfig, TrainingConfig
from workbench.training.vocabulary import PAD

log = logging.getLogger(__name__)

Evaluate = Callable[[Any], dict[str, float]]
"""From the model with averaged weights to dev scores by name; "score" is the one that selects."""


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with every checkpoint.

    Attributes:
        stage: Index of the stage.
        step: Updates done in that stage.
        total_steps: Updates done in all.
        target_tokens: Target pieces seen, padding excluded.
        seconds: Training time, over all sessions.
        best: Highest dev score.
    """

    stage: int = 0
    step: int = 0
    total_steps: int = 0
    target_tokens: int = 0
    seconds: float = 0.0
    best: float = -1.0


Stop = Callable[[Progress], bool]
"""Asked after every update whether to stop before the end; the run resumes from there."""


def never(_: Progress) -> bool:
    """Train to the end."""
    return False


@dataclass(slots=True)
class Run:
    """One training run and its folder.

    Attributes:
        config: What to train.
        folder: Of checkpoints and curves.
        device: "cpu" or "cuda".
        vocabulary: Pieces.
        say: Where progress is told, a line at a time.
    """

    config: TrainingConfig
    folder: Path
    device: str
    vocabulary: int
    say: Callable[[str], None] = log.info
    progress: Progress = field(default_factory=Progress)
    model: Any = field(init=False)
    average: Average = field(init=False)
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.config
        self.model = build(config.architecture, self.vocabulary, seed=config.seed).to(self.device)
        if self.device == "cpu":
            # Written out, attention takes half the time there: fused attention's way back is slow in bfloat16.
            self.model.set_attn_implementation("eager")
        if config.begin_with:
            _begin(self.model, config.begin_with)
        self.average = Average(self.model, config.average)
        matrices = [weight for weight in self.model.parameters() if weight.dim() >= 2]
        others = [weight for weight in self.model.parameters() if weight.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=1e-9, betas=(0.9, 0.98), eps=1e-9, fused=True)
        if (self.folder / "checkpoint.pt").exists():
            self._load()
        if config.compile:
            for layer in (*self.model.model.encoder.layers, *self.model.model.decoder.layers):
                layer.compile(dynamic=False)

    def _load(self) -> None:
        state = torch.load(self.folder / "checkpoint.pt", map_location=self.device, weights_only=True)
        if state["architecture"] != self.config.architecture.model_dump_json():
            raise ConfigError(
                f"{self.folder} holds a run of another architecture.",
                cure="Give the configuration another name, or remove the folder to begin anew.",
            )
        self.progress = Progress(**state["progress"])
        with torch.no_grad():
            for weight, saved in zip(self.model.parameters(), state["weights"], strict=True):
                weight.copy_(saved)
            for weight, saved in zip(self.average.weights, state["average"], strict=True):
                weight.copy_(saved)
        self.average.steps = state["average_steps"]
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"].cpu())
        if self.device == "cuda" and state["random_cuda"] is not None:
            torch.cuda.set_rng_state(state["random_cuda"].cpu())
        self.say(f"resumed at stage {self.progress.stage}, step {self.progress.step}")

    def save(self) -> None:
        """Write the checkpoint; a kill in the middle leaves the one before."""
        state = {
            "architecture": self.config.architecture.model_dump_json(),
            "progress": {name: getattr(self.progress, name) for name in Progress.__slots__},
            "weights": [weight.detach() for weight in self.model.parameters()],
            "average": self.average.weights,
            "average_steps": self.average.steps,
            "optimiser": self.optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state() if self.device == "cuda" else None,
        }
        part = self.folder / "checkpoint.pt.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def stage(
        self, stage: StageConfig, examples: Examples, evaluate: Evaluate, *, stop: Stop = never
    ) -> bool:
        """Train what is left of the current stage; False where `stop` said so first."""
        dropout = self.config.architecture.dropout if stage.dropout is None else stage.dropout
        set_dropout(self.model, dropout)
        if stage.begin_averaged and self.progress.step == 0:
            self.average.give(self.model)
        seed = self.config.seed * 1000 + self.progress.stage
        sampler = Sampler(examples, lengths=stage.lengths, batch_tokens=stage.batch_tokens, seed=seed)
        started = saved = time.monotonic()
        before = self.progress.seconds
        losses: list[torch.Tensor] = []
        with contextlib.closing(batches_of(sampler, skip=self.progress.step, device=self.device)) as batches:
            self.model.train()
            for inputs, tokens in batches:
                losses.append(self._update(inputs, _rate(stage, self.progress.step)))
                self.progress.step += 1
                self.progress.total_steps += 1
                self.progress.target_tokens += tokens
                now = time.monotonic()
                self.progress.seconds = before + now - started
                over = self.progress.step >= stage.steps
                if self.progress.total_steps % 50 == 0:
                    self._note(stage, losses)
                if over:
                    self._mix(stage)
                if self.progress.total_steps % self.config.evaluate_every == 0 or over:
                    self._evaluate(stage, evaluate)
                if over or stop(self.progress):
                    break
                if now - saved > self.config.checkpoint_seconds:
                    self.save()
                    saved = now
        if over:
            self.progress.stage += 1
            self.progress.step = 0
        self.save()
        return over

    def _update(self, inputs: Inputs, rate: float) -> torch.Tensor:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device, dtype=torch.bfloat16):
            value = loss(self.model, inputs, smoothing=self.config.label_smoothing)
        torch.autograd.backward(value)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip, foreach=True)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.average.update(self.model)
        return value.detach()

    def _mix(self, stage: StageConfig) -> None:
        """Give the averaged weights of earlier stages their share, and keep what a later stage will ask for."""
        from safetensors.torch import load_file

        names = [name for name, _ in self.model.named_parameters()]
        parts = {name: load_file(self._kept(name), device=self.device) for name in stage.mixed_with}
        rest = 1 - sum(stage.mixed_with.values())
        for name, weight in zip(names, self.average.weights, strict=True):
            weight.mul_(rest)
            for part, share in stage.mixed_with.items():
                weight.add_(parts[part][name], alpha=share)
        if any(stage.name in later.mixed_with for later in self.config.stages):
            with self.averaged():
                save_weights(self.model, self._kept(stage.name))

    def _kept(self, stage: str) -> Path:
        return self.folder / f"averaged.{stage}.safetensors"

    def _note(self, stage: StageConfig, losses: list[torch.Tensor]) -> None:
        mean = torch.stack(losses).mean().item()
        losses.clear()
        self._curve({"loss": round(mean, 4)}, stage)

    def _evaluate(self, stage: StageConfig, evaluate: Evaluate) -> None:
        with self.averaged():
            scores = evaluate(self.model)
            if scores["score"] >= self.progress.best:
                self.progress.best = scores["score"]
                save_weights(self.model, self.folder / "best.safetensors")
        self._curve({name: round(value, 2) for name, value in scores.items()}, stage)

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """The model in evaluation mode with its averaged weights, for as long as the context lasts."""
        self.average.swap(self.model)
        self.model.eval()
        try:
            yield
        finally:
            self.average.swap(self.model)
            self.model.train()

    def _curve(self, values: dict[str, float], stage: StageConfig) -> None:
        progress = self.progress
        row = {
            "step": progress.total_steps,
            "stage": stage.name,
            "target_tokens": progress.target_tokens,
            "seconds": round(progress.seconds, 1),
            **values,
        }
        with (self.folder / "curve.jsonl").open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(row) + "\n")
        self.say(json.dumps(row))


def save_weights(model: Any, path: Path, *, dtype: torch.dtype = torch.float32) -> None:
    """Write the weights once each (tied ones are stored under one name), through a temporary file."""
    from safetensors.torch import save_file

    weights = {
        name: weight.detach().to("cpu", dtype).contiguous() for name, weight in model.named_parameters()
    }
    part = path.with_name(path.name + ".part")
    save_file(weights, part)
    part.replace(path)


def _begin(model: Any, folder: Path) -> None:
    """Take the weights of an exported model."""
    from safetensors import safe_open

    path = folder / "model.safetensors"
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist.",
            cure="Set begin_with to the folder of an exported model, or leave it out.",
        )
    with safe_open(path, framework="pt") as weights:
        theirs = {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118 - no dict
    if theirs != {name: tuple(weight.shape) for name, weight in model.named_parameters()}:
        raise ConfigError(
            f"{folder} holds a model of another shape.",
            cure="Give `architecture` and vocabulary.size the values of the model to begin with.",
        )
    load_weights(model, path)


def load_weights(model: Any, path: Path) -> None:
    """The inverse of `save_weights`; the network must have the same shape."""
    from safetensors.torch import load_file

    weights = load_file(path)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(weights[name])


def _rate(stage: StageConfig, step: int) -> float:
    """Learning rate of an update: a straight line over the stage."""
    return stage.start + (stage.end - stage.start) * min(1.0, step / max(1, stage.steps - 1))


class _Stream(IterableDataset[tuple[Inputs, int]]):
    """Batches from number `skip` on, each with the number of its labels."""

    def __init__(self, sampler: Sampler, skip: int) -> None:
        self._sampler = sampler
        self._skip = skip

    def __iter__(self) -> Iterator[tuple[Inputs, int]]:
        for batch in self._sampler.batches(self._skip):
            yield Inputs.of(batch), int(np.count_nonzero(batch.labels != PAD))


def batches_of(
    sampler: Sampler, *, skip: int, device: str, processes: int | None = None
) -> Generator[tuple[Inputs, int], None, None]:
    """Every batch from number `skip` on, on the device, each with the number of its labels.

    Args:
        sampler: Whose batches.
        skip: How many are left out.
        device: "cpu" or "cuda".
        processes: That make batches while the device works: one by default where that is a GPU, which a thread of
            this process would keep from its next kernel; none on a CPU, where it gains nothing.
    """
    aside = int(device == "cuda") if processes is None else processes
    loader = DataLoader(
        _Stream(sampler, skip),
        batch_size=None,
        num_workers=aside,
        prefetch_factor=8 if aside else None,
        pin_memory=device == "cuda",
        generator=torch.Generator(),  # the run's own must not be drawn from: resuming would change it
    )
    for inputs, tokens in loader:
        yield inputs.to(device), tokens
