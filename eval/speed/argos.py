"""Argos Translate's own code on a package folder made of our converted model; `table.py` starts it in its own venv.

    ARGOS_PYTHON eval/speed/argos.py PACKAGE FORCED

PACKAGE holds what an Argos package holds (model/, sentencepiece.model, metadata.json), `frame.json` with the marks
that our model reads around a text, and `lines.json` with the sentences. Sentences are given in one call, parted
already: Argos is spared the download and the work of a sentence splitter, and fills its own batches. FORCED is the
exact length of every output, or 0. Speaks the protocol of `table.py`: a line of JSON when loaded, then one for each
line that comes in.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

BORDER = "\x1e"


class Framed:
    """Argos' tokeniser, with our marks around each text."""

    def __init__(self, inner: Any, frame: dict[str, list[str]]) -> None:
        self.inner, self.frame = inner, frame

    def encode(self, sentence: str) -> list[str]:
        """Pieces with the marks around them."""
        return [*self.frame["before"], *self.inner.encode(sentence), *self.frame["after"]]

    def decode(self, tokens: list[str]) -> str:
        """The text, as Argos joins it."""
        return str(self.inner.decode(tokens))


class Parted:
    """In place of a sentence splitter: the sentences are known."""

    def split_sentences(self, text: str) -> list[str]:
        """At the borders that were put in."""
        return text.split(BORDER)


class Forced:
    """The translator, told to write outputs of one length: random weights never end."""

    def __init__(self, inner: Any, length: int) -> None:
        self.inner, self.length = inner, length

    def translate_batch(self, *texts: Any, **orders: Any) -> Any:
        """As asked, and as long as told."""
        lengths = {"min_decoding_length": self.length, "max_decoding_length": self.length}
        return self.inner.translate_batch(*texts, **orders, **lengths)


def main() -> None:
    started = time.perf_counter()
    folder, forced = Path(sys.argv[1]), int(sys.argv[2])
    import ctranslate2
    from argostranslate import settings
    from argostranslate.package import Package
    from argostranslate.translate import apply_packaged_translation

    package = Package(folder)
    package.tokenizer = Framed(package.tokenizer, json.loads((folder / "frame.json").read_text("utf-8")))
    translator = ctranslate2.Translator(
        str(folder / "model"),
        device=settings.device,
        inter_threads=settings.inter_threads,
        intra_threads=settings.intra_threads,
        compute_type=settings.compute_type,
    )
    if forced:
        translator = Forced(translator, forced)
    lines = json.loads((folder / "lines.json").read_text("utf-8"))

    def translate(texts: list[str]) -> str:
        (found,) = apply_packaged_translation(package, BORDER.join(texts), translator, Parted(), 1)
        return str(found.value)

    translate(lines[:2])
    tell({"startup": time.perf_counter() - started, "memory": peak()})
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        output = translate(lines)
        tell(
            {
                "wall": time.perf_counter() - wall,
                "processor": time.process_time() - processor,
                "outputs": [output],
                "memory": peak(),
            }
        )


def peak() -> float:
    """MB of this process at its largest."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
