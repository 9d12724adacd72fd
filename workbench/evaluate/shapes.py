"""The shape of eval/suites/<name>.yaml."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.config import Strict
from workbench.evaluate.tables import Table

Task = Literal["translate", "summarise"]


class PartConfig(Strict):
    """One direction or language of a suite.

    Columns are written `table:path`, or `path` where the suite has one table; a path goes through objects with dots
    ("title.en"), and through lists too ("sentences.ar" is the list of all). A list is joined by blank lines into one
    text for `source`; each of its elements is a reference for `references`.

    Attributes:
        name: Such as "ar-en".
        task: What a model is asked to do.
        source: Language of the sources, BCP 47.
        target: Language of outputs and references.
        text: Column of the sources.
        references: Columns of the references.
        title: Column of headlines, for summaries.
        id: Column of ids; numbers from 1 without one.
        document: Column that says which segments belong together.
        each: A list in each record whose elements are the segments; other columns look there first.
        slices: Columns whose values part the results, by name.
        sentences: Length asked of summaries.
        metrics: Metrics instead of the task's own.
        sha256: Of what is loaded; other data is refused. None where nobody could pin it yet.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    task: Task
    source: str
    target: str
    text: str
    references: tuple[str, ...] = ()
    title: str | None = None
    id: str | None = None
    document: str | None = None
    each: str | None = None
    slices: dict[str, str] = Field(default_factory=dict)
    sentences: int = Field(default=3, ge=1)
    metrics: tuple[str, ...] = ()
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class SuiteConfig(Strict):
    """eval/suites/<name>.yaml.

    Attributes:
        name: How users call it.
        title: What it is, in a few words.
        licence: Of the data: SPDX name or the licence's own.
        redistributable: Whether outputs and references may be published with a report.
        homepage: Where it is described.
        note: What a reader of its scores should know.
        tables: Where the data lies, by name.
        parts: What is measured.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    title: str
    licence: str
    redistributable: bool = False
    homepage: str = ""
    note: str = ""
    tables: dict[str, Table] = Field(min_length=1)
    parts: tuple[PartConfig, ...] = Field(min_length=1)
