"""Where results go: stdout or a file that appears when complete; rejections are told on stderr and counted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from workbench.errors import OutputError
from workbench.records import Article, Rejection

NOTHING_READ = 2
SOME_REJECTED = 3


class Results:
    """The open output of one command, and the count of what came and what was rejected.

    Attributes:
        accepted_count: Articles that could be used.
        rejected_count: Articles that could not.
    """

    def __init__(self, stream: TextIO, *, jsonl: bool) -> None:
        self._stream = stream
        self._jsonl = jsonl
        self.accepted_count = 0
        self.rejected_count = 0

    def write(self, text: str) -> None:
        """Write `text` as it is.

        Raises:
            OutputError: The disk is full, or the folder is gone.
        """
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise OutputError(
                f"The results cannot be written: {fault.strerror}.",
                cure="Free some space, or choose another place with -o.",
            ) from fault

    def line(self, text: str) -> None:
        """Write `text` and a line feed."""
        self.write(text + "\n")

    def accepted(self, records: Iterable[Article | Rejection]) -> Iterator[Article]:
        """The articles among `records`; each rejection is reported where it stands, and reading goes on."""
        for record in records:
            if isinstance(record, Rejection):
                self.reject(record)
            else:
                self.accepted_count += 1
                yield record

    def reject(self, rejection: Rejection) -> None:
        """Tell why an article is missing: on stderr, and as a record of its own where the output is JSON lines."""
        self.rejected_count += 1
        say(f"{rejection.source}: {rejection.reason}\n  → {rejection.cure}")
        if self._jsonl:
            self.line(rejection.to_json())

    @property
    def exit_code(self) -> int:
        """0 all well, 2 nothing could be used, 3 some articles were rejected."""
        if not self.rejected_count:
            return 0
        return SOME_REJECTED if self.accepted_count else NOTHING_READ


def say(message: str) -> None:
    """Talk goes to stderr."""
    print(message, file=sys.stderr)


@contextmanager
def results(path: Path | None, *, jsonl: bool) -> Iterator[Results]:
    """Open the output of a command, and leave with its exit code.

    A file is written as `NAME.part` and takes its name only when complete; what a failed run had finished stays
    in the `.part` file.

    Args:
        path: File to write; None or "-" is stdout.
        jsonl: Whether the output is JSON lines, so that rejections are written into it too.

    Raises:
        OutputError: The file cannot be written; found before any work is done.
        typer.Exit: Some or all articles were rejected.
    """
    if path is None or str(path) == "-":
        sink = Results(_stdout(), jsonl=jsonl)
        yield sink
    else:
        part = _part(path)
        with _open(path, part) as stream:
            sink = Results(stream, jsonl=jsonl)
            yield sink
        if part != path:
            _finish(path, part)
    if sink.exit_code:
        raise typer.Exit(sink.exit_code)


def _stdout() -> TextIO:
    # Arabic must come out whole whatever the terminal's locale says.
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8")
    return sys.stdout


def _part(path: Path) -> Path:
    """Where to write until all is there; a device or pipe must not be replaced by a file, so it is written at once."""
    try:
        special = path.exists() and not path.is_file() and not path.is_dir()
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    return path if special else path.with_name(path.name + ".part")


@contextmanager
def _open(path: Path, part: Path) -> Iterator[TextIO]:
    try:
        if path.is_dir():
            raise OutputError(f"{path} is a folder.", cure="Give -o the name of a file.")
        stream = part.open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    try:
        with stream:
            yield stream
    except BaseException:
        if part != path and part.exists() and not part.stat().st_size:
            part.unlink()
        raise


def _finish(path: Path, part: Path) -> None:
    try:
        part.replace(path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault


def _unwritable(path: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written: {fault.strerror}.",
        cure="Give -o a file in a folder that exists and that you may write to.",
    )
