"""The editing view: segments of a translation, kept as they are changed, the model's words beside them."""

from __future__ import annotations

import base64
import json
import logging
from collections import deque
from typing import Any

from workbench.errors import InputError, WorkbenchError
from workbench.review.edits import document, documents, edited, keep_edit, pairs_of
from workbench.review.exchange import as_json_lines, as_tmx, as_xliff, pairs_in, writable
from workbench.review.shapes import Edit as Kept
from workbench.views import markup
from workbench.views.desk import Data, Desk
from workbench.views.words import words

log = logging.getLogger(__name__)


class Edit:
    """What the editing view can be asked for."""

    def __init__(self, desk: Desk, *, language: str) -> None:
        self._desk, self._words = desk, words(language)

    def documents(self, person: str, _data: Data) -> dict[str, Any]:
        """This person's translations."""
        rows = documents(self._desk.store, person)
        return {"documents": [row | {"title": row["title"] or self._words["untitled"]} for row in rows]}

    def document(self, person: str, data: Data) -> dict[str, Any]:
        """One of them, by segments."""
        number = str(data.get("document"))
        article, output, edits = document(self._desk.store, number, person)
        own = article.language or "und"
        return {
            "document": number,
            "title": markup.inline(article.title or self._words["untitled"]),
            "model": output.model,
            "target": output.language,
            "segments": [
                {
                    "number": at,
                    "source": markup.plain(source, language=own),
                    "machine": machine,
                    "text": edits[at].text if at in edits else machine,
                    "distance": edits[at].distance if at in edits else 0,
                }
                for at, (source, machine) in enumerate(pairs_of(article, output))
                if source.strip()
            ],
        }

    def keep(self, person: str, data: Data) -> dict[str, Any]:
        """Keep `text` for `segment` of `document`."""
        seconds = data.get("seconds")
        edit = keep_edit(
            self._desk.store,
            document=str(data.get("document")),
            segment=int(data.get("segment", -1)),
            annotator=person,
            text=str(data.get("text") or ""),
            seconds=float(seconds) if isinstance(seconds, int | float) and seconds >= 0 else None,
        )
        self._remember(edit, person)
        machine, text = markup.differing(edit.machine, edit.text)
        return {"distance": edit.distance, "machine": machine, "text": text}

    def _remember(self, edit: Kept, person: str) -> None:
        """Give the edit to the memory of translations, under the sentence as it was segmented."""
        if self._desk.memory is None or not edit.text.strip():
            return
        article, output, _ = document(self._desk.store, edit.document, person)
        try:
            self._desk.memory.edit(
                edit.source,
                edit.text,
                source=article.language or "und",
                target=output.language,
                author=person,
            )
        except WorkbenchError as fault:  # the edit is in the store: only translations to come lack it
            log.warning("An edit is not remembered: %s", fault)

    def bring(self, person: str, data: Data) -> dict[str, Any]:
        """Take `file` (TMX, XLIFF or JSON lines) back into `document`: segments are found by their source."""
        path = self._desk.upload(data.get("file"))
        try:
            given = pairs_in(path)
        finally:
            self._desk.discard(path)
        number = str(data.get("document"))
        article, output, edits = document(self._desk.store, number, person)
        texts: dict[str, deque[str]] = {}
        for source, text in given:
            texts.setdefault(writable(source).strip(), deque()).append(text)
        changed = 0
        for at, (source, machine) in enumerate(pairs_of(article, output)):
            waiting = texts.get(writable(source).strip())
            if not waiting:
                continue
            # A sentence that stands twice may be translated in two ways, in order; the last serves for all others.
            text = waiting.popleft() if len(waiting) > 1 else waiting[0]
            if text != (edits[at].text if at in edits else machine):
                self.keep(person, {"document": number, "segment": at, "text": text})
                changed += 1
        return {"changed": changed}

    def export(self, person: str, data: Data) -> dict[str, Any]:
        """Edited segments of `document`, or of all, as `format`: tmx, xliff or jsonl."""
        chosen = [str(data["document"])] if data.get("document") else []
        rows = edited(self._desk.store, person, chosen)
        form = str(data.get("format"))
        if not rows:
            raise InputError("Nothing was edited yet.", cure="Change a segment first.")
        made = _exported(form, rows)
        return {
            "name": f"edits.{form}",
            "type": "application/octet-stream",
            "base64": base64.b64encode(made).decode(),
        }


def _exported(form: str, rows: list[tuple[Kept, str, str]]) -> bytes:
    pairs = [(edit.source, edit.text) for edit, _, _ in rows]
    source, target = rows[0][1:]
    if form == "tmx":
        return as_tmx(pairs, source=source, target=target)
    if form == "xliff":
        return as_xliff(pairs, source=source, target=target)
    if form == "jsonl":
        facts = (
            edit.to_dict() | {"source_language": ours, "target_language": theirs}
            for edit, ours, theirs in rows
        )
        return as_json_lines(facts).encode("utf-8", "replace")
    raise InputError(f"There is no format {json.dumps(form)}.", cure="Choose tmx, xliff or jsonl.")
