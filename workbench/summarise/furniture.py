"""What stands in an article and is not its story: datelines, credits, captions, editor's codes, links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from workbench.sources.credits import byline, is_credit_line, is_editors_code
from workbench.sources.dates import is_date_line
from workbench.text.arabic import matching
from workbench.text.lexicon import SAYING, STARTERS
from workbench.text.places import is_place

Kind = Literal["code", "link", "dateline", "credit", "caption"]

# Alternatives of regular expressions, in the matching profile: no diacritics, ا for أ, ه for ة, ي for ى.
_LINKS = (
    "read more|read also|read next|also read|see also|more on this"
    "|related stories|related articles"
    "|related news|related links|related topics|related coverage|don.t miss|follow us"
    "|follow .{2,40} on (?:telegram|twitter"
    "|x|facebook|instagram)|join us on|subscribe|sign up for|sign up to|click here|share this"
    "|watch also|watch more"
    "|recommended for you|you may also like|get the latest|اقرا ايضا|اقرا المزيد|اقرا كذلك"
    "|اقراوا ايضا|اقرؤوا ايضا|اقراي ايضا"
    "|شاهد ايضا|شاهدوا ايضا|طالع ايضا|شاهد المزيد|للمزيد|مواضيع ذات صله|مواضيع متعلقه"
    "|اخبار ذات صله|اخبار متعلقه"
    "|مقالات ذات صله|روابط ذات صله|ذات صله|قد يعجبك|تابعونا|تابعوا اخر"
    "|شارك المقال|شارك الخبر"
    "|لمتابعه اخر|انضموا? الي قناتنا|اشتركوا? في (?:قناتنا|نشرتنا)"
)
# Sentences of the story open with these too: «المزيد من القوات وصلت», "Copyright law will change".
_LINKS_OR_STORY = "more from|more stories|المزيد من|انضموا الي|اشتركوا? في|شارك هذا"
_CREDITS_OR_STORY = "copyright|حقوق النشر"
_LINK_LABELS = (
    "read|related|watch|listen|tags?|keywords|recommended|see|more|links|اقرا|اقراوا|اقرؤوا|شاهد"
    "|شاهدوا|طالع|المزيد|الوسوم"
    "|كلمات دلاليه|كلمات مفتاحيه"
)
_CREDITS = (
    "(?:additional )?reporting by|writing by|edited by|editing by|compiled by|translated by"
    r"|photograph(?:s|y) by|copyright(?=\W*(?:\d|c\W))|©"
)
_CREDIT_LABELS = "sources?|photographs|credits?|المصدر|المصادر|بقلم|اعداد|تحرير|ترجمه|تصوير|مراسل|مراسلنا"
_RIGHTS = "all rights reserved|جميع الحقوق محفوظه|كل الحقوق محفوظه"
_PICTURES = (
    "(?:file |archive )?(?:photo|picture|image)s?|(?:info)?graphic|caption|video|الصوره"
    "|صوره(?: ارشيفيه)?|فيديو|بالفيديو"
    "|بالصور|انفوغراف(?:يك)?|تعليق الصوره"
)
_PICTURE_MARKS = "getty images|afp photo|file photo|photo by|(?:photo|image) credit|صوره ارشيفيه|غيتي ايمدجز"
_PICTURE_SIDES = (
    "pictured|left|right|centre|center|above|below|file|archive|ارشيف|من الارشيف|ارشيفيه"
    "|صوره من الارشيف|يمين|يسار|الي اليمين"
    "|الي اليسار|في الصوره"
)
_LABEL = r"\s*[:：|]"
_LINK = re.compile(rf"\W*(?:(?:{_LINKS})(?!\w)|(?:{_LINK_LABELS}|{_LINKS_OR_STORY})(?:{_LABEL}|$))")
_LINK_OR_STORY = re.compile(rf"\W*(?:{_LINKS_OR_STORY})(?!\w)")
_CREDIT = re.compile(rf"\W*(?:(?:{_CREDITS})(?!\w)|(?:{_CREDIT_LABELS}){_LABEL}|.*(?:{_RIGHTS}))")
_CREDIT_OR_STORY = re.compile(rf"\W*(?:(?:{_CREDITS_OR_STORY})(?!\w)|كتبت?{_LABEL})")
# «صور» before a dash is Tyre, the city.
_PICTURE = re.compile(
    rf"\W*(?:(?:{_PICTURES})\s*(?:[:：|/]|[–—-]\s)|صور{_LABEL}|.*(?:{_PICTURE_MARKS})(?!\w)|.*\([^()]*/[^()]*\)$)"
)
_SIDE = re.compile(rf".*\((?:{_PICTURE_SIDES})\)")
# Parties have their side in brackets too: "Die Linke (Left)", «ميرتس (يسار)».
_WING = re.compile(r"\((?:Left|Right|Cent(?:re|er)|يمين|يسار)\)")
_MACHINE = re.compile(
    r"\s*(?:string\(\d+\)|[\[{]+\s*\"|<[?!/]|\S+://\S+\s*$|www\.\S+\s*$|\S+@\S+\.\w+\s*$|[@#]\w+\s*$)"
)
_END = re.compile(r"\W*(?:ends?|end item|انتهي|يتبع)\W*")
_STOP = re.compile(r"[.!?؟۔…:][\"'”’»)\]]*$")
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_SHORT = 6


def ends(text: str) -> bool:
    """Whether a sentence closes with a stop, as running text does and a headline does not."""
    return _STOP.search(text) is not None


def words(text: str) -> list[str]:
    """Words as comparison sees them."""
    return _WORD.findall(matching(text))


def kind(text: str, *, alone: bool, agencies: Iterable[str] = ()) -> Kind | None:
    """What a sentence is if it is not part of the story.

    Args:
        text: One sentence.
        alone: Whether it is all there is on its line; some furniture looks like prose inside a paragraph.
        agencies: Outlets that the article credits, beside the well-known ones.
    """
    seen = matching(text)
    credited = {tuple(words(name)) for name in agencies}
    if is_credit_line(text) or tuple(words(text)) in credited or _CREDIT.match(seen):
        return "credit"
    if _CREDIT_OR_STORY.match(seen) and not _reads_as_story(text):
        return "credit"
    if not _LETTER.search(seen) or _MACHINE.match(seen) or _END.fullmatch(seen):
        return "code"
    if is_date_line(text):
        return "dateline"
    if _LINK.match(seen) or (_LINK_OR_STORY.match(seen) and not _reads_as_story(text)):
        return "link"
    return _on_its_own_line(text, seen) if alone else None


def _reads_as_story(text: str) -> bool:
    return ends(text) and len(words(text)) > _SHORT


def _on_its_own_line(text: str, seen: str) -> Kind | None:
    if is_editors_code(text):
        return "code"
    if byline(text):
        return "credit"
    # A caption may hold a verb and a stop; a mark of pictures on a line of its own tells it from the story.
    sided = _SIDE.match(seen) and not (_WING.search(text) and _reads_as_story(text))
    return "caption" if sided or _PICTURE.match(seen) else None


_DASH = r"\s*(?:-{1,2}|[–—ـ])\s*"
_AFTER = rf"(?:{_DASH}|\s*:\s*)"
_DAY = r"(?:\s*[,،]\s*[\w.]+(?: [\w.]+){0,3})?"
_PLACE = r"(?:[A-Z][\w.'’]*(?:[ /-][A-Z][\w.'’]*){0,3}|[ء-ي]+(?:[ /][ء-ي]+){0,3})"
# Behind a name and white space alone a sentence may go on: "The Saudi Press Agency (SPA) said".
_SPACE = r"\s+(?(place)(?!\s|[a-z]|ب?[إأا]ن(?!\w)))"
_WITH_AGENCY = re.compile(
    rf"(?P<place>{_PLACE}{_DAY}(?:{_DASH}|\s*/?\s*))?\((?P<agency>[^()]{{2,30}})\)(?:{_AFTER}|{_SPACE})"
    rf"|{_PLACE}{_DAY}(?:{_DASH}|\s*/\s*)(?P<other>[^\s:–—-][^:–—()-]{{1,24}}){_AFTER}"
)
# What stands before an agency in brackets and is no place, in the matching profile: a verb of saying, or its full name.
_NO_PLACE = re.compile(
    rf"[وف]?(?:{'|'.join(sorted(matching(verb) for verb in SAYING))})(?!\w)"
    r"|.*(?<!\w)(?:\w{0,3}(?:وكاله|قناه|شبكه|هيئه|صحيفه)|agency|press|news|corporation|network)(?!\w)"
)
_PLACE_IN_CAPITALS = rf"(?P<place>[A-Z][A-Z.'’]+(?:[ /-][A-Z.'’]+){{0,3}}){_DAY}"
# A dash with no space before it joins («US–China talks») unless brackets go before it.
_CAPITALS = re.compile(
    rf"{_PLACE_IN_CAPITALS}(?:\s*\([^()]{{1,30}}\)\s*[–—]|(?:\s*\([^()]{{1,30}}\))?\s+(?:-{{1,2}}|[–—]))\s*(?=[^\sa-z])"
)
# "WASHINGTON—The president": behind it no second half of a compound.
_TIGHT = re.compile(rf"{_PLACE_IN_CAPITALS}—(?=(?:{'|'.join(sorted(STARTERS))})\s)")
_PLAIN = re.compile(
    r"(?:[A-Z][\w.'’]*(?:[ /-][A-Z][\w.'’]*){0,2}|[ء-ي]+(?:[ /][ء-ي]+)?)"
    r"(?:\s*[,،]\s*[\w ]{0,15}\d[\w ]{0,15})?\s+(?:--?|[–—ـ])\s+"
)
# «حزب الله - كما هو متوقع - أعلن»: a second dash soon behind the first makes an aside of what stands between them.
_ASIDE = re.compile(r"\s[-–—ـ]+(?:\s+[^\s–—ـ-]\S*){1,8}\s+[-–—ـ]+\s")
# Shorter names in capitals are taken for initials ("US", "BP"); of the longer ones these are bodies and no places.
_SHORTEST_IN_CAPITALS = 4
_BODIES = re.compile(
    "ASEAN|BRICS|DAESH|FIFA|HAMAS|HEZBOLLAH|HSBC|IAEA|ISI[LS]|NASA|NATO|OPEC|TALIBAN|UEFA|UNESCO|UNHCR|UNICEF|UNIFIL|UNRWA"
)
_LEAST_BEHIND = 4
_OPENING = 120


def dateline(text: str, *, first: bool) -> int:
    """Length of the dateline that opens a sentence ("CAIRO (AFP) - "), 0 where there is none.

    Args:
        text: One sentence.
        first: Whether it opens the story: only there is a place before a dash, with no agency, a dateline.
    """
    end = _dateline_end(text, first=first)
    return end if len(_WORD.findall(text[end:])) >= _LEAST_BEHIND else 0


def _dateline_end(text: str, *, first: bool) -> int:
    found = _WITH_AGENCY.match(text)
    before = matching(found["place"] or "") if found else ""
    if found and is_credit_line(found["agency"] or found["other"]) and not _NO_PLACE.match(before):
        return found.end()
    aside = _ASIDE.search(text[:_OPENING])
    if capitals := _CAPITALS.match(text) or (_TIGHT.match(text) if first else None):
        place = capitals["place"]
        sure = "(" in capitals[0] or is_place(place) or (first and not aside)
        return capitals.end() if sure and not _is_body(place) else 0
    plain = _PLAIN.match(text) if first and not aside else None
    return plain.end() if plain else 0


def _is_body(name: str) -> bool:
    return sum(map(str.isalpha, name)) < _SHORTEST_IN_CAPITALS or _BODIES.fullmatch(name) is not None


_PART_OF_DAY = "صباح|فجر|ظهر|بعد ظهر|عصر|مساء|ليل|ليلة"
_WEEKDAY = "السبت|ال[أا]حد|ال[إا]ثنين|الثلاثاء|ال[أا]ربعاء|الخميس|الجمعة"
_DAY_OF_REPORT = re.compile(
    rf"\s*[،,]\s*(?:(?:(?:{_PART_OF_DAY}) )?(?:اليوم|[أا]مس)(?: (?:{_WEEKDAY}))?|(?:{_PART_OF_DAY}) (?:{_WEEKDAY}))"
    r"\s*(?P<close>[،,])(?P<space>\s*)"
)


def undated(text: str) -> str:
    """An Arabic sentence without the days between commas on which it was reported («، اليوم الأربعاء،»).

    They are datelines that stand inside: a summary is read on another day. Of the two commas one stays where it closes
    what an earlier one opened. What somebody is quoted with is left as it is.
    """
    return _DAY_OF_REPORT.sub(_comma, text)


def _comma(day: re.Match[str]) -> str:
    before = day.string[: day.start()]
    if (
        before.count('"') % 2
        or before.count("«") > before.count("»")
        or before.count("“") > before.count("”")
    ):
        return day[0]
    opened = len(re.findall("[،,]", before)) % 2
    return (day["close"] if opened else "") + (day["space"] or " ")
