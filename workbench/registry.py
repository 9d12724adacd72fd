"""Tables of names: what exists, where it lives, and which extra brings it. Reading one imports nothing."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from workbench.errors import MissingExtra, UnknownName


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one implementation lives.

    Attributes:
        target: "module:attribute".
        needs: Package that must be installed, or None.
        extra: Extra of this distribution that brings it, or None when it is in the core.
    """

    target: str
    needs: str | None = None
    extra: str | None = None


def unknown_name(kind: str, name: str, known: Mapping[str, Any] | list[str]) -> UnknownName:
    """The error for a name that does not exist: near names first, else all there are."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    meant = f"Did you mean {' or '.join(repr(n) for n in near)}?"
    cure = meant if near else f"There are: {', '.join(names)}."
    return UnknownName(f"No {kind} is called {name!r}.", cure=cure)


class Registry:
    """A literal table of names for one kind of thing."""

    def __init__(self, kind: str, entries: Mapping[str, Entry]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def load(self, name: str) -> Any:
        """The object that `name` stands for, importing its module.

        Raises:
            UnknownName: There is no such name; near ones are offered.
            MissingExtra: A package it needs is not installed.
        """
        if name not in self._entries:
            raise unknown_name(self.kind, name, self._entries)
        entry = self._entries[name]
        if entry.needs and find_spec(entry.needs) is None:
            package = f"--editable '.[{entry.extra}]'" if entry.extra else entry.needs
            raise MissingExtra(
                f"The {self.kind} {name!r} needs the package {entry.needs}.",
                cure=f"Install it, in the folder of the workbench: pip install {package}",
            )
        module, _, attribute = entry.target.partition(":")
        return getattr(importlib.import_module(module), attribute)
