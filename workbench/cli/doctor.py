"""`doctor`: what this machine can do, and what to change."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from workbench.cli import app
from workbench.cli.options import Printed, TextOrJson
from workbench.errors import WorkbenchError
from workbench.records import Record
from workbench.versions import installed

Kind = Literal["cache", "config", "data"]

_MARKS = {"good": "ok", "note": "--", "bad": "!!"}
_LIBRARIES = ("torch", "transformers", "ctranslate2", "sentencepiece", "gradio", "datasets")
_HUB = "https://huggingface.co/api/models?limit=1"
_KEPT: dict[Kind, str] = {
    "cache": "converted models",
    "config": "your own cards",
    "data": "pulled models, the memory and judgements",
}
"""What lies in each of the user's folders."""
_GIGABYTE = 1e9
_ENOUGH_MEMORY = 2.0
_ENOUGH_DISK = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One thing that was looked at.

    Attributes:
        subject: What was looked at.
        state: "good", "note" (works, but could do more) or "bad" (must be changed).
        found: What it is like.
        cure: What to change, or None.
    """

    subject: str
    state: Literal["good", "note", "bad"]
    found: str
    cure: str | None = None


@app.command()
def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Also try whether the model hub can be reached.")
    ] = False,
    format: Printed = TextOrJson.text,  # noqa: A002
) -> None:
    """Tell what this machine can do, and what to change."""
    findings = list(examine(online=online))
    if format is TextOrJson.json:
        print(json.dumps([finding.to_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print("\n".join(map(_line, findings)))
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(2)


def examine(*, online: bool = False) -> Iterator[Finding]:
    """Everything that decides how well the workbench runs here; the network is touched only if `online`."""
    yield _python()
    yield _processor()
    yield _memory()
    yield from map(_library, _LIBRARIES)
    yield _graphics()
    yield from _models()
    yield _server(online=online)
    yield _own_cards()
    yield _pulled()
    yield from map(_folder, _KEPT)
    yield (
        _hub()
        if online
        else Finding(
            subject="hub", state="note", found="not tried", cure="Try it with: workbench doctor --online"
        )
    )


def _line(finding: Finding) -> str:
    cure = f"\n     → {finding.cure}" if finding.cure else ""
    return f"{_MARKS[finding.state]}  {finding.subject}: {finding.found}{cure}"


def _python() -> Finding:
    return Finding(
        subject="python",
        state="good",
        found=f"{platform.python_version()} on {platform.system()} {platform.machine()}",
    )


def _processor() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores > 1:
        return Finding(subject="processor", state="good", found=f"{cores} cores")
    return Finding(subject="processor", state="note", found="one core", cure="More cores translate faster.")


def _memory() -> Finding:
    from workbench.catalog.fit import memory

    free, total = memory()
    if free is None or total is None:
        return Finding(subject="memory", state="note", found="unknown on this system")
    found = f"{free:.1f} of {total:.1f} GB free"
    if free >= _ENOUGH_MEMORY:
        return Finding(subject="memory", state="good", found=found)
    cure = "The embedded model needs about 1 GB; close other programmes before you load larger ones."
    return Finding(subject="memory", state="note", found=found, cure=cure)


def _library(name: str) -> Finding:
    found = installed(name)
    if found:
        return Finding(subject=name, state="good", found=found)
    cure = "Install it again, in the folder of the workbench: pip install --editable ."
    return Finding(subject=name, state="bad", found="not installed", cure=cure)


def _graphics() -> Finding:
    """Whether models can run on a graphics card, by torch and by CTranslate2."""
    found = {"torch": _torch_cards(), "ctranslate2": _ctranslate2_cards()}
    names = [name for name, cards in found.items() if cards]
    if len(names) == len(found):
        return Finding(
            subject="graphics", state="good", found=f"{found['torch']} usable by {' and '.join(names)}"
        )
    if names:
        return Finding(
            subject="graphics",
            state="note",
            found=f"{found[names[0]]} usable by {names[0]} alone",
            cure="Install a CUDA build of torch, and the CUDA libraries that CTranslate2 asks for (cuBLAS, cuDNN).",
        )
    if shutil.which("nvidia-smi"):
        cure = "Install a CUDA build of torch that fits the driver; see the README."
        return Finding(subject="graphics", state="note", found="a driver, but no usable card", cure=cure)
    return Finding(subject="graphics", state="good", found="none: models run on the processor")


def _torch_cards() -> str | None:
    try:
        import torch
    except (ImportError, OSError):
        return None
    if not torch.cuda.is_available():
        return None
    memory = torch.cuda.get_device_properties(0).total_memory / _GIGABYTE
    return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name(0)} ({memory:.0f} GB)"


def _ctranslate2_cards() -> str | None:
    try:
        import ctranslate2
    except (ImportError, OSError):
        return None
    count = ctranslate2.get_cuda_device_count()
    return f"{count} card{'s' if count > 1 else ''}" if count else None


def _models() -> Iterator[Finding]:
    from workbench.catalog import DEFAULT, open_catalog

    try:
        catalog = open_catalog()
        here = [card.name for card in catalog.cards() if catalog.where(card.name)]
        there = [name for name in catalog.names() if name not in here]
    except WorkbenchError as fault:
        yield Finding(subject="models", state="bad", found=fault.problem, cure=fault.cure)
        return
    if DEFAULT in here:
        yield Finding(subject="embedded model", state="good", found=str(catalog.where(DEFAULT)))
    else:
        yield Finding(
            subject="embedded model",
            state="bad",
            found="its weights are missing",
            cure="Install the package again, or make them: workbench train configs/training/embedded.yaml.",
        )
    others = [name for name in here if name != DEFAULT]
    yield Finding(
        subject="other models",
        state="good",
        found=f"here: {', '.join(others) or 'none'}; known, not here: {', '.join(there) or 'none'}",
    )


def _server(*, online: bool) -> Finding:
    """The server that runs instruction models whose weights are not here; it is asked only if `online`."""
    from workbench.catalog.loading import SERVER_VARIABLE

    subject, address = f"server ({SERVER_VARIABLE})", os.environ.get(SERVER_VARIABLE)
    if address is None:
        cure = f"To run instruction models elsewhere: {SERVER_VARIABLE}=http://HOST:PORT/v1 (vLLM, llama.cpp, Ollama)."
        return Finding(subject=subject, state="note", found="none", cure=cure)
    if not _is_web_address(address):
        cure = f"Set it to the server's base address, such as http://127.0.0.1:8000/v1, or unset {SERVER_VARIABLE}."
        return Finding(subject=subject, state="bad", found=f"{address!r} is no address", cure=cure)
    found = f"{address} runs instruction models whose weights are not here"
    return _asked(subject, address, found) if online else Finding(subject=subject, state="good", found=found)


def _asked(subject: str, address: str, found: str) -> Finding:
    """Whether a server answers to the question which models it has."""
    import httpx

    try:
        answer = httpx.get(f"{address.rstrip('/')}/models", timeout=5.0)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        return Finding(
            subject=subject,
            state="bad",
            found=f"{address} cannot be reached ({type(fault).__name__})",
            cure="Start the server, or correct the address; it usually ends in /v1.",
        )
    # A server with keys refuses this question, and is there all the same.
    there = answer.is_success or answer.status_code in (401, 403)
    return Finding(
        subject=subject,
        state="good" if there else "note",
        found=found if there else f"{address} answers with {answer.status_code}",
        cure=None
        if there
        else "Check that the address is that of an OpenAI-compatible server; it usually ends in /v1.",
    )


def _is_web_address(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _folder(kind: Kind) -> Finding:
    from workbench.config import user_folder

    folder = user_folder(kind)
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        cure = f"Make {parent} writable, or set WORKBENCH_HOME to a folder of yours."
        return Finding(subject=f"{kind} folder", state="bad", found=f"{folder} cannot be written", cure=cure)
    free = shutil.disk_usage(parent).free / _GIGABYTE
    found = f"{folder} ({_KEPT[kind]}; {free:.1f} GB free)"
    if free < _ENOUGH_DISK:
        cure = "Free some space, or set WORKBENCH_HOME to a folder on another disk."
        return Finding(subject=f"{kind} folder", state="note", found=found, cure=cure)
    return Finding(subject=f"{kind} folder", state="good", found=found)


def _own_cards() -> Finding:
    """Where a user's own cards are looked for."""
    from workbench.config import user_folder

    folder = user_folder("config") / "models"
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    return Finding(subject="cards of your own", state="good", found=f"{folder}: {', '.join(names) or 'none'}")


def _pulled() -> Finding:
    """Where pulled models lie, which are whole, and which are half fetched."""
    from workbench.catalog.places import SEAL
    from workbench.config import user_folder

    folder = user_folder("data") / "models"
    here = {path: (path / SEAL).is_file() for path in sorted(folder.glob("*@*/"))}
    whole, half = ([path.name for path, done in here.items() if done is wanted] for wanted in (True, False))
    found = f"{folder}: {', '.join(whole) or 'none'}"
    if not half:
        return Finding(subject="pulled models", state="good", found=found)
    first = half[0].partition("@")[0]
    return Finding(
        subject="pulled models",
        state="note",
        found=f"{found}; half fetched: {', '.join(half)}",
        cure=f"Fetch the rest (workbench models pull {first}), or remove the folder.",
    )


def _hub() -> Finding:
    import httpx

    try:
        answer = httpx.get(_HUB, timeout=5.0)
    except httpx.HTTPError as fault:
        return Finding(
            subject="hub",
            state="note",
            found=f"cannot be reached ({type(fault).__name__})",
            cure="The embedded model works without it; set HTTPS_PROXY or HF_ENDPOINT if your network needs them.",
        )
    state: Literal["good", "note"] = "good" if answer.is_success else "note"
    return Finding(subject="hub", state=state, found=f"answers with {answer.status_code}")
