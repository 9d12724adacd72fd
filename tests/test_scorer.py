"""The trained scorer: what it sees, how it learns, how it is kept, and what summaries do with it."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from workbench.config import load_yaml, parse
from workbench.errors import ConfigError, ModelError
from workbench.records import Article
from workbench.summarise import Extractive, Length
from workbench.summarise.features import NAMES, features
from workbench.summarise.furniture import undated
from workbench.summarise.scoring import SHIPPED, Scorer, Trees, load, save, shipped
from workbench.summarise.sentences import stands_loose
from workbench.training.boosting import Boosting, grow
from workbench.training.scorer import ScorerConfig, lesson, train, without_headline

STORY = (
    "The council of the northern valley met on Monday in the old town hall.",
    "Its members spoke for hours about parking.",
    "Heavy rain then flooded three villages and closed the only bridge.",
    "Rescue teams reached the villages by boat.",
    "Engineers counted 40 broken pillars below the bridge.",
)


def one_tree(feature, *, above, below=0.0, bound=0.5):
    """Trees that know a single question."""
    return Trees(
        base=np.zeros(1, dtype=np.float32),
        columns=np.array([[NAMES.index(feature)]], dtype=np.int32),
        bounds=np.array([[bound]], dtype=np.float32),
        leaves=np.array([[below, above]], dtype=np.float32),
    )


@pytest.fixture
def digits():
    """A scorer that loves sentences with digits and is indifferent to others."""
    return Scorer(
        instead=one_tree("digits", above=5.0, below=-5.0), beside=one_tree("digits", above=5.0), about="made"
    )


def article(*sentences, **fields):
    return Article(id="a", **{"language": "en", "text": "\n\n".join(sentences), **fields})


# --- features ---------------------------------------------------------------------------------------------------


def column(table, name):
    return table[:, NAMES.index(name)].tolist()


def test_features_tell_place_headline_and_manner():
    table = features(STORY, "Heavy rain closed bridge")
    assert table.shape == (5, len(NAMES))
    assert column(table, "place") == [0, 1, 2, 3, 4]
    assert np.argmax(column(table, "headline recall")) == 2
    assert column(table, "digits") == [0, 0, 0, 0, 2]
    assert column(table, "points back") == [0, 1, 0, 0, 0]
    assert set(column(table, "lead's words")) == {14.0}


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=40))
@settings(deadline=None, max_examples=60)
def test_any_sentences_have_finite_features(sentences, title):
    table = features(sentences, title)
    assert table.shape == (len(sentences), len(NAMES))
    assert np.isfinite(table).all()


def test_forgetting_the_headline_is_having_none():
    bare, forgotten = features(STORY, ""), without_headline(features(STORY, "Rain closed bridge"))
    told = [("headline" in name) for name in NAMES]
    assert (bare[:, told] == 0).all()
    assert (forgotten[:, told] == 0).all()


# --- trees ------------------------------------------------------------------------------------------------------


def test_trees_learn_what_two_features_decide_together():
    table = np.random.default_rng(1).random((800, 4), dtype=np.float32)
    wanted = np.where((table[:, 0] > 0.5) & (table[:, 2] > 0.5), 10.0, 0.0)
    how = Boosting(trees=80, rate=0.2, rows=0.8, columns=1.0, doubt=1.0)
    trees = grow(table, wanted, np.ones(800), how)
    assert np.abs(trees.judge(table) - wanted).mean() < 1
    again = grow(table, wanted, np.ones(800), how)
    assert np.array_equal(trees.leaves, again.leaves)


def test_rows_without_weight_teach_nothing():
    table = np.array([[0.0], [1.0]] * 50, dtype=np.float32)
    wanted = np.array([0.0, 8.0] * 25 + [0.0, -8.0] * 25)
    weights = np.repeat([1.0, 0.0], 50)
    trees = grow(table, wanted, weights, Boosting(trees=60, rate=0.3, rows=1, columns=1, doubt=0.1))
    assert trees.judge(np.array([[1.0]], dtype=np.float32))[0] == pytest.approx(8, abs=0.5)


# --- files ------------------------------------------------------------------------------------------------------


def test_a_scorer_is_the_same_after_saving(digits, tmp_path):
    kept = load(save(digits, tmp_path / "scorer.safetensors"))
    assert kept.about == "made"
    assert np.array_equal(kept.alone(STORY, ""), digits.alone(STORY, ""))
    assert np.array_equal(kept.together(STORY, ""), digits.together(STORY, ""))


def test_files_that_are_no_scorer_are_refused_with_the_cure(tmp_path):
    (tmp_path / "text").write_text("no scorer", encoding="utf-8")
    save_file({"weights": np.zeros(3, dtype=np.float32)}, tmp_path / "other")
    for name in ("text", "other", "absent"):
        with pytest.raises(ModelError, match=name) as fault:
            load(tmp_path / name)
        assert "workbench.training.scorer" in fault.value.cure


def test_a_scorer_of_other_features_is_refused(digits, tmp_path, monkeypatch):
    path = save(digits, tmp_path / "scorer.safetensors")
    monkeypatch.setattr("workbench.summarise.scoring.NAMES", (*NAMES, "mood"))
    with pytest.raises(ModelError, match="other features"):
        load(path)


# --- summaries --------------------------------------------------------------------------------------------------


def picked(summariser, count, **fields):
    given = article(*STORY, **fields)
    summary = summariser.summarise(given, length=Length(sentences=count))
    return [STORY.index(given.text[slice(*span)]) for pair in summary.alignment for span in pair.sources]


def test_one_sentence_is_the_best_alone_and_several_open_with_the_lead(digits):
    summariser = Extractive(scorer=digits)
    assert picked(summariser, 1) == [4]
    assert picked(summariser, 2) == [0, 4]
    assert picked(Extractive(scorer=replace(digits, instead=one_tree("digits", above=-1, below=-1))), 1) == [
        0
    ]


def test_a_sentence_that_leans_on_one_left_out_is_put_off(digits):
    indifferent = replace(digits, beside=one_tree("digits", above=0.0))
    assert picked(Extractive(scorer=indifferent), 2) != [0, 4]
    leaning = ("He was born there.", "She left later.")
    given = article(STORY[0], "The bridge is closed.", *leaning, STORY[3])
    summary = Extractive(scorer=indifferent).summarise(given, length=Length(sentences=3))
    assert not any(sentence in summary.text for sentence in leaning)


def test_questions_and_parts_of_quotations_are_put_off(digits):
    loose = (
        'The mayor said: "We counted 40 pillars.',
        "Why did 40 pillars break?",
        "سأل: كم بلغ عددها 40؟",
        "«بقي 40 عموداً.",
    )
    whole = 'By evening 41 of them stood again, "a wonder".'
    assert not stands_loose(whole)
    for sentence in loose:
        assert stands_loose(sentence)
        given = article(STORY[0], "Nothing else was known by evening.", sentence, whole)
        scorer = replace(digits, beside=one_tree("digits", above=3.0))
        summary = Extractive(scorer=scorer).summarise(given, length=Length(sentences=2))
        assert summary.text == f"{STORY[0]} {whole}"


def test_records_say_that_the_scorer_chose_and_other_languages_are_weighed(digits):
    summariser = Extractive(scorer=digits)
    for language, means in (("en", "scorer"), ("ar-EG", "scorer"), ("fr", "lexical"), (None, "lexical")):
        summary = summariser.summarise(article(*STORY, language=language), length=Length(sentences=2))
        assert summary.decoding == f"extractive sentences=2 {means}"


@pytest.mark.parametrize(
    ("length", "means"),
    [
        ({"sentences": 3}, "scorer"),
        ({"sentences": 4}, "lexical"),
        ({"words": 90}, "scorer"),
        ({"words": 91}, "lexical"),
    ],
)
def test_longer_summaries_than_it_was_taught_are_weighed(digits, length, means):
    summary = Extractive(scorer=digits).summarise(article(*STORY), length=Length(**length))
    assert summary.decoding.endswith(means)


def test_a_length_in_words_is_kept_with_a_scorer(digits):
    summary = Extractive(scorer=digits).summarise(article(*STORY), length=Length(words=20))
    assert summary.text == f"{STORY[0]} {STORY[4]}"


def test_what_stands_far_down_is_not_judged(digits):
    sentences = [f"Nothing of note befell the {word} town." for word in "abcdefghijklmnop"]
    late = "Later 40 pillars broke under the old bridge."
    summary = Extractive(scorer=digits).summarise(article(*sentences, late), length=Length(sentences=2))
    assert late not in summary.text
    summary = Extractive(scorer=digits).summarise(article(*sentences[1:], late), length=Length(sentences=2))
    assert late in summary.text


def test_thousands_of_sentences_are_no_trouble(digits):
    sentences = [f"Sentence number {number} tells what happened on that day." for number in range(3000)]
    summary = Extractive(scorer=digits).summarise(article(*sentences), length=Length(sentences=2))
    assert summary.text.startswith(sentences[0])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("أفادت الصحيفة، اليوم الثلاثاء، بأنّ الوفد وصل.", "أفادت الصحيفة بأنّ الوفد وصل."),
        (
            "صرّح الوزير، قاسم الأعرجي، مساء اليوم الأربعاء، بأن بلده وافق.",
            "صرّح الوزير، قاسم الأعرجي، بأن بلده وافق.",
        ),
        ("قُتل جنديان، صباح الأحد،في الشمال.", "قُتل جنديان في الشمال."),
        ("يجتمع الوزراء، يوم الجمعة المقبل، في القاهرة.", "يجتمع الوزراء، يوم الجمعة المقبل، في القاهرة."),
        ("يعمل المكتب السبت، الأحد، الاثنين، ظهراً.", "يعمل المكتب السبت، الأحد، الاثنين، ظهراً."),
        ('قال: "سنلتقي، اليوم، في بيروت".', 'قال: "سنلتقي، اليوم، في بيروت".'),
        ("The council met, on Monday, in town.", "The council met, on Monday, in town."),
    ],
)
def test_days_of_reporting_are_left_out_and_other_days_are_not(text, left):
    assert undated(text) == left


def test_a_sentence_without_its_day_still_names_its_source(digits):
    told = "أفادت الصحيفة، اليوم الثلاثاء، بأنّ الوفد وصل إلى العاصمة."
    given = article(told, "وقال الوزير إن المحادثات طويلة.", "وانتهى الاجتماع بلا اتفاق.", language="ar")
    summary = Extractive(scorer=digits).summarise(given, length=Length(sentences=1))
    assert summary.text == "أفادت الصحيفة بأنّ الوفد وصل إلى العاصمة."
    (pair,) = summary.alignment
    assert pair.output == (0, len(summary.text))
    assert given.text[slice(*pair.sources[0])] == told


# --- training ---------------------------------------------------------------------------------------------------


def made_rows(count):
    """Articles whose standfirst is always their one sentence with a number."""
    for number in range(count):
        sentences = [f"Story {name} opens with words of no weight." for name in ("alpha", "beta", "gamma")]
        at = number % 2 + 1
        sentences[at] = f"The bridge of town {number} was closed for {number + 10} days after rain."
        yield {"id": f"a{number}", "title": "", "text": "\n".join(sentences), "references": [sentences[at]]}


@pytest.fixture
def made(tmp_path):
    with gzip.open(tmp_path / "made.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in made_rows(120))
    return {
        "folder": str(tmp_path),
        "sources": {"made": {"path": "made.jsonl.gz", "language": "en"}},
        "boosting": {"trees": 40, "rate": 0.3, "columns": 1, "rows": 1, "doubt": 1},
    }


def test_training_finds_the_sentence_that_people_chose(made):
    told = []
    scorer = train(parse(made, ScorerConfig, name="made"), say=told.append)
    sentences = [
        "Story alpha opens with words of no weight.",
        "Rain closed it for 99 days.",
        "Story gamma ends.",
    ]
    assert scorer.alone(sentences, "").argmax() == 1
    assert scorer.together(sentences, "")[1] > scorer.together(sentences, "")[2]
    assert "120 articles of made" in scorer.about
    assert any("held out" in line and "gain +" in line for line in told)


def test_what_is_learnt_of_an_article():
    learnt = lesson("made", features(STORY, ""), STORY, [STORY[0] + " " + STORY[2]], weight=1)
    assert learnt.worth[0].tolist() == pytest.approx([200 * 14 / (14 + 14 + 11)] * 2)
    assert learnt.added[2] == pytest.approx(100)
    assert learnt.added[1] < 30


@pytest.mark.parametrize("fault", ["absent.jsonl", "empty.jsonl"])
def test_a_source_that_cannot_teach_is_named(made, tmp_path, fault):
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    made["sources"] = {"made": {"path": fault, "language": "en"}}
    with pytest.raises(ConfigError):
        train(parse(made, ScorerConfig, name="made"), say=print)


def test_the_shipped_scorer_is_small_and_fits_this_version():
    assert SHIPPED.stat().st_size < 2_000_000
    scores = shipped().together(STORY, "Heavy rain closed bridge")
    assert scores.argmax() == 0
    assert np.isfinite(scores).all()
    assert "no encoder" in shipped().about


def test_the_configuration_of_the_shipped_scorer_reads(request):
    config = load_yaml(request.config.rootpath / "configs/scorer/news.yaml", ScorerConfig)
    assert set(config.sources) <= {"mayadeen.train", "newspairs-en", "newspairs-ar", "tehran_times"}, (
        "sets that are for tests alone, or not for weights that ship, must not teach"
    )
