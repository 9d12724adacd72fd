"""How much quicker a second run over the same articles is, and whether it calls an engine.

    python eval/memory/second_run.py --data ../shared/data [--articles 1000] [--do brief|translate] [--kind short|whole]

"short" are real texts of 30 to 60 words under their own headlines: English news in brief (inshorts, 246 of them; a
quarter of what is asked for) and Arabic standfirsts (mayadeen). "whole" are whole articles, half Arabic (mayadeen),
half English (tehran_times): 400 of those took half an hour on two busy cores. Articles are read and models loaded
beforehand; each run has translators and summarisers of its own, so that only the file is shared between them. Ends
with exit code 1 where the bar is missed: no text to an engine, and 20 times as fast.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from workbench.brief import make_brief
from workbench.catalog import open_catalog
from workbench.memory import Memory
from workbench.records import Article, Brief, Output, article_id
from workbench.summarise import Extractive
from workbench.summarise.remembering import Remembering
from workbench.text.clean import clean
from workbench.translate import Translator, headline

_GROUP = 32
LEAST = 20
"""Times as fast as the first run that the second has to be."""


class Watched:
    """An engine that counts the texts it is asked to translate or to encode."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def generate(self, texts: Any, *more: Any, **options: Any) -> Any:
        """Count and pass on."""
        self.calls += len(texts)
        return self._engine.generate(texts, *more, **options)

    def encode(self, texts: Any) -> Any:
        """Count and pass on."""
        self.calls += len(texts)
        return self._engine.encode(texts)


def articles(data: Path, count: int, *, short: bool) -> list[Article]:
    arabic = chain(*(rows(data / f"summ/mayadeen.{part}.jsonl.gz") for part in ("valid", "train")))
    if short:
        english = list(islice(rows(data / "summ/inshorts.jsonl.gz"), count // 4))
        texts = [(row, row["references"][0], "en") for row in english]
        texts += [(row, row["references"][0], "ar") for row in islice(arabic, count - len(texts))]
    else:
        english = list(islice(rows(data / "summ/tehran_times.jsonl.gz"), count // 2))
        texts = [(row, row.get("text") or row.get("article") or row["body"], "en") for row in english]
        texts += [(row, row["text"], "ar") for row in islice(arabic, count - len(texts))]
    return [made(row, clean(text).text, language) for row, text, language in texts]


def made(row: dict[str, Any], text: str, language: str) -> Article:
    title = row.get("title") or row.get("headline") or ""
    return Article(id=article_id(url=None, text=text), text=text, title=title, language=language)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def run(given: list[Article], memory: Memory, do: str) -> tuple[float, int, list[Any]]:
    """Seconds, texts that an engine was asked for, and results without their times."""
    catalog = open_catalog()
    plain = catalog.translator()
    engine = Watched(catalog.engine())
    translator = plain.with_engine(engine).with_memory(memory)  # type: ignore[arg-type]
    summariser = Remembering(
        Extractive(encoder=engine, name=plain.name, revision=plain.revision),  # type: ignore[arg-type]
        memory,
        settings=catalog.card(plain.name).making(),
    )
    work = DEEDS[do]
    started = time.perf_counter()
    made = list(work(given, translator, summariser))
    return time.perf_counter() - started, engine.calls, [timeless(one) for one in made]


def briefs(given: list[Article], translator: Translator, summariser: Remembering) -> Iterator[Brief]:
    for article in given:
        yield make_brief(article, translator=translator, summariser=summariser)


def translations(given: list[Article], translator: Translator, _: Remembering) -> Iterator[Output]:
    for to, language in (("en", "ar"), ("ar", "en")):
        some = [article for article in given if article.language == language]
        for start in range(0, len(some), _GROUP):
            group = some[start : start + _GROUP]
            yield from translator.translate_many([*map(headline, group), *group], to=to)


DEEDS: dict[str, Callable[..., Iterator[Any]]] = {"brief": briefs, "translate": translations}


def timeless(record: Any) -> Any:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(item) for name, item in value.items() if name != "seconds"}
        return [without(item) for item in value] if isinstance(value, list) else value

    return without(record.to_dict())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--do", choices=DEEDS, default="brief")
    parser.add_argument("--kind", choices=("short", "whole"), default="short")
    options = parser.parse_args()
    given = articles(options.data, options.articles, short=options.kind == "short")
    print(
        f"{len(given)} {options.kind} articles, {sum(len(one.text.split()) for one in given):,} words, load "
        f"{os.getloadavg()[0]:.1f}",
        flush=True,
    )
    open_catalog().engine()
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory.open(Path(folder) / "memory.sqlite")
        first, asked, one = run(given, memory, options.do)
        print(f"first run: {first:.1f} s, {asked} texts to the engine", flush=True)
        second, again, other = run(given, memory, options.do)
        print(f"second run: {second:.2f} s, {again} texts to the engine, {first / second:.0f} times as fast")
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        print(f"same results: {one == other}; load {os.getloadavg()[0]:.1f}; memory {size:.1f} MB")
        begun = time.perf_counter()
        probe = given[0].text.partition("\n")[0][:200]
        matches = memory.fuzzy(probe, source="ar", target="en")
        print(f"fuzzy: {len(matches)} matches in {time.perf_counter() - begun:.3f} s of {memory.counts()}")
        memory.close()
    met = not again and first >= LEAST * second and one == other
    print(
        f"bar (no text to an engine, {LEAST} times as fast, the same results): {'met' if met else 'MISSED'}"
    )
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
