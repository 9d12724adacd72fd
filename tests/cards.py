"""A model card that any test can write: an echo in place of a model."""

from pathlib import Path

import yaml

CANARY = {"source": "قال الوزير نعم", "expected": "نعم الوزير قال", "languages": ["ar", "fa"]}


def write_card(folder: Path, **changes) -> Path:
    """A card for the echo engine, with weights that nobody reads."""
    card = {
        "name": "parrot",
        "task": "translate",
        "engine": "echo",
        "path": "./weights",
        "languages": [["ar", "fa"], ["fa", "ar"]],
        "licence": "CC0-1.0",
        "canaries": [CANARY],
    } | changes
    (folder / "weights").mkdir(parents=True, exist_ok=True)
    (folder / "weights" / "model.safetensors").write_bytes(b"weights")
    path = folder / f"{card['name']}.yaml"
    path.write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    return path
