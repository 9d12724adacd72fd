"""Names and rare words in Arabic and English, written for this project: for models too small to know them."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from workbench.glossary.lists import TermList
from workbench.glossary.terms import Glossary, Pattern, Term, first_word, fold_all, folded
from workbench.text.arabic import is_arabic

NAMES, WORDS = (Path(__file__).parent / file for file in ("names.tsv", "words.tsv"))
COLUMNS = ("en", "ar", "also", "not", "only")
_ENDS = re.compile("(?:ية|يا|ا|ة)$")


class Row(NamedTuple):
    """A name as it stands in a file, its writings parted by |."""

    english: str
    arabic: str
    also: str
    never: str
    only: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name, or a rare word.

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

    @property
    def row(self) -> Row:
        """Its cells."""
        english, arabic, also, never = map("|".join, (self.english, self.arabic, self.also, self.never))
        return Row(english, arabic, also, never, self.only, self.plain)

    @property
    def nisbas(self) -> tuple[str, ...]:
        """The Arabic adjectives, masculine and feminine, of a name in one word: «عراقي» and «عراقية»."""
        stems = (_ENDS.sub("", one.removeprefix("ال")) for one in self.arabic if " " not in one)
        return tuple(stem + ending for stem in stems for ending in ("ي", "ية"))

    def terms(self, source: str) -> Iterator[Term]:
        """What it is in texts of one of the two languages; a term without a translation hides the name inside it."""
        if self.only not in ("", source):
            return
        if source == "en":
            nisbas = self.nisbas if not self.plain else ()
            targets = (*self.arabic, *_of(self.also, arabic=True), *nisbas)
            yield Term(sources=self.english, targets=tuple(dict.fromkeys(targets)), plain=self.plain)
        else:
            targets = (*self.english, *_of(self.also, arabic=False))
            yield Term(sources=self.arabic, targets=targets, plain=self.plain)
        if never := _of(self.never, arabic=source == "ar"):
            yield Term(sources=never, targets=())


class NameList:
    """Names whose translation is known.

    It is long, and a text holds a few of them: what a file says of a name is read when a text has its first word.

    Args:
        names: The names; no writing may belong to two in the language of one text.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        self._rows: Sequence[Row] = [name.row for name in names]

    @classmethod
    def of_rows(cls, rows: Sequence[Row]) -> NameList:
        """A list as it stands in files."""
        made = cls(())
        made._rows = rows
        return made

    @property
    def names(self) -> tuple[Name, ...]:
        """All of them."""
        return tuple(map(_name, self._rows))

    @cached_property
    def digest(self) -> str:
        """Names the whole list, for records and keys."""
        lines = [f"{row.english}\t{row.arabic}\t{row.also}\t{row.never}\t{row.only}" for row in self._rows]
        lines.append(str(sum(row.plain for row in self._rows)))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]

    def between(self, source: str, target: str) -> Glossary:
        """The names as terms of one direction, found only as they are written; none in other languages."""
        languages = [tag.partition("-")[0].lower() for tag in (source, target)]
        if languages not in (["en", "ar"], ["ar", "en"]):
            return Glossary((), source=source, target=target)
        return _Names(self._rows, source=source, target=target)

    def without(self, terms: TermList) -> NameList:
        """The names about which `terms` say nothing: what a user decided goes first."""
        decided = {
            folded(writing, language)
            for language in terms.languages
            for writings, _ in terms.column(language)
            for writing in writings
        }
        gone = {
            number
            for cells, language in (
                ([row.english for row in self._rows], "en"),
                ([row.arabic for row in self._rows], "ar"),
            )
            for number, writing in _writings(cells, language)
            if writing in decided
        }
        return NameList.of_rows([row for number, row in enumerate(self._rows) if number not in gone])


class _Names(Glossary):
    """Names as terms of one direction."""

    def __init__(self, rows: Sequence[Row], *, source: str, target: str) -> None:
        super().__init__((), source=source, target=target, exact=True, patterns=_Shelf(rows, source))
        self._rows = rows

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All of them."""
        language = self.source.partition("-")[0].lower()
        return tuple(term for row in self._rows for term in _name(row).terms(language))


class _Shelf:
    """Patterns of names by their first word, made when they are asked for."""

    def __init__(self, rows: Sequence[Row], source: str) -> None:
        self._rows, self._source = rows, source
        self._language = source.partition("-")[0].lower()
        self._numbers: dict[str, list[int]] = defaultdict(list)
        arabic = self._language == "ar"
        cells = [row.arabic if arabic else row.english for row in rows]
        other = "en" if arabic else "ar"
        for number, writing in (*_writings(cells, source), *_hidden(rows, source)):
            if rows[number].only != other:
                self._numbers[first_word(writing, source)].append(number)
        self._made: dict[str, list[Pattern]] = {}

    def get(self, word: str, default: Sequence[Pattern] = ()) -> Sequence[Pattern]:
        """The writings that begin with a word."""
        if word not in self._numbers:
            return default
        if word not in self._made:
            terms = [
                term
                for number in dict.fromkeys(self._numbers[word])
                for term in _name(self._rows[number]).terms(self._language)
            ]
            made = [Pattern(term, each, self._source, exact=True) for term in terms for each in term.sources]
            self._made[word] = [pattern for pattern in made if pattern.start == word]
        return self._made[word]


@cache
def open_names() -> NameList:
    """The list that ships with the workbench."""
    return NameList.of_rows([*_read(NAMES, plain=False), *_read(WORDS, plain=True)])


def _read(path: Path, *, plain: bool) -> Iterator[Row]:
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    assert head == "\t".join(COLUMNS)
    for line in lines:
        english, arabic, also, never, only = line.split("\t")
        yield Row(english, arabic, also, never, only, plain)


def _name(row: Row) -> Name:
    return Name(
        english=_cell(row.english),
        arabic=_cell(row.arabic),
        also=_cell(row.also),
        never=_cell(row.never),
        only=row.only,
        plain=row.plain,
    )


def _writings(cells: Sequence[str], language: str) -> list[tuple[int, str]]:
    """All writings in a column, folded, with the numbers of their rows."""
    numbers = [number for number, cell in enumerate(cells) for _ in range(cell.count("|") + 1)]
    writings = fold_all("|".join(cells), language).split("|") if cells else []
    return list(zip(numbers, writings, strict=True))


def _hidden(rows: Sequence[Row], source: str) -> Iterator[tuple[int, str]]:
    """What holds a name and does not mean it, folded, with the numbers of the rows."""
    arabic = source.partition("-")[0].lower() == "ar"
    for number, row in enumerate(rows):
        for writing in _of(_cell(row.never), arabic=arabic) if row.never else ():
            yield number, folded(writing, source)


def _of(writings: Iterable[str], *, arabic: bool) -> tuple[str, ...]:
    """Those in one of the two scripts."""
    return tuple(one for one in writings if is_arabic(one[0]) == arabic)


def _cell(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()
