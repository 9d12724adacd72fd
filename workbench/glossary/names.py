"""Names of the news in Arabic and English, written for this project: for models too small to know them."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from workbench.glossary.lists import TermList
from workbench.glossary.terms import Glossary, Term, folded
from workbench.text.arabic import is_arabic

NAMES, WORDS = (Path(__file__).parent / file for file in ("names.tsv", "words.tsv"))
COLUMNS = ("en", "ar", "also", "not", "only")
_ENDS = re.compile("(?:ية|يا|ا|ة)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name.

    Attributes:
        english: How it is written; the first is the one that is put.
        arabic: The same in Arabic.
        also: What tells of it as well in a translation, in either language: "Iraqi", "UN", «عمان» of Oman.
        never: What holds the name and does not mean it, in either language: «مسقط رأسه» is no place in Oman.
        only: The language of the texts in which the name is found, where its writing in the other mostly means
            something else: "en" for «سرت», which is Sirte, "ar" for "Reading", which is «ريدينغ»; "" for both.
        plain: It is an ordinary word, which small models seldom saw, such as "pneumonia".
    """

    english: tuple[str, ...]
    arabic: tuple[str, ...]
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    only: str = ""
    plain: bool = False

    def cells(self) -> tuple[tuple[str, ...], ...]:
        """What it consists of."""
        return self.english, self.arabic, self.also, self.never, (self.only, str(self.plain))

    @property
    def nisbas(self) -> tuple[str, ...]:
        """The Arabic adjectives, masculine and feminine, of a name in one word: «عراقي» and «عراقية»."""
        stems = (_ENDS.sub("", one.removeprefix("ال")) for one in self.arabic if " " not in one)
        return tuple(stem + ending for stem in stems for ending in ("ي", "ية"))


@dataclass(frozen=True)
class NameList:
    """Names whose translation is known."""

    names: tuple[Name, ...]

    @cached_property
    def digest(self) -> str:
        """Names the whole list, for records and keys."""
        rows = ["\t".join(map("|".join, name.cells())) for name in self.names]
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:8]

    def between(self, source: str, target: str) -> Glossary:
        """The names as terms of one direction, found only as they are written; none in other languages."""
        languages = [tag.partition("-")[0].lower() for tag in (source, target)]
        terms: Iterable[Term] = ()
        if languages == ["en", "ar"]:
            terms = self._into_arabic()
        elif languages == ["ar", "en"]:
            terms = self._into_english()
        return Glossary(terms, source=source, target=target, exact=True)

    def without(self, terms: TermList) -> NameList:
        """The names about which `terms` say nothing: what a user decided goes first."""
        decided = {
            folded(writing, language)
            for language in terms.languages
            for writings, _ in terms.column(language)
            for writing in writings
        }
        return NameList(tuple(name for name in self.names if decided.isdisjoint(_writings(name))))

    def _into_arabic(self) -> Iterator[Term]:
        for name in self.names:
            if name.only == "ar":
                continue
            nisbas = name.nisbas if not name.plain else ()
            yield Term(
                sources=name.english,
                targets=tuple(dict.fromkeys((*name.arabic, *_of(name.also, arabic=True), *nisbas))),
                plain=name.plain,
            )
            yield from _never(name, arabic=False)

    def _into_english(self) -> Iterator[Term]:
        for name in self.names:
            if name.only == "en":
                continue
            targets = (*name.english, *_of(name.also, arabic=False))
            yield Term(sources=name.arabic, targets=targets, plain=name.plain)
            yield from _never(name, arabic=True)


@cache
def open_names() -> NameList:
    """The list that ships with the workbench."""
    return NameList((*_read(NAMES, plain=False), *_read(WORDS, plain=True)))


def _read(path: Path, *, plain: bool) -> Iterator[Name]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert next(rows) == list(COLUMNS)
        for english, arabic, also, never, only in rows:
            yield Name(
                english=_cell(english),
                arabic=_cell(arabic),
                also=_cell(also),
                never=_cell(never),
                only=only,
                plain=plain,
            )


def _never(name: Name, *, arabic: bool) -> Iterator[Term]:
    """A term without a translation, which hides the name inside it."""
    if writings := _of(name.never, arabic=arabic):
        yield Term(sources=writings, targets=())


def _of(writings: tuple[str, ...], *, arabic: bool) -> tuple[str, ...]:
    """Those in one of the two scripts."""
    return writings and tuple(one for one in writings if is_arabic(one[0]) == arabic)


def _cell(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _writings(name: Name) -> Iterator[str]:
    yield from (folded(writing, "en") for writing in name.english)
    yield from (folded(writing, "ar") for writing in name.arabic)
