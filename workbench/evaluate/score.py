"""Scores of any outputs, however they were made: nothing here loads a model that writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import InputError
from workbench.evaluate.checks import check_references, output_warnings
from workbench.evaluate.files import Column, aligned, read_column, system_names
from workbench.evaluate.ranking import Rank, rank, tokeniser_warnings
from workbench.evaluate.significance import Comparison, Resampling, by_document, compare, intervals
from workbench.metrics import open_metric
from workbench.metrics.base import Metric, Rows, Texts, counted, total
from workbench.records import Score
from workbench.text.script import script_of

HEADLINE = ("chrf++", "bleu", "bleu-intl")
"""What is computed where nobody asks for something else; the first one ranks."""

INTEGRITY = ("numbers", "untranslated", "script", "loops", "empty")
"""What is computed too where the sources are there."""

_DEFAULT = Resampling()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What systems were given, and what is compared with.

    Attributes:
        language: Of outputs and references, BCP 47.
        references: A group for each segment; empty where there are none.
        sources: One a segment, or None.
        ids: One a segment, or None where segments are known by their number.
        documents: The document each segment belongs to, or None.
        slices: Named labels, one a segment, such as {"domain": ("sports", ...)}.
    """

    language: str
    references: tuple[tuple[str, ...], ...] = ()
    sources: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    documents: tuple[str, ...] | None = None
    slices: Mapping[str, tuple[str, ...]] | None = None

    def texts(self, outputs: Sequence[str]) -> Texts:
        """The outputs of one system beside this material.

        Raises:
            InputError: There is not one output a segment.
        """
        return Texts(outputs=outputs, references=self.references, sources=self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Everything that scoring found out.

    Attributes:
        material: What was scored on.
        outputs: Texts by system.
        metrics: In the order asked for.
        rows: Statistics by metric, then by system: shape [segments, width].
        scores: One for each system and metric, with intervals.
        comparisons: All pairs of systems on all metrics.
        warnings: What a reader of the scores must know.
    """

    material: Material
    outputs: Mapping[str, tuple[str, ...]]
    metrics: tuple[Metric, ...]
    rows: Mapping[str, Mapping[str, Rows]]
    scores: tuple[Score, ...]
    comparisons: tuple[Comparison, ...]
    warnings: tuple[str, ...]

    def score(self, system: str, metric: str) -> Score:
        """One of the scores."""
        return next(each for each in self.scores if (each.system, each.metric) == (system, metric))

    def comparison(self, metric: str, ours: str, theirs: str) -> Comparison:
        """One of the comparisons, seen from `ours`."""
        found = next(
            each
            for each in self.comparisons
            if each.metric == metric and {each.ours, each.theirs} == {ours, theirs}
        )
        return found if found.ours == ours else found.turned()

    def ranking(self, metric: str) -> list[Rank]:
        """Systems from best to worst on one metric, with clusters."""
        direction = next(each.higher_is_better for each in self.metrics if each.name == metric)
        values = {each.system: each.value for each in self.scores if each.metric == metric}
        pairs = [each for each in self.comparisons if each.metric == metric]
        return rank(values, pairs, higher_is_better=direction)


def default_metrics(material: Material) -> tuple[str, ...]:
    """What can be computed and should be looked at: for Arabic also chrF++ with letters folded.

    Raises:
        InputError: There is nothing to compare with.
    """
    if not material.references and material.sources is None:
        raise InputError(
            "There is nothing to compare with.",
            cure="Give references (--reference FILE), or sources (--source FILE) for figures that need no reference.",
        )
    against = HEADLINE if material.references else ()
    folded = ("chrf++-matching",) if against and script_of(material.language) == "Arab" else ()
    return (*against, *folded, *(INTEGRITY if material.sources is not None else ()))


def score_outputs(
    outputs: Mapping[str, Sequence[str]],
    *,
    material: Material,
    metrics: Sequence[str | Metric] = HEADLINE,
    resampling: Resampling = _DEFAULT,
) -> Scored:
    """Score systems side by side on the same segments.

    Args:
        outputs: Texts by system, in the order of the material.
        material: References and sources.
        metrics: Names from `workbench.metrics.METRICS`, or metrics that are open already.
        resampling: For intervals and paired tests; by documents where its unit says so.

    Raises:
        InputError: Lists of unequal length, missing references, or references in another script than declared.
        UnknownName: There is no such metric.
    """
    opened = tuple(
        open_metric(each, language=material.language) if isinstance(each, str) else each
        for each in dict.fromkeys(metrics)
    )
    check_references(material.references, language=material.language)
    texts = {name: material.texts(each) for name, each in outputs.items()}
    rows = {metric.name: {name: metric.statistics(each) for name, each in texts.items()} for metric in opened}
    units = {name: _units(tables, material, resampling) for name, tables in rows.items()}
    nrefs = next((each.nrefs for each in texts.values()), 0)
    scores = [
        each
        for metric in opened
        for each in _scores(metric, rows[metric.name], units[metric.name], nrefs, resampling)
    ]
    comparisons = [each for metric in opened for each in compare(metric, units[metric.name], resampling)]
    return Scored(
        material=material,
        outputs={name: tuple(each) for name, each in outputs.items()},
        metrics=opened,
        rows=rows,
        scores=tuple(scores),
        comparisons=tuple(comparisons),
        warnings=(*output_warnings(texts, language=material.language), *tokeniser_warnings(comparisons)),
    )


def _units(tables: Mapping[str, Rows], material: Material, resampling: Resampling) -> Mapping[str, Rows]:
    if resampling.unit == "segments":
        return tables
    if material.documents is None:
        raise InputError(
            "There are no document ids to draw by.", cure="Give them: --documents FILE, one id a line."
        )
    return {name: by_document(table, material.documents) for name, table in tables.items()}


def _scores(
    metric: Metric, tables: Mapping[str, Rows], units: Mapping[str, Rows], nrefs: int, resampling: Resampling
) -> list[Score]:
    bounds = intervals(metric, units, resampling)
    signature = metric.signature(nrefs=nrefs)
    scores = []
    for system, table in tables.items():
        bare = Score(
            system=system,
            metric=metric.name,
            value=total(metric, table),
            signature=signature,
            n=counted(metric, table),
        )
        if bare.value is not None and system in bounds:
            low, high = bounds[system]
            bare = replace(bare, low=low, high=high, signature=f"{signature}|{resampling.describe()}")
        scores.append(bare)
    return scores


def read_material(
    outputs: Sequence[Path | str],
    *,
    references: Sequence[Path | str],
    source: Path | str | None = None,
    documents: Path | str | None = None,
    language: str,
) -> tuple[dict[str, tuple[str, ...]], Material]:
    """Read files of outputs, references, sources and document ids, and lay them side by side.

    Returns:
        Outputs by system (a file `name.ext` is system `name`), and the material.

    Raises:
        InputError: Files that do not match (each is named, with its count), duplicate or missing ids, broken JSONL.
        SourceError: A file cannot be read.
    """
    if not outputs:
        raise InputError("There are no outputs to score.", cure="Give at least one: --output FILE.")
    systems = dict(zip(system_names(outputs), [read_column(path) for path in outputs], strict=True))
    against = [read_column(path) for path in references]
    base = next(iter([*against, *systems.values()]))
    groups = [aligned(column, base).groups for column in against]
    material = Material(
        language=language,
        references=tuple(sum(each, ()) for each in zip(*groups, strict=True)),
        sources=_beside(source, base),
        ids=base.ids,
        documents=_beside(documents, base),
    )
    return {name: aligned(column, base).texts for name, column in systems.items()}, material


def _beside(path: Path | str | None, base: Column) -> tuple[str, ...] | None:
    return None if path is None else aligned(read_column(path), base).texts
