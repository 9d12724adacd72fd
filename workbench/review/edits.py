"""Post-editing: a person's version of each segment beside the model's, which is never overwritten."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein
from sqlalchemy import Connection, Row, func, insert, select

from workbench.errors import InputError, UnknownName
from workbench.records import Article, Output
from workbench.review import tables as t
from workbench.review.shapes import Edit
from workbench.review.store import Store, digest


def keep_document(store: Store, *, owner: str, article: Article, output: Output) -> str:
    """Store an article with a translation, to be edited by its owner; the same again gives the same document."""
    with store.writing() as db:
        mine = (t.documents.c.owner == owner) & (t.documents.c.output == output.to_json())
        known = db.scalar(select(t.documents.c.id).where(mine, t.documents.c.article == article.to_json()))
        if known is not None:
            return str(known)
        row = {
            "id": secrets.token_hex(16),
            "owner": owner,
            "title": article.title,
            "article": article.to_json(),
            "output": output.to_json(),
            "created": store.now(),
        }
        db.execute(insert(t.documents).values(row))
        return str(row["id"])


def documents(store: Store, owner: str) -> list[dict[str, object]]:
    """The owner's documents, the newest first: id, title, model, languages, created, how many segments were edited."""
    edited = func.count(t.edits.c.segment.distinct())
    query = (
        select(t.documents, edited.label("edited"))
        .outerjoin(t.edits, t.edits.c.document == t.documents.c.id)
        .where(t.documents.c.owner == owner)
        .group_by(*t.documents.c)
        .order_by(t.documents.c.created.desc(), t.documents.c.id)
    )
    with store.reading() as db:
        return [_listed(row) for row in db.execute(query)]


def _listed(row: Row[tuple[object, ...]]) -> dict[str, object]:
    article, output = json.loads(str(row.article)), json.loads(str(row.output))
    return {
        "id": row.id,
        "title": row.title,
        "model": output["model"],
        "source": article["language"],
        "target": output["language"],
        "created": row.created,
        "edited": row.edited,
    }


def document(store: Store, number: str, owner: str) -> tuple[Article, Output, dict[int, Edit]]:
    """A document with the latest edit of each of its segments.

    Raises:
        UnknownName: There is none, or it is another person's.
    """
    with store.reading() as db:
        article, output = _document(db, number, owner)
        rows = db.execute(select(t.edits).where(t.edits.c.document == number).order_by(t.edits.c.id))
        return article, output, {row.segment: _edit(row) for row in rows}


def _document(db: Connection, number: str, owner: str) -> tuple[Article, Output]:
    row = db.execute(
        select(t.documents).where(t.documents.c.id == number, t.documents.c.owner == owner)
    ).one_or_none()
    if row is None:
        raise UnknownName("There is no such document of yours.", cure="Choose one of the list.")
    return Article.from_dict(json.loads(row.article)), Output.from_dict(json.loads(row.output))


def _edit(row: Row[tuple[object, ...]]) -> Edit:
    names = (
        "document",
        "segment",
        "annotator",
        "source",
        "machine",
        "text",
        "distance",
        "seconds",
        "at",
    )
    return Edit.from_dict({name: getattr(row, name) for name in names})


def pairs_of(article: Article, output: Output) -> list[tuple[str, str]]:
    """Segments of a translation: source sentence and what the model wrote, in reading order."""
    return [
        (" ".join(article.text[slice(*span)] for span in pair.sources), output.text[slice(*pair.output)])
        for pair in output.alignment
    ]


def keep_edit(
    store: Store, *, document: str, segment: int, annotator: str, text: str, seconds: float | None = None
) -> Edit:
    """Keep a person's version of one segment; earlier versions stay in the store.

    Raises:
        UnknownName: The document is not this person's.
        InputError: There is no such segment, or the text is longer than a segment can be.
    """
    with store.writing() as db:
        pairs = pairs_of(*_document(db, document, annotator))
        if not 0 <= segment < len(pairs):
            raise InputError(f"The document has no segment {segment}.", cure="Reload the page.")
        source, machine = pairs[segment]
        if len(text) > 10 * max(len(source), len(machine), 200):
            raise InputError("This is far longer than the segment.", cure="Shorten it.")
        edit = Edit(
            document=document,
            segment=segment,
            annotator=annotator,
            source=source,
            machine=machine,
            text=text,
            distance=Levenshtein.distance(machine, text),
            seconds=seconds,
            at=store.now(),
        )
        db.execute(insert(t.edits).values(edit.to_dict() | {"shown": digest(source, machine)}))
        return edit


def edited(store: Store, owner: str, numbers: Sequence[str] = ()) -> list[tuple[Edit, str, str]]:
    """The latest edit of every segment of the owner's documents, with the languages from and to.

    Args:
        store: Where they lie.
        owner: Whose.
        numbers: Of documents; all of them if empty.
    """
    chosen = numbers or [str(row["id"]) for row in documents(store, owner)]
    found = []
    for number in chosen:
        article, output, edits = document(store, number, owner)
        found += [(edit, article.language or "und", output.language) for _, edit in sorted(edits.items())]
    return found
