"""Peak memory of a job over N and over ten times as many articles: what a job keeps must not grow with its articles.

    python eval/faults/memory.py ARTICLES.jsonl.gz [--articles 2000] [--do read]

Children count too. Translating that many articles takes hours; `--options --do brief --model NAME` may name a
model of your own that is quick, such as one with the engine echo.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from kill import family

MEGABYTE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=["--do", "read"])
    arguments = parser.parse_args()
    desk = Path(tempfile.mkdtemp(prefix="memory-"))
    peaks = {}
    for count in (arguments.articles, 10 * arguments.articles):
        options = ["--limit", str(count), "-o", str(desk / str(count)), *arguments.options]
        peaks[count], seconds = peak(
            [sys.executable, "-m", "workbench", "batch", str(arguments.source), *options]
        )
        done = json.loads((desk / str(count) / "summary.json").read_text())["done"]
        print(f"{done} articles: {peaks[count]:.0f} MB at most, {seconds:.0f} s", flush=True)
    few, many = peaks.values()
    print(f"ten times the articles take {100 * (many / few - 1):+.1f} % memory")
    shutil.rmtree(desk)


def peak(command: list[str]) -> tuple[float, float]:
    """Most memory that a command and its processes held at once, in megabytes, and its seconds."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    highest, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not ended.wait(0.1):
            highest = max(highest, sum(map(resident, [process.pid, *family(process.pid)])))

    thread = threading.Thread(target=watch)
    thread.start()
    code = process.wait()
    ended.set()
    thread.join()
    if code not in (0, 3):
        sys.exit(f"{' '.join(command)} ended with exit code {code}")
    return highest / MEGABYTE, time.perf_counter() - started


def resident(process: int) -> int:
    """Bytes of memory that a process holds by itself or shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
