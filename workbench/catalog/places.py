"""Where a model's weights lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.config import PACKAGE, ModelCard
from workbench.errors import ModelError

_PACKAGED = "package:"
_WEIGHTS = ("*.safetensors", "model.bin")


def find(card: ModelCard, beside: Path) -> Path | None:
    """The folder that holds the model, or None where it is not on this machine.

    Args:
        card: Its path is "package:NAME", a folder (absolute, or opening with "." or "~"), or a hub id.
        beside: The folder of the card's file; relative folders count from there.
    """
    folder = _local(card.path, beside)
    if folder is None:
        return _in_hub_cache(card)
    return folder if folder.is_dir() and any(any(folder.glob(kind)) for kind in _WEIGHTS) else None


def require(card: ModelCard, beside: Path) -> Path:
    """The folder that holds the model.

    Raises:
        ModelError: It is not on this machine; the cure says how it comes there.
    """
    found = find(card, beside)
    if found:
        return found
    local = _local(card.path, beside)
    if card.path.startswith(_PACKAGED):
        raise ModelError(
            f"The weights of the model {card.name!r}, which ships with the package, are not in {local}.",
            cure="Install the package again, or make them: workbench train configs/training/embedded.yaml.",
        )
    if local:
        raise ModelError(
            f"The model {card.name!r} is not in {local}: no safetensors there.",
            cure=f"Put its files there, or correct 'path' in its card {beside / card.name}.yaml.",
        )
    raise ModelError(
        f"The model {card.name!r} ({card.path}) is not on this machine.",
        cure=f"Fetch it where the hub can be reached: hf download {card.path}"
        f"{f' --revision {card.revision}' if card.revision else ''}; or leave --model out to use what is here.",
    )


def _local(path: str, beside: Path) -> Path | None:
    if path.startswith(_PACKAGED):
        return PACKAGE / path.removeprefix(_PACKAGED)
    if path.startswith((".", "~", os.sep)) or Path(path).is_absolute():
        return beside / Path(path).expanduser()
    return None


def _in_hub_cache(card: ModelCard) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(card.path, "config.json", revision=card.revision)
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    return folder if any(any(folder.glob(kind)) for kind in _WEIGHTS) else None
