"""Names of the news: a sound list, found as they are written, put where a model wrote something else."""

from contextlib import closing

import numpy as np
import pytest

from workbench.catalog import open_catalog
from workbench.engines.base import Generation
from workbench.glossary import open_names, open_terms
from workbench.glossary.names import Name, NameList
from workbench.glossary.terms import check
from workbench.memory import Memory
from workbench.records import Article
from workbench.text.script import scripts
from workbench.translate import Translator
from workbench.translate.placing import followed, nearly, put_as

SENTENCE = "زار وفد بوتسواني مدينة كراتشي أمس"
PAIRS = [("ar", "en"), ("en", "ar")]


def find(text, source="ar", target="en", plain=False):
    found = open_names().between(source, target).find(text)
    return [one.term.targets[0] for one in found if one.term.plain == plain]


def test_the_list_is_sound():
    names = open_names().names
    assert len(names) > 1000
    for name in names:
        assert all(set(scripts(writing)) == {"Latn"} for writing in name.english), name
        assert all(set(scripts(writing)) == {"Arab"} for writing in name.arabic), name
    for source, target in PAIRS:
        terms = open_names().between(source, target).terms
        assert len(terms) >= len([name for name in names if name.only in ("", source)])
        check(
            ((term.sources, number) for number, term in enumerate(terms)), language=source
        )  # none stands twice


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_each_name_is_found_in_itself_and_in_its_translation(source, target):
    glossary = open_names().between(source, target)
    for term in glossary.terms:
        for writing in term.sources if term.targets else ():
            assert [one.term for one in glossary.find(f"- {writing}.")] == [term], writing
        for writing in term.targets:
            assert glossary.found(f"- {writing}.", [term]), writing


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("من العراق والعراقيين ووزير عراقي", ["Iraq"]),
        ("للأردن ولألمانيا وبإيران", ["Jordan", "Germany", "Iran"]),
        ("كابلات وبندقية وغاناوي", []),
        ("الكاميرون وديفيد كاميرون", ["Cameroon", "David Cameron"]),
        ("من مسقط إلى مسقط رأسه", ["Muscat"]),
        ("أدى صلاة المغرب في المغرب", ["Morocco"]),  # the prayer itself is listed for English texts only
    ],
)
def test_arabic_names_are_found_with_their_article_and_clitics_and_no_endings(text, names):
    assert find(text) == names


def test_english_names_need_their_capitals():
    assert find("Turkey's turkey, TURKEY and Turkeys", "en", "ar") == ["تركيا", "تركيا"]
    assert find("Jordan Peterson went to Jordan with Michael Jordan", "en", "ar") == [
        "الأردن",
        "مايكل جوردان",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("رأى قفازات وقفازاتهم وبالقفازات", ["gloves", "gloves", "gloves"]),
        ("في مستوطناتها وبطاريتها وبطاريتين", ["battery"]),
        ("أصيب بالتهاب رئوي أو التهابا رئويا", ["pneumonia", "pneumonia"]),
        ("رجل بخيل في البطين وفي الطين", ["mud"]),
    ],
)
def test_ordinary_arabic_words_are_found_with_and_without_article_owner_and_the_accusative(text, words):
    assert find(text, plain=True) == words


def test_names_whose_arabic_means_something_else_are_found_in_english_only():
    assert find("The fighters left Sirte for Mali", "en", "ar") == ["سرت", "مالي"]
    assert find("سرت شائعات عن مركز مالي") == []


def test_names_whose_english_means_something_else_are_found_in_arabic_only():
    names = NameList((Name(english=("Reading",), arabic=("ريدينغ",), only="ar"),))
    assert not names.between("en", "ar").find("Reading and writing")
    assert len(names.between("ar", "en").find("من ريدينغ")) == 1


def test_one_word_of_a_translation_tells_of_two_names():
    glossary = open_names().between("en", "ar")
    terms = [one.term for one in glossary.find("Palestine and the Palestinians")]
    assert len(terms) == 2
    assert {one.term for one in glossary.found("الشعب الفلسطيني", terms)} == set(terms)


def test_other_languages_have_no_names():
    assert not open_names().between("fr", "en")
    assert find("Le Caire", "fr", "en") == []


@pytest.mark.parametrize(
    ("name", "words", "put"),
    [
        ("كاليفورنيا", ["كالفورنيا."], "كاليفورنيا."),
        ("كاليفورنيا", ["وكالفورنيا"], "وكاليفورنيا"),
        ("باليرمو", ["بالرمو"], "باليرمو"),
        ("فالنسيا", ["فالينسيا"], "فالنسيا"),
        ("القاهرة", ["وبالقاهره"], "وبالقاهرة"),
        ("العراق", ["للعراك،"], "للعراق،"),
        ("Houthi", ["Houti-led"], "Houthi-led"),
        ("Houthi", ["al-Houti"], "Houthi"),
        ("Beijing", ["(Bejing-backed),"], "(Beijing-backed),"),
    ],
)
def test_a_name_is_put_with_what_belongs_to_the_sentence_and_with_its_own_letters_once(name, words, put):
    assert put_as((name,), words) == put


class Attentive:
    """Writes one text, and tells which word stands on which."""

    name = "attentive"
    max_input_tokens = 200

    def __init__(self, answer, links):
        self.answer, self.links, self.aligned = answer, links, 0

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        return [Generation(text=self.answer, truncated=False, log_probability=-0.1) for _ in texts]

    def align(self, texts, outputs, *, source=None, target=None):
        self.aligned += 1
        matrix = np.full((len(outputs[0].split()), len(texts[0].split())), 0.01, dtype=np.float32)
        for row, column in self.links:
            matrix[row, column] = 0.9
        return [matrix for _ in texts]


NAMES = NameList((Name(english=("Karachi",), arabic=("كراتشي",), also=("Karachiite",)),))


def translated(engine, **more):
    return Translator(engine=engine, name="fake", names=NAMES, **more).translate(
        Article(id="a", text=SENTENCE, language="ar"), to="en"
    )


def test_a_name_is_put_for_the_word_that_stands_on_it():
    engine = Attentive("A delegation visited Gwadar, yesterday", [(3, 4)])
    output = translated(engine)
    assert output.text == "A delegation visited Karachi, yesterday"
    assert engine.aligned == 1
    assert output.flags == ()
    assert f"names={NAMES.digest}" in output.decoding


@pytest.mark.parametrize(
    "written", ["A delegation visited Karachi's port yesterday", "A Karachiite delegation came yesterday"]
)
def test_what_tells_of_the_name_is_left_alone(written):
    engine = Attentive(written, [(3, 4)])
    assert translated(engine).text == written
    assert engine.aligned == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("They visited Texas and Oregon yesterday", "زاروا تكساس وأوريغون أمس"),
        ("They visited Texas in Oregon yesterday", "زاروا تكساس أوريغون أمس"),
    ],
    ids=["and", "its own letter"],
)
def test_what_is_written_together_with_a_name_stays(text, wanted):
    names = NameList((Name(english=("Oregon",), arabic=("أوريغون",)),))
    engine = Attentive("زاروا تكساس وأورغون أمس", [(2, 4)])
    translator = Translator(engine=engine, name="fake", names=names)
    assert translator.translate(Article(id="a", text=text, language="en"), to="ar").text == wanted


@pytest.mark.parametrize("links", [[], [(4, 4)]], ids=["nothing", "a word of the sentence"])
def test_without_a_word_that_clearly_stands_on_it_the_draft_stays(links):
    made = "A delegation visited Gwadar by yesterday"
    assert translated(Attentive(made, links)).text == made


@pytest.mark.parametrize(
    ("written", "span"),
    [
        (["visited", "Kratchi,", "yesterday"], (1, 2)),
        (["visited", "the", "Karashi."], (2, 3)),
        (["visited", "kratchi"], None),  # no capital, no name
        (["Kratchi", "or", "Karasci"], None),  # either may be meant
        (["visited", None, "Lahore"], None),
        (["by", "the"], None),
        ([], None),
    ],
)
def test_a_misspelt_name_is_known_by_its_letters(written, span):
    assert nearly("Karachi", written) == span


def test_names_of_several_words_are_known_in_fewer_and_more():
    assert nearly("El Salvador", ["to", "Elsalvador", "today"]) == (1, 2)
    assert nearly("أديس أبابا", ["إلى", "أديس", "أبيبا", "أمس"]) == (1, 3)


def test_a_misspelt_name_needs_no_attention_and_leaves_other_names_alone():
    names = NameList(
        (Name(english=("Iran",), arabic=("إيران",)), Name(english=("Iraq",), arabic=("العراق",)))
    )
    engine = Attentive("The talks of Iraq and Irran begin", [])
    article = Article(id="a", text="تبدأ محادثات العراق وإيران", language="ar")
    output = Translator(engine=engine, name="fake", names=names).translate(article, to="en")
    assert output.text == "The talks of Iraq and Iran begin"
    assert engine.aligned == 0


def test_what_a_glossary_decides_goes_first(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text("ar\ten\nكراتشي\tKarachi City\n", encoding="utf-8")
    terms = open_terms(path)
    assert NAMES.without(terms).names == ()
    output = translated(Attentive("A delegation visited Kratchi yesterday", [(3, 4)]), glossary=terms)
    assert "Karachi City" in output.text
    assert [flag.kind for flag in output.flags] == ["term"]


def test_a_glossary_makes_nothing_anew_but_sentences_with_its_terms_or_the_names_it_decides(tmp_path):
    engine = Attentive("A delegation visited Kratchi yesterday", [(3, 4)])
    path = tmp_path / "terms.tsv"
    path.write_text("ar\ten\nكراتشي\tKarachi City\n", encoding="utf-8")
    texts = [SENTENCE, "زار وفد بوتسواني المدينة أمس", "زار الوزير أرض العراق أمس"]
    names = NameList((*NAMES.names, Name(english=("Iraq",), arabic=("العراق",))))
    with closing(Memory.open(tmp_path / "memory.sqlite")) as memory:
        plain = Translator(engine=engine, name="fake", names=names, memory=memory)
        plain.translate_lines(texts, source="ar", target="en")
        asked = []
        engine.generate = lambda given, *rest, **more: [
            asked.append(text) or Generation(text=engine.answer, truncated=False) for text in given
        ]
        plain.with_glossary(open_terms(path)).translate_lines(texts, source="ar", target="en")
    assert SENTENCE in asked
    assert not set(texts[1:]) & set(asked)


def test_another_glossary_gives_back_the_names_that_the_first_decided(tmp_path):
    lists = []
    for name, term in (("first", "كراتشي\tKarachi City"), ("second", "وفد\tmission")):
        path = tmp_path / f"{name}.tsv"
        path.write_text(f"ar\ten\n{term}\n", encoding="utf-8")
        lists.append(open_terms(path))
    engine = Attentive("A mission visited Kratchi yesterday", [])
    translator = Translator(engine=engine, name="fake", names=NAMES, glossary=lists[0])
    output = translator.with_glossary(lists[1]).translate_lines([SENTENCE], source="ar", target="en")[0]
    assert output.text == "A mission visited Karachi yesterday"


def test_first_drafts_and_those_without_names_are_left_as_they_are():
    engine = Attentive("A delegation visited Kratchi yesterday", [(3, 4)])
    named = Translator(engine=engine, name="fake", names=NAMES)
    for plain in (named.with_first_drafts(), named.without_names()):
        output = plain.translate(Article(id="a", text=SENTENCE, language="ar"), to="en")
        assert "Kratchi" in output.text
        assert "names=" not in output.decoding
    assert "Karachi" in named.with_beam(2).translate_lines([SENTENCE], source="ar", target="en")[0].text


def test_the_embedded_model_has_them():
    translator = open_catalog().translator(source="ar", target="en")
    assert (
        f"names={open_names().digest}"
        in translator.translate_lines(["قال."], source="ar", target="en")[0].decoding
    )
    (output,) = translator.translate_lines(["وصل الوزير إلى أوتاوا يوم الاثنين."], source="ar", target="en")
    assert "Ottawa" in output.text


WORDS = NameList(
    (
        Name(english=("octopus",), arabic=("أخطبوط",), plain=True),
        Name(english=("domestic violence",), arabic=("عنف منزلي", "العنف المنزلي"), plain=True),
        Name(english=("Karachi",), arabic=("كراتشي",)),
    )
)


def put(source, text, written, links, target):
    engine = Attentive(written, links)
    translator = Translator(engine=engine, name="fake", names=WORDS, mend=True)
    return translator.translate(Article(id="a", text=text, language=source), to=target).text


@pytest.mark.parametrize(
    ("written", "links", "wanted"),
    [
        ("أكل الولد الكعك أمس.", [(2, 3)], "أكل الولد الأخطبوط أمس."),
        ("أكل الولد كعكا أمس.", [(2, 3)], "أكل الولد أخطبوط أمس."),
        ("قرأ الولد عن الأخطبوطات أمس.", [(3, 3)], "قرأ الولد عن الأخطبوطات أمس."),
    ],
    ids=["article", "none", "there already"],
)
def test_an_ordinary_word_has_the_article_of_the_word_in_its_place(written, links, wanted):
    assert put("en", "The boy ate octopus yesterday.", written, links, "ar") == wanted


def test_of_a_phrase_the_definite_form_is_put_where_the_words_in_its_place_have_the_article():
    text = "They wrote about domestic violence"
    assert put("en", text, "كتبوا عن العنف الداخلي", [(3, 3), (3, 4)], "ar") == "كتبوا عن العنف المنزلي"
    assert put("en", text, "كتبوا عن قسوة داخلية", [(2, 3), (3, 4)], "ar") == "كتبوا عن عنف منزلي"


def test_in_english_it_has_their_capital_and_its_own_article():
    assert put("ar", "شاهد أخطبوطا هنا", "I saw a cake", [(3, 1)], "en") == "I saw an octopus"
    assert put("ar", "أخطبوط في البحر", "Cake in the sea", [(0, 0)], "en") == "Octopus in the sea"


def test_ordinary_words_with_a_capital_are_names_but_for_the_first():
    glossary = WORDS.between("en", "ar")
    assert not glossary.find("They play at Red Octopus in London")
    assert [len(glossary.find(text)) for text in ("Octopus eggs", "“Octopus", "OCTOPUS", "an octopus")] == [
        1
    ] * 4


def test_a_name_that_can_be_placed_is_put_though_another_cannot():
    text = "Karachi has an octopus"
    assert put("en", text, "في كراشي شيء كبير", [(2, 3)], "ar") == "في كراتشي أخطبوط كبير"
    assert put("en", text, "في المدينة شيء كبير", [(1, 0)], "ar") == "في كراتشي شيء كبير"


class Noting(Attentive):
    """Notes attention while it writes, as greedy engines may."""

    def generate(self, texts, decoding, *, source=None, target=None):
        (links,) = Attentive.align(self, texts, [self.answer])
        self.aligned = 0
        return [Generation(text=self.answer, truncated=False, log_probability=-0.1, links=lambda: links)]


@pytest.mark.parametrize(
    ("written", "links", "wanted"),
    [
        ("A delegation visited Gwadar, yesterday", [(3, 4)], "A delegation visited Karachi, yesterday"),
        ("A A delegation delegation visited the Gwadar", [(6, 4)], "A A delegation visited the Karachi"),
    ],
    ids=["as it was", "mended since"],
)
def test_attention_noted_while_writing_saves_another_pass(written, links, wanted):
    engine = Noting(written, links)
    assert translated(engine, mend=True).text == wanted
    assert engine.aligned == 0


def test_attention_follows_words_that_took_the_place_of_others():
    links = np.eye(4, dtype=np.float32)
    assert followed(links, list("abcd"), list("abcd")) is links
    assert followed(links, list("abcd"), list("axcd")).tolist() == links.tolist()
    assert followed(links, list("abcd"), ["ab", "c", "d"]).tolist() == [
        [0, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]


def test_numbers_are_not_replaced_by_what_is_only_likely():
    text = "Karachi has 15 schools"
    assert put("en", text, "في المدينة 15 مدرسة", [(2, 0)], "ar") == "في المدينة 15 مدرسة"
    assert put("en", text, "في قراجي-15 مدرسة", [(1, 0)], "ar") == "في قراجي-15 مدرسة"


def test_what_would_cost_a_number_in_words_is_left():
    text = "Karachi has 15 buildings"
    assert put("en", text, "في المدينة خمسة عشر مبنى", [(2, 0)], "ar") == "في المدينة خمسة عشر مبنى"
    assert put("en", text, "في المدينة خمسة عشر مبنى", [(1, 0)], "ar") == "في كراتشي خمسة عشر مبنى"
