"""The files that pages are made of."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "page"


@cache
def asset(name: str) -> str:
    """A script, style or picture."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def template(name: str) -> Any:
    """A template; what is put into it is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
