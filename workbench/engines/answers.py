"""Answers of instruction models: the text that was asked for, and nothing that a model wraps around it."""

from __future__ import annotations

import re

_THOUGHT = r"think|thinking|reasoning|thought"
_THOUGHTS = re.compile(rf"<({_THOUGHT})>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THOUGHT_ENDS = re.compile(rf"</(?:{_THOUGHT})>", re.IGNORECASE)
_THOUGHT_OPENS = re.compile(rf"<(?:{_THOUGHT})>", re.IGNORECASE)

MARKS = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|</?(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad|unk|mask)>|\[/?INST\]|<</?SYS>>"
)
"""What chat templates of the families in use put between turns: never a part of a text."""

_FENCE = re.compile(r"\A```[\w-]*\n(.*?)\n?```\Z", re.DOTALL)
_YES = r"(?:sure|certainly|of course|okay|ok|absolutely)"
_NAM = r"(?:بالتأكيد|بالطبع|حسن[ًا]{1,2}|طبع[ًا]{1,2})"
_LABEL = re.compile(
    r"\A[*_#\s]*(?:"
    rf"{_YES}(?:[!.]|\b[^\n:.!]{{0,100}}:)"
    r"|here(?:'s|’s| is| are)\b[^\n:]{0,100}:"
    r"|(?:the |a |my )?(?:\w+ ){0,3}(?:translation|summary|translated text)\b[^\n:]{0,60}:"
    rf"|{_NAM}(?:[!.،]|[^\n:.!،]{{0,60}}:)"
    r"|(?:إليك|إليكم|فيما يلي|هذه هي|هذا هو)[^\n:]{0,60}:"
    r"|(?:ال)?(?:ترجمة|ملخص|خلاصة|نص المترجم|موجز)[^\n:]{0,40}:"
    r")[*_]*\s*",
    re.IGNORECASE,
)
"""What introduces an answer when it ends its line; with a text behind it, it may be a sentence of that text."""
_BARE = re.compile(
    r"[*_#\s]*(?:"
    rf"{_YES}[!.]|{_NAM}[!.،]"
    rf"|(?:{_YES},? )?(?:here(?:'s|’s| is) )?(?:the |a |my )?(?:english |arabic )?"
    r"(?:translation|summary|translated text)(?: is)?:"
    rf"|(?:{_NAM}،? )?(?:(?:إليك|إليكم|فيما يلي|هذه هي|هذا هو) )?"
    r"(?:ال)?(?:ترجمة|ملخص|خلاصة|نص المترجم|موجز)(?: (?:إلى )?ال(?:إنجليزية|عربية))?:"
    r")[*_]*\s*",
    re.IGNORECASE,
)
"""What introduces an answer on the same line as well."""
_NOTE = re.compile(
    r"(?:\n|\A)[ \t]*[(\[*_#-]*\s*(?:(?:translator(?:'|’)?s? )?notes?|explanation|alternatives?|alternatively"
    r"|breakdown|ملاحظ(?:ة|ات)|شرح|توضيح)\b[^\n]{0,40}?:",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*[(\[](?:note|translator(?:'|’)?s note|ملاحظة)\s*:[^()\[\]]*[)\]]\s*\Z", re.IGNORECASE
)
_QUOTES = (("“", "”"), ("«", "»"), ('"', '"'), ("**", "**"), ("‘", "’"))


def without_thoughts(answer: str) -> str:
    r"""An answer without the thinking before it; empty where the thinking never ended.

    >>> [without_thoughts(answer) for answer in ("<think>so…</think>\n\nYes.", "so…</think>No.", "<think>so")]
    ['Yes.', 'No.', '']
    """
    text = _THOUGHTS.sub("", answer)
    ends = list(_THOUGHT_ENDS.finditer(text))
    if ends:  # the template itself had opened the thinking
        text = text[ends[-1].end() :]
    opening = _THOUGHT_OPENS.search(text)
    if opening:
        text = text[: opening.start()]
    return MARKS.sub("", text).strip()


def parse(answer: str, *, source: str, summary: bool = False) -> str:
    r"""The translation or summary in an answer: thinking, preambles, labels, fences, quotes and notes are left out.

    What the source itself has (a label, a note, quotes around it) is taken for a part of the text. Paragraphs of a
    summary become one; of what stands behind the translation of a single paragraph nothing belongs to it.

    >>> parse("Sure! Here is the translation:\n\nTalks go on.\n\nNote: “talks” is plural.", source="تستمر المحادثات.")
    'Talks go on.'
    """
    text = without_thoughts(answer)
    if "```" not in source and (fenced := _FENCE.match(text)):
        text = fenced[1].strip()
    if not _LABEL.match(source.strip()):
        text = _without_labels(text)
    if not _NOTE.search(source) and not _ASIDE.search(source):
        text = _without_notes(text)
    if summary:
        text = " ".join(text.split())
    elif "\n" not in source.strip():
        text = text.split("\n\n")[0].strip()  # a single paragraph has a single paragraph's answer
    return _unquoted(text, source)


def _without_labels(text: str) -> str:
    while (label := _LABEL.match(text)) and text[label.end() :].strip():
        if "\n" not in label[0] and not _BARE.fullmatch(label[0]):
            break
        text = text[label.end() :].strip()
    return text


def _without_notes(text: str) -> str:
    note = _NOTE.search(text)
    if note and text[: note.start()].strip():
        text = text[: note.start()].rstrip().rstrip("-*_").rstrip()
    return _ASIDE.sub("", text)


def _unquoted(text: str, source: str) -> str:
    for opening, closing in _QUOTES:
        inner = text[len(opening) : -len(closing)]
        wrapped = text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing)
        if wrapped and opening not in inner and closing not in inner and source.strip()[:1] not in "“«\"*‘'":
            return inner.strip()
    return text
