"""ROUGE for any script: Unicode tokens, with stemming and letter normalisation as declared options.

On ASCII text the figures are those of Google's `rouge_score`; on Arabic that package sees only digits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Literal

import snowballstemmer

from workbench.metrics.base import Rows, Texts, as_rows, ratio, require
from workbench.text.arabic import display
from workbench.text.segment import segment

Kind = Literal["1", "2", "l", "lsum"]
Tokens = tuple[str, ...]

# A letter or digit with the marks that stand on it: without them a short vowel would cut an Arabic word in two.
_TOKEN = re.compile(
    r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed])*"
)

_STEMMERS = {"ar": "arabic", "en": "porter"}
_SHORTEST_STEMMED = {"en": 4}
_REMEMBERED = 4096


class Rouge:
    """F1 of shared n-grams ("1", "2"), of the longest common subsequence ("l"), or of its union by sentence ("lsum").

    Where a segment has several references the best counts. Scores are means over segments, as is customary;
    a segment whose references hold nothing to match is left out, an empty output scores 0.

    Rows: precision, recall and F1 in percent, and 1; or four zeros where the score is undefined.
    """

    higher_is_better = True
    needs_source = False
    needs_reference = True

    def __init__(self, *, language: str, kind: Kind, stem: bool = False) -> None:
        self.language = language.split("-", maxsplit=1)[0]
        self.kind = kind
        self.stem = stem and self.language in _STEMMERS
        self.name = f"rouge-{kind}" + ("-stem" if stem else "")
        self._tokens = lru_cache(_REMEMBERED)(tokeniser(self.language, stem=self.stem))

    def signature(self, *, nrefs: int = 1) -> str:
        """Everything that changes the number."""
        stemmer = f"snowball-{_STEMMERS[self.language]}" if self.stem else "no"
        sentences = "|sents:newline-else-segment" if self.kind == "lsum" else ""
        count = "var" if nrefs < 0 else nrefs
        return (
            f"rouge-{self.kind}|nrefs:{count}|multi:best|mean:segments|case:lc|tok:unicode|profile:display"
            f"|stem:{stemmer}{sentences}|v:1"
        )

    def statistics(self, texts: Texts) -> Rows:
        """One row a segment.

        Raises:
            InputError: A segment has no reference.
        """
        require(self, texts)
        rows = [self._best(o, group) for o, group in zip(texts.outputs, texts.references, strict=True)]
        return as_rows(rows, width=4)

    def totals(self, sums: Rows) -> Rows:
        """Mean F1 in percent; NaN where no reference held a token."""
        return ratio(sums[..., 2], sums[..., 3])

    def _best(self, output: str, references: Sequence[str]) -> tuple[float, float, float, float]:
        scored = [self._one(output, reference) for reference in references]
        return max(scored, key=lambda row: (row[3], row[2]))

    def _one(self, output: str, reference: str) -> tuple[float, float, float, float]:
        if self.kind == "lsum":
            lines_wanted = [self._tokens(line) for line in sentences(reference)]
            lines_given = [self._tokens(line) for line in sentences(output)]
            shared = union_lcs(lines_wanted, lines_given)
            return _row(shared, given=sum(map(len, lines_given)), wanted=sum(map(len, lines_wanted)))
        wanted, given = self._tokens(reference), self._tokens(output)
        if self.kind == "l":
            return _row(lcs_length(wanted, given), given=len(given), wanted=len(wanted))
        grams_wanted, grams_given = ngrams(wanted, int(self.kind)), ngrams(given, int(self.kind))
        shared = (grams_wanted & grams_given).total()
        return _row(shared, given=grams_given.total(), wanted=grams_wanted.total())


def _row(shared: int, *, given: int, wanted: int) -> tuple[float, float, float, float]:
    if not wanted:
        return 0.0, 0.0, 0.0, 0.0
    precision, recall = shared / max(given, 1), shared / wanted
    f1 = 2 * precision * recall / (precision + recall) if shared else 0.0
    return 100 * precision, 100 * recall, 100 * f1, 1.0


def tokeniser(language: str, *, stem: bool) -> Callable[[str], Tokens]:
    """From text to lower-case tokens of letters and digits of any script, stemmed where asked."""
    stemmer = snowballstemmer.stemmer(_STEMMERS[language]) if stem else None
    shortest = _SHORTEST_STEMMED.get(language, 1)

    def tokens(text: str) -> Tokens:
        words = _TOKEN.findall(display(text).lower())
        if stemmer:
            words = [stemmer.stemWord(word) if len(word) >= shortest else word for word in words]
        return tuple(word for word in words if word)

    return tokens


def sentences(text: str) -> list[str]:
    """Lines where a text has several, else its sentences: what ROUGE-Lsum takes apart."""
    lines = [line for line in text.split("\n") if line.strip()]
    return lines if len(lines) > 1 else [part.text for part in segment(text)]


def ngrams(tokens: Tokens, size: int) -> Counter[Tokens]:
    """All runs of `size` tokens, counted."""
    return Counter(tokens[start : start + size] for start in range(len(tokens) - size + 1))


def lcs_length(wanted: Tokens, given: Tokens) -> int:
    """Length of the longest common subsequence."""
    rows = _lcs_rows(wanted, given)
    return len(given) - rows[-1].bit_count()


def _lcs_rows(wanted: Tokens, given: Tokens) -> list[int]:
    """The table of LCS lengths as bits: row i has a zero at j where the length grows from j to j + 1.

    The bit-parallel recurrence of Crochemore, Iliopoulos, Pinzon and Reid (2001); one row for each prefix of `wanted`.
    """
    everything = (1 << len(given)) - 1
    places: dict[str, int] = {}
    for place, token in enumerate(given):
        places[token] = places.get(token, 0) | 1 << place
    rows = [everything]
    for token in wanted:
        row = rows[-1]
        hits = row & places.get(token, 0)
        rows.append((row + hits | row - hits) & everything)
    return rows


def _lcs_places(wanted: Tokens, given: Tokens) -> set[int]:
    """Places in `wanted` of one longest common subsequence; ties fall as they do in `rouge_score`."""
    rows = _lcs_rows(wanted, given)

    def length(i: int, j: int) -> int:
        return j - (rows[i] & (1 << j) - 1).bit_count()

    i, j, places = len(wanted), len(given), set()
    while i and j:
        if wanted[i - 1] == given[j - 1]:
            places.add(i - 1)
            i, j = i - 1, j - 1
        elif length(i, j - 1) > length(i - 1, j):
            j -= 1
        else:
            i -= 1
    return places


def union_lcs(wanted: Sequence[Tokens], given: Sequence[Tokens]) -> int:
    """Tokens of `wanted` covered by the longest common subsequence with any sentence of `given`, each used once."""
    left_wanted = Counter(token for line in wanted for token in line)
    left_given = Counter(token for line in given for token in line)
    hits = 0
    for line in wanted:
        covered = set().union(*(_lcs_places(line, other) for other in given))
        for place in sorted(covered):
            token = line[place]
            if left_wanted[token] > 0 and left_given[token] > 0:
                hits += 1
                left_wanted[token] -= 1
                left_given[token] -= 1
    return hits


rouge_1 = partial(Rouge, kind="1")
rouge_2 = partial(Rouge, kind="2")
rouge_l = partial(Rouge, kind="l")
rouge_lsum = partial(Rouge, kind="lsum")
rouge_1_stem = partial(Rouge, kind="1", stem=True)
rouge_2_stem = partial(Rouge, kind="2", stem=True)
rouge_l_stem = partial(Rouge, kind="l", stem=True)
rouge_lsum_stem = partial(Rouge, kind="lsum", stem=True)
