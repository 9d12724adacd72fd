"""One table: the same weights and news through plain transformers, CTranslate2, Argos and this workbench, side by side.

    python eval/speed/table.py workbench/embedded news.ar --articles news.jsonl.gz --argos ARGOS_PYTHON
    python eval/speed/opus.py OPUS PAIRS.tsv.gz
    python eval/speed/table.py OPUS news.ar --force 32 --batched 200 --single 40 --bars 6 25 --argos ARGOS_PYTHON

Each system lives in a process of its own, which loads once (start-up) and is then asked in turns with the others;
medians of all turns are printed. "By the clock" suffers from whatever else the machine does; "by processor" is tokens
for each second of processor time, times the cores: what an idle machine would give at most. Tokens are those of the
outputs, told by one tokeniser for all, or exactly the forced length. Commands are timed as a whole, then without what
the same command takes for one line or article. Slow systems get the first few sentences only, and the table says how
many. Memory is the largest of one process (of a command: of its largest process).

ARGOS_PYTHON is the interpreter of a venv of its own with `pip install argostranslate`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import parser_of, sentences
from systems import ARTICLES, BATCHED, BEST, CORES, ENGINE, LIBRARY, SINGLE, SYSTEMS, serve

ARGOS = "Argos Translate's own code"
LINES = "workbench translate --lines"
BATCH = "workbench batch"
HERE = Path(__file__).parent


@dataclass
class Turns:
    """What one system did in all its turns: tokens, seconds by the clock and of all processors."""

    startup: float = 0.0
    memory: float = 0.0
    tokens: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    articles: float = 0.0
    texts: int = 0

    def speed(self, amounts: Sequence[float], seconds: Sequence[float]) -> float:
        """Median of the turns."""
        return statistics.median(amount / each for amount, each in zip(amounts, seconds, strict=True))


# Commands, timed as a whole.


def command_line(given: argparse.Namespace, texts: list[str], desk: Path) -> dict[str, Any]:
    lines = desk / "lines.txt"
    lines.write_text("\n".join(texts) + "\n", encoding="utf-8")
    options = ["--lines", str(lines), "--from", given.source, "--to", given.target, "--beam", str(given.beam)]
    told, out = whole(["translate", *options, "--no-memory"], desk)
    return told | {"outputs": out.splitlines()}


def batch(given: argparse.Namespace, articles: list[str], desk: Path) -> dict[str, Any]:
    folder, table = desk / "job", desk / "articles.jsonl"
    table.write_text("".join(articles), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--do", "translate", "--to", given.target, "--from", given.source, "--beam", str(given.beam)]
    # Only first drafts compare: what the guards would have decoded again is not.
    options += ["-o", str(folder), "--no-memory", "--no-again"]
    told, _ = whole(["batch", str(table), *options], desk)
    rows = [
        json.loads(line)
        for path in sorted((folder / "records").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    # Sentence by sentence, since each ends with a token of its own.
    spans = ((row["text"], part["output"]) for row in rows for part in row["alignment"])
    return told | {"outputs": [text[start:end] for text, (start, end) in spans], "articles": len(rows)}


def whole(arguments: Sequence[str], desk: Path) -> tuple[dict[str, Any], str]:
    """Run the workbench's command: its seconds and memory, and what it printed."""
    started = time.perf_counter()
    with (desk / "out").open("w") as out, (desk / "err").open("w") as err:
        process = subprocess.Popen([sys.executable, "-m", "workbench", *arguments], stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit((desk / "err").read_text(encoding="utf-8"))
    told = {
        "wall": time.perf_counter() - started,
        "processor": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
    }
    return told, (desk / "out").read_text(encoding="utf-8")


def read_articles(given: argparse.Namespace) -> list[str]:
    if not given.articles:
        return []
    opened = gzip.open if given.articles.suffix == ".gz" else open
    with opened(given.articles, "rt", encoding="utf-8") as source:
        return [line for number, line in enumerate(source) if number < given.count]


# Processes that stay.


def start(name: str, given: argparse.Namespace, desk: Path) -> Any:
    if name == ARGOS:
        options = {"ARGOS_BEAM_SIZE": str(given.beam), "ARGOS_DEVICE_TYPE": "cpu", "HOME": str(desk)}
        command = [str(given.argos), str(HERE / "argos.py"), str(desk / "package"), str(given.force)]
        environment = os.environ | options
    else:
        command = [sys.executable, str(HERE / "table.py"), *sys.argv[1:], "--serve", name]
        environment = os.environ | {"SPEED_CONVERTED": str(given.converted)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, env=environment)


def answer(process: Any) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line:
        sys.exit("a system died")
    found: dict[str, Any] = json.loads(line)
    return found


def package(given: argparse.Namespace, desk: Path) -> None:
    """Our converted model in the folder that Argos expects."""
    from workbench.engines.tokens import Tokeniser

    folder = desk / "package"
    shutil.copytree(given.converted, folder / "model")
    shutil.copyfile(given.model / "source.spm", folder / "sentencepiece.model")
    frame = Tokeniser.load(given.converted, model="argos").frame(source=given.source, target=given.target)
    files = {
        "metadata.json": {"from_code": given.source, "to_code": given.target},
        "frame.json": {"before": frame.before, "after": frame.after},
        "lines.json": sentences(given),
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def converted_folder(given: argparse.Namespace) -> Path:
    """Where the model's conversion lies; made, where it is not, in a process of its own: this one stays small."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from common import CTranslate2, spec_of\n"
        "print(CTranslate2(spec_of(Path(sys.argv[2]), {}))._folder)"
    )
    command = [sys.executable, "-c", code, str(HERE), str(given.model)]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def main() -> None:
    given = parse()
    if given.serve:
        given.converted = Path(os.environ["SPEED_CONVERTED"])
        serve(given)
        return
    given.converted = converted_folder(given)
    with tempfile.TemporaryDirectory(prefix="speed-") as desk:
        measure(given, Path(desk))


def measure(given: argparse.Namespace, desk: Path) -> None:
    from workbench.engines.tokens import Tokeniser

    count = Counter(given, Tokeniser.load(given.converted, model="table"))
    load = os.getloadavg()[0]
    names = [name for name in SYSTEMS if name not in unfit(given)]
    if given.argos:
        package(given, desk)
        names.append(ARGOS)
    names = [name for name in names if wanted(given, name)]
    living: dict[str, Any] = {}
    turns = {name: Turns() for name in names}
    for name in names:  # one after the other: loading is timed, too
        living[name] = start(name, given, desk)
        turns[name].startup = answer(living[name])["startup"]
    commands = {} if given.force else prepared(given, desk)
    commands = {name: both for name, both in commands.items() if wanted(given, name)}
    for name, (_, brief) in commands.items():
        turns[name] = Turns(startup=brief()["wall"])
    for turn in range(given.repeats):
        for name, process in living.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            add(turns[name], answer(process), count)
        for name, (full, _) in commands.items():
            add(turns[name], full() | {"texts": given.sentences if name == LINES else given.count}, count)
        print(f"turn {turn + 1} of {given.repeats}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for process in living.values():
        process.stdin.close()
        process.wait()
    show(given, turns, load)


def unfit(given: argparse.Namespace) -> set[str]:
    """Systems that have nothing to do: forced lengths leave no sense to guard, and articles may not be given."""
    without = set() if given.articles and not given.force else {ARTICLES}
    return without | ({LIBRARY} if given.force else set())


def wanted(given: argparse.Namespace, name: str) -> bool:
    """Whether a system is among those asked for."""
    return not given.only or any(part in name for part in given.only)


Command = Callable[[], dict[str, Any]]


def prepared(given: argparse.Namespace, desk: Path) -> dict[str, tuple[Command, Command]]:
    """The commands with all they get, and with one text, which is what they take to start."""
    texts, articles = sentences(given), read_articles(given)
    found = {LINES: (lambda: command_line(given, texts, desk), lambda: command_line(given, texts[:1], desk))}
    if articles:
        batch(given, articles[:8], desk)  # how many processes are quickest is measured once, and not here
        found[BATCH] = (lambda: batch(given, articles, desk), lambda: batch(given, articles[:1], desk))
    return found


@dataclass(frozen=True)
class Counter:
    """Counts the tokens of outputs, all by one measure."""

    given: argparse.Namespace
    tokeniser: Any

    def __call__(self, outputs: list[str], texts: int) -> int:
        """Tokens of all outputs, their ends included."""
        if self.given.force:
            return int(self.given.force) * texts
        return sum(len(self.tokeniser.split_output(text)) + 1 for text in outputs)


def add(turns: Turns, told: dict[str, Any], count: Counter) -> None:
    outputs, texts = told["outputs"], told["texts"]
    turns.tokens.append(count(outputs, texts))
    turns.words.append(sum(len(each.split()) for each in outputs))
    turns.wall.append(told["wall"])
    turns.processor.append(told["processor"])
    turns.memory = max(turns.memory, told["memory"])
    turns.articles = told.get("articles", 0.0)
    turns.texts = texts


def show(given: argparse.Namespace, turns: dict[str, Turns], load: float) -> None:
    forced = f", {given.force} tokens forced" if given.force else ""
    print(
        f"{given.model}, beam {given.beam}, {given.source} to {given.target}{forced}, {CORES} cores, "
        f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after, medians of {given.repeats} turns"
    )
    print(
        f"{'':34}{'texts':>6}{'tokens/s':>10}{'by proc.':>10}{'words/s':>9}{'articles/s':>11}{'MB':>7}{'start s':>8}"
    )
    for name, each in turns.items():
        clock, processor = each.speed(each.tokens, each.wall), CORES * each.speed(each.tokens, each.processor)
        articles = f"{each.articles / statistics.median(each.wall):.2f}" if each.articles else ""
        print(
            f"{name:34}{each.texts:6}{clock:10.0f}{processor:10.0f}{each.speed(each.words, each.wall):9.0f}"
            f"{articles:>11}{each.memory:7.0f}{each.startup:8.1f}"
        )
        if name in (LINES, BATCH):
            print(f"{'  without its start':40}{working(each):10.0f}")
    bars(given, turns)


def working(turns: Turns) -> float:
    """Tokens a second of a command, what it takes to start left out."""
    return turns.speed(turns.tokens, [max(wall - turns.startup, 1e-3) for wall in turns.wall])


def bars(given: argparse.Namespace, turns: dict[str, Turns]) -> None:
    """What the engine must reach, by the clock and by processor time."""
    batched, single = given.bars
    for name, least in ((BATCHED, batched), (SINGLE, single), (BEST, 0.95), (ARGOS, 1.0)):
        if name not in turns or ENGINE not in turns:
            continue
        clock = rate(turns[ENGINE], "wall") / rate(turns[name], "wall")
        processor = rate(turns[ENGINE], "processor") / rate(turns[name], "processor")
        verdict = "reached" if clock >= least else "MISSED"
        print(
            f"{verdict}: engine to {name}: {clock:.2f} by the clock, {processor:.2f} by proc., bar {least:g}"
        )
    if BATCH in turns and ARTICLES in turns:
        clock = working(turns[BATCH]) / rate(turns[ARTICLES], "wall")
        print(
            f"{'reached' if clock >= 0.9 else 'MISSED'}: batch without its start to the engine with the same "
            f"sentences: {clock:.2f} by the clock, bar 0.9"
        )


def rate(turns: Turns, seconds: str) -> float:
    return turns.speed(turns.tokens, getattr(turns, seconds))


def parse() -> argparse.Namespace:
    parser = parser_of(__doc__, most=1000)
    parser.add_argument("--card", default=None, help="the model's card, for library and commands")
    parser.add_argument("--articles", type=Path, help="a table of articles, for `workbench batch`")
    parser.add_argument("--argos", type=Path, help="Python of a venv in which Argos Translate is installed")
    parser.add_argument(
        "--force", type=int, default=0, help="exact length of every output; no guards, no commands"
    )
    parser.add_argument("--bars", type=float, nargs=2, default=(10, 50), help="over batched and one by one")
    parser.add_argument("--only", nargs="+", help="parts of names: the systems to compare")
    parser.add_argument("--count", type=int, default=200, help="articles")
    parser.add_argument("--batched", type=int, default=1000, help="sentences for batched transformers")
    parser.add_argument("--single", type=int, default=100, help="sentences for transformers one by one")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--serve", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.sentences = min(given.sentences, len(sentences(given)))  # the file may hold fewer
    given.batched, given.single = min(given.batched, given.sentences), min(given.single, given.sentences)
    return given


if __name__ == "__main__":
    main()
