"""A run's folder becomes a report: ranking, slices, side by side, what broke; in HTML, Markdown and JSON."""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.evaluate.material import RECORDS, system, write_suite
from workbench.errors import FloorError, InputError
from workbench.evaluate import floors
from workbench.evaluate.browse import differences, duels, failures
from workbench.evaluate.comparing import compare_folders
from workbench.evaluate.generate import generate
from workbench.evaluate.pictures import unique_ids
from workbench.evaluate.report import marked, write_report
from workbench.evaluate.results import metrics_for, read_results
from workbench.evaluate.slices import slices
from workbench.evaluate.suite import load_suite

MANY = [record | {"id": f"{record['id']}{number}"} for number in range(8) for record in RECORDS]


@pytest.fixture
def parts(tmp_path):
    path = write_suite(
        tmp_path,
        records=MANY,
        parts=[
            {"slices": {"place": "place"}, "document": "place"},
            {"name": "en-ar", "source": "en", "target": "ar", "text": "en", "references": ["ar"]},
            {"name": "say", "task": "summarise", "source": "en", "text": "en", "references": ["say.en"]},
        ],
    )
    return load_suite(str(path), data=tmp_path / "data")


def good(item):
    return item.references[0]


def poor(item):
    return "17 17 17 <b>" if item.id.startswith("b") else item.references[0][:-3] + " & <script>x</script>"


@pytest.fixture
def folder(parts, tmp_path):
    run = tmp_path / "run"
    for part in parts:
        generate(part, system("good", good, card={"size_mb": 43}), run)
        generate(part, system("poor", poor), run)
    return run


def test_results_are_read_back_scored_and_complete(folder):
    results = {result.part.name: result for result in read_results(folder)}
    assert set(results) == {"ar-en", "en-ar", "say"}
    assert [each.system for each in results["ar-en"].scored.ranking("chrf++")] == ["good", "poor"]
    assert results["ar-en"].runs["good"].card["size_mb"] == 43
    assert results["en-ar"].headline == "chrf++"
    assert "chrf++-matching" in metrics_for(results["en-ar"].part)
    assert {"support", "rouge-l-stem", "numbers-supported"} <= set(metrics_for(results["say"].part))


def test_outputs_from_elsewhere_are_scored_beside(folder, parts):
    plain = folder / "tiny" / "ar-en" / "human.txt"
    plain.write_text("".join(f"{item.references[0]}\n" for item in parts[0].items), encoding="utf-8")
    result = next(each for each in read_results(folder) if each.part.name == "ar-en")
    assert result.scored.score("human", "chrf++").value == pytest.approx(100)
    assert "human" not in result.runs
    plain.write_text("one line\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"human\.txt has 1 and tiny/ar-en has 24 lines"):
        read_results(folder)


def test_two_outputs_of_one_name_are_refused(folder, parts):
    plain = folder / "tiny" / "ar-en" / "good.txt"
    plain.write_text("".join(f"{item.references[0]}\n" for item in parts[0].items), encoding="utf-8")
    with pytest.raises(InputError, match="Two outputs are called 'good'"):
        read_results(folder)


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        read_results(tmp_path)


def test_slices_part_the_data_by_length_numbers_and_labels(folder):
    result = next(each for each in read_results(folder) if each.part.name == "ar-en")
    found = slices(result.scored)
    assert {each.by for each in found} == {"length", "numbers", "place"}
    for by in ("length", "numbers", "place"):
        assert sum(each.n for each in found if each.by == by) == 24
    by_label = {each.label: each for each in found}
    assert by_label["one number"].n == 8
    assert by_label["one number"].values["poor"] < by_label["no number"].values["poor"]
    assert by_label["north"].n == 16


def test_duels_show_the_largest_wins_and_losses_with_differing_words(folder):
    result = next(each for each in read_results(folder) if each.part.name == "ar-en")
    wins, losses = duels(result.scored, "good", "poor", most=3)
    assert len(wins) == 3
    assert losses == []
    assert wins[0].ours == "3 ships arrived"
    assert wins[0].ours_value == pytest.approx(100)
    assert duels(result.scored, "poor", "good", most=2)[1][0].theirs == "3 ships arrived"


def test_differences_are_words():
    one, two = "The port opened today", "The harbour opened"
    ours, theirs = differences(one, two)
    assert [one[a:b] for a, b in ours] == ["port", "today"]
    assert [two[a:b] for a, b in theirs] == ["harbour"]
    assert differences("", "") == ((), ())
    assert differences("ذهب إلى البيت", "ذهب إلى المدرسة")[0] == ((8, 13),)


def test_marks_cover_spans_once():
    assert marked("abcdef", [(1, 3), (2, 4)]) == [("a", False), ("bc", True), ("d", True), ("ef", False)]
    assert marked("", []) == []


def test_failures_have_kinds_and_spans(folder):
    results = {result.part.name: result for result in read_results(folder)}
    found = failures(results["ar-en"].part, results["ar-en"].scored.outputs["poor"])
    assert "number" in {each.flag.kind for each in found}
    summary = results["say"]
    made_up = failures(summary.part, summary.scored.outputs["poor"])
    number = next(each for each in made_up if each.flag.kind == "number")
    assert number.output[slice(*number.flag.output_span)] == "17"
    assert failures(summary.part, [""] * 24)[0].flag.kind == "empty"


class Page(HTMLParser):
    """Collects ids and outside links, and checks that tags close."""

    def __init__(self):
        super().__init__()
        self.ids, self.outside, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.outside += [given[name] for name in ("src", "href") if given.get(name, "#")[0] != "#"]
        if tag not in {"meta", "link", "br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]


def test_the_report_stands_alone_and_escapes_what_models_wrote(folder):
    page = write_report(read_results(folder), folder)
    html = page.read_text(encoding="utf-8")
    found = Page()
    found.feed(html)
    assert found.outside == []
    assert len(found.ids) == len(set(found.ids))
    assert "<script>" not in html
    assert html.count("<b>") == html.count("</b>") == len(re.findall(r"<li><b>", html))
    assert "&lt;" in html
    assert 'dir="auto"' in html
    assert 'lang="ar"' in html
    for text in ("Ranking by chrf++", "Where it is strong and weak", "What broke", "Side by side", "CC0-1.0"):
        assert text in html
    assert html.count("<svg") == 9


def test_the_report_without_texts_shows_none(folder):
    html = write_report(read_results(folder), folder, texts=False).read_text(encoding="utf-8")
    assert "فتح الميناء" not in html
    assert "ships arrived" not in html


def test_json_and_markdown_tell_the_same_figures(folder):
    results = read_results(folder)
    write_report(results, folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    part = next(each for each in report["parts"] if each["part"] == "ar-en")
    assert part["headline"] == "chrf++"
    assert part["ranking"][0]["system"] == "good"
    assert part["runs"]["good"]["card"] == {"size_mb": 43}
    assert part["failures"]["poor"]["number"] == 8
    assert "فتح" not in (folder / "report.json").read_text(encoding="utf-8")
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    rows = [line for line in markdown.splitlines() if line.startswith("| good |")]
    assert "100.0 [100.0, 100.0]" in rows[0]
    widths = {
        len(re.findall(r"(?<!\\)\|", line)) for line in markdown.splitlines() if line.startswith("| good")
    }
    assert widths


def test_pictures_keep_their_ids_apart():
    svg = '<svg><path id="p1"/><use xlink:href="#p1"/><g clip-path="url(#c2)"><clipPath id="c2"/></g></svg>'
    assert unique_ids(svg, "x") == (
        '<svg><path id="x-p1"/><use xlink:href="#x-p1"/><g clip-path="url(#x-c2)"><clipPath id="x-c2"/></g></svg>'
    )


# Two runs


def test_two_runs_are_compared_on_what_both_have(folder, parts, tmp_path):
    other = tmp_path / "other"
    generate(parts[0], system("good", lambda item: item.references[0][:-4]), other)
    found = compare_folders(folder, other, metrics=["chrf++"])
    assert list(found) == ["tiny/ar-en"]
    pairs = {(each.ours, each.theirs): each for each in found["tiny/ar-en"]}
    assert set(pairs) == {("run:good", "other:good"), ("poor", "other:good")}
    assert pairs["run:good", "other:good"].verdict == "ours better"
    by_documents = compare_folders(folder, other, metrics=["chrf++"], unit="documents")
    assert by_documents["tiny/ar-en"][0].n == 2


def test_runs_on_other_data_or_suites_are_not_compared(folder, tmp_path):
    (part,) = load_suite(str(write_suite(tmp_path / "b", records=RECORDS)), data=tmp_path / "b" / "data")
    generate(part, system("x", good), tmp_path / "run2")
    with pytest.raises(InputError, match="The data of tiny/ar-en differs"):
        compare_folders(folder, tmp_path / "run2")
    (part,) = load_suite("mini/ar-en", limit=2)
    generate(part, system("x", good), tmp_path / "run3")
    with pytest.raises(InputError, match="no part in common"):
        compare_folders(folder, tmp_path / "run3")
    with pytest.raises(InputError, match="holds no run"):
        compare_folders(folder, tmp_path / "nothing")


# Floors


def test_floors_hold_and_fall_only_with_a_reason(folder, parts, tmp_path):
    results = read_results(folder)
    path = tmp_path / "floors" / "good.json"
    floors.pin(results, "good", path)
    pinned = floors.read_floors(path)
    watches = [
        watch for result in results for watch in floors.check_floor(result, "good", pinned[result.part.path])
    ]
    assert {watch.fault for watch in watches} == {None}
    floors.require_floors(watches)

    worse = [
        watch for result in results for watch in floors.check_floor(result, "poor", pinned[result.part.path])
    ]
    assert any(watch.metric == "chrf++" and "beyond luck" in watch.fault for watch in worse)
    with pytest.raises(FloorError, match="Quality fell below its floor"):
        floors.require_floors(worse)
    with pytest.raises(FloorError):
        floors.pin(results, "poor", path)
    floors.pin(results, "poor", path, reason="a smaller model was wanted")
    history = json.loads(path.read_text(encoding="utf-8"))["history"]
    assert history[0]["reason"] == "a smaller model was wanted"
    assert history[0]["changed"]


def test_floors_of_other_data_or_signatures_do_not_hold(folder):
    result = read_results(folder)[0]
    floor = floors.make_floor(result, "good")
    (missing,) = floors.check_floor(result, "good", None)
    assert missing.fault == "no floor is pinned"
    data = floors.Floor(data_sha256="0" * 64, metrics=floor.metrics, outputs=floor.outputs)
    assert "the data is another" in floors.check_floor(result, "good", data)[0].fault
    changed = {name: floors.Pinned(value=each.value, signature="old") for name, each in floor.metrics.items()}
    other = floors.Floor(data_sha256=floor.data_sha256, metrics=changed, outputs=floor.outputs)
    assert all("measured another way" in watch.fault for watch in floors.check_floor(result, "good", other))
