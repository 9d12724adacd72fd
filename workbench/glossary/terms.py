"""Terms of one direction: found in a text whatever their inflection, and in its translation."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.errors import ConfigError
from workbench.records import Record, Span
from workbench.text.arabic import matching
from workbench.text.script import script_of

_CLITICS = re.compile("[وف]?(?:[بكل]?ال|لل|[بكل])?")
"""What is written together with an Arabic word: "and", "so", "in", "as", "for", "the". «لال» begins no word but one of
which ال is a part, such as «لألمانيا»."""
_WITH_ARTICLE = ("ال", "لل")
_ARTICLE = "(?:ال)?"
_NOUN = "(?:ا|ي|ان|ين|ون|ات)?"
_ENDINGS = "(?:ا|ي|ان|ين|ون|ات|ها|هم|نا)?"
_ADJECTIVE = "(?:ا|ي|ه|ان|ين|ون|ات|تان|تين)?"
_FEMININE = "(?:ه|ات|تان|تين|ت|تها|تهم|تنا)"
_LONG_ENOUGH = 4
"""Letters that an Arabic word needs before endings are tried on it: «العود» is an oud, «العودة» the return."""
_KEY = 2
_WORD_STARTS = re.compile(r"(?<!\w)\w")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Record):
    """One term in two languages.

    Attributes:
        sources: How it is written in the source language; the first is its name.
        targets: Translations that are accepted; the first is the one wanted. Without any it hides shorter terms.
        line: Where in the list it stands, for messages.
        plain: An ordinary word and no name: its article and its capitals are those of the sentence.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    line: int = 0
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(Record):
    """A term as it stands in a text.

    Attributes:
        term: The term.
        span: Where it stands, without the clitics in front of it.
        lead: Where the word starts that the term stands in, its clitics included.
        clitics: What is written together with its first word, such as "وال"; folded letters.
        exact: It stands as listed, clitics, case and diacritics aside; False for an inflected form.
    """

    term: Term
    span: Span
    lead: int
    clitics: str = ""
    exact: bool = True


class Glossary:
    """The terms of one direction.

    Args:
        terms: What is decided; a writing may belong to one term alone.
        source: Language that is translated from, BCP 47.
        target: Language that is translated to, BCP 47.
        exact: Whether source texts must hold terms as they are listed, with their article and capitals and without
            endings, as names are written; translations may hold any form.

    Raises:
        ConfigError: A term is empty, or two terms share a writing in the source language.
    """

    def __init__(self, terms: Iterable[Term], *, source: str, target: str, exact: bool = False) -> None:
        self.terms = tuple(terms)
        self.source, self.target = source, target
        check(((term.sources, term.line) for term in self.terms), language=source)
        read = (_Pattern(term, each, source, exact=exact) for term in self.terms for each in term.sources)
        self._finder = _Finder(read, source, exact=exact)
        self._written: dict[Term, list[_Pattern]] = {}

    def __bool__(self) -> bool:
        return bool(self.terms)

    def find(self, text: str) -> tuple[Occurrence, ...]:
        """Terms in a text of the source language, in reading order; the longest of overlapping ones wins."""
        found = self._finder.find(text) if self.terms else ()
        return tuple(one for one in found if one.term.targets)

    def found(self, text: str, terms: Sequence[Term]) -> tuple[Occurrence, ...]:
        """Which of `terms` stand, in an accepted translation, in a text of the target language."""
        for term in terms:
            if term not in self._written:
                self._written[term] = [_Pattern(term, each, self.target) for each in term.targets]
        patterns = (pattern for term in dict.fromkeys(terms) for pattern in self._written[term])
        return _Finder(patterns, self.target).find(text)

    def key(self, occurrences: Iterable[Occurrence]) -> str:
        """What makes a translation under these terms another than without: "" where there are none."""
        parts = sorted({f"{one.term.sources[0]}\t{'|'.join(one.term.targets)}" for one in occurrences})
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16] if parts else ""


def lacking(wanted: Iterable[Occurrence], have: Iterable[Occurrence]) -> Counter[Term]:
    """Which terms stand less often in a translation than in its source, and how often they are missing."""
    return Counter(one.term for one in wanted) - Counter(one.term for one in have)


def check(cells: Iterable[tuple[tuple[str, ...], int]], *, language: str) -> None:
    """Refuse a column of terms of which one is empty or occurs twice.

    Args:
        cells: The writings of each term, and the line it stands in.
        language: BCP 47 tag of the column.

    Raises:
        ConfigError: The lines are named.
    """
    seen: dict[str, int] = {}
    for writings, line in cells:
        for form, writing in [(folded(writing, language), writing) for writing in writings] or [("", "")]:
            if not re.search(r"\w", form):
                raise ConfigError(
                    f"The glossary's line {line} has no term in {language!r}: {writing!r}.",
                    cure="Fill the cell, or take the line out.",
                )
            if seen.get(form, line) != line:  # one cell may hold «إثيوبيا» and «أثيوبيا»
                raise ConfigError(
                    f"The glossary has {writing!r} ({language}) twice: in line {seen[form]} and in line {line}.",
                    cure="Keep one line, and write what else is accepted in its cell, parted by |.",
                )
            seen[form] = line


class _Finder:
    """Finds terms of one language; only those that begin as a word does are tried in full.

    Args:
        patterns: The writings of terms, all of them exact ones or none.
        language: BCP 47 tag.
        exact: Whether they are exact: whole first words are then compared, else first letters, so that lists of
            thousands cost little.
    """

    def __init__(self, patterns: Iterable[_Pattern], language: str, *, exact: bool = False) -> None:
        self._language = language
        self._arabic = script_of(language) == "Arab"
        self._exact = exact
        self._patterns: dict[str, list[_Pattern]] = defaultdict(list)
        for pattern in patterns:
            self._patterns[pattern.start].append(pattern)

    def find(self, text: str) -> tuple[Occurrence, ...]:
        folded, places = _fold(text, self._language)
        matches = [found for start in _word_starts(folded) for found in self._at(text, folded, places, start)]
        taken: list[Occurrence] = []
        for one in sorted(matches, key=lambda one: (one.span[0] - one.span[1], not one.exact, one.span)):
            if all(one.span[1] <= other.span[0] or other.span[1] <= one.span[0] for other in taken):
                taken.append(one)
        return tuple(sorted(taken, key=lambda one: one.span))

    def _at(self, text: str, folded: str, places: Sequence[int], start: int) -> Iterator[Occurrence]:
        for stem in self._stems(folded, start):
            for key in self._keys(folded, stem):
                for pattern in self._patterns.get(key, ()):
                    found = pattern.expression.match(folded, stem)
                    raw = text[places[stem] : places[found.end() - 1] + 1] if found else ""
                    if found and pattern.allows(raw, clitics=folded[start:stem]):
                        yield Occurrence(
                            term=pattern.term,
                            span=_with_marks(text, (places[stem], places[found.end() - 1] + 1)),
                            lead=places[start],
                            clitics=folded[start:stem],
                            exact=pattern.is_exact(found.group()),
                        )

    def _keys(self, folded: str, stem: int) -> Iterable[str]:
        if self._exact:
            return (_first_word(folded, stem),)
        return (folded[stem : stem + length] for length in (1, _KEY))

    def _stems(self, folded: str, start: int) -> Iterable[int]:
        """Where the first word's stem may begin: at its first letter, or behind clitics."""
        if not self._arabic:
            return (start,)
        return [end for end in range(start, start + 5) if _CLITICS.fullmatch(folded, start, end)]


class _Pattern:
    """One writing of a term as an expression over folded text."""

    def __init__(self, term: Term, writing: str, language: str, *, exact: bool = False) -> None:
        self.term = term
        self._exact = exact
        self._arabic = script_of(language) == "Arab"
        self._shout = not self._arabic and writing.isupper() and len(writing) <= 6
        self._writing = writing
        self._words = folded(writing, language).split()
        self._folded = " ".join(self._words)
        self._stems = [_stem(word) for word in self._words] if self._arabic else self._words
        self.start = _first_word(self._stems[0], 0) if exact else self._stems[0][:_KEY]
        self._english = language.partition("-")[0].lower() == "en"

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The term in all forms that are tried, from its first letter on."""
        if not self._arabic:
            body = re.escape(self._folded)
            if self._english:
                body = _genitive(body) if self._exact else _english_forms(self._folded)
            return re.compile(body.replace(r"\ ", r"\s+") + r"(?!\w)")
        if self._exact:
            return re.compile(r"\s+".join(map(re.escape, [self._stems[0], *self._words[1:]])) + r"(?!\w)")
        first, *rest = self._stems
        body = _inflected(first, _ENDINGS if not rest else _NOUN)
        return re.compile(
            "".join([body, *(rf"\s+{_ARTICLE}{_inflected(word, _ADJECTIVE)}" for word in rest), r"(?!\w)"])
        )

    def allows(self, raw: str, *, clitics: str) -> bool:
        """Whether letters that were folded, and what stands before them, suit the term.

        Short words in capitals are names of their own: "WHO" is not "who".
        """
        if not self._exact:
            return not self._shout or raw.isupper()
        if self.term.plain:
            return True
        if self._arabic:
            return clitics.endswith(_WITH_ARTICLE) == (self._stems[0] != self._words[0])
        written = " ".join(raw.split())[: len(self._writing)]
        return written == self._writing or written.isupper()

    def is_exact(self, found: str) -> bool:
        """Whether it stands as listed; an article more or less is no other form."""
        words = found.split()
        return [_stem(word) for word in words] == self._stems if self._arabic else words == self._stems


def _inflected(stem: str, endings: str) -> str:
    if stem.endswith("ه") and len(stem) > 2:
        return re.escape(stem[:-1]) + _FEMININE
    if len(stem) < _LONG_ENOUGH:
        return re.escape(stem)
    # «مستوطنات» are settlements, not settlers: the feminine plural of a long participle is another word.
    return re.escape(stem) + (
        endings.replace("|ات", "") if stem.startswith("م") and len(stem) > 5 else endings
    )


def _stem(word: str) -> str:
    """A folded Arabic word without its article."""
    return word[2:] if word.startswith("ال") and len(word) > 4 and word != "الله" else word


def _english_forms(folded: str) -> str:
    """The term in singular or plural, with or without a genitive."""
    escaped = re.escape(folded)
    if re.search("[^aeiou]y$", folded):
        return _genitive(f"(?:{escaped}|{escaped[:-1]}ies)")
    return _genitive(f"{escaped}(?:s|es)?")


def _genitive(expression: str) -> str:
    return f"{expression}(?:'s|')?"


def _word_starts(folded: str) -> Iterator[int]:
    return (found.start() for found in _WORD_STARTS.finditer(folded))


def _first_word(text: str, start: int) -> str:
    found = _WORD.match(text, start)
    return found.group() if found else ""


@lru_cache(1 << 14)  # lists are folded for their check and for their index
def folded(text: str, language: str) -> str:
    """A writing as terms are compared."""
    arabic = script_of(language) == "Arab"
    return "".join([_fold_char(char, arabic) for char in text]).strip()


@lru_cache(1024)
def _fold(text: str, language: str) -> tuple[str, list[int]]:
    """Text as terms are compared, and for each of its characters the place in `text` that it comes from."""
    arabic = script_of(language) == "Arab"
    pairs = [(letter, place) for place, char in enumerate(text) for letter in _fold_char(char, arabic)]
    return "".join(letter for letter, _ in pairs), [place for _, place in pairs]


@lru_cache(4096)
def _fold_char(char: str, arabic: bool) -> str:
    if arabic:
        return matching(char)
    return {"’": "'", "‘": "'", "‑": "-"}.get(char) or char.casefold()


def _with_marks(text: str, span: Span) -> Span:
    """The span, with the diacritics that stand on its last letter."""
    start, end = span
    while end < len(text) and not matching(text[end]) and not text[end].isspace():
        end += 1
    return start, end
