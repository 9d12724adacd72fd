"""What stands around a sentence in its document, for models that follow instructions and can make use of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from workbench.engines.base import Decoding, Engine, Generation
from workbench.engines.requests import Instructed, Request
from workbench.records import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The neighbours of a sentence.

    Attributes:
        before: Sentences just before it, paragraphs parted as in the document.
        after: Sentences just behind it.
    """

    before: str = ""
    after: str = ""


_ALONE = Around()


def around(segments: Sequence[Segment], *, budget: int, count: Callable[[str], int]) -> dict[str, Around]:
    """The neighbours of each sentence of a document; of a sentence that occurs twice, those of the first time.

    Args:
        segments: The document's sentences.
        budget: Most tokens of the neighbours on either side; whole sentences, the nearest ones.
        count: Tokens of a text, as the model counts them.
    """
    costs = [count(part.text) if part.text else 0 for part in segments]
    found: dict[str, Around] = {}
    for at, part in enumerate(segments):
        if part.text.strip() and part.text not in found:
            start = at - _fitting(reversed(costs[:at]), budget)
            end = at + 1 + _fitting(costs[at + 1 :], budget)
            found[part.text] = Around(
                before=_joined(segments[start:at]), after=_joined(segments[at + 1 : end])
            )
    return found


def _fitting(costs: Iterable[int], budget: int) -> int:
    """How many of the first `costs` fit a budget together."""
    return sum(used <= budget for used in accumulate(costs))


def _joined(segments: Sequence[Segment]) -> str:
    return "".join(part.text + part.gap for part in segments).strip()


class InContext:
    """An engine that translates sentences with what stands around them; what it does not know goes alone.

    Args:
        engine: An engine whose model follows instructions.
        neighbours: For each sentence, as the model sees it, its neighbours.
    """

    def __init__(self, engine: Engine, neighbours: Mapping[str, Around]) -> None:
        self.name = engine.name
        self.max_input_tokens = engine.max_input_tokens
        self._engine = engine
        self._neighbours = neighbours

    def count_tokens(self, text: str) -> int:
        """Length of `text` as the model sees it."""
        return self._engine.count_tokens(text)

    def generate(
        self,
        texts: Sequence[str],
        decoding: Decoding,
        *,
        source: str | None = None,
        target: str | None = None,
    ) -> list[Generation]:
        """One translation a text, in order.

        Raises:
            EngineError: The runtime or server failed, or `decoding` asks for what it cannot do.
            UnsupportedPair: The model does not know a language.
        """
        assert isinstance(self._engine, Instructed)
        return self._engine.follow([self._request(text, source, target) for text in texts], decoding)

    def _request(self, text: str, source: str | None, target: str | None) -> Request:
        near = self._neighbours.get(text, _ALONE)
        return Request(
            task="translate", text=text, source=source, target=target, before=near.before, after=near.after
        )
