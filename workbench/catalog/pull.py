"""Fetching a model: what would come, of which size and under which licence, and then the files, verified."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from workbench.catalog import places
from workbench.catalog.hub import Hub, RemoteFile, Repository, disk_fault
from workbench.config import ModelCard
from workbench.errors import ModelError

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

NEEDED = ("*.json", "*.jinja", "*.spm", "*.model", "*.txt", "*.tiktoken")
"""Configuration, tokeniser and chat template; fetched with the weights. README and pictures are not."""
PICKLES = ("pytorch_model*.bin", "model*.bin", "*.pt", "*.pth", "*.ckpt")
_SPARE = 2**28
"""Bytes of disk that are left free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a pull would do.

    Attributes:
        card: The model.
        repository: Where it comes from, at one commit.
        revision: The revision asked for.
        chosen: The user named it, so that it serves although the card pins another.
        files: What is fetched.
        folder: Where it will lie.
        size: Bytes in all.
        missing: Bytes that are not here yet.
        pickled: The weights come as a pickle, and are turned into safetensors here.
    """

    card: ModelCard
    repository: Repository
    revision: str
    chosen: bool
    files: tuple[RemoteFile, ...]
    folder: Path
    size: int
    missing: int
    pickled: bool


def plan(
    card: ModelCard, *, revision: str | None = None, convert: bool = False, hub: Hub | None = None
) -> Plan:
    """Ask the hub what a model consists of; nothing is fetched.

    Args:
        card: Its path is a hub id.
        revision: Instead of the card's.
        convert: Take weights that exist only as a pickle, to be read without running any code, and turn them
            into safetensors.
        hub: Where to ask.

    Raises:
        ModelError: It does not come from the hub, cannot be had, or exists only as a pickle.
    """
    if not places.on_hub(card):
        raise ModelError(
            f"The model {card.name!r} does not come from the hub: its path is {card.path}.",
            cure="There is nothing to pull; `workbench models show` says where it lies.",
        )
    hub = hub or Hub()
    repository = hub.repository(card.path, revision or card.revision)
    top = [file for file in repository.files if "/" not in file.name]  # folders hold other formats
    weights = _weights(top, ("*.safetensors",))
    pickled = not weights
    if pickled:
        weights = _pickles(card, top, hub, convert=convert)
    files = (*(file for file in top if _matches(file, NEEDED)), *weights)
    folder = places.pulled_folder(card, repository.commit)
    size = sum(file.size for file in files)
    have = sum(min(file.size, _have(folder / file.name)) for file in files)
    return Plan(
        card=card,
        repository=repository,
        revision=revision or card.revision or "main",
        chosen=revision is not None,
        files=files,
        folder=folder,
        size=size,
        missing=size - have,
        pickled=pickled,
    )


def pull(planned: Plan, *, progress: Progress | None = None, hub: Hub | None = None) -> Path:
    """Fetch, verify, and declare complete; what an interrupted pull had fetched is kept and goes on.

    Returns:
        The folder of the model.

    Raises:
        ModelError: There is no room, the connection breaks for good, a file is damaged, or another process fetches
            the same model.
    """
    _require_room(planned)
    try:
        with _alone(planned):
            _fetch(planned, hub or Hub(), progress)
            if planned.pickled:
                _convert(planned)
            _seal(planned)
    except OSError as fault:
        raise disk_fault(planned.folder, fault) from fault
    return planned.folder


@contextmanager
def _alone(planned: Plan) -> Iterator[None]:
    """Two that write one file would spoil it for each other.

    Raises:
        ModelError: Another process is at it.
    """
    from filelock import FileLock, Timeout

    planned.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(planned.folder.with_name(f"{planned.folder.name}.lock"), blocking=False)
    try:
        with lock:
            yield
    except Timeout as fault:
        raise ModelError(
            f"{planned.card.name} is being fetched by another process.",
            cure="Wait until it is done: what it brings serves you too.",
        ) from fault


def _fetch(planned: Plan, hub: Hub, progress: Progress | None) -> None:
    done = planned.size - planned.missing

    def told(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, planned.size)

    for file in planned.files:
        target = planned.folder / file.name
        if not (target.is_file() and target.stat().st_size == file.size):
            hub.fetch(planned.repository, file, target, told)


def _seal(planned: Plan) -> None:
    """Say what is here, last of all: a folder without it is half a download."""
    seal = {
        "path": planned.card.path,
        "chosen": planned.chosen,
        "revision": planned.revision,
        "commit": planned.repository.commit,
        "files": _sizes(planned.folder),
    }
    (planned.folder / places.SEAL).write_text(json.dumps(seal, indent=1), encoding="utf-8")


def _matches(file: RemoteFile, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(file.name, pattern) for pattern in patterns)


def _weights(files: list[RemoteFile], patterns: tuple[str, ...]) -> tuple[RemoteFile, ...]:
    """Weights in the layout of transformers; other copies beside them, such as "consolidated", stay where they are."""
    found = [file for file in files if _matches(file, patterns)]
    own = [file for file in found if file.name.startswith(("model", "pytorch_model"))]
    return tuple(own or found)


def _pickles(card: ModelCard, files: list[RemoteFile], hub: Hub, *, convert: bool) -> tuple[RemoteFile, ...]:
    """The pickle of a repository without safetensors, where the user wants it.

    Raises:
        ModelError: It is not wanted, or there are no weights at all.
    """
    weights = _weights(files, PICKLES)
    if not weights:
        raise ModelError(
            f"{card.path} holds no weights that transformers could load.",
            cure="Correct `path` in the card: it may be a repository of another format (GGUF, ONNX, JAX).",
        )
    if convert:
        return weights
    offer = hub.conversion(card.path)
    robot = f" The hub's own robot offers them as safetensors: workbench models pull {card.name} --revision {offer}."
    raise ModelError(
        f"The weights of {card.path} are a pickle ({weights[0].name}), and pickles can run code.",
        cure=f"Have them read without running any code, and turned into safetensors: workbench models pull "
        f"{card.name} --convert.{robot if offer else ''}",
    )


def _have(target: Path) -> int:
    part = target.with_name(f"{target.name}.part")
    return next((path.stat().st_size for path in (target, part) if path.is_file()), 0)


def _require_room(planned: Plan) -> None:
    parent = next(path for path in (planned.folder, *planned.folder.parents) if path.exists())
    free = shutil.disk_usage(parent).free
    needed = planned.missing * (2 if planned.pickled else 1) + _SPARE
    if planned.missing and free < needed:
        raise ModelError(
            f"{planned.card.name} needs {needed / 1e6:,.0f} MB on the disk of {parent}, "
            f"and {free / 1e6:,.0f} MB are free.",
            cure="Make room, or set WORKBENCH_HOME to a folder on another disk.",
        )


def _sizes(folder: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_size
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != places.SEAL and path.suffix != ".part"
    }


def _convert(planned: Plan) -> None:
    """Turn pickles into safetensors; torch's reader of weights alone builds tensors and runs nothing.

    Raises:
        ModelError: A pickle holds something else than tensors.
    """
    for file in planned.files:
        if _matches(file, PICKLES):
            path = planned.folder / file.name
            _write_safetensors(_tensors(path, planned.card), path.with_name(_new_name(file.name)))
            path.unlink()
    index = planned.folder / "pytorch_model.bin.index.json"
    if index.is_file():
        text = (
            index.read_text(encoding="utf-8")
            .replace("pytorch_model", "model")
            .replace(".bin", ".safetensors")
        )
        (planned.folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
        index.unlink()


def _new_name(name: str) -> str:
    return f"{Path(name).stem.replace('pytorch_model', 'model')}.safetensors"


def _tensors(path: Path, card: ModelCard) -> dict[str, Any]:
    import pickle

    import torch

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as fault:
        path.unlink()
        raise ModelError(
            f"{path.name} of {card.path} holds something else than weights, or is damaged; it was removed unread.",
            cure="Do not use this model, or ask its authors for safetensors.",
        ) from fault
    state = loaded.get("state_dict", loaded) if isinstance(loaded, dict) else {}
    return {name: tensor for name, tensor in state.items() if isinstance(tensor, torch.Tensor)}


def _write_safetensors(tensors: dict[str, Any], path: Path) -> None:
    from safetensors.torch import save_file

    part = path.with_name(f"{path.name}.part")
    own = {
        name: tensor.clone().contiguous() for name, tensor in tensors.items()
    }  # tied weights share storage
    save_file(own, part, metadata={"format": "pt"})
    part.replace(path)
