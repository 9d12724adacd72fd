"""How well articles are taken out of real pages: mean token F1 a language, beside trafilatura with its defaults.

    python eval/pages/extraction.py [FOLDER]

FOLDER holds NAME.html, NAME.gold.txt and NAME.meta.json, ../shared/data/pages by default. Some gold texts belong to
another article than the page beside them (none of their sentences occurs in it): means are given with and without
those.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import NamedTuple

import trafilatura

from workbench.records import Article
from workbench.sources.encoding import decode
from workbench.sources.html import read_page

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "pages"


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def token_f1(text: str, gold: str) -> float:
    ours, theirs = Counter(tokens(text)), Counter(tokens(gold))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def belongs(gold: str, page: str) -> bool:
    """Whether any long paragraph of the gold text begins in the page at all."""
    flat = " ".join(tokens(unescape(re.sub(r"<[^<>]*>", " ", page))))
    long = [tokens(line) for line in gold.split("\n") if len(tokens(line)) >= 10]
    return any(" ".join(line[:10]) in flat for line in long)


def ours(page: str, name: str, url: str) -> str:
    record = next(read_page(page, name=name, url=url))
    return record.text if isinstance(record, Article) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Scores of one page.

    Attributes:
        name: Of the page.
        language: Of its gold text.
        theirs: Whether the gold text belongs to the page.
        ours: Token F1 of our text.
        alone: Token F1 of trafilatura's text, with its defaults.
    """

    name: str
    language: str
    theirs: bool
    ours: float
    alone: float


class Mean(NamedTuple):
    """Mean scores over `n` pages."""

    n: int
    ours: float
    alone: float


def measure(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.rglob("*.gold.txt")):
        stem = str(path).removesuffix(".gold.txt")
        said = json.loads(Path(f"{stem}.meta.json").read_text(encoding="utf-8"))
        data, gold = Path(f"{stem}.html").read_bytes(), path.read_text(encoding="utf-8")
        page = decode(data, name=stem).text
        yield Row(
            name=Path(stem).name,
            language=said["lang"],
            theirs=belongs(gold, page),
            ours=token_f1(ours(page, stem, said["url"]), gold),
            alone=token_f1(trafilatura.extract(data) or "", gold),
        )


def means(rows: Iterable[Row]) -> dict[str, Mean]:
    by_language: dict[str, list[Row]] = {}
    for row in rows:
        by_language.setdefault(row.language, []).append(row)
    return {
        language: Mean(
            len(rows), sum(row.ours for row in rows) / len(rows), sum(row.alone for row in rows) / len(rows)
        )
        for language, rows in sorted(by_language.items())
    }


def main() -> None:
    rows = []
    for row in measure(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        rows.append(row)
        note = "" if row.theirs else "  (gold text of another article)"
        print(f"{row.language}  {row.name[:40]:40}  ours {row.ours:.4f}  trafilatura {row.alone:.4f}{note}")
    for label, chosen in (
        ("all pages", rows),
        ("pages whose gold is theirs", [row for row in rows if row.theirs]),
    ):
        for language, mean in means(chosen).items():
            scores = f"ours {mean.ours:.4f}, trafilatura {mean.alone:.4f}"
            print(f"{language}: mean token F1, {label} (n={mean.n}): {scores}")


if __name__ == "__main__":
    main()
