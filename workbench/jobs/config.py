"""Job files: YAML that says what `workbench batch` is to do, with the same words as its options."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from workbench.config import Strict


class Reading(Strict):
    """How sources are read; see `workbench.sources.base.ReadOptions`."""

    kind: str = Field(default="auto", alias="as")
    columns: dict[str, str] = Field(default_factory=dict)
    language: str | None = Field(default=None, alias="from")
    accept: tuple[str, ...] = ("ar", "en")
    follow: bool = False
    allow_private: bool = False
    max_mb: float = Field(default=20, gt=0)
    max_seconds: float = Field(default=30, gt=0)


class JobConfig(Strict):
    """configs/jobs/<name>.yaml: one job. Relative paths count from the folder of the file.

    Attributes:
        sources: Files, folders or addresses.
        output: Folder for the results.
        do: What to do with each article.
        to: The other language; `translate` needs it, `brief` chooses it, `summarise` stays in the article's own.
        model: Name of a card; None takes the model that ships with the package.
        device: Where models run.
        beam: Instead of the card's own.
        again: Whether what fails a check is decoded again; without, about a fifth quicker.
        sentences: Most sentences of a summary.
        words: Or about so many words.
        where: Conditions on articles, such as "published>=2024-01-01"; all must hold.
        order: Which articles come first.
        limit: Most articles.
        format: Of the shards.
        shard: Articles of a shard.
        workers: Processes; None lets a measurement decide.
        glossary: File of terms to be kept.
        memory: Whether what was translated or summarised before is used again.
        cluster: "local" is this machine; "ray" runs on a Ray cluster.
        reading: How sources are read.
    """

    sources: tuple[str, ...] = Field(min_length=1)
    output: str | None = None
    do: Literal["read", "summarise", "translate", "brief"] = "brief"
    to: str | None = None
    model: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    beam: int | None = Field(default=None, ge=1, le=64)
    again: bool = True
    sentences: int | None = Field(default=None, ge=1)
    words: int | None = Field(default=None, ge=1)
    where: tuple[str, ...] = ()
    order: Literal["source", "shortest", "longest", "newest", "oldest"] = "source"
    limit: int | None = Field(default=None, ge=1)
    format: Literal["jsonl", "parquet"] = "jsonl"
    shard: int = Field(default=64, ge=1)
    workers: int | None = Field(default=None, ge=0)
    glossary: str | None = None
    memory: bool = True
    cluster: Literal["local", "ray"] = "local"
    reading: Reading = Reading()

    def beside(self, file: Path) -> JobConfig:
        """The same with paths that no longer depend on where the job file lies."""
        from workbench.sources.sniff import is_web_address

        def moved(path: str) -> str:
            return path if path == "-" or is_web_address(path) else str(file.parent / path)

        return self.model_copy(
            update={
                "sources": tuple(map(moved, self.sources)),
                "output": moved(self.output) if self.output else None,
                "glossary": moved(self.glossary) if self.glossary else None,
            }
        )
