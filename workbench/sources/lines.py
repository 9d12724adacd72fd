"""The furniture of text articles, line by line: repeated titles, date lines, bylines, credits, editors' codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from workbench.records import Record
from workbench.sources.credits import agencies, byline, is_credit_line, is_editors_code, line_agencies
from workbench.sources.dates import is_date_line, parse_date
from workbench.text.arabic import matching

_HEAD = 8
_TAIL = 8
_LONGEST_TITLE = 200
_STOP = re.compile(r"[.!؟?…]['\"»”’)\]]*$")
_TAGS = re.compile(
    r"(?:tags|keywords|topics|كلمات دليلية|كلمات مفتاحية|الكلمات الدلالية|وسوم|الوسوم|سمات)\s*:",
    re.IGNORECASE,
)
_WRAPPED = (40, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(Record):
    """What a text of lines holds.

    Attributes:
        title: First line where it reads like a headline, else empty.
        published: Of a date line at the head or foot.
        byline: Of a line such as "By Jane Doe".
        agencies: Credited in the body or in a line of credits.
        text: Paragraphs parted by a blank line.
        warnings: Which lines were taken out.
    """

    title: str = ""
    published: datetime | None = None
    byline: str | None = None
    agencies: tuple[str, ...] = ()
    text: str = ""
    warnings: tuple[str, ...] = ()


def take_apart(text: str, *, title: str = "", guess_title: bool = True) -> Parts:
    """Part the body of an article from the lines around it.

    Args:
        text: Cleaned text.
        title: The headline where it is known already; repetitions of it are removed.
        guess_title: Whether a first line that reads like a headline becomes the title where none is known.
    """
    lines = [line.strip() for line in text.split("\n")]
    known = bool(title)
    title = title or (_headline(lines) if guess_title else "")
    sorter = _Sorter(title, known=known)
    lines = sorter.tail(sorter.head(lines))
    body = "\n\n".join(paragraphs(lines))
    if not body and title:
        # Nothing but a headline: then the headline is the text.
        body = title
    credited = (*agencies(body), *sorter.agencies)
    return Parts(
        title=title,
        published=sorter.published,
        byline=sorter.byline,
        agencies=tuple(dict.fromkeys(credited)),
        text=body,
        warnings=tuple(sorter.warnings),
    )


def words(text: str) -> list[str]:
    """Words in lower case, for comparing."""
    return re.findall(r"\w+", text.lower())


def overlap(one: str, other: str) -> float:
    """Share of the words of `one` that `other` has too; 0 where `one` has none."""
    mine, theirs = words(one), set(words(other))
    return sum(word in theirs for word in mine) / len(mine) if mine else 0.0


def reads_as_prose(text: str) -> bool:
    """Whether a line reads like a sentence or more, rather than like a label or a link.

    >>> reads_as_prose("The talks resumed in Vienna on Sunday."), reads_as_prose("World News")
    (True, False)
    """
    count = len(words(text))
    return count >= 20 or (count >= 6 and _STOP.search(text) is not None)


def same_line(one: str, other: str) -> bool:
    """Whether two lines say the same but for letter forms, case and punctuation."""
    # Lines of very different length are never the same, and folding long ones is slow.
    return abs(len(one) - len(other)) <= 20 + len(other) // 2 and _bare(one) == _bare(other)


def _bare(line: str) -> str:
    return " ".join(re.findall(r"\w+", matching(line)))


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Paragraphs of lines: blank lines part them; without any, every line is one; hard-wrapped lines are joined."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    throughout = _wrapped_at(lines) is not None
    return [
        paragraph
        for block in blocks
        for paragraph in ([" ".join(block)] if throughout or _is_wrapped(block) else block)
    ]


def _is_wrapped(block: Sequence[str]) -> bool:
    """A paragraph broken by a mailer or terminal: at least three lines, nearly all as long, most not ended."""
    if len(block) < 3:
        return False
    shortest, longest = _WRAPPED
    inner = block[:-1]
    full = sum(shortest <= len(line) <= longest for line in inner)
    ended = sum(_STOP.search(line) is not None for line in inner)
    return full >= 0.9 * len(inner) and ended <= 0.4 * len(inner)


def _wrapped_at(lines: Sequence[str]) -> int | None:
    """The width at which all paragraphs of a text, however short, are broken; None where they are not.

    Broken so, nearly no line has room for the first word of the next.
    """
    pairs = [(line, after) for line, after in pairwise(lines) if line and after]
    width = max(map(len, lines), default=0)
    if len(pairs) < 2 or not _WRAPPED[0] <= width <= _WRAPPED[1]:
        return None
    full = sum(_is_full(line, after, width) for line, after in pairs)
    ended = sum(_STOP.search(line) is not None for line, _ in pairs)
    return width if full >= 0.9 * len(pairs) and ended <= 0.4 * len(pairs) else None


def _is_full(line: str, after: str, width: int) -> bool:
    return len(line) + 1 + len(after.partition(" ")[0]) > width


def _headline(lines: Sequence[str]) -> str:
    filled = [line for line in lines if line]
    if len(filled) < 2 or len(filled[0]) > _LONGEST_TITLE:
        return ""
    first, near = filled[0], filled[1:_HEAD]
    if is_date_line(first) or byline(first, opening=True) or is_credit_line(first):
        return ""
    width, after = _wrapped_at(lines), lines[lines.index(first) + 1]
    if width and after and _is_full(first, after, width):
        return ""
    repeated = any(same_line(first, line) for line in near)
    if repeated or any(is_date_line(line) for line in near[:2]):
        return first
    body_follows = any(len(line) > 1.5 * len(first) or _STOP.search(line) for line in near)
    return (
        first
        if body_follows and (first[-1] in "؟?!" or not _STOP.search(first)) and first[-1] not in ":،,;؛"
        else ""
    )


class _Sorter:
    """Takes the lines around a body and remembers what they said."""

    def __init__(self, title: str, *, known: bool) -> None:
        self.title = title
        self.published: datetime | None = None
        self.byline: str | None = None
        self.agencies: tuple[str, ...] = ()
        self.warnings: list[str] = []
        self._titles = int(known)

    def head(self, lines: Sequence[str]) -> list[str]:
        """`lines` without the furniture among the first filled ones."""
        kept, seen = [], 0
        for line in lines:
            seen += bool(line)
            if not line or seen > _HEAD or not self._is_head(line, opening=seen == 1 and not self.title):
                kept.append(line)
        return kept

    def tail(self, lines: Sequence[str]) -> list[str]:
        """`lines` without the furniture among the last filled ones."""
        kept = list(lines)
        removed: list[str] = []
        for _ in range(_TAIL):
            while kept and not kept[-1]:
                kept.pop()
            message = self._tail_message(kept[-1]) if len(kept) > 1 else None
            if message is None:
                break
            removed.insert(0, message)
            kept.pop()
        self.warnings += removed
        return kept

    def _is_head(self, line: str, *, opening: bool) -> bool:
        if self.title and same_line(line, self.title):
            self._titles += 1
            if self._titles > 1:
                self.warnings.append("repeated title removed")
        elif is_date_line(line):
            self._date(line)
        elif author := byline(line, opening=opening):
            self.byline = self.byline or author
            self.warnings.append(f"byline moved out of the text: {line}")
        elif is_credit_line(line):
            self._credit(line)
        else:
            return False
        return True

    def _tail_message(self, line: str) -> str | None:
        if is_date_line(line):
            self.published = self.published or parse_date(line)
            return f"date line removed: {line}"
        if is_credit_line(line):
            self.agencies = tuple(dict.fromkeys((*self.agencies, *line_agencies(line))))
            return f"credit line removed: {line}"
        if byline(line):
            self.byline = self.byline or byline(line)
            return f"byline moved out of the text: {line}"
        if is_editors_code(line):
            return f"editor's code removed: {line}"
        if _TAGS.match(line):
            return f"tags removed: {line}"
        return None

    def _date(self, line: str) -> None:
        self.published = self.published or parse_date(line)
        self.warnings.append(f"date line removed: {line}")

    def _credit(self, line: str) -> None:
        self.agencies = tuple(dict.fromkeys((*self.agencies, *line_agencies(line))))
        self.warnings.append(f"credit line removed: {line}")
