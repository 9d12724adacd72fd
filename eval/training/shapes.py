"""Networks of several shapes trained on the same data for as many target tokens, and what each has learnt by then.

    python eval/training/shapes.py configs/training/embedded.yaml --tokens 20e6 --device cuda --at-once 5
    OMP_NUM_THREADS=1 python eval/training/shapes.py configs/training/embedded.yaml --tokens 6e6 --positions 4096 \
        --width 256 --at-once 2 --only "pre-norm 8+2" "post-norm 8+2"      # what a CPU can do in two hours

Each gets short pairs for a quarter of its updates, then all pairs at a falling rate, without back-translation. Scores
are those of the configuration's own selection (chrF++, greedy, averaged weights). Runs lie in `runs/shapes-*` and go
on where they stopped; the corpus is prepared once, a vocabulary of another size is trained on it.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from workbench.config import load_yaml
from workbench.training.pipeline import Pipeline
from workbench.training.settings import TrainingConfig

FILLED = 0.65
"""Share of the positions of a batch that hold target tokens."""
HEAD = 64
"""Dimensions of one head."""
SHAPES: dict[str, dict[str, Any]] = {
    "pre-norm 8+2": {},
    "post-norm 8+2": {"family": "marian"},
    "pre-norm 10+1": {"encoder_layers": 10, "decoder_layers": 1},
    "pre-norm 6+3": {"encoder_layers": 6, "decoder_layers": 3},
    "pre-norm 6+2, width 448": {"encoder_layers": 6, "width": 448, "feed_forward": 1792, "heads": 7},
    "pre-norm 8+2, 8,000 pieces": {"pieces": 8_000},
    "pre-norm 8+2, 16,000 pieces": {"pieces": 16_000},
    "pre-norm 8+2, 32,000 pieces": {"pieces": 32_000},
}


def main() -> None:
    given = parse()
    names = given.only or list(SHAPES)
    runs = {name: write_config(name, given) for name in names}
    for name, path in runs.items():
        prepare(load_yaml(path, TrainingConfig), folder_of(name, given), given)
    with ThreadPoolExecutor(given.at_once) as pool:
        list(pool.map(lambda config: train(config, given), runs.values()))
    print(f"{'':30}{'million':>9}{'tokens':>9}{'seconds':>9}{'ar-en':>7}{'en-ar':>7}")
    for name in names:
        print(row(name, given))


def write_config(name: str, given: argparse.Namespace) -> Path:
    """The configuration with another shape and two plain stages."""
    config = yaml.safe_load(given.config.read_text(encoding="utf-8"))
    changes = dict(SHAPES[name])
    config["vocabulary"]["size"] = changes.pop("pieces", config["vocabulary"]["size"])
    config["architecture"] = scaled(
        config["architecture"] | changes, given.width / config["architecture"]["width"]
    )
    steps = max(4, round(given.tokens / given.positions / FILLED))
    size = {"batch_tokens": given.positions}
    short = {
        "name": "short",
        "steps": steps // 4,
        "lengths": [16, 24, 32, 48],
        "start": 1e-5,
        "end": given.rate,
    }
    rest = {"name": "all", "steps": steps - steps // 4, "start": given.rate, "end": given.rate / 50}
    config |= {"name": slug(name), "stages": [short | size, rest | size], "evaluate_every": steps}
    given.runs.mkdir(parents=True, exist_ok=True)
    path: Path = given.runs / f"{slug(name)}.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def scaled(architecture: dict[str, Any], factor: float) -> dict[str, Any]:
    """The shape as wide as `factor` says, in whole heads."""
    heads = max(1, round(architecture["heads"] * factor))
    wide = architecture["feed_forward"] / architecture["width"]
    return architecture | {"heads": heads, "width": heads * HEAD, "feed_forward": round(wide * heads * HEAD)}


def prepare(config: TrainingConfig, folder: Path, given: argparse.Namespace) -> None:
    """Give a run the corpus, the vocabulary and the encoded pairs that all with its number of pieces share."""
    common = given.runs / f"shapes-common-{config.vocabulary.size}"
    share(corpus := given.runs / "shapes-corpus", common / "corpus")
    corpus.mkdir(exist_ok=True)
    Pipeline(config, common, device="cpu").genuine()
    for name in ("corpus", "spm.model", "genuine.npz"):
        share(common / name, folder / name)


def share(made: Path, link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(made.resolve())


def slug(name: str) -> str:
    return "shapes-" + name.replace(",", "").replace(" ", "-").replace("+", "-")


def folder_of(name: str, given: argparse.Namespace) -> Path:
    folder: Path = given.runs / slug(name)
    return folder


def train(config: Path, given: argparse.Namespace) -> None:
    options = ["--runs", str(given.runs), "--device", given.device]
    command = [sys.executable, "-m", "workbench", "train", str(config), *options]
    with config.with_suffix(".log").open("w") as log:
        subprocess.run(command, stdout=log, stderr=log, check=True)


def row(name: str, given: argparse.Namespace) -> str:
    folder = folder_of(name, given)
    last = list(curve(folder))[-1]
    size = weights(folder / "best.safetensors") / 1e6
    return (
        f"{name:30}{size:9.1f}{last['target_tokens'] / 1e6:8.1f}M{last['seconds']:9.0f}"
        f"{last['ar-en']:7.1f}{last['en-ar']:7.1f}"
    )


def curve(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        if "ar-en" in values:
            yield values


def weights(path: Path) -> int:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118 - no dict
    return sum(map(math.prod, shapes))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--tokens", type=float, default=20e6, help="target tokens of each")
    parser.add_argument("--positions", type=int, default=32_000, help="of one update")
    parser.add_argument("--rate", type=float, default=1.2e-3, help="highest learning rate")
    parser.add_argument(
        "--width", type=int, default=384, help="of the shapes that name none; others follow it"
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--at-once", type=int, default=1, help="trained side by side on one device")
    parser.add_argument("--only", nargs="+", choices=SHAPES)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
