"""How well tanwin is restored on final alefs: diacritics of good Arabic are dropped, restored, and compared.

    python eval/text/tanwin.py [--show]

Precision counts what is restored, recall what the text has. Translators, and Google, leave the mark out where it
belongs, which counts against us; in brackets the precision over texts that write it somewhere. FLORES and NTREX are
reported, never tuned on.
"""

import gzip
import json
import sys
from collections import Counter
from pathlib import Path

from workbench.text.arabic import strip_diacritics
from workbench.text.orthography import restore_tanwin
from workbench.training.orthography import words

DATA = Path(__file__).resolve().parents[3] / "shared/data"
LINES = {
    "FLORES dev, reference": "eval/flores-dev/en-ar/ar",
    "FLORES dev, Google": "eval/flores-dev/en-ar/google.ar",
    "NTREX A, reference": "eval/ntrex-a/ntrex.ar",
}


def articles():
    with gzip.open(DATA / "summ/mayadeen.valid.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield "\n".join((row["title"], *row["references"], row["text"]))


def measure(name, texts, *, show):
    right = restored = written = careful = 0
    wrong, missed = Counter(), Counter()
    for text in texts:
        found = list(words(text))
        writes = any(marked for _, marked in found)
        again = list(words(restore_tanwin(strip_diacritics(text))))
        careful += sum(put for _, put in again) if writes else 0
        for (form, marked), (_, put) in zip(found, again, strict=True):
            right, restored, written = right + (marked and put), restored + put, written + marked
            wrong[form] += put and not marked
            missed[form] += marked and not put
    print(
        f"{name}: precision {right / restored:.4f} ({right / careful:.4f}), recall {right / written:.3f}, n={written}"
    )
    if show:
        print("  wrong:", *(f"{form} {times}" for form, times in wrong.most_common(20) if times))
        print("  missed:", *(f"{form} {times}" for form, times in missed.most_common(40) if times))


def main():
    show = "--show" in sys.argv
    measure("Al Mayadeen valid", articles(), show=show)
    for name, path in LINES.items():
        measure(name, (DATA / path).read_text(encoding="utf-8").split("\n"), show=show)


if __name__ == "__main__":
    main()
