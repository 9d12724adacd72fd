"""The systems of `table.py`: each loads the model and gives what translates a list of sentences."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from common import ForcedCT2, sentences, spec_of

Translate = Callable[[list[str]], list[str]]

CORES = len(os.sched_getaffinity(0))
BATCHES = (16, 32, 64)
TUNED_ON = 64
"""Sentences on which the batch size of transformers is chosen."""
LONGEST = 256


def transformers_single(given: argparse.Namespace) -> Translate:
    model, tokeniser = plain_model(given)
    return lambda texts: [out for text in texts for out in plain_generate(model, tokeniser, [text], given)]


def transformers_batched(given: argparse.Namespace) -> Translate:
    model, tokeniser = plain_model(given)
    tuned = sentences(given)[:TUNED_ON]
    seconds = {
        size: timed(lambda size=size: in_batches(model, tokeniser, tuned, given, size)) for size in BATCHES
    }
    size = min(seconds, key=lambda each: seconds[each])
    print(f"transformers is quickest with batches of {size}", file=sys.stderr)
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
    lengths = {"max_new_tokens": given.force or LONGEST, "min_new_tokens": given.force or None}
    with torch.inference_mode():
        made = model.generate(**batch, num_beams=given.beam, do_sample=False, **lengths)
    return list(tokeniser.batch_decode(made, skip_special_tokens=True))


def raw_default(given: argparse.Namespace) -> Translate:
    return raw(given, {}, {})


def raw_best(given: argparse.Namespace) -> Translate:
    return raw(
        given,
        {"inter_threads": CORES, "intra_threads": 1},
        {"max_batch_size": 1536, "batch_type": "tokens"},
    )


def raw(given: argparse.Namespace, placement: dict[str, Any], orders: dict[str, Any]) -> Translate:
    """CTranslate2's own call on the converted model, whole list at once."""
    import ctranslate2

    from workbench.engines.cache import Limits
    from workbench.engines.tokens import Tokeniser

    folder = given.converted
    tokeniser, never = Tokeniser.load(folder, model="raw"), Limits.load(folder).never
    frame = tokeniser.frame(source=given.source, target=given.target)
    translator = ctranslate2.Translator(str(folder), compute_type="int8", **placement)
    orders = orders | {"suppress_sequences": [[token] for token in never] or None}
    orders |= {"min_decoding_length": given.force or 1, "max_decoding_length": given.force or LONGEST}

    def translate(texts: list[str]) -> list[str]:
        sources = [[*frame.before, *tokeniser.split(text), *frame.after] for text in texts]
        made = translator.translate_batch(sources, beam_size=given.beam, max_input_length=0, **orders)
        return [tokeniser.join(each.hypotheses[0]) for each in made]

    return translate


def engine_alone(given: argparse.Namespace) -> Translate:
    from workbench.engines.base import Decoding

    engine = ForcedCT2(spec_of(given.model, {}))
    engine.forced = given.force
    decoding = Decoding(beam=given.beam, max_new_tokens=given.force or LONGEST)
    return lambda texts: [
        each.text for each in engine.generate(texts, decoding, source=given.source, target=given.target)
    ]


class Tape:
    """An engine that notes what it is asked, and answers with the question."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def generate(self, texts: Sequence[str], *_: Any, **__: Any) -> list[Any]:
        """The texts themselves."""
        from workbench.engines.base import Generation

        self.asked += texts
        return [Generation(text=text, truncated=False, log_probability=-1.0, tokens=1) for text in texts]


def sentences_of_articles(given: argparse.Namespace) -> list[str]:
    """What `workbench batch` asks its engine for the articles, each sentence once."""
    from workbench.catalog import open_catalog
    from workbench.ingest import read_all
    from workbench.records import Article
    from workbench.sources.base import ReadOptions

    translator = open_catalog().translator(given.card, source=given.source, target=given.target)
    tape = Tape(translator.engine)
    asking = translator.with_engine(tape).with_first_drafts()  # type: ignore[arg-type]  # an engine in all it is asked
    options = ReadOptions(language=given.source)
    rows = islice(read_all([given.articles], options), given.count)
    asking.translate_many([row for row in rows if isinstance(row, Article)], to=given.target)
    return list(dict.fromkeys(tape.asked))


def library(given: argparse.Namespace) -> Translate:
    from workbench.catalog import open_catalog

    translator = open_catalog().translator(given.card, source=given.source, target=given.target)

    def translate(texts: list[str]) -> list[str]:
        fresh = translator.with_beam(given.beam)  # without what earlier turns remember
        return [out.text for out in fresh.translate_lines(texts, source=given.source, target=given.target)]

    return translate


SINGLE = "transformers, one by one"
BATCHED = "transformers, sorted, best batch"
DEFAULT = "CTranslate2, defaults"
BEST = "CTranslate2, at its best"
ENGINE = "workbench engine, no guards"
ARTICLES = "the same, sentences of the articles"
LIBRARY = "workbench library, guards"
SYSTEMS: dict[str, Callable[[argparse.Namespace], Translate]] = {
    SINGLE: transformers_single,
    BATCHED: transformers_batched,
    DEFAULT: raw_default,
    BEST: raw_best,
    ENGINE: engine_alone,
    ARTICLES: engine_alone,
    LIBRARY: library,
}


def serve(given: argparse.Namespace) -> None:
    """The life of one system: load, then translate whenever a line comes in."""
    started = time.perf_counter()
    translate = SYSTEMS[given.serve](given)
    translate(sentences(given)[:2])
    tell({"startup": time.perf_counter() - started})
    articles = given.serve == ARTICLES
    texts = sentences_of_articles(given) if articles else sentences(given)[: share(given, given.serve)]
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        outputs = translate(texts)
        tell(
            {
                "wall": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "texts": len(texts),
                "outputs": outputs,
                "memory": peak(),
            }
        )


def share(given: argparse.Namespace, system: str) -> int:
    """Sentences that a system gets: the slow ones get the first few."""
    return int({SINGLE: given.single, BATCHED: given.batched}.get(system, given.sentences))


def peak() -> float:
    """MB of this process at its largest."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
