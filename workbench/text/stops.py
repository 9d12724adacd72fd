"""Whether a stop ends its sentence, by the quotes, brackets, abbreviations and initials around it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from workbench.text import lexicon
from workbench.text.arabic import strip_diacritics

_STOPS = ".!?؟۔…‼⁇⁈⁉"
_QUOTES = "\"'“”„«»‹›‘’″"
_STOP = re.compile(rf"[{_STOPS}][{_STOPS}{_QUOTES})\]]*")
_ENDED = re.compile(rf"(?:^|[{_STOPS}][{_QUOTES})\]]*)\s*$")
_BRACKETED = re.compile(r"\([^()]{1,200}\)|\[[^\[\]]{1,200}\]")
_DETACHED = re.compile(rf"([{_QUOTES}])(?:\s+|$)")
_OPENING = re.compile(rf"[{_QUOTES}(\[\s]*")
_TOKEN = re.compile(r"(?<![^\s\"“”„«»‹›″()\[\]،,؛;:/–—-])[^\s\"“”„«»‹›″()\[\]،,؛;:/–—-]*$")
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")
_INITIAL = re.compile(r"[A-Z]")
_ARABIC = re.compile(r"[\u0620-\u064a\u066e-\u06d3]+")
_SMALL_WORD = re.compile(r"(?:^|[\s\"“‘(-])([a-z]{4,})$")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_LIST_NUMBER = re.compile(rf"(?:^|(\S*)[{_STOPS}]\s)\s*\d{{1,2}}$")
_NAMED = re.compile(rf"({'|'.join(sorted(lexicon.SOFT))})\.")
_RUN_ON = re.compile(
    r"(?:[\u0620-\u064a]{3}|\d{2})[.!](?!(?:نت|كوم|أورغ|اورغ|أورج|تي في)\b)[\u0620-\u064a]{2}"
    r"|[\u0620-\u064a][؟۔][\u0620-\u064a]"
    r"|[a-z]{3}[.!?][A-Z][a-z](?![\w.+-]{0,40}@)"
)
_URL = re.compile(r"(?:://|www\.)[!-~]*$")
_LAST = re.compile(r"\w\W*$")
_SPACE = re.compile(r"\s*")
_QUOTES_SET = frozenset(_QUOTES)
_FIRM = frozenset("!?؟۔‼⁇⁈⁉")
_NO_START = frozenset(f",،;؛:{_STOPS}")
_OPENING_TIME = re.compile(
    r"\b(?:At|By|Around|About|Before|After|Until|Since) (?:[a-z]+ ){0,2}\d{1,2}(?:[:.]\d\d)?$"
)
_ZONE = re.compile(r"(?!Next )(?:[A-Z][\w-]+ ){1,3}time\b")
_ENGLISH_ATTRIBUTION = re.compile(
    r"(?:[A-Z][\w.’'-]* ){1,4}(?:said|says|asked|asks|reported|wrote|added|told|replied|shouted|wondered|tweeted)"
    r"(?! that)[^.!?\"“]{0,40}[.!?]"
)
_ARABIC_ATTRIBUTION = re.compile(
    rf"(?:كما |هكذا )?(?:{'|'.join(sorted(lexicon.SAYING))})(?: (?!إن|أن|بأن)[^\s.!؟:\"«“]+){{0,6}}\s?[.!؟]"
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A run of stops with the quotes and brackets that close behind it.

    Attributes:
        start: Index of the first stop.
        mark: The stops and the closing marks.
        next: Index of the character behind them and behind the white space.
    """

    start: int
    mark: str
    next: int


def boundaries(line: str, trusted: Container[int] | None) -> Iterator[int]:
    """Where sentences start within `line`, the first excepted.

    Args:
        line: A text without line breaks.
        trusted: Indices of the full stops at which a sentence may end in a language whose abbreviations are not in
            `lexicon`; None for Arabic and English.
    """
    last = _last_word(line)
    if last < 0:
        return
    inside = _bracketed(line)
    for stop in _stops(line, last):
        if stop.start not in inside and _ends(line, stop, trusted):
            yield stop.next


def _bracketed(line: str) -> set[int]:
    """Indices of the stops in brackets that open within a sentence."""
    found: set[int] = set()
    for bracket in _BRACKETED.finditer(line):
        start = bracket.start()
        if not _ENDED.search(line[max(0, start - 20) : start]):
            found.update(stop.start() for stop in _STOP.finditer(line, start, bracket.end()))
    return found


def _stops(line: str, last: int) -> Iterator[Stop]:
    """Every stop that may end a sentence with another behind it, which needs a letter or digit: `last` is the last."""
    quotes, counted = 0, 0
    for found in _STOP.finditer(line, 0, last + 1):
        start, end = found.span()
        following = _skip_space(line, end)
        if following == end and not _runs_on(line, start):
            continue
        mark = found.group()
        detached = _DETACHED.match(line, following)
        if detached:
            quotes += sum(line.count(quote, counted, following) for quote in '"“”')
            counted = following
            if detached[1] == "»" or (detached[1] in '"“”' and quotes % 2):
                mark, following = mark + detached[1], detached.end()
        if following <= last:
            yield Stop(start, mark, following)


def _runs_on(line: str, stop: int) -> bool:
    """Whether a stop without white space behind it parts two words all the same: "ذلك.وأضاف"."""
    runs_on = any(_RUN_ON.match(line, max(0, stop - reach)) for reach in (3, 2, 1))
    return runs_on and not _URL.search(line, max(0, stop - 200), stop + 2)


def _last_word(line: str) -> int:
    """Index of the last letter or digit, behind which no sentence starts; -1 where there is none."""
    found = _LAST.search(line)
    return found.start() if found else -1


def _skip_space(line: str, start: int) -> int:
    return _SPACE.match(line, start).end()  # type: ignore[union-attr]  # it matches the empty text as well


def _ends(line: str, stop: Stop, trusted: Container[int] | None) -> bool:
    following = line[stop.next : stop.next + 160]
    if following[0] in _NO_START or (stop.mark == "!" and _NAMED.match(following)):
        return False  # the latter is "Yahoo! Inc."
    if _goes_on(following) and not (stop.mark == "." and _plain_word_before(line, stop.start)):
        return False
    quoted = not _QUOTES_SET.isdisjoint(stop.mark)
    if not _FIRM.isdisjoint(stop.mark):
        return not (quoted and _attributes(following))
    if quoted or stop.mark.rstrip(")]") != ".":
        return True
    return _full_stop(line, stop, trusted)


def _goes_on(following: str) -> bool:
    """Whether a small Latin letter follows: "Yahoo! is", "Why? she asked", but not "iPhone"."""
    text = following.lstrip("([")
    return text[:1].islower() and bool(_LATIN.match(text)) and not text[1:2].isupper()


def _plain_word_before(line: str, stop: int) -> bool:
    """Whether a small Latin word, no abbreviation, stands before a dot: texts without capitals have sentences too."""
    found = _SMALL_WORD.search(line[max(0, stop - 30) : stop])
    return found is not None and found[1] not in lexicon.SMALL_ABBREVIATIONS


def _attributes(following: str) -> bool:
    """Whether the words behind a quoted question or cry only say whose it is."""
    return bool(_ENGLISH_ATTRIBUTION.match(following) or _ARABIC_ATTRIBUTION.match(following))


def _full_stop(line: str, stop: Stop, trusted: Container[int] | None) -> bool:
    """Whether a lone dot ends a sentence rather than an abbreviation, an initial or a list's number."""
    if _is_list_number(line[max(0, stop.start - 30) : stop.start]):
        return False
    before = line[max(0, stop.start - 60) : stop.start].rstrip()
    token = _token(before)
    word = _word(line, stop.next)
    starts = word in lexicon.STARTERS or word in lexicon.ARABIC_STARTERS
    if token in lexicon.TITLES:
        return False
    if token in lexicon.SOFT:
        return starts
    if token in lexicon.NUMBERED or token in lexicon.SMALL_ABBREVIATIONS:
        return not word[:1].isdigit()
    ahead = before[: len(before) - len(token)].rstrip()
    if token.lower() in ("a.m", "p.m"):
        if word in lexicon.AFTER_CLOCK or word[:1].isdigit() or _OPENING_TIME.search(ahead):
            return False
        return starts or not _ZONE.match(line, stop.next)
    previous = _token(ahead)
    if _ARABIC.match(token):
        return _arabic_full_stop(strip_diacritics(token), previous, word, starts)
    if _INITIAL.fullmatch(token) and _ARABIC.match(word) and not _LATIN.match(previous):
        return True  # "فيتامين C. وقال": Arabic text does not abbreviate names with Latin letters
    if _DOTTED.fullmatch(token) or (len(token) == 1 and token.isalpha()):
        return starts
    return trusted is None or stop.start in trusted


def _is_list_number(before: str) -> bool:
    """Whether a dot follows the number of a list's item: at the start, or behind a sentence; not in "Sept. 5."."""
    if not before[-1:].isdigit():
        return False
    found = _LIST_NUMBER.search(before)
    return found is not None and found[1] not in lexicon.SOFT | lexicon.NUMBERED | lexicon.ARABIC_TITLES


def _arabic_full_stop(token: str, previous: str, word: str, starts: bool) -> bool:
    if token in lexicon.ARABIC_UNITS and word in lexicon.ARABIC_AFTER_UNIT:
        return False
    if len(token) == 1 and previous[-1:].isdigit():
        return True  # a unit: "500 م."
    if token in lexicon.ARABIC_TITLES:
        return False
    if token in lexicon.LETTER_NAMES:
        return starts or previous in lexicon.LETTER_NAMES  # "بي بي سي." is a name, "جون إف." goes on
    if len(token) == 1 or _DOTTED.fullmatch(token):
        return starts
    return True


def _token(before: str) -> str:
    found = _TOKEN.search(before[-30:])
    return found.group().lstrip("'‘’") if found else ""


def _word(line: str, start: int) -> str:
    opening = _OPENING.match(line, start)
    found = _WORD.match(line, opening.end() if opening else start)
    return strip_diacritics(found.group()) if found else ""
