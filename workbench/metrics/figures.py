"""How a summary relates to its source: how short, how extractive, from where, how repetitive, how well supported.

Undefined for a summary in another script than its source: words cannot be found again there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from workbench.metrics.base import Rows, Texts, as_rows, ratio, require
from workbench.metrics.rouge import Tokens, ngrams, sentences, tokeniser
from workbench.text.script import script_of, scripts

Figure = Callable[[Tokens, Tokens], float | None]
"""From the tokens of source and output to a figure; None where it is undefined."""

_NEIGHBOURS = 2
"""Sentences side by side that may support one sentence of a summary together."""


class TokenFigure:
    """A figure of the tokens of source and output; the mean over segments where it is defined.

    Rows: the figure and 1, or two zeros.
    """

    needs_source = True
    needs_reference = False

    def __init__(
        self, *, language: str, name: str, figure: Figure, recipe: str, higher_is_better: bool | None = None
    ) -> None:
        self.language = language.split("-", maxsplit=1)[0]
        self.name = name
        self.higher_is_better = higher_is_better
        self._figure = figure
        self._recipe = recipe
        self._tokens = tokeniser(self.language, stem=False)

    def signature(self, *, nrefs: int = 1) -> str:  # noqa: ARG002 - the protocol's, for metrics with references
        """Everything that changes the number."""
        return f"{self.name}|{self._recipe}|tok:unicode|case:lc|mean:segments|v:1"

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: The sources are not there.
        """
        require(self, texts)
        figures = [self._one(s, o) for s, o in zip(texts.sources or (), texts.outputs, strict=True)]
        return as_rows([(0, 0) if figure is None else (figure, 1) for figure in figures], width=2)

    def totals(self, sums: Rows) -> Rows:
        """The mean; NaN where no segment defines it."""
        return ratio(sums[..., 0], sums[..., 1])

    def _one(self, source: str, output: str) -> float | None:
        if not same_script(source, self.language):
            return None
        return self._figure(self._tokens(source), self._tokens(output))


class Support:
    """Share of a summary's words, stemmed, found in the part of the source that supports its sentence best.

    For each sentence of the output, the one or two neighbouring sentences of the source that hold most of its words.

    Rows: words found, and all words, in percent of the segment, so that each segment counts the same.
    """

    name = "support"
    higher_is_better = True
    needs_source = True
    needs_reference = False

    def __init__(self, *, language: str) -> None:
        self.language = language.split("-", maxsplit=1)[0]
        self._stems = tokeniser(self.language, stem=self.language in {"ar", "en"})

    def signature(self, *, nrefs: int = 1) -> str:  # noqa: ARG002 - the protocol's, for metrics with references
        """Everything that changes the number."""
        return f"support|tok:unicode|case:lc|stem:light|window:{_NEIGHBOURS}|mean:segments|v:1"

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: The sources are not there.
        """
        require(self, texts)
        pairs = zip(texts.sources or (), texts.outputs, strict=True)
        return as_rows([self._row(source, output) for source, output in pairs], width=2)

    def totals(self, sums: Rows) -> Rows:
        """Mean share in percent; NaN where no output held a word."""
        return ratio(sums[..., 0], sums[..., 1])

    def _row(self, source: str, output: str) -> tuple[float, float]:
        if not same_script(source, self.language):
            return 0, 0
        stated = [frozenset(self._stems(sentence)) for sentence in sentences(source)]
        given = [self._stems(sentence) for sentence in sentences(output)]
        whole = sum(map(len, given))
        found = sum(_supported(sentence, stated) for sentence in given)
        return (100 * found / whole, 1) if whole else (0, 0)


def _supported(sentence: Tokens, stated: Sequence[frozenset[str]]) -> int:
    windows = (frozenset().union(*stated[at : at + _NEIGHBOURS]) for at in range(len(stated)))
    return max((sum(token in window for token in sentence) for window in windows), default=0)


def same_script(source: str, language: str) -> bool:
    """Whether a source is written in the script of the output's language, so that words can be found again."""
    found = scripts(source)
    return 2 * found[script_of(language)] > found.total()


def fragments(source: Tokens, output: Tokens) -> list[tuple[int, int]]:
    """Runs of the output that stand in the source, longest first choice at each place: (place in source, length).

    The greedy matching of Grusky, Naaman and Artzi (2018).
    """
    places: dict[str, list[int]] = {}
    for place, token in enumerate(source):
        places.setdefault(token, []).append(place)
    found, at = [], 0
    while at < len(output):
        runs = [(place, _run(source, output, place, at)) for place in places.get(output[at], ())]
        if runs:
            best = max(runs, key=lambda run: run[1])
            found.append(best)
            at += best[1]
        else:
            at += 1
    return found


def _run(source: Tokens, output: Tokens, place: int, at: int) -> int:
    length = 0
    while (
        place + length < len(source)
        and at + length < len(output)
        and source[place + length] == output[at + length]
    ):
        length += 1
    return length


def compression_of(source: Tokens, output: Tokens) -> float | None:
    """Words of the source for each word of the output."""
    return len(source) / len(output) if output else None


def coverage_of(source: Tokens, output: Tokens) -> float | None:
    """Percentage of the output's words that stand in runs copied from the source."""
    return 100 * sum(length for _, length in fragments(source, output)) / len(output) if output else None


def density_of(source: Tokens, output: Tokens) -> float | None:
    """Mean length of the copied run that a word of the output stands in."""
    return sum(length**2 for _, length in fragments(source, output)) / len(output) if output else None


def position_of(source: Tokens, output: Tokens) -> float | None:
    """Where in the source the copied words stand on average: 0 is its start, 100 its end."""
    found = fragments(source, output)
    copied = sum(length for _, length in found)
    if not copied or len(source) < 2:
        return None
    return (
        100 * sum(length * (place + (length - 1) / 2) for place, length in found) / copied / (len(source) - 1)
    )


def novelty_of(source: Tokens, output: Tokens, *, size: int) -> float | None:
    """Percentage of the output's different n-grams that the source does not have."""
    given = set(ngrams(output, size))
    return 100 * len(given - set(ngrams(source, size))) / len(given) if given else None


def redundancy_of(_source: Tokens, output: Tokens) -> float | None:
    """Percentage of the output's word pairs that it has used before."""
    pairs = ngrams(output, 2)
    return 100 * (1 - len(pairs) / pairs.total()) if pairs else None


compression = partial(
    TokenFigure, name="compression", figure=compression_of, recipe="source-words:output-words"
)
coverage = partial(TokenFigure, name="coverage", figure=coverage_of, recipe="fragments:greedy")
density = partial(TokenFigure, name="density", figure=density_of, recipe="fragments:greedy|squared")
position = partial(
    TokenFigure, name="position", figure=position_of, recipe="fragments:greedy|percent-of-source"
)
redundancy = partial(
    TokenFigure, name="redundancy", figure=redundancy_of, recipe="repeated-bigrams", higher_is_better=False
)
novel_1 = partial(TokenFigure, name="novel-1", figure=partial(novelty_of, size=1), recipe="types")
novel_2 = partial(TokenFigure, name="novel-2", figure=partial(novelty_of, size=2), recipe="types")
novel_3 = partial(TokenFigure, name="novel-3", figure=partial(novelty_of, size=3), recipe="types")
