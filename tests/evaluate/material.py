"""Small suites and systems for tests of evaluation."""

import json
from pathlib import Path

import yaml

from workbench.evaluate.run import System
from workbench.records import Output

RECORDS = [
    {
        "id": "a",
        "ar": "فتح الميناء",
        "en": "The port opened",
        "place": "north",
        "say": {"en": ["Port opens", "It opened"]},
    },
    {
        "id": "b",
        "ar": "وصلت 3 سفن",
        "en": "3 ships arrived",
        "place": "north",
        "say": {"en": ["Ships arrive"]},
    },
    {"id": "c", "ar": "هطل المطر", "en": "Rain fell", "place": "south", "say": {"en": ["Rain"]}},
]


def write_suite(folder: Path, *, records=RECORDS, parts=None, **changes) -> Path:
    """A suite of three records in `folder`, as YAML and JSONL."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    (data / "tiny.jsonl").write_text(
        "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8"
    )
    part = {
        "name": "ar-en",
        "task": "translate",
        "source": "ar",
        "target": "en",
        "text": "ar",
        "references": ["en"],
        "id": "id",
    }
    suite = {
        "name": "tiny",
        "title": "Three sentences",
        "licence": "CC0-1.0",
        "tables": {"all": {"kind": "jsonl", "path": "tiny.jsonl"}},
        "parts": [part] if parts is None else [part | each for each in parts],
    } | changes
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(suite, allow_unicode=True), encoding="utf-8")
    return path


def system(name, answer, **more):
    """A system that answers each item by `answer(item)`."""

    def generate(part, items):
        return [
            Output(article="?", task=part.task, text=answer(item), language=part.target, model=name)
            for item in items
        ]

    return System(name=name, generate=generate, **more)
