"""Layout kept, nothing dropped, every sentence accounted for; hostile engines are caught, mended or flagged."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engines.base import Decoding, Generation
from workbench.engines.echo import Echo
from workbench.errors import EngineError, InputError, UnsupportedPair
from workbench.records import Article
from workbench.text.numbers import missing
from workbench.translate import Translator, expected_quality, headline
from workbench.translate.respell import respell

ARABIC = "قالت الوزيرة إن المدرسة فتحت أبوابها اليوم."
ENGLISH = "The minister said that the school opened its doors today."


class Scripted:
    """Answers each text with `answer(text, decoding)`, and remembers what it was asked."""

    def __init__(self, answer, *, window=512):
        self.name = "scripted"
        self.max_input_tokens = window
        self.answer = answer
        self.calls = []

    def count_tokens(self, text):
        return len(text.split())

    def generate(self, texts, decoding, *, source=None, target=None):
        self.calls.append((list(texts), decoding))
        return [self._one(text, decoding) for text in texts]

    def _one(self, text, decoding):
        answer = self.answer(text, decoding)
        if isinstance(answer, Generation):
            return answer
        return Generation(text=answer, truncated=False, log_probability=-0.5, tokens=len(answer.split()))


def english(text, decoding=None):
    """A faithful stand-in: as many English words as the text has, and its numbers."""
    words = [word if any(c.isdigit() for c in word) else "word" for word in text.split()]
    return " ".join(
        f"{word}{'abcdefghijklmnop'[at % 16]}" if word == "word" else word for at, word in enumerate(words)
    )


def translator(answer=english, **options):
    return Translator(engine=Scripted(answer, window=options.pop("window", 512)), name="scripted", **options)


def article(text, language="ar", title=""):
    return Article(id="a", text=text, language=language, title=title)


def kinds(output):
    return [flag.kind for flag in output.flags]


def test_layout_is_that_of_the_source():
    text = "  قال الوزير نعم.  قالت الوزيرة لا.\n\n\tعاد الوفد؟\r\n212\n\nانتهى الاجتماع اليوم "
    output = translator().translate(article(text), to="en")
    assert re.sub(r"[^\s]+(?: [^\s]+)*", "x", output.text) == re.sub(r"[^\s]+(?: [^\s]+)*", "x", text)
    assert "212" in output.text
    assert output.coverage == 1
    assert output.flags == ()


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="اب ab.؟!\n\r\t\x0b\x0c\x1c\x85\u2028|•1٢،-", max_size=80))
def test_every_sentence_is_aligned_and_every_gap_kept(text):
    output = Translator(engine=Echo(), name="echo").translate(article(text), to="en")
    source_gaps, output_gaps = [], []
    at_source = at_output = 0
    for pair in output.alignment:
        (source,) = pair.sources
        assert text[slice(*source)].strip()
        source_gaps.append(text[at_source : source[0]])
        output_gaps.append(output.text[at_output : pair.output[0]])
        at_source, at_output = source[1], pair.output[1]
    assert [*source_gaps, text[at_source:]] == [*output_gaps, output.text[at_output:]]
    assert not "".join(source_gaps).strip()
    assert output.coverage in (None, 1.0)


def test_repeated_sentences_go_to_the_engine_once_and_all_articles_together():
    shown = translator()
    outputs = shown.translate_many([article(f"{ARABIC} {ARABIC}"), article(ARABIC)], to="en")
    assert [texts for texts, _ in shown.engine.calls] == [[ARABIC]]
    assert outputs[0].text == f"{outputs[1].text} {outputs[1].text}"
    shown.translate(article(ARABIC), to="en")
    assert len(shown.engine.calls) == 1


def test_long_sentences_are_split_and_never_cut():
    words = [f"كلمة{'ابتثجحخدذرزسشصضط'[n % 16]}{'،' if n % 7 == 0 else ''}" for n in range(100)]
    shown = translator(
        lambda text, _: text.translate(str.maketrans("", "", "،")).replace("كلمة", "word"), window=16
    )
    output = shown.translate(article(" ".join(words)), to="en")
    assert all(len(text.split()) <= 16 for texts, _ in shown.engine.calls for text in texts)
    assert output.text.count("word") == 100
    assert output.coverage == 1
    assert "truncated" not in kinds(output)
    assert len(output.alignment) == 1


def test_the_model_sees_prepared_text_and_the_spans_count_in_the_original():
    shown = translator(prepare=lambda text: text.replace("المدرسة", "مدرسة"))
    output = shown.translate(article(f"{ARABIC}"), to="en")
    assert "المدرسة" not in shown.engine.calls[0][0][0]
    assert output.alignment[0].sources == ((0, len(ARABIC)),)


@pytest.mark.parametrize(
    "text",
    [
        "212",
        "٢٠١٦",
        "https://www.alalam.ir/news/1825248",
        "info@alalam.ir",
        "The minister said that the school opened.",
        "@alalam 12:30 - 14:00",
        "ـــــــ",
    ],
)
def test_what_needs_no_translation_is_copied_without_a_flag(text):
    shown = translator(lambda *_: "wrong")
    output = shown.translate(article(text), to="en")
    assert output.text == text.replace("٢٠١٦", "2016")
    assert output.flags == ()
    assert output.coverage == 1
    assert [texts for texts, _ in shown.engine.calls if texts] == []


def test_an_arabic_sentence_in_an_english_article_stays_as_it_is():
    shown = translator(lambda *_: ARABIC)
    output = shown.translate(article(f"{ENGLISH} {ARABIC}", "en"), to="ar")
    assert output.text == f"{ARABIC} {ARABIC}"
    assert shown.engine.calls[0][0] == [ENGLISH]


def test_an_article_already_in_the_language_is_copied_and_says_so():
    output = translator().translate(article(ENGLISH, "en-GB"), to="en")
    assert output.text == ENGLISH
    assert kinds(output) == ["untranslated"]


def test_an_empty_article_gives_an_empty_output():
    output = translator().translate(article(""), to="en")
    assert (output.text, output.coverage, output.flags, output.alignment) == ("", None, (), ())


def test_a_headline_is_a_text_of_its_own():
    output = translator().translate(headline(article("نص", title=ARABIC)), to="en")
    assert len(output.text.split()) == len(ARABIC.split())


def test_a_pair_that_the_model_does_not_offer_is_refused():
    with pytest.raises(UnsupportedPair, match="It offers ar to en"):
        translator(pairs=[("ar", "en")]).translate(article("Guten Tag", "de"), to="en")
    with pytest.raises(UnsupportedPair):
        translator(pairs=[("ar", "en")]).translate_lines([ENGLISH], source="en", target="ar")


def test_a_language_that_cannot_be_told_asks_for_its_name():
    with pytest.raises(InputError, match="--from"):
        translator().translate(article("12", None), to="en")


def test_a_language_that_was_not_identified_is_told_from_the_text():
    assert translator(pairs=[("ar", "en")]).source_language(article(ARABIC, None), to="en") == "ar"


# --- hostile engines ---------------------------------------------------------------------------------------------


def test_a_loop_is_decoded_again_without_repetition():
    shown = translator(lambda text, d: english(text) if d.no_repeat_ngram else "the man " * 40)
    output = shown.translate(article(f"{ARABIC} {ARABIC[:-1]} أيضا."), to="en")
    assert output.flags == ()
    assert "the man the man" not in output.text
    assert [len(texts) for texts, _ in shown.engine.calls] == [2, 2, 2], "failing sentences go together"


def test_a_loop_that_stays_is_cut_to_one_and_flagged_with_both_spans():
    output = translator(lambda *_: "the man " * 40).translate(article(f"{ARABIC} 212"), to="en")
    assert output.text == "the man 212"
    flag = next(flag for flag in output.flags if flag.kind == "loop")
    assert output.text[slice(*flag.output_span)] == "the man"
    assert flag.source_span == (0, len(ARABIC))


def test_an_engine_that_writes_nothing_is_flagged_and_the_layout_stays():
    output = translator(lambda *_: "").translate(article(f"{ARABIC}\n\n{ARABIC[:-1]} غدا."), to="en")
    assert output.text == "\n\n"
    assert kinds(output) == ["empty", "empty"]
    assert [flag.source_span[0] for flag in output.flags] == [0, len(ARABIC) + 2]
    assert len(output.alignment) == 2


def test_truncation_is_tried_in_smaller_pieces_then_flagged():
    def short(text, decoding):
        words = english(text).split()
        return Generation(text=" ".join(words[:6]), truncated=len(words) > 6, log_probability=-1.0, tokens=6)

    whole = translator(short).translate(article(ARABIC), to="en")
    assert "truncated" not in kinds(whole)
    assert len(whole.text.split()) == len(ARABIC.split())

    def never(text, decoding):
        return Generation(text=english(text), truncated=True, log_probability=-1.0, tokens=6)

    stuck = translator(never).translate(article(ARABIC), to="en")
    assert kinds(stuck) == ["truncated"]
    assert stuck.flags[0].source_span == (0, len(ARABIC))
    assert stuck.flags[0].output_span == (0, len(stuck.text))


def test_the_wrong_script_is_flagged():
    output = translator(lambda *_: "министр сказал что школа открылась").translate(article(ARABIC), to="en")
    assert "script" in kinds(output)


def test_a_sentence_left_as_it_was_is_flagged():
    output = translator(lambda text, _: text).translate(article(ARABIC), to="en")
    assert "untranslated" in kinds(output)
    back = translator(lambda text, _: text).translate(article(ENGLISH, "en"), to="ar")
    assert "untranslated" in kinds(back)


def test_the_better_of_two_failing_drafts_is_kept():
    answers = {1: ARABIC, 4: english(ARABIC) + " министр"}
    output = translator(lambda text, d: answers[d.beam]).translate(article(ARABIC), to="en")
    assert kinds(output) in (["script"], ["untranslated"])


def test_the_likelier_of_two_equal_drafts_is_kept():
    def answer(text, decoding):
        likely = decoding.beam == 4 and not decoding.no_repeat_ngram
        return Generation(
            text="да" if likely else "нет", truncated=False, log_probability=-0.1 if likely else -2, tokens=1
        )

    assert translator(answer).translate(article("نعم"), to="en").text == "да"


def test_an_engine_that_cannot_decode_again_keeps_its_first_draft():
    def answer(text, decoding):
        if decoding.beam > 1:
            raise EngineError("No beams here.", cure="Set beam to 1.")
        return "the man " * 8

    output = translator(answer).translate(article(ARABIC), to="en")
    assert output.text == "the man"
    assert "loop" in kinds(output)


def test_an_engine_that_fails_at_once_fails_loudly():
    def answer(text, decoding):
        raise EngineError("Out of memory.", cure="Use a smaller model.")

    with pytest.raises(EngineError):
        translator(answer).translate(article(ARABIC), to="en")


def test_menus_go_item_by_item_and_keep_their_marks():
    menu = "الرئيسية | أخبار | رياضة • اقتصاد » فيديو"
    shown = translator(lambda text, _: {"الرئيسية": "Home"}.get(text, "Page"))
    output = shown.translate(article(menu), to="en")
    assert output.text == "Home | Page | Page • Page » Page"
    assert shown.engine.calls[0][0] == ["الرئيسية", "أخبار", "رياضة", "اقتصاد", "فيديو"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("الرئيسية - أخبار العالم - رياضة - اقتصاد", 4),
        ("قال الوزير في المؤتمر الصحفي أمس - وهو يبتسم - إن الأمر - كما ترون - تم", 1),
        ("فاز الأهلي 3 - 1 على الزمالك", 1),
    ],
)
def test_dashes_part_a_menu_but_not_a_sentence(text, items):
    shown = translator()
    shown.translate(article(text), to="en")
    assert len(shown.engine.calls[0][0]) == items


@pytest.mark.parametrize(
    "text",
    [
        "وصف «الاتفاق» بأنه «عادل» اليوم.",
        "وقال الوزير « إن المفاوضات ستستأنف قريبا » وأضاف أن الأمر صعب.",
        "أعلنت « حركة النهضة » التونسية و ‹ نداء تونس › اتفاقا.",
    ],
)
def test_a_closing_quote_parts_nothing(text):
    shown = translator()
    shown.translate(article(text), to="en")
    assert shown.engine.calls[0][0] == [text]


def test_a_menu_of_closing_quotes_may_hold_a_quote():
    shown = translator()
    shown.translate(article("الرئيسية » أخبار « تونس » اليوم » رياضة"), to="en")
    assert shown.engine.calls[0][0] == ["الرئيسية", "أخبار « تونس » اليوم", "رياضة"]


# --- lines, confidence, progress --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text(alphabet="اب ab.؟1\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", max_size=30), max_size=6)
)
def test_one_output_for_each_line_and_none_breaks(lines):
    outputs = Translator(engine=Echo(), name="echo").translate_lines(lines, source="ar", target="en")
    assert len(outputs) == len(lines)
    for line, output in zip(lines, outputs, strict=True):
        assert len(output.text.splitlines()) <= 1
        assert bool(output.text.strip()) == bool(line.strip())


def test_an_engine_that_writes_line_breaks_adds_none():
    (output,) = translator(lambda *_: "one two\nthree\u2028four five six").translate_lines(
        [ARABIC], source="ar", target="en"
    )
    assert output.text == "one two three four five six"


def test_confidence_is_read_off_the_calibration_and_weighted_by_tokens():
    points = [(-2.0, 20.0), (-1.0, 40.0), (-0.5, 60.0)]
    assert expected_quality(-1.5, points) == pytest.approx(0.3)
    assert expected_quality(-9, points) == pytest.approx(0.2)
    assert expected_quality(0, points) == pytest.approx(0.6)
    output = translator(calibration=points).translate(article(f"{ARABIC} 212"), to="en")
    assert output.confidence == pytest.approx(0.6)
    assert translator().translate(article(ARABIC), to="en").confidence is None
    assert translator(calibration=points).translate(article("212"), to="en").confidence is None
    assert translator(lambda *_: "", calibration=points).translate(article(ARABIC), to="en").confidence == 0


def test_progress_is_told_in_blocks():
    seen = []
    text = "\n".join(f"قال الوزير {n} نعم" for n in range(150))
    translator().translate(article(text), to="en", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(64, 150), (128, 150), (150, 150)]


def test_the_output_says_how_it_was_made():
    output = translator(revision="r1", decoding=Decoding(beam=2)).translate(article(ARABIC), to="en")
    assert (output.model, output.revision, output.decoding, output.task) == (
        "scripted",
        "r1",
        "beam=2",
        "translate",
    )
    assert output.seconds >= 0


@pytest.mark.parametrize("text", ["QUJDREVGR0hJSktM" * 40, "َُِّ" * 400, "😀" * 300, "." * 500])
def test_what_is_copied_counts_as_read_however_long(text):
    output = translator(window=8).translate(article(text), to="en")
    assert (output.text, output.coverage, output.flags) == (text, 1, ())


def test_half_a_surrogate_pair_reaches_no_engine():
    shown = translator()
    shown.translate(article("قال \ud800 الوزير"), to="en")
    assert shown.engine.calls[0][0] == ["قال \ufffd الوزير"]


def test_only_the_piece_that_fails_is_decoded_again():
    words = [f"كلمة{letter}" for letter in "ابتثجحخدذرزسشصضط"]
    shown = translator(lambda text, d: "" if "كلمةا" in text and d.beam == 1 else english(text), window=8)
    output = shown.translate(article(" ".join(words)), to="en")
    assert output.flags == ()
    assert len(shown.engine.calls[0][0]) == 2
    assert len(shown.engine.calls[1][0]) == 1


def test_a_number_that_fails_is_written_another_way():
    known = {"بلغ 55,000 شخص": "reached 55,000 people"}
    shown = translator(lambda text, _: known.get(text, "reached 5,5000 people"))
    output = shown.translate(article("بلغ 55000 شخص"), to="en")
    assert (output.text, output.flags) == ("reached 55,000 people", ())
    assert [texts for texts, _ in shown.engine.calls] == [["بلغ 55000 شخص"], ["بلغ 55,000 شخص"]]


@pytest.mark.parametrize(
    ("text", "language", "respelt"),
    [
        ("55000", "ar", "55,000"),
        ("٥٥٠٠٠", "ar", "55,000"),
        ("١١٬٠٠٠", "ar", "11000"),
        ("5,000,000", "en", "5 million"),
        ("3000000000", "ar", "3 مليار"),
        ("in 2016, 1.5 of 12,5 or 1,234.5", "en", "in 2016, 1.5 of 12,5 or 1,234.5"),
        ("10.0.0.12345 and 12345678901234567890", "en", "10.0.0.12345 and 12345678901234567890"),
    ],
)
def test_numbers_keep_their_value_when_written_another_way(text, language, respelt):
    assert respell(text, language) == respelt


@given(st.text(alphabet="0123456789,. مa٣", max_size=24))
def test_a_respelt_text_states_the_same_numbers(text):
    assert not missing(source=text, output=respell(text, "en"))
