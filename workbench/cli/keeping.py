"""The options `--glossary` and `--memory`, and what they give to a translator and a summariser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.output import say
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.catalog import Catalog
    from workbench.glossary import TermList
    from workbench.memory import Memory
    from workbench.summarise import Summariser
    from workbench.translate import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept in mind while a command works.

    Attributes:
        terms: The glossary, or None.
        memory: The memory, or None.
    """

    terms: TermList | None
    memory: Memory | None

    def translator(self, translator: Translator) -> Translator:
        """The translator with glossary and memory."""
        if self.terms:
            translator = translator.with_glossary(self.terms)
        return translator.with_memory(self.memory) if self.memory else translator

    def summariser(
        self, summariser: Summariser, catalog: Catalog, translator: Translator | None = None
    ) -> Summariser:
        """The summariser with memory; `translator` serves summaries in another language."""
        from workbench.summarise.remembering import Remembering

        if not self.memory:
            return summariser
        settings = catalog.making(summariser.name)
        return Remembering(summariser, self.memory, settings=settings, translator=translator)


def open_keeping(glossary: Path | None, *, remember: bool, to: str | None = None) -> Keeping:
    """Read the glossary and open the memory, before any model is loaded.

    A memory that cannot be opened is told and left out: it is a help, not a duty.

    Raises:
        ConfigError: The glossary is wrong, or has no terms in the language asked for.
    """
    from workbench.glossary import open_terms

    terms = open_terms(glossary) if glossary else None
    if terms and to:
        terms.require(to)
    return Keeping(terms=terms, memory=open_memory() if remember else None)


def open_memory() -> Memory | None:
    """The memory of this user; one that cannot be opened is told and left out."""
    from workbench.memory import Memory

    try:
        return Memory.open()
    except WorkbenchError as fault:
        say(f"Nothing is remembered: {fault}")
        return None
