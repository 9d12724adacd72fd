"""From translated sentences to a text laid out as its source is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.records import Alignment, Flag, Segment, Span
from workbench.translate.draft import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A translated text, and where everything in it came from.

    Attributes:
        text: Sentences with the gaps of the source between them.
        flags: Those of all sentences, with spans in the whole texts.
        alignment: One entry for each sentence.
        drafts: The sentences, in reading order.
    """

    text: str
    flags: tuple[Flag, ...]
    alignment: tuple[Alignment, ...]
    drafts: tuple[Draft, ...]

    def coverage(self) -> float | None:
        """Share of the source's tokens that the model read; None where there were none."""
        tokens = sum(draft.tokens for draft in self.drafts)
        return sum(draft.read for draft in self.drafts) / tokens if tokens else None


def lay_out(segments: Sequence[Segment], drafts: Mapping[str, Draft]) -> Page:
    """Put each sentence's draft in its place; a segment without a draft is white space and stays."""
    text: list[str] = []
    flags: list[Flag] = []
    alignment: list[Alignment] = []
    read = written = 0
    for part in segments:
        draft = drafts.get(part.text)
        body = draft.text if draft else part.text
        source, output = (read, read + len(part.text)), (written, written + len(body))
        if draft:
            alignment.append(Alignment(output=output, sources=(source,)))
            flags += [_moved(flag, output=output, source=source) for flag in draft.flags]
        text += (body, part.gap)
        read, written = source[1] + len(part.gap), output[1] + len(part.gap)
    return Page(
        text="".join(text),
        flags=tuple(flags),
        alignment=tuple(alignment),
        drafts=tuple(drafts[part.text] for part in segments if part.text in drafts),
    )


def _moved(flag: Flag, *, output: Span, source: Span) -> Flag:
    """A sentence's flag with spans that count from the start of the texts."""
    return replace(
        flag, output_span=_shift(flag.output_span, output), source_span=_shift(flag.source_span, source)
    )


def _shift(span: Span | None, whole: Span) -> Span:
    return whole if span is None else (whole[0] + span[0], whole[0] + span[1])
