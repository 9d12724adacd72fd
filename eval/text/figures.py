"""How many numbers of good translations are found, and how many spoilt ones are noticed.

For each pair of sentences of newspairs, both ways: the share of the source's numbers that its translation states, and
the share of noticed changes when one digit of the translation is changed.

    python eval/text/figures.py [FILE.jsonl ...]
"""

import json
import random
import re
import sys
from pathlib import Path

from workbench.text.numbers import missing, numbers

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/newspairs"


def pairs(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        for sentence in json.loads(line)["sentences"]:
            yield sentence["ar"], sentence["en"]
            yield sentence["en"], sentence["ar"]


def spoilt(text, chance):
    """The text once for each digit, with that digit changed."""
    for found in re.finditer(r"\d", text):
        digit = (int(found.group()) + chance.randint(1, 9)) % 10
        yield f"{text[: found.start()]}{digit}{text[found.end() :]}"


def main():
    chance = random.Random(0)  # noqa: S311 - no secret
    for path in [Path(name) for name in sys.argv[1:]] or [FOLDER / "dev.jsonl"]:
        stated = lost = changed = noticed = 0
        for source, output in pairs(path):
            stated, lost = stated + len(numbers(source)), lost + len(missing(source=source, output=output))
            for text in spoilt(output, chance):
                changed += 1
                noticed += bool(missing(source=source, output=text) or missing(source=text, output=source))
        print(f"{path.name}: {1 - lost / stated:.2%} of {stated} numbers found in good translations")
        print(f"{path.name}: {noticed / changed:.2%} of {changed} changed digits noticed")


if __name__ == "__main__":
    main()
