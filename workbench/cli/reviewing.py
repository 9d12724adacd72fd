"""What `workbench review` does once its options are read."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.cli.keeping import open_memory
from workbench.cli.output import say
from workbench.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from workbench.views.desk import Desk


def add_person(users: Path | None, name: str) -> None:
    """Ask for a password twice, and write its hash.

    Raises:
        ConfigError: No file was given, or the name or password will not do.
    """
    from workbench.views.access import add_user

    if users is None:
        raise ConfigError("--add-user needs a file to write to.", cure="Add --users FILE.")
    add_user(users, name, typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    say(f"{name} may sign in: workbench review --users {users}")


def carry(store: str | None, *, export: Path | None, import_: Path | None) -> None:
    """Write a store to a file, or read one back.

    Raises:
        InputError: The file is no export, or the store holds something else under the same numbers.
        OutputError: The file cannot be written.
    """
    from workbench.review import open_store
    from workbench.review.exchange import export_store, import_store

    opened = open_store(store)
    try:
        if import_ is not None:
            with import_.open(encoding="utf-8") as lines:
                say(f"{import_store(opened, lines):,} rows came in.")
        elif export is not None:
            with export.open("w", encoding="utf-8") as sink:
                say(f"{export_store(opened, sink):,} rows went out.")
    except (OSError, UnicodeDecodeError) as fault:
        kind = OutputError if export is not None else InputError
        raise kind(f"{export or import_} cannot be used: {fault}.", cure="Check the path.") from fault
    finally:
        opened.close()


def run(
    *, port: int, host: str, store: str | None, runs: list[Path], users: Path | None, device: str
) -> None:
    """Serve until interrupted.

    Raises:
        ConfigError: A network is to be served without users, or the port is taken.
        InputError: A folder is none.
    """
    from workbench.views.access import is_loopback, read_users

    if not is_loopback(host) and users is None:
        raise ConfigError(
            f"Sharing on {host} lets everybody on the network in.",
            cure="Make users first: workbench review --users FILE --add-user NAME; then add --users FILE.",
        )
    if device not in ("auto", "cpu", "cuda"):
        raise ConfigError(f"There is no device {device!r}.", cure="Choose auto, cpu or cuda.")
    for folder in runs:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder.", cure="Give folders with --runs.")
    known = read_users(users) if users else None
    port = _free_port(host, port)
    from workbench.catalog import open_catalog
    from workbench.catalog.fit import memory
    from workbench.review import open_store
    from workbench.views.desk import Desk, uploads_folder

    uploads = uploads_folder()
    desk = Desk(
        store=open_store(store),
        catalog=open_catalog(),
        runs=tuple(folder.resolve() for folder in runs),
        uploads=uploads,
        device=device,
        memory=open_memory(),
        free_gb=lambda: memory()[0],
    )
    # The server ends tidily when told to, then passes the signal on: uploads are to be deleted all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _serve(desk, known, host=host, port=port)
    except KeyboardInterrupt:
        say("The workbench has ended.")
    finally:
        desk.store.close()
        shutil.rmtree(uploads, ignore_errors=True)


def _serve(desk: Desk, users: Mapping[str, str] | None, *, host: str, port: int) -> None:
    # Only now: Gradio takes seconds to import, and reads where uploads go when it is.
    from workbench.views.access import is_loopback
    from workbench.views.app import build, serve

    local = is_loopback(host)
    guard = build(desk, users=users, hosts=("localhost", "127.0.0.1", "::1") if local else None)
    shared = "" if local else " Everybody on the network who has a password can reach it."
    say(f"The workbench is at http://{'127.0.0.1' if local else host}:{port}/ (Ctrl-C ends it).{shared}")
    say(f"Judgements and edits are kept in {desk.store.address}")
    serve(guard, host=host, port=port)


def _free_port(host: str, port: int) -> int:
    """The port; one that is free where 0 was asked for.

    Raises:
        ConfigError: It is taken, or the address is none of this machine's.
    """
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise ConfigError(
                f"Port {port} on {host} cannot be used: {fault.strerror}.", cure="Choose another: --port N."
            ) from fault
        return int(probe.getsockname()[1])
