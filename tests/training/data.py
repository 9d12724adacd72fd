"""A small made language pair, so that training can be tested without data: word for word, Arabic letters and Latin."""

import gzip
import json
import random
from pathlib import Path

ARABIC = [
    "بيت",
    "ماء",
    "خبر",
    "وزير",
    "مدينة",
    "حرب",
    "سلام",
    "نفط",
    "كتاب",
    "مطر",
    "ملك",
    "شعب",
    "بحر",
    "جبل",
    "نهر",
    "قمر",
]
ENGLISH = ["house", "water", "news", "minister", "town", "war", "peace", "oil", "book", "rain", "king", "people", "sea",
           "hill", "river", "moon"]  # fmt: skip


def sentence(chance: random.Random) -> tuple[str, str]:
    words = [chance.randrange(len(ARABIC)) for _ in range(chance.randint(2, 7))]
    number = f" {chance.randint(10, 999)}" if chance.random() < 0.3 else ""
    return " ".join(ARABIC[w] for w in words) + number, " ".join(ENGLISH[w] for w in words) + number


def write_data(folder: Path, pairs: int = 1500) -> Path:
    """A data folder with one parallel source, a newspairs file for selection, and monolingual news both ways."""
    chance = random.Random(7)
    (folder / "parallel").mkdir(parents=True)
    with gzip.open(folder / "parallel" / "made.tsv.gz", "wt", encoding="utf-8") as sink:
        for _ in range(pairs):
            sink.write("\t".join(sentence(chance)) + "\n")
    article = {
        "title": dict(zip(("ar", "en"), sentence(chance), strict=True)),
        "summary": dict(zip(("ar", "en"), sentence(chance), strict=True)),
        "sentences": [dict(zip(("ar", "en"), sentence(chance), strict=True)) for _ in range(6)],
    }
    (folder / "dev.jsonl").write_text(json.dumps(article, ensure_ascii=False) + "\n", encoding="utf-8")
    for side, name in enumerate(("mono_ar", "mono_en")):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as sink:
            for _ in range(60):
                text = (
                    ". ".join(sentence(chance)[side] + " " + sentence(chance)[side] for _ in range(3)) + "."
                )
                sink.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    return folder


def settings(folder: Path, **changes: object) -> dict[str, object]:
    """A complete training configuration over `write_data`, small enough for a test."""
    return {
        "name": "made",
        "corpus": {
            "folder": str(folder),
            "sources": {"made": {"weight": 1}},
            "selection": "dev.jsonl",
            "monolingual": {
                "ar_news": {"path": "mono_ar.jsonl.gz", "language": "ar"},
                "en_news": {"path": "mono_en.jsonl.gz", "language": "en"},
            },
            "fresh_numbers": 50,
            "lower_cased": 0.1,
        },
        "vocabulary": {"size": 340, "sampling": 0.1, "variants": 2},
        "architecture": {
            "width": 32, "feed_forward": 64, "heads": 2, "encoder_layers": 2, "decoder_layers": 1, "positions": 64,
        },
        "stages": [
            {"name": "one", "steps": 12, "batch_tokens": 512, "lengths": [16, 32], "start": 1e-4, "end": 3e-3},
            {"name": "two", "steps": 8, "batch_tokens": 512, "lengths": [16, 32], "start": 3e-3, "end": 1e-3,
             "back_translate": ["ar_news", "en_news"], "sentences": 20,
             "synthetic": {"ar_news": 0.5, "en_news": 0.5},
             "drop_worst": 0.05},
        ],
        "evaluate_every": 10,
        "evaluate_sentences": 8,
        **changes,
    }  # fmt: skip
