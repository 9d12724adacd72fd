"""How good the embedded model is: chrF++ and BLEU on FLORES dev, NTREX and newspairs dev, as users get it.

    python eval/quality.py --data ../shared/data [--beam N] [--card]

`--card` writes the table into the model's README.md. Beside the scores: share of the source's numbers found in the
output, outputs flagged as loops, and outputs left in the source language.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import sacrebleu

from workbench.catalog import open_catalog
from workbench.config import PACKAGE
from workbench.metrics.integrity import kept_numbers

PUBLISHED = {  # chrF++ on FLORES-200 devtest, computed from published outputs; see the README for the source
    ("ar", "en"): "Argos 55.3, opus-mt 59.1",
    ("en", "ar"): "Argos 41.0, opus-mt 50.5",
}


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def suites(data: Path) -> dict[str, dict[str, list[str]]]:
    flores, ntrex = data / "eval/flores-dev/ar-en", data / "eval/ntrex-a"
    articles = [json.loads(line) for line in lines(data / "newspairs/dev.jsonl")]
    news = [pair for article in articles for pair in article["sentences"]]
    return {
        "FLORES-200 dev": {"ar": lines(flores / "ar"), "en": lines(flores / "en")},
        "NTREX-128, half A": {"ar": lines(ntrex / "ntrex.ar"), "en": lines(ntrex / "ntrex.en")},
        "newspairs dev": {language: [pair[language] for pair in news] for language in ("ar", "en")},
    }


def row(name: str, sides: dict[str, list[str]], source: str, target: str, beam: int | None) -> str:
    translator = open_catalog().translator(source=source, target=target)
    translator = translator.with_beam(beam) if beam else translator
    started = time.monotonic()
    outputs = translator.translate_lines(sides[source], source=source, target=target)
    seconds = time.monotonic() - started
    texts = [output.text for output in outputs]
    kinds = Counter(kind for output in outputs for kind in {flag.kind for flag in output.flags})
    chrf = sacrebleu.corpus_chrf(texts, [sides[target]], word_order=2).score
    bleu = sacrebleu.corpus_bleu(texts, [sides[target]]).score
    kept = [
        kept_numbers(source=s, output=o, language=target) for s, o in zip(sides[source], texts, strict=True)
    ]
    numbers = 100 * sum(part for part, _ in kept) / sum(whole for _, whole in kept)
    share = 100 / len(texts)
    return (
        f"| {name} | {source} → {target} | {len(texts)} | {chrf:.1f} | {bleu:.1f} | {numbers:.1f} % | "
        f"{kinds['untranslated'] * share:.2f} % | {kinds['loop'] * share:.2f} % | {seconds:.0f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--beam", type=int)
    parser.add_argument("--card", action="store_true")
    options = parser.parse_args()
    table = [
        "| test set | direction | n | chrF++ | BLEU | numbers kept | untranslated | loops | time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, sides in suites(options.data).items():
        for source, target in (("ar", "en"), ("en", "ar")):
            table.append(row(name, sides, source, target, options.beam))
            print(table[-1], flush=True)
    if options.card:
        path = PACKAGE / "embedded/README.md"
        text = path.read_text(encoding="utf-8")
        before, _, rest = text.partition("<!-- scores -->")
        _, _, after = rest.partition("<!-- /scores -->")
        note = (
            "Measured by `eval/quality.py` (sacreBLEU; BLEU with 13a) as the workbench translates: beam 4, guards, "
            "mends, tanwin and its lists of names and words. For comparison, chrF++ on FLORES-200 devtest: "
            + "; ".join(f"{s} → {t} {text}" for (s, t), text in PUBLISHED.items())
            + "."
        )
        scores = "\n".join(["## Scores", "", *table, "", note])
        path.write_text(f"{before}<!-- scores -->\n{scores}\n<!-- /scores -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
