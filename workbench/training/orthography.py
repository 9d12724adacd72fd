"""Learns which word forms careful Arabic writes with tanwin on their final alef: one command, half a minute.

python -m workbench.training.orthography CONFIG [--output FILE]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from workbench.config import load_yaml
from workbench.errors import WorkbenchError
from workbench.text.arabic import display, strip_diacritics
from workbench.text.orthography import LISTED, SHARE
from workbench.training.corpus import raw_articles, raw_pairs
from workbench.training.settings import CorpusConfig, TrainingConfig

SEEN = 8
"""Times that a form has to occur to be written with tanwin."""
_SELDOM = 0.5
_WORD = re.compile("[\u0621-\u063a\u0641-\u064a][\u0621-\u063a\u0641-\u064a\u064b-\u0652\u0670]+")
_TANWIN = re.compile("\u064b\u0651?\u0627$|\u0627\u064b$")  # both orders are in use
_HEADER = """\
# Arabic word forms that end in alef: how often they were seen in texts that write tanwin, how often with tanwin.
# Made by: python -m workbench.training.orthography configs/training/embedded.yaml
"""


class Count(NamedTuple):
    """How often a form was seen where tanwin is written, and how often with it."""

    seen: int = 0
    marked: int = 0


def words(text: str) -> Iterator[tuple[str, bool]]:
    """Words of three letters or more that end in alef, without diacritics, and whether they were written with tanwin.

    >>> list(words("شكراً لكما أيضًا، يا سيدي"))
    [('شكرا', True), ('لكما', False), ('أيضا', True)]
    """
    for found in _WORD.finditer(display(text)):
        form = strip_diacritics(found.group())
        if len(form) > 2 and form.endswith("\u0627"):
            yield form, bool(_TANWIN.search(found.group()))


def count(texts: Iterable[str]) -> dict[str, Count]:
    """Count forms where the same text writes tanwin elsewhere: texts that never do say nothing of their words."""
    counts: dict[str, Count] = {}
    for text in texts:
        found = list(words(text))
        written = sum(marked for _, marked in found)
        for form, marked in found:
            if written - marked:
                known = counts.get(form, Count())
                counts[form] = Count(known.seen + 1, known.marked + marked)
    return counts


def kept(counts: Mapping[str, Count]) -> dict[str, Count]:
    """The forms that take tanwin, and those that only look like one of them behind "and"."""
    taken = {form: one for form, one in counts.items() if one.seen >= SEEN and one.marked >= SHARE * one.seen}
    alike = {
        form: one
        for form, one in counts.items()
        if form[0] in "وف" and form[1:] in taken and one.marked < _SELDOM * one.seen
    }
    return dict(sorted((taken | alike).items()))


def texts(config: CorpusConfig) -> Iterator[str]:
    """The Arabic that training gives weight to, as its authors wrote it: sentences of pairs, articles as a whole.

    Raises:
        ConfigError: A file of the data folder is missing.
    """
    for name, source in config.sources.items():
        if source.weight:
            yield from (arabic for arabic, _ in raw_pairs(name, source, config.folder))
    for mono in config.monolingual.values():
        if mono.language == "ar":
            yield from map("\n".join, raw_articles(mono, config.folder))


def write_list(forms: Mapping[str, Count], path: Path) -> Path:
    """Write the list that `workbench.text.orthography` reads, and return its path."""
    lines = (f"{form}\t{one.seen}\t{one.marked}\n" for form, one in forms.items())
    path.write_text(_HEADER + "".join(lines), encoding="utf-8")
    return path


def main() -> None:
    """The command of this module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--output", type=Path, default=LISTED)
    arguments = parser.parse_args()
    try:
        settings = load_yaml(arguments.config, TrainingConfig)
        forms = kept(count(texts(settings.corpus)))
        sys.stderr.write(f"{write_list(forms, arguments.output)}: {len(forms)} forms\n")
    except WorkbenchError as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
