"""Which model made a brief, what it read, and how good it is expected to be."""

from __future__ import annotations

from workbench.brief.view import View
from workbench.records import Output


def provenance(shown: View, *, quality: str = "") -> list[tuple[str, str]]:
    """Labels and values, in the reader's language; what is not known is left out.

    Args:
        shown: The brief.
        quality: One line on how good the model measured; empty where there is none.
    """
    words = shown.words
    translation, summary = shown.brief.translation, shown.brief.summaries[shown.own]
    facts = [
        (words["model"], translation.model),
        (words["revision"], translation.revision or words["unpinned"]),
        (words["decoding"], translation.decoding),
        (words["summariser"], f"{summary.model}: {summary.decoding}".rstrip(": ")),
        (words["coverage"], _coverage(translation, words["of_article"])),
        (words["confidence"], _confidence(translation, words["scale"])),
        (words["seconds"], _seconds(shown)),
        (words["measured"], quality),
    ]
    return [(label, value) for label, value in facts if value]


def _coverage(output: Output, of_article: str) -> str:
    if output.coverage is None:
        return ""
    # 99.96% is not all of it.
    share = min(100 * output.coverage, 99.9) if output.coverage < 1 else 100
    return f"{share:.3g}% {of_article}"


def _confidence(output: Output, scale: str) -> str:
    return f"{100 * output.confidence:.0f} {scale}" if output.confidence is not None else ""


def _seconds(shown: View) -> str:
    # The other language's summary counts the time of the summary it translates.
    outputs = (shown.brief.title, shown.brief.summaries[shown.reader], shown.brief.translation)
    known = [output.seconds for output in outputs if output and output.seconds is not None]
    return f"{sum(known):.1f} s" if known else ""
