"""chrF, BLEU and TER are sacreBLEU's, to the last digit, and the published figures come out again."""

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER

from workbench.errors import InputError, ModelError, UnknownName
from workbench.metrics import open_metric, score
from workbench.metrics.base import Texts, total

REFERENCE = {
    "chrf++": CHRF(word_order=2),
    "chrf": CHRF(),
    "bleu": BLEU(),
    "bleu-intl": BLEU(tokenize="intl"),
    "ter": TER(),
}
SYSTEMS = ("google", "microsoft", "nllb", "opusmt", "argos", "bergamot-base", "bergamot-base-memory")

WORDS = st.sampled_from(
    ["الخبر", "،", "في", "القاهرة", ".", "the", "port", "reopened", "1,200", "«", "»", "", " "]
)
LINES = st.lists(st.lists(WORDS, max_size=9).map(" ".join), min_size=1, max_size=5)


def lines(path):
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


@pytest.mark.parametrize("name", REFERENCE)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_totals_and_signatures_are_those_of_sacrebleu(name, data):
    outputs = data.draw(LINES)
    references = [data.draw(st.lists(WORDS, max_size=9).map(" ".join)) for _ in outputs]
    expected = REFERENCE[name].corpus_score(outputs, [references])
    ours = score(name, outputs=outputs, references=references, language="ar")
    assert ours.signature == str(REFERENCE[name].get_signature())
    assert ours.n == sum(bool(text.split()) for text in references)
    if any(text.split() for text in references):
        assert ours.value == pytest.approx(expected.score, abs=1e-9)
    else:
        assert ours.value is None


@pytest.mark.parametrize("name", REFERENCE)
def test_two_references_are_counted_as_sacrebleu_counts_them(name):
    outputs = ["the ship left the port on Monday", "rain is expected"]
    first = ["the vessel left the harbour on Monday", "rain expected"]
    second = ["on Monday the ship sailed", "showers are expected in the north"]
    expected = REFERENCE[name].corpus_score(outputs, [first, second])
    groups = list(zip(first, second, strict=True))
    ours = score(name, outputs=outputs, references=groups, language="en")
    assert ours.value == pytest.approx(expected.score, abs=1e-9)
    assert ours.signature == str(REFERENCE[name].get_signature())
    assert "nrefs:2" in ours.signature


def test_totals_work_on_many_sums_at_once():
    outputs, references = ["a b c d e", "x y", ""], [("a b c d f",), ("x z",), ("q",)]
    for name in REFERENCE:
        metric = open_metric(name, language="en")
        rows = metric.statistics(Texts(outputs=outputs, references=references))
        stacked = metric.totals(np.stack([rows.sum(axis=0), rows[0], rows[2]]))
        assert stacked.shape == (3,)
        assert stacked[0] == pytest.approx(total(metric, rows))
        assert metric.totals(rows).shape == (3,)


def test_an_empty_output_scores_zero_and_a_missing_reference_text_is_undefined():
    assert score("chrf++", outputs=[""], references=["خبر"], language="ar").value == 0
    assert score("bleu", outputs=["خبر"], references=[""], language="ar").value is None
    assert score("ter", outputs=["خبر"], references=[""], language="ar").value is None
    assert score("chrf++", outputs=[], references=[], language="ar").value is None


def test_identical_arabic_is_perfect_and_matching_forgives_spelling_only_under_its_own_name():
    text = "أعلنت الوزارةُ إعادة فتح الميناء، الأحد."
    respelt = "اعلنت الوزاره اعاده فتح الميناء، الاحد."
    for name in ("chrf++", "chrf", "bleu", "bleu-intl"):
        assert score(name, outputs=[text], references=[text], language="ar").value == pytest.approx(100)
        raw = score(name, outputs=[respelt], references=[text], language="ar")
        folded = score(f"{name}-matching", outputs=[respelt], references=[text], language="ar")
        assert raw.value < 90
        assert folded.value == pytest.approx(100)
        assert folded.metric == f"{name}-matching"
        assert folded.signature == raw.signature + "|profile:matching-1"


def test_unequal_lengths_never_pass_as_sacrebleu_lets_them():
    with pytest.raises(InputError, match="2 outputs and 1 references"):
        score("chrf", outputs=["a", "b"], references=["a"], language="en")
    with pytest.raises(InputError, match="2 outputs and 3 sources"):
        Texts(outputs=["a", "b"], sources=["a", "b", "c"])
    with pytest.raises(InputError, match="one text, not a list"):
        Texts(outputs="ab")
    with pytest.raises(InputError, match="not grouped"):
        Texts(outputs=["a", "b"], references=["a", "b"])


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="Segment 2 has no reference"):
        score("bleu", outputs=["a", "b"], references=[("a",), ()], language="en")
    with pytest.raises(InputError, match="there are none"):
        score("bleu", outputs=["a", "b"], language="en")
    with pytest.raises(UnknownName, match=r"Did you mean .*chrf"):
        score("chrff", outputs=["a"], references=["a"], language="en")


def test_the_flores_tokeniser_is_asked_for_rather_than_downloaded(monkeypatch, tmp_path):
    monkeypatch.setattr("workbench.metrics.overlap.SACREBLEU_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="SentencePiece model of FLORES-200") as caught:
        open_metric("bleu-flores200", language="ar")
    assert str(tmp_path) in caught.value.cure


@pytest.mark.shared
@pytest.mark.parametrize(("pair", "target"), [("ar-en", "en"), ("en-ar", "ar")])
def test_the_published_bleu_figures_come_out_to_the_decimal(shared, pair, target):
    folder = shared / "eval" / "flores-dev" / pair
    reference = lines(folder / target)
    for system in SYSTEMS:
        published = (folder / f"{system}.{target}.bleu").read_text().strip()
        ours = score(
            "bleu", outputs=lines(folder / f"{system}.{target}"), references=reference, language=target
        )
        assert f"{ours.value:.1f}" == published, system


@pytest.mark.shared
def test_real_outputs_score_as_in_sacrebleu(shared):
    folder = shared / "eval" / "flores-dev" / "en-ar"
    reference, output = lines(folder / "ar"), lines(folder / "google.ar")
    for name, metric in REFERENCE.items():
        expected = metric.corpus_score(output, [reference]).score
        assert score(name, outputs=output, references=reference, language="ar").value == pytest.approx(
            expected
        )


def test_sacrebleu_is_the_version_whose_internals_we_read():
    assert sacrebleu.__version__.startswith("2.")
