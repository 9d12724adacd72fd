"""A brief made by a fake engine that knows one article by heart, for tests of making and of showing."""

from dataclasses import replace
from datetime import datetime

from workbench.brief import make_brief
from workbench.engines.base import Generation
from workbench.records import Article, Flag, Related
from workbench.summarise import Extractive, Length
from workbench.translate import Translator

TITLE = {"en": "Jordan and UN sign a water deal", "ar": "الأردن والأمم المتحدة UN يوقعان اتفاق مياه"}
SENTENCES = (
    {
        "en": "Jordan signed a deal in Dubai on Monday to exchange 600 megawatts of power for water.",
        "ar": "وقع الأردن في دبي، الاثنين، اتفاقا لمبادلة 600 ميغاواط من الكهرباء بالمياه.",
    },
    {
        "en": "The deal was reported by Business Insider, which had seen the text.",
        "ar": "ونشر موقع Business Insider خبر الاتفاق بعدما اطلع على النص.",
    },
    {"en": "Hundreds of students protested.", "ar": "وتظاهر مئات الطلاب."},
    {
        "en": "The plant will be built between 2011-2015 and will cost 1,200,000 dollars.",
        "ar": "وستبنى المحطة بين 2011-2015 بكلفة 1,200,000 دولار.",
    },
)


class ByHeart:
    """Knows the sentences above in both languages, and nothing else."""

    name = "by-heart"
    max_input_tokens = 256

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        known = {row[source]: row[target] for row in (TITLE, *SENTENCES)}
        return [
            Generation(
                text=known.get(text, ""), truncated=False, log_probability=-0.5, tokens=len(text.split())
            )
            for text in texts
        ]


def article(own, **fields):
    text = [row[own] for row in SENTENCES]
    return Article(
        id="water",
        **{
            "url": "https://news.example.org/a/1",
            "title": TITLE[own],
            "language": own,
            "text": f"{text[0]} {text[1]}\n\n{text[2]}\n\n{text[3]}",
            "published": datetime(2021, 11, 22, 17, 11),
            "agencies": ("AFP",),
            "related": (Related(title="An older deal", url="https://news.example.org/a/0"),),
            "warnings": ('Removed the editor\'s code "212".',),
            **fields,
        },
    )


def brief(own="ar", *, sentences=2, **fields):
    translator = Translator(
        engine=ByHeart(), name="by-heart", revision="r1", calibration=((-2.0, 20.0), (-0.1, 60.0))
    )
    summariser = Extractive(name="by-heart")
    return make_brief(
        article(own, **fields),
        translator=translator,
        summariser=summariser,
        length=Length(sentences=sentences),
    )


def flagged(made, *flags):
    """The brief with flags on its translation."""
    return replace(made, translation=replace(made.translation, flags=tuple(flags)))


def flag_on(made, phrase, **fields):
    """A flag on a phrase of the translation."""
    start = made.translation.text.index(phrase)
    return Flag(
        **{"kind": "number", "message": "Look here.", "output_span": (start, start + len(phrase)), **fields}
    )
