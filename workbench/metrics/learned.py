"""Learned metrics: COMET's regression models on transformers 5, loaded when first asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from workbench.config import Strict, load_yaml, resource, user_folder
from workbench.errors import ModelError
from workbench.metrics.base import Rows, Texts, as_rows, ratio, require

if TYPE_CHECKING:
    from workbench.metrics.comet import Scorer


class MetricCard(Strict):
    """configs/metrics/<name>.yaml: a model that judges.

    Attributes:
        name: Of the card.
        path: Hub id, or a folder.
        revision: Pinned revision; None is shown as unpinned.
        encoder: Hub id or folder of the encoder's tokeniser and configuration.
        licence: Of the weights.
        commercial: Whether it allows commercial use.
        needs_reference: Whether it reads references.
        size_mb: Download size.
        note: What a reader of its scores should know.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    path: str
    revision: str | None = None
    encoder: str
    licence: str
    commercial: bool
    needs_reference: bool
    size_mb: float | None = None
    note: str = ""


def read_card(name: str) -> MetricCard:
    """The card of a learned metric.

    Raises:
        ConfigError: It is wrong, or does not exist.
    """
    return load_yaml(resource("configs/metrics") / f"{name}.yaml", MetricCard)


def find(card: MetricCard) -> Path:
    """The folder of a learned metric: as given, in the user's data folder, or in the hub's cache.

    Raises:
        ModelError: It is not on this machine; the cure fetches it.
    """
    own = user_folder("data") / "metrics" / card.name
    for place in (Path(card.path), own):
        if (place / "hparams.yaml").exists():
            return place
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(card.path, revision=card.revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as fault:
        raise ModelError(
            f"The metric {card.name!r} needs its weights, which are not on this machine.",
            cure=f"Fetch them (licence {card.licence}, {card.size_mb or '?'} MB): hf download {card.path}, and "
            f"hf download {card.encoder} config.json tokenizer.json tokenizer_config.json, or put them into {own}.",
        ) from fault


class Comet:
    """A COMET regression model; its scores in hundredths, mean over segments.

    Where a segment has several references, the mean over them counts. Sources and references are read once,
    however many systems are scored.

    Rows: score and 1.
    """

    higher_is_better = True
    needs_source = True

    def __init__(self, *, language: str, name: str, card: str | MetricCard, device: str = "auto") -> None:
        self.language = language
        self.name = name
        self.card = read_card(card) if isinstance(card, str) else card
        self.needs_reference = self.card.needs_reference
        self._device = device
        self._scorer: Scorer | None = None
        self._vectors: dict[str, Any] = {}

    def signature(self, *, nrefs: int = 1) -> str:
        """Everything that changes the number."""
        count = "var" if nrefs < 0 else nrefs
        references = f"nrefs:{count}|multi:mean|" if self.needs_reference else ""
        model = f"{self.card.name}@{self.card.revision or 'unpinned'}"
        return f"comet|model:{model}|{references}scale:100|mean:segments|v:1"

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: Sources or references are missing.
            ModelError: The weights are not here, or cannot be loaded.
        """
        require(self, texts)
        sources = list(texts.sources or ())
        groups = (
            [tuple(group) for group in texts.references] if self.needs_reference else [("",)] * len(sources)
        )
        triples = [
            (place, source, output, reference)
            for place, (source, output, group) in enumerate(zip(sources, texts.outputs, groups, strict=True))
            for reference in group
        ]
        scores = self._scores(triples)
        return as_rows(
            [(100 * sum(scores[place]) / len(scores[place]), 1) for place in range(len(sources))], width=2
        )

    def totals(self, sums: Rows) -> Rows:
        """The mean; NaN for no segments."""
        return ratio(sums[..., 0], sums[..., 1])

    def _scores(self, triples: Sequence[tuple[int, str, str, str]]) -> list[list[float]]:
        if not triples:
            return []
        scorer = self._open()
        kept = {text for _, source, _, reference in triples for text in (source, reference)}
        self._read(scorer, [*kept, *(output for _, _, output, _ in triples)])
        source = self._stack([source for _, source, _, _ in triples])
        output = self._stack([output for _, _, output, _ in triples])
        reference = self._stack([reference for *_, reference in triples]) if self.needs_reference else None
        found = scorer.score(source, output, reference)
        # Outputs differ from system to system; sources and references come again.
        self._vectors = {text: vector for text, vector in self._vectors.items() if text in kept}
        scores: list[list[float]] = [[] for _ in range(triples[-1][0] + 1)]
        for (place, *_), score in zip(triples, found, strict=True):
            scores[place].append(score)
        return scores

    def _open(self) -> Scorer:
        if self._scorer is None:
            folder = find(self.card)
            from workbench.metrics.comet import Scorer

            self._scorer = Scorer(folder, encoder=self.card.encoder, device=self._device)
        return self._scorer

    def _read(self, scorer: Scorer, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= dict(zip(new, scorer.embed(new), strict=True))

    def _stack(self, texts: Sequence[str]) -> Any:
        import torch

        return torch.stack([self._vectors[text] for text in texts])


comet = partial(Comet, name="comet", card="wmt22-comet-da")
comet_qe = partial(Comet, name="comet-qe", card="wmt20-comet-qe-da")
