"""Verdicts of a language model on outputs, kept as Outputs beside them, so that they are asked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.evaluate.files import read_column
from workbench.evaluate.generate import Progress, generate
from workbench.evaluate.run import System, files, read_json
from workbench.evaluate.suite import Item, Part, digest
from workbench.metrics.base import Texts
from workbench.metrics.judged import Ask, Judged, Style
from workbench.records import Output

_FOLDER = "judged"


def judged_metric(part: Part, model: str, ask: Ask) -> Judged:
    """The judge for a part, in the style that its task wants."""
    style: Style = "errors" if part.task == "translate" else "summary"
    return Judged(language=part.target, source_language=part.source, model=model, ask=ask, style=style)


def judge(
    part: Part,
    outputs: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    model: str,
    ask: Ask,
    progress: Progress | None = None,
) -> None:
    """Ask a judge about every output of every system; answers that are there already are kept.

    Args:
        part: What was asked of the systems.
        outputs: Texts by system, in the order of the part.
        folder: The run's folder.
        model: Name of the judge.
        ask: From prompts to answers.
        progress: Told how many answers of how many are there.

    Raises:
        InputError: The folder holds verdicts on other outputs.
        OutputError: It cannot be written.
        EngineError: The judge failed; answers so far stay.
    """
    metric = judged_metric(part, model, ask)
    for name, texts in outputs.items():
        prompts = metric.prompts(_texts(part, texts))
        items = tuple(
            Item(id=item.id, source=prompt) for item, prompt in zip(part.items, prompts, strict=True)
        )
        asked = replace(part, name=f"{part.name}/{_FOLDER}/{model}/{name}", items=items, sha256=digest(items))
        generate(asked, _system(model, ask), folder, progress=progress)


def _texts(part: Part, outputs: Sequence[str]) -> Texts:
    material = part.material()
    return Texts(outputs=outputs, references=material.references, sources=material.sources)


def _system(model: str, ask: Ask) -> System:
    def answers(part: Part, items: Sequence[Item]) -> list[Output]:
        found = ask([item.source for item in items])
        return [
            Output(article=item.id, task="judge", text=answer or "", language=part.target, model=model)
            for item, answer in zip(items, found, strict=True)
        ]

    return System(name=model, generate=answers)


def kept_verdicts(part: Part, folder: Path) -> list[Judged]:
    """A metric for each judge whose answers lie in a run's folder; nobody is asked again.

    Raises:
        InputError: A file is broken.
    """
    base = folder / part.path / _FOLDER
    judges = sorted(path.name for path in base.iterdir()) if base.is_dir() else []
    return [judged_metric(part, model, _lookup(part, folder, model)) for model in judges]


def _lookup(part: Part, folder: Path, model: str) -> Ask:
    answers: dict[str, str] = {}
    for place in sorted((folder / part.path / _FOLDER / model).iterdir()):
        asked = replace(part, name=f"{part.name}/{_FOLDER}/{model}/{place.name}")
        here = files(folder, asked, model)
        if here.outputs.exists():
            prompts = Part.from_dict(read_json(here.items)).items
            answers |= dict(
                zip((item.source for item in prompts), read_column(here.outputs).texts, strict=True)
            )
    return lambda prompts: [answers.get(prompt) for prompt in prompts]
