"""A run's folder, read back and scored: everything a report shows. No model is loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import InputError
from workbench.evaluate.files import Column, aligned, read_column
from workbench.evaluate.judging import kept_verdicts
from workbench.evaluate.run import Run, read_json
from workbench.evaluate.score import INTEGRITY, Material, Scored, default_metrics, score_outputs
from workbench.evaluate.significance import Resampling
from workbench.evaluate.suite import Part
from workbench.text.script import script_of

SUMMARY = ("chrf++", "rouge-1-stem", "rouge-2-stem", "rouge-l-stem", "rouge-1", "rouge-2", "rouge-l")
"""What summaries are compared with references by; the first one ranks, since it agrees best with people.

See eval/LOG.md: on SummEval and Newsroom chrF++ orders systems as people do more often than any ROUGE, ROUGE with
stemming more often than without, and `support` tells best whether a summary is true to its source.
"""

SUMMARY_FIGURES = ("support", "coverage", "novel-2", "compression", "position", "redundancy")
"""How a summary relates to a source in the same script."""

_UNEQUAL = 1.5
"""How many times longer one system's summaries may be before the report warns."""

_DEFAULT = Resampling()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """One part of a suite, scored.

    Attributes:
        part: What was measured.
        scored: Scores, comparisons and warnings.
        runs: How outputs were made, by system; systems whose outputs came from elsewhere have none.
    """

    part: Part
    scored: Scored
    runs: Mapping[str, Run]

    @property
    def headline(self) -> str:
        """The metric that ranks."""
        return self.scored.metrics[0].name


def metrics_for(part: Part) -> tuple[str, ...]:
    """The metrics of a part: its own, or those of its task and languages."""
    if part.metrics:
        return part.metrics
    material = part.material()
    if part.task == "translate":
        return default_metrics(material)
    return (*(_summary_overlap(material) if material.references else ()), *_summary_figures(part))


def _summary_overlap(material: Material) -> tuple[str, ...]:
    folded = ("chrf++-matching", "rouge-1-stem-matching") if script_of(material.language) == "Arab" else ()
    return (*SUMMARY, *folded)


def _summary_figures(part: Part) -> tuple[str, ...]:
    within = SUMMARY_FIGURES if script_of(part.source) == script_of(part.target) else ("length-ratio",)
    return (
        *within,
        "numbers-supported",
        *(name for name in INTEGRITY if name in ("script", "loops", "empty")),
    )


def read_results(
    folder: Path, *, metrics: Sequence[str] = (), resampling: Resampling = _DEFAULT
) -> list[PartResult]:
    """Score all complete outputs in a run's folder.

    Args:
        folder: As `workbench evaluate` wrote it; more `SYSTEM.jsonl` or plain `SYSTEM.txt` files may be put beside.
        metrics: Instead of each part's own.
        resampling: For intervals and tests; documents are drawn whole where a part has them and `unit` says so.

    Raises:
        InputError: There is nothing to score, or a file is broken or does not match.
    """
    parts = sorted(folder.glob("*/*/part.json"))
    if not parts:
        raise InputError(
            f"{folder} holds no run.", cure="Give the folder that `workbench evaluate ... -o FOLDER` wrote."
        )
    results = [_result(path, metrics, resampling) for path in parts]
    return [result for result in results if result.scored.outputs]


def _result(path: Path, metrics: Sequence[str], resampling: Resampling) -> PartResult:
    part = Part.from_dict(read_json(path))
    outputs = read_outputs(part, path.parent)
    runs = {name: path.parent / f"{name}.run.json" for name in outputs}
    verdicts = kept_verdicts(part, path.parents[2])
    scored = score_outputs(
        outputs,
        material=part.material(),
        metrics=(*(metrics or metrics_for(part)), *verdicts),
        resampling=resampling,
    )
    return PartResult(
        part=part,
        scored=replace(scored, warnings=(*scored.warnings, *_length_warnings(part, outputs))),
        runs={name: Run.from_dict(read_json(file)) for name, file in runs.items() if file.exists()},
    )


def _length_warnings(part: Part, outputs: Mapping[str, Sequence[str]]) -> list[str]:
    """Summaries of different lengths: chrF++ leans to recall, so the longer ones have it easier."""
    sizes = {name: sum(len(text.split()) for text in texts) for name, texts in outputs.items()}
    if part.task != "summarise" or not any(sizes.values()):
        return []
    longest, shortest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    if sizes[longest] <= _UNEQUAL * sizes[shortest]:
        return []
    return [
        f"{longest} writes {sizes[longest] / max(sizes[shortest], 1):.1f} times as many words as {shortest}: chrF++ "
        f"favours longer summaries, ROUGE less so."
    ]


def read_outputs(part: Part, folder: Path) -> dict[str, tuple[str, ...]]:
    """Texts by system, in the order of the part's items.

    Raises:
        InputError: A file is broken, lacks items or has others, or two files have one name.
    """
    ids = tuple(item.id for item in part.items)
    known = Column(name=part.path, groups=tuple((item.source,) for item in part.items), ids=ids)
    paths = sorted(each for each in folder.iterdir() if each.suffix in (".jsonl", ".txt"))
    require_distinct(path.stem for path in paths)
    return {path.stem: aligned(read_column(path), known).texts for path in paths}


def require_distinct(names: Iterable[str]) -> None:
    """Refuse outputs under one name: only the last of them would be seen.

    Raises:
        InputError: A name stands twice.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"Two outputs are called {twice[0]!r}.", cure="Rename one of their files, or leave it out."
        )
