"""Terms of one direction: found in a text whatever their inflection, and in its translation."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

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
_INDEFINITE = "ا?"
_OWNERS = "ها|هما|هم|هن|نا|كم"  # «ه» would be taken for the ة of another word, «تجارة» for merchants
_OWNER = re.compile(f"(?:ا|{_OWNERS})$")
_OWNER_ENDS = "امن"
_AHEAD = 64
"""Letters in which a second word must begin and end."""
_LONG_ENOUGH = 4
"""Letters that an Arabic word needs before endings are tried on it: «العود» is an oud, «العودة» the return."""
_KEY = 2
_WORD = re.compile(r"\w+")
_OWN_ARTICLE = re.compile("[أإآ]ل")
"""The letters of an article that are a word's own: «إلهام» is no "important" («هام»)."""
_CHANGING = re.compile("(?<=..)ه$|(?<=.)[^aeiou]y$")
"""Last letters that change with the form, as in «قطة» and "spy"."""
_TATWEEL = "\u0640"
"""Is written anywhere in a word; only by itself, which terms are not, it stands for a dash."""


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
            endings, as names are written; translations may hold any form, and a word in them may tell of several
            names. Such lists are long and ours: they are not checked each time.
        patterns: Where the writings of `terms` are found by how they start, if not among `terms`.

    Raises:
        ConfigError: A term is empty, or two terms share a writing in the source language.
    """

    def __init__(
        self,
        terms: Iterable[Term],
        *,
        source: str,
        target: str,
        exact: bool = False,
        patterns: Shelf | None = None,
    ) -> None:
        self._terms = tuple(terms)
        self.source, self.target = source, target
        self._exact = exact
        if not exact:
            check(((term.sources, term.line) for term in self._terms), language=source)
        if patterns is None:
            patterns = _by_start(
                Pattern(term, each, source, exact=exact) for term in self._terms for each in term.sources
            )
        self._finder = _Finder(patterns, source, exact=exact)
        self._written: dict[Term, list[Pattern]] = {}

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All of them."""
        return self._terms

    def find(self, text: str) -> tuple[Occurrence, ...]:
        """Terms in a text of the source language, in reading order; the longest of overlapping ones wins."""
        found = self._finder.find(text) if self else ()
        return tuple(one for one in found if one.term.targets)

    def found(self, text: str, terms: Sequence[Term]) -> tuple[Occurrence, ...]:
        """Which of `terms` stand, in an accepted translation, in a text of the target language."""
        wanted = list(dict.fromkeys(terms))
        for term in wanted:
            if term not in self._written:
                self._written[term] = [Pattern(term, each, self.target) for each in term.targets]
        letters, _ = _fold(text, self.target)
        there = [[one for one in self._written[term] if one.hint in letters] for term in wanted]
        groups = there if self._exact else [[one for each in there for one in each]]
        shelves = [_by_start(group) for group in groups if group]
        return tuple(found for shelf in shelves for found in _Finder(shelf, self.target).find(text))

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


class Shelf(Protocol):
    """Patterns by how they start."""

    def get(self, start: str, default: Sequence[Pattern], /) -> Sequence[Pattern]:
        """Those that start so."""
        ...


class _Finder:
    """Finds terms of one language; only those that begin as a word does are tried in full.

    Args:
        patterns: The writings of terms by how they start, all of them exact ones or none.
        language: BCP 47 tag.
        exact: Whether they are exact: whole first words are then compared, else first letters, so that lists of
            thousands cost little.
    """

    def __init__(self, patterns: Shelf, language: str, *, exact: bool = False) -> None:
        self._language = language
        self._arabic = script_of(language) == "Arab"
        self._exact = exact
        self._patterns = patterns

    def find(self, text: str) -> tuple[Occurrence, ...]:
        folded, places = _fold(text, self._language)
        matches = [found for word in _WORD.finditer(folded) for found in self._at(text, folded, places, word)]
        taken: list[Occurrence] = []
        for one in sorted(matches, key=lambda one: (one.span[0] - one.span[1], not one.exact, one.span)):
            if all(one.span[1] <= other.span[0] or other.span[1] <= one.span[0] for other in taken):
                taken.append(one)
        return tuple(sorted(taken, key=lambda one: one.span))

    def _at(self, text: str, folded: str, places: Sequence[int], word: re.Match[str]) -> Iterator[Occurrence]:
        start = word.start()
        for stem, pattern in self._candidates(folded, start, word.end()):
            found = pattern.match(folded, stem)
            raw = text[places[stem] : places[found.end() - 1] + 1] if found else ""
            if found and pattern.allows(
                raw, clitics=folded[start:stem], opens=not _WORD.search(folded[:start])
            ):
                yield Occurrence(
                    term=pattern.term,
                    span=_with_marks(text, (places[stem], places[found.end() - 1] + 1)),
                    lead=places[start],
                    clitics=folded[start:stem],
                    exact=pattern.is_exact(found.group()),
                )

    def _candidates(self, folded: str, start: int, end: int) -> Iterator[tuple[int, Pattern]]:
        """What may stand at a word, and where its stem begins: at its first letter, or behind clitics."""
        ahead = folded[end : end + _AHEAD]
        for stem in range(start, min(start + 5, end) if self._arabic else start + 1):
            patterns = [
                one
                for key in self._keys(folded[stem:end])
                for one in self._patterns.get(key, ())
                if one.second in ahead
            ]
            if patterns and (not self._arabic or _CLITICS.fullmatch(folded, start, stem)):
                yield from ((stem, one) for one in patterns)

    def _keys(self, word: str) -> Sequence[str]:
        """Under what a term may stand whose first word this is."""
        if not self._exact:
            return word[:1], word[:_KEY]
        if not self._arabic or word[-1] not in _OWNER_ENDS or not (found := _OWNER.search(word)):
            return (word,)
        alone = word[: found.start()]
        return (word, alone, alone[:-1] + "ه") if alone.endswith("ت") else (word, alone)


class Pattern:
    """One writing of a term as an expression over folded text."""

    def __init__(self, term: Term, writing: str, language: str, *, exact: bool = False) -> None:
        self.term = term
        self._exact = exact
        self._language = language
        self._writing = writing
        self._arabic = script_of(language) == "Arab"
        letters = folded(writing, language)
        whole = _WORD.match(letters) if not exact and _OWN_ARTICLE.match(writing) else None
        start = whole.group() if whole else first_word(letters, language)
        self.start = start if exact else start[:_KEY]
        """Under which it is looked for: its first word, or the first letters of that."""
        self.hint = start[:-1] if len(start) >= _LONG_ENOUGH or _CHANGING.search(start) else start
        """Letters that are there whatever its form."""
        self.second = self._stems[1] if exact and " " in writing.strip() else ""
        """Its second word: of the many terms that begin with "the" a text holds few."""

    @cached_property
    def _words(self) -> list[str]:
        return folded(self._writing, self._language).split()

    @cached_property
    def _stems(self) -> list[str]:
        if not self._arabic:
            return self._words
        raw = self._writing.split()
        if self._exact or len(raw) != len(self._words):
            return [*map(_stem, self._words)]
        pairs = zip(self._words, raw, strict=True)
        return [word if _OWN_ARTICLE.match(written) else _stem(word) for word, written in pairs]

    def match(self, text: str, start: int) -> re.Match[str] | None:
        """The term where it stands at a place of a folded text."""
        return self._expression.match(text, start)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.body)

    @property
    def body(self) -> str:
        """An expression for the term in all forms that are tried, from its first letter on."""
        if not self._arabic:
            writing = " ".join(self._words)
            body = re.escape(writing)
            if self._language.partition("-")[0].lower() == "en":
                body = _genitive(body) if self._exact else _english_forms(writing)
            return body.replace(r"\ ", r"\s+") + r"(?!\w)"
        if self._exact and not self.term.plain:
            return r"\s+".join(map(re.escape, [self._stems[0], *self._words[1:]])) + r"(?!\w)"
        if self._exact:
            first, *rest = self._stems
            words = [_owned(first) if not rest else re.escape(first) + _INDEFINITE]
            words += [_ARTICLE + re.escape(word) + _INDEFINITE for word in rest]
            return r"\s+".join(words) + r"(?!\w)"
        first, *rest = self._stems
        body = _inflected(first, _ENDINGS if not rest else _NOUN)
        return "".join([body, *(rf"\s+{_ARTICLE}{_inflected(word, _ADJECTIVE)}" for word in rest), r"(?!\w)"])

    def allows(self, raw: str, *, clitics: str, opens: bool) -> bool:
        """Whether letters that were folded, and what stands before them, suit the term.

        Short words in capitals are names of their own: "WHO" is not "who". So are ordinary words with a capital, but
        for one that opens a text: "Reading Rainbow" is no rainbow.
        """
        if not self._exact:
            shout = not self._arabic and self._writing.isupper() and len(self._writing) <= 6
            return not shout or raw[: len(self._writing)].isupper()
        if self.term.plain:
            return opens or self._arabic or raw.isupper() or raw[0] == self._writing[0]
        if self._arabic:
            return clitics.endswith(_WITH_ARTICLE) == (self._stems[0] != self._words[0])
        written = " ".join(raw.split())[: len(self._writing)]
        return written == self._writing or written.isupper()

    def is_exact(self, found: str) -> bool:
        """Whether it stands as listed; an article more or less is no other form."""
        words = found.split()
        bare = [*map(_stem, words)] if self._arabic else words
        return bare == self._stems or (not self._exact and words == self._stems)


def _owned(stem: str) -> str:
    """An ordinary word as it stands without an article: indefinite, or with its owner behind it."""
    if len(stem) < _LONG_ENOUGH:
        return re.escape(stem)
    tied = f"|{re.escape(stem[:-1])}ت(?:{_OWNERS})" if stem.endswith("ه") else ""
    return f"(?:{re.escape(stem)}(?:ا|{_OWNERS})?{tied})"


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


def first_word(writing: str, language: str) -> str:
    """The first word of a folded writing, without its article."""
    word = writing.split(maxsplit=1)[0] if writing else ""
    found = _WORD.match(_stem(word) if script_of(language) == "Arab" else word)
    return found.group() if found else ""


def folded(text: str, language: str) -> str:
    """A writing as terms are compared."""
    return fold_all(text, language).strip()


def fold_all(text: str, language: str) -> str:
    """A text, however long, as terms are compared."""
    arabic = script_of(language) == "Arab"
    return text.translate({ord(char): _fold_char(char, arabic) for char in set(text)})


def _by_start(patterns: Iterable[Pattern]) -> dict[str, list[Pattern]]:
    found: dict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        found[pattern.start].append(pattern)
    return found


@lru_cache(1024)
def _fold(text: str, language: str) -> tuple[str, list[int]]:
    """Text as terms are compared, and for each of its characters the place in `text` that it comes from."""
    arabic = script_of(language) == "Arab"
    pairs = [(letter, place) for place, char in enumerate(text) for letter in _fold_char(char, arabic)]
    return "".join(letter for letter, _ in pairs), [place for _, place in pairs]


@lru_cache(4096)
def _fold_char(char: str, arabic: bool) -> str:
    if arabic:
        return "" if char == _TATWEEL else matching(char)
    return {"’": "'", "‘": "'", "‑": "-"}.get(char) or char.casefold()


def _with_marks(text: str, span: Span) -> Span:
    """The span, with the diacritics that stand on its last letter."""
    start, end = span
    while end < len(text) and not matching(text[end]) and not text[end].isspace():
        end += 1
    return start, end
