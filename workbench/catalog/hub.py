"""The model hub: what a repository holds at one commit, and its files, fetched so that nothing is fetched twice."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx

from workbench.errors import ModelError

Told = Callable[[int], None]
"""Called with the number of bytes that just arrived."""

HOME = "https://huggingface.co"
TRIES = 5
"""A file whose transfer breaks goes on where it stopped, this often without any progress."""
_CHUNK = 2**20
_CONVERTER = "SFconvertbot"
_TRUE = {"1", "on", "true", "yes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file of a repository.

    Attributes:
        name: Path within the repository.
        size: Bytes.
        sha256: Of its content, for large files; None for small ones.
        blob: Git's name of its content, for small files; None where the hub does not tell.
    """

    name: str
    size: int
    sha256: str | None = None
    blob: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository at one commit.

    Attributes:
        id: "owner/name".
        commit: Forty hexadecimal digits that will always name these files.
        files: Everything in it.
    """

    id: str
    commit: str
    files: tuple[RemoteFile, ...]


class Hub:
    """The hub at `HF_ENDPOINT`, or the public one; with the user's own token where there is one."""

    def __init__(self) -> None:
        from huggingface_hub import get_token

        self.endpoint = os.environ.get("HF_ENDPOINT", HOME).rstrip("/")
        token = get_token()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def _client(self) -> httpx.Client:
        timeout = httpx.Timeout(60.0, connect=15.0)
        return httpx.Client(headers=self._headers, follow_redirects=True, timeout=timeout)

    def repository(self, path: str, revision: str | None) -> Repository:
        """What a repository holds.

        Raises:
            ModelError: It cannot be had: no network, no such repository or revision, terms not accepted.
        """
        place = f"{self.endpoint}/api/models/{path}/revision/{(revision or 'main').replace('/', '%2F')}"
        data = self._json(place, path, revision, blobs="true")
        try:
            files = tuple(_file(entry) for entry in data["siblings"])
            return Repository(id=path, commit=str(data["sha"]), files=files)
        except (LookupError, TypeError, ValueError) as fault:
            raise ModelError(
                f"{self.endpoint} does not answer as a model hub does.",
                cure="Correct HF_ENDPOINT, or log in to the network that answers in its place.",
            ) from fault

    def conversion(self, path: str) -> str | None:
        """The revision in which the hub's own robot offers a repository's pickles as safetensors, or None."""
        try:
            data = self._json(f"{self.endpoint}/api/models/{path}/discussions", path, None)
            offers = [
                entry["num"]
                for entry in data["discussions"]
                if entry["isPullRequest"] and entry["author"]["name"] == _CONVERTER
            ]
        except (ModelError, LookupError, TypeError):
            return None
        return f"refs/pr/{offers[0]}" if offers else None

    def fetch(self, repository: Repository, file: RemoteFile, target: Path, told: Told) -> None:
        """Bring one file to `target`, going on where an earlier try stopped, and verify it.

        Raises:
            ModelError: It cannot be had, or what came is not what the hub lists, or the disk is full.
        """
        part = target.with_name(f"{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        failed = 0
        while (have := part.stat().st_size if part.exists() else 0) < file.size or not part.exists():
            try:
                self._transfer(repository, file, part, have, told)
                if file.size == 0:
                    break
            except httpx.TransportError as fault:
                failed = 0 if part.exists() and part.stat().st_size > have else failed + 1
                if failed >= TRIES:
                    raise _unreachable(self.endpoint, fault) from fault
            except OSError as fault:
                raise disk_fault(part, fault) from fault
        _verify(repository, file, part)
        part.replace(target)

    def _transfer(self, repository: Repository, file: RemoteFile, part: Path, have: int, told: Told) -> None:
        place = f"{self.endpoint}/{repository.id}/resolve/{repository.commit}/{file.name}"
        headers = {"Range": f"bytes={have}-"} if have else {}
        headers["Accept-Encoding"] = "identity"
        with self._client() as client, client.stream("GET", place, headers=headers) as answer:
            if answer.status_code >= 400:
                answer.read()
                _refuse(answer, repository.id, repository.commit)
            goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if have and not goes_on:
                told(-have)  # the server starts anew
            with part.open("ab" if goes_on else "wb") as out:
                for chunk in answer.iter_raw():  # as it arrives, so that nothing is lost when it breaks off
                    out.write(chunk)
                    told(len(chunk))

    def _json(self, place: str, path: str, revision: str | None, **query: str) -> Any:
        if os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE:
            raise ModelError(
                "The hub may not be asked: HF_HUB_OFFLINE is set.",
                cure="Unset it to fetch a model; the embedded model works without.",
            )
        try:
            with self._client() as client:
                answer = client.get(place, params=query)
        except httpx.TransportError as fault:
            raise _unreachable(self.endpoint, fault) from fault
        if answer.status_code >= 400:
            _refuse(answer, path, revision)
        with contextlib.suppress(ValueError):
            return answer.json()
        return None


def _file(entry: dict[str, Any]) -> RemoteFile:
    large = entry.get("lfs") or {}
    return RemoteFile(
        name=str(entry["rfilename"]),
        size=int(entry["size"]),
        sha256=large.get("sha256"),
        blob=entry.get("blobId"),
    )


def _refuse(answer: httpx.Response, path: str, revision: str | None) -> NoReturn:
    """Raise the hub's refusal with its cure.

    Raises:
        ModelError: Always.
    """
    kind = answer.headers.get("x-error-code", "")
    if kind == "GatedRepo" or (answer.status_code == 403 and not kind):
        raise ModelError(
            f"{path} is given only to those who have accepted its terms.",
            cure=f"Accept them at {HOME}/{path}, then log in here: hf auth login (or set HF_TOKEN).",
        )
    if kind == "RevisionNotFound":
        raise ModelError(
            f"{path} has no revision {revision!r}.",
            cure="Correct `revision` in the card, or name another: workbench models pull NAME --revision main.",
        )
    if kind == "EntryNotFound":
        raise ModelError(f"{path} lost a file while it was fetched.", cure="Pull it again.")
    if answer.status_code in (
        401,
        404,
    ):  # the hub answers 401 for what does not exist, to those it does not know
        raise ModelError(
            f"There is no model {path!r} on the hub, or you may not see it.",
            cure="Correct `path` in the card; for a private model log in first: hf auth login.",
        )
    if answer.status_code == 429:
        raise ModelError("The hub says that you ask too often.", cure="Wait some minutes, and pull it again.")
    raise ModelError(f"The hub answers with status {answer.status_code}.", cure="Pull it again in a while.")


def _unreachable(endpoint: str, fault: Exception) -> ModelError:
    return ModelError(
        f"The hub {endpoint} cannot be reached: {fault or type(fault).__name__}.",
        cure="Check the connection (HTTPS_PROXY, HF_ENDPOINT) and pull it again: what is here is kept. "
        "Without a network the embedded model serves.",
    )


def disk_fault(part: Path, fault: OSError) -> ModelError:
    """What to do about a file that cannot be written."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(
            f"The disk of {part.parent} is full.",
            cure="Make room, or set WORKBENCH_HOME to a folder on another disk, and pull it again: it goes on where "
            "it stopped.",
        )
    return ModelError(
        f"{part} cannot be written: {fault.strerror or fault}.",
        cure="Give write access there, or set WORKBENCH_HOME to another folder.",
    )


def _verify(repository: Repository, file: RemoteFile, part: Path) -> None:
    """Compare a file with what the hub lists; one that differs is removed, so that the next try starts anew.

    Raises:
        ModelError: It differs.
    """
    if part.stat().st_size == file.size and _digest(part, file) in (file.sha256 or file.blob, None):
        return
    part.unlink()
    raise ModelError(
        f"{file.name} of {repository.id} is not what the hub lists: it was damaged on its way.",
        cure="Pull it again: this file alone is fetched anew.",
    )


def _digest(path: Path, file: RemoteFile) -> str | None:
    """The content's digest, of the kind that the hub gives for the file; None where it gives none."""
    if file.sha256:
        return _hashed(hashlib.sha256(), path)
    if file.blob:
        return _hashed(hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False), path)
    return None


def _hashed(digest: Any, path: Path) -> str:
    for chunk in _chunks(path):
        digest.update(chunk)
    return str(digest.hexdigest())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
