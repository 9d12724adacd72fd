"""A task without models, and articles for it: texts that ask for trouble get it."""

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.engines.base import UNTUNED, Tuning
from workbench.errors import EngineError, InputError
from workbench.jobs.run import Job, run
from workbench.jobs.shards import Row, Work
from workbench.jobs.tasks import Needs
from workbench.records import Article, Flag, Output, Record, Rejection


@dataclass(frozen=True, kw_only=True)
class Shout:
    """Writes texts in capitals, and in `decoding` in whose company: the same shard must keep the same company.

    A text may hold "broken" (the program fails), "foreign" (the article's own fault), "deadly" (the process dies) or
    "once PATH" (it dies the first time), "orphan PATH" (the process that started it dies the first time), "slow" (it
    takes a second).
    """

    light: bool = False
    fails: bool = False
    name: str = "shout"
    tunable: bool = False
    tuning: Tuning = UNTUNED
    remembers: bool = True

    @property
    def kind(self) -> type[Record]:
        return Output

    def needs(self) -> Needs:
        return Needs()

    def tuned(self, tuning: Tuning) -> "Shout":
        return replace(self, tuning=tuning)

    def afresh(self) -> "Shout":
        return replace(self, remembers=False)

    def facts(self) -> Mapping[str, Any]:
        return {"do": self.name}

    def open(self) -> Work:
        if self.fails:
            raise EngineError("The model cannot be loaded.", cure="Choose another.")
        return _shout


def _shout(articles: Sequence[Article]) -> list[Row | Rejection]:
    for article in articles:
        _trouble(article.text)
    company = " ".join(article.id for article in articles)
    return [_row(article, company) for article in articles]


def _row(article: Article, company: str) -> Row:
    flags = (Flag(kind="number", message="Check it."),) if "7" in article.text else ()
    output = Output(
        article=article.id,
        task="shout",
        text=article.text.upper(),
        language="en",
        model="shout",
        decoding=company,
        flags=flags,
        seconds=time.perf_counter(),
    )
    return Row(record=output, tokens=len(article.text.split()), flags=flags)


def _trouble(text: str) -> None:
    if "slow" in text:
        time.sleep(1)
    if "broken" in text:
        raise RuntimeError("it broke")
    if "foreign" in text:
        raise InputError("It is in no language.", cure="Name one.")
    if "deadly" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    for word, process in (("once ", os.getpid()), ("orphan ", os.getppid())):
        if word in text:
            mark = Path(text.partition(word)[2].split()[0])
            if not mark.exists():
                mark.touch()
                os.kill(process, signal.SIGKILL)
                time.sleep(60)


def write_articles(path: Path, texts: Sequence[str], *, start: int = 0, mode: str = "w") -> Path:
    """A table of articles a0, a1, ... in English."""
    with path.open(mode, encoding="utf-8") as sink:
        for number, text in enumerate(texts, start=start):
            row = {"id": f"a{number}", "title": f"Title {number}", "language": "en", "text": text}
            print(json.dumps(row), file=sink)
    return path


def plain(count: int) -> list[str]:
    return [f"Talks of day {number} went on for hours in the old capital." for number in range(count)]


def job(folder: Path, source: Path, **more) -> Job:
    return Job(**{"sources": (source,), "folder": folder, "shard": 4, "workers": 0} | more)


def make(folder: Path, source: Path, *, task=None, watch=None, stop=None, **more):
    return run(job(folder, source, **more), task or Shout(), watch=watch, stop=stop)


def rows(folder: Path, kind: str = "records") -> list[dict[str, Any]]:
    """All rows of a job, shard by shard."""
    files = sorted((folder / kind).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def ids(folder: Path) -> list[str]:
    return [row["article"] for row in rows(folder)]


def without_seconds(folder: Path) -> list[dict[str, Any]]:
    return [row | {"seconds": None} for row in rows(folder)]


def shard_names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "records").iterdir())
