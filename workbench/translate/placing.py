"""Words of a translation that stand in a term's place, by attention, and the term put there as its sentence has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from workbench.glossary import Occurrence
from workbench.text.arabic import is_arabic, matching

SURE, PART = 0.5, 0.6
"""Attention on a term that makes a word its translation, and that makes a neighbour part of it."""
NEAR, CLEAR = 60.0, 10.0
"""Percent of a name's letters, in order, that make words its misspelling, and how much less like it all others are."""
_AROUND = frozenset(
    re.findall(
        r"\w+",
        "the a an of in on at to for from by with and or as is was were has have had that "
        "في من إلى على عن مع أن إن و بين بعد قبل ضد",
    )
)
"""Words that belong to the sentence and not to a term at whose edge they stand."""
_EDGE = re.compile(r"^([\"'«“(\[]*)(.*?)([\"'»”)\].,،؛;:!?؟…]*(?:'s|’s)?[\"'»”)\].,،؛;:!?؟…]*)$", re.DOTALL)
_CLITICS = re.compile("^([وف]?(?:[بك]?ال|لل|[بكل])?)")
_AND = re.compile(r"(?:\b(?:and|or)|[,&])\s+(?:the\s+)?$", re.IGNORECASE)
_TAIL = re.compile(r"[A-Z][\w'’.]*(-[a-z]+)$")
"""What is joined to a name: "-led", "-backed"."""


def stands_on(
    links: NDArray[np.float32], read: str, one: Occurrence, words: Sequence[str | None]
) -> tuple[int, int] | None:
    """The words of the output that stand on a term; None where none clearly does."""
    columns = [
        number
        for number, found in enumerate(re.finditer(r"\S+", read))
        if found.start() < one.span[1] and one.span[0] < found.end()
    ]
    share = links[:, columns].sum(axis=1) / np.maximum(links.sum(axis=1), 0.2)
    share[[word is None or _bare(word) in _AROUND for word in words]] = 0
    best = int(share.argmax())
    if share[best] < SURE:
        return None
    part = {number for number, word in enumerate(words) if word is not None and share[number] >= PART}
    return _grown((best, best + 1), words, part.__contains__)


def followed(links: NDArray[np.float32], before: Sequence[str], after: Sequence[str]) -> NDArray[np.float32]:
    """Attention of the words of a text that was changed since: a word that took another's place stands where that did.

    Args:
        links: [words before, words read].
        before: Words as the model wrote them.
        after: Words as they are now; those that no single word stood for stand on nothing.
    """
    if list(before) == list(after):
        return links
    moved = np.zeros((len(after), links.shape[1]), dtype=np.float32)
    for _, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if end - start == last - first:
            moved[first:last] = links[start:end]
    return moved


def nearly(target: str, words: Sequence[str | None]) -> tuple[int, int] | None:
    """The words of the output that are a name misspelt; None where no words, or several alike, come near it.

    Args:
        target: The name as it should be written.
        words: Of the output, None where a word is taken.
    """
    wanted, size = _bare_all(target.split()), len(target.split())
    scored = [
        (fuzz.ratio(_bare_all(words[start : start + length]), wanted), (start, start + length))
        for length in {max(size - 1, 1), size, size + 1}
        for start in range(len(words) - length + 1)
        if _could_be_name(words[start : start + length])
    ]
    if not scored:
        return None
    likeness, span = max(scored)
    rivals = [other for other, (start, end) in scored if end <= span[0] or span[1] <= start]
    return span if likeness >= NEAR and all(other < likeness - CLEAR for other in rivals) else None


def _could_be_name(words: Sequence[str | None]) -> bool:
    """Whether none is taken or the sentence's own, and the first has a capital where there are such."""
    if any(_bare(word) in _AROUND or not _bare(word) for word in words):
        return False
    first = _parts(words[0] or "")[1][0]
    return first.upper() == first


def _bare_all(words: Sequence[str | None]) -> str:
    return " ".join(matching(_bare(word)).removeprefix("ال") for word in words)


def _grown(
    span: tuple[int, int], words: Sequence[str | None], belongs: Callable[[int], bool]
) -> tuple[int, int]:
    """The span with neighbours that belong to it, also behind a word or two such as "of the"."""
    start, end = span

    def reaches(number: int, step: int) -> bool:
        between = [number - step * back for back in range(1, abs(number - (start if step < 0 else end - 1)))]
        return (
            0 <= number < len(words)
            and belongs(number)
            and all(_bare(words[at]) in _AROUND for at in between)
        )

    while (nearest := next((start - far for far in (1, 2, 3) if reaches(start - far, -1)), -1)) >= 0:
        start = nearest
    while (nearest := next((end - 1 + far for far in (1, 2, 3) if reaches(end - 1 + far, 1)), -1)) >= 0:
        end = nearest + 1
    return start, end


def widened(span: tuple[int, int], words: Sequence[str | None], target: str) -> tuple[int, int]:
    """The span without the sentence's own words at its edges, and with neighbours that repeat the term's."""
    start, end = span
    own = {_stem(word) for word in target.split()} - _AROUND

    def repeats(number: int) -> bool:
        word = _parts(words[number] or "")[1]
        return _stem(word) in own or _stem(_CLITICS.sub("", word)) in own

    while end - start > 1 and _bare(words[start]) in _AROUND:
        start += 1
    while end - start > 1 and _bare(words[end - 1]) in _AROUND:
        end -= 1
    return _grown((start, end), words, repeats)


def follows_and(read: str, one: Occurrence) -> bool:
    """Whether a term is one of several in the text that was read: Arabic writes «و» together with each of them."""
    return bool(_AND.search(read[: one.lead]))


def put_as(
    targets: Sequence[str],
    words: Sequence[str],
    *,
    after_and: bool = False,
    plain: bool = False,
    following: str = "",
) -> str:
    """The term with the marks, and the Arabic clitic, that the words in its place carried.

    Args:
        targets: The term, and other ways to write it.
        words: What stands in its place.
        after_and: Whether a «و» that they begin with is likely to mean "and"; else it may be their own letter.
        plain: Whether it is an ordinary word, which has their article and their capital too.
        following: The word behind them: before a small letter the stop of "U.S." was its own.
    """
    opening, first, _ = _parts(words[0])
    closing = _parts(words[-1])[2]
    if following[:1].islower():
        closing = closing.removeprefix(".")
    target = _as_ordinary(targets, first) if plain else targets[0]
    if target and is_arabic(target[0]):
        own = {_stem(word) for word in target.split()}
        joined = after_and and first.startswith("و") and not target.startswith("و")
        return opening + _with_clitic(_clitic(first, own, target) or "و" * joined, target) + closing
    tail = _TAIL.match(_parts(words[-1])[1]) if not plain and "-" not in target else None
    return opening + target + (tail.group(1) if tail else "") + closing


def _as_ordinary(targets: Sequence[str], word: str) -> str:
    """An ordinary word with the capital, or the article, of the word that stands in its place."""
    target = targets[0]
    if not is_arabic(target[0]):
        return target[0].upper() + target[1:] if word[:1].isupper() and word[1:].islower() else target
    found = _CLITICS.match(word)
    if found is None or not found.group(1).endswith(("ال", "لل")) or target.startswith("ال"):
        return target
    if " " not in target:
        return "ال" + target
    stems = [*map(_stem, target.split())]  # of «عنف منزلي», «العنف المنزلي» is the definite form
    definite = (one for one in targets[1:] if one.startswith("ال") and [*map(_stem, one.split())] == stems)
    return next(definite, target)


def _clitic(word: str, own: set[str], target: str) -> str:
    """The "and", "in", "for" or "as" that a word of the output is written with; "" where its letters may be its own.

    Args:
        word: Of the output.
        own: Stems of the term's words.
        target: The term, whose first letters may look like clitics, as in «كاليفورنيا» and «باليرمو».
    """
    found = _CLITICS.match(word)
    clitics = found.group(1) if found else ""
    for end in (0, 1):
        if clitics[end:].endswith("ال") and matching(target).startswith(clitics[end:]):
            return clitics[:end]
    if clitics.endswith(("ال", "لل")):
        return clitics.replace("لل", "ل").removesuffix("ال")
    rest = word[len(clitics) :]
    return clitics if clitics and matching(rest) in own else ""


def _with_clitic(clitic: str, target: str) -> str:
    """Written together as Arabic does: ل and ال are لل."""
    if clitic.endswith("ل") and target.startswith("ال"):
        return clitic + "ل" + target[2:]
    return clitic + target


def unmasked(text: str, mark: str, target: str) -> str:
    """The text with a term in place of its placeholder, together with an Arabic clitic in front of it.

    >>> unmasked("تقرير ل @1@ عن المجموعة ب في روما", "@1@", "المفوضية السامية")
    'تقرير للمفوضية السامية عن المجموعة ب في روما'
    """
    if is_arabic(target[:1]):
        loose = re.compile(rf"(?<!\w)([وف]?[بكل]|[وف])ـ? ?{re.escape(mark)}")
        text = loose.sub(lambda found: _with_clitic(found.group(1), target), text)
    return text.replace(mark, target)


def _parts(word: str) -> tuple[str, str, str]:
    found = _EDGE.match(word)
    assert found is not None
    return found.group(1), found.group(2), found.group(3)


def _bare(word: str | None) -> str:
    return _parts(word or "")[1].casefold()


def _stem(word: str) -> str:
    """A word without marks, article and number, for comparison."""
    folded = matching(_parts(word)[1])
    return folded.removeprefix("ال") if is_arabic(folded[:1]) else folded.removesuffix("s")


def masked(sentence: str, wanted: Sequence[Occurrence], shape: str) -> str:
    """The sentence with a placeholder for each term; clitics stay in front of it."""
    text = sentence
    for number, one in reversed(list(enumerate(wanted, start=1))):
        clitics = one.clitics.replace("لل", "ل").removesuffix("ال") if one.clitics else ""
        lead = text[: one.lead] + (clitics + " " if clitics else "")
        text = lead + shape.format(number) + text[one.span[1] :]
    return text
