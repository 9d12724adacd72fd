"""What the commands that translate share: lines read exactly, articles in groups, flags told on stderr."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.output import Results, say
from workbench.errors import ConfigError, InputError, SourceError
from workbench.records import Article, Output, Record, Rejection

if TYPE_CHECKING:
    from workbench.translate import Translator

Progress = Callable[[int, int | None], None]

_RULE = "\n* * *\n\n"
_GROUP, _GROUP_CHARACTERS = 64, 60_000
_LINES = 512


class Pages:
    """Results one below the other: JSON lines, or texts with a rule between articles.

    Args:
        sink: Where they go.
        jsonl: Whether records are written rather than texts.
    """

    def __init__(self, sink: Results, *, jsonl: bool) -> None:
        self._sink = sink
        self._jsonl = jsonl
        self._rule = ""

    def add(self, record: Record, *texts: str) -> None:
        """Write one result: `record` as JSON, or its `texts` with a blank line between them."""
        if self._jsonl:
            self._sink.line(record.to_json())
            return
        self._sink.write(self._rule + "\n\n".join(text.strip("\n") for text in texts if text.strip()) + "\n")
        self._rule = _RULE

    def tell_flags(self, output: Output, *, name: str, source: str) -> None:
        """Tell flags on stderr where the texts have no place for them.

        Args:
            output: Its flags are told.
            name: What to call it.
            source: The text that the flags' source spans count in.
        """
        from workbench.translate.terms import settled

        for flag in () if self._jsonl else output.flags:
            if settled(flag):
                continue  # counted at the end
            say(f"{name}: {flag.kind}: {flag.message}")
            _quote("source", source, flag.source_span)
            _quote("output", output.text, flag.output_span)


def tell_terms(outputs: Iterable[Output]) -> None:
    """Tell on stderr how many terms of the glossary were kept, changed and missed."""
    from workbench.translate.terms import STATES, tally

    counts = tally(outputs)
    if counts:
        say("Terms of the glossary: " + ", ".join(f"{counts[state]} {state}" for state in STATES) + ".")


def _quote(label: str, text: str, span: tuple[int, int] | None) -> None:
    if span and text[slice(*span)].strip():
        say(f"    {label}: {' '.join(text[slice(*span)].split())}")


def check_inputs(sources: Sequence[str] | None, lines: str | None, language: str | None) -> None:
    """Refuse what contradicts itself before any model is loaded.

    Raises:
        ConfigError: Neither or both of SOURCE and --lines are given, or lines without their language.
    """
    if bool(sources) == (lines is not None):
        problem = "SOURCE and --lines exclude each other." if sources else "Nothing says what to translate."
        raise ConfigError(problem, cure="Give articles (SOURCE...) or one file of lines (--lines FILE).")
    if lines is not None and language is None:
        raise ConfigError("Lines are too short to tell their language.", cure="Name it: --from ar.")


def read_lines(path: str) -> list[str]:
    r"""The lines of a file, or of standard input for "-"; only \n and \r\n end a line.

    Raises:
        SourceError: The file cannot be read.
        EncodingError: It is no text.
    """
    from workbench.sources.encoding import decode

    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as fault:
        problem = f"{path} cannot be read: {fault.strerror}."
        raise SourceError(problem, cure="Check the path given to --lines.") from fault
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = decode(data, name=path).text
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def translate_lines(
    lines: Sequence[str],
    translator: Translator,
    *,
    source: str,
    to: str,
    write: Callable[[Output], None],
    progress: Progress | None,
) -> None:
    """Translate and write block by block; what was flagged is counted on stderr."""
    from workbench.translate.terms import settled

    flagged: Counter[str] = Counter()
    done: list[Output] = []
    for start in range(0, len(lines), _LINES):
        for output in translator.translate_lines(lines[start : start + _LINES], source=source, target=to):
            write(output)
            flagged.update({flag.kind for flag in output.flags if not settled(flag)})
            done += [output] if any(flag.kind == "term" for flag in output.flags) else []
        if progress:
            progress(min(start + _LINES, len(lines)), len(lines))
    if flagged:
        counts = ", ".join(f"{kind} {count}" for kind, count in flagged.most_common())
        say(f"Lines to check, of {len(lines)}: {counts} (each with --format jsonl).")
    tell_terms(done)


def translate_articles(
    articles: Iterable[Article], translator: Translator, *, to: str, pages: Pages, progress: Progress | None
) -> None:
    """Translate headlines and texts, group by group, and write each article when its group is done."""
    from workbench.translate import headline

    for group in _groups(articles):
        made = translator.translate_many([*map(headline, group), *group], to=to, progress=progress)
        tell_terms(made)
        for article, title, text in zip(group, made[: len(group)], made[len(group) :], strict=True):
            pages.add(text, title.text, text.text)
            if article.language != text.language:  # else the text says for both that it was copied
                pages.tell_flags(title, name=article.title, source=article.title)
            pages.tell_flags(text, name=article.title or article.id, source=article.text)


def usable(
    records: Iterable[Article | Rejection], language_of: Callable[[Article], str]
) -> Iterator[Article | Rejection]:
    """Records whose articles all have a language; one that `language_of` refuses is a Rejection with its reason."""
    for record in records:
        if isinstance(record, Rejection):
            yield record
            continue
        try:
            yield replace(record, language=language_of(record))
        except InputError as fault:
            yield Rejection(
                source=record.url or record.title or record.id,
                reason=fault.problem,
                cure=fault.cure,
                article=record.id,
            )


def _groups(articles: Iterable[Article]) -> Iterator[list[Article]]:
    """Articles that are translated together: enough to fill batches, few enough to be seen soon."""
    group: list[Article] = []
    for article in articles:
        group.append(article)
        if len(group) >= _GROUP or sum(len(each.text) for each in group) > _GROUP_CHARACTERS:
            yield group
            group = []
    if group:
        yield group
