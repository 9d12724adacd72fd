"""`score`, `evaluate` and `compare`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from workbench.cli import app
from workbench.cli.options import Device, OnDevice, TextOrJson
from workbench.cli.output import say

if TYPE_CHECKING:
    from workbench.evaluate.score import Scored


class Unit(StrEnum):
    """What chance draws."""

    segments = "segments"
    documents = "documents"


class Spreading(TyperCommand):
    """A command without positional arguments, whose repeatable options may take several values in a row."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `--output a b` as `--output a --output b`, so that shells may expand `--output runs/*.ar`."""
        repeatable = {
            name for option in self.params if getattr(option, "multiple", False) for name in option.opts
        }
        return super().parse_args(ctx, spread(args, repeatable=repeatable))


def spread(arguments: Sequence[str], *, repeatable: set[str]) -> list[str]:
    """Write the option's name again before each further value of a repeatable option."""
    written: list[str] = []
    option, values = None, 0
    for argument in arguments:
        if argument.startswith("-") and argument != "-":
            name, assigned, _ = argument.partition("=")
            option, values = (name if name in repeatable else None), len(assigned)
        else:
            written += [option] if option and values else []
            values += 1
        written.append(argument)
    return written


@app.command(cls=Spreading)
def score(
    output: Annotated[
        list[str],
        typer.Option("--output", metavar="FILE...", help="Outputs, plain lines or JSONL; one file a system."),
    ],
    language: Annotated[
        str, typer.Option("--language", "--lang", help="Language of the outputs, as a BCP 47 tag.")
    ],
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference", metavar="FILE...", help="References; several files are several references."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="FILE", help="What the systems were given.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME...",
            help="Such as chrf++, bleu, rouge-l-stem, numbers; '-matching' folds Arabic letters.",
        ),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            "--documents", metavar="FILE", help="Document id of each segment: resample whole documents."
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, help="For intervals and tests; 0 leaves them out.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Of the resamples.")] = 12345,
    format: Annotated[  # noqa: A002
        TextOrJson, typer.Option("--format", help="A table, or a JSON list of scores.")
    ] = TextOrJson.text,
) -> None:
    """Score outputs against references: signatures, intervals, and which systems can be told apart."""
    from workbench.evaluate.score import default_metrics, read_material, score_outputs
    from workbench.evaluate.significance import Resampling

    outputs, material = read_material(
        output, references=reference or (), source=source, documents=documents, language=language
    )
    unit = "documents" if documents else "segments"
    scored = score_outputs(
        outputs,
        material=material,
        metrics=metric or default_metrics(material),
        resampling=Resampling(trials=resamples, seed=seed, unit=unit),
    )
    _show(scored, format)


@app.command()
def evaluate(
    suite: Annotated[
        list[str],
        typer.Argument(
            metavar="SUITE...",
            help="Suites such as mini, parts such as mini/ar-en, or YAML files.",
            show_default=False,
        ),
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="NAME",
            help="A model, or lead-3, random-3, oracle-3 or copy; repeatable.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Outputs, scores and report; goes on where it stopped."
        ),
    ] = Path("evaluation"),
    device: OnDevice = Device.auto,
    beam: Annotated[
        int | None, typer.Option("--beam", min=1, max=64, help="Instead of each card's own.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first so many items of each part.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="Where data sets lie that do not ship.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Instead of each part's own; repeatable."),
    ] = None,
    price: Annotated[
        float | None, typer.Option("--price-per-hour", min=0, help="Of this machine, to tell the cost.")
    ] = None,
    texts: Annotated[bool, typer.Option("--texts/--no-texts", help="Whether the report shows texts.")] = True,
    check: Annotated[
        bool, typer.Option("--check", help="Fail where quality fell below its pinned floor.")
    ] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Pin the floor to what is reached now.")] = False,
    lower: Annotated[
        str | None, typer.Option("--lower", metavar="REASON", help="With --pin: why a floor may fall.")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option("--judge", metavar="NAME", help="A language model that gives verdicts, which are kept."),
    ] = None,
    generate_only: Annotated[bool, typer.Option("--generate-only", hidden=True)] = False,
    format: Annotated[TextOrJson, typer.Option("--format", help="A table, or JSON.")] = TextOrJson.text,  # noqa: A002
) -> None:
    """Run suites through models, score what comes out, and write a report with rankings, floors and examples."""
    from workbench.cli import evaluating
    from workbench.evaluate.report import as_json, section, write_report

    plan = evaluating.Plan(
        suites=tuple(suite),
        models=tuple(model or ("embedded",)),
        folder=output,
        device=device.value,
        beam=beam,
        limit=limit,
        data=data,
        price=price,
        judge=judge,
    )
    if generate_only:
        evaluating.generate_all(plan, evaluating.load_parts(plan))
        return
    results = evaluating.run(plan, metrics=metric or ())
    page = write_report(results, output, texts=texts)
    if format is TextOrJson.json:
        print(
            json.dumps(
                as_json([section(each, 0, texts=False) for each in results]), ensure_ascii=False, indent=1
            )
        )
    else:
        print(evaluating.tables(results))
    say(f"Report: {page}")
    evaluating.hold_floors(results, plan.models, check=check, pin=pin, reason=lower)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="FOLDER_A", help="A run of `workbench evaluate`.")],
    second: Annotated[Path, typer.Argument(metavar="FOLDER_B", help="Another run on the same data.")],
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Instead of each part's own; repeatable."),
    ] = None,
    by: Annotated[
        Unit, typer.Option("--by", help="What chance draws: segments, or whole documents.")
    ] = Unit.segments,
    format: Annotated[  # noqa: A002
        TextOrJson, typer.Option("--format", help="A table, or a JSON list of comparisons.")
    ] = TextOrJson.text,
) -> None:
    """Compare two runs: which differences are beyond luck, metric by metric, on the same segments."""
    from workbench.evaluate.comparing import compare_folders
    from workbench.evaluate.printing import comparison_table

    found = compare_folders(first, second, metrics=metric or (), unit=by.value)
    if format is TextOrJson.json:
        flat = [
            {"part": part} | each.to_dict() | {"verdict": each.verdict}
            for part, pairs in found.items()
            for each in pairs
        ]
        print(json.dumps(flat, ensure_ascii=False, indent=1))
    else:
        print(comparison_table(found))


def _show(scored: Scored, format: TextOrJson) -> None:  # noqa: A002
    from workbench.evaluate.printing import score_table

    for warning in scored.warnings:
        say(f"Warning: {warning}")
    if format is TextOrJson.json:
        print(json.dumps([each.to_dict() for each in scored.scores], ensure_ascii=False, indent=1))
    else:
        print(score_table(scored))
