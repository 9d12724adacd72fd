"""Peak memory of a job over N and over ten times as many articles: what a job keeps must not grow with its articles.

    python eval/faults/memory.py ARTICLES.jsonl.gz [--articles 2000] [--do translate --to ar] [--no-memory]

Articles are cut to their first sentence of 40 words at most, so that 22,000 of them are translated, greedy, in about
six minutes on two idle cores. All processes of the job count: the sum of their shares (PSS) at the highest moment, and
the sum of each one's own peak (VmHWM), which counts what they share several times.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kill import family

MEGABYTE = 1 << 20
WORDS = 40


def main() -> None:
    given = parse()
    desk = Path(tempfile.mkdtemp(prefix="memory-"))
    counts = (given.articles, 10 * given.articles)
    sources = [desk / f"short-{count}.jsonl" for count in counts]
    lines = shortened(given.source)
    for source, count in zip(sources, counts, strict=True):  # no article twice: memory would know it
        written = source.write_text("".join(itertools.islice(lines, count)), encoding="utf-8")
        if not written:
            sys.exit(f"{given.source} holds too few articles")
    found = [run(given, source, desk / source.stem) for source in sources]
    for name in ("shared", "own"):
        few, many = (getattr(peak, name) for peak in found)
        told = {"shared": "sum of PSS", "own": "sum of VmHWM"}[name]
        print(f"ten times the articles take {100 * (many / few - 1):+.1f} % memory ({told})")
    shutil.rmtree(desk)


def shortened(source: Path) -> Iterator[str]:
    """Articles cut to their first sentence, as JSON lines, under ids of their own."""
    opened = gzip.open if source.suffix == ".gz" else open
    with opened(source, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            text = " ".join(json.loads(line)["text"].split())
            first = " ".join(re.split(r"(?<=[.!?؟])\s", text, maxsplit=1)[0].split()[:WORDS])
            if len(first.split()) > 3:
                yield json.dumps({"id": f"short-{number}", "text": first}) + "\n"


@dataclass
class Peak:
    """Bytes at the highest moment: of all processes together, and of each by itself."""

    shared: float = 0.0
    processes: dict[int, int] = field(default_factory=dict)

    @property
    def own(self) -> float:
        """All processes' own peaks added up."""
        return float(sum(self.processes.values()))

    def look(self, processes: list[int]) -> None:
        """Ask the system what the processes hold now, and held at most."""
        amounts = {process: told(process, "smaps_rollup", "Pss:") for process in processes}
        self.shared = max(self.shared, sum(amounts.values()))
        for process in processes:
            self.processes[process] = max(
                self.processes.get(process, 0), told(process, "status", "VmHWM:"), amounts[process]
            )


def run(given: argparse.Namespace, source: Path, folder: Path) -> Peak:
    """One job, watched; its figures are printed."""
    command: list[Any] = [sys.executable, "-m", "workbench", "batch", source, "-o", folder]
    command += ["--do", given.do, "--workers", given.workers]
    command += ["--from", given.language, *(["--to", given.to] if given.do == "translate" else [])]
    command += ["--beam", given.beam] if given.do != "read" else []
    command += ["--no-memory"] if given.no_memory else []
    started, peak, ended = time.perf_counter(), Peak(), threading.Event()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def watch() -> None:
        while not ended.wait(0.2):
            peak.look([process.pid, *family(process.pid)])

    thread = threading.Thread(target=watch)
    thread.start()
    _, complaints = process.communicate()
    ended.set()
    thread.join()
    if process.returncode not in (0, 3):
        sys.exit(f"exit code {process.returncode}: {complaints.decode()}")
    done = json.loads((folder / "summary.json").read_text())
    print(
        f"{done['done']} articles, {done['tokens']} tokens: {peak.shared / MEGABYTE:.0f} MB (PSS), "
        f"{peak.own / MEGABYTE:.0f} MB (VmHWM), {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    return peak


def told(process: int, file: str, name: str) -> int:
    """Bytes that the system tells of a process; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("--articles", type=int, default=2000, help="of the smaller job")
    parser.add_argument("--do", default="translate", choices=("read", "translate", "summarise", "brief"))
    parser.add_argument("--from", dest="language", default="en")
    parser.add_argument("--to", default="ar")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-memory", action="store_true", help="jobs without the memory of translations")
    return parser.parse_args()


if __name__ == "__main__":
    main()
