"""The list of forms with tanwin: learnt where tanwin is written, from what training gives weight to."""

import gzip
import json

import pytest

from workbench.errors import ConfigError
from workbench.training.orthography import SEEN, Count, count, kept, texts, words, write_list
from workbench.training.settings import CorpusConfig


def test_both_orders_of_the_mark_are_read():
    assert list(words("شكراً وأيضًا هذا")) == [("شكرا", True), ("وأيضا", True), ("هذا", False)]


def test_texts_without_tanwin_and_words_alone_with_it_say_nothing():
    assert count(["أيضا هذا", "أيضًا"]) == {}
    assert count(["أيضًا جدًا هذا"]) == {"أيضا": Count(1, 1), "جدا": Count(1, 1), "هذا": Count(1, 0)}


def test_forms_need_to_be_seen_often_and_hardly_ever_without():
    counts = {
        "أيضا": Count(SEEN, SEEN),
        "نادرا": Count(SEEN - 1, SEEN - 1),
        "مهما": Count(20, 18),
        "علنا": Count(20, 20),
        "فعلنا": Count(2, 0),
        "وعلنا": Count(3, 2),
    }
    assert list(kept(counts)) == ["أيضا", "علنا", "فعلنا"]


@pytest.fixture
def data(tmp_path):
    for name in ("one", "two"):
        path = tmp_path / "parallel" / f"{name}.tsv.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(f"قالَ {name}\tHe said.\n".encode()))
    row = {"title": "عنوان", "references": ["خبر"], "text": "نص\nثان"}
    (tmp_path / "news.jsonl.gz").write_bytes(gzip.compress((json.dumps(row) + "\n").encode()))
    return tmp_path


def config(folder, **more):
    return CorpusConfig.model_validate(
        {
            "folder": folder,
            "sources": {"one": {"weight": 1}, "two": {"weight": 0}},
            "monolingual": {
                "news": {
                    "path": "news.jsonl.gz",
                    "language": "ar",
                    "fields": ["title", "references", "text"],
                },
                "english": {"path": "absent.gz", "language": "en"},
            },
            **more,
        }
    )


def test_texts_are_those_with_weight_as_their_authors_wrote_them(data):
    assert list(texts(config(data))) == ["قالَ one", "عنوان\nخبر\nنص\nثان"]


def test_a_missing_file_is_named(data):
    (data / "news.jsonl.gz").unlink()
    with pytest.raises(ConfigError, match="news"):
        list(texts(config(data)))


def test_the_same_counts_make_the_same_file(tmp_path):
    path = write_list(kept({"جدا": Count(9, 9), "أيضا": Count(8, 8)}), tmp_path / "list.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["أيضا\t8\t8", "جدا\t9\t9"]
