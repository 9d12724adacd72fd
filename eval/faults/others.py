"""What else befalls a job, on a real model: full disks, dying processes, changing sources, rotten articles.

    python eval/faults/others.py ARTICLES.jsonl.gz [--articles 60] [--beam 1]

Small file systems are mounted for the disks, which needs an administrator; else those two are left out, and told.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kill import family, records


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--beam", type=int, default=1)
    given = parser.parse_args()
    desk = Path(tempfile.mkdtemp(prefix="faults-"))
    lines = first_lines(given.source, given.articles)
    calm = desk / "calm"
    source = desk / "news.jsonl"
    source.write_text("".join(lines), encoding="utf-8")
    expect(job(source, calm, given), 0)
    wanted = records(calm)
    print(f"undisturbed: {len(wanted)} records", flush=True)
    for fault in (dying, growing, shrinking, changed, rotten, twice, full, read_only):
        fault(desk, source, lines, wanted, given)
        source.write_text("".join(lines), encoding="utf-8")
    shutil.rmtree(desk)


def dying(
    desk: Path, source: Path, _: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    process = start(source, desk / "dying", given)
    wait_for(desk / "dying")
    children = [child for child in family(process.pid) if is_worker(child)]
    for child in children:
        os.kill(child, signal.SIGKILL)
    process.communicate()
    same = records(desk / "dying") == wanted
    print(
        f"{len(children)} model processes killed: exit {process.returncode}, records the same: {same}",
        flush=True,
    )


def growing(
    desk: Path, source: Path, lines: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    half = len(lines) // 2
    source.write_text("".join(lines[:half]), encoding="utf-8")
    process = start(source, desk / "growing", given)
    wait_for(desk / "growing")
    with source.open("a", encoding="utf-8") as sink:
        sink.write("".join(lines[half:]))
    process.communicate()
    first = len(records(desk / "growing"))
    code = job(source, desk / "growing", given).returncode
    print(
        f"growing: {first} records, then {len(records(desk / 'growing'))} of {len(wanted)}, exit {code}",
        flush=True,
    )


def shrinking(
    desk: Path, source: Path, lines: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    process = start(source, desk / "shrinking", given)
    wait_for(desk / "shrinking")
    with source.open("r+", encoding="utf-8") as sink:
        sink.truncate(len("".join(lines[:10]).encode()) + 20)
    process.communicate()
    kept = records(desk / "shrinking")
    right = all(wanted[name] == record for name, record in kept.items())
    print(f"shrinking: exit {process.returncode}, {len(kept)} records, all right: {right}", flush=True)


def changed(
    desk: Path, source: Path, lines: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    expect(job(source, desk / "changed", given, "--limit", "20"), 0)
    source.write_text("".join(reversed(lines)), encoding="utf-8")
    code = job(source, desk / "changed", given).returncode
    found = set(records(desk / "changed"))
    print(f"order of the source reversed: exit {code}, every id once: {found == set(wanted)}", flush=True)


def rotten(
    desk: Path, source: Path, lines: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    bad = [
        '{"id": "x1", "text": "half\n',
        '{"id": "x2", "text": ""}\n',
        '{"id": "x3", "text": 7}\n',
        "[]\n",
        "\x00\n",
    ]
    mixed = [line for pair in zip(lines, bad * (len(lines) // len(bad) + 1), strict=False) for line in pair]
    source.write_text("".join(mixed), encoding="utf-8")
    code = job(source, desk / "rotten", given).returncode
    found = records(desk / "rotten")
    told = sum(len(path.read_text().splitlines()) for path in (desk / "rotten").glob("rejected/*"))
    print(
        f"rotten: exit {code}, every id once: {set(wanted) <= set(found)}, {told} rejected of {len(lines)} bad lines",
        flush=True,
    )


def twice(
    desk: Path, source: Path, _: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    process = start(source, desk / "twice", given)
    wait_for(desk / "twice")
    process.send_signal(signal.SIGSTOP)  # or it might be done before the second has started
    second = job(source, desk / "twice", given)
    process.send_signal(signal.SIGCONT)
    process.communicate()
    same = records(desk / "twice") == wanted
    print(
        f"two runs: the second exits {second.returncode} ({second.stderr.splitlines()[0]}), "
        f"the first's records the same: {same}",
        flush=True,
    )


def full(
    desk: Path, source: Path, _: list[str], wanted: dict[str, object], given: argparse.Namespace
) -> None:
    disk = desk / "disk"
    disk.mkdir()
    if not mount("-o", "size=72k", "tmpfs", disk):
        return
    try:
        done = job(source, disk / "job", given)
        kept = records(disk / "job")
        told = [line for line in done.stderr.splitlines() if "cannot be written" in line or "→" in line]
        print(f"disk full: exit {done.returncode}, {len(kept)} records kept; {' '.join(told[-2:])}")
        mount("-o", "remount,size=64m", "tmpfs", disk)
        code = job(source, disk / "job", given).returncode
        print(
            f"with space again: exit {code}, records the same: {records(disk / 'job') == wanted}", flush=True
        )
    finally:
        subprocess.run(["umount", disk], check=False)


def read_only(
    desk: Path, source: Path, _: list[str], __: dict[str, object], given: argparse.Namespace
) -> None:
    disk = desk / "sealed"
    disk.mkdir()
    if not mount("-o", "ro,size=1m", "tmpfs", disk):
        return
    try:
        done = job(source, disk / "job", given)
        print(f"read-only: exit {done.returncode}; {' '.join(done.stderr.split())[-160:]}", flush=True)
    finally:
        subprocess.run(["umount", disk], check=False)


def mount(*arguments: str | Path) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"left out, no file system can be mounted here: {done.stderr.strip()}")
    return not done.returncode


def command(source: Path, folder: Path, given: argparse.Namespace, *more: str) -> list[str]:
    options = f"--do translate --to en --beam {given.beam} --shard 8 --workers 2 --no-memory".split()
    return [sys.executable, "-m", "workbench", "batch", str(source), *options, "-o", str(folder), *more]


def job(
    source: Path, folder: Path, given: argparse.Namespace, *more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(source, folder, given, *more), capture_output=True, text=True, check=False)


def start(source: Path, folder: Path, given: argparse.Namespace) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(source, folder, given), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )


def expect(done: subprocess.CompletedProcess[str], code: int) -> None:
    if done.returncode != code:
        sys.exit(done.stderr)


def wait_for(folder: Path) -> None:
    """Until the first shard is finished."""
    end = time.monotonic() + 300
    while not list(folder.glob("records/*")):
        if time.monotonic() > end:
            sys.exit("no shard was finished")
        time.sleep(0.05)


def is_worker(process: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def first_lines(source: Path, count: int) -> list[str]:
    opened = gzip.open if source.suffix == ".gz" else open
    with opened(source, "rt", encoding="utf-8") as stream:
        return [line for line, _ in zip(stream, range(count), strict=False)]


if __name__ == "__main__":
    main()
