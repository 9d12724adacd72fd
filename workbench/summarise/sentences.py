"""The sentences of an article that a summary may pick from, and where each one stands."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from workbench.records import Article, Span
from workbench.summarise.furniture import dateline, ends, kind, words
from workbench.text.arabic import matching
from workbench.text.segment import segment, spans

Line = list[tuple[str, Span]]
"""The sentences of one line, each with its place."""

_NEVER = frozenset({"code", "link", "credit", "dateline"})
_LONGEST_HEADLINE = 14
_LONGEST_FURNITURE = 40
# Openings that lean on the sentence before, in the matching profile. Arabic joins most sentences with «و»: that alone
# says nothing.
_POINTS_BACK = re.compile(
    r"[\"'“‘«(]*(?:he|she|they|it|his|her|their|its|this|that|these|those|such|but|however|meanwhile"
    r"|also|then|moreover|furthermore"
    r"|instead|otherwise|thus|therefore|so|and|or|yet|still|the (?:former|latter|same)|و?(?:اضاف"
    r"|تابع|اردف|استطرد)ت?"
    r"|و(?:اوضح|اشار|لفت|اكد|شدد)ت?|كما|لكن(?:ه|ها|هم)?|الا ان|غير ان|بيد ان|في المقابل|بدورها?"
    r"|من (?:جهت|جانب)ها?|و?(?:هو|هي|هم)"
    r"|و?(?:هذا|هذه|ذلك|تلك)|كذلك|ايضا|وبالتالي|لذلك|لذا|ثم|بل)\b"
)
_SAID_BY = re.compile(
    r"[\"”’]\s*(?:he|she|they) (?:said|added|told|noted|stressed|continued|warned|explained)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an article.

    Attributes:
        text: Without a dateline before it.
        span: Where it stands in `Article.text`.
        words: Number of words.
    """

    text: str
    span: Span
    words: int


def story(article: Article) -> list[Sentence]:
    """The sentences that tell the story, in reading order, none twice.

    Headlines, datelines, credits, captions, editor's codes and links are left out. Where nothing else is there,
    headlines and captions must do.
    """
    labelled = list(_labelled(article))
    told = [sentence for sentence, label in labelled if label is None]
    usable = told or [sentence for sentence, label in labelled if label not in _NEVER]
    return list({tuple(words(sentence.text)): sentence for sentence in reversed(usable)}.values())[::-1]


def points_back(text: str) -> bool:
    """Whether a sentence leans on the one before it: it opens with "He" or «وأضاف», or closes with "she said"."""
    seen = matching(text)
    return _POINTS_BACK.match(seen) is not None or _SAID_BY.search(seen) is not None


def stands_loose(text: str) -> bool:
    """Whether a sentence asks, or holds a part of a quotation whose rest stands elsewhere."""
    asks = text.rstrip("\"'”’»)").endswith(("?", "؟"))
    return asks or text.count('"') % 2 == 1 or any(text.count(a) != text.count(b) for a, b in ("“”", "«»"))


def _labelled(article: Article) -> Iterator[tuple[Sentence, str | None]]:
    lines = _lines(article)
    first = True
    for line, of_line in zip(lines, _labels(article, lines), strict=True):
        for text, (start, end) in line:
            label = of_line or kind(text, alone=False, agencies=article.agencies)
            cut = dateline(text, first=first) if label is None else 0
            told = text[cut:]
            yield Sentence(text=told, span=(start + cut, end), words=len(words(told))), label
            first = first and label is not None


def _labels(article: Article, lines: Sequence[Line]) -> list[str | None]:
    """What each line is as a whole, if not part of the story."""
    wholes = [article.text[line[0][1][0] : line[-1][1][1]] for line in lines]
    titles = {tuple(words(title)) for title in (article.title, *(link.title for link in article.related))}
    labels = [_label(whole, titles, agencies=article.agencies) for whole in wholes]
    story_lines = [ends(whole) for whole, label in zip(wholes, labels, strict=True) if label is None]
    # Only where lines usually close with a stop is a short one without it a headline.
    prose = sum(story_lines) * 2 > len(story_lines)
    return [
        label
        or ("headline" if prose and not ends(whole) and len(words(whole)) <= _LONGEST_HEADLINE else None)
        for whole, label in zip(wholes, labels, strict=True)
    ]


def _label(line: str, titles: Container[tuple[str, ...]], *, agencies: Sequence[str]) -> str | None:
    found = tuple(words(line))
    if len(found) > _LONGEST_FURNITURE:
        return None
    return kind(line, alone=True, agencies=agencies) or ("headline" if found in titles else None)


def _lines(article: Article) -> list[Line]:
    """Sentences and their spans, line by line; no line is empty."""
    parts = segment(article.text, article.language)
    lines: list[Line] = [[]]
    for part, span in zip(parts, spans(parts), strict=True):
        if part.text:
            lines[-1].append((part.text, span))
        if "\n" in part.gap:
            lines.append([])
    return [line for line in lines if line]
