"""What a job came to: figures as JSON for programs, and a page for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

from workbench.brief.labels import labels
from workbench.jobs.wording import wording
from workbench.records import Record

_MOST_REASONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Record):
    """The figures of a job's folder.

    Attributes:
        state: "done", "stopped" by the user, or "failed".
        done: Articles that have a record.
        rejected: Articles and sources that were rejected.
        flagged: Records with something to check.
        flags: Number of flags by kind, most first.
        reasons: Number of rejections by reason, most first.
        shards: Finished shards.
        tokens: Tokens generated.
        seconds: Time that shards took, all runs and processes added up.
        run_done: Articles that the last run finished.
        run_rejected: Articles that the last run rejected.
        run_tokens: Tokens that the last run generated.
        run_seconds: Time that the last run took, everything included.
        tokens_per_second: Of the last run; None where nothing was generated.
        articles_per_second: Of the last run; None where nothing was done.
        facts: The plan.
    """

    state: str
    done: int
    rejected: int
    flagged: int
    flags: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    shards: int
    tokens: int
    seconds: float
    run_done: int
    run_rejected: int
    run_tokens: int
    run_seconds: float
    tokens_per_second: float | None = None
    articles_per_second: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        state: str,
        facts: Mapping[str, Any],
        total: Counter[str],
        this_run: Counter[str],
        seconds: float,
    ) -> Self:
        """Put the figures together; see `workbench.jobs.plan.tally` for their names."""
        return cls(
            state=state,
            done=total["done"],
            rejected=total["rejected"],
            flagged=total["flagged"],
            flags=_under("flag", total),
            reasons=dict(list(_under("reason", total).items())[:_MOST_REASONS]),
            shards=total["shards"],
            tokens=total["tokens"],
            seconds=round(total["milliseconds"] / 1000, 1),
            run_done=this_run["done"],
            run_rejected=this_run["rejected"],
            run_tokens=this_run["tokens"],
            run_seconds=round(seconds, 1),
            tokens_per_second=_rate(this_run["tokens"], seconds),
            articles_per_second=_rate(this_run["done"], seconds),
            facts=facts,
        )

    def write(self, folder: Path) -> None:
        """Write `summary.json` and `summary.html`, each whole or not at all.

        The page is in Arabic where the job writes Arabic, in English otherwise.

        Raises:
            OSError: The folder cannot be written.
        """
        texts = {
            "summary.json": json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n",
            "summary.html": self.page("ar" if _writes_arabic(self.facts) else "en"),
        }
        for name, text in texts.items():
            part = folder / "open" / f"{name}.part"
            part.write_text(text, encoding="utf-8", errors="backslashreplace")
            part.replace(folder / name)

    def page(self, language: str) -> str:
        """The figures as a page of its own, in Arabic from right to left or in English."""
        names = labels(language)
        return str(
            _template().render(
                summary=self,
                language=language,
                words=wording(language),
                flags={names.get(f"flag_{kind}", kind): count for kind, count in self.flags.items()},
                facts=_rows(self.facts),
            )
        )


def _writes_arabic(facts: Mapping[str, Any]) -> bool:
    """Whether the plan says that what comes out is in Arabic: a brief without `to` is in both languages."""
    task = facts.get("task", {})
    own = None if task.get("do") == "brief" else facts.get("reading", {}).get("language")
    return str(task.get("to") or own).partition("-")[0].lower() == "ar"


def _under(prefix: str, figures: Counter[str]) -> dict[str, int]:
    found = {
        name.partition("\t")[2]: count
        for name, count in figures.most_common()
        if name.startswith(prefix + "\t")
    }
    return {name: count for name, count in found.items() if count}


def _rate(count: int, seconds: float) -> float | None:
    return round(count / seconds, 2) if count and seconds > 0 else None


def _rows(facts: Mapping[str, Any], name: str = "") -> list[tuple[str, str]]:
    rows = []
    for key, value in facts.items():
        label = f"{name} {key}".strip()
        if isinstance(value, Mapping):
            rows += _rows(value, label)
        elif value not in (None, [], ""):
            rows.append((label, ", ".join(map(str, value)) if isinstance(value, list) else str(value)))
    return rows


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).parent / "page"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("summary.html.j2")
