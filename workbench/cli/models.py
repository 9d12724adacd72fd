"""`models list` and `models show`: what there is to translate and summarise with, and what is here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import app

if TYPE_CHECKING:
    from workbench.catalog import Catalog
    from workbench.config import ModelCard

models = typer.Typer(help="Which models there are, and which are on this machine.")
app.add_typer(models, name="models")


class Format(StrEnum):
    """How results are written."""

    text = "text"
    json = "json"


TextOrJson = Annotated[Format, typer.Option("--format", help="For people, or for programmes.")]


@models.callback(invoke_without_command=True)
def _models(context: typer.Context) -> None:
    """Which models there are, and which are on this machine."""
    if context.invoked_subcommand is None:
        list_models()


@models.command("list")
def list_models(format: TextOrJson = Format.text) -> None:  # noqa: A002
    """List every model: task, languages, licence, size, and whether it is on this machine."""
    from workbench.catalog import open_catalog

    catalog = open_catalog()
    rows = [_row(catalog, card) for card in catalog.cards()]
    if format is Format.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print(
            _table(
                ["name", "here", "task", "languages", "licence", "MB"],
                [list(map(_cell, row.values())) for row in rows],
            )
        )


@models.command("show")
def show_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name from `workbench models list`.")],
    format: TextOrJson = Format.text,  # noqa: A002
) -> None:
    """Show one model: its card, where it lies, and how its canary sentences fared."""
    from workbench.catalog import open_catalog

    catalog = open_catalog()
    card = catalog.card(name)
    where = catalog.where(name)
    verified = catalog.verified(name)
    state = {
        "revision": catalog.revision(name),
        "here": str(where) if where else None,
        "verified": None if verified is None else [result.to_dict() for result in verified],
    }
    facts = card.model_dump(mode="json") | state
    print(json.dumps(facts, ensure_ascii=False, indent=1) if format is Format.json else _facts(card, facts))


def _row(catalog: Catalog, card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "here": catalog.where(card.name) is not None,
        "task": card.task,
        "languages": [pair if isinstance(pair, str) else "→".join(pair) for pair in card.languages],
        "licence": card.licence,
        "size_mb": card.size_mb,
    }


def _facts(card: ModelCard, facts: dict[str, Any]) -> str:
    """A card for people: what is not known is said to be so."""
    shown = {
        "name": card.name,
        "what": card.note.strip() or None,
        "task": card.task,
        "languages": _cell([pair if isinstance(pair, str) else "→".join(pair) for pair in card.languages]),
        "engine": card.engine,
        "path": card.path,
        "revision": facts["revision"] or "unverified",
        "here": facts["here"] or "no",
        "licence": card.licence,
        "commercial": {True: "allowed", False: "not allowed", None: None}[card.commercial],
        "size": f"{card.size_mb:g} MB" if card.size_mb else None,
        "memory": f"{card.memory_mb:g} MB" if card.memory_mb else None,
        "window": f"{card.max_input_tokens} tokens" if card.max_input_tokens else "as its configuration says",
        "decoding": ", ".join(f"{name}={value:g}" for name, value in card.decoding.model_dump().items()),
        "canaries": _canaries(facts["verified"], len(card.canaries)),
        "scores": "; ".join(
            f"{s.metric} {s.value:g} {_cell(s.languages)} on {s.test_set} ({s.source})" for s in card.scores
        ),
    }
    width = max(map(len, shown))
    return "\n".join(
        f"{name:{width}}  {'unknown' if value in (None, '') else value}" for name, value in shown.items()
    )


def _canaries(verified: list[dict[str, Any]] | None, count: int) -> str:
    if not count:
        return "none: unverified"
    if verified is None:
        return f"{count}, not checked yet on this machine: they are when the model is first used"
    return f"{count}, passed; chrF {', '.join(format(result['chrf'], 'g') for result in verified)}"


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
