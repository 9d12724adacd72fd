"""Measures of outputs: each is statistics, a total, and a signature. They know texts, never models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.errors import UnknownName
from workbench.records import Score
from workbench.registry import Entry, Registry

if TYPE_CHECKING:
    from workbench.metrics.base import Metric

METRICS = Registry(
    "metric",
    {
        "chrf++": Entry("workbench.metrics.overlap:chrf_plus_plus"),
        "chrf": Entry("workbench.metrics.overlap:chrf"),
        "bleu": Entry("workbench.metrics.overlap:bleu_13a"),
        "bleu-intl": Entry("workbench.metrics.overlap:bleu_intl"),
        "bleu-flores200": Entry("workbench.metrics.overlap:bleu_flores200"),
        "ter": Entry("workbench.metrics.overlap:ter"),
        "rouge-1": Entry("workbench.metrics.rouge:rouge_1"),
        "rouge-2": Entry("workbench.metrics.rouge:rouge_2"),
        "rouge-l": Entry("workbench.metrics.rouge:rouge_l"),
        "rouge-lsum": Entry("workbench.metrics.rouge:rouge_lsum"),
        "rouge-1-stem": Entry("workbench.metrics.rouge:rouge_1_stem"),
        "rouge-2-stem": Entry("workbench.metrics.rouge:rouge_2_stem"),
        "rouge-l-stem": Entry("workbench.metrics.rouge:rouge_l_stem"),
        "rouge-lsum-stem": Entry("workbench.metrics.rouge:rouge_lsum_stem"),
        "numbers": Entry("workbench.metrics.integrity:kept"),
        "numbers-supported": Entry("workbench.metrics.integrity:supported"),
        "untranslated": Entry("workbench.metrics.integrity:untranslated"),
        "script": Entry("workbench.metrics.integrity:script"),
        "loops": Entry("workbench.metrics.integrity:loops"),
        "length-ratio": Entry("workbench.metrics.integrity:LengthRatio"),
        "empty": Entry("workbench.metrics.integrity:empty"),
        "compression": Entry("workbench.metrics.figures:compression"),
        "coverage": Entry("workbench.metrics.figures:coverage"),
        "density": Entry("workbench.metrics.figures:density"),
        "position": Entry("workbench.metrics.figures:position"),
        "novel-1": Entry("workbench.metrics.figures:novel_1"),
        "novel-2": Entry("workbench.metrics.figures:novel_2"),
        "novel-3": Entry("workbench.metrics.figures:novel_3"),
        "redundancy": Entry("workbench.metrics.figures:redundancy"),
        "support": Entry("workbench.metrics.figures:Support"),
        "comet": Entry("workbench.metrics.learned:comet", needs="torch"),
        "comet-qe": Entry("workbench.metrics.learned:comet_qe", needs="torch"),
    },
)

MATCHING = "-matching"
"""Ending of the names that compare texts in the `matching` profile of Arabic, beside the raw ones."""


def open_metric(name: str, *, language: str) -> Metric:
    """The metric called `name`, ready for outputs in `language` (BCP 47).

    The name of a metric that compares with references may end in "-matching": diacritics, letter variants, digits
    and case are folded before it looks.

    Raises:
        UnknownName: There is no such metric; near names are offered.
        ModelError: It needs a file that is not on this machine.
    """
    base = name.removesuffix(MATCHING)
    metric: Metric = METRICS.load(base)(language=language)
    if base == name:
        return metric
    if not metric.needs_reference:
        raise UnknownName(
            f"There is no metric {name!r}: {base!r} compares with no reference.", cure=f"Ask for {base!r}."
        )
    from workbench.metrics.matching import Matching

    return Matching(metric)


def score(
    name: str,
    *,
    outputs: Sequence[str],
    references: Sequence[str] | Sequence[Sequence[str]] = (),
    sources: Sequence[str] | None = None,
    language: str,
    system: str = "output",
) -> Score:
    """One number for one list of outputs, without an interval; see `workbench.evaluate` for many systems.

    Args:
        name: Name of a metric.
        outputs: One text a segment.
        references: One text a segment, or one group of texts a segment.
        sources: One text a segment, for metrics that read them.
        language: BCP 47 tag of the outputs.
        system: Whose outputs they are.

    Raises:
        UnknownName: There is no such metric.
        InputError: Lists of unequal length, or a reference or source that is missing.
    """
    from workbench.metrics.base import Texts, counted, total

    metric = open_metric(name, language=language)
    groups = [(text,) if isinstance(text, str) else tuple(text) for text in references]
    texts = Texts(outputs=outputs, references=groups, sources=sources)
    rows = metric.statistics(texts)
    return Score(
        system=system,
        metric=name,
        value=total(metric, rows),
        signature=metric.signature(nrefs=texts.nrefs),
        n=counted(metric, rows),
    )
