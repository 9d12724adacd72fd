"""What `evaluate` runs: models of the catalogue behind the code of `translate` and `summarise`, and baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.catalog import Catalog, Device
    from workbench.evaluate.run import System
    from workbench.evaluate.suite import Item, Part
    from workbench.metrics.judged import Ask
    from workbench.records import Output
    from workbench.summarise import Summariser
    from workbench.translate import Translator

_VERDICT_TOKENS = 512
"""Most tokens of a verdict: a list of errors, and a score."""


def open_system(name: str, *, catalog: Catalog, device: Device = "auto", beam: int | None = None) -> System:
    """The baseline or the model called `name`; no weights are loaded yet.

    Raises:
        UnknownName: There is neither; near names are offered.
        ConfigError: The model's card is wrong.
    """
    from workbench.evaluate.baselines import baseline
    from workbench.evaluate.run import System

    found = baseline(name)
    if found is not None:
        return found
    card = catalog.card(name)
    model = _Model(catalog, name, device, beam)
    facts: dict[str, Any] = {
        "revision": card.revision,
        "weights": model.weights(),
        "decoding": card.decoding.model_dump() | ({"beam": beam} if beam else {}),
        "device": device,
    } | catalog.manner(name)
    return System(
        name=name,
        generate=model.generate,
        prepare=model.prepare,
        facts=facts,
        card={"licence": card.licence, "size_mb": card.size_mb, "path": card.path},
        count_tokens=model.count_tokens,
    )


def open_judge(name: str, *, catalog: Catalog, device: Device = "auto") -> Ask:
    """A model of the catalogue that answers prompts as they are; it is loaded with the first of them.

    Raises:
        UnknownName: There is no such model.
        ConfigError: Its card is wrong.
    """
    from workbench.engines.base import Decoding

    catalog.card(name)

    def ask(prompts: Sequence[str]) -> list[str | None]:
        engine = catalog.engine(name, device=device)
        return [each.text for each in engine.generate(prompts, Decoding(max_new_tokens=_VERDICT_TOKENS))]

    return ask


class _Model:
    """One model, loaded when first asked."""

    def __init__(self, catalog: Catalog, name: str, device: Device, beam: int | None) -> None:
        self._catalog, self._name, self._device, self._beam = catalog, name, device, beam

    def weights(self) -> str | None:
        """Digest of the weights that are here, so that outputs of an older version are told apart."""
        from workbench.catalog.canaries import digest

        folder = self._catalog.where(self._name)
        return digest(folder)[:16] if folder else None

    def prepare(self, part: Part) -> None:
        """Load what the part needs.

        Raises:
            UnsupportedPair: The model cannot do this part.
            ModelError: The weights are not here, or cannot be loaded.
        """
        if part.task == "translate":
            self._translator(part)
        else:
            self._summariser(part)

    def generate(self, part: Part, items: Sequence[Item]) -> list[Output]:
        """One Output for each item, through the code of the commands."""
        if part.task == "translate":
            lines = [item.source for item in items]
            return self._translator(part).translate_lines(lines, source=part.source, target=part.target)
        return [self._summary(part, item) for item in items]

    def count_tokens(self, text: str) -> int:
        """Length in the model's own tokens."""
        return self._catalog.engine(self._name, device=self._device).count_tokens(text)

    def _translator(self, part: Part) -> Translator:
        found = self._catalog.translator(
            self._name, source=part.source, target=part.target, device=self._device
        )
        return found.with_beam(self._beam) if self._beam else found

    def _summariser(self, part: Part) -> Summariser:
        crosses = part.source != part.target
        translator = self._translator(part) if crosses else None
        return self._catalog.summariser(
            self._name, language=part.source, device=self._device, translator=translator
        )

    def _summary(self, part: Part, item: Item) -> Output:
        from workbench.records import Article
        from workbench.summarise import Length

        article = Article(id=item.id, title=item.title, language=part.source, text=item.source)
        length = Length(sentences=part.sentences)
        return self._summariser(part).summarise(article, length=length, to=part.target)
