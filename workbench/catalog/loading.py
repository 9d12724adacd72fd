"""From a card to an engine: which one serves it, and what it is told."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.config import ModelCard
from workbench.engines import ENGINES
from workbench.engines.base import UNTUNED, Engine, ModelSpec, ServerSpec, Tuning
from workbench.errors import ConfigError

SERVER_VARIABLE = "WORKBENCH_SERVER"
"""Base address of a server that is to run every instruction model whose weights are not here."""
_TOLD = ("prompt", "fields")


def is_served(card: ModelCard, folder: Path | None) -> bool:
    """Whether a model runs behind a server: its card says so, or its weights are not here and the user named one."""
    return card.engine == "server" or (not folder and _told(card) and SERVER_VARIABLE in os.environ)


def engine_name(card: ModelCard, folder: Path | None) -> str:
    """The engine in `workbench.engines.ENGINES`: "auto" is the quickest that serves every model of the kind.

    Raises:
        ConfigError: The engine cannot be told of languages as the card wants.
    """
    if is_served(card, folder):
        return "server"
    if not _told(card):
        return "ct2" if card.engine == "auto" else card.engine
    engines = {"auto": "causal", "ct2": "ct2-causal"}
    engine = engines.get(card.engine, card.engine)
    if engine == "seq2seq":
        raise ConfigError(
            f"The card {card.name!r} gives a model that is told in words to the engine 'seq2seq'.",
            cure="Set engine to causal, ct2 or server, or conditioning.style to another.",
        )
    return engine


def address(card: ModelCard) -> str:
    """Base address of the server that runs a served model."""
    return card.path if card.engine == "server" else os.environ[SERVER_VARIABLE]


def load(card: ModelCard, folder: Path | None, *, device: str, tuning: Tuning = UNTUNED) -> Engine:
    """The engine of a model, loaded and unchecked.

    Args:
        card: The model.
        folder: Where its weights lie; None for a served one.
        device: "auto", "cpu" or "cuda".
        tuning: How it uses this machine.

    Raises:
        ConfigError, UnknownName: The card names no engine that can serve it.
        MissingExtra: A package is not installed.
        ModelError, EngineError: It cannot be loaded or reached.
    """
    served = is_served(card, folder)
    engine: Engine = ENGINES.load(engine_name(card, folder))(
        ModelSpec(
            name=card.name,
            path=card.path if folder is None else folder,
            revision=card.revision,
            device=device,  # type: ignore[arg-type]
            dtype=card.dtype,
            style=card.conditioning.style,
            codes=card.conditioning.codes,
            max_input_tokens=card.max_input_tokens,
            threads=tuning.threads,
            batch_tokens=tuning.batch_tokens,
            template=card.conditioning.template,
            server=_server(card) if served else None,
        )
    )
    return engine


def _server(card: ModelCard) -> ServerSpec:
    """A card of its own names the server's model, or leaves it to a server with one; others go by their hub id."""
    settings = card.server.model_dump() | {"url": address(card)}
    if card.engine != "server":
        settings["model"] = card.server.model or card.path
    return ServerSpec(**settings)


def _told(card: ModelCard) -> bool:
    return card.conditioning.style in _TOLD
