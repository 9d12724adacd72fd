"""Intervals and p-values are sacreBLEU's where sacreBLEU is right, and honest where it is not."""

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample

from workbench.errors import InputError
from workbench.evaluate import significance
from workbench.evaluate.significance import (
    Comparison,
    Resampling,
    by_document,
    compare,
    holm,
    interval,
    intervals,
)
from workbench.metrics import open_metric
from workbench.metrics.base import Texts

WORDS = [
    "the",
    "port",
    "of",
    "aden",
    "reopened",
    "on",
    "monday",
    "after",
    "rain",
    "and",
    "wind",
    "closed",
    "it",
]


def corpus(seed, *, noise, size=60):
    """References, and outputs in which a share of the words is wrong."""
    rng = np.random.default_rng(seed)
    references = [" ".join(rng.choice(WORDS, size=9)) for _ in range(size)]
    outputs = [
        " ".join("zzz" if rng.random() < noise else word for word in reference.split())
        for reference in references
    ]
    return references, outputs


def rows_of(name, references, **systems):
    metric = open_metric(name, language="en")
    groups = [(text,) for text in references]
    return metric, {
        system: metric.statistics(Texts(outputs=texts, references=groups))
        for system, texts in systems.items()
    }


@pytest.mark.parametrize(("name", "theirs"), [("chrf++", CHRF(word_order=2)), ("bleu", BLEU())])
def test_intervals_are_those_of_sacrebleu(name, theirs):
    references, outputs = corpus(1, noise=0.3)
    metric, tables = rows_of(name, references, ours=outputs)
    low, high = intervals(metric, tables, Resampling())["ours"]
    stats = theirs._extract_corpus_statistics(outputs, [references])
    _, samples = _bootstrap_resample(stats, theirs, 1000)
    ordered = sorted(each.score for each in samples)
    assert (low, high) == pytest.approx((ordered[25], ordered[-26]), abs=1e-4)


def test_randomisation_is_that_of_sacrebleu():
    references, good = corpus(2, noise=0.20)
    middling = corpus(2, noise=0.24)[1]
    metric, tables = rows_of("chrf++", references, good=good, middling=middling)
    ours = compare(metric, tables, Resampling(trials=2000))[0]
    _, results = PairedTest(
        [("good", good), ("middling", middling)],
        {"m": CHRF(word_order=2)},
        [references],
        "ar",
        n_samples=2000,
    )()
    theirs = next(each for key, each in results.items() if key != "System")[1].p_value
    # The same shuffles; only exact ties count here and not there.
    assert ours.p_randomised == pytest.approx(theirs, abs=0.01)


def test_a_large_difference_is_shown_and_a_system_never_differs_from_itself():
    references, good = corpus(3, noise=0.1)
    bad = corpus(4, noise=0.6)[1]
    metric, tables = rows_of("chrf++", references, good=good, bad=bad, twin=good)
    by_pair = {(each.ours, each.theirs): each for each in compare(metric, tables, Resampling())}
    assert by_pair["good", "bad"].verdict == "ours better"
    assert by_pair["good", "bad"].low > 0
    assert by_pair["good", "bad"].detectable > 0
    twin = by_pair["good", "twin"]
    assert (twin.difference, twin.p, twin.p_randomised, twin.verdict) == (0, 1, 1, "no difference shown")
    turned = by_pair["good", "bad"].turned()
    assert (turned.verdict, turned.difference) == ("theirs better", -by_pair["good", "bad"].difference)
    assert turned.low == -by_pair["good", "bad"].high


def test_lower_is_better_where_errors_are_counted():
    references, good = corpus(3, noise=0.1)
    bad = corpus(3, noise=0.7)[1]
    metric, tables = rows_of("ter", references, good=good, bad=bad)
    found = compare(metric, tables, Resampling())[0]
    assert found.difference < 0
    assert found.verdict == "ours better"


def test_false_alarms_are_as_rare_as_promised():
    """Two systems of equal quality: a 5 % test may cry wolf in about 5 of 100 corpora, never in 15."""
    alarms = {"p": 0, "p_randomised": 0}
    for seed in range(100):
        references, ours = corpus(seed, noise=0.3, size=40)
        rng = np.random.default_rng(seed + 1000)
        theirs = [
            " ".join("zzz" if rng.random() < 0.3 else word for word in reference.split())
            for reference in references
        ]
        metric, tables = rows_of("bleu", references, ours=ours, theirs=theirs)
        found = compare(metric, tables, Resampling(trials=300))[0]
        alarms["p"] += found.p < 0.05
        alarms["p_randomised"] += found.p_randomised < 0.05
    assert max(alarms.values()) < 15


def test_holm_corrects_step_by_step():
    def bare(p):
        return Comparison(
            metric="m", ours="a", theirs="b", difference=1.0, p=p, p_randomised=p / 2, n=9, recipe=""
        )

    corrected = [each.p_corrected for each in holm([bare(0.04), bare(0.01), bare(0.03)])]
    assert corrected == pytest.approx([0.06, 0.03, 0.06])
    undefined = Comparison(metric="m", ours="a", theirs="b", difference=None, n=9, recipe="")
    assert holm([undefined, bare(0.04)])[0].p_corrected is None
    assert holm([undefined, bare(0.04)])[1].p_corrected == pytest.approx(0.04)
    assert undefined.verdict == "no difference shown"


def test_many_pairs_get_enough_trials_to_reach_the_level():
    references, good = corpus(3, noise=0.1, size=30)
    systems = {f"s{number}": corpus(number, noise=0.1 + number / 12, size=30)[1] for number in range(11)}
    metric, tables = rows_of("chrf", references, good=good, **systems)
    found = compare(metric, tables, Resampling(trials=100))
    assert found[0].recipe.startswith(f"bs:{40 * len(found)}|")
    assert min(each.p_corrected for each in found) < 0.05


def test_chunks_draw_what_one_draw_would(monkeypatch):
    references, outputs = corpus(5, noise=0.3)
    _, tables = rows_of("bleu", references, ours=outputs)
    whole = significance.resampled_sums(list(tables.values()), Resampling(trials=50))[0]
    monkeypatch.setattr(significance, "_CHUNK", 7 * len(references))
    assert np.array_equal(whole, significance.resampled_sums(list(tables.values()), Resampling(trials=50))[0])


def test_documents_are_drawn_whole():
    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert by_document(rows, ["b", "a", "b"]).tolist() == [[6, 8], [3, 4]]
    with pytest.raises(InputError, match="2 document ids for 3 segments"):
        by_document(rows, ["a", "b"])


def test_documents_widen_intervals_where_segments_of_one_document_resemble_each_other():
    references, outputs = [], []
    for number in range(12):
        reference, output = corpus(number, noise=0.05 if number % 2 else 0.7, size=10)
        references += reference
        outputs += output
    metric, tables = rows_of("chrf", references, ours=outputs)
    documents = [str(number // 10) for number in range(120)]
    narrow = intervals(metric, tables, Resampling())["ours"]
    grouped = {"ours": by_document(tables["ours"], documents)}
    wide = intervals(metric, grouped, Resampling(unit="documents"))["ours"]
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_an_undefined_resample_leaves_no_interval():
    assert interval(np.array([1.0, np.nan])) == (None, None)
    assert interval(np.array([])) == (None, None)
    metric, tables = rows_of("bleu", ["", "a b c"], ours=["x", "a b c"])
    assert intervals(metric, tables, Resampling()) == {}
    assert intervals(metric, tables, Resampling(trials=0)) == {}
