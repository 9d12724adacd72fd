"""One shard: some articles in, one file of records out, whose final name is the only mark of completion."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import EngineError, InputError, OutputError, WorkbenchError
from workbench.jobs import formats
from workbench.records import Article, Flag, Record, Rejection

_PARTICULARS = re.compile(r"""(?<!\w)(?:'[^']*'|"[^"]*"|\d+)(?!\w)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a task made of one article.

    Attributes:
        record: What is written.
        tokens: Tokens of the texts that were generated.
        flags: What a reader should check, of all texts in the record.
    """

    record: Record
    tokens: int = 0
    flags: tuple[Flag, ...] = ()


Work = Callable[[Sequence[Article]], list[Row | Rejection]]
"""A task ready to run: one Row or Rejection for each article, in order; the texts of all share batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Articles that are worked on and written together, always in the same company.

    Attributes:
        number: Names its files.
        items: As they were read; what could not be read is carried through.
    """

    number: int
    items: tuple[Article | Rejection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Record):
    """What became of a shard; kept beside it, so that later runs know what is done without reading the records.

    Attributes:
        number: Of the shard.
        done: Ids of the articles that have a record.
        refused: Ids of the articles that could be read and not worked on.
        unread: Names of what could not be read; see `unread_name`.
        flagged: Records with at least one flag.
        flags: Number of flags by kind.
        reasons: Number of rejections by reason, names and numbers left out.
        tokens: Tokens generated.
        seconds: Time taken, by a clock that is never set.
    """

    number: int
    done: tuple[str, ...]
    refused: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    flagged: int = 0
    flags: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The files of a job.

    Attributes:
        folder: The job's folder.
        format: "jsonl" or "parquet".
        kind: Type of the records.
    """

    folder: Path
    format: str
    kind: type[Record]

    def records(self, number: int) -> Path:
        """Where a finished shard's records lie; the file exists when the shard is complete, never before."""
        return self.folder / "records" / f"shard-{number:05d}{formats.SUFFIXES[self.format]}"

    def rejected(self, number: int) -> Path:
        """Where the shard's rejections lie, if there are any."""
        return self.folder / "rejected" / f"shard-{number:05d}.jsonl"

    def report(self, number: int) -> Path:
        """Where the shard's Report lies."""
        return self.folder / "reports" / f"shard-{number:05d}.json"

    def finals(self, number: int) -> tuple[Path, Path, Path]:
        """All files of a shard in the order of their naming: the records, which make it complete, go last."""
        return self.rejected(number), self.report(number), self.records(number)

    def part(self, final: Path) -> Path:
        """Where a file is written until it is whole; no reader of `records` ever meets it."""
        return self.folder / "open" / f"{final.parent.name}-{final.name}.part"


def unread_name(rejection: Rejection) -> str:
    """What tells one rejection of reading from another; rows of a table may share source and reason."""
    return "\t".join(filter(None, (rejection.source, rejection.reason, rejection.article)))


def write_shard(shard: Shard, work: Work, places: Places) -> tuple[Report, list[Rejection]]:
    """Work on a shard's articles and write the results under provisional names.

    Returns:
        What became of it, and all that was rejected.

    Raises:
        OutputError: The results cannot be written; nothing is left behind.
        WorkbenchError: Every single article failed by no fault of its own.
    """
    started = time.perf_counter()
    articles = [item for item in shard.items if isinstance(item, Article)]
    unread = [item for item in shard.items if isinstance(item, Rejection)]
    made = attempt(articles, work)
    refused = [each for each in made if isinstance(each, Rejection)]
    report = _report(shard.number, articles, made, unread, seconds=time.perf_counter() - started)
    stages = [("reading", each) for each in unread] + [("work", each) for each in refused]
    lines = [json.dumps(each.to_dict() | {"stage": stage}, ensure_ascii=False) for stage, each in stages]
    records = [each.record for each in made if isinstance(each, Row)]
    rejected_file, report_file, records_file = map(places.part, places.finals(shard.number))
    with _whole_or_nothing(rejected_file, report_file, records_file):
        formats.write(records_file, records, kind=places.kind)
        formats.write_lines(rejected_file, lines)
        formats.write_lines(report_file, [report.to_json()])
    return report, [*unread, *refused]


def complete(number: int, places: Places) -> None:
    """Give a written shard its final names.

    Raises:
        OutputError: The folder cannot be written.
    """
    for final in places.finals(number):
        part = places.part(final)
        try:
            if final == places.rejected(number) and not part.stat().st_size:
                # An earlier attempt, killed at this very place, may have left rejections that hold no more.
                final.unlink(missing_ok=True)
                part.unlink()
            else:
                part.replace(final)
        except OSError as fault:
            raise unwritable(final, fault) from fault
    _sync(places.records(number).parent)


def attempt(articles: Sequence[Article], work: Work) -> list[Row | Rejection]:
    """Work on all articles together; where that fails, on halves, until those at fault stand alone.

    Raises:
        WorkbenchError: Several articles were tried and each failed by no fault of its own.
    """
    faults: list[Exception] = []
    made = _halving(articles, work, faults)
    if len(articles) > 1 and len(faults) == len(articles) and not isinstance(faults[0], InputError):
        raise _told(faults[0]) from faults[0]
    return made


def _halving(articles: Sequence[Article], work: Work, faults: list[Exception]) -> list[Row | Rejection]:
    if not articles:
        return []
    try:
        made = work(articles)
    except Exception as fault:  # noqa: BLE001 - the one place where a failed article becomes a Rejection
        if len(articles) == 1:
            faults.append(fault)
            return [reject(articles[0], _told(fault))]
        middle = len(articles) // 2
        first = _halving(articles[:middle], work, faults)
        return first + _halving(articles[middle:], work, faults)
    assert len(made) == len(articles), f"{len(made)} results for {len(articles)} articles"
    return made


def reject(article: Article, fault: WorkbenchError) -> Rejection:
    """The row that stands for an article which cannot be worked on."""
    name = article.url or article.title or article.id
    return Rejection(source=name, reason=fault.problem, cure=fault.cure, article=article.id)


def _told(fault: Exception) -> WorkbenchError:
    if isinstance(fault, WorkbenchError):
        return fault
    return EngineError(
        f"The program failed: {type(fault).__name__}: {fault}",
        cure="This is a mistake of the program: report it, with the article.",
    )


def _report(
    number: int,
    articles: Sequence[Article],
    made: Sequence[Row | Rejection],
    unread: Sequence[Rejection],
    *,
    seconds: float,
) -> Report:
    pairs = list(zip(articles, made, strict=True))
    rows = [each for each in made if isinstance(each, Row)]
    rejected = [*unread, *(each for each in made if isinstance(each, Rejection))]
    return Report(
        number=number,
        done=tuple(article.id for article, each in pairs if isinstance(each, Row)),
        refused=tuple(article.id for article, each in pairs if isinstance(each, Rejection)),
        unread=tuple(map(unread_name, unread)),
        flagged=sum(bool(row.flags) for row in rows),
        flags=_counts(flag.kind for row in rows for flag in row.flags),
        reasons=_counts(_kind(each.reason) for each in rejected),
        tokens=sum(row.tokens for row in rows),
        seconds=round(seconds, 3),
    )


def _kind(reason: str) -> str:
    """A reason without what differs from article to article: names in quotes, numbers."""
    return _PARTICULARS.sub("…", reason)


def _counts(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


@contextlib.contextmanager
def _whole_or_nothing(*parts: Path) -> Iterator[None]:
    """Take half-written files away when writing fails, and tell the failure with its cure."""
    try:
        yield
    except BaseException as fault:
        for part in parts:
            # Where the folder is gone or read-only too, the first fault is the one to tell.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise unwritable(parts[-1], fault) from fault
        raise


def unwritable(path: Path, fault: OSError) -> OutputError:
    """The error for a file of a job that cannot be written."""
    full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
    space = "Free some space and run the same command again: it goes on where it stopped."
    return OutputError(
        f"{path} cannot be written: {fault.strerror or fault}.",
        cure=space if full else "Choose a folder that exists and that you may write to, with -o.",
    )


def _sync(folder: Path) -> None:
    """A new name outlives a power cut only when its folder is on the disk too; not every system can be asked."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
