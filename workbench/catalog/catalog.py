"""The catalogue: cards by name, and what they stand for, loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import Literal

from workbench.catalog import canaries, fit, loading, places
from workbench.config import ModelCard, load_yaml, resource, user_folder
from workbench.engines.base import UNTUNED, Decoding, Encoder, Engine, Tuning
from workbench.engines.requests import Instructed
from workbench.errors import ConfigError, UnsupportedPair
from workbench.glossary import open_names
from workbench.registry import unknown_name
from workbench.summarise import Abstractive, Extractive, Manner, Summariser
from workbench.summarise.scoring import shipped
from workbench.text.tidy import tidy
from workbench.translate import Translator

Device = Literal["auto", "cpu", "cuda"]

DEFAULT = "embedded"
"""The model that ships with the package: it serves where none is named."""


class Catalog:
    """Cards, and the engines, translators and summarisers made of them; each is loaded once and kept.

    Args:
        folders: Where cards lie, `NAME.yaml` each; a name may occur once.
        cache: Folder in which it is remembered which models passed their canaries.
        tuning: How its engines use this machine.
    """

    def __init__(self, folders: Sequence[Path], *, cache: Path, tuning: Tuning = UNTUNED) -> None:
        self._folders = tuple(folders)
        self._tuning = tuning
        self._memory = canaries.Memory(cache / "canaries")
        self._engines: dict[tuple[str, Device], Engine] = {}
        self._translators: dict[tuple[str, Device], Translator] = {}
        self._cards: dict[str, ModelCard] = {}
        self._lock = RLock()

    def names(self) -> list[str]:
        """Names of all cards, sorted; no card is read."""
        return sorted(self._files())

    def cards(self) -> list[ModelCard]:
        """All cards, by name.

        Raises:
            ConfigError: A card is wrong, or two have one name.
        """
        return [self.card(name) for name in self.names()]

    def card(self, name: str) -> ModelCard:
        """One card.

        Raises:
            UnknownName: There is no such card; near names are offered.
            ConfigError: The card is wrong, or another has its name.
        """
        if name not in self._cards:
            self._cards[name] = self._read(name)
        return self._cards[name]

    def where(self, name: str) -> Path | None:
        """The folder that holds a model's weights, or None where they are not on this machine.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        return places.find(self.card(name), self._files()[name].parent)

    def served(self, name: str) -> str | None:
        """The address of the server behind which a model runs, or None where it runs on this machine.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        card = self.card(name)
        return loading.address(card) if loading.is_served(card, self.where(name)) else None

    def revision(self, name: str) -> str | None:
        """The commit that is here, else the revision that the card pins, else the beginning of the weights' digest.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        card, folder = self.card(name), self.where(name)
        known = (places.commit_of(folder) if folder else None) or card.revision
        if known or not folder:
            return known
        return f"sha256:{canaries.digest(folder)[:12]}"

    def making(self, name: str) -> str:
        """What a card says that decides what its model writes, for fingerprints; "" where there is no such card.

        Raises:
            ConfigError: The card is wrong.
        """
        return self.card(name).making() if name in self._files() else ""

    def verified(self, name: str) -> list[canaries.CanaryResult] | None:
        """What the canaries gave when the model last passed as it is now; None where it never did.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        folder = self.where(name)
        return self._memory.recall(self._key(self.card(name), folder, "auto")) if folder else None

    def engine(self, name: str | None = None, *, device: Device = "auto") -> Engine:
        """The engine of a model that has passed its canaries.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
            ModelError: The weights are not here, or cannot be loaded.
            CanaryError: The model loads, and garbles its canaries.
        """
        name = name or DEFAULT
        with self._lock:
            if (name, device) not in self._engines:
                self._engines[name, device] = self._load(self.card(name), device)
            return self._engines[name, device]

    def translator(
        self,
        name: str | None = None,
        *,
        source: str | None = None,
        target: str | None = None,
        device: Device = "auto",
    ) -> Translator:
        """A ready translator; the embedded model's where none is named.

        Args:
            name: Name of a card.
            source: Language that will be translated from, where known; checked before anything is loaded.
            target: Language that will be translated to, where known.
            device: "auto", "cpu" or "cuda".

        Raises:
            UnsupportedPair: The model does not offer these languages.
            UnknownName, ConfigError, ModelError, CanaryError: As `engine`.
        """
        card = self.card(name or DEFAULT)
        pairs = _pairs(card)
        _check_pair(card, pairs, source=source, target=target)
        with self._lock:
            if (card.name, device) not in self._translators:
                self._translators[card.name, device] = Translator(
                    engine=self.engine(card.name, device=device),
                    name=card.name,
                    revision=self.revision(card.name),
                    decoding=_decoding(card),
                    calibration=card.calibration,
                    pairs=pairs,
                    prepare=tidy if card.tidy else str,
                    piece_tokens=card.piece_tokens,
                    finish=card.finish,
                    names=open_names() if card.names else None,
                    mend=card.mend,
                )
            return self._translators[card.name, device]

    def manner(self, name: str) -> dict[str, str]:
        """What else than weights and decoding a translator's outputs depend on, for fingerprints.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        card = self.card(name)
        finish = {"finish": card.finish} if card.finish != "none" else {}
        names = {"names": open_names().digest} if card.names else {}
        return finish | names | ({"mend": "yes"} if card.mend else {})

    def quality(self, name: str) -> str:
        """One line on what a model is, how good it measured, and which command brings a better one.

        Raises:
            UnknownName: There is no such card.
            ConfigError: The card is wrong.
        """
        card = self.card(name)
        measured = [
            f"{score.metric} {score.value:g} {'→'.join(score.languages)} on {score.test_set}"
            for score in card.scores
            if not isinstance(score.languages, str)
        ]
        better = "Others: workbench models list." if name == DEFAULT else ""
        return " ".join(
            filter(None, (card.note.strip(), "; ".join(measured) + "." if measured else "", better))
        )

    def summariser(
        self,
        name: str | None = None,
        *,
        language: str | None = None,
        device: Device = "auto",
        translator: Translator | None = None,
    ) -> Summariser:
        """A ready summariser: a model that writes summaries, or one that picks an article's sentences.

        A card with the task "summarise", and a model that follows instructions, writes; the embedded model's encoder,
        where it is here, looks for what supports each sentence. Where no model or the embedded one is named, the
        trained scorer picks sentences, with or without the weights; another translation model's encoder helps to pick.

        Args:
            name: Name of a card.
            language: Language that will be read, where known.
            device: "auto", "cpu" or "cuda".
            translator: For summaries in another language.

        Raises:
            UnsupportedPair: The model does not read this language, or has no sentence vectors.
            UnknownName, ConfigError, ModelError, CanaryError: As `engine`.
        """
        if name is None and self.where(DEFAULT) is None:
            return Extractive(translator=translator, scorer=shipped())
        card = self.card(name or DEFAULT)
        _check_reads(card, language)
        engine = self.engine(card.name, device=device)
        if card.task == "summarise" or isinstance(engine, Instructed):
            return Abstractive(
                engine=engine,
                name=card.name,
                revision=self.revision(card.name),
                manner=_manner(card),
                encoder=self._encoder(device),
                translator=translator,
            )
        if not isinstance(engine, Encoder):
            raise UnsupportedPair(
                f"The model {card.name!r} has no sentence vectors to summarise by.",
                cure=f"Leave --model out, or name {DEFAULT!r}.",
            )
        return Extractive(
            encoder=engine,
            name=card.name,
            revision=self.revision(card.name),
            translator=translator,
            scorer=shipped() if card.name == DEFAULT else None,
        )

    def _encoder(self, device: Device) -> Encoder | None:
        """The embedded model's encoder, where its weights are here."""
        engine = self.engine(DEFAULT, device=device) if self._has(DEFAULT) else None
        return engine if isinstance(engine, Encoder) else None

    def _has(self, name: str) -> bool:
        return name in self._files() and self.where(name) is not None

    def check(self, name: str, *, device: Device = "auto") -> list[canaries.CanaryResult]:
        """Load a model afresh and run its canaries, whatever is remembered; nothing is refused.

        That it passed is remembered, so that it counts as verified on this machine.

        Raises:
            UnknownName, ConfigError, ModelError, EngineError: It cannot be loaded or run.
        """
        card = self.card(name)
        results = canaries.run(self._raw_engine(card, device), card)
        folder = self._folder(card)
        if folder and results and not any(result.fault for result in results):
            self._memory.keep(self._key(card, folder, device), results)
        return results

    def _load(self, card: ModelCard, device: Device) -> Engine:
        engine, folder = self._raw_engine(card, device), self._folder(card)
        key = self._key(card, folder, device) if folder else None
        if key is None or self._memory.recall(key) is None:  # what a server runs may change without a sign
            results = canaries.run(engine, card)
            canaries.require_healthy(results, card)
            if key and results:
                self._memory.keep(key, results)
        return engine

    def _raw_engine(self, card: ModelCard, device: Device) -> Engine:
        folder = self._folder(card)
        if folder:
            fit.warn_where_tight(card, device=device)
        return loading.load(card, folder, device=device, tuning=self._tuning)

    def _folder(self, card: ModelCard) -> Path | None:
        """The folder of the weights; None for a model behind a server.

        Raises:
            ModelError: The weights are not here, or not all of them.
        """
        return None if self.served(card.name) else places.require(card, self._files()[card.name].parent)

    def _key(self, card: ModelCard, folder: Path, device: Device) -> str:
        return canaries.key(
            card, canaries.digest(folder), engine=loading.engine_name(card, folder), device=device
        )

    def _read(self, name: str) -> ModelCard:
        files = self._files()
        if name not in files:
            raise unknown_name("model", name, files)
        card = load_yaml(files[name], ModelCard)
        if card.name != name:
            raise ConfigError(
                f"{files[name]} holds the card of {card.name!r}.", cure=f"Rename it to {card.name}.yaml."
            )
        return card

    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in (path for folder in self._folders for path in sorted(folder.glob("*.yaml"))):
            if path.stem in found:
                raise ConfigError(
                    f"Two cards are called {path.stem!r}: {found[path.stem]} and {path}.",
                    cure="Give your own card another name, in the file and for the file.",
                )
            found[path.stem] = path
        return found


def open_catalog(*, tuning: Tuning = UNTUNED) -> Catalog:
    """The cards that ship with the project, and those in the user's own folder; its engines use the machine so."""
    folders = (resource("configs/models"), user_folder("config") / "models")
    return Catalog(folders, cache=user_folder("cache"), tuning=tuning)


def _decoding(card: ModelCard) -> Decoding:
    return Decoding(**card.decoding.model_dump())


def _manner(card: ModelCard) -> Manner:
    """How a card wants its model to be asked for summaries."""
    return Manner(
        strategy=card.strategy,
        decoding=_decoding(card),
        piece_tokens=card.piece_tokens,
        prepare=tidy if card.tidy else str,
        languages=tuple(one for one in card.languages if isinstance(one, str)),
    )


def _pairs(card: ModelCard) -> tuple[tuple[str, str], ...]:
    return tuple((pair[0], pair[1]) for pair in card.languages if not isinstance(pair, str))


def _check_pair(
    card: ModelCard, pairs: Sequence[tuple[str, str]], *, source: str | None, target: str | None
) -> None:
    wanted = _primary(source), _primary(target)
    offered = {(_primary(one), _primary(other)) for one, other in pairs}
    if card.task != "translate" or not any(
        wanted[0] in (None, one) and wanted[1] in (None, other) for one, other in offered
    ):
        asked = (
            f"from {source} to {target}" if source and target else f"to {target}" if target else "anything"
        )
        raise UnsupportedPair(
            f"The model {card.name!r} does not translate {asked}.",
            cure="It offers "
            + (", ".join(f"{one} to {other}" for one, other in pairs) or "summaries alone")
            + ".",
        )


def _check_reads(card: ModelCard, language: str | None) -> None:
    read = {_primary(one if isinstance(one, str) else one[0]) for one in card.languages}
    if language is not None and _primary(language) not in read:
        raise UnsupportedPair(
            f"The model {card.name!r} does not read {language}.",
            cure=f"It reads {', '.join(sorted(filter(None, read)))}.",
        )


def _primary(tag: str | None) -> str | None:
    return tag.partition("-")[0].lower() if tag else None
