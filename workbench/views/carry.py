"""The whole store out of the browser and in again, for the person who runs the server."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from workbench.errors import InputError, WorkbenchError
from workbench.review import hidden_names
from workbench.review.exchange import export_store, import_store
from workbench.views.access import LOCAL
from workbench.views.desk import Desk
from workbench.views.words import words

NAME = "workbench-store.jsonl"


def routes(app: FastAPI, desk: Desk) -> None:
    """Let `app` give the store at `GET /store`, and take an export at `PUT /store`.

    Both are for `LOCAL` alone; a failure comes as `{"problem", "cure"}`. Pages of other addresses can send POST without
    asking, but not PUT: browsers ask this server first, which does not answer them.
    """

    @app.get("/store")
    def _out(request: Request) -> Response:
        return _told(lambda: _sent(desk, _owner(request), _language(request)))

    @app.put("/store")
    async def _in(request: Request) -> Response:
        path = _place(desk)
        try:
            _owner(request)
            await _received(request, path, desk.limits.store_bytes)
            return await run_in_threadpool(_told, lambda: JSONResponse({"rows": brought(desk, path)}))
        except InputError as fault:
            return _refused(fault)
        finally:
            path.unlink(missing_ok=True)


def written(desk: Desk, person: str, *, language: str = "en") -> tuple[Path, int]:
    """The store as a file of its own among the uploads, and its number of rows.

    Raises:
        InputError: The file would name systems that this person is judging.
    """
    if hidden_names(desk.store, person):
        say = words(language)
        raise InputError(say["store_blind"], cure=say["page_blind_cure"])
    path = _place(desk)
    with path.open("w", encoding="utf-8") as sink:
        return path, export_store(desk.store, sink)


def brought(desk: Desk, path: Path) -> int:
    """Take an export into the store, all of it or nothing; the number of rows that were not there before.

    Raises:
        InputError: It is no export, or does not fit to what the store holds.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            return import_store(desk.store, lines)
    except UnicodeDecodeError as fault:
        raise InputError("The file is no text.", cure="Give a file that an export wrote.") from fault


def _sent(desk: Desk, person: str, language: str) -> Response:
    path, rows = written(desk, person, language=language)
    return FileResponse(
        path,
        media_type="application/jsonl",
        filename=NAME,
        headers={"x-rows": str(rows), "cache-control": "no-store"},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


async def _received(request: Request, path: Path, most: int) -> None:
    size = 0
    with path.open("wb") as sink:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise InputError(
                    f"The file is larger than {most / 1e9:g} GB.",
                    cure="Use the command: workbench review --import FILE.",
                )
            sink.write(chunk)


def _owner(request: Request) -> str:
    """Who asks, where that is the person who runs the server.

    Raises:
        InputError: The server is shared: what all annotators did is not for one of them.
    """
    person = str(request.state.person)
    if person != LOCAL:
        raise InputError(
            "The store of a shared workbench is carried by the person who runs it.",
            cure="Ask for it: workbench review --export FILE.",
        )
    return person


def _language(request: Request) -> str:
    return "ar" if request.cookies.get("workbench_language") == "ar" else "en"


def _place(desk: Desk) -> Path:
    return desk.uploads / f"store-{secrets.token_hex(16)}.jsonl"


def _told(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except WorkbenchError as fault:
        return _refused(fault)


def _refused(fault: WorkbenchError) -> Response:
    return JSONResponse({"problem": fault.problem, "cure": fault.cure}, status_code=403)
