"""One table: the same weights and news through plain transformers, CTranslate2 and this workbench, side by side.

    python eval/speed/table.py workbench/embedded news.ar --articles news.jsonl.gz --from ar --to en

Each system lives in a process of its own, which loads once (start-up) and is then asked in turns with the others;
medians of all turns are printed. "By the clock" suffers from whatever else the machine does; "by processor" is tokens
for each second of processor time, times the cores: what an idle machine would give at most. Tokens are those of the
outputs, told by one tokeniser for all. Commands are timed as a whole, start-up included. "One by one" takes fewer
sentences, or it would take most of the time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
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

from engines import spec_of

Translate = Callable[[list[str]], list[str]]

CORES = len(os.sched_getaffinity(0))
BATCHES = (8, 32)
LONGEST = 256


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


# Systems: each loads the model and gives what translates a list of sentences.


def transformers_single(given: argparse.Namespace) -> Translate:
    model, tokeniser = plain_model(given)
    return lambda texts: [out for text in texts for out in plain_generate(model, tokeniser, [text], given)]


def transformers_batched(given: argparse.Namespace) -> Translate:
    model, tokeniser = plain_model(given)
    tuned = sentences(given)[:32]
    seconds = {
        size: timed(lambda size=size: in_batches(model, tokeniser, tuned, given, size)) for size in BATCHES
    }
    size = min(seconds, key=lambda each: seconds[each])
    return lambda texts: in_batches(model, tokeniser, texts, given, size)


def in_batches(
    model: Any, tokeniser: Any, texts: list[str], given: argparse.Namespace, size: int
) -> list[str]:
    order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
    done: dict[int, str] = {}
    for start in range(0, len(order), size):
        part = order[start : start + size]
        done |= zip(part, plain_generate(model, tokeniser, [texts[n] for n in part], given), strict=True)
    return [done[number] for number in range(len(texts))]


def plain_model(given: argparse.Namespace) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(given.model, dtype="float32")
    return model.eval(), AutoTokenizer.from_pretrained(given.model)


def plain_generate(model: Any, tokeniser: Any, texts: list[str], given: argparse.Namespace) -> list[str]:
    import torch

    mark = spec_of(given.model, {}).codes.get(given.target, "")
    batch = tokeniser([f"{mark} {text}".strip() for text in texts], return_tensors="pt", padding=True)
    with torch.inference_mode():
        made = model.generate(**batch, num_beams=given.beam, max_new_tokens=LONGEST, do_sample=False)
    return list(tokeniser.batch_decode(made, skip_special_tokens=True))


def raw_default(given: argparse.Namespace) -> Translate:
    return raw(given, {}, {})


def raw_best(given: argparse.Namespace) -> Translate:
    return raw(
        given,
        {"inter_threads": CORES, "intra_threads": 1},
        {"max_batch_size": 1536 // given.beam, "batch_type": "tokens"},
    )


def raw(given: argparse.Namespace, placement: dict[str, Any], orders: dict[str, Any]) -> Translate:
    """CTranslate2's own call on the converted model, whole list at once."""
    import ctranslate2

    engine = ours(given)
    tokeniser, folder = engine._tokeniser, engine._folder
    frame = tokeniser.frame(source=given.source, target=given.target)
    del engine
    translator = ctranslate2.Translator(str(folder), compute_type="int8", **placement)

    def translate(texts: list[str]) -> list[str]:
        sources = [[*frame.before, *tokeniser.split(text), *frame.after] for text in texts]
        made = translator.translate_batch(
            sources, beam_size=given.beam, max_decoding_length=LONGEST, max_input_length=0, **orders
        )
        return [tokeniser.join(each.hypotheses[0]) for each in made]

    return translate


def engine_alone(given: argparse.Namespace) -> Translate:
    from workbench.engines.base import Decoding

    engine, decoding = ours(given), Decoding(beam=given.beam, max_new_tokens=LONGEST)
    return lambda texts: [
        each.text for each in engine.generate(texts, decoding, source=given.source, target=given.target)
    ]


def library(given: argparse.Namespace) -> Translate:
    from workbench.catalog import open_catalog

    translator = open_catalog().translator(given.card, source=given.source, target=given.target)

    def translate(texts: list[str]) -> list[str]:
        fresh = translator.with_beam(given.beam)  # without what earlier turns remember
        return [out.text for out in fresh.translate_lines(texts, source=given.source, target=given.target)]

    return translate


def ours(given: argparse.Namespace) -> Any:
    from workbench.engines.ct2 import CTranslate2

    return CTranslate2(spec_of(given.model, {}))


SYSTEMS: dict[str, Callable[[argparse.Namespace], Translate]] = {
    "transformers, one by one": transformers_single,
    "transformers, sorted, best batch": transformers_batched,
    "CTranslate2, defaults": raw_default,
    "CTranslate2, at its best": raw_best,
    "workbench engine, no guards": engine_alone,
    "workbench library, guards": library,
}


def serve(given: argparse.Namespace) -> None:
    """The life of one system: load, then translate whenever a line comes in."""
    started = time.perf_counter()
    translate = SYSTEMS[given.serve](given)
    texts = sentences(given)
    if given.serve == "transformers, one by one":
        texts = texts[: given.single]
    translate(texts[:2])
    tell({"startup": time.perf_counter() - started})
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        outputs = translate(texts)
        tell(
            {
                "wall": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "outputs": outputs,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )


def tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def sentences(given: argparse.Namespace) -> list[str]:
    from workbench.text.tidy import tidy

    lines = given.texts.read_text(encoding="utf-8").splitlines()
    return [tidy(line) for line in lines if line.strip()][: given.sentences]


def timed(action: Callable[[], Any]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


# Commands, timed as a whole.


def command_line(given: argparse.Namespace, desk: Path, count: Callable[[str], int]) -> dict[str, float]:
    lines = desk / "lines.txt"
    lines.write_text("\n".join(sentences(given)) + "\n", encoding="utf-8")
    options = ["--lines", str(lines), "--from", given.source, "--to", given.target, "--beam", str(given.beam)]
    return whole(["translate", *options], count)


def batch(given: argparse.Namespace, desk: Path, count: Callable[[str], int]) -> dict[str, float]:
    folder = desk / "job"
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--do", "translate", "--to", given.target, "--from", given.source, "--beam", str(given.beam)]
    measured = whole(
        ["batch", str(desk / "articles.jsonl"), *options, "-o", str(folder), "--no-memory"], count
    )
    texts = [
        json.loads(line)["text"]
        for path in sorted((folder / "records").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return measured | {
        "tokens": sum(map(count, texts)),
        "words": sum(len(text.split()) for text in texts),
        "articles": len(texts),
    }


def whole(arguments: Sequence[str], count: Callable[[str], int]) -> dict[str, float]:
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *arguments], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr)
    return {
        "wall": time.perf_counter() - wall,
        "processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "tokens": sum(map(count, done.stdout.splitlines())),
        "words": len(done.stdout.split()),
    }


def write_articles(given: argparse.Namespace, desk: Path) -> None:
    opened = gzip.open if given.articles.suffix == ".gz" else open
    with (
        opened(given.articles, "rt", encoding="utf-8") as source,
        (desk / "articles.jsonl").open("w") as sink,
    ):
        for number, line in enumerate(source):
            if number < given.count:
                sink.write(line)


def main() -> None:
    given = parse()
    if given.serve:
        serve(given)
        return
    engine = ours(given)
    count = engine.count_tokens
    desk = Path(tempfile.mkdtemp(prefix="speed-"))
    if given.articles:
        write_articles(given, desk)
    load = os.getloadavg()[0]
    turns = {name: Turns() for name in (*SYSTEMS, "workbench translate --lines", "workbench batch")}
    living = {name: start(name) for name in SYSTEMS}
    for name, process in living.items():
        turns[name].startup = answer(process)["startup"]
    for turn in range(given.repeats):
        for name, process in living.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            add(turns[name], answer(process), count)
        add(turns["workbench translate --lines"], command_line(given, desk, count), count)
        if given.articles:
            add(turns["workbench batch"], batch(given, desk, count), count)
        print(
            f"turn {turn + 1} of {given.repeats}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True
        )
    for process in living.values():
        process.stdin.close()
        process.wait()
    show(given, turns, load)
    shutil.rmtree(desk)


def start(name: str) -> Any:
    return subprocess.Popen(
        [sys.executable, __file__, *sys.argv[1:], "--serve", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    )


def answer(process: Any) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line:
        sys.exit("a system died")
    found: dict[str, Any] = json.loads(line)
    return found


def add(turns: Turns, told: dict[str, Any], count: Callable[[str], int]) -> None:
    outputs = told.get("outputs")
    turns.tokens.append(sum(map(count, outputs)) if outputs else told["tokens"])
    turns.words.append(sum(len(each.split()) for each in outputs) if outputs else told["words"])
    turns.wall.append(told["wall"])
    turns.processor.append(told["processor"])
    turns.memory = max(turns.memory, told.get("memory", 0.0))
    turns.articles = told.get("articles", 0.0)


def show(given: argparse.Namespace, turns: dict[str, Turns], load: float) -> None:
    print(
        f"{given.model}, beam {given.beam}, {given.source} to {given.target}, {given.sentences} sentences, "
        f"{CORES} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after, medians of {given.repeats} turns"
    )
    print(f"{'':34}{'tokens/s':>10}{'by proc.':>10}{'words/s':>9}{'articles/s':>11}{'MB':>7}{'start s':>8}")
    for name, each in turns.items():
        if not each.wall:
            continue
        clock = median(each.tokens, each.wall)
        processor = CORES * median(each.tokens, each.processor)
        articles = f"{each.articles / statistics.median(each.wall):.2f}" if each.articles else ""
        memory = f"{each.memory:.0f}" if each.memory else ""
        startup = f"{each.startup:.1f}" if each.startup else "in it"
        words = median(each.words, each.wall)
        print(f"{name:34}{clock:10.0f}{processor:10.0f}{words:9.0f}{articles:>11}{memory:>7}{startup:>8}")


def median(amounts: Sequence[float], seconds: Sequence[float]) -> float:
    return statistics.median(amount / each for amount, each in zip(amounts, seconds, strict=True))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "model", type=Path, help="a folder in the transformers layout, with a Marian tokeniser"
    )
    parser.add_argument("texts", type=Path, help="one sentence a line")
    parser.add_argument("--card", default=None, help="the model's card, for library and commands")
    parser.add_argument("--articles", type=Path, help="a table of articles, for `workbench batch`")
    parser.add_argument("--count", type=int, default=200, help="articles")
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--single", type=int, default=100, help="sentences for the slowest system")
    parser.add_argument("--from", dest="source", default="ar")
    parser.add_argument("--to", dest="target", default="en")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--serve", default=None, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
