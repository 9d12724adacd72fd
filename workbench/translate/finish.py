"""What is done to a model's text last, when everything about it has been checked: how its readers' press spells."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import Literal

from workbench.records import Span
from workbench.text.orthography import FATHATAN, put, unmarked
from workbench.translate.draft import Draft

Finish = Literal["none", "tanwin"]


def suits(finish: Finish, target: str) -> bool:
    """Whether text in a language is changed by a finish at all."""
    return finish == "tanwin" and target.partition("-")[0].lower() == "ar"


def with_tanwin(sentence: str, draft: Draft) -> Draft:
    """The draft with tanwin on final alefs, and with flags whose spans count in it.

    What people wrote stays as they did: a post-edit, a text that was copied, words of the sentence itself, and a
    glossary's terms.
    """
    if draft.copied or draft.edited:
        return draft
    terms = [flag.output_span for flag in draft.flags if flag.kind == "term" and flag.output_span]
    places = [
        end - 1
        for start, end in unmarked(draft.text)
        if draft.text[start:end] not in sentence
        and not any(one < end and start < other for one, other in terms)
    ]
    if not places:
        return draft

    def moved(span: Span) -> Span:
        return span[0] + bisect_left(places, span[0]), span[1] + bisect_left(places, span[1])

    flags = (replace(flag, output_span=flag.output_span and moved(flag.output_span)) for flag in draft.flags)
    return replace(draft, text=put(FATHATAN, draft.text, places), flags=tuple(flags))
