"""Term lists in files: TSV, CSV, TBX and TMX, one column or language set for each language."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from workbench.errors import ConfigError
from workbench.glossary.terms import Glossary, Term, check
from workbench.text.script import script_of, scripts

Entry = tuple[int, Mapping[str, tuple[str, ...]]]
"""A line number, and the writings in each language."""

_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_NOTES = frozenset({"note", "notes", "comment", "comments", "domain", "definition", "source"})
"""Columns beside the languages that lists carry, and that say nothing about translation."""
_NAMES = {"arabic": "ar", "english": "en", "العربية": "ar", "الإنجليزية": "en"}
_HEADER_CURE = "Begin it with the languages of its columns as BCP 47 tags, such as: ar,en."


@dataclass(frozen=True, kw_only=True)
class TermList:
    """The terms of a file, in all its languages.

    Attributes:
        name: Where it was read from, for messages.
        languages: BCP 47 tags of its languages.
        entries: Terms, each with its line.
    """

    name: str
    languages: tuple[str, ...]
    entries: tuple[Entry, ...]

    @cached_property
    def digest(self) -> str:
        """Names the whole list, for records and fingerprints."""
        written = "\n".join(
            f"{tag}\t{'|'.join(cell)}" for _, entry in self.entries for tag, cell in entry.items()
        )
        return hashlib.sha256(written.encode()).hexdigest()[:8]

    def between(self, source: str, target: str) -> Glossary:
        """The terms that are listed in both languages; empty where the file lacks one of them."""
        one, other = self._named(source), self._named(target)
        terms = [
            Term(sources=entry[one], targets=entry[other], line=line)
            for line, entry in self.entries
            if one and other and one in entry and other in entry
        ]
        return Glossary(terms, source=source, target=target)

    def column(self, language: str) -> list[tuple[tuple[str, ...], int]]:
        """The writings of each term in one language, and its line."""
        return [(entry[language], line) for line, entry in self.entries if language in entry]

    def require(self, *languages: str) -> None:
        """Refuse a list that can be of no use.

        Raises:
            ConfigError: It lacks one of `languages`.
        """
        for language in languages:
            if self._named(language) is None:
                raise ConfigError(
                    f"The glossary {self.name} has no terms in {language!r}.",
                    cure=f"It is in {', '.join(self.languages)}: add a column, or translate between those.",
                )

    def _named(self, language: str) -> str | None:
        """The column of a language: its own tag, or one with the same first part."""
        primary = language.partition("-")[0].lower()
        near = [tag for tag in self.languages if tag.partition("-")[0] == primary]
        return next((tag for tag in near if tag.lower() == language.lower()), near[0] if near else None)


def open_terms(path: Path) -> TermList:
    """Read a list of terms: .tsv, .csv, .tbx or .tmx.

    In tables the first line names the languages, and a cell may hold several accepted writings, parted by `|`; the
    first is the one wanted.

    Raises:
        ConfigError: The file cannot be read, is broken, or holds empty or duplicate terms or columns in another
            language than they say.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ConfigError(
            f"{path} is no list of terms that can be read.", cure=f"Give one of: {', '.join(_READERS)}."
        )
    entries = tuple(reader(path))
    languages = tuple(dict.fromkeys(tag for _, entry in entries for tag in entry))
    if len(languages) < 2:
        raise ConfigError(
            f"{path} holds no terms in two languages.",
            cure="Give each term in both languages; in tables, a line each below the first.",
        )
    terms = TermList(name=str(path), languages=languages, entries=entries)
    for language in languages:
        _check_script(terms, language)
        check(terms.column(language), language=language)
    return terms


def _check_script(terms: TermList, language: str) -> None:
    """Refuse columns that were swapped or misnamed; a name such as "BBC" may stand in any."""
    column = [(writings, line) for writings, line in terms.column(language) if any(writings)]
    odd = [line for writings, line in column if not _is_in_script(writings, language)]
    swapped = any(
        _is_in_script(writings, language)
        for other in terms.languages
        if script_of(other) != script_of(language)
        for writings, _ in terms.column(other)
    )
    if len(odd) * 2 > len(column) and (swapped or len(column) > 2):
        raise ConfigError(
            f"Terms of {terms.name} that are to be in {language!r} are in another script, as in line {odd[0]}.",
            cure="Check the languages that its columns are said to be in: are two of them swapped?",
        )


def _is_in_script(writings: Sequence[str], language: str) -> bool:
    return script_of(language) in scripts(" ".join(writings))


def _table(path: Path, *, delimiter: str) -> Iterator[Entry]:
    rows = _rows(path, delimiter)
    tags = [_tag(name) for name in rows[0]] if rows else []
    languages = [tag for tag in tags if tag not in _NOTES]
    if len(languages) < 2 or not all(map(_TAG.fullmatch, languages)):
        raise ConfigError(f"The first line of {path} does not name two languages.", cure=_HEADER_CURE)
    if len(set(languages)) < len(languages):
        raise ConfigError(f"The first line of {path} names a language twice.", cure=_HEADER_CURE)
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue  # a blank line
        if len(row) > len(tags):
            raise ConfigError(
                f"Line {number} of {path} has {len(row)} cells, and the first line has {len(tags)}.",
                cure="Take the delimiter out of the term, or put the term in quotes (CSV).",
            )
        cells = dict(zip(tags, row + [""] * (len(tags) - len(row)), strict=True))
        yield number, {tag: _writings(cells[tag]) for tag in languages}


def _tag(name: str) -> str:
    """The head of a column as a tag: "AR", "en_GB" and "Arabic" are common in lists of other tools."""
    name = name.strip().replace("_", "-")
    primary, mark, rest = name.partition("-")
    plain = name.lower()
    return plain if plain in _NOTES else _NAMES.get(plain) or primary.lower() + mark + rest


def _rows(path: Path, delimiter: str) -> list[list[str]]:
    text = io.StringIO(_text(path), newline="")
    try:
        return list(csv.reader(text, delimiter=delimiter, strict=True, quoting=_quoting(delimiter)))
    except csv.Error as fault:
        raise ConfigError(
            f"{path} is no table: {fault}.", cure="Close every quote that a cell opens, or save it as TSV."
        ) from fault


def _quoting(delimiter: str) -> Literal[0, 3]:
    """Quotes are letters like any other in TSV, and part cells in CSV."""
    return csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL


def _tsv(path: Path) -> Iterator[Entry]:
    return _table(path, delimiter="\t")


def _csv(path: Path) -> Iterator[Entry]:
    head = _text(path).partition("\n")[0]
    return _table(path, delimiter=max(",;\t", key=head.count))


def _writings(cell: str) -> tuple[str, ...]:
    """The writings in a cell; an empty one stays, to be told."""
    return tuple(" ".join(part.split()) for part in cell.split("|"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read: {fault.strerror}.", cure="Check the path.") from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path} is not in UTF-8.", cure="Save it as UTF-8.") from fault


def _tbx(path: Path) -> Iterator[Entry]:
    """TBX as of 2008 (martif, langSet) and of 2019 (tbx, langSec); only languages and terms are read."""
    for entry in _elements(path, ("termEntry", "conceptEntry")):
        found: dict[str, list[str]] = {}
        for part in entry.iter("{*}langSet", "{*}langSec"):
            words = [" ".join("".join(term.itertext()).split()) for term in part.iter("{*}term")]
            found.setdefault(_language(part, path), []).extend(words)
        yield entry.sourceline or 0, {tag: tuple(words) for tag, words in found.items()}


def _tmx(path: Path) -> Iterator[Entry]:
    """TMX, one term a unit; a unit that says what another said before is passed over."""
    seen = set()
    for unit in _elements(path, ("tu",)):
        found = {
            _language(part, path): (" ".join("".join(part.xpath("./*[local-name()='seg']//text()")).split()),)
            for part in unit.iter("{*}tuv")
        }
        key = tuple(sorted(found.items()))
        if key not in seen:
            yield unit.sourceline or 0, found
        seen.add(key)


def _elements(path: Path, names: Iterable[str]) -> list[Any]:
    """The elements of an XML file that have one of `names`, whatever their namespace."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.parse(path, parser)
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read: {fault}", cure="Check the path.") from fault
    except etree.XMLSyntaxError as fault:
        raise ConfigError(
            f"{path} is broken: {fault.msg}",
            cure="Export it again from the tool that wrote it, or mend that line.",
        ) from fault
    found = list(tree.iter(*(f"{{*}}{name}" for name in names)))
    if not found:
        raise ConfigError(
            f"{path} holds no terms: there is no {' or '.join(names)} in it.",
            cure="Check that it is what its name says.",
        )
    return found


def _language(part: Any, path: Path) -> str:
    tag = part.get("{http://www.w3.org/XML/1998/namespace}lang") or part.get("lang") or ""
    if not _TAG.fullmatch(tag.lower()):
        raise ConfigError(
            f"Line {part.sourceline} of {path} does not say which language it is in.",
            cure='Give it one: xml:lang="ar".',
        )
    primary, mark, rest = tag.partition("-")
    return primary.lower() + mark + rest


_READERS: dict[str, Callable[[Path], Iterator[Entry]]] = {
    ".tsv": _tsv,
    ".csv": _csv,
    ".tbx": _tbx,
    ".tmx": _tmx,
}
