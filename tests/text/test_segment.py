import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.segment import join, segment, spans

NASTY = st.text(st.sampled_from(list("ab .!?؟،؛\"»«”)(\n\r\t\u2028\u200f\xa0…0٫٣,دأفبAe:-'")), max_size=60)


LANGUAGES = st.sampled_from([None, "ar", "en", "de", "fr", "fa", "zh-Hant", "zz", ""])


@given(st.text() | NASTY, LANGUAGES)
def test_segments_join_back_exactly(text, language):
    assert join(segment(text, language)) == text


def test_wide_white_space_does_not_stop_sentencex():
    assert join(segment("A.\u1680B. C", "de")) == "A.\u1680B. C"


@given(st.text() | NASTY)
def test_spans_show_each_segment(text):
    parts = segment(text)
    assert [text[a:b] for a, b in spans(parts)] == [part.text for part in parts]


@given(st.text() | NASTY)
def test_a_segment_has_no_white_space_around_it_and_only_white_space_behind_it(text):
    for part in segment(text):
        assert part.text == part.text.strip()
        assert part.gap.strip() == ""


@pytest.mark.parametrize("text", ["a\nb", "a\n\nb", "قال\r\nنعم", "a\u2028b"])
def test_line_breaks_are_boundaries(text):
    assert len(segment(text)) == 2


@pytest.mark.parametrize(
    "sentences",
    [
        # Arabic abbreviations, initials and agencies
        ["قال د. أحمد زويل إن العلم أساس التقدم.", "وأضاف أ.د. محمد علي أن الأمر مهم."],
        ["ذكرت أ.ف.ب. نقلا عن م. سامي أن المصنع توقف.", "ثم عاد إلى العمل."],
        ["نقلت أ . ف . ب عن د . خالد قوله إنه بخير.", "وغادر."],
        ["أعلنت شركة أبل ذلك لوكالة د.ب.أ.", "وأضافت أنها راضية."],
        ["كتبت جي. كي. رولينغ الرواية.", "وكتب جورج دبليو. بوش مذكراته."],
        ["نقلا عن بي بي سي.", "نفت الحكومة ذلك."],
        ["بلغ طوله 500 م.", "وهو الأكبر في البلاد."],
        ["يبدأ البث في الساعة 5 م. بتوقيت غرينتش.", "وتقع البلدة على بعد 5 كم. عن حلب."],
        ["بلغ طوله 500 م.", "في المقابل نفت الشركة ذلك."],
        # decimals, dates, lists
        ["ارتفع المؤشر 3.5 في المئة إلى 1.250.000 نقطة.", "وانخفض ١٢٫٥ في المئة."],
        ["حدث ذلك عام 2010.", "وبعده بعامين هدأت الأمور."],
        ["1. قال الوزير ذلك.", "2. نفى المتحدث ذلك."],
        # clock times
        ["They met at 10 a.m. Sept. 5 in Cairo.", "He came at 6 a.m. Jan. 3.", "She left on Mar. 5."],
        ["It began at 3 p.m. Tehran time on Sunday.", "Polls close at 8 p.m. New York time."],
        ["He left at 8 p.m.", "Israeli forces came.", "They left at 9 p.m.", "This time he stayed."],
        ["He left.", "At about 9 a.m. Israeli forces entered the camp.", "By 7:30 p.m. Hamas had replied."],
        # datelines
        ["القاهرة (أ.ف.ب.) - قال الرئيس إنه سيزور بغداد.", "وأضاف أنه متفائل."],
        ["(أ.ف.ب.) قالت الشرطة إنها أوقفت رجلا.", "ولم تذكر اسمه."],
        ["برلين - د.ب.أ. - اجتمع الوزراء.", "ثم انصرفوا."],
        ["WASHINGTON, Jan. 5 (Reuters) - Mr. Smith met Sen. J. D. Jones.", "He left at 7 p.m. Friday."],
        # quotes that close behind the stop
        ["وقال: «لن نتراجع.»", "ثم غادر القاعة."],
        ['سأل الصحفي: "متى تنتهي الحرب؟".', "لم يجب الوزير."],
        ['"ما هذا؟" تساءلت المرأة.', "ولم يجبها أحد."],
        ['وأضاف "انتهى الأمر. "', "وغادر الوفد المدينة."],
        [
            "He said: “We won’t go.”",
            "Then he left (and did not return. ever).",
            "“Why?” Mr. Jones asked.",
            "No one knew.",
        ],
        # an initial before the stop
        ["الليمون غني بفيتامين C.", "وهو مفيد للصحة."],
        ["فازت المجموعة B.", "خسر الباقون."],
        ["یہ وٹامن C۔", "وہ گیا۔"],
        # never at the Arabic comma or semicolon
        ["قال، وهو يبتسم، إن الأمر انتهى؛ ثم خرج، ولم يعد."],
        # a missing space
        ["انتهى الاجتماع.", "وغادر الوزراء القاعة؟", "ربما."],
        ["زوروا موقع العربية.نت اليوم.", "See weather.com or Node.js v1.2 now.", "It works."],
        # stops that end nothing
        [
            "Yahoo! is a company.",
            "Why not?",
            "The U.S. President and the U.N. Secretary met in Washington, D.C.",
            "They talked.",
        ],
        ["It cost approx. 5 million at Apple Inc. headquarters, No. 7 vs. No. 8.", "What . . . a price."],
        [
            "Yahoo! Inc. shares fell on Sept. 5.",
            "The company did not say why at No. 10.",
            "1. One thing.",
            "2. Another.",
        ],
        ["Spc. John Doe and Pfc. Jane Roe met Lt. Cdr. Smith.", "Approx. 50 people paid Rs. 500 crore."],
        ["See https://x.com/watch?Video=1 or write to john.Smith@bbc.com today.", "It works."],
        ["They won.", "12. The last item."],
        [
            "it was over within forty minutes.",
            "nobody was hurt, said sept. 5 reports by gen. smith.",
            "he left.",
        ],
        ["He fell ill.", "It rained in May.", "Property remains thorny."],
        ["قال ذلك ...", "ثم صمت…", "وبعد قليل تكلم!!!", "نعم؟!"],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(sentences):
    gap = "" if sentences[0].startswith("انتهى الاجتماع") else " "
    assert [part.text for part in segment(gap.join(sentences))] == sentences


def test_other_languages_keep_their_own_abbreviations():
    german = ["Er kam am 5. Januar mit Dr. Müller bzw. Frau Meier.", "Das war gut."]
    assert [part.text for part in segment(" ".join(german), "de-AT")] == german


def test_white_space_that_opens_a_text_is_a_gap_of_its_own():
    assert [(part.text, part.gap) for part in segment("\n  A. B\n")] == [("", "\n  "), ("A. B", "\n")]
    assert [(part.text, part.gap) for part in segment(" \n")] == [("", " \n")]
    assert segment("") == []


@pytest.mark.parametrize("unit", [".", '" . ', "د. ", "(a. ", "ab ", "\n. "])
def test_long_texts_of_one_pattern_join_back(unit):
    text = unit * 20_000
    assert join(segment(text)) == text


@pytest.mark.shared
@pytest.mark.parametrize(("language", "least"), [("ar", 0.92), ("en", 0.95)])
def test_boundaries_of_real_news_are_found(shared, language, least):
    import runpy
    from pathlib import Path

    script = runpy.run_path(str(Path(__file__).parents[2] / "eval/text/segmentation.py"))
    f1, precision, recall = script["score"](script["ours"], shared / "eval/ntrex-a", language)
    assert f1 >= least
    assert precision >= least
    assert recall >= 0.9
