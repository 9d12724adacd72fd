"""The sentences of an article that a summary may pick from, and where each one stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.records import Article, Span
from workbench.summarise.furniture import dateline, ends, kind, words
from workbench.text.arabic import matching
from workbench.text.segment import segment, spans

_NEVER = frozenset({"code", "link", "credit", "dateline"})
_LONGEST_HEADLINE = 14
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an article.

    Attributes:
        text: Without a dateline before it.
        span: Where it stands in `Article.text`.
        words: Number of words.
        opens: Whether it opens its paragraph.
    """

    text: str
    span: Span
    words: int
    opens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A segment and where it stands: `opens` and `closes` say whether a line begins before it and ends behind it."""

    text: str
    span: Span
    opens: bool
    closes: bool


def story(article: Article) -> list[Sentence]:
    """The sentences that tell the story, in reading order.

    Headlines, datelines, credits, captions, editor's codes and links are left out. Where nothing else is there,
    headlines and captions must do.
    """
    labelled = list(_labelled(article))
    told = [sentence for sentence, label in labelled if label is None]
    return told or [sentence for sentence, label in labelled if label not in _NEVER]


def points_back(text: str) -> bool:
    """Whether a sentence opens with a word that leans on the sentence before it: "He", "However", «وأضاف»."""
    return _POINTS_BACK.match(matching(text)) is not None


def _labelled(article: Article) -> Iterator[tuple[Sentence, str | None]]:
    placed = _placed(article)
    titles = {tuple(words(title)) for title in (article.title, *(link.title for link in article.related))}
    prose = _is_prose(placed)
    first = True
    for part in placed:
        alone = part.opens and part.closes
        label: str | None = kind(part.text, alone=alone, agencies=article.agencies)
        if label is None and _is_headline(part.text, titles, short_lines=alone and prose):
            label = "headline"
        cut = dateline(part.text, first=first) if label is None else 0
        text, (start, end) = part.text[cut:], part.span
        yield Sentence(text=text, span=(start + cut, end), words=len(words(text)), opens=part.opens), label
        first = first and label is not None


def _placed(article: Article) -> list[_Placed]:
    parts = segment(article.text, article.language)
    breaks = ["\n" in part.gap or not part.text for part in parts]
    return [
        _Placed(text=part.text, span=span, opens=before, closes=after)
        for part, span, before, after in zip(
            parts, spans(parts), [True, *breaks[:-1]], [*breaks[:-1], True], strict=True
        )
        if part.text
    ]


def _is_prose(placed: Sequence[_Placed]) -> bool:
    """Whether lines usually close with a stop here: only then is one without it a headline."""
    closing = [ends(part.text) for part in placed if part.closes]
    return sum(closing) * 2 > len(closing)


def _is_headline(text: str, titles: set[tuple[str, ...]], *, short_lines: bool) -> bool:
    found = tuple(words(text))
    return found in titles or (short_lines and not ends(text) and len(found) <= _LONGEST_HEADLINE)
