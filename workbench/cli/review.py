"""`review`: the browser workbench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import app


@app.command()
def review(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = 7860,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; any but this machine's own needs --users.")
    ] = "127.0.0.1",
    store: Annotated[
        str | None,
        typer.Option(
            "--store", metavar="URL", help="Where judgements and edits are kept: a path, or postgresql://..."
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(
            "--runs", metavar="FOLDER", help="Evaluations or files of outputs to offer; repeatable."
        ),
    ] = None,
    users: Annotated[
        Path | None, typer.Option("--users", metavar="FILE", help="File of people who may sign in.")
    ] = None,
    add_user: Annotated[
        str | None, typer.Option("--add-user", metavar="NAME", help="Add a person to --users, and end.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="Where models run: auto, cpu or cuda.")] = "auto",
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the whole store to FILE, and end.")
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Read such a file into the store, and end."),
    ] = None,
) -> None:
    """Read, compare, judge and correct in the browser."""
    from workbench.cli.reviewing import add_person, carry, run

    if add_user is not None:
        add_person(users, add_user)
    elif export is not None or import_ is not None:
        carry(store, export=export, import_=import_)
    else:
        run(port=port, host=host, store=store, runs=runs or [], users=users, device=device)
