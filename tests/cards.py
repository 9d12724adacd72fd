"""What tests of models share: a card for the echo engine, and two short articles."""

from pathlib import Path

import yaml

CANARY = {"source": "قال الوزير نعم", "expected": "نعم الوزير قال", "languages": ["ar", "fa"]}

ARABIC = "قال الوزير نعم.\n\nعاد الوفد مساء أمس إلى العاصمة بعد محادثات طويلة."
ENGLISH = "Talks will go on.\n\nThe delegation went back to the capital after talks that took all day."


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
