"""`workbench train`: from a configuration to weights."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import app
from workbench.cli.options import Device, OnDevice
from workbench.cli.output import say


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A YAML file such as configs/training/embedded.yaml.")],
    runs: Annotated[Path, typer.Option(help="Folder of checkpoints and learning curves.")] = Path("runs"),
    device: OnDevice = Device.auto,
    minutes: Annotated[
        float | None, typer.Option(help="Stop after so long; the same command goes on from there.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Export the best weights so far to this folder, and train no more."
        ),
    ] = None,
) -> None:
    """Train a compact translation model; run again after a stop, it resumes exactly."""
    from workbench.training.command import run_training

    folder = run_training(config, runs=runs, device=device.value, minutes=minutes, output=output, say=say)
    print(folder)
