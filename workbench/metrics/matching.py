"""Any metric on texts in the `matching` profile of Arabic: a second number beside the raw one, under its own name."""

from __future__ import annotations

from workbench.metrics.base import Metric, Rows, Texts
from workbench.text.arabic import matching


class Matching:
    """A metric that sees diacritics, alef forms, ya, ta marbuta, Persian letters, digits and case folded."""

    def __init__(self, metric: Metric) -> None:
        self.inner = metric
        self.name = f"{metric.name}-matching"
        self.higher_is_better = metric.higher_is_better
        self.needs_source = metric.needs_source
        self.needs_reference = metric.needs_reference

    def signature(self, *, nrefs: int = 1) -> str:
        """The metric's own, with the profile declared."""
        return f"{self.inner.signature(nrefs=nrefs)}|profile:matching-1"

    def statistics(self, texts: Texts) -> Rows:
        """The metric's rows for the folded texts."""
        return self.inner.statistics(
            Texts(
                outputs=[matching(text) for text in texts.outputs],
                references=[[matching(text) for text in group] for group in texts.references],
                sources=None if texts.sources is None else [matching(text) for text in texts.sources],
            )
        )

    def totals(self, sums: Rows) -> Rows:
        """The metric's own."""
        return self.inner.totals(sums)
