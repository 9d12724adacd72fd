"""What is done to a model's text: mends at first; tanwin last, whose spans follow; what people wrote stays."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.brief.marking import Marked, paragraphs
from workbench.engines.base import Generation
from workbench.glossary import open_terms
from workbench.memory import Memory
from workbench.records import Article, Flag
from workbench.text.arabic import strip_diacritics
from workbench.translate import Translator
from workbench.translate.draft import Draft
from workbench.translate.finish import suits, with_tanwin


class Writes:
    """An engine that writes the same Arabic whatever it is asked."""

    def __init__(self, text):
        self.name = "writes"
        self.max_input_tokens = 100
        self.text = text
        self.asked = []

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        self.asked += texts
        return [Generation(text=self.text, truncated=False, log_probability=-1.0, tokens=3) for _ in texts]


def translator(text, **options):
    return Translator(**{"engine": Writes(text), "name": "w", "finish": "tanwin", **options})


def article(text="The minister also said it is very hard now."):
    return Article(id="a", text=text, language="en")


ARABIC = "وقال الوزير أيضا إن الأمر صعب جدا."


def test_the_output_is_finished_and_says_so():
    output = translator(ARABIC).translate(article(), to="ar")
    assert output.text == "وقال الوزير أيضًا إن الأمر صعب جدًا."
    assert output.decoding == "beam=1 finish=tanwin"
    assert output.alignment[0].output == (0, len(output.text))


def test_without_the_finish_and_into_other_languages_nothing_changes():
    plain = translator(ARABIC, finish="none").translate(article(), to="ar")
    assert (plain.text, plain.decoding) == (ARABIC, "beam=1")
    other = translator(ARABIC).translate(article(), to="fa")
    assert (other.text, other.decoding) == (ARABIC, "beam=1")
    assert not suits("tanwin", "arz")
    assert suits("tanwin", "ar-EG")


def test_options_keep_the_finish():
    made = translator(ARABIC).with_beam(2).with_first_drafts()
    assert made.translate(article(), to="ar").decoding == "beam=2 again=no finish=tanwin"


def test_flags_point_to_the_same_words_and_briefs_mark_them():
    text = "أيضا أيضا حاليا BBC News جدا قتل 7 أشخاص"
    output = translator(text).translate(article("Also now, very: five people died."), to="ar")
    before = translator(text, finish="none").translate(article("Also now, very: five people died."), to="ar")
    assert output.text != before.text
    flagged = [flag for flag in output.flags if flag.output_span]
    assert flagged
    for flag, old in zip(output.flags, before.flags, strict=True):
        assert flag.message == old.message
        now, then = (one.text[slice(*each.output_span)] for one, each in ((output, flag), (before, old)))
        assert strip_diacritics(now) == then
    notes = [Marked(span=flag.output_span, keys=(n,)) for n, flag in enumerate(flagged)]
    (paragraph,) = paragraphs(output.text, language="ar", notes=notes)
    shown = [run for piece in paragraph.pieces for part in piece.stretches for run in part.runs if run.notes]
    assert "".join(run.text for run in shown if 0 in run.notes) == output.text[slice(*flagged[0].output_span)]


@given(st.lists(st.sampled_from(["أيضا", "جدا", "قال", "7", "حاليا"]), min_size=1, max_size=8), st.data())
def test_every_span_of_words_keeps_its_words(words, data):
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = len(" ".join(words[:first])) + (first > 0)
    span = (start, start + len(" ".join(words[first : last + 1])))
    flag = Flag(kind="number", message="m", output_span=span)
    made = with_tanwin("x", Draft(text=text, flags=(flag,)))
    assert strip_diacritics(made.text[slice(*made.flags[0].output_span)]) == text[slice(*span)]


def test_what_people_wrote_stays():
    for draft in (Draft(text=ARABIC, edited=True), Draft(text=ARABIC, copied=True)):
        assert with_tanwin("The minister", draft) is draft
    quoted = with_tanwin("He tweeted «أيضا» today", Draft(text="غرد «أيضا» حاليا"))
    assert quoted.text == "غرد «أيضا» حاليًا"


def test_terms_stay_as_the_glossary_has_them(tmp_path):
    (tmp_path / "terms.tsv").write_text("en\tar\nvery hard\tصعب جدا\n", encoding="utf-8")
    terms = open_terms(tmp_path / "terms.tsv")
    output = translator("وقال أيضا إن الأمر صعب جدا حاليا.", glossary=terms).translate(article(), to="ar")
    assert output.text == "وقال أيضًا إن الأمر صعب جدا حاليًا."
    (term,) = (flag for flag in output.flags if flag.kind == "term")
    assert output.text[slice(*term.output_span)] == "صعب جدا"


def test_an_edit_in_the_memory_is_given_as_it_was_written(tmp_path):
    memory = Memory.open(tmp_path / "m.sqlite")
    first = translator(ARABIC, memory=memory).translate(article(), to="ar")
    again = translator("غيره", memory=memory)
    assert again.translate(article(), to="ar").text == first.text
    assert again.engine.asked == []
    assert [entry.output for _, entry in memory.entries()] == [first.text]
    memory.edit(article().text, ARABIC, source="en", target="ar")
    edited = translator("غيره", memory=memory).translate(article(), to="ar")
    assert edited.text == ARABIC
    memory.close()


def test_drafts_of_the_same_model_without_the_finish_are_not_taken_for_finished_ones(tmp_path):
    memory = Memory.open(tmp_path / "m.sqlite")
    translator(ARABIC, memory=memory, finish="none").translate(article(), to="ar")
    assert "أيضًا" in translator(ARABIC, memory=memory).translate(article(), to="ar").text
    memory.close()


BROKEN = "وقال الوزير في كلمةه و في السوق السوق ."


def test_what_is_always_wrong_is_mended_where_the_card_wants_it():
    output = translator(BROKEN, mend=True, finish="none").translate(article(), to="ar")
    assert output.text == "وقال الوزير في كلمته وفي السوق."
    assert output.decoding == "beam=1 mend=yes"
    assert translator(BROKEN, finish="none").translate(article(), to="ar").text == BROKEN


def test_options_keep_the_mends_and_memories_know_them(tmp_path):
    memory = Memory.open(tmp_path / "m.sqlite")
    translator(BROKEN, memory=memory, finish="none").translate(article(), to="ar")
    made = translator(BROKEN, memory=memory, finish="none", mend=True).with_beam(1)
    assert "كلمته" in made.translate(article(), to="ar").text
    memory.close()
