"""Where a model's weights lie on this machine."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from workbench.config import PACKAGE, ModelCard, user_folder
from workbench.errors import ModelError

SEAL = "pulled.json"
"""Written last into the folder of a model that was pulled: its path, commit and the sizes of its files."""
_PACKAGED = "package:"
_WEIGHTS = ("*.safetensors", "model.bin")
_INDEX = "model.safetensors.index.json"
_LONGEST_HEADER = 10**8
"""Bytes; safetensors' own limit."""
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def find(card: ModelCard, beside: Path) -> Path | None:
    """The folder that holds the whole model, or None where it is not on this machine.

    Args:
        card: Its path is "package:NAME", a folder (absolute, or opening with "." or "~"), or a hub id.
        beside: The folder of the card's file; relative folders count from there.
    """
    folder = _somewhere(card, beside)
    return folder if folder and not missing(folder) else None


def require(card: ModelCard, beside: Path) -> Path:
    """The folder that holds the model.

    Raises:
        ModelError: It is not on this machine, or only a part of it; the cure says how it comes there.
    """
    folder = _somewhere(card, beside)
    lacking = missing(folder) if folder else []
    if folder and not lacking:
        return folder
    if folder and lacking != [_WEIGHTS[0]]:
        raise ModelError(
            f"The model {card.name!r} is not whole: {folder} lacks {', '.join(lacking[:3])}"
            f"{' and more' if len(lacking) > 3 else ''}.",
            cure=f"Fetch the rest: workbench models pull {card.name}."
            if on_hub(card)
            else "Copy its files again.",
        )
    local = _local(card.path, beside)
    if card.path.startswith(_PACKAGED):
        raise ModelError(
            f"The weights of the model {card.name!r}, which ships with the package, are not in {local}.",
            cure="Install the package again, or make them: workbench train configs/training/embedded.yaml.",
        )
    if local:
        raise ModelError(
            f"The model {card.name!r} is not in {local}: no safetensors there{_pickled(local)}.",
            cure=f"Put its files there, or correct 'path' in its card {beside / card.name}.yaml.",
        )
    raise ModelError(
        f"The model {card.name!r} ({card.path}) is not on this machine.",
        cure=f"Fetch it where the hub can be reached: workbench models pull {card.name}; "
        "or leave --model out to use what is here.",
    )


def on_hub(card: ModelCard) -> bool:
    """Whether the card's path is a hub id."""
    return card.engine != "server" and _HUB_ID.fullmatch(card.path) is not None


def pulled_folder(card: ModelCard, commit: str) -> Path:
    """Where a model lies that `workbench models pull` fetched."""
    return user_folder("data") / "models" / f"{card.name}@{commit[:12]}"


def commit_of(folder: Path) -> str | None:
    """The commit that a folder holds, where it was pulled or lies in the hub's own cache."""
    seal = _seal(folder)
    if seal:
        return str(seal["commit"])
    return folder.name if re.fullmatch(r"[0-9a-f]{40}", folder.name) else None


def missing(folder: Path) -> list[str]:
    """Names of files that a model's folder should hold and does not, or holds in part."""
    if not any(any(folder.glob(kind)) for kind in _WEIGHTS):
        return [_WEIGHTS[0]]
    seal = _seal(folder)
    sizes: dict[str, int] = seal["files"] if seal else {}
    lacking = [name for name, size in sizes.items() if not _has(folder / name, size)]
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        shards = sorted(set(index["weight_map"].values()))
    except FileNotFoundError:
        shards = []
    except (OSError, ValueError, LookupError, AttributeError):
        return [*lacking, _INDEX]
    lacking += [name for name in shards if not (folder / name).is_file()]
    return lacking + [path.name for path in folder.glob("*.safetensors") if not _is_whole(path)]


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _is_whole(path: Path) -> bool:
    """Whether a safetensors file is as long as its header says; what is no safetensors is judged when it is loaded."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            start = file.read(8)
            length = int.from_bytes(start, "little")
            if len(start) < 8 or not 2 <= length <= _LONGEST_HEADER:
                return True
            if 8 + length > size:
                return False
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return bool(size >= 8 + length + max(ends, default=0))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return True


def _somewhere(card: ModelCard, beside: Path) -> Path | None:
    """A folder for the model, whole or not."""
    local = _local(card.path, beside)
    if local is not None:
        return local if local.is_dir() else None
    if not on_hub(card):
        return None
    return _pulled(card) or _in_hub_cache(card)


def _pulled(card: ModelCard) -> Path | None:
    """The newest pull of the card's repository: at the card's revision where it pins one, or at one the user chose."""
    found = []
    for seal in (user_folder("data") / "models").glob(f"{card.name}@*/{SEAL}"):
        data = _seal(seal.parent)
        if data and data["path"] == card.path:
            pinned = card.revision in (None, data["commit"], data.get("revision"))
            found += [(seal.stat().st_mtime, seal.parent)] if pinned or data.get("chosen") else []
    return max(found)[1] if found else None


def _seal(folder: Path) -> dict[str, Any] | None:
    try:
        data = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and {"path", "commit", "files"} <= set(data) else None


def _pickled(folder: Path) -> str:
    """A word on pickles that lie where safetensors should."""
    pickles = [path.name for kind in ("pytorch_model*.bin", "*.pt", "*.ckpt") for path in folder.glob(kind)]
    return f", but a pickle ({pickles[0]}), which can run code and is not loaded" if pickles else ""


def _local(path: str, beside: Path) -> Path | None:
    if path.startswith(_PACKAGED):
        return PACKAGE / path.removeprefix(_PACKAGED)
    if path.startswith((".", "~", os.sep)) or Path(path).is_absolute():
        return beside / Path(path).expanduser()
    return None


def _in_hub_cache(card: ModelCard) -> Path | None:
    """A copy that other programmes of this user have fetched."""
    from huggingface_hub import try_to_load_from_cache

    cache = os.environ.get("HF_HUB_CACHE")
    found = try_to_load_from_cache(card.path, "config.json", cache_dir=cache, revision=card.revision)
    return Path(found).parent if isinstance(found, str) else None
