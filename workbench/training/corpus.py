"""From the data folder to clean pairs and monolingual sentences: normalised, filtered, deduplicated, augmented."""

from __future__ import annotations

import gzip
import json
import logging
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import ConfigError
from workbench.text.arabic import is_arabic
from workbench.text.segment import segment
from workbench.text.tidy import tidy
from workbench.training.settings import CorpusConfig, MonolingualConfig, SourceConfig

log = logging.getLogger(__name__)

BOTH, TO_ENGLISH, TO_ARABIC = "both", "ar-en", "en-ar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence in both languages.

    Attributes:
        source: Name of the source in the configuration.
        arabic: Without diacritics, digits Latin.
        english: As the source has it, tidied.
        directions: "both", or the one direction that the pair may teach.
    """

    source: str
    arabic: str
    english: str
    directions: str = BOTH

    def line(self) -> str:
        """Tab-separated, for a file of pairs."""
        return "\t".join((self.source, self.directions, self.arabic, self.english))

    @classmethod
    def parse(cls, line: str) -> Pair:
        """The inverse of `line`."""
        source, directions, arabic, english = line.rstrip("\n").split("\t")
        return cls(source=source, directions=directions, arabic=arabic, english=english)


WRITTEN = Path(__file__).with_name("written.tsv.gz")
"""Pairs written for the workbench, Arabic TAB English: CC0, synthetic. See docs/decisions.md."""

_PLACEHOLDER = re.compile(r"%[sd]|\{\w*\}|\$[A-Za-z]|<[^>]{1,40}>|&\w+;|\\[nt]|={3,}|\|\|")
_DIGIT_RUN = re.compile(r"\d+(?:[.,:]\d+)*")


def read_source(name: str, source: SourceConfig, folder: Path) -> Iterator[Pair]:
    """Every pair of one source, tidied and unfiltered.

    Raises:
        ConfigError: The file is not there.
    """
    for arabic, english in raw_pairs(name, source, folder):
        yield Pair(source=name, arabic=tidy(arabic), english=tidy(english))


def raw_pairs(name: str, source: SourceConfig, folder: Path) -> Iterator[tuple[str, str]]:
    """Arabic and English of every pair of one source, as the file has them.

    Raises:
        ConfigError: The file is not there.
    """
    path = WRITTEN if source.kind == "written" else folder / (source.path or f"parallel/{name}.tsv.gz")
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist.", cure=f"Set corpus.folder, or give {name!r} the weight 0."
        )
    yield from _newspairs(path) if source.kind == "newspairs" else read_pairs(path)


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """The pairs of a gzipped table, Arabic and English; lines of more or fewer columns are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 2:
                yield columns[0], columns[1]


def _newspairs(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            for pair in (article["title"], article["summary"], *article["sentences"]):
                yield pair["ar"], pair["en"]


def numbers(text: str) -> Counter[str]:
    """Numbers of two digits or more, separators dropped, with how often each occurs."""
    found = (re.sub(r"[.,:]", "", run) for run in _DIGIT_RUN.findall(text))
    return Counter(run for run in found if len(run) > 1)


def faults(pair: Pair, config: CorpusConfig) -> Iterator[str]:
    """Why a pair is no good translation pair; nothing where it is."""
    arabic, english = pair.arabic, pair.english
    if not arabic or not english:
        yield "empty"
        return
    if max(arabic.count(" "), english.count(" ")) + 1 > config.longest:
        yield "long"
    letters = [char for char in arabic if char.isalpha()]
    if sum(map(is_arabic, letters)) < 0.6 * max(1, len(letters)):
        yield "arabic side"
    letters = [char for char in english if char.isalpha()]
    if not letters or sum(char < "\u0250" for char in letters) < 0.9 * len(letters):
        yield "english side"
    low, high = config.ratio
    if min(len(arabic), len(english)) > 12 and not low < len(english) / len(arabic) < high:
        yield "ratio"
    if _PLACEHOLDER.search(arabic) or _PLACEHOLDER.search(english):
        yield "placeholder"
    if numbers(arabic) != numbers(english):
        yield "numbers"


def fresh_numbers(pair: Pair, chance: random.Random) -> Pair | None:
    """A copy whose numbers are replaced by others of the same form, the same on both sides; None without numbers."""
    shared = numbers(pair.arabic)
    if not shared or any(len(run) > 9 for run in shared):
        return None
    table = {run: _like(run, chance) for run in shared}

    def swap(found: re.Match[str]) -> str:
        plain = re.sub(r"[.,:]", "", found.group())
        new = iter(table.get(plain, plain))
        return "".join(next(new) if char.isdigit() else char for char in found.group())

    arabic, english = _DIGIT_RUN.sub(swap, pair.arabic), _DIGIT_RUN.sub(swap, pair.english)
    return replace(pair, arabic=arabic, english=english)


def _like(run: str, chance: random.Random) -> str:
    """Another number with as many digits; what may be a year stays one."""
    if len(run) == 4 and run[:2] in ("19", "20"):
        return str(chance.randint(1900, 2035))
    return str(chance.randint(10 ** (len(run) - 1), 10 ** len(run) - 1))


def plainer(pair: Pair, chance: random.Random) -> Pair:
    """The English side as a headline, a ticker or a hurried message writes it: to be read, not to be written."""
    english = chance.choice((str.lower, str.lower, str.upper, str.title))(pair.english)
    return replace(pair, english=english.rstrip("."), arabic=pair.arabic.rstrip("."), directions=TO_ARABIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Where a prepared corpus lies: `pairs` and `held_out` are files of `Pair.line`, `monolingual` of sentences."""

    pairs: Path
    held_out: Path
    monolingual: dict[str, Path]


def prepare(config: CorpusConfig, folder: Path, *, say: Callable[[str], None] = log.info) -> Corpus:
    """Read, clean and write the corpus to `folder`; what is already there is kept.

    Raises:
        ConfigError: A file of the data folder is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(
        pairs=folder / "pairs.tsv",
        held_out=folder / "held_out.tsv",
        monolingual={name: folder / f"mono.{name}.txt" for name in config.monolingual},
    )
    if not corpus.pairs.exists():
        kept, held = _split(config, say)
        write_lines(corpus.held_out, (pair.line() for pair in held))
        write_lines(corpus.pairs, (pair.line() for pair in _augment(kept, config)))
    for name, path in corpus.monolingual.items():
        if not path.exists():
            sentences = monolingual(config.monolingual[name], config.folder, seed=config.seed)
            say(f"{name}: {write_lines(path, sentences)} sentences")
    return corpus


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write a file of lines that has its name only when it is complete; returns how many."""
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8") as sink:
        for line in lines:
            sink.write(line + "\n")
            count += 1
    part.replace(path)
    return count


def _split(config: CorpusConfig, say: Callable[[str], None]) -> tuple[list[Pair], list[Pair]]:
    """Clean pairs, each once, and the held-out ones: no sentence of these occurs among the others."""
    chance = random.Random(config.seed)  # noqa: S311 - not for secrets
    kept: list[Pair] = []
    held: list[Pair] = []
    seen: set[tuple[str, str]] = set()
    for name, source in config.sources.items():
        if not source.weight:
            continue
        pairs, reasons = _filtered(read_source(name, source, config.folder), config, seen)
        say(f"{name}: {len(pairs)} pairs kept; dropped {dict(reasons)}")
        chance.shuffle(pairs)
        aside = config.held_out if len(pairs) >= 10 * config.held_out and source.kind == "parallel" else 0
        held += pairs[:aside]
        kept += pairs[aside:]
    if config.selection:
        dev = SourceConfig(kind="newspairs", path=config.selection)
        held += read_source("selection", dev, config.folder)
    chance.shuffle(held)
    known = {pair.arabic for pair in held} | {pair.english for pair in held}
    return [pair for pair in kept if pair.arabic not in known and pair.english not in known], held


def _filtered(
    pairs: Iterable[Pair], config: CorpusConfig, seen: set[tuple[str, str]]
) -> tuple[list[Pair], Counter[str]]:
    kept, reasons = [], Counter[str]()
    for pair in pairs:
        key = (pair.arabic.lower(), pair.english.lower())
        why = "duplicate" if key in seen else next(faults(pair, config), None)
        if why:
            reasons[why] += 1
            continue
        seen.add(key)
        kept.append(pair)
    return kept, reasons


def _augment(pairs: list[Pair], config: CorpusConfig) -> Iterator[Pair]:
    """The pairs, then their made variants."""
    yield from pairs
    chance = random.Random(config.seed + 1)  # noqa: S311 - not for secrets
    numbered = [pair for pair in pairs if numbers(pair.arabic)]
    for _ in range(config.fresh_numbers if numbered else 0):
        made = fresh_numbers(chance.choice(numbered), chance)
        if made:
            yield made
    for pair in pairs:
        if chance.random() < config.lower_cased:
            yield plainer(pair, chance)


def monolingual(config: MonolingualConfig, folder: Path, *, seed: int) -> Iterator[str]:
    """Sentences of news in one language, each once, evenly spread where there are more than wanted.

    Raises:
        ConfigError: The file is not there.
    """
    sentences = list(dict.fromkeys(_sentences(config, folder)))
    if len(sentences) > config.sentences:
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        sentences = chance.sample(sentences, config.sentences)
    yield from sentences


def raw_articles(config: MonolingualConfig, folder: Path) -> Iterator[list[str]]:
    """The texts of every article of a monolingual source, field by field, as the file has them.

    Raises:
        ConfigError: The file is not there.
    """
    path = folder / config.path
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist.", cure="Set corpus.folder, or leave the monolingual source out."
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            values = [record.get(field) or () for field in config.fields]
            yield [text for value in values for text in ((value,) if isinstance(value, str) else value)]


def _sentences(config: MonolingualConfig, folder: Path) -> Iterator[str]:
    for texts in raw_articles(config, folder):
        for text in texts:
            yield from filter(_usable, (tidy(part.text) for part in segment(text, config.language)))


def _usable(sentence: str) -> bool:
    letters = sum(char.isalpha() for char in sentence)
    return 4 <= sentence.count(" ") + 1 <= 70 and letters >= 0.6 * len(sentence)
