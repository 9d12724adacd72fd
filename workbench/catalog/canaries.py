"""Sentences whose translation is known: a model that garbles them is not served."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench import guards
from workbench.catalog.common import canaries_of
from workbench.config import Canary, ModelCard
from workbench.engines.base import Decoding, Engine, Generation
from workbench.engines.digests import digests
from workbench.engines.folders import FILES
from workbench.engines.requests import Instructed, Request
from workbench.errors import CanaryError
from workbench.records import Record
from workbench.text.tidy import tidy
from workbench.versions import versions

log = logging.getLogger(__name__)

_RUNTIMES = ("ctranslate2", "transformers", "torch", "sentencepiece", "tokenizers")
_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM = 5
_SUPPORTED = 0.4
_SHOWN = 300
_FATAL = ("empty", "script", "loop", "untranslated", "length")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryResult(Record):
    """What a model made of one canary.

    Attributes:
        source: The sentence.
        output: What the model wrote.
        expected: What a healthy model writes, or a reference.
        languages: Source and target, BCP 47.
        chrf: chrF of output to expected, 0 to 100.
        fault: What is wrong, or None where the model is healthy.
    """

    source: str
    output: str
    expected: str
    languages: tuple[str, str]
    chrf: float
    fault: str | None = None


def run(engine: Engine, card: ModelCard) -> list[CanaryResult]:
    """Translate or summarise the card's canaries and judge each: by chrF, script, length, loops and support.

    Raises:
        EngineError: The runtime failed.
        UnsupportedPair: The engine has no code for a canary's language.
    """
    canaries = canaries_of(card)
    outputs: dict[int, str] = {}
    for languages in dict.fromkeys(canary.languages for canary in canaries):
        numbers = [n for n, canary in enumerate(canaries) if canary.languages == languages]
        texts = [canaries[n].source for n in numbers]
        answers = _ask(engine, card, [tidy(text) if card.tidy else text for text in texts], languages)
        outputs |= {n: answer.text for n, answer in zip(numbers, answers, strict=True)}
    return [_judge(canary, outputs[n]) for n, canary in enumerate(canaries)]


def _ask(
    engine: Engine, card: ModelCard, texts: Sequence[str], languages: tuple[str, str]
) -> list[Generation]:
    """A canary within one language is a text to be summarised."""
    decoding = Decoding(**card.decoding.model_dump())
    source, target = languages
    if source != target:
        return engine.generate(texts, decoding, source=source, target=target)
    if isinstance(engine, Instructed):
        return engine.follow(
            [Request(task="summarise", text=text, source=source) for text in texts], decoding
        )
    return engine.generate(texts, decoding)


def require_healthy(results: Sequence[CanaryResult], card: ModelCard) -> None:
    """Refuse a model that garbled a canary.

    Raises:
        CanaryError: One or more canaries failed; the first is shown.
    """
    failed = [result for result in results if result.fault]
    if failed:
        first = failed[0]
        raise CanaryError(
            f"The model {card.name!r} garbles {len(failed)} of {len(results)} canary sentences, so it is not used: "
            f"“{_short(first.source)}” became “{_short(first.output)}” ({first.fault}).",
            cure="Its weights, language codes or conversion are damaged. Fetch it again, remove its converted copy "
            "(`workbench doctor` names the folder), or choose another model from `workbench models list`.",
        )


def _judge(canary: Canary, output: str) -> CanaryResult:
    from sacrebleu.metrics import CHRF

    chrf = float(CHRF().sentence_score(output, [canary.expected]).score)
    summary = canary.languages[0] == canary.languages[1]
    faults = _faults_of_summary(canary, output) if summary else _faults_of_translation(canary, output)
    if chrf < canary.least:
        faults.append(f"chrF {chrf:.1f}, at least {canary.least:g} expected")
    return CanaryResult(
        source=canary.source,
        output=output,
        expected=canary.expected,
        languages=canary.languages,
        chrf=round(chrf, 1),
        fault=" ".join(faults) or None,
    )


def _faults_of_translation(canary: Canary, output: str) -> list[str]:
    flags = guards.check(source=canary.source, output=output, languages=canary.languages)
    return [flag.message for flag in flags if flag.kind in _FATAL]


def _faults_of_summary(canary: Canary, output: str) -> list[str]:
    """What no summary of a short plain article can be: empty, in another script, a loop, or about something else."""
    flags = guards.empty(source=canary.source, output=output) or (
        *guards.script(source=canary.source, output=output, languages=canary.languages),
        *guards.loops(source=canary.source, output=output),
    )
    faults = [flag.message for flag in flags]
    stems = [word.casefold()[:_STEM] for word in _WORD.findall(output)]
    known = {word.casefold()[:_STEM] for word in _WORD.findall(canary.source)}
    supported = sum(stem in known for stem in stems) / max(len(stems), 1)
    if stems and supported < _SUPPORTED:
        faults.append(f"{supported:.0%} of its words are in the text, at least {_SUPPORTED:.0%} expected")
    return faults


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Memory:
    """Remembers on disk which models passed, so that a warm start does not pay for the canaries again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, key: str) -> list[CanaryResult] | None:
        """What a check with this key found, or None where none passed."""
        try:
            data = json.loads((self._folder / f"{key}.json").read_text(encoding="utf-8"))
            return [CanaryResult.from_dict(result) for result in data]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as fault:
            log.warning("a remembered canary result is unreadable and is made anew: %s", fault)
            return None

    def keep(self, key: str, results: Sequence[CanaryResult]) -> None:
        """Remember results; where the folder cannot be written, the next start checks again."""
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps([r.to_dict() for r in results], ensure_ascii=False), encoding="utf-8")
            part.replace(self._folder / f"{key}.json")
        except OSError as fault:
            log.warning("canary results cannot be remembered in %s: %s", self._folder, fault.strerror)


def key(card: ModelCard, weights: str, *, engine: str, device: str) -> str:
    """Names one check: another model, card, runtime or device is another check.

    Args:
        card: Its canaries, codes and decoding count.
        weights: Digest of the weights; see `digest`.
        engine: Name of the engine.
        device: Where it runs.
    """
    facts = {
        "weights": weights,
        "engine": engine,
        "device": device,
        "card": card.model_dump(
            mode="json", include={"canaries", "conditioning", "decoding", "dtype", "tidy", "max_input_tokens"}
        )
        | {"canaries": [canary.model_dump(mode="json") for canary in canaries_of(card)]},
        "versions": versions(_RUNTIMES),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]


def digest(folder: Path) -> str:
    """SHA-256 over names and contents of a model's files: configuration, tokeniser and weights."""
    return hashlib.sha256(json.dumps(digests(folder, FILES), sort_keys=True).encode()).hexdigest()
