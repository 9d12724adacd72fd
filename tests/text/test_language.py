import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.language import identify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("مقتل 5 جنود بينهم ضابط", "ar"),
        ("مصر تفوز على الجزائر", "ar"),
        ("كورونا: 100 إصابة", "ar"),
        ("حكومة دبي", "ar"),
        ("عايز أروح البيت دلوقتي", "ar"),
        ("رئیس الجمهورية الإيرانية یلتقي وزیر الخارجية العراقي", "ar"),
        ("قال الوزیر إن الحکومة الایرانیة ترفض التفاوض", "ar"),
        ("پوتين يلتقي بايدن في باريس", "ar"),
        ("مُحَمَّدٌ رَسُولُ اللَّهِ", "ar"),
        ("وزیر امور خارجه ایران با همتای عراقی خود دیدار کرد", "fa"),
        ("وزير خارجه ايران در گفتگو با همتاي عراقي خود تاكيد كرد", "fa"),
        ("نخست‌وزیر استعفا داد", "fa"),
        ("کاهش نرخ تورم در ماه گذشته", "fa"),
        ("وزیر اعظم نے کہا ہے کہ مذاکرات جاری رہیں گے", "ur"),
        ("عمران خان کی ضمانت منظور", "ur"),
        ("لاہور میں دھماکہ، پانچ افراد ہلاک", "ur"),
        ("د افغانستان د ولسمشر په وینا خبرې به دوام ومومي", "ps"),
        ("هەڵبژاردنەکانی پەرلەمانی کوردستان بەڕێوەچوون", "ckb"),
        ("Macron meets Putin in Moscow for talks", "en"),
        ("Breaking news", "en"),
        ("France beats Germany 2-1", "en"),
        ("US envoy arrives in Beirut", "en"),
        ("Le président français rencontre son homologue égyptien au Caire", "fr"),
        ("Cumhurbaşkanı Erdoğan Ankara'da açıklama yaptı", "tr"),
        ("Президент России встретился с министром обороны", "ru"),
    ],
)
def test_headlines_are_told_apart(text, language):
    assert identify(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "212",
        "١٢٣ ۴۵۶ 45%",
        "…—!؟",
        "☺️😀",
        "OK",
        "UN",
        "Messi",
        "https://www.alalam.ir/news/1 @alalam #عاجل",
        "قال الوزير إن الأمر انتهى. The minister said that it is over.",
        "\ud800",
    ],
)
def test_what_does_not_tell_is_unsure(text):
    assert identify(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("قال الوزير إن Google Microsoft Apple Amazon شركات كبيرة في السوق العالمي", "ar"),
        ("The group, known as الحشد الشعبي, said on Friday that it would leave the city", "en"),
        ("قال ترامب\nTrump said that he would go home soon", "en"),
        ("Tue Jul 19, 2016 17:11:40\n" + "أعلنت وزارة الدفاع أن الجيش سيطر على المدينة. " * 3, "ar"),
        ("12 34 56 78 90 هذا هو العدد", "ar"),
    ],
)
def test_mixed_text_is_what_most_of_it_is(text, language):
    assert identify(text) == language


def test_a_long_text_is_sampled_throughout():
    text = "12 " * 3_000 + "أعلنت وزارة الدفاع أن الجيش سيطر على المدينة. " * 2_000
    assert identify(text) == "ar"


@given(st.text())
def test_every_text_gets_an_answer(text):
    assert identify(text) is None or identify(text).isalpha()


@pytest.mark.shared
def test_real_headlines_are_rarely_unsure_and_never_wrong(shared):
    import gzip
    import json

    for name, language in (("mayadeen.valid", "ar"), ("tehran_times", "en")):
        with gzip.open(shared / f"summ/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            titles = [json.loads(next(lines))["title"] for _ in range(300)]
        found = [identify(title) for title in titles]
        assert found.count(language) >= 0.97 * len(titles)
        assert found.count(language) + found.count(None) == len(titles)
