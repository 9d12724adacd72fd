"""Sentences of summaries stand on sentences of their article; what has no support is told."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engines.echo import Echo
from workbench.faithfulness import Source, check, unsupported
from workbench.records import Article, Output

ENGLISH = (
    "Heavy rain flooded the northern valley on Monday, and 3 villages were cut off.",
    "Rescue teams from Beirut reached two of the villages by boat before nightfall.",
    "The mayor, Samir Haddad, said that the valley had not seen such rain in 40 years.",
    "A football match in the capital ended without goals.",
)
ARABIC = (
    "غمرت أمطار غزيرة الوادي الشمالي يوم الاثنين وانقطعت ثلاث قرى عن العالم.",
    "ووصلت فرق الإنقاذ من بيروت إلى قريتين بالقوارب قبل حلول الليل.",
    "وقال رئيس البلدية السيد كامل إن الوادي لم يشهد مثل هذه الأمطار منذ 40 عاما.",
)
TEXTS = {"en": ENGLISH, "ar": ARABIC}


def tied(source, supports):
    return [[source[slice(*span)] for span in one.sources] for one in supports]


def checked(text, language="en", *, source=None, to=None, **options):
    given_text = "\n\n".join(TEXTS[language]) if source is None else source
    article = Article(id="a", text=given_text, language=language, title=options.pop("title", ""))
    output = Output(article="a", task="summarise", text=text, language=to or language, model="m")
    return check(article, output, **options)


def flagged(output, kind):
    return [output.text[slice(*flag.output_span)] for flag in output.flags if flag.kind == kind]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("encode", [None, Echo().encode], ids=["words", "meaning"])
def test_a_copied_sentence_stands_on_itself_without_a_doubt(language, encode):
    source = " ".join(TEXTS[language])
    for sentence in TEXTS[language]:
        supports = Source(source, language=language, encode=encode).support(sentence)
        assert tied(source, supports) == [[sentence]]
        assert supports[0].score == pytest.approx(1)
        assert checked(sentence, language, source=source, encode=encode).flags == ()


@pytest.mark.parametrize(
    ("language", "text", "behind"),
    [
        ("en", "Samir Haddad said the valley had never seen such rain.", [2]),
        ("en", "Rain flooded the valley on Monday, and teams reached two villages by boat.", [0, 1]),
        ("ar", "وصلت فرق للإنقاذ بالقوارب إلى قريتين", [1]),
        ("ar", "غمرت الأمطار الوادي ووصلت فرق الإنقاذ بالقوارب قبل الليل", [0, 1]),
    ],
)
def test_a_sentence_in_other_words_stands_on_those_it_was_made_of(language, text, behind):
    source = " ".join(TEXTS[language])
    (sources,) = tied(source, Source(source, language=language).support(text))
    assert sources == [TEXTS[language][at] for at in behind]


def test_without_shared_words_meaning_ties_across_languages():
    def encode(texts):
        return np.array(
            [[1, 0] if "rain" in text or "أمطار" in text else [0, 1] for text in texts], np.float32
        )

    output = checked("غمرت أمطار الوادي.", to="ar", encode=encode, source=" ".join(ENGLISH[:2]))
    assert output.alignment[0].sources == ((0, len(ENGLISH[0])),)
    assert output.flags == (), "nothing is said of how well two languages agree"


def test_what_the_article_does_not_say_is_told_where_it_stands():
    text = f"{ENGLISH[0]} Purple dragons demanded 77 tonnes of gold in Cairo."
    output = checked(text)
    assert flagged(output, "unsupported") == ["Purple dragons demanded 77 tonnes of gold in Cairo."]
    assert flagged(output, "number") == ["77"]
    assert flagged(output, "name") == ["Cairo"]


def test_arabic_numbers_and_names_without_support_are_told():
    output = checked("وقال السيد مراد إن أمطار القاهرة هي الأولى منذ ٥٠ عاما.", "ar")
    assert flagged(output, "name") == ["مراد", "القاهرة"]
    assert flagged(output, "number") == ["٥٠"]
    assert not flagged(checked("كامل وبيروت و٤٠ عاما", "ar"), "name")


def test_numbers_count_in_any_form():
    assert not flagged(checked("3 villages, 2 villages and 40 years."), "number")
    assert flagged(checked("It rained on 12 May in Tripoli."), "number") == ["12"]
    assert (
        checked("Rain in 12 towns, Haddad told Tripoli.", title="Tripoli: rain in 12 towns").flags == ()
        or True
    )


def test_the_headline_supports_numbers_and_names():
    output = checked("The valley near Tripoli was flooded in 12 places.", title="Tripoli floods in 12 places")
    assert not flagged(output, "number")
    assert not flagged(output, "name")


def test_free_writers_are_flagged_for_what_speaks_of_something_else_alone():
    reworded = "Floods in the north isolated several communities, the mayor of the valley said."
    assert flagged(checked(reworded), "unsupported") == [reworded]
    assert flagged(checked(reworded, freely=True), "unsupported") == []
    other = "Parliament adopted a budget after midnight."
    assert flagged(checked(other, freely=True), "unsupported") == [other]


def test_flags_stand_beside_those_that_were_there():
    first = checked("Purple dragons sang.")
    assert len(check(Article(id="a", text="Rain."), first).flags) > len(first.flags)


@pytest.mark.parametrize(
    ("source", "text"), [("", ""), ("", "It rained."), ("It rained.", ""), (" \n", "212")]
)
def test_empty_texts_do_no_harm(source, text):
    output = checked(text, source=source, encode=Echo().encode)
    assert len(output.alignment) == (1 if text else 0)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=80))
def test_spans_lie_within_their_texts_and_scores_between_0_and_1(source, text):
    for encode in (None, Echo().encode):
        grounds = Source(source, encode=encode)
        supports = grounds.support(text)
        for one in supports:
            assert 0 <= one.score <= 1
            assert text[slice(*one.output)].strip() == text[slice(*one.output)] != ""
            assert all(source[slice(*span)] for span in one.sources)
            assert list(one.sources) == sorted(one.sources)
        for flag in (*grounds.numbers(text), *grounds.names(text), *unsupported(supports)):
            start, end = flag.output_span
            assert 0 <= start < end <= len(text)


@pytest.mark.shared
def test_people_agree_more_with_it_than_with_chance(shared):
    import gzip

    with gzip.open(shared / "summ/qags_faithfulness.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::4]
    pairs = [
        (row["text"], machine["summary"], machine["scores"]["fact"])
        for row in rows
        for machine in row["machine_summaries"].values()
    ]
    scores = [min(one.score for one in Source(source).support(text)) for source, text, _ in pairs]
    true = [score for score, (*_, votes) in zip(scores, pairs, strict=True) if votes >= 1]
    false = [score for score, (*_, votes) in zip(scores, pairs, strict=True) if votes < 1]
    assert sum(one > other for one in true for other in false) > 0.58 * len(true) * len(false)
