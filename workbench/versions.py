"""Which versions of packages are installed: what is measured or checked under one may not hold under another."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from workbench import __version__


def installed(name: str) -> str | None:
    """Version of a distribution, or None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def versions(names: Iterable[str]) -> dict[str, str | None]:
    """Of this program, and of some distributions."""
    return {"workbench": __version__} | {name: installed(name) for name in names}
