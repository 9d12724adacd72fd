"""What a job is: the facts that decide its records, the folder they go to, and what of it is done."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.engines.base import UNTUNED, Tuning
from workbench.errors import OutputError
from workbench.jobs.card import card
from workbench.jobs.shards import Places, Report, unread_name, unwritable
from workbench.records import Article, Record, Rejection
from workbench.sources.seen import Seen

PLAN = "plan.json"
_FOLDERS = ("records", "rejected", "reports", "open")
CARD = "README.md"
_REASON = "reason\t"
_MOST = 1000
"""Figures that are told apart: a reason may name its article, and there may be a million of them."""
_OWN = {*_FOLDERS, PLAN, CARD, "summary.json", "summary.html", ".lock"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Record):
    """What is written into a job's folder before its first shard.

    Attributes:
        fingerprint: Of `facts`.
        facts: Everything that decides which records come out: sources and how they are read, the task with its
            models, decoding and glossary, the shape of the shards, and the version of this program.
        created: When the job began, for people alone; no decision hangs on a clock.
        workers: Processes chosen when it began, so that a run which goes on batches as the first did; None where
            the user named them.
        threads: Of each engine's workers, chosen with them; 0 is the engine's own choice.
        batch_tokens: Of the engines' batches, chosen with them; None is the engine's own choice.
    """

    fingerprint: str
    facts: Mapping[str, Any]
    created: str
    workers: int | None = None
    threads: int = 0
    batch_tokens: int | None = None

    @property
    def tuning(self) -> Tuning:
        """How engines use the machine."""
        return Tuning(threads=self.threads, batch_tokens=self.batch_tokens)


@dataclass(frozen=True, slots=True)
class Done:
    """What earlier runs finished.

    Attributes:
        shards: Numbers that are taken.
        names: Of the articles, and of what could not be read.
        total: All reports added up, their ids left out.
    """

    shards: set[int] = field(default_factory=set)
    names: Seen = field(default_factory=Seen)
    total: Counter[str] = field(default_factory=Counter)

    def holds(self, item: Article | Rejection) -> bool:
        """Whether the item needs no more work."""
        return (item.id if isinstance(item, Article) else "\t" + unread_name(item)) in self.names

    def learn(self, report: Report) -> None:
        """Count a shard that an earlier run finished, and remember what is in it."""
        self.shards.add(report.number)
        add_up(self.total, tally(report))
        for name in (*report.done, *report.refused, *("\t" + name for name in report.unread)):
            self.names.add(name)


def add_up(total: Counter[str], figures: Counter[str]) -> None:
    """Add the figures of a shard; reasons beyond the first thousand are counted together."""
    for name, count in figures.items():
        known = name in total or len(total) < _MOST or not name.startswith(_REASON)
        total[name if known else _REASON + "other reasons"] += count


def tally(report: Report) -> Counter[str]:
    """The figures of a report under flat names, which add up."""
    return Counter(
        {
            "shards": 1,
            "done": len(report.done),
            "rejected": len(report.refused) + len(report.unread),
            "flagged": report.flagged,
            "tokens": report.tokens,
            "milliseconds": round(1000 * report.seconds),
        }
        | {f"flag\t{kind}": count for kind, count in report.flags.items()}
        | {f"{_REASON}{reason}": count for reason, count in report.reasons.items()}
    )


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits that change when any fact does."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the job's folder where it is missing, and keep other runs out of it.

    Raises:
        OutputError: It cannot be made or written, holds something else, or another run is at work in it.
    """
    from filelock import FileLock, Timeout

    _require_own(folder)
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as fault:
        raise OutputError(
            f"Another run is at work on {folder}.",
            cure="Let it finish or stop it, or choose another folder with -o.",
        ) from fault
    except OSError as fault:
        raise unwritable(folder, fault) from fault
    try:
        yield
    finally:
        lock.release()


def _require_own(folder: Path) -> None:
    """Refuse a folder in which something else lies: nothing of it would be safe from `--restart`."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file.", cure="Give -o the name of a folder.")
    try:
        present = {path.name for path in folder.iterdir()}
    except OSError as fault:
        raise unwritable(folder, fault) from fault
    # A README alone may be anybody's.
    strange = sorted(present - _OWN) or sorted(present & {CARD})
    if strange and PLAN not in present:
        raise OutputError(
            f"{folder} holds something else than a job: {', '.join(strange[:3])}.",
            cure="Give -o a new or empty folder.",
        )


def begin(places: Places, facts: Mapping[str, Any], *, restart: bool) -> Plan:
    """The folder's plan, or a new one; what a killed run left half-written is taken away.

    Args:
        places: Of the job, whose folder is held.
        facts: Of this run.
        restart: Throw away everything that earlier runs made.

    Raises:
        OutputError: The folder holds another plan's records, or cannot be written.
    """
    folder = places.folder
    mine = json.loads(json.dumps(facts))
    try:
        if restart:
            clear(folder)
        for name in _FOLDERS:
            (folder / name).mkdir(exist_ok=True)
        for left in (folder / "open").iterdir():
            left.unlink() if left.is_file() else shutil.rmtree(left)
        found = _read(folder / PLAN)
        if found is None:
            found = Plan(
                fingerprint=fingerprint(mine),
                facts=mine,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            languages = {"ar", "en", *filter(None, [mine.get("task", {}).get("to")])}
            text = card(places.kind, form=places.format, languages=languages)
            (folder / CARD).write_text(text, encoding="utf-8")
            keep(places, found)
    except OSError as fault:
        raise unwritable(folder, fault) from fault
    if found.fingerprint != fingerprint(mine):
        raise OutputError(
            f"{folder} was made another way: {_differences(found.facts, mine)}.",
            cure="Choose another folder with -o, or throw away what is there with --restart.",
        )
    return found


def keep(places: Places, plan: Plan) -> None:
    """Write the plan, whole or not at all.

    Raises:
        OSError: The folder cannot be written.
    """
    part = places.folder / "open" / "plan.part"
    part.write_text(json.dumps(plan.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(places.folder / PLAN)


def with_workers(places: Places, plan: Plan, workers: int, tuning: Tuning = UNTUNED) -> Plan:
    """Remember how many processes the job began with, and how their engines use the machine.

    Raises:
        OutputError: The folder cannot be written.
    """
    chosen = replace(plan, workers=workers, threads=tuning.threads, batch_tokens=tuning.batch_tokens)
    try:
        keep(places, chosen)
    except OSError as fault:
        raise unwritable(places.folder / PLAN, fault) from fault
    return chosen


def clear(folder: Path) -> None:
    """Take away what jobs make; the plan goes last, so that what is left by a crash is still known for a job's."""
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (CARD, "summary.json", "summary.html", PLAN):
        (folder / name).unlink(missing_ok=True)


def forget_rejections(places: Places) -> None:
    """Make everything that was rejected count as missing, so that it is tried again.

    Raises:
        OutputError: The folder cannot be written.
    """
    try:
        for path in sorted((places.folder / "reports").glob("shard-*.json")):
            report = _report(path)
            if report.refused or report.unread:
                part = places.part(path)
                part.write_text(
                    replace(report, refused=(), unread=(), reasons={}).to_json() + "\n", encoding="utf-8"
                )
                part.replace(path)
            places.rejected(report.number).unlink(missing_ok=True)
    except OSError as fault:
        raise unwritable(places.folder, fault) from fault


def finished(places: Places) -> Done:
    """What earlier runs finished: the shards whose records have their final name.

    Raises:
        OutputError: A shard's report is missing or broken.
    """
    done = Done()
    for path in sorted((places.folder / "records").iterdir()):
        number = path.name.removeprefix("shard-").removesuffix("".join(path.suffixes))
        if number.isdigit():
            done.learn(_report(places.report(int(number))))
    return done


def _report(path: Path) -> Report:
    try:
        return Report.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as fault:
        raise OutputError(
            f"{path}, which tells what its shard holds, is missing or broken.",
            cure="Delete the shard of that number in records as well, and its articles are made again.",
        ) from fault


def _read(path: Path) -> Plan | None:
    if not path.exists():
        return None
    try:
        return Plan.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as fault:
        raise OutputError(
            f"{path} is no plan of a job.",
            cure="Give -o a new or empty folder, or start over with --restart.",
        ) from fault


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What changed, such as "task.beam was 4, is 1"."""
    before, after = dict(_flat(then)), dict(_flat(now))
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return "; ".join(
        f"{name} was {_short(before.get(name))}, is {_short(after.get(name))}" for name in changed
    )


def _flat(facts: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    if not isinstance(facts, Mapping):
        return [(name, facts)]
    return [pair for key, value in facts.items() for pair in _flat(value, f"{name}.{key}" if name else key)]


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 120 else text[:117] + "..."
