"""The report of an evaluation: one HTML file that needs nothing else, Markdown, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.evaluate.browse import Duel, Failure, duels, failures, segment_values
from workbench.evaluate.pictures import distribution_picture, frontier_picture, intervals_picture, unique_ids
from workbench.evaluate.printing import comparison_cells, shown
from workbench.evaluate.ranking import Rank
from workbench.evaluate.results import PartResult
from workbench.evaluate.run import Run, write_text
from workbench.evaluate.significance import Comparison, Resampling, by_document, compare
from workbench.evaluate.slices import Slice, slices
from workbench.records import Score, Span

_EXAMPLES = 12
"""Failures shown for each system; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One system in the ranking: quality, speed, memory and cost side by side.

    Attributes:
        rank: Its place.
        scores: One for each metric.
        run: How its outputs were made, or None where they came from elsewhere.
    """

    rank: Rank
    scores: tuple[Score, ...]
    run: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What a report shows of one part.

    Attributes:
        result: The part, scored.
        rows: Systems from best to worst.
        comparisons: Every pair on the headline metric, seen from the better one.
        by_document: The same pairs with whole documents drawn; empty where the part has no documents.
        slices: Headline scores on parts of the data.
        duels: For neighbours in rank: names, wins, losses.
        broken: For each system, how many outputs have a failure of each kind.
        failures: For each system, some of them.
        pictures: SVG by name.
    """

    result: PartResult
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    by_document: Mapping[tuple[str, str], Comparison]
    slices: Mapping[str, Sequence[Slice]]
    duels: tuple[tuple[str, str, Sequence[Duel], Sequence[Duel]], ...]
    broken: Mapping[str, Mapping[str, int]]
    failures: Mapping[str, Sequence[Failure]]
    pictures: Mapping[str, str]


def write_report(results: Sequence[PartResult], folder: Path, *, texts: bool = True) -> Path:
    """Write report.html, report.md and report.json into a folder.

    Args:
        results: Parts, scored.
        folder: Where to.
        texts: Whether sources, references and outputs are shown; without them a report on data that may not be
            published can be.

    Returns:
        The HTML file.

    Raises:
        OutputError: The folder cannot be written.
    """
    sections = [section(result, number, texts=texts) for number, result in enumerate(results)]
    write_text(folder / "report.json", json.dumps(as_json(sections), ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "report.md", as_markdown(sections))
    write_text(folder / "report.html", as_html(sections, texts=texts))
    return folder / "report.html"


def section(result: PartResult, number: int, *, texts: bool = True) -> Section:
    """Everything about one part; `number` keeps the ids of its pictures apart from those of others."""
    scored = result.scored
    ranks = scored.ranking(result.headline)
    order = [each.system for each in ranks]
    found = {name: failures(result.part, scored.outputs[name]) for name in order}
    return Section(
        result=result,
        rows=tuple(_row(result, each) for each in ranks),
        comparisons=tuple(scored.comparison(result.headline, *pair) for pair in combinations(order, 2)),
        by_document=_by_document(result),
        slices=_by_label(slices(scored)),
        duels=tuple((one, two, *duels(scored, one, two)) for one, two in pairwise(order)) if texts else (),
        broken={name: _counted(each) for name, each in found.items()},
        failures={name: _some(each) for name, each in found.items() if each} if texts else {},
        pictures={name: unique_ids(svg, f"p{number}-{name}") for name, svg in _pictures(result, order)},
    )


def _row(result: PartResult, rank: Rank) -> Row:
    scores = tuple(result.scored.score(rank.system, metric.name) for metric in result.scored.metrics)
    return Row(rank=rank, scores=scores, run=result.runs.get(rank.system))


def _by_document(result: PartResult) -> dict[tuple[str, str], Comparison]:
    """Pairs on the headline metric, both ways round, with whole documents drawn."""
    documents = result.scored.material.documents
    if documents is None:
        return {}
    metric = result.scored.metrics[0]
    tables = {name: by_document(rows, documents) for name, rows in result.scored.rows[metric.name].items()}
    found = compare(metric, tables, Resampling(unit="documents"))
    return {(each.ours, each.theirs): each for pair in found for each in (pair, pair.turned())}


def _by_label(found: Sequence[Slice]) -> dict[str, list[Slice]]:
    groups: dict[str, list[Slice]] = {}
    for each in found:
        groups.setdefault(each.by, []).append(each)
    return groups


def _counted(found: Sequence[Failure]) -> dict[str, int]:
    kinds = sorted({each.flag.kind for each in found})
    return {kind: len({each.id for each in found if each.flag.kind == kind}) for kind in kinds}


def _some(found: Sequence[Failure]) -> list[Failure]:
    """A few of each kind, rather than many of one."""
    kinds = sorted({each.flag.kind for each in found})
    share = max(1, _EXAMPLES // len(kinds))
    return [each for kind in kinds for each in [f for f in found if f.flag.kind == kind][:share]]


def _pictures(result: PartResult, order: Sequence[str]) -> Iterator[tuple[str, str]]:
    scores = [result.scored.score(name, result.headline) for name in order]
    values = segment_values(result.scored)
    candidates = {
        "intervals": intervals_picture(scores),
        "frontier": frontier_picture(scores, result.runs),
        "distribution": distribution_picture({name: values[name] for name in order}, metric=result.headline),
    }
    for name, svg in candidates.items():
        if svg is not None:
            yield name, svg


def as_json(sections: Sequence[Section]) -> dict[str, Any]:
    """All figures, none of the texts."""
    return {"workbench": __version__, "parts": [_part_json(each) for each in sections]}


def _part_json(found: Section) -> dict[str, Any]:
    part, scored = found.result.part, found.result.scored
    return {
        "suite": part.suite,
        "part": part.name,
        "task": part.task,
        "languages": [part.source, part.target],
        "licence": part.licence,
        "data_sha256": part.sha256,
        "pinned": part.pinned,
        "n": len(part.items),
        "headline": found.result.headline,
        "ranking": [row.rank.to_dict() for row in found.rows],
        "scores": [each.to_dict() for each in scored.scores],
        "comparisons": [each.to_dict() | {"verdict": each.verdict} for each in scored.comparisons],
        "by_document": [
            found.by_document[pair.ours, pair.theirs].to_dict()
            for pair in found.comparisons
            if (pair.ours, pair.theirs) in found.by_document
        ],
        "slices": [each.to_dict() for group in found.slices.values() for each in group],
        "failures": {name: dict(kinds) for name, kinds in found.broken.items()},
        "runs": {name: _run_json(run) for name, run in found.result.runs.items()},
        "warnings": list(scored.warnings),
    }


def _run_json(run: Run) -> dict[str, Any]:
    derived = {"tokens_per_second": run.tokens_per_second, "characters_per_second": run.characters_per_second}
    return run.to_dict() | derived | {"cost": run.cost}


def as_markdown(sections: Sequence[Section]) -> str:
    """The rankings and what must be known about them, for a pull request or a log."""
    return (
        "\n".join(["# Evaluation", "", *(line for each in sections for line in _part_markdown(each))]) + "\n"
    )


def _part_markdown(found: Section) -> Iterator[str]:
    part, metrics = found.result.part, found.result.scored.metrics
    yield f"## {part.path}: {part.title}"
    yield ""
    yield (
        f"{part.task}, {part.source} to {part.target}, n = {len(part.items)}, licence {part.licence}, "
        f"data {part.sha256[:12]}"
    )
    yield ""
    header = ["system", "cluster", *(metric.name for metric in metrics), *RUN_COLUMNS]
    rows = [
        [row.rank.system, str(row.rank.cluster), *map(shown, row.scores), *run_cells(row.run)]
        for row in found.rows
    ]
    yield from _markdown_table(header, rows)
    if found.comparisons:
        yield f"Pairs on {found.result.headline}:"
        yield ""
        pairs = [[each.ours, each.theirs, *comparison_cells(each)] for each in found.comparisons]
        yield from _markdown_table(
            ["ours", "theirs", "difference", "p", "p corrected", "detectable", "verdict"], pairs
        )
    for warning in found.result.scored.warnings:
        yield f"* Warning: {warning}"
    yield from (
        f"* `{each}`" for each in dict.fromkeys(score.signature for score in found.result.scored.scores)
    )
    yield ""


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in [header, ["---"] * len(header), *rows]:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


RUN_COLUMNS = ("cut", "tokens/s", "chars/s", "seconds", "memory MB", "size MB", "cost")
"""What a row tells of a run; see `run_cells`."""


def run_cells(run: Run | None) -> list[str]:
    """Truncated outputs, speed, time, memory, size and cost; dashes where unknown."""
    if run is None:
        return ["–"] * len(RUN_COLUMNS)
    memory = run.gpu_memory_mb or run.peak_memory_mb
    figures = (run.tokens_per_second, run.characters_per_second, run.seconds, memory, run.card.get("size_mb"))
    cost = "–" if run.cost is None else f"{run.cost:.4f}"
    return [
        str(run.truncated),
        *("–" if each is None else f"{each:,.1f}" if each < 10 else f"{each:,.0f}" for each in figures),
        cost,
    ]


def marked(text: str, spans: Sequence[Span]) -> list[tuple[str, bool]]:
    """The text in stretches, each with whether a span covers it."""
    stretches, at = [], 0
    for start, end in sorted(spans):
        if max(start, at) < end:
            stretches += [(text[at : max(start, at)], False), (text[max(start, at) : end], True)]
            at = end
    return [each for each in [*stretches, (text[at:], False)] if each[0]]


def as_html(sections: Sequence[Section], *, texts: bool = True) -> str:
    """One page, with style and pictures inside."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html.j2").render(
        sections=sections,
        version=__version__,
        texts=texts,
        shown=shown,
        cells=comparison_cells,
        marked=marked,
        run_columns=RUN_COLUMNS,
        run_cells=run_cells,
    )
