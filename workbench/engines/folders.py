"""Where a model's files lie: a folder as it is, or the copy that the hub's own cache holds."""

from __future__ import annotations

from pathlib import Path

from workbench.engines.base import ModelSpec
from workbench.errors import ModelError

FILES = ("*.json", "*.jinja", "*.safetensors", "*.spm", "*.model", "*.txt")
"""What is fetched of a hub model: configuration, tokeniser, chat template and safetensors, never pickles or code."""


def model_folder(spec: ModelSpec) -> Path:
    """The folder of a model; a hub id is fetched where `spec.offline` is False, else looked up among copies.

    Raises:
        ModelError: There is no such folder, no copy, or the hub cannot be reached.
    """
    folder = Path(spec.path)
    if folder.is_dir():
        return _checked(folder, spec)
    if isinstance(spec.path, Path) or folder.is_absolute() or spec.path.count("/") != 1:
        problem = f"The model {spec.name} should lie in {spec.path}, which is no folder."
        raise ModelError(problem, cure="Correct its path.")
    return _checked(_hub_copy(spec), spec)


def _checked(folder: Path, spec: ModelSpec) -> Path:
    if not (folder / "config.json").is_file():
        problem = f"The folder {folder} of the model {spec.name} holds no config.json."
        raise ModelError(problem, cure="Point to a folder in the layout that save_pretrained writes.")
    return folder


def _hub_copy(spec: ModelSpec) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                str(spec.path),
                revision=spec.revision,
                allow_patterns=list(FILES),
                local_files_only=spec.offline,
            )
        )
    except LocalEntryNotFoundError as fault:
        problem = f"The model {spec.name} ({spec.path}) is not on this machine."
        raise ModelError(problem, cure=f"Fetch it while online: workbench models pull {spec.name}") from fault
    except HFValidationError as fault:
        raise ModelError(f"{spec.path!r} is neither a folder nor a hub id.", cure="Correct it.") from fault
    except (HfHubHTTPError, OSError) as fault:
        problem = f"The model {spec.name} cannot be fetched from the hub: {fault}"
        raise ModelError(
            problem, cure="Check the name, the revision and the connection, and try again."
        ) from fault
