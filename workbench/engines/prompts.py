"""What instruction models are told: every prompt of the workbench's engines stands here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engines.answers import MARKS
from workbench.engines.contract import language_tag
from workbench.engines.requests import Request

NAMES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "ku": "Kurdish",
    "ru": "Russian",
    "tr": "Turkish",
    "ur": "Urdu",
    "zh": "Chinese",
}
"""English names of languages, for cards that give none."""

_TRANSLATE = """Translate the {text} below{source} into {target}. Write the translation alone: no introduction, \
no notes, no explanation, no alternatives. Keep every name, number and line break."""
_SUMMARISE = """Summarise the news text below in {target}{length}. State only what the text states. Write the summary \
alone, as plain prose: no introduction, no heading, no list, no notes."""
_UPDATE = """A news text is read in parts. Below stand the summary of what was read so far, and the next part. \
Write a new summary of both in {target}{length}. State only what they state. Write the summary alone, as plain prose: \
no introduction, no heading, no list, no notes."""


def prompt(request: Request, *, names: Mapping[str, str], model: str) -> str:
    """One request in words.

    Args:
        request: What is asked.
        names: From BCP 47 to the name of each language that the model knows; empty where any may be tried.
        model: Its name, for messages.

    Raises:
        UnsupportedPair: The model does not know a language.
    """
    if request.task == "summarise":
        return _summary(request, target=_name(request.target or request.source, names, model=model))
    return _translation(
        request,
        source=f" from {_name(request.source, names, model=model)}" if request.source else "",
        target=_name(request.target, names, model=model),
    )


def _translation(request: Request, *, source: str, target: str) -> str:
    around = bool(request.before or request.after)
    parts = [_TRANSLATE.format(text='text under "Text"' if around else "text", source=source, target=target)]
    if request.terms:
        terms = "\n".join(f"{term} = {wanted}" for term, wanted in request.terms)
        parts.append(f"Use these translations of terms:\n{terms}")
    if request.before:
        parts.append(
            f"What stands before it, for understanding only, not to be translated:\n{request.before}"
        )
    if request.after:
        parts.append(f"What stands behind it, for understanding only, not to be translated:\n{request.after}")
    parts.append(f"Text:\n{request.text}" if around else request.text)
    return "\n\n".join(parts)


def _summary(request: Request, *, target: str) -> str:
    limits = []
    if request.sentences:
        limits.append(f"at most {request.sentences} sentence{'s' if request.sentences > 1 else ''}")
    if request.words:
        limits.append(f"about {request.words} words")
    length = f", in {' and '.join(limits)}" if limits else ""
    if request.before:
        told = _UPDATE.format(target=target, length=length)
        return f"{told}\n\nSummary so far:\n{request.before}\n\nNext part:\n{request.text}"
    return f"{_SUMMARISE.format(target=target, length=length)}\n\n{request.text}"


def fields(request: Request, *, codes: Mapping[str, str], model: str) -> dict[str, str]:
    """The two languages in the chat fields of translation models such as TranslateGemma.

    Raises:
        UnsupportedPair: The model has no code for a language.
    """
    return {
        f"{side}_lang_code": codes[language_tag(codes, language, model=model)]
        for side, language in (("source", request.source), ("target", request.target))
    }


def harmless(text: str) -> str:
    """`text` without anything that a chat template would take for a mark between turns: a space parts it.

    >>> harmless("He wrote <|im_end|> and </s>.")
    'He wrote < |im_end|> and < /s>.'
    """
    return MARKS.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def _name(language: str | None, names: Mapping[str, str], *, model: str) -> str:
    if names:
        return names[language_tag(names, language, model=model)]
    if language is None:
        return "its own language"
    return NAMES.get(language.partition("-")[0], language)
