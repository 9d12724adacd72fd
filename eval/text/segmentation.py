"""Boundary F1 of our sentence splitting beside sentencex alone, on the news documents of NTREX.

The first segment of each document (its headline) is dropped, the rest joined by spaces: a boundary is right
where a segment of the professional translation starts.

    python eval/text/segmentation.py [FOLDER] [--show]
"""

import sys
from itertools import accumulate, groupby
from pathlib import Path

import sentencex

from workbench.text.segment import segment

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/eval/ntrex-a"


def documents(folder, language):
    ids = (folder / "ntrex.docids").read_text(encoding="utf-8").splitlines()
    lines = (folder / f"ntrex.{language}").read_text(encoding="utf-8").split("\n")[: len(ids)]
    for _, rows in groupby(zip(ids, lines, strict=True), key=lambda row: row[0]):
        yield [line.strip() for _, line in rows][1:]


def starts(lengths):
    return set(list(accumulate(lengths))[:-1])


def ours(text, language):
    return starts(len(part.text) + len(part.gap) for part in segment(text, language))


def theirs(text, language):
    return starts(len(sentence) for sentence in sentencex.segment(language, text))


def score(split, folder, language, show=False):
    """F1, precision, recall of boundaries, and the share of segments that end without a stop."""
    right = found = expected = 0
    for lines in documents(folder, language):
        text, gold = " ".join(lines), starts(len(line) + 1 for line in lines)
        got = split(text, language)
        right, found, expected = right + len(got & gold), found + len(got), expected + len(gold)
        if show:
            for cut in sorted(got ^ gold):
                kind = "EXTRA " if cut in got else "MISSED"
                print(f"{kind} {text[max(0, cut - 70) : cut]}⏹{text[cut : cut + 50]}")
    return 2 * right / (found + expected), right / found, right / expected


def main():
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    for language in ("ar", "en"):
        for name, split in (("ours", ours), ("sentencex", theirs)):
            show = "--show" in sys.argv and split is ours
            f1, precision, recall = score(split, folders[0] if folders else FOLDER, language, show)
            print(f"{language} {name:10} F1 {f1:.3f}  precision {precision:.3f}  recall {recall:.3f}")


if __name__ == "__main__":
    main()
