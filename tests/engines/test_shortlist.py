"""Decoding narrowed to the pieces of a language: the same output where all are listed, and never one that is not."""

import json
import shutil

import pytest

from tests import models
from workbench.engines.base import Decoding
from workbench.engines.cache import SHORTLIST
from workbench.engines.ct2 import CTranslate2
from workbench.engines.shortlist import ALWAYS, VMAP, entry, listed

BEAMS = [Decoding(max_new_tokens=60), Decoding(beam=3, max_new_tokens=60), Decoding(no_repeat_ngram=3)]
TOKENS = tuple(models.CODES.values())
ASKED = {"source": "en", "target": "ar"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pieces(tiny_marian):
    return list(json.loads((tiny_marian / "vocab.json").read_text(encoding="utf-8")))


@pytest.fixture
def narrowed(tiny_marian, home, tmp_path):
    """Loads the tiny model with a list for each language."""

    def load(allowed, *, tokens=TOKENS, **more):
        folder = tmp_path / f"model-{len(allowed)}-{len(tokens)}"
        if not folder.exists():
            shutil.copytree(tiny_marian, folder)
            lines = [f"{token}\t{' '.join(allowed)}\n" for token in tokens]
            (folder / SHORTLIST).write_text("".join(lines), encoding="utf-8")
        spec = models.marian_spec(folder, device="cpu", **{"dtype": "float32", **more})
        return CTranslate2(spec)

    return load


def written(engine, decoding=BEAMS[0]):
    return engine.generate(models.NEWS[:3], decoding, **ASKED)


@pytest.mark.parametrize("decoding", BEAMS, ids=lambda each: each.describe())
def test_a_list_of_all_pieces_changes_nothing(narrowed, pieces, tiny_marian, decoding):
    plain = CTranslate2(models.marian_spec(tiny_marian, device="cpu", dtype="float32"))
    ours, theirs = written(narrowed(pieces), decoding), written(plain, decoding)
    assert [answer.text for answer in ours] == [answer.text for answer in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-4)


@pytest.mark.parametrize("decoding", BEAMS, ids=lambda each: each.describe())
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_what_is_not_listed_is_never_written(narrowed, pieces, decoding, dtype):
    letter = next(char for char in written(narrowed(pieces))[0].text if char.isalpha())
    less = narrowed([piece for piece in pieces if letter not in piece], dtype=dtype)
    for answer in written(less, decoding):
        assert answer.text
        assert letter not in answer.text


def test_a_text_alone_is_written_as_among_others(narrowed, pieces):
    engine = narrowed(pieces[: len(pieces) // 2])
    alone = [engine.generate([text], BEAMS[0], **ASKED)[0].text for text in models.NEWS[:3]]
    assert alone == [answer.text for answer in written(engine)]


def test_the_lists_can_be_left_out_of_account(narrowed, pieces, tiny_marian):
    few = pieces[: len(pieces) // 3]
    plain = CTranslate2(models.marian_spec(tiny_marian, device="cpu", dtype="float32"))
    assert [answer.text for answer in written(narrowed(few, shortlist=False))] == [
        answer.text for answer in written(plain)
    ]
    assert written(narrowed(few))[0].text != written(plain)[0].text


def test_a_language_without_a_list_is_written_with_all_pieces(narrowed, pieces, tiny_marian):
    plain = CTranslate2(models.marian_spec(tiny_marian, device="cpu", dtype="float32"))
    engine = narrowed(pieces[:40], tokens=(models.CODES["en"],))
    assert [answer.text for answer in written(engine)] == [answer.text for answer in written(plain)]


def test_outputs_with_other_pieces_are_aligned_as_before(narrowed, pieces, tiny_marian):
    plain = CTranslate2(models.marian_spec(tiny_marian, device="cpu", dtype="float32"))
    few = narrowed(pieces[:40])
    (ours,) = few.align(models.NEWS[:1], models.NEWS[3:4], **ASKED)
    (theirs,) = plain.align(models.NEWS[:1], models.NEWS[3:4], **ASKED)
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_a_model_without_lists_has_none(tmp_path):
    assert listed(tmp_path) == frozenset()
    (tmp_path / VMAP).write_text(">>eng<<\t\u2581a b\n>>ara<<\tب\n", encoding="utf-8")
    assert listed(tmp_path) == {">>eng<<", ">>ara<<"}


@pytest.fixture(scope="module")
def one_way(tmp_path_factory):
    """A model as opus-mt publishes them: one direction, pieces of its own for what it reads and what it writes."""
    return models.build_marian(tmp_path_factory.mktemp("one-way"), plain=True)


def load_one_way(folder, **more):
    return CTranslate2(models.plain_spec(folder, device="cpu", dtype="float32", **more))


@pytest.mark.parametrize("beam", [1, 4])
def test_pieces_of_the_read_side_alone_are_not_weighed(one_way, home, beam):
    decoding = Decoding(beam=beam, max_new_tokens=120)
    narrow, wide = load_one_way(one_way), load_one_way(one_way, shortlist=False)
    ours, theirs = (engine.generate(models.NEWS[:3], decoding) for engine in (narrow, wide))
    assert [answer.text for answer in ours] == models.NEWS[3:]
    assert [answer.text for answer in theirs] == models.NEWS[3:]
    for one, other in zip(ours, theirs, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-2)
        assert one.log_probability >= other.log_probability  # of fewer pieces each is likelier


def test_a_side_of_its_own_is_the_list(one_way, home):
    engine = load_one_way(one_way)
    folder = next((home / "cache" / "ctranslate2").glob("one-way*/"))
    assert listed(folder) == {ALWAYS}
    allowed = (folder / VMAP).read_text(encoding="utf-8").strip().split(" ")
    assert set(engine._tokeniser.split_output(models.NEWS[3])) <= set(allowed)
    read = {piece for piece in engine._tokeniser.split(models.NEWS[0]) if any(map(str.isalpha, piece))}
    assert read
    assert read.isdisjoint(allowed)


def test_a_list_that_the_model_brings_goes_before_its_side(one_way, home, tmp_path):
    folder = tmp_path / "brings"
    shutil.copytree(one_way, folder)
    few = [
        piece for piece in json.loads((folder / "vocab.json").read_text(encoding="utf-8")) if "ا" not in piece
    ]
    (folder / SHORTLIST).write_text(entry(ALWAYS, few), encoding="utf-8")
    for answer in load_one_way(folder).generate(models.NEWS[:3], BEAMS[0]):
        assert answer.text
        assert "ا" not in answer.text
