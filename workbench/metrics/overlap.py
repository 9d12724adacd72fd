"""chrF, chrF++, BLEU and TER: sacreBLEU's statistics and signatures, totals over whole arrays of sums.

sacreBLEU counts; only its closing formulae are written again, for a thousand resamples at a time, and tests hold
both to the same figures.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.utils import SACREBLEU_DIR

from workbench.errors import ModelError
from workbench.metrics.base import Rows, Texts, as_rows, ratio, require

_REMEMBERED = 4096
"""Reference n-grams kept between systems, in segments: about 0.1 MB each."""

_FLORES_TOKENISER = "flores200sacrebleuspm"


class _SacreBLEU:
    """What the three families share: counting is sacreBLEU's, segment by segment."""

    needs_source = False
    needs_reference = True

    def __init__(self, *, name: str, reference_metric: Any, width: int) -> None:
        self.name = name
        self._metric = reference_metric
        self._width = width
        self._reference_info = lru_cache(_REMEMBERED)(self._read_references)

    def signature(self, *, nrefs: int = 1) -> str:
        """The signature that sacreBLEU itself prints, word for word."""
        self._metric.num_refs = nrefs
        return str(self._metric.get_signature())

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: A segment has no reference.
        """
        require(self, texts)
        rows = [
            self._row(output, tuple(group))
            for output, group in zip(texts.outputs, texts.references, strict=True)
        ]
        return as_rows(rows, width=self._width)

    def _row(self, output: str, references: tuple[str, ...]) -> list[float]:
        hypothesis = self._metric._preprocess_segment(output)
        row: list[float] = self._metric._compute_segment_statistics(
            hypothesis, self._reference_info(references)
        )
        return row

    def _read_references(self, references: tuple[str, ...]) -> Any:
        return self._metric._extract_reference_info([self._metric._preprocess_segment(r) for r in references])


class ChrF(_SacreBLEU):
    """Character n-gram F2, with words too where `words` is 2 (chrF++): the headline for Arabic.

    Rows: for each order, n-grams of the output, of the reference, and shared ones.
    """

    higher_is_better = True

    def __init__(self, *, language: str, name: str, words: int) -> None:
        super().__init__(name=name, reference_metric=CHRF(word_order=words), width=3 * (6 + words))
        self.language = language

    def totals(self, sums: Rows) -> Rows:
        """F2 of mean precision and mean recall over the orders that both sides have; NaN without a reference."""
        counts = sums.reshape(*sums.shape[:-1], -1, 3)
        given, wanted, shared = counts[..., 0], counts[..., 1], counts[..., 2]
        both = (given > 0) & (wanted > 0)
        orders = np.maximum(both.sum(axis=-1), 1)
        precision = np.where(both, shared / np.maximum(given, 1), 0).sum(axis=-1) / orders
        recall = np.where(both, shared / np.maximum(wanted, 1), 0).sum(axis=-1) / orders
        f2 = 500 * precision * recall / np.maximum(4 * precision + recall, np.finfo(float).tiny)
        return np.where(wanted.sum(axis=-1) > 0, f2, np.nan)


class Bleu(_SacreBLEU):
    """BLEU with one of sacreBLEU's tokenisers.

    Rows: length of the output, of the closest reference, then shared and all n-grams of orders 1 to 4.
    """

    higher_is_better = True

    def __init__(self, *, language: str, name: str, tokeniser: str) -> None:
        if tokeniser == "flores200":
            _check_flores_tokeniser()
        # `force` only silences a warning that would go to the log; tokenised outputs are reported by `evaluate`.
        super().__init__(name=name, reference_metric=BLEU(tokenize=tokeniser, force=True), width=10)
        self.language = language

    def totals(self, sums: Rows) -> Rows:
        """Geometric mean of smoothed precisions times the brevity penalty; NaN without a reference."""
        given, wanted = sums[..., 0], sums[..., 1]
        shared, possible = sums[..., 2:6], sums[..., 6:10]
        missed = (shared == 0) & (possible > 0)
        smoothed = 1 / (2.0 ** np.cumsum(missed, axis=-1))
        precision = np.where(missed, smoothed, shared) / np.maximum(possible, 1)
        scored = (shared.sum(axis=-1) > 0) & (possible > 0).all(axis=-1)
        logs = np.log(np.where(scored[..., None], precision, 1)).mean(axis=-1)
        brevity = np.minimum(0, 1 - wanted / np.maximum(given, 1))
        value = np.where(scored, 100 * np.exp(logs + brevity), 0)
        return np.where(wanted > 0, value, np.nan)


class Ter(_SacreBLEU):
    """Translation edit rate: edits and block moves for each word of the reference; lower is better.

    Rows: edits, and mean length of the references.
    """

    higher_is_better = False

    def __init__(self, *, language: str, name: str) -> None:
        super().__init__(name=name, reference_metric=TER(), width=2)
        self.language = language

    def totals(self, sums: Rows) -> Rows:
        """Edits in percent of reference words; NaN without any."""
        return 100 * ratio(sums[..., 0], sums[..., 1])


def _check_flores_tokeniser() -> None:
    """SacreBLEU would download the model without a word; offline that ends in a traceback."""
    path = Path(SACREBLEU_DIR) / "models" / _FLORES_TOKENISER
    if not path.exists():
        raise ModelError(
            "The metric 'bleu-flores200' needs the SentencePiece model of FLORES-200, which is not on this machine.",
            cure=f"Put https://tinyurl.com/{_FLORES_TOKENISER} at {path}, or use bleu and bleu-intl.",
        )


chrf = partial(ChrF, name="chrf", words=0)
chrf_plus_plus = partial(ChrF, name="chrf++", words=2)
bleu_13a = partial(Bleu, name="bleu", tokeniser="13a")
bleu_intl = partial(Bleu, name="bleu-intl", tokeniser="intl")
bleu_flores200 = partial(Bleu, name="bleu-flores200", tokeniser="flores200")
ter = partial(Ter, name="ter")
