"""Names in news, as far as letters tell: capitals in English, titles and well-known places in Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.records import Span
from workbench.text.arabic import matching
from workbench.text.lexicon import STARTERS, TITLES
from workbench.text.places import PHRASES, families, is_place
from workbench.text.script import script_of_letter
from workbench.text.segment import segment, spans
from workbench.text.stems import forms

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0670]|['’](?=[^\W\d_])|\.(?=[A-Z]\b))*")
_SAYS = re.compile(r"\s(?:said|says|told|announced|warned|added|insisted|denied|met|visited|accused)\b")


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


_SMALL = _words("of the and for in on de la le du van von der bin ibn al el ul")
# Capitals that name nobody: ranks, and months, which a date in digits supports as well.
_RANKS = _words(
    """
    president vice deputy prime minister king queen prince princess crown sheikh sir lord lady dame emir sultan pope
    chancellor ambassador governor mayor senator general colonel captain major admiral judge justice professor doctor
    imam ayatollah cardinal bishop secretary chief state foreign defence defense interior finance ministry parliament
    government army police court university company group party council north south east west northern southern
    eastern western new city street road january february march april may june july august september october november
    december i god
    """
) | {title.lower() for title in TITLES}
_SUFFIXES = ("", "n", "an", "ian", "i", "ish", "ese", "s", "ns", "ans", "ians", "is")
_TITLED = re.compile(
    r"(?<!\w)[وف]?[بكل]?ل?(?:ا?ل)?(?:سيد|سيده|دكتور|دكتوره|شيخ|امير|ملك|لواء|عقيد|عميد|مدعو|مدينه|بلده|قريه|محافظه|شركه)"
    r"(?!\w)"
)
_NAMELESS = _words(
    """
    في من الي علي عن ان او ثم قد لم لن لا ما هو هي كل بعد قبل عند مع بين منذ خلال حول تحت فوق بدون غير التي الذي
    هذا هذه
    """
)
_MOSTLY = 0.9
_SHORTEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A word, or a well-known phrase, that names somebody or something.

    Attributes:
        text: As written.
        span: Where it stands.
    """

    text: str
    span: Span


def names(text: str) -> list[Name]:
    """The words of a text that are names, as far as can be told without a model, in reading order.

    In English: words with a capital within a sentence, and at its start where they are all capitals, are well known or
    say something. A headline that capitalises all words tells nothing but well-known names. In Arabic, which has no
    capitals: well-known places and organisations, what follows a title («السيد»), and words in Latin letters.

    >>> [name.text for name in names("Officials told Sami Haddad that NATO left. France's army stays.")]
    ['Sami', 'Haddad', 'NATO', "France's"]
    >>> [name.text for name in names("التقى الرئيس السيد كامل في بيروت")]
    ['كامل', 'بيروت']
    """
    parts = segment(text)
    return [
        name
        for part, (start, _) in zip(parts, spans(parts), strict=True)
        for name in _in_sentence(part.text, start)
    ]


def missing(*, source: str, output: str) -> list[Name]:
    """The names of `output` that `source` does not have, each once.

    A name is found again with other clitics or endings, as the adjective ("Iranian" for "Iran"), as an acronym of
    words or words of an acronym, and where it is well known in the other language too. Of other names nothing can be
    said across scripts.

    >>> [name.text for name in missing(source="وصل الوفد إلى طهران", output="وصل السيد كامل إلى إيران وبيروت")]
    ['كامل', 'وبيروت']
    """
    return KnownNames(source).missing(output)


def _in_sentence(sentence: str, start: int) -> Iterator[Name]:
    words = list(_WORD.finditer(sentence))
    telling = _capitals_tell(words)
    for at, found in enumerate(words):
        word = found.group()
        if script_of_letter(word[0]) == "Arab":
            named = is_place(word) or _is_titled(sentence, words, at)
        else:
            named = telling and _is_capital(word) and (at > 0 or _names_at_start(sentence, found))
            named = (named or (word[0].isupper() and is_place(word))) and word.lower() not in _RANKS
        if named:
            yield Name(text=word, span=(start + found.start(), start + found.end()))


def _capitals_tell(words: list[re.Match[str]]) -> bool:
    """Whether a sentence keeps capitals for names: not where nearly all of its longer words have one."""
    longer = [found.group() for found in words if len(found.group()) > _SHORTEST]
    return len(longer) < _SHORTEST or sum(word[0].isupper() for word in longer) <= _MOSTLY * len(longer)


def _is_capital(word: str) -> bool:
    return word[0].isupper() and len(word) > 1 and word not in STARTERS


def _names_at_start(sentence: str, found: re.Match[str]) -> bool:
    """Whether the word that opens a sentence is a name: "NATO", or "Haddad said" but not "Officials said"."""
    word = found.group()
    if sum(letter.isupper() for letter in word) > 1:
        return True
    return bool(_SAYS.match(sentence, found.end())) and not word.endswith("s")


def _is_titled(sentence: str, words: list[re.Match[str]], at: int) -> bool:
    """Whether an Arabic word stands right behind a title and has neither article nor the look of a particle."""
    word = matching(words[at].group())
    if at == 0 or word in _NAMELESS or word.startswith("ال"):
        return False
    between = sentence[words[at - 1].end() : words[at].start()]
    return between.isspace() and bool(_TITLED.fullmatch(matching(words[at - 1].group())))


class KnownNames:
    """What a source names, however it puts it."""

    def __init__(self, source: str) -> None:
        inside = [found.group() for found in _WORD.finditer(source)]
        self._initials = "".join(one[0] for one in map(_folded, inside) if one not in _SMALL)
        words = set(inside)
        self._folded = frozenset(_folded(word) for word in words)
        self._forms = frozenset().union(*(forms(word) for word in words))
        self._families = frozenset().union(*(families(word) for word in words))
        self._families = self._families.union(*(families(phrase) for phrase in _phrases(source)))
        self._scripts = {script_of_letter(word[0]) for word in words}

    def missing(self, output: str) -> list[Name]:
        """The names of `output` that the source does not have, each once; see `missing`."""
        phrases = _phrases(output)
        first = {_folded(name.text): name for name in reversed(names(output))}
        found = [name for name in first.values() if not self.has(name, output, phrases)]
        return sorted(found, key=lambda name: name.span)

    def has(self, name: Name, text: str, phrases: Sequence[str] = ()) -> bool:
        """Whether the source has a name of `text`, or nothing can be said; `phrases` are the well-known ones there."""
        word = _folded(name.text)
        parts = (families(phrase) for phrase in phrases if word in phrase)
        places = families(name.text).union(*parts)
        if places:
            return not self._families.isdisjoint(places)
        if script_of_letter(word[0]) not in self._scripts:
            return True
        return (
            word in self._folded
            or not self._forms.isdisjoint(forms(word))
            or any(_related(word, other) for other in self._folded)
            or (name.text.isupper() and word.replace(".", "") in self._initials)
            or _initials_around(text, name.span) & self._folded != set()
        )


def _phrases(text: str) -> list[str]:
    """The well-known names of several words in a text."""
    flat = matching(text)
    return [phrase for phrase in PHRASES if phrase in flat]


@lru_cache(2**14)
def _folded(word: str) -> str:
    return re.sub(r"['’]s?$", "", matching(word))


def _related(one: str, other: str) -> bool:
    """Whether one is the other's adjective: "Iran" and "Iranian", "Syria" and "Syrian"."""
    short, long = sorted((one, other), key=len)
    root = short.rstrip("aey") if len(short) > _SHORTEST + 1 else short
    return len(root) > _SHORTEST and long.startswith(root) and long[len(root) :].lstrip("aey") in _SUFFIXES


def _initials_around(text: str, span: Span) -> set[str]:
    """Acronyms of the capitalised words that a name stands among: "who" for "World Health Organization"."""
    line = re.compile(r"(?:[A-Z][\w'’]*|of|the|and|for)(?:\s(?:[A-Z][\w'’]*|of|the|and|for))+")
    run = next((run.group() for run in line.finditer(text) if run.start() <= span[0] < run.end()), "")
    capitals = [word[0].lower() for word in run.split() if word[0].isupper()]
    return {"".join(capitals), "".join(capitals[1:])} if len(capitals) > 1 else set()
