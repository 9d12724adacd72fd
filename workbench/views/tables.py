"""Texts of several systems over the same sources: scored, flagged, filtered, sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workbench import guards
from workbench.errors import InputError
from workbench.evaluate.files import aligned, read_column
from workbench.evaluate.results import read_outputs, require_distinct
from workbench.evaluate.run import read_json
from workbench.evaluate.suite import Part
from workbench.metrics import open_metric
from workbench.metrics.base import Metric, Texts
from workbench.review import Item
from workbench.text.arabic import matching

SORTS = ("place", "difference", "worst", "long")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one source, its reference and what systems made of it.

    Attributes:
        name: What is compared.
        source: Language of the sources, BCP 47.
        target: Language of the outputs.
        keys: One a row.
        sources: One a row.
        references: One a row, or empty.
        outputs: By system, one a row.
        domains: One a row, or empty.
        scores: By system, chrF++ of each row: against the reference, else the mean against the other outputs.
        flags: By system, for each row the kinds of what guards found.
        folded: All texts of each row as they are searched; empty until the table is scored.
    """

    name: str
    source: str
    target: str
    keys: Sequence[str]
    sources: Sequence[str]
    references: Sequence[str] = ()
    outputs: Mapping[str, Sequence[str]]
    domains: Sequence[str] = ()
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    flags: Mapping[str, Sequence[frozenset[str]]] = field(default_factory=dict)
    folded: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of a table, in which order.

    Attributes:
        search: Must occur in a text of the row; letters are folded as `matching` does.
        flag: A kind of flag that an output must carry, "any", or empty.
        least: Least difference of scores between two outputs.
        sort: One of `SORTS`.
    """

    search: str = ""
    flag: str = ""
    least: float = 0.0
    sort: str = "difference"


def from_files(
    files: Mapping[Path, tuple[str, str]], *, name: str, source: str, target: str, most: int
) -> Table:
    """A table of files with one text a line, or JSON lines; not scored yet.

    Args:
        files: For each, what it holds ("source", "reference" or "output") and how it is called.
        name: What is compared.
        source: Language of the sources.
        target: Language of the outputs.
        most: Most rows.

    Raises:
        InputError: There is no source or no output, two outputs have one name, or the files do not match line by line.
    """
    columns = {path: read_column(path) for path in files}
    of = {
        role: [path for path, (what, _) in files.items() if what == role] for role in ("source", "reference")
    }
    require_distinct(called for role, called in files.values() if role == "output")
    outputs = {called: path for path, (role, called) in files.items() if role == "output"}
    if len(of["source"]) != 1 or not outputs or len(of["reference"]) > 1:
        raise InputError(
            "One file must hold the sources, at least one the outputs, and at most one references.",
            cure="Say of each file what it holds.",
        )
    base = columns[of["source"][0]]
    if len(base.groups) > most:
        raise InputError(f"There are more than {most:,} rows.", cure="Give a part of the files.")
    reference = [aligned(columns[path], base).texts for path in of["reference"]]
    return Table(
        name=name,
        source=source,
        target=target,
        keys=base.ids or [str(number + 1) for number in range(len(base.groups))],
        sources=base.texts,
        references=reference[0] if reference else (),
        outputs={called: aligned(columns[path], base).texts for called, path in sorted(outputs.items())},
    )


def from_run(path: Path) -> Table:
    """A table of one part of an evaluation's folder; not scored yet.

    Raises:
        InputError: The folder is broken.
    """
    part = Part.from_dict(read_json(path))
    domains = [next(iter(item.slices.values()), "") for item in part.items]
    return Table(
        name=part.path,
        source=part.source,
        target=part.target,
        keys=[item.id for item in part.items],
        sources=[item.source for item in part.items],
        references=[item.references[0] for item in part.items] if part.items[0].references else (),
        outputs=read_outputs(part, path.parent),
        domains=domains if any(domains) else (),
    )


def scored(table: Table, told: Callable[[float], None] = lambda _: None) -> Table:
    """The table with scores and flags; `told` hears now and then which share of the work is done."""
    step = 1 / (2 * len(table.outputs) + 1)
    metric = open_metric("chrf++", language=table.target)
    scores: dict[str, Sequence[float]] = {}
    flags: dict[str, Sequence[frozenset[str]]] = {}
    for number, name in enumerate(table.outputs):
        scores[name] = _likeness(table, name, metric)
        told((2 * number + 1) * step)
        flags[name] = _doubts(table, name)
        told((2 * number + 2) * step)
    folded = [matching("\n".join(_texts(table, row))) for row in range(len(table.sources))]
    return replace(table, scores=scores, flags=flags, folded=folded)


def _likeness(table: Table, name: str, metric: Metric) -> list[float]:
    """chrF++ of each of a system's outputs to the reference; without one, to the other outputs."""
    others = [texts for called, texts in table.outputs.items() if called != name]
    each = []
    for references in [table.references] if table.references else others:
        rows = metric.statistics(
            Texts(outputs=table.outputs[name], references=[(text,) for text in references])
        )
        each.append(np.nan_to_num(metric.totals(rows)))
    return [float(value) for value in np.mean(each, axis=0)] if each else []


def _doubts(table: Table, name: str) -> list[frozenset[str]]:
    pair = (table.source, table.target)
    return [
        frozenset(flag.kind for flag in guards.check(source=ours, output=theirs, languages=pair))
        for ours, theirs in zip(table.sources, table.outputs[name], strict=True)
    ]


def _texts(table: Table, row: int) -> list[str]:
    outputs = (texts[row] for texts in table.outputs.values())
    return [table.sources[row], *table.references[row : row + 1], *outputs]


def spread(table: Table, row: int) -> float:
    """The difference between the best and the worst output of a row; 0 before the table is scored."""
    values = [scores[row] for scores in table.scores.values() if scores]
    return max(values) - min(values) if values else 0.0


def chosen(table: Table, wanted: Wanted) -> list[int]:
    """Numbers of the rows that fit, in the order asked for."""
    sought = matching(wanted.search.strip())
    rows = [row for row in range(len(table.sources)) if _fits(table, row, wanted, sought)]
    orders = {
        "difference": lambda row: -spread(table, row),
        "worst": lambda row: min((scores[row] for scores in table.scores.values() if scores), default=0.0),
        "long": lambda row: -len(table.sources[row]),
    }
    return sorted(rows, key=orders[wanted.sort]) if wanted.sort in orders else rows


def _fits(table: Table, row: int, wanted: Wanted, sought: str) -> bool:
    if wanted.least and spread(table, row) < wanted.least:
        return False
    if wanted.flag:
        found = frozenset().union(*(kinds[row] for kinds in table.flags.values()))
        if not found or (wanted.flag != "any" and wanted.flag not in found):
            return False
    if not sought:
        return True
    return sought in (table.folded[row] if table.folded else matching("\n".join(_texts(table, row))))


def as_items(table: Table, rows: Sequence[int]) -> list[Item]:
    """Rows as what a campaign is made of."""
    return [
        Item(
            key=table.keys[row],
            source=table.sources[row],
            reference=table.references[row] if table.references else None,
            domain=(table.domains[row] or None) if table.domains else None,
            outputs={name: texts[row] for name, texts in table.outputs.items()},
        )
        for row in rows
    ]
