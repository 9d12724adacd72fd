"""Translations as TMX, through translate-toolkit: what other tools remember comes in, what we remember goes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import OutputError, SourceError
from workbench.memory.store import Entry, Key

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PROPERTIES = ("model", "revision", "decoding", "glossary", "form")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_MARKS = " or ".join(f"local-name()='{name}'" for name in ("bpt", "ept", "ph", "it", "ut"))
_DATE = "%Y%m%dT%H%M%SZ"


def write(path: Path, entries: Iterable[tuple[Key, Entry]]) -> int:
    """Write translations, each a unit that says who made it; the file takes its name when complete.

    Raises:
        OutputError: The file cannot be written.
    """
    from translate.storage.tmx import tmxfile

    store = tmxfile()
    _head(store)
    count = 0
    for key, entry in entries:
        store.addtranslation(clean(key.text), key.source, clean(entry.output), key.target)
        _describe(store.units[-1].xmlelement, key, entry)
        count += 1
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as sink:
            store.serialize(sink)
        part.replace(path)
    except OSError as fault:
        raise OutputError(
            f"{path} cannot be written: {fault.strerror}.", cure="Choose a folder that exists and is yours."
        ) from fault
    return count


def read(path: Path, *, author: str = "") -> Iterator[tuple[Key, Entry]]:
    """The translations in a file, from each unit's source language to all its others.

    Raises:
        SourceError: The file cannot be read, is broken, or holds no translations.
    """
    units = _units(path)
    found = False
    for unit, declared in units:
        texts = _texts(unit)
        source = next((tag for tag in texts if _same(tag, declared)), next(iter(texts), ""))
        for target, output in texts.items():
            if target != source and texts[source].strip() and output.strip():
                found = True
                yield _entry(unit, texts[source], output, source=source, target=target, author=author)
    if not found:
        raise SourceError(
            f"{path} holds no translations.",
            cure="Check that its units have texts in two languages (xml:lang).",
        )


def _units(path: Path) -> list[tuple[Any, str]]:
    """The units of a file, each with its source language, or "*all*"."""
    from lxml import etree
    from translate.storage.tmx import tmxfile

    try:
        data = path.read_bytes()
    except OSError as fault:
        raise SourceError(f"{path} cannot be read: {fault.strerror}.", cure="Check the path.") from fault
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        name = etree.QName(root).localname
        store = tmxfile.parsestring(data) if name == "tmx" else None
    except (etree.XMLSyntaxError, ValueError, AssertionError, AttributeError, KeyError) as fault:
        raise SourceError(
            f"{path} is broken: {fault}.",
            cure="Export it again from the tool that wrote it, or mend that line.",
        ) from fault
    if store is None:
        raise SourceError(f"{path} is no TMX: it begins with <{name}>.", cure="Export it as TMX 1.4.")
    header = root.find("{*}header")
    source = header.get("srclang", "*all*") if header is not None else "*all*"
    return [(unit.xmlelement, unit.xmlelement.get("srclang", source)) for unit in store.units]


def _texts(unit: Any) -> dict[str, str]:
    """The text of a unit in each of its languages; the marks of layout inside it are left out."""
    texts: dict[str, str] = {}
    for part in unit.iter("{*}tuv"):
        tag = part.get(_LANGUAGE) or part.get("lang") or ""
        if _TAG.fullmatch(tag):
            primary, mark, rest = tag.partition("-")
            written = part.xpath(f"./*[local-name()='seg']//text()[not(ancestor::*[{_MARKS}])]")
            texts.setdefault(primary.lower() + mark + rest, "".join(written).strip())
    return texts


def _entry(unit: Any, text: str, output: str, *, source: str, target: str, author: str) -> tuple[Key, Entry]:
    told = {part.get("type", "").removeprefix("x-"): part.text or "" for part in unit.iter("{*}prop")}
    key = Key(text=text, source=source, target=target)
    if told.get("origin") != "machine":
        name = author or unit.get("changeid") or unit.get("creationid") or ""
        return key.edited(), Entry(output=output, human=True, author=name)
    made = {name: told.get(name, "") for name in _PROPERTIES}
    # Of a machine's translation the file holds the text alone, not what was found wrong with it: it is only offered.
    made["decoding"] = " ".join(filter(None, (made["decoding"], "imported")))
    return Key(text=text, source=source, target=target, **made), Entry(output=output)


def _head(store: Any) -> None:
    header = store.document.getroot().find("{*}header")
    attributes = {
        "creationtool": "workbench",
        "creationtoolversion": "1",
        "segtype": "sentence",
        "o-tmf": "workbench",
        "adminlang": "en",
        "srclang": "*all*",
        "datatype": "plaintext",
    }
    for name, value in attributes.items():
        header.set(name, value)


def _describe(unit: Any, key: Key, entry: Entry) -> None:
    """Say where a translation comes from: properties stand before the texts."""
    from lxml import etree

    unit.set("srclang", key.source)
    if entry.made is not None:
        unit.set("creationdate", datetime.fromtimestamp(entry.made, UTC).strftime(_DATE))
    if entry.author:
        unit.set("changeid", clean(entry.author))
    told = {"origin": "human" if entry.human else "machine"} | {
        name: getattr(key, name) for name in _PROPERTIES
    }
    for place, (name, value) in enumerate((name, value) for name, value in told.items() if value):
        part = etree.Element("prop", type=f"x-{name}")
        part.text = clean(value)
        unit.insert(place, part)


def clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _same(one: str, other: str) -> bool:
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()
