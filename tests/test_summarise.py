"""Summaries: the right sentences, whole, in order, each with its source; furniture never."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.echo import Echo
from workbench.errors import InputError, UnsupportedPair
from workbench.records import Alignment, Article, Flag, Output, Related
from workbench.summarise import Extractive, Length, Summariser, Weights, in_language
from workbench.summarise.furniture import dateline, kind
from workbench.summarise.ranking import centrality, common, lexical_vectors, repetition, unit
from workbench.summarise.sentences import points_back, story

FLOOD = (
    "Heavy rain flooded the northern valley on Monday, and three villages were cut off.",
    "Rescue teams reached two of the villages by boat before nightfall.",
    "The mayor said that the flooded valley had not seen such rain in forty years.",
    "A football match in the capital ended without goals.",
    "Engineers expect the valley's only bridge to be closed for a month.",
)
ARABIC = (
    "غمرت أمطار غزيرة الوادي الشمالي يوم الاثنين وانقطعت ثلاث قرى عن العالم.",
    "ووصلت فرق الإنقاذ إلى قريتين بالقوارب قبل حلول الليل.",
    "وقال رئيس البلدية إن الوادي لم يشهد مثل هذه الأمطار منذ أربعين عاما.",
    "ويتوقع المهندسون إغلاق الجسر الوحيد في الوادي شهرا كاملا.",
)


def article(*sentences, between=" ", **fields):
    return Article(id="a", **{"language": "en", "text": between.join(sentences), **fields})


def sources(summary, text):
    return [text[slice(*span)] for pair in summary.alignment for span in pair.sources]


@pytest.fixture(params=["lexical", "encoder"])
def summariser(request):
    return Extractive(encoder=Echo() if request.param == "encoder" else None)


def test_it_is_a_summariser(summariser):
    assert isinstance(summariser, Summariser)


@pytest.mark.parametrize(("language", "sentences"), [("en", FLOOD), ("ar", ARABIC)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_picks_so_many_sentences_in_reading_order_and_says_where_from(
    summariser, language, sentences, count
):
    given = article(*sentences, between="\n\n", language=language)
    summary = summariser.summarise(given, length=Length(sentences=count))
    picked = sources(summary, given.text)
    assert len(picked) == count
    assert picked == [sentence for sentence in sentences if sentence in picked]
    assert [summary.text[slice(*pair.output)] for pair in summary.alignment] == picked
    assert summary.text == " ".join(picked)
    assert (summary.task, summary.language, summary.coverage) == ("summarise", language, 1.0)


def test_the_lead_comes_first_and_the_stray_sentence_stays_out(summariser):
    summary = summariser.summarise(
        article(*FLOOD, title="Flood cuts off villages"), length=Length(sentences=3)
    )
    assert summary.text.startswith(FLOOD[0])
    assert FLOOD[3] not in summary.text


def test_a_repeated_sentence_is_picked_once(summariser):
    given = article(FLOOD[0], FLOOD[0], FLOOD[2], between="\n\n")
    assert summariser.summarise(given, length=Length(sentences=2)).text == f"{FLOOD[0]} {FLOOD[2]}"


@pytest.mark.parametrize("words", [1, 10, 15, 25, 40, 1000])
def test_a_length_in_words_is_met_as_nearly_as_whole_sentences_allow(words):
    given = article(*FLOOD)
    summary = Extractive().summarise(given, length=Length(words=words))
    picked = sources(summary, given.text)
    assert picked, "one sentence there always is"
    assert all(sentence in FLOOD for sentence in picked), "no sentence is cut"
    have = len(summary.text.split())
    for sentence in set(FLOOD) - set(picked):
        assert abs(have + len(sentence.split()) - words) >= abs(have - words), (
            "another sentence would come nearer"
        )


def test_a_short_article_is_its_own_summary(summariser):
    given = article(*FLOOD[:2])
    assert summariser.summarise(given, length=Length(sentences=5)).text == given.text


@pytest.mark.parametrize("text", ["", "  \n\n ", "212", "(AFP)\n\n212", "١٢ / ٣"])
def test_an_article_without_a_sentence_gives_an_empty_summary_that_says_so(summariser, text):
    for length in (Length(), Length(words=20)):
        summary = summariser.summarise(article(text), length=length, to="ar")
        assert (summary.text, summary.alignment, summary.coverage) == ("", (), None)
        assert [flag.kind for flag in summary.flags] == ["empty"]


@pytest.mark.parametrize("wrong", [{"sentences": 0}, {"words": -3}, {"sentences": 2, "words": 20}])
def test_an_impossible_length_is_refused_with_its_cure(wrong):
    with pytest.raises(InputError) as fault:
        Length(**wrong)
    assert fault.value.cure


def test_three_sentences_are_the_default():
    assert Length() == Length(sentences=3)
    assert Length(words=60).sentences is None


MESS = (
    "Flood cuts off villages",
    "Mon Jul 18, 2016 17:11:40",
    "By Jane Doe",
    "VALLEY TOWN (AFP) - " + FLOOD[0],
    "Photo: Rescuers in a boat",
    "A flooded street in the valley. (Reuters/File)",
    FLOOD[1],
    "Read more: Bridges of the north",
    "Bridges of the north are old, engineers say",
    FLOOD[2],
    "Three villages, one bridge",
    FLOOD[4],
    "Source: Agencies",
    "212",
    'string(1479) "[{"id":"1825248"}]"',
)


def test_headlines_datelines_credits_captions_codes_and_links_are_never_picked(summariser):
    related = (Related(title="Bridges of the north are old, engineers say"),)
    given = article(*MESS, between="\n\n", title=MESS[0], related=related)
    summary = summariser.summarise(given, length=Length(sentences=20))
    assert sources(summary, given.text) == [FLOOD[0], FLOOD[1], FLOOD[2], FLOOD[4]]


ARABIC_MESS = (
    "أمطار تعزل ثلاث قرى",
    "الاثنين ١٨ تموز/يوليو ٢٠١٦ - ٠٥:١١ مساءً بتوقيت غرينتش",
    "بقلم: فلان الفلاني",
    "بيروت (أ ف ب) - " + ARABIC[0],
    "صورة أرشيفية",
    ARABIC[1],
    "اقرأ أيضاً: جسور الشمال",
    ARABIC[2],
    ARABIC[3],
    "المصدر: رويترز + وكالات",
    "ع.م/٢",
    "/انتهى/",
)


def test_arabic_furniture_is_never_picked_either(summariser):
    given = article(*ARABIC_MESS, between="\n\n", title=ARABIC_MESS[0], language="ar")
    summary = summariser.summarise(given, length=Length(sentences=20))
    assert sources(summary, given.text) == list(ARABIC)


def test_headlines_must_do_where_there_is_nothing_else():
    given = article("Flood cuts off villages", title="Flood cuts off villages")
    assert Extractive().summarise(given, length=Length()).text == "Flood cuts off villages"


def test_lines_without_stops_are_the_story_where_no_line_has_one():
    lines = ("Rain floods the valley", "Villages are cut off", "A bridge is closed")
    summary = Extractive().summarise(article(*lines, between="\n\n"), length=Length(sentences=2))
    assert summary.text.split("\n") == [line for line in lines if line in summary.text]
    assert len(summary.alignment) == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(AFP)", "credit"),
        ("المصدر: رويترز + وكالات", "credit"),
        ("© 2016 All rights reserved.", "credit"),
        ("By Jane Doe", "credit"),
        ("ع.م/٢", "code"),
        ("END", "code"),
        ("https://example.org/a", "code"),
        ("Published: 19 July 2016, 5:11 pm GMT", "dateline"),
        ("إقرأ أيضا", "link"),
        ("Follow the news on Telegram", "link"),
        ("صورة: طفل في الشارع", "caption"),
        ("A rider (right) wins the race.", "caption"),
        ("By Monday, thousands had fled the city.", None),
        ("Share prices fell on Monday.", None),
        ("Reuters was founded in 1851.", None),
        ("شاهد الرئيس الدمار في المدينة.", None),
        ("Video of the attack was posted online.", None),
        ("He left.", None),
        ("تقرير: سعاد البكري", "credit"),
        ("تقرير: إسرائيل تستعد لضرب إيران.", None),
        ("المزيد من الأخبار", "link"),
        ("More from this author.", "link"),
        ("More stories: The bridge that the valley had been waiting for is open.", "link"),
        ("Sign up for our newsletter and read the best of our stories every morning.", "link"),
        ("انضموا إلى قناتنا على تلغرام لمتابعة آخر الأخبار لحظة بلحظة.", "link"),
        ("Copyright The Associated Press", "credit"),
        ("Copyright (c) 2016 The Associated Press, its partners and its licensors.", "credit"),
        ("كتب: فلان الفلاني", "credit"),
        ("صور: طفل في الشارع", "caption"),
        ("The president (left) greets the king at the airport in Cairo on Monday.", "caption"),
        ("Members from Die Linke (Left) said they would vote against the deal.", None),
        ("وأعلن حزب ميرتس (يسار) أنه سيصوت ضد الاتفاق.", None),
        ("صور - استهدفت طائرة إسرائيلية سيارة على طريق الساحل.", None),
    ],
)
def test_furniture_is_told_from_prose(line, expected):
    assert kind(line, alone=True) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "A rider (right) wins the race.",
        "المزيد من القوات الأميركية وصلت إلى شمال سوريا يوم الاثنين.",
        "انضموا إلى الحزب الجديد أكثر من مئة نائب.",
        "Copyright law in Europe will change next year, the commission said.",
        "كتب: لن أستسلم أبدا، وذلك على صفحته في فيسبوك.",
    ],
)
def test_what_looks_like_furniture_within_a_paragraph_is_prose(sentence):
    assert kind(sentence, alone=False) is None


@pytest.mark.parametrize(
    ("opening", "first"),
    [
        ("TEHRAN – ", False),
        ("WASHINGTON, July 19 (Reuters) - ", False),
        ("Beirut, Lebanon (AP) — ", False),
        ("(CNN) -- ", False),
        ("Cairo – ", True),
        ("New York - ", True),
        ("WASHINGTON—", True),
        ("WASHINGTON (AFP)—", False),
        ("US (AP) – ", False),
        ("NEWPORT NEWS, Va. (AP) — ", False),
        ("ADEN – ", True),
        ("UNITED NATIONS – ", False),
        ("القاهرة (أ ف ب) - ", False),
        ("القاهرة، 19 يوليو 2016 (أ ش أ) - ", False),
        ("بيروت - رويترز: ", False),
        ("لندن (رويترز) ", False),
        ("طهران – ", True),
    ],
)
def test_a_dateline_is_measured(opening, first):
    rest = (
        "قالت الحكومة يوم الاثنين إنها"
        if opening.strip("(")[0] > "z"
        else "The president said on Monday that"
    )
    assert dateline(opening + rest, first=first) == len(opening)


@pytest.mark.parametrize(
    "sentence",
    [
        "The deal - long awaited by many - was signed on Monday.",
        "NATO - the alliance of Western states - said it would not.",
        "US-led forces have attacked a base in the east.",
        "US–China trade talks resumed in Geneva on Monday.",
        "UK–EU deal was signed on Monday.",
        "NATO—Russia relations are at their lowest.",
        "المقاومة - كما هو متوقع - أعلنت مقتل جندي في المعركة.",
        "استهدف قصف صاروخي، ليل السبت - الأحد، قاعدة في الشمال.",
        "HSBC – Europe's biggest bank – said on Monday it would cut 8,000 jobs.",
        "BP - Britain's second-biggest oil company - said on Monday it would cut jobs.",
        "US – China trade talks resumed in Geneva on Monday.",
        "NATO – Russia talks resumed in Geneva on Monday.",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_dashes_within_a_sentence_are_no_dateline(sentence, first):
    assert dateline(sentence, first=first) == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "قالت وكالة الأنباء السورية (سانا) إن الجيش سيطر على قريتين في ريف حلب.",
        "ذكرت وكالة الأنباء السعودية (واس) أن الملك استقبل الوزير.",
        "قال المتحدث باسم الجيش (رويترز) إن القوات دخلت المدينة.",
        "وكالة الأنباء السورية (سانا) نقلت الخبر عن مصدر عسكري.",
        "وقال متحدث (رويترز) القوات دخلت المدينة فجر اليوم.",
        "The Saudi Press Agency (SPA) said the king met the minister.",
        "The Associated Press (AP) reported that the king met the minister.",
        "Kuwait News Agency (KUNA) quoted the minister as saying so.",
        "Kuwait News Agency (KUNA) Director Jane Doe met the minister.",
    ],
)
def test_who_is_named_with_an_agency_in_brackets_is_no_dateline(sentence):
    assert dateline(sentence, first=True) == 0


@pytest.mark.parametrize(
    ("opening", "rest"),
    [
        ("(CNN) ", "marvel comics superhero hawkeye is a master with the bow."),
        ("TEHRAN – ", "“Iran – Cradle of Civilization”, an exhibition – will open in June."),
    ],
)
def test_what_follows_a_sure_dateline_does_not_matter(opening, rest):
    assert dateline(opening + rest, first=False) == len(opening)


def test_a_name_in_capitals_that_is_no_known_place_is_a_dateline_only_where_the_story_opens():
    assert dateline("ACME – Shares fell on Monday after the news.", first=False) == 0


def test_a_place_and_a_dash_are_a_dateline_only_where_the_story_opens():
    assert dateline("Cairo – The president said that he would stay.", first=False) == 0


def test_a_sentence_that_points_back_waits_for_the_one_before():
    assert points_back("He also said so.")
    assert points_back("“We lost everything,” she said.")
    assert points_back("وأضاف أن ذلك غير صحيح.")
    assert not points_back("وقال الرئيس إن المحادثات مستمرة.")
    given = article(
        "The council met on Monday to speak of the old bridge.",
        "Some members left the room early in the day.",
        "However, the council will speak of the old bridge again on Monday.",
        "The council of the town wants the old bridge closed on Monday.",
    )
    heedless = Weights(position=0, title=0, redundancy=0, dangling=0)
    heedful = Weights(position=0, title=0, redundancy=0, dangling=1)
    texts = [
        Extractive(weights=w).summarise(given, length=Length(sentences=2)).text for w in (heedless, heedful)
    ]
    assert "However" in texts[0]
    assert "However" not in texts[1]


def test_vectors_are_unit_and_like_texts_are_near():
    vectors = lexical_vectors(["والمدرسة الكبيرة", "المدرسه الكبيره", "football tonight", ""])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-6)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]


def test_centrality_is_the_mean_cosine_with_the_others():
    vectors = lexical_vectors(FLOOD)
    cosines = vectors @ vectors.T
    mean = (cosines.sum(axis=1) - np.diag(cosines)) / (len(FLOOD) - 1)
    assert np.allclose(centrality(vectors), (mean - mean.min()) / (mean.max() - mean.min()), atol=1e-5)
    assert np.isclose(common(vectors), mean.mean())


def test_repetition_starts_where_any_two_sentences_stand():
    narrow = unit(lexical_vectors(FLOOD) + np.float32(0.5))
    repeated = repetition(narrow, 0, base=common(narrow))
    assert np.isclose(repeated[0], 1, atol=1e-2)
    assert repeated.min() == 0


class Halving:
    """A translator that upper-cases, word by word aligned as one sentence a sentence, and doubts the second."""

    def translate_many(self, articles, *, to):
        (given,) = articles
        self.seen = given
        start = given.text.index(FLOOD[2])
        spans = [(0, start - 1), (start, len(given.text))]
        return [
            Output(
                article=given.id,
                task="translate",
                text=given.text.upper(),
                language=to,
                model="upper",
                flags=(
                    Flag(
                        kind="number",
                        message="Look.",
                        output_span=(start, start + 3),
                        source_span=(start, start + 3),
                    ),
                ),
                alignment=tuple(Alignment(output=span, sources=(span,)) for span in spans),
                seconds=1.0,
            )
        ]


def test_in_another_language_the_summary_points_to_the_article_still():
    given = article(FLOOD[0], FLOOD[3], FLOOD[2], title="Flood")
    translator = Halving()
    own = Extractive(translator=translator).summarise(given, length=Length(sentences=2))
    other = Extractive(translator=translator).summarise(given, length=Length(sentences=2), to="ar")
    assert other.text == own.text.upper()
    assert (other.task, other.language, other.model) == ("summarise", "ar", "extractive + upper")
    assert sources(other, given.text) == [FLOOD[0], FLOOD[2]]
    (flag,) = other.flags
    assert other.text[slice(*flag.output_span)] == "THE"
    assert given.text[slice(*flag.source_span)] == "The"
    assert translator.seen.title == "", "only the summary is translated"
    assert in_language(own, given, translator, to="ar").text == other.text


def test_another_language_needs_a_translator_and_the_same_does_not():
    assert Extractive().summarise(article(*FLOOD), length=Length(), to="en-GB").text
    with pytest.raises(UnsupportedPair):
        Extractive().summarise(article(*FLOOD), length=Length(), to="ar")


def test_a_thousand_sentences_are_no_trouble():
    given = article(*(f"Sentence number {n} speaks of thing {n % 7} at length." for n in range(1000)))
    assert len(Extractive().summarise(given, length=Length(sentences=3)).alignment) == 3


@given(st.text(alphabet=st.sampled_from("ab. \n\u200f؟!ع٣2(/)-«»\t,،:"), max_size=200), st.integers(1, 4))
def test_any_text_is_summarised_by_its_own_sentences(text, count):
    summary = Extractive().summarise(article(text), length=Length(sentences=count))
    assert sources(summary, text) == [summary.text[slice(*pair.output)] for pair in summary.alignment]
    assert len(summary.alignment) <= count
    assert bool(summary.text) == bool(summary.alignment) == bool(story(article(text)))


@pytest.mark.shared
def test_the_seed_is_summarised_by_its_story(shared):
    raw = (shared.parent / "seed" / "000_3d20981844db0ef9.txt").read_text(encoding="utf-8")
    given = article(raw, title=raw.split("\n", 1)[0])
    summary = Extractive().summarise(given, length=Length(sentences=50))
    assert summary.text.startswith("The UN chief has warned")
    assert len(summary.alignment) == 8
    for furniture in ("UN Warns", "17:11:40", "string(", "\n212"):
        assert furniture not in summary.text
