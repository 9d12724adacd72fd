"""What `evaluate` does between its options and its report: generate, then score; the two never meet."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.output import say
from workbench.cli.progress import bar

if TYPE_CHECKING:
    from workbench.catalog import Device
    from workbench.evaluate.floors import Watch
    from workbench.evaluate.results import PartResult
    from workbench.evaluate.suite import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run.

    Attributes:
        suites: Names of suites, parts, or YAML files.
        models: Names of models and baselines.
        folder: Where outputs and report go.
        device: Where models run.
        beam: Instead of each card's own, or None.
        limit: Only the first so many items, or None.
        data: Where data sets lie, or None for the usual place.
        price: Of an hour of this machine, or None.
        judge: A language model that gives verdicts on all outputs, or None.
    """

    suites: tuple[str, ...]
    models: tuple[str, ...]
    folder: Path
    device: Device = "auto"
    beam: int | None = None
    limit: int | None = None
    data: Path | None = None
    price: float | None = None
    judge: str | None = None


def run(plan: Plan, *, metrics: Sequence[str] = ()) -> list[PartResult]:
    """Generate what is missing, then score everything that the plan's parts have in the folder.

    Raises:
        UnknownName, ConfigError, SourceError, InputError: The plan cannot be carried out.
        UnsupportedPair: No model can do any of the parts.
        ModelError, EngineError: A model failed.
    """
    from workbench.evaluate.results import read_results

    parts = load_parts(plan)
    check_metrics(metrics)
    generate_all(plan, parts)
    if plan.judge:
        ask_judge(plan, plan.judge, parts)
    wanted = {part.path for part in parts}
    return [each for each in read_results(plan.folder, metrics=metrics) if each.part.path in wanted]


def load_parts(plan: Plan) -> list[Part]:
    """The data of all suites.

    Raises:
        UnknownName, ConfigError, SourceError: A suite does not exist, or its data is not here or is another.
    """
    from workbench.evaluate.suite import load_suite

    return [part for name in plan.suites for part in load_suite(name, data=plan.data, limit=plan.limit)]


def check_metrics(metrics: Sequence[str]) -> None:
    """Refuse unknown metrics before hours of generation.

    Raises:
        UnknownName: There is no such metric.
    """
    from workbench.metrics import open_metric

    for name in metrics:
        open_metric(name, language="ar")


def ask_judge(plan: Plan, name: str, parts: Sequence[Part]) -> None:
    """Let a language model give verdicts on all outputs of the plan's parts; what it said before is kept.

    Raises:
        UnknownName, ModelError, EngineError: The judge does not exist, cannot be loaded, or fails.
    """
    from workbench.catalog import open_catalog
    from workbench.cli.systems import open_judge
    from workbench.evaluate.judging import judge
    from workbench.evaluate.results import read_outputs

    ask = open_judge(name, catalog=open_catalog(), device=plan.device)
    for part in parts:
        outputs = read_outputs(part, plan.folder / part.path)
        with bar(f"{part.path}: judged by {name}") as progress:
            judge(part, outputs, plan.folder, model=name, ask=ask, progress=progress)


def generate_all(plan: Plan, parts: Sequence[Part]) -> None:
    """Make every system's outputs; several models each in a process of its own, so that memory is told apart.

    Raises:
        UnknownName, ConfigError: One of them does not exist, or its card is wrong; nothing was made then.
    """
    from workbench.catalog import open_catalog
    from workbench.evaluate.baselines import baseline

    models = list(dict.fromkeys(plan.models))
    catalog = open_catalog()
    cards = {name: catalog.card(name) for name in models if baseline(name) is None}
    for name in models:
        if name in cards and len(cards) > 1:
            _generate_apart(plan, name)
        else:
            generate(plan, name, parts)


def generate(plan: Plan, name: str, parts: Sequence[Part]) -> None:
    """Make one system's outputs for all parts that it can do; the others are told on stderr.

    Raises:
        UnsupportedPair: It can do none of them.
    """
    from workbench.catalog import open_catalog
    from workbench.cli.systems import open_system
    from workbench.errors import UnsupportedPair
    from workbench.evaluate import generate as generating

    system = open_system(name, catalog=open_catalog(), device=plan.device, beam=plan.beam)
    refused = []
    for part in parts:
        try:
            with bar(f"{part.path}: {name}") as progress:
                generating.generate(part, system, plan.folder, price_per_hour=plan.price, progress=progress)
        except UnsupportedPair as fault:
            refused.append(fault)
            say(f"{part.path}: left out for {name}: {fault.problem}")
    if len(refused) == len(parts):
        raise refused[0]


def _generate_apart(plan: Plan, name: str) -> None:
    import typer

    options = {"--device": plan.device, "--beam": plan.beam, "--limit": plan.limit, "--data": plan.data}
    given = [text for option, value in options.items() if value is not None for text in (option, str(value))]
    price = [] if plan.price is None else ["--price-per-hour", str(plan.price)]
    command = [
        "evaluate",
        *plan.suites,
        "--model",
        name,
        "-o",
        str(plan.folder),
        *given,
        *price,
        "--generate-only",
    ]
    done = subprocess.run([sys.executable, "-m", "workbench", *command], check=False)  # noqa: S603 - our own command
    if done.returncode:
        # The other process has told what is wrong.
        raise typer.Exit(done.returncode)


def tables(results: Sequence[PartResult]) -> str:
    """Every part's ranking as text; warnings go to stderr."""
    from workbench.evaluate.printing import score_table

    for each in results:
        for warning in each.scored.warnings:
            say(f"Warning: {each.part.path}: {warning}")
    return "\n\n".join(f"{each.part.path}\n{score_table(each.scored)}" for each in results)


def hold_floors(
    results: Sequence[PartResult], models: Sequence[str], *, check: bool, pin: bool, reason: str | None
) -> None:
    """Pin floors, or hold results against them.

    Raises:
        ConfigError: A reason is given without --pin.
        FloorError: Quality fell below its floor, or a floor would be lowered without a reason.
    """
    from workbench.config import resource
    from workbench.errors import ConfigError
    from workbench.evaluate import floors

    if reason is not None and not pin:
        raise ConfigError(
            "--lower says why a floor may fall, and no floor is being pinned.", cure="Add --pin."
        )
    for name in models if check or pin else ():
        path = floors.floor_file(resource("eval/baselines"), name)
        mine = [each for each in results if name in each.scored.outputs]
        if check:
            known = floors.read_floors(path)
            watches = [
                watch for each in mine for watch in floors.check_floor(each, name, known.get(each.part.path))
            ]
            _tell(name, watches)
            floors.require_floors(watches)
        if pin:
            _tell(name, floors.pin(mine, name, path, reason=reason))
            say(f"Pinned: {path}")


def _tell(name: str, watches: Sequence[Watch]) -> None:
    for each in watches:
        figures = " ".join(
            f"{label} {value:.2f}"
            for label, value in (("floor", each.floor), ("now", each.value))
            if value is not None
        )
        say(
            f"{name} {each.part} {each.metric}: {figures or 'undefined'}{f': {each.fault}' if each.fault else ''}"
        )
