"""Kills a job with SIGKILL at random moments, lets it go on, and compares its records with an undisturbed run's.

    python eval/faults/kill.py ARTICLES.jsonl.gz [--articles 500] [--kills 30] [--do translate] [--to en] [--beam 1]

After every kill each finished shard must be whole and no id may occur twice; at the end every id occurs exactly once,
and every record equals the undisturbed run's but for its seconds. A job that is complete before all kills are spent
begins again in a new folder. Jobs run with --no-memory: each shard is then independent of those before it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> None:
    arguments = parse()
    chance = random.Random(arguments.seed)  # noqa: S311 - moments, not secrets
    desk = arguments.folder or Path(tempfile.mkdtemp(prefix="kill-"))
    calm = desk / "calm"
    begun = time.perf_counter()
    command = job(arguments)
    if subprocess.run([*command, "-o", calm], stdout=subprocess.DEVNULL, check=False).returncode not in (
        0,
        3,
    ):
        sys.exit("the undisturbed run failed")
    seconds = time.perf_counter() - begun
    wanted = records(calm)
    startup = seconds - json.loads((calm / "summary.json").read_text())["run_seconds"]
    first = min(json.loads(path.read_text())["seconds"] for path in calm.glob("reports/*.json"))
    print(f"undisturbed: {len(wanted)} records in {seconds:.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    # Killed before the start, in the first shard and later, and yet further on each time by a kill's share of the work.
    longest = 2 * (startup + first + seconds / arguments.kills * arguments.jobs)
    kills, finished, orphans = 0, 0, 0
    while kills < arguments.kills or not finished:
        folder = desk / f"killed-{finished}"
        while True:
            patience = chance.uniform(0, longest) if kills < arguments.kills else None
            ended, left = run(command, folder, patience)
            check(folder)
            if ended:
                break
            kills += 1
            orphans += left
            print(f"kill {kills}: {len(records(folder))} records are whole", flush=True)
        compare(wanted, records(folder))
        finished += 1
        print(
            f"job {finished}: all {len(wanted)} ids once, all records equal but for their seconds", flush=True
        )
    print(f"{kills} kills, {finished} jobs, {orphans} processes outlived their job by more than 2 s")
    if not arguments.folder:
        shutil.rmtree(desk)


def job(arguments: argparse.Namespace) -> list[str]:
    """The command, without its folder."""
    options = {
        "--do": arguments.do,
        "--to": arguments.to,
        "--beam": arguments.beam,
        "--limit": arguments.articles,
        "--shard": arguments.shard,
        "--workers": arguments.workers,
        "--where": arguments.where,
    }
    given = [str(text) for name, value in options.items() if value is not None for text in (name, value)]
    return [sys.executable, "-m", "workbench", "batch", *map(str, arguments.sources), *given, "--no-memory"]


def run(command: list[str], folder: Path, patience: float | None) -> tuple[bool, int]:
    """Whether the job came to its end before patience did, and how many of its processes outlived it."""
    process = subprocess.Popen([*command, "-o", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        code = process.wait(patience)
    except subprocess.TimeoutExpired:
        children = family(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(2)
        return False, sum(map(alive, children))
    if code not in (0, 3):
        sys.exit(f"the job ended with exit code {code}")
    return True, 0


def family(process: int) -> list[int]:
    """Numbers of the processes below one, whichever of its threads started them."""
    children: list[int] = []
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children += map(int, listing.read_text().split())
        except OSError:  # the thread has ended meanwhile
            continue
    return [each for child in children for each in (child, *family(child))]


def alive(process: int) -> bool:
    """Whether it still runs; one that only waits to be noticed does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def records(folder: Path) -> dict[str, Any]:
    """Records by id, times taken out; refuses broken lines and ids that occur twice."""
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("records/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = timeless(json.loads(line))
            name = record["article"]["id"] if isinstance(record["article"], dict) else record["article"]
            if name in found:
                sys.exit(f"{path}: {name} occurs twice")
            found[name] = record
    return found


def check(folder: Path) -> None:
    """What a reader sees at any moment is whole."""
    records(folder)
    for path in folder.glob("records/*"):
        if path.suffix != ".jsonl":
            sys.exit(f"{path} is no finished shard")


def compare(wanted: dict[str, Any], found: dict[str, Any]) -> None:
    if set(wanted) != set(found):
        sys.exit(f"{len(set(wanted) - set(found))} ids are missing, {len(set(found) - set(wanted))} are new")
    differ = [name for name in wanted if wanted[name] != found[name]]
    if differ:
        sys.exit(f"{len(differ)} records differ, the first {differ[0]}")


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items() if key != "seconds"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2, help="about so many jobs share the kills")
    parser.add_argument("--do", default="translate")
    parser.add_argument("--to", default=None)
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--shard", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--where", default="words<170")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep everything here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
