"""`models pull` and `models check`: bringing a model here, and seeing whether it is healthy."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.models import models
from workbench.cli.options import Chosen, Device, OnDevice, Printed, TextOrJson
from workbench.cli.output import say
from workbench.cli.progress import bar

if TYPE_CHECKING:
    from workbench.catalog import CanaryResult, Catalog
    from workbench.catalog.pull import Plan

_COMMERCIAL = {True: "commercial use allowed", False: "no commercial use", None: "commercial use unclear"}


@models.command("pull")
def pull_model(
    name: Chosen,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="REV", help="Another revision than the card's.")
    ] = None,
    convert: Annotated[
        bool,
        typer.Option("--convert", help="Turn weights that are a pickle into safetensors; no code is run."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before fetching.")] = False,
) -> None:
    """Fetch a model from the hub: shows size and licence first, goes on where it stopped, verifies every file."""
    from workbench.catalog import open_catalog
    from workbench.catalog.hub import Hub
    from workbench.catalog.pull import plan, pull

    card = open_catalog().card(name)
    hub = Hub()
    planned = plan(card, revision=revision, convert=convert, hub=hub)
    say(_announcement(planned))
    if planned.missing and sys.stdin.isatty() and not yes:
        typer.confirm("Fetch it?", abort=True, err=True)
    with bar(f"{name}, bytes") as told:
        folder = pull(planned, progress=told, hub=hub)
    if card.revision is None:
        say(
            f"Pin it by `revision: {planned.repository.commit}` in a card of your own, so that it never changes."
        )
    say(f"Here and verified. See whether it is healthy: workbench models check {name}")
    print(folder)


@models.command("check")
def check_models(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Models; all that are here where none is named."),
    ] = None,
    device: OnDevice = Device.auto,
    format: Printed = TextOrJson.text,  # noqa: A002
) -> None:
    """Load models afresh and see what they make of sentences whose translation is known."""
    from workbench.catalog import open_catalog

    catalog = open_catalog()
    chosen = names or [name for name in catalog.names() if catalog.where(name)]
    found = {name: _checked(catalog, name, device) for name in chosen}
    if format is TextOrJson.json:
        plain = {name: [result.to_dict() for result in results] for name, results in found.items()}
        print(json.dumps(plain, ensure_ascii=False, indent=1))
    if any(result.fault for results in found.values() for result in results):
        raise typer.Exit(2)


def _checked(catalog: Catalog, name: str, device: Device) -> list[CanaryResult]:
    results = catalog.check(name, device=device.value)
    own = catalog.card(name).canaries is not None
    failed = sum(1 for result in results if result.fault)
    kind = "canaries" if own else "common sentences (the card has no canaries of its own)"
    verdict = (
        "none: nothing was checked" if not results else f"{len(results) - failed} of {len(results)} passed"
    )
    say(f"{name}: {kind}: {verdict}")
    for result in results:
        state = f"FAILED: {result.fault}" if result.fault else f"chrF {result.chrf:g}"
        say(f"  {'→'.join(result.languages)}  {state}\n    {result.source}\n    {result.output}")
    if failed:
        say("  → Its weights, language codes or conversion are damaged: it is not used. Fetch it again.")
    return results


def _announcement(planned: Plan) -> str:
    card, commit = planned.card, planned.repository.commit
    lines = [
        f"{card.name}: {card.path} at {commit[:12]}, {len(planned.files)} files, {_megabytes(planned.size)}",
        f"  licence: {card.licence} ({_COMMERCIAL[card.commercial]})",
        f"  goes to: {planned.folder}",
    ]
    if 0 < planned.missing < planned.size:
        lines.append(f"  {_megabytes(planned.size - planned.missing)} are here already")
    if planned.pickled:
        lines.append("  a pickle: it is read without running any code and kept as safetensors")
    if card.note:
        lines.append(f"  {' '.join(card.note.split())}")
    return "\n".join(lines)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 10**6 else f"{size / 1e3:,.0f} kB"
