"""The memory: what was made of a text under given conditions, and what people made of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from workbench.config import user_folder
from workbench.memory.database import LIMIT, Database
from workbench.records import Record

_HOUR = 3600.0
_AT_ONCE = 500
_UNFOLDED, _NEAR = 20, 100
"""Likeness that diacritics and letter variants may cost, and texts that are looked at again without them."""
_COLUMNS = (
    "task, source, target, text, form, model, revision, decoding, glossary, output, data, human, author, made"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key(Record):
    """A text, and everything that decides what is made of it.

    Attributes:
        text: The source text, whole: a sentence, or an article.
        task: "translate" or "summarise".
        source: Language of the text, BCP 47.
        target: Language of what is made of it.
        form: What else was asked for, such as "sentences=3"; edits by people hold for one form.
        model: Name of the model's card.
        revision: Revision of the weights; empty where unpinned.
        decoding: How it was decoded.
        glossary: The terms that the translation had to keep; empty where there were none.
    """

    text: str
    task: str = "translate"
    source: str
    target: str
    form: str = ""
    model: str = ""
    revision: str = ""
    decoding: str = ""
    glossary: str = ""

    def edited(self) -> Key:
        """The key of what people made of the text, whatever the model."""
        return Key(
            text=self.text,
            task=self.task,
            source=_primary(self.source),
            target=_primary(self.target),
            form=self.form,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """What was made of a text.

    Attributes:
        output: The translation or summary.
        data: What the maker needs besides, as JSON; empty for what people wrote.
        human: Whether a person wrote or corrected it.
        author: Who, where known.
        made: When, in seconds since 1970; None before it is kept.
    """

    output: str
    data: str = ""
    human: bool = False
    author: str = ""
    made: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Record):
    """A text like the one asked for.

    Attributes:
        score: Likeness, 0 to 100.
        key: The text that was found, and its conditions.
        entry: What was made of it.
    """

    score: float
    key: Key
    entry: Entry


def default_path() -> Path:
    """The memory of this user."""
    return user_folder("data") / "memory.sqlite"


class Memory:
    """Translations and summaries remembered in one SQLite file, shared by threads and processes.

    Open it with `Memory.open`; it may be pickled and survives forks.
    """

    def __init__(self, database: Database, *, limit: int, clock: Callable[[], float]) -> None:
        self._database = database
        self._limit = limit
        self._clock = clock

    @classmethod
    def open(
        cls, path: Path | None = None, *, limit: int = LIMIT, clock: Callable[[], float] = time.time
    ) -> Memory:
        """The memory in a file, made where there is none.

        Args:
            path: The file; None is the user's own.
            limit: Bytes that it may take; what was used least recently goes first, edits by people never.
            clock: Tells the seconds since 1970.

        Raises:
            SourceError: The file is no memory, is damaged, or comes from a newer version.
            OutputError: It cannot be opened for writing.
        """
        return cls(Database(path or default_path(), limit=limit), limit=limit, clock=clock)

    def __reduce__(self) -> tuple[object, ...]:
        return (_reopen, (self.path, self._limit))

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def get(self, key: Key) -> Entry | None:
        """What a person made of the text, else what was made under exactly these conditions; None where nothing was.

        Raises:
            SourceError: The file is damaged.
            OutputError: It stays locked.
        """
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Entry]:
        """As `get`, for many keys in few queries; keys of which nothing is known are left out.

        Raises:
            SourceError: The file is damaged.
            OutputError: It stays locked.
        """
        wanted = {key: (_digest(key.edited(), human=True), _digest(key, human=False)) for key in keys}
        rows = self._rows([digest for pair in wanted.values() for digest in pair])
        self._touch(rows)
        found = {}
        for key, pair in wanted.items():
            row = next((rows[digest] for digest in pair if digest in rows), None)
            if row:
                found[key] = row[0]
        return found

    def put(self, key: Key, entry: Entry) -> None:
        """Remember what was made of a text; what people wrote is never overwritten by it.

        Raises:
            SourceError: The file is damaged.
            OutputError: It cannot be written.
        """
        self.put_many({key: entry})

    def put_many(self, entries: Mapping[Key, Entry]) -> None:
        """As `put`, all or none of them.

        Raises:
            SourceError: The file is damaged.
            OutputError: It cannot be written.
        """
        self._database.write(
            "insert or replace into entries (key, letters, used, "
            + _COLUMNS
            + ") values ("
            + "?, " * 16
            + "?)",
            [self._row(key, entry) for key, entry in entries.items() if _is_text(key.text + entry.output)],
        )
        self._database.shrink()

    def edit(
        self,
        text: str,
        output: str,
        *,
        source: str,
        target: str,
        task: str = "translate",
        form: str = "",
        author: str = "",
    ) -> None:
        """Remember what a person made of a text: from now on it is given whatever the model, decoding or glossary.

        Args:
            text: The source text, whole: a sentence as it was segmented, or an article.
            output: The person's translation or summary.
            source: Language of the text, BCP 47.
            target: Language of the output.
            task: "translate" or "summarise".
            form: For summaries, the length asked for, as `Length.describe` tells it.
            author: Who, where known.

        Raises:
            SourceError: The file is damaged.
            OutputError: It cannot be written.
        """
        key = Key(text=text, task=task, source=source, target=target, form=form).edited()
        self.put(key, Entry(output=output, human=True, author=author))

    def fuzzy(
        self, text: str, *, source: str, target: str, least: float = 70, most: int = 5
    ) -> tuple[Match, ...]:
        """Translations of texts like this one, likest first, people's before machines': offered, never used by itself.

        Args:
            text: A sentence.
            source: Its language.
            target: Language of the translations.
            least: Lowest likeness, 0 to 100.
            most: How many.

        Raises:
            SourceError: The file is damaged.
            OutputError: It stays locked.
        """
        from rapidfuzz import fuzz, process

        from workbench.text.arabic import matching

        share = max(least, 1) / 100
        # Texts of very other lengths cannot be that like.
        shortest, longest = int(len(text) * share / (2 - share)), int(len(text) * (2 - share) / share) + 1
        rows = self._database.read(
            "select rowid, text from entries where task = 'translate' and source in (?, ?) and target in (?, ?)"
            " and letters between ? and ?",
            (source, _primary(source), target, _primary(target), shortest, longest),
        )
        # Folding every candidate would take longer than comparing them: those that are like enough unfolded are.
        texts = {row[0]: str(row[1]) for row in rows}
        near = process.extract(
            matching(text), texts, scorer=fuzz.ratio, score_cutoff=least - _UNFOLDED, limit=_NEAR
        )
        scored = [(place, fuzz.ratio(matching(text), matching(like))) for like, _, place in near]
        matches = [self._match(int(str(place)), score) for place, score in scored if score >= least]
        matches.sort(key=lambda match: (-match.score, not match.entry.human))
        return tuple(matches[:most])

    def _match(self, place: int, score: float) -> Match:
        (row,) = self._database.read(f"select {_COLUMNS} from entries where rowid = ?", (place,))  # noqa: S608
        key, entry = _entry(row)
        return Match(score=round(score, 1), key=key, entry=entry)

    def entries(self, *, human: bool | None = None, task: str | None = None) -> Iterator[tuple[Key, Entry]]:
        """Everything remembered, in the order of its making.

        Args:
            human: Only what people wrote (True) or machines (False); None is both.
            task: Only this task.
        """
        last = -1
        while rows := self._database.read(
            f"select rowid, {_COLUMNS} from entries where rowid > ? and (? is null or human = ?)"  # noqa: S608
            " and (? is null or task = ?) order by rowid limit ?",
            (last, human, human, task, task, _AT_ONCE),
        ):
            yield from (_entry(row[1:]) for row in rows)
            last = int(str(rows[-1][0]))

    def counts(self) -> dict[tuple[str, str, str, bool], int]:
        """How many entries there are by task, languages and whether people wrote them."""
        rows = self._database.read(
            "select task, source, target, human, count(*) from entries group by 1, 2, 3, 4 order by 1, 2, 3, 4"
        )
        return {
            (str(task), str(source), str(target), bool(human)): int(str(count))
            for task, source, target, human, count in rows
        }

    def export_tmx(self, path: Path, *, human: bool | None = None) -> int:
        """Write translations as TMX; how many is returned.

        Raises:
            OutputError: The file cannot be written.
        """
        from workbench.memory import tmx

        return tmx.write(path, self.entries(human=human, task="translate"))

    def import_tmx(self, path: Path, *, author: str = "") -> int:
        """Take in translations from a TMX file, as people's unless it says that a machine made them; how many.

        Raises:
            SourceError: The file cannot be read or is broken; nothing is taken in.
            OutputError: The memory cannot be written.
        """
        from workbench.memory import tmx

        units = dict(tmx.read(path, author=author))
        self.put_many(units)
        return len(units)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _rows(self, digests: Sequence[bytes]) -> dict[bytes, tuple[Entry, float]]:
        found = {}
        for start in range(0, len(digests), _AT_ONCE):
            some = digests[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            query = f"select key, used, {_COLUMNS} from entries where key in ({marks})"  # noqa: S608
            for row in self._database.read(query, some):
                digest, used = row[:2]
                assert isinstance(digest, bytes)
                assert isinstance(used, float)
                found[digest] = (_entry(row[2:])[1], used)
        return found

    def _touch(self, rows: Mapping[bytes, tuple[Entry, float]]) -> None:
        """Note the use, to the hour: a second run need not write."""
        now = self._clock()
        stale = [(now, digest) for digest, (_, used) in rows.items() if now - used > _HOUR]
        self._database.write("update entries set used = ? where key = ?", stale)

    def _row(self, key: Key, entry: Entry) -> tuple[object, ...]:
        now = self._clock()
        made = now if entry.made is None else entry.made
        text, task, source, target, *rest = astuple(key)
        front = (_digest(key, human=entry.human), len(text), now, task, source, target, text, *rest)
        return (*front, entry.output, entry.data, int(entry.human), entry.author, made)


def _reopen(path: Path, limit: int) -> Memory:
    return Memory.open(path, limit=limit)


def _is_text(text: str) -> bool:
    """Half a surrogate pair, as broken JSON leaves it, cannot be stored."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _digest(key: Key, *, human: bool) -> bytes:
    whole = "\0".join((*astuple(key), str(human)))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()[:20]


def _entry(row: Sequence[object]) -> tuple[Key, Entry]:
    (
        task,
        source,
        target,
        text,
        form,
        model,
        revision,
        decoding,
        glossary,
        output,
        data,
        human,
        author,
        made,
    ) = row
    assert isinstance(made, float)
    key = Key(
        text=str(text),
        task=str(task),
        source=str(source),
        target=str(target),
        form=str(form),
        model=str(model),
        revision=str(revision),
        decoding=str(decoding),
        glossary=str(glossary),
    )
    return key, Entry(output=str(output), data=str(data), human=bool(human), author=str(author), made=made)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()
