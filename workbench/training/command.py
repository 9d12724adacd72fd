"""What `workbench train` does: a run in its folder, a picture of its curve, an export."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from workbench.config import load_yaml
from workbench.errors import ConfigError
from workbench.training.settings import TrainingConfig


def run_training(
    config: Path,
    *,
    runs: Path,
    device: str,
    minutes: float | None,
    output: Path | None,
    say: Callable[[str], None],
) -> Path:
    """Train, or export what was trained, and return the folder written to.

    Args:
        config: Of the run; its name is that of the folder in `runs`.
        runs: Folder of runs.
        device: "auto", "cpu" or "cuda".
        minutes: After which to stop, or None.
        output: Where to export to instead of training, or None.
        say: Where progress is told, a line at a time.

    Raises:
        ConfigError: The configuration or the data folder is not right, or there is nothing to export.
    """
    settings = load_yaml(config, TrainingConfig)
    folder = runs / settings.name
    if output:
        return _export(settings, folder, output)
    from workbench.training.pipeline import Pipeline
    from workbench.training.trainer import never

    until = time.monotonic() + 60 * (minutes or 0)
    stop = never if minutes is None else lambda _: time.monotonic() > until
    run = Pipeline(settings, folder, device=_device(device), say=say).train(stop=stop)
    draw_curve(folder)
    done = run.progress.stage == len(settings.stages)
    say(
        f"{'finished' if done else 'stopped'}: {run.progress.total_steps} updates, best score {run.progress.best:.2f}"
    )
    return folder


def _device(name: str) -> str:
    import torch

    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ConfigError(
            "No CUDA device is available.", cure="Use --device cpu, or install a CUDA build of torch."
        )
    return "cuda" if there and name != "cpu" else "cpu"


def _export(settings: TrainingConfig, folder: Path, output: Path) -> Path:
    from workbench.training.export import export

    weights = folder / "best.safetensors"
    if not weights.exists():
        raise ConfigError(f"{folder} holds no evaluated weights yet.", cure="Train first, or train longer.")
    exported = export(settings, weights, folder / "spm.model", output)
    _shortlist(settings, folder, output)
    return exported


def _shortlist(settings: TrainingConfig, folder: Path, output: Path) -> None:
    """Count the pieces of each language in the pairs of the run."""
    import sentencepiece

    from workbench.training.pipeline import Pipeline
    from workbench.training.shortlist import write_shortlist
    from workbench.training.vocabulary import CODES

    pairs = Pipeline(settings, folder, device="cpu").genuine()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model"))
    names = [processor.id_to_piece(number) for number in range(processor.get_piece_size())]
    write_shortlist(output, names, {CODES["ar"]: pairs.arabic[0], CODES["en"]: pairs.english[0]})


def draw_curve(folder: Path) -> Path:
    """Draw `curve.jsonl` of a run as `curve.png`: loss, and chrF++ of each direction, over target tokens."""
    from matplotlib.figure import Figure

    text = (folder / "curve.jsonl").read_text(encoding="utf-8") if (folder / "curve.jsonl").exists() else ""
    rows = [json.loads(line) for line in text.splitlines()]
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names, title in ((left, ("loss",), "training loss"), (right, ("ar-en", "en-ar"), "dev chrF++")):
        for name in names:
            points = [(row["target_tokens"] / 1e6, row[name]) for row in rows if name in row]
            axes.plot([x for x, _ in points], [y for _, y in points], label=name)
        axes.set(title=title, xlabel="million target tokens")
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.savefig(folder / "curve.png", dpi=120)
    return folder / "curve.png"
