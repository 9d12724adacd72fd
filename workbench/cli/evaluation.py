"""`score`, `evaluate` and `compare`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from workbench.cli import app
from workbench.cli.output import say

if TYPE_CHECKING:
    from workbench.evaluate.score import Scored


class Format(StrEnum):
    """How scores are printed."""

    text = "text"
    json = "json"


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
        Format, typer.Option("--format", help="A table, or a JSON list of scores.")
    ] = Format.text,
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


def _show(scored: Scored, format: Format) -> None:  # noqa: A002
    from workbench.evaluate.table import score_table

    for warning in scored.warnings:
        say(f"Warning: {warning}")
    if format is Format.json:
        print(json.dumps([each.to_dict() for each in scored.scores], ensure_ascii=False, indent=1))
    else:
        print(score_table(scored))
