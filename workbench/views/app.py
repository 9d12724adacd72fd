"""The browser workbench: one Gradio application for each language of the interface, behind one guard."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from workbench.errors import WorkbenchError
from workbench.views import carry
from workbench.views.access import LOCAL, Guard
from workbench.views.bench import Bench, offered, summarisers
from workbench.views.board import Board
from workbench.views.compare import Compare
from workbench.views.desk import Action, Desk, Pace, Shelf
from workbench.views.edit import Edit
from workbench.views.gradio import gradio as gr
from workbench.views.judge import Judge
from workbench.views.pages import asset, template
from workbench.views.runs import Runs
from workbench.views.words import LANGUAGES, words
from workbench.views.work import Workers

_LOG = logging.getLogger(__name__)
_VIEWS = ("bench", "judge", "compare", "edit", "board", "runs")
_ASSETS = {"workbench.js": "text/javascript", "workbench.css": "text/css"}


def build(
    desk: Desk,
    *,
    users: Mapping[str, str] | None = None,
    hosts: tuple[str, ...] | None = ("localhost", "127.0.0.1", "::1"),
    workers: Workers | None = None,
) -> Guard:
    """The whole application, ready to be served.

    Args:
        desk: What it works on.
        users: Who may sign in; None lets everybody in who reaches it.
        hosts: Names it may be called by; None allows any.
        workers: Run the models; made from the desk's catalogue if None.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    shared = Shared(desk, workers)
    _routes(app, shared)
    for language in LANGUAGES:
        gr.mount_gradio_app(
            app,
            page(shared, language, signed=users is not None),
            path=f"/{language}",
            auth_dependency=person,
            max_file_size=desk.limits.file_bytes,
            # Gradio would keep what people read in the browser, offer its API for all to call, and name itself.
            run_history=False,
            footer_links=[],
            show_error=False,
            ssr_mode=False,
            enable_monitoring=False,
            theme=gr.themes.Base(font=["system-ui"], font_mono=["monospace"]),
            head=_head(language),
        )
    return Guard(app, users=users, sign_in=sign_in, hosts=hosts)


class Shared:
    """What both languages of the interface have in common."""

    def __init__(self, desk: Desk, workers: Workers | None) -> None:
        self.desk = desk
        self.workers = workers or Workers(
            translator=lambda name: desk.catalog.translator(name, device=desk.device),  # type: ignore[arg-type]
            summariser=lambda name, language: desk.catalog.summariser(
                name or None,
                language=language,
                device=desk.device,  # type: ignore[arg-type]
            ),
        )
        self.articles, self.jobs, self.tables = Shelf(), Shelf(), Shelf(8)
        self.pace = Pace(desk.limits.requests_per_minute)
        self.runs = Runs(desk)

    def views(self, language: str) -> dict[str, Any]:
        """What can be asked for, by view."""
        desk = self.desk
        return {
            "bench": Bench(
                desk,
                language=language,
                workers=self.workers,
                articles=self.articles,
                jobs=self.jobs,
                pace=self.pace,
            ),
            "judge": Judge(desk, language=language),
            "compare": Compare(desk, language=language, tables=self.tables, pace=self.pace),
            "edit": Edit(desk, language=language),
            "board": Board(desk, language=language),
            "runs": self.runs,
        }


_ACTIONS = {
    "bench": ("read", "choose", "relabel", "start", "poll", "stop", "difference", "download", "correct"),
    "judge": ("campaigns", "ticket", "vote", "undo"),
    "compare": ("sources", "open", "scored", "rows", "create", "see_names"),
    "edit": ("documents", "document", "keep", "bring", "export"),
    "board": ("campaigns", "board", "export"),
    "runs": ("runs", "models", "plan", "pull", "pulling", "store"),
}


def page(shared: Shared, language: str, *, signed: bool) -> gr.Blocks:
    """The interface in one language: a component for each view, which asks the server for what it shows."""
    say = words(language)
    facts = {
        "models": offered(shared.desk),
        "summarisers": summarisers(shared.desk),
        "signed": signed,
        "most_files": shared.desk.limits.files,
    }
    with gr.Blocks(title=say["name"], analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            template("shell.html.j2").render(words=say, language=language, views=_VIEWS, **facts),
            apply_default_css=False,
            js_on_load=_mount("shell"),
        )
        for name, view in shared.views(language).items():
            gr.HTML(
                template(f"{name}.html.j2").render(words=say, language=language, **facts),
                apply_default_css=False,
                elem_id=f"view-{name}",
                js_on_load=_mount(name),
                server_functions=[_served(getattr(view, action), action) for action in _ACTIONS[name]],
            )
    return blocks


def _mount(name: str) -> str:
    """The script of a view may still be on its way when Gradio is ready for it."""
    return (
        f"const start = () => window.workbench ? workbench.mount({name!r}, element, "
        "typeof server === 'undefined' ? {} : server, typeof upload === 'undefined' ? null : upload) "
        ": setTimeout(start, 20); start();"
    )


def _served(action: Action, name: str) -> Callable[..., dict[str, Any]]:
    """An action as Gradio calls it: with the person's name, and with failures as a problem and its cure."""

    def served(data: Any = None, request: gr.Request = None) -> dict[str, Any]:
        try:
            return action(person(request), data if isinstance(data, dict) else {})
        except WorkbenchError as fault:
            return {"problem": fault.problem, "cure": fault.cure}

    served.__name__ = name
    # Gradio looks annotations up by name; ours are strings from another module's future.
    served.__annotations__ = {"request": gr.Request}
    return served


def person(request: Any) -> str:
    """Who sends a request, as the guard found out."""
    state = getattr(getattr(request, "request", request), "state", None)
    return str(getattr(state, "person", None) or LOCAL)


def _routes(app: FastAPI, shared: Shared) -> None:
    carry.routes(app, shared.desk)

    @app.get("/")
    def _front(request: Request) -> Response:
        wanted = request.cookies.get("workbench_language") or request.headers.get("accept-language", "")
        return RedirectResponse("/ar/" if wanted.lower().startswith("ar") else "/en/")

    @app.get("/favicon.ico")
    def _icon() -> Response:
        return Response(asset("icon.svg"), media_type="image/svg+xml")

    @app.get("/assets/{name}")
    def _asset(name: str) -> Response:
        if name not in _ASSETS:
            return PlainTextResponse("There is no such file.", status_code=404)
        lasting = {"cache-control": "max-age=31536000, immutable"}
        return Response(asset(name), media_type=_ASSETS[name], headers=lasting)

    @app.get("/report/{number}")
    def _report(number: str, request: Request) -> Response:
        language = "ar" if request.cookies.get("workbench_language") == "ar" else "en"
        try:
            found = shared.runs.report(number, person=person(request), language=language)
        except WorkbenchError as fault:
            return PlainTextResponse(f"{fault.problem} {fault.cure}", status_code=403)
        if found is None:
            return PlainTextResponse("There is no such report.", status_code=404)
        # The report's own script may run, but in an origin of its own: it reaches nothing of the workbench.
        alone = {"content-security-policy": "sandbox allow-scripts; default-src 'unsafe-inline' data:"}
        return HTMLResponse(found, headers=alone)


def sign_in(language: str, failed: bool) -> str:
    """The page of signing in."""
    return str(template("sign-in.html.j2").render(words=words(language), language=language, failed=failed))


def _head(language: str) -> str:
    way = "rtl" if language == "ar" else "ltr"
    version = hashlib.sha256("".join(map(asset, _ASSETS)).encode()).hexdigest()[:12]
    # Gradio's own words ("Error", "Loading") follow the browser's language; the interface's is the better guess.
    return (
        f"<script>document.documentElement.lang={json.dumps(language)};document.documentElement.dir={json.dumps(way)};"
        f"try{{Object.defineProperty(navigator,'language',{{get:()=>{json.dumps(language)}}})}}catch(e){{}}"
        "const chosen=localStorage.getItem('workbench-theme');"
        "if(chosen)document.documentElement.dataset.theme=chosen;</script>"
        f'<link rel="stylesheet" href="/assets/workbench.css?{version}">'
        f'<script src="/assets/workbench.js?{version}"></script>'
    )


def serve(guard: Guard, *, host: str, port: int) -> None:
    """Serve until interrupted."""
    import uvicorn

    uvicorn.run(guard, host=host, port=port, log_level="warning", access_log=False, server_header=False)
