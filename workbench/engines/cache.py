"""Converted models: made once, found again by what they were made from, never seen half-finished."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from workbench.config import user_folder
from workbench.engines.base import ModelSpec
from workbench.engines.digests import digests
from workbench.engines.folders import FILES
from workbench.errors import ModelError

ENCODER = "encoder"
"""Folder of the encoder alone, inside the folder of a converted model."""
SHORTLIST = "shortlist.txt"
"""File beside a model's weights: a line for each token of a language, with the pieces that it is written with."""
SHIPPED = "ctranslate2"
"""Folder inside a model's own in which it may bring its conversion along."""
FORMAT = 4
"""Raised whenever `conversion` writes something else from the same files."""
SEAL = "complete.json"
UNREADABLE = (RuntimeError, IndexError, ValueError)
"""What CTranslate2 raises on a file that is not what it should be."""

Loaded = TypeVar("Loaded")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What decoding must mind about a converted model, in a file beside it.

    Attributes:
        window: Most source tokens, marks included.
        positions: Most tokens that the decoder can place.
        width: Dimensions of the encoder's states.
        never: Tokens of its vocabulary that no output may hold: padding.
    """

    window: int
    positions: int
    width: int
    never: tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write them into `folder`."""
        (folder / "limits.json").write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Limits:
        """The inverse of `save`."""
        return cls(**json.loads((folder / "limits.json").read_text(encoding="utf-8")))


def converted(
    spec: ModelSpec,
    folder: Path,
    *,
    quantization: str,
    convert: Callable[[Path], None],
    anew: bool = False,
) -> Path:
    """The converted form of the model in `folder`: shipped with it, kept from an earlier run, or made now.

    Args:
        spec: The model's name, conditioning and window are part of what a conversion is found by.
        folder: In the transformers layout.
        quantization: Of the weights, in CTranslate2's words.
        convert: Fills the empty folder it is given.
        anew: Distrust what is kept: it could not be loaded.

    Raises:
        ModelError: The user's cache cannot be written, or the conversion failed.
    """
    origin = _origin(spec, folder, quantization)
    shipped = folder / SHIPPED
    if not anew and _is_complete(shipped, origin):
        return shipped
    final = user_folder("cache") / "ctranslate2" / f"{spec.name}-{quantization}-{_key(origin)}"
    if not anew and _is_complete(final, origin):
        return final
    try:
        return _make(final, origin, convert, anew=anew)
    except OSError as fault:
        problem = (
            f"The converted model {spec.name} cannot be kept in {final.parent}: {fault.strerror or fault}."
        )
        cure = "Make room or give write access there, or set WORKBENCH_HOME to another folder."
        raise ModelError(problem, cure=cure) from fault


def load_converted(
    spec: ModelSpec,
    folder: Path,
    *,
    quantization: str,
    convert: Callable[[Path], None],
    load: Callable[[Path], Loaded],
    instead: str,
) -> Loaded:
    """What `load` makes of a converted model; a conversion that it cannot load is made anew, once.

    Args:
        spec: As for `converted`, like the three that follow.
        folder: In the transformers layout.
        quantization: Of the weights.
        convert: Fills the empty folder it is given.
        load: Loads the folder of a conversion.
        instead: The engine that needs no conversion.

    Raises:
        ModelError: It cannot be converted, kept or loaded.
    """
    for anew in (False, True):
        place = converted(spec, folder, quantization=quantization, convert=convert, anew=anew)
        try:
            return load(place)
        except UNREADABLE as fault:
            unreadable = fault
    problem = f"CTranslate2 cannot load {spec.name}: {unreadable}"
    cure = f"Set `engine: {instead}` in its card, or try --device cpu."
    raise ModelError(problem, cure=cure) from unreadable


def seal(spec: ModelSpec, folder: Path, shipped: Path, *, quantization: str) -> None:
    """Declare `shipped` to be the complete conversion of `folder`, to travel with it."""
    _seal(shipped, _origin(spec, folder, quantization))


def _make(final: Path, origin: str, convert: Callable[[Path], None], *, anew: bool) -> Path:
    """Convert under a lock, in a folder that takes its final name only when complete."""
    from filelock import FileLock

    final.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(final.with_name(f"{final.name}.lock")):
        if not anew and _is_complete(final, origin):
            return final  # another process was quicker
        for left in _leftovers(final):
            shutil.rmtree(left, ignore_errors=True)
        log.info("converting the model for CTranslate2 into %s, once", final)
        part = Path(tempfile.mkdtemp(prefix=f"{final.name}.part-", dir=final.parent))
        try:
            convert(part)
            _seal(part, origin)
            shutil.rmtree(final, ignore_errors=True)
            part.rename(final)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return final


def _leftovers(final: Path) -> Iterator[Path]:
    """Unfinished work of processes that were killed: nobody else works under the lock."""
    return final.parent.glob(f"{final.name}.part-*")


def _seal(folder: Path, origin: str) -> None:
    files = {str(path.relative_to(folder)): path.stat().st_size for path in _files_under(folder)}
    (folder / SEAL).write_text(json.dumps({"origin": origin, "files": files}), encoding="utf-8")


def _files_under(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SEAL)


def _is_complete(folder: Path, origin: str) -> bool:
    """Whether the folder was sealed for this origin and every file still has its size."""
    try:
        seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in seal["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(seal["origin"] == origin and sizes == seal["files"])


def _key(origin: str) -> str:
    """Name of the conversion: its origin and the versions that made it."""
    made_by = [origin, version("ctranslate2"), version("transformers")]
    return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:16]


def _origin(spec: ModelSpec, folder: Path, quantization: str) -> str:
    """What a conversion is made from: the files' contents and the card's words, as one digest."""
    parts = [
        str(FORMAT),
        quantization,
        spec.style,
        json.dumps(dict(spec.codes), sort_keys=True),
        str(spec.max_input_tokens),
    ]
    for name, digest in digests(folder, FILES).items():
        parts += [name, digest]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
