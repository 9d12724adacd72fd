"""Terms are found whatever is written together with them, kept by every means, and told; wrong lists are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import NEWS, m2m100_spec, marian_spec
from workbench.engines.base import Generation
from workbench.errors import ConfigError
from workbench.glossary import Glossary, Term, lacking, open_terms
from workbench.records import Article
from workbench.translate import Translator
from workbench.translate.terms import settled, tally

TBX_2008 = """<?xml version="1.0"?><martif type="TBX"><text><body>
<termEntry id="1"><langSet xml:lang="ar"><tig><term>مجلس الأمن</term></tig>
<tig><term>مجلس الأمن الدولي</term></tig></langSet>
<langSet xml:lang="en"><ntig><termGrp><term>Security Council</term></termGrp></ntig></langSet></termEntry>
</body></text></martif>"""
TBX_2019 = """<?xml version="1.0"?><tbx style="dca" type="TBX-Core" xmlns="urn:iso:std:iso:30042:ed-2"><text><body>
<conceptEntry id="1"><langSec xml:lang="AR"><termSec><term>داعش</term></termSec></langSec>
<langSec xml:lang="en-GB"><termSec><term>Daesh</term></termSec></langSec></conceptEntry></body></text></tbx>"""
TMX = """<?xml version="1.0"?><tmx version="1.4"><header srclang="ar"/><body>
<tu><tuv xml:lang="ar"><seg>داعش</seg></tuv><tuv xml:lang="en"><seg>Daesh</seg></tuv></tu>
<tu><tuv xml:lang="ar"><seg>داعش</seg></tuv><tuv xml:lang="en"><seg>Daesh</seg></tuv></tu>
<tu><tuv xml:lang="ar"><seg>حظر <ph/>التجول</seg></tuv><tuv xml:lang="en"><seg>curfew</seg></tuv></tu></body></tmx>"""


def glossary(*pairs, source="ar", target="en"):
    terms = [
        Term(sources=tuple(one.split("|")), targets=tuple(other.split("|")), line=line)
        for line, (one, other) in enumerate(pairs, start=2)
    ]
    return Glossary(terms, source=source, target=target)


def written(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize(
    ("term", "text", "form"),
    [
        ("حزب الله", "وقال حزبُ اللهِ أمس", "حزبُ اللهِ"),
        ("حزب الله", "وبيان لحزب الله", "حزب الله"),
        ("التضخم", "وبالتضخم وحده", "تضخم"),
        ("التضخم", "أدى للتضخم", "تضخم"),
        ("لجنة", "قدم للجنة تقريرا", "لجنة"),
        ("لبنان", "عاد إلى لبنان", "لبنان"),
        ("وزارة العدل", "قالت وزارة العدل", "وزارة العدل"),
        ("طائرة مسيرة", "والطائرات المسيرة التي", "طائرات المسيرة"),
        ("مستوطن", "فالمستوطنون عادوا", "مستوطنون"),
        ("إيران", "في ايران", "ايران"),
        ("منظمة الصحة", "كمنظمة  الصحة", "منظمة  الصحة"),
        ("إلهام", "وقالت إلهام", "إلهام"),
        ("ألمانيا", "عادوا لألمانيا", "ألمانيا"),
        ("سفارة ألمانيا", "في سفارة المانيا", "سفارة المانيا"),
        ("حزب الله", "بيان حـــزب اللـه", "حـــزب اللـه"),
    ],
)
def test_arabic_terms_are_found_with_clitics_and_endings(term, text, form):
    (found,) = glossary((term, "x")).find(text)
    assert text[slice(*found.span)] == form


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("العود", "العودة إلى الديار"),
        ("مستوطن", "بناء المستوطنات"),
        ("حزب الله", "حزب اللهيب"),
        ("سد", "السودان"),
        ("داعش", "قداعش"),
        ("إلهام", "عقد اجتماع هام"),
        ("إلياس", "بعد يأس"),
        ("سفارة ألمانيا", "سفارة مانيا"),
    ],
)
def test_other_words_are_not_taken_for_terms(term, text):
    assert glossary((term, "x")).find(text) == ()


@pytest.mark.parametrize(
    ("term", "text", "form"),
    [
        ("security council", "The Security Council's vote", "Security Council's"),
        ("ministry", "Two ministries closed", "ministries"),
        ("WHO", "WHO said who came", "WHO"),
        ("two-state solution", "a two‑state solution", "two‑state solution"),
        ("NATO", "NATO's chief", "NATO's"),
        ("MP", "Two MPs left", "MPs"),
    ],
)
def test_english_terms_are_found(term, text, form):
    (found,) = glossary((term, "س"), source="en", target="ar").find(text)
    assert text[slice(*found.span)] == form


@pytest.mark.parametrize(
    ("term", "text"),
    [("لغة", "لغتها صعبة"), ("لغة", "لغات كثيرة"), ("spy", "two spies"), ("ally", "the allies")],
)
def test_short_words_are_found_in_a_translation_in_all_their_forms(term, text):
    language = "en" if term.isascii() else "ar"
    terms = glossary(("x", term), source="ar" if language == "en" else "en", target=language)
    assert terms.found(text, terms.terms)


def test_the_longest_of_overlapping_terms_wins():
    terms = glossary(("مجلس", "council"), ("مجلس الأمن", "Security Council"))
    assert [one.term.targets[0] for one in terms.find("مجلس الأمن ومجلس آخر")] == [
        "Security Council",
        "council",
    ]


def test_a_form_is_told_from_the_term_itself():
    exact, plural = glossary(("مراقب", "observer")).find("قال مراقب إن المراقبين عادوا")
    assert (exact.exact, plural.exact) == (True, False)


def test_terms_are_counted_not_only_seen():
    terms = glossary(("داعش", "Daesh|ISIS"))
    wanted = terms.find("داعش ثم داعش")
    assert lacking(wanted, terms.found("Daesh and ISIS", [one.term for one in wanted])).total() == 0
    assert lacking(wanted, terms.found("Daesh and others", [one.term for one in wanted])).total() == 1


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="اولبكفحزب اللهُـ\u200f.،abc", max_size=60))
def test_places_are_those_of_the_text(text):
    for one in glossary(("حزب الله", "a"), ("اله", "b"), ("abc", "c")).find(text):
        start, end = one.span
        assert 0 <= one.lead <= start < end <= len(text)
        assert text[start:end].strip()


def test_tables_name_their_languages(tmp_path):
    terms = open_terms(written(tmp_path / "a.tsv", 'ar\ten\tnote\nداعش\tDaesh|"ISIS"\tx\n\n', "utf-8-sig"))
    assert terms.languages == ("ar", "en")
    (term,) = terms.between("ar-EG", "en").terms
    assert (term.sources, term.targets, term.line) == (("داعش",), ("Daesh", '"ISIS"'), 2)
    assert terms.between("en", "ar").terms[0].targets == ("داعش",)
    assert not terms.between("ar", "fr")


@pytest.mark.parametrize("mark", [",", ";"])
def test_commas_and_semicolons_part_csv(tmp_path, mark):
    path = written(tmp_path / "a.csv", f'en{mark}ar\n"Bab, al-Mandab"{mark}باب المندب\n')
    assert open_terms(path).between("en", "ar").terms[0].sources == ("Bab, al-Mandab",)


@pytest.mark.parametrize(
    ("name", "text", "source", "count"),
    [
        ("a.tbx", TBX_2008, "مجلس الأمن الدولي", 1),
        ("b.tbx", TBX_2019, "داعش", 1),
        ("c.tmx", TMX, "حظر التجول", 2),
    ],
)
def test_other_tools_lists_are_read(tmp_path, name, text, source, count):
    terms = open_terms(written(tmp_path / name, text)).between("ar", "en")
    assert len(terms.terms) == count
    assert any(source in term.sources for term in terms.terms)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.tsv", "ar\ten\nداعش\tDaesh\nدَاعِش\tISIS\n", "line 2 and in line 3"),
        ("a.tsv", "ar\ten\nداعش\tDaesh\nتنظيم الدولة\tdaesh\n", "twice"),
        ("a.tsv", "ar\ten\nداعش\t\n", "line 2"),
        ("a.tsv", "ar\ten\nداعش\n", "line 2"),
        ("a.tsv", "ar\ten\nداعش\tDaesh|\n", "line 2"),
        ("a.tsv", "ar\ten\n،\tDaesh\n", "line 2"),
        ("a.tsv", "ar\ten\nDaesh\tداعش\n", "another script"),
        ("a.tsv", "ar\ten\nداعش\tDaesh\tx\n", "Line 2"),
        ("a.tsv", "داعش\tDaesh\n", "first line"),
        ("a.tsv", "ar\tar\nداعش\tداعش\n", "twice"),
        ("a.tsv", "", "first line"),
        ("a.tsv", "ar\ten\n", "no terms"),
        ("a.csv", 'ar,en\n"داعش,Daesh\n', "no table"),
        ("a.tbx", "<martif><text>", "broken"),
        ("a.tbx", "<html/>", "no termEntry"),
        ("a.tmx", "<tmx><body><tu><tuv><seg>a</seg></tuv></tu></body></tmx>", "which language"),
        ("a.txt", "ar\ten\nداعش\tDaesh\n", "no list of terms"),
    ],
)
def test_wrong_lists_are_told_with_their_cure(tmp_path, name, text, told):
    with pytest.raises(ConfigError, match=told) as caught:
        open_terms(written(tmp_path / name, text))
    assert caught.value.cure


@pytest.mark.parametrize("head", ["AR,EN-gb", "Arabic,English", "ar_SA , en_US", "العربية,الإنجليزية"])
def test_heads_of_other_tools_are_understood(tmp_path, head):
    terms = open_terms(written(tmp_path / "a.csv", f"{head}\nداعش,Daesh\n"))
    assert [term.targets for term in terms.between("ar", "en").terms] == [("Daesh",)]


def test_a_file_that_is_absent_or_not_in_utf_8_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        open_terms(tmp_path / "none.tsv")
    with pytest.raises(ConfigError, match="cannot be read"):
        open_terms(tmp_path / "none.tbx")
    with pytest.raises(ConfigError, match="UTF-8"):
        open_terms(written(tmp_path / "a.tsv", "ar\ten\nداعش\tDaesh\n", "cp1256"))


def test_a_list_must_have_the_language_asked_for(tmp_path):
    terms = open_terms(written(tmp_path / "a.tsv", "fr\ten\nchat\tcat\n"))
    terms.require("en")
    with pytest.raises(ConfigError, match="no terms in 'ar'"):
        terms.require("ar")


# Terms in translations

LIST = "ar\ten\nالمجلس الأعلى\tSupreme Council\nالحديدة\tHodeidah\n"
SENTENCE = "زار وفد من المجلس الأعلى مدينة الحديدة أمس"


class Fake:
    """Answers by rule; `links` gives attention, `obeys` follows orders."""

    name = "fake"
    max_input_tokens = 200

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        self.asked += texts
        return [
            Generation(text=self.answer(text), truncated=False, log_probability=-0.5, tokens=5)
            for text in texts
        ]


class Attentive(Fake):
    def __init__(self, answer, links):
        super().__init__(answer)
        self.links = links

    def align(self, texts, outputs, *, source=None, target=None):
        matrices = []
        for text, output in zip(texts, outputs, strict=True):
            matrix = np.full((len(output.split()), len(text.split())), 0.01, dtype=np.float32)
            for row, column in self.links:
                matrix[row, column] = 0.9
            matrices.append(matrix)
        return matrices


class Obedient(Fake):
    def follow(self, requests, decoding):
        self.terms = [request.terms for request in requests]
        texts = [" ".join(["A", *(wanted for _, wanted in request.terms), "there"]) for request in requests]
        return [Generation(text=text, truncated=False) for text in texts]


@pytest.fixture
def terms(tmp_path):
    return open_terms(written(tmp_path / "terms.tsv", LIST))


def translated(engine, terms, text=SENTENCE):
    article = Article(id="a", text=text, language="ar")
    return Translator(engine=engine, name="fake", glossary=terms).translate(article, to="en")


def test_a_term_that_the_model_writes_is_left_alone(terms):
    made = "A delegation of the Supreme Council visited Hodeidah yesterday"
    output = translated(Fake(lambda text: made), terms)
    assert output.text == made
    assert tally([output]) == {"kept": 2}
    for flag, form in zip(output.flags, ("Supreme Council", "Hodeidah"), strict=True):
        assert flag.kind == "term"
        assert output.text[slice(*flag.output_span)] == form
    assert SENTENCE[slice(*output.flags[1].source_span)] == "حديدة"
    assert "glossary=" in output.decoding
    assert all(map(settled, output.flags))


def test_what_stands_in_a_terms_place_is_replaced_by_attention(terms):
    made = "A delegation of the Higher Board visited Hudaida, yesterday"
    links = [(1, 1), (4, 4), (5, 3), (6, 0), (7, 6), (8, 7)]
    engine = Attentive(lambda text: made, links)
    output = translated(engine, terms)
    assert output.text == "A delegation of the Supreme Council visited Hodeidah, yesterday"
    assert len(engine.asked) == 1
    assert all("put in place" in flag.message for flag in output.flags)
    assert not any(map(settled, output.flags))


def test_neighbours_that_repeat_the_term_go_with_it(terms):
    made = "A council of the Supremes visited Hodeidah"
    output = translated(Attentive(lambda text: made, [(4, 4), (5, 0)]), terms)
    assert output.text == "A Supreme Council visited Hodeidah"


def test_placeholders_serve_where_attention_does_not(terms):
    def answer(text):
        if "@1@" in text:
            return "The 1 visited 2"  # does not copy this sort
        return "Yesterday XQ2 saw XQ1" if "XQ1" in text else "Somebody visited something yesterday evening"

    engine = Fake(answer)
    output = translated(engine, terms)
    assert output.text == "Yesterday Hodeidah saw Supreme Council"
    assert engine.asked[1:] == ["زار وفد من @1@ مدينة @2@ أمس", "زار وفد من XQ1 مدينة XQ2 أمس"]
    assert tally([output]) == {"kept": 2}


def test_a_clitic_stays_before_its_placeholder(terms):
    engine = Fake(lambda text: "Nothing to see here today")
    translated(engine, terms, "سافر وفد للمجلس الأعلى وبالحديدة أقام")
    assert "سافر وفد ل @1@ وب @2@ أقام" in engine.asked


def test_a_term_is_joined_to_the_clitic_before_its_placeholder_and_nothing_else_is(tmp_path):
    terms = open_terms(written(tmp_path / "a.tsv", "en\tar\nUNHCR\tالمفوضية السامية\n"))
    engine = Fake(
        lambda text: "تقرير ل @1@ عن المجموعة ب في روما." if "@1@" in text else "شيء آخر تماما كتبه أحد هنا."
    )
    article = Article(id="a", text="A report for UNHCR about Group B in Rome.", language="en")
    output = Translator(engine=engine, name="fake", glossary=terms).translate(article, to="ar")
    assert output.text == "تقرير للمفوضية السامية عن المجموعة ب في روما."


def test_a_model_that_follows_instructions_is_told(terms):
    engine = Obedient(lambda text: "Somebody visited something yesterday evening")
    output = translated(engine, terms)
    assert engine.terms == [(("المجلس الأعلى", "Supreme Council"), ("الحديدة", "Hodeidah"))]
    assert output.text == "A Supreme Council Hodeidah there"


def test_terms_that_cannot_be_kept_are_told_as_missed(terms):
    output = translated(Fake(lambda text: "Somebody visited something yesterday evening"), terms)
    assert tally([output]) == {"missed": 2}
    assert output.text == "Somebody visited something yesterday evening"


def test_another_form_is_told_as_changed(terms):
    output = translated(Fake(lambda text: "Two Supreme Councils visited Hodeidah yesterday"), terms)
    assert tally([output]) == {"changed": 1, "kept": 1}


def test_sentences_without_terms_cost_nothing(terms):
    engine = Fake(lambda text: "It rained in the north yesterday")
    assert translated(engine, terms, "هطل المطر في الشمال أمس").flags == ()
    assert len(engine.asked) == 1


def test_arabic_terms_take_over_the_clitic_of_what_they_replace(tmp_path):
    terms = open_terms(written(tmp_path / "a.tsv", "en\tar\ncentral bank\tالمصرف المركزي\n"))
    engine = Attentive(lambda text: "وقدم تقريرا للبنك الرئيسي.", [(2, 6), (3, 5)])
    article = Article(id="a", text="He gave a report to-the central bank.", language="en")
    output = Translator(engine=engine, name="fake", glossary=terms).translate(article, to="ar")
    assert "للمصرف المركزي." in output.text


def test_the_stop_of_an_abbreviation_goes_with_it_unless_it_ends_the_sentence(tmp_path):
    terms = open_terms(written(tmp_path / "a.tsv", "en\tar\norchestra\tالأوركسترا\n"))
    for text, wanted in (
        ("He greeted the U.S. leader.", "He greeted the orchestra leader."),
        ("He led the U.S.", "He led the orchestra."),
        ("He led the U.S. Yes.", "He led the orchestra. Yes."),
    ):
        engine = Attentive(lambda _, text=text: text, [(3, 1)])
        article = Article(id="a", text="حيا الأوركسترا.", language="ar")
        assert (
            Translator(engine=engine, name="fake", glossary=terms).translate(article, to="en").text == wanted
        )


def test_terms_are_told_with_a_real_model(tiny_marian, tmp_path):
    from workbench.engines.ct2 import CTranslate2

    terms = open_terms(written(tmp_path / "a.tsv", "ar\ten\nمسقط\tMascate\nالوزيرة\tminister\n"))
    engine = CTranslate2(marian_spec(tiny_marian))
    article = Article(id="a", text=NEWS[3], language="ar")
    plain = Translator(engine=engine, name="tiny").translate(article, to="en")
    output = Translator(engine=engine, name="tiny", glossary=terms).translate(article, to="en")
    assert plain.text == NEWS[0]
    # It knows six sentences by heart: whether another word fits in is its own affair, what is told must be true.
    told = tally([output])
    assert told["kept"] + told["missed"] == 2
    assert told["missed"] == ("Mascate" not in output.text)


def kinds(output):
    return [flag.kind for flag in output.flags]


def test_numbers_that_the_glossary_changes_are_no_fault(tmp_path):
    changing = open_terms(
        written(
            tmp_path / "terms.tsv", "ar\ten\nهجوم 7 أكتوبر\tautumn attack\nالفرقة الأولى\t1st Division 2024\n"
        )
    )
    text = "أعلن الوزير أن هجوم 7 أكتوبر أوقع عددا من القتلى"
    made = "The minister said that the autumn attack had left a number of dead"
    assert kinds(translated(Fake(lambda _: made), changing, text)) == ["term"]
    other = translated(Fake(lambda _: made), changing, "أعلن الوزير أن هجوم 7 أكتوبر أوقع 40 من القتلى")
    lost = next(flag for flag in other.flags if flag.kind == "number")
    assert (kinds(other), "40" in lost.message) == (["number", "term"], True)
    without = translated(
        Fake(lambda _: "The minister said that it had left a number of dead"), changing, text
    )
    assert set(kinds(without)) == {"number", "term"}, "a term that is missed excuses nothing"
    made = "The 1st Division 2024 moved towards the city"
    assert kinds(translated(Fake(lambda _: made), changing, "تحركت الفرقة الأولى نحو المدينة")) == ["term"]
    made = "The 1st Division 2024 moved towards the city in 2030"
    other = translated(Fake(lambda _: made), changing, "تحركت الفرقة الأولى نحو المدينة")
    assert [other.text[slice(*flag.output_span)] for flag in other.flags] == ["2030", "1st Division 2024"]


def test_words_that_the_glossary_leaves_in_the_sources_script_are_no_fault(tmp_path):
    names = open_terms(written(tmp_path / "terms.csv", "ar,en\nالميادين,قناة Al Mayadeen\nبيروت,Beirut\n"))
    made = "The قناة Al Mayadeen reported it from Beirut"
    assert kinds(translated(Fake(lambda _: made), names, "نقلت الميادين الخبر من بيروت")) == ["term", "term"]
    made = "The قناة Al Mayadeen reported الخبر from Beirut"
    other = translated(Fake(lambda _: made), names, "نقلت الميادين الخبر من بيروت")
    assert [other.text[slice(*flag.output_span)] for flag in other.flags] == [
        "الخبر",
        "قناة Al Mayadeen",
        "Beirut",
    ]


def test_a_brief_asks_to_check_only_what_is_to_be_checked(terms):
    from workbench.brief import make_brief, to_text
    from workbench.summarise import Extractive

    engine = Fake(lambda text: "A delegation of the Supreme Council visited Hodeida yesterday")
    made = make_brief(
        Article(id="a", text=SENTENCE, language="ar"),
        translator=Translator(engine=engine, name="fake", glossary=terms),
        summariser=Extractive(),
    )
    shown = to_text(made, quality="")
    assert "Hodeidah" in shown
    assert "as the glossary has it" not in shown


@pytest.mark.parametrize("kind", ["marian", "m2m100"])
def test_attention_is_told_between_words(kind, request):
    from workbench.engines.base import Aligner
    from workbench.engines.ct2 import CTranslate2

    spec = {"marian": marian_spec, "m2m100": m2m100_spec}[kind]
    engine = CTranslate2(spec(request.getfixturevalue(f"tiny_{kind}")))
    assert isinstance(engine, Aligner)
    links, nothing, beyond = engine.align(
        [NEWS[0], NEWS[0], NEWS[0] * 40], [NEWS[3], "", NEWS[3]], source="en", target="ar"
    )
    assert links.shape == (len(NEWS[3].split()), len(NEWS[0].split()))
    assert (links >= 0).all()
    assert (links.sum(axis=1) <= 1.001).all()
    assert links.sum() > 1
    assert nothing is None
    assert beyond is None


@pytest.mark.parametrize("kind", ["marian", "m2m100"])
def test_both_runtimes_attend_to_the_same(kind, request):
    from workbench.engines.ct2 import CTranslate2
    from workbench.engines.seq2seq import Seq2Seq

    spec = {"marian": marian_spec, "m2m100": m2m100_spec}[kind](
        request.getfixturevalue(f"tiny_{kind}"), dtype="float32", device="cpu"
    )
    links = [
        engine.align([NEWS[0]], [NEWS[3]], source="en", target="ar")[0]
        for engine in (CTranslate2(spec), Seq2Seq(spec))
    ]
    np.testing.assert_allclose(*links, atol=1e-3)


@pytest.mark.parametrize("kind", ["marian", "m2m100"])
def test_a_pair_alone_is_aligned_as_among_others(kind, request):
    from workbench.engines.ct2 import CTranslate2

    spec = {"marian": marian_spec, "m2m100": m2m100_spec}[kind](
        request.getfixturevalue(f"tiny_{kind}"), dtype="float32", device="cpu", workers=2
    )
    engine = CTranslate2(spec)
    texts, outputs = [*NEWS[:3], NEWS[0]], [NEWS[3][:40], NEWS[4], NEWS[5], NEWS[3]]
    together = engine.align(texts, outputs, source="en", target="ar")
    for text, output, links in zip(texts, outputs, together, strict=True):
        (alone,) = engine.align([text], [output], source="en", target="ar")
        np.testing.assert_allclose(links, alone, atol=1e-4)
