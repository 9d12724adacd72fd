"""Systems side by side: rankings, clusters, warnings, and what is refused."""

import json
from dataclasses import replace

import pytest

from workbench.errors import EncodingError, InputError, SourceError, UnknownName
from workbench.evaluate.files import read_column, system_names
from workbench.evaluate.printing import score_table
from workbench.evaluate.ranking import rank
from workbench.evaluate.score import Material, default_metrics, read_material, score_outputs
from workbench.evaluate.significance import Comparison, Resampling

REFERENCES = [
    "أعلنت وزارة النقل، الأحد، إعادة فتح الميناء أمام السفن التجارية.",
    "وقال متحدث باسم الوزارة إن ثلاث سفن دخلت الميناء صباحا.",
    "وتوقعت الأرصاد أمطارا غزيرة على السواحل الشمالية هذا الأسبوع.",
    "وارتفعت أسعار القمح في الأسواق المحلية بنسبة 4 في المئة.",
] * 10


def material(**changes):
    return Material(**{"language": "ar", "references": tuple((text,) for text in REFERENCES), **changes})


def write(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_systems_are_ranked_with_intervals_and_clusters():
    outputs = {
        "copy": REFERENCES,
        "short": [" ".join(text.split()[:-2]) for text in REFERENCES],
        "nothing": [""] * len(REFERENCES),
    }
    scored = score_outputs(outputs, material=material(), metrics=("chrf++", "bleu"))
    assert [(each.system, each.cluster) for each in scored.ranking("chrf++")] == [
        ("copy", 1),
        ("short", 2),
        ("nothing", 3),
    ]
    best = scored.score("copy", "chrf++")
    assert (best.value, best.low, best.high) == pytest.approx((100, 100, 100))
    assert best.signature.endswith("|bs:1000|seed:12345")
    assert best.n == 40
    assert scored.score("nothing", "bleu").value == 0
    assert "nothing: 40 of 40 outputs are empty; they count as such." in scored.warnings
    assert "copy: its outputs are the references themselves." in scored.warnings
    table = score_table(scored)
    assert "no difference" not in table
    assert table.index("copy") < table.index("short") < table.index("nothing")
    assert "tok:13a" in table


def test_undefined_scores_say_so():
    scored = score_outputs(
        {"a": ["x"]}, material=Material(language="en", references=(("",),)), metrics=("bleu",)
    )
    assert scored.scores[0].value is None
    assert scored.scores[0].low is None
    assert "undefined" in score_table(scored)


def verdict(ours, theirs, p, **changes):
    found = Comparison(
        metric="m", ours=ours, theirs=theirs, difference=1.0, p=p, p_corrected=p, n=9, recipe=""
    )
    return replace(found, **changes)


def test_a_cluster_ends_only_where_everyone_above_beats_everyone_below():
    values = {"a": 3.0, "b": 2.0, "c": 1.0, "none": None}
    pairs = [verdict("a", "b", 0.5), verdict("a", "c", 0.01), verdict("b", "c", 0.5)]
    found = {each.system: each for each in rank(values, pairs, higher_is_better=True)}
    assert [found[name].cluster for name in "abc"] == [1, 1, 1]
    assert (found["a"].best, found["a"].worst) == (1, 3)
    assert (found["c"].best, found["c"].worst) == (2, 4)
    assert list(found)[-1] == "none"
    lower = rank(
        {"a": 3.0, "b": 2.0}, [verdict("a", "b", 0.01, higher_is_better=False)], higher_is_better=False
    )
    assert [(each.system, each.cluster) for each in lower] == [("b", 1), ("a", 2)]


def test_bleu_tokenisers_that_disagree_are_told():
    spaced = [text.replace("،", " ،").replace(" في ", " من ") for text in REFERENCES]
    spaced_references = tuple((text.replace("،", " ،"),) for text in REFERENCES)
    good = [text.replace(" صباحا", "") for text in REFERENCES]
    scored = score_outputs(
        {"tight": good, "spaced": spaced},
        material=material(references=spaced_references),
        metrics=("chrf++", "bleu", "bleu-intl"),
    )
    told = [warning for warning in scored.warnings if "tokenisers disagree" in warning]
    assert len(told) == 1
    assert "chrF++, which needs no tokeniser, says" in told[0]


def test_references_in_another_script_are_refused_and_outputs_are_told_of():
    with pytest.raises(InputError, match="declared 'en', yet 100% of their letters are Arabic"):
        score_outputs({"a": REFERENCES}, material=material(language="en"))
    english = ["The ministry reopened the port on Sunday."] * 40
    scored = score_outputs(
        {"a": english}, material=material(), metrics=("chrf",), resampling=Resampling(trials=0)
    )
    assert "Latin though 'ar' is declared" in scored.warnings[0]


def test_invisible_characters_and_tokenised_outputs_are_told():
    hidden = ["\u200f" + text for text in REFERENCES]
    tokenised = [text.replace(".", " .") for text in REFERENCES]
    scored = score_outputs(
        {"hidden": hidden, "tokenised": tokenised}, material=material(), metrics=("chrf", "chrf-matching")
    )
    assert any("hidden: 40 of 40 outputs hold invisible" in warning for warning in scored.warnings)
    assert any("tokenised: 40 of 40 outputs end in a space" in warning for warning in scored.warnings)
    assert scored.score("hidden", "chrf").value < 100
    assert scored.score("hidden", "chrf-matching").value == pytest.approx(100)


def test_defaults_follow_the_material():
    assert default_metrics(material()) == ("chrf++", "bleu", "bleu-intl", "chrf++-matching")
    assert default_metrics(material(language="en")) == ("chrf++", "bleu", "bleu-intl")
    with_sources = material(sources=("text",) * 40)
    assert default_metrics(with_sources)[-5:] == ("numbers", "untranslated", "script", "loops", "empty")
    assert default_metrics(Material(language="ar", sources=("text",)))[0] == "numbers"
    with pytest.raises(InputError, match="nothing to compare with"):
        default_metrics(Material(language="ar"))


def test_documents_are_needed_to_draw_by_them():
    with pytest.raises(InputError, match="no document ids"):
        score_outputs({"a": REFERENCES}, material=material(), resampling=Resampling(unit="documents"))
    scored = score_outputs(
        {"a": REFERENCES},
        material=material(documents=tuple(str(number // 4) for number in range(40))),
        metrics=("chrf",),
        resampling=Resampling(unit="documents"),
    )
    assert scored.scores[0].signature.endswith("unit:documents")


def test_unknown_metrics_are_refused_with_the_near_name():
    with pytest.raises(UnknownName, match="rouge-1"):
        score_outputs({"a": REFERENCES}, material=material(), metrics=("rouge1",))


# Files


def test_plain_lines_keep_empty_ones_odd_separators_and_no_byte_order_mark(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\u2028still one\r\n\r\nthree".encode())
    assert read_column(path).texts == ("one\u2028still one", "", "three")


def test_unequal_counts_name_the_files_and_their_counts(tmp_path):
    output, reference = write(tmp_path / "sys.ar", "abc"), write(tmp_path / "ref.ar", "ab")
    with pytest.raises(InputError, match=r"sys\.ar has 3 and .*ref\.ar has 2 lines"):
        read_material([output], references=[reference], language="ar")


def test_jsonl_is_joined_by_id_whatever_its_order(tmp_path):
    records = [{"article": "b", "text": "B"}, {"article": "a", "text": "A"}]
    references = [{"id": "a", "references": ["ra", "ra2"]}, {"id": "b", "references": ["rb"]}]
    output = write(tmp_path / "sys.jsonl", map(json.dumps, records))
    reference = write(tmp_path / "ref.jsonl", map(json.dumps, references))
    outputs, found = read_material([output], references=[reference], language="en")
    assert outputs == {"sys": ("A", "B")}
    assert found.references == (("ra", "ra2"), ("rb",))
    assert found.ids == ("a", "b")


def jsonl(tmp_path, *lines):
    return write(tmp_path / "sys.jsonl", lines)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (('{"id": 1, "text": "a"}', '{"id": 1, "text": "b"}'), "the id 1 stands on lines 1 and 2"),
        (('{"text": "a"}', '{"text": "b'), "line 2, the last one, breaks off"),
        (('{"text": "a"', '{"text": "b"}'), "line 1 is not JSON"),
        (('{"body": "a"}',), "line 1 has no text; its fields are body"),
        (('{"text": "a"}', "[1]"), "line 2 is not a JSON object"),
        (('{"source": "x", "reason": "No text.", "cure": "Fix."}',), "line 1 is a rejected article: No text"),
    ],
)
def test_broken_jsonl_is_refused_by_line(tmp_path, lines, message):
    with pytest.raises(InputError, match=message) as caught:
        read_column(jsonl(tmp_path, *lines))
    assert caught.value.cure


def test_missing_and_surplus_articles_are_named(tmp_path):
    output = jsonl(tmp_path, '{"id": "a", "text": "A"}', '{"id": "x", "text": "X"}')
    reference = write(tmp_path / "ref.jsonl", ['{"id": "a", "text": "A"}', '{"id": "b", "text": "B"}'])
    with pytest.raises(InputError, match=r"sys\.jsonl lacks 1 of the 2 articles in .*ref\.jsonl: b"):
        read_material([output], references=[reference], language="en")
    fewer = write(tmp_path / "ref.jsonl", ['{"id": "a", "text": "A"}'])
    with pytest.raises(InputError, match=r"ref\.jsonl lacks 1 of the 2 articles in .*sys\.jsonl: x"):
        read_material([output], references=[fewer], language="en")


def test_a_list_of_texts_is_no_output(tmp_path):
    output = jsonl(tmp_path, '{"text": ["a", "b"]}')
    with pytest.raises(InputError, match="segment 1 has 2 texts"):
        read_material([output], references=[], language="en")


def test_unreadable_files_say_why(tmp_path):
    (tmp_path / "old.ar").write_bytes("سلام\nقال".encode("cp1256"))
    with pytest.raises(EncodingError, match="not UTF-8: line 1") as caught:
        read_column(tmp_path / "old.ar")
    assert "iconv" in caught.value.cure
    with pytest.raises(SourceError, match="No such file"):
        read_column(tmp_path / "absent")
    (tmp_path / "empty").touch()
    with pytest.raises(SourceError, match="is empty"):
        read_column(tmp_path / "empty")
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(SourceError, match="cannot be read"):
        read_column(tmp_path / "cut.gz")


def test_system_names_are_file_names_and_folders_only_where_needed():
    assert system_names(["out/google.ar", "out/bergamot-base.ar.gz", "-"]) == [
        "google",
        "bergamot-base",
        "stdin",
    ]
    assert system_names(["/x/one/out.ar", "/x/two/out.ar"]) == ["one/out", "two/out"]
    with pytest.raises(InputError, match="Two outputs are called"):
        system_names(["/x/one/out.ar", "/x/one/out.ar"])


def test_several_reference_files_are_several_references(tmp_path):
    output = write(tmp_path / "sys.en", ["a", "b"])
    references = [write(tmp_path / f"ref{number}.en", [f"a{number}", f"b{number}"]) for number in (1, 2)]
    _, found = read_material([output], references=references, source=output, language="en")
    assert found.references == (("a1", "a2"), ("b1", "b2"))
    assert found.sources == ("a", "b")


@pytest.mark.shared
def test_google_against_microsoft_is_told_of(shared):
    folder = shared / "eval" / "flores-dev" / "en-ar"
    outputs, found = read_material(
        [folder / "google.ar", folder / "microsoft.ar"], references=[folder / "ar"], language="ar"
    )
    scored = score_outputs(outputs, material=found)
    told = next(warning for warning in scored.warnings if "tokenisers disagree" in warning)
    assert "13a says +2.0" in told
    assert "intl says -1.9" in told
