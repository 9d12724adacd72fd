"""`models list` and `models show`: what there is to translate and summarise with, what is here, and what fits."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from workbench.cli import app
from workbench.cli.options import Chosen, Printed, TextOrJson

if TYPE_CHECKING:
    from workbench.catalog import Catalog
    from workbench.config import ModelCard

models = typer.Typer(help="Which models there are, and which are on this machine.")
app.add_typer(models, name="models")


_COLUMNS = {
    "name": "name",
    "here": "here",
    "checked": "checked",
    "memory": "memory",
    "fits": "fits",
    "tasks": "task",
    "languages": "languages",
    "licence": "licence",
    "parameters_m": "M weights",
    "size_mb": "MB",
}


@models.callback(invoke_without_command=True)
def _models(context: typer.Context) -> None:
    """Which models there are, and which are on this machine."""
    if context.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models(format: Printed = TextOrJson.text) -> None:  # noqa: A002
    """List every model: whether it is here, healthy and fits this machine, its tasks, languages, licence and size."""
    from workbench.catalog import open_catalog
    from workbench.catalog.fit import graphics_gb, memory

    catalog = open_catalog()
    memories = {"free_gb": memory()[0], "graphics_gb": graphics_gb()}
    rows = [_row(catalog, card, memories) for card in catalog.cards()]
    if format is TextOrJson.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    shown = [[row[column] for column in _COLUMNS] for row in (_for_people(row) for row in rows)]
    print(_table(list(_COLUMNS.values()), [list(map(_cell, row)) for row in shown]))
    print(
        "checked: whether its canary sentences passed on this machine; ?: nobody knows.\n"
        f"memory: when loaded, ~ where it is estimated from the number of weights; {_free(**memories)}.\n"
        "Why a model does not fit: workbench models show NAME. Bring one here: workbench models pull NAME.",
        file=sys.stderr,
    )


@models.command("show")
def show_model(
    name: Chosen,
    format: Printed = TextOrJson.text,  # noqa: A002
) -> None:
    """Show one model: its card, where it lies, and how its canary sentences fared."""
    from workbench.catalog import open_catalog
    from workbench.catalog.fit import graphics_gb, memory

    catalog = open_catalog()
    card = catalog.card(name)
    where = catalog.where(name)
    verified = catalog.verified(name)
    state = {
        "tasks": list(card.tasks),
        "revision": catalog.revision(name),
        "here": str(where) if where else None,
        "served": catalog.served(name),
        "fits": _fit(card, {"free_gb": memory()[0], "graphics_gb": graphics_gb()}),
        "verified": None if verified is None else [result.to_dict() for result in verified],
    }
    facts = card.model_dump(mode="json") | state
    print(
        json.dumps(facts, ensure_ascii=False, indent=1) if format is TextOrJson.json else _facts(card, facts)
    )


def _row(catalog: Catalog, card: ModelCard, memories: dict[str, float | None]) -> dict[str, Any]:
    from workbench.catalog.fit import needed_gb

    needed = needed_gb(card)
    here = catalog.where(card.name) is not None
    fit = _fit(card, memories)
    return {
        "name": card.name,
        "here": here,
        "served": catalog.served(card.name),
        "task": card.task,
        "tasks": list(card.tasks),
        "languages": _languages(card),
        "licence": card.licence,
        "commercial": card.commercial,
        "checked": here and catalog.verified(card.name) is not None,
        "fits": fit["fits"],
        "why": fit["why"],
        "memory_mb": card.memory_mb,
        "memory_estimate_mb": None if needed is None else round(1000 * needed),
        "parameters_m": card.parameters_m,
        "size_mb": card.size_mb,
    }


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    here = "server" if row["served"] else row["here"]
    needed, told = row["memory_estimate_mb"], row["memory_mb"] is not None
    memory = None if needed is None else f"{'' if told else '~'}{needed / 1000:.1f} GB"
    return row | {"here": here, "languages": _short_languages(row["languages"]), "memory": memory}


def _free(*, free_gb: float | None, graphics_gb: float | None) -> str:
    """What models may use, in words."""
    main = "what is free is unknown" if free_gb is None else f"{free_gb:.1f} GB are free"
    return main if graphics_gb is None else f"{main}, {graphics_gb:.1f} GB on the graphics card"


def _fit(card: ModelCard, memories: dict[str, float | None]) -> dict[str, Any]:
    from workbench.catalog.fit import fit

    found = fit(card, **memories)
    return {"fits": found.fits, "why": found.why}


def _languages(card: ModelCard) -> list[str]:
    return [pair if isinstance(pair, str) else "→".join(pair) for pair in card.languages]


def _short_languages(languages: Sequence[str]) -> list[str]:
    """A pair that is offered both ways, written once."""
    short = []
    for entry in languages:
        one, arrow, other = entry.partition("→")
        both = bool(arrow) and f"{other}→{one}" in languages
        short.append(f"{min(one, other)}↔{max(one, other)}" if both else entry)
    return list(dict.fromkeys(short))


def _facts(card: ModelCard, facts: dict[str, Any]) -> str:
    """A card for people: what is not known is said to be so."""
    from workbench.catalog.fit import memory_in_words

    shown = {
        "name": card.name,
        "what": card.note.strip() or None,
        "task": _cell(card.tasks),
        "languages": _cell(_short_languages(_languages(card))),
        "engine": card.engine,
        "path": card.path,
        "revision": facts["revision"] or "unverified",
        "here": facts["here"] or "no",
        "server": facts["served"] or "none",
        "fits": f"{ {True: 'yes', False: 'no', None: 'unknown'}[facts['fits']['fits']] }: {facts['fits']['why']}",
        "licence": card.licence + (", to be accepted on the hub first" if card.gated else ""),
        "commercial": {True: "allowed", False: "not allowed", None: None}[card.commercial],
        "weights": f"{card.parameters_m:g} million" if card.parameters_m else None,
        "size": f"{card.size_mb:g} MB" if card.size_mb else "unverified",
        "memory": memory_in_words(card),
        "window": f"{card.max_input_tokens} tokens" if card.max_input_tokens else "as its configuration says",
        "decoding": ", ".join(f"{name}={value:g}" for name, value in card.decoding.model_dump().items()),
        "canaries": _canaries(facts["verified"], card),
        "scores": "; ".join(
            f"{s.metric} {s.value:g} {_cell(s.languages)} on {s.test_set} ({s.source})" for s in card.scores
        ),
    }
    width = max(map(len, shown))
    return "\n".join(
        f"{name:{width}}  {'unknown' if value in (None, '') else value}" for name, value in shown.items()
    )


def _canaries(verified: list[dict[str, Any]] | None, card: ModelCard) -> str:
    """What is known about a model's health, and on which evidence."""
    if card.canaries is not None and not card.canaries:
        return "none: unverified"
    kind = "common sentences, none of its own" if card.canaries is None else str(len(card.canaries))
    if verified is None:
        return f"{kind}, unverified: not checked yet on this machine; workbench models check {card.name}"
    return f"{kind}, passed; chrF {', '.join(format(result['chrf'], 'g') for result in verified)}"


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "?" if value is None else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)
