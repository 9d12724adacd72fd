"""A translation as a file: text, Word, a page, TMX, XLIFF, JSON lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.brief import to_page
from workbench.brief.marking import direction, visible
from workbench.errors import InputError
from workbench.records import Brief, Output
from workbench.review.edits import pairs_of
from workbench.review.exchange import as_json_lines, as_tmx, as_xliff
from workbench.views.work import Column, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    job: Job
    output: Output
    column: Column
    words: Mapping[str, str]


def made(
    form: str, *, job: Job, output: Output, column: Column, words: Mapping[str, str]
) -> tuple[str, str, bytes]:
    """Name, media type and content of a download.

    Raises:
        InputError: There is no such format, or it needs a summary and there is none.
    """
    if form not in _FORMATS:
        raise InputError(f"There is no format {form!r}.", cure=f"Choose {', '.join(_FORMATS)}.")
    kind, make = _FORMATS[form]
    name = f"{job.article.id}.{job.to}.{form}"
    return name, kind, make(_Made(job=job, output=output, column=column, words=words))


def _brief(it: _Made) -> Brief:
    own = it.job.article.language or "und"
    summary = it.job.summary
    if summary is None:
        problem = next((each.problem for each in it.job.digests if each.problem), "")
        raise InputError(
            f"A page needs a summary, and there is none. {problem}".rstrip(),
            cure="Choose another summariser and read the article again, or download TXT or DOCX.",
        )
    return Brief(
        article=it.job.article,
        title=it.column.title,
        summaries={own: summary, it.job.to: it.column.summary or summary},
        translation=it.output,
    )


def _text(it: _Made) -> bytes:
    parts = (it.column.title, it.column.summary, it.output)
    return ("\n\n".join(part.text for part in parts if part and part.text) + "\n").encode("utf-8", "replace")


def _docx(it: _Made) -> bytes:
    import docx

    document = docx.Document()
    if it.column.title:
        _add(document.add_heading(level=1), it.column.title.text, it.job.to)
    if it.column.summary:
        _add(document.add_paragraph(style="Intense Quote"), it.column.summary.text, it.job.to)
    for paragraph in it.output.text.split("\n\n"):
        _add(document.add_paragraph(), paragraph, it.job.to)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def _add(paragraph: Any, text: str, language: str) -> None:
    """Text with its direction: Word wants it said of the paragraph and of the run."""
    from docx.oxml import OxmlElement

    run = paragraph.add_run(visible(text))
    if direction(language) == "rtl":
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))


def _pairs(it: _Made) -> list[tuple[str, str]]:
    return pairs_of(it.job.article, it.output)


def _source(it: _Made) -> str:
    return it.job.article.language or "und"


def _segments(it: _Made) -> bytes:
    shared = {"source_language": _source(it), "target_language": it.job.to, "model": it.output.model}
    rows = [{"source": ours, "target": theirs} | shared for ours, theirs in _pairs(it)]
    return as_json_lines(rows).encode("utf-8", "replace")


_FORMATS: Mapping[str, tuple[str, Callable[[_Made], bytes]]] = {
    "txt": ("text/plain;charset=utf-8", _text),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
    "html": ("text/html;charset=utf-8", lambda it: to_page([_brief(it)]).encode("utf-8", "replace")),
    "tmx": ("application/xml", lambda it: as_tmx(_pairs(it), source=_source(it), target=it.job.to)),
    "xliff": ("application/xml", lambda it: as_xliff(_pairs(it), source=_source(it), target=it.job.to)),
    "jsonl": ("application/jsonl", _segments),
    "json": (
        "application/json",
        lambda it: json.dumps(_brief(it).to_dict(), ensure_ascii=False).encode("utf-8", "replace"),
    ),
}
