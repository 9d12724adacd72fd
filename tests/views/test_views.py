"""What the views show and refuse, without a browser: plain functions and their limits."""

import base64
import io
import json
import re
import time
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.briefs import SENTENCES, TITLE, ByHeart, article
from tests.views.server import desk, workers
from workbench.engines.base import Generation
from workbench.errors import EngineError, InputError, UnknownName
from workbench.records import Flag, Output
from workbench.translate import Translator
from workbench.views import markup
from workbench.views.bench import Bench
from workbench.views.board import Board
from workbench.views.compare import Compare
from workbench.views.desk import Limits, Pace, Shelf
from workbench.views.edit import Edit
from workbench.views.judge import Judge
from workbench.views.runs import Runs
from workbench.views.tables import Wanted, chosen, from_files
from workbench.views.words import _WORDS, words
from workbench.views.work import Column, Job, Workers, prefixes

TEXT = f"{TITLE['ar']}\n\n{SENTENCES[0]['ar']} {SENTENCES[1]['ar']}\n\n{SENTENCES[2]['ar']}\n\n{SENTENCES[3]['ar']}"


@pytest.fixture
def here(tmp_path):
    made = desk(tmp_path)
    yield made
    made.store.close()


def bench(here, **options):
    return Bench(
        here,
        **{
            "language": "en",
            "workers": workers(),
            "articles": Shelf(),
            "jobs": Shelf(),
            "pace": Pace(600),
            **options,
        },
    )


def finished(view, started, person="ann"):
    for _ in range(600):
        found = view.poll(person, {"job": started["job"]})
        if found["over"]:
            return found
        time.sleep(0.02)
    raise AssertionError("the job did not end")


def translated(view, person="ann", text=TEXT, models=("embedded",)):
    read = view.read(person, {"text": text})
    started = view.start(person, {"article": read["article"], "models": list(models), "sentences": 2})
    return read, started, finished(view, started, person)


# Markup


@given(st.text(), st.sampled_from(["ar", "en", "und"]))
def test_no_text_becomes_markup(text, language):
    for html in (
        markup.inline(text),
        markup.plain(text, language=language),
        *markup.blocks(text, language=language),
        *markup.differing(text, text[::-1]),
    ):
        tags = set(re.findall(r"<(/?\w+)", html))
        assert tags <= {
            t for name in ("p", "span", "div", "bdi", "br", "b", "mark") for t in (name, f"/{name}")
        }


def test_flags_stand_in_place_with_their_reason():
    output = Output(
        article="water",
        task="translate",
        text="It says 700 <b>.",
        language="en",
        model="m",
        flags=(Flag(kind="number", message='The source says "600".', output_span=(8, 11)),),
    )
    (html,) = markup.output_blocks(output, article("ar"))
    assert 'data-note="The source says &quot;600&quot;."' in html
    assert ">700</mark>" in html
    assert "&lt;b&gt;" in html


def test_differing_words_are_marked_on_both_sides():
    one, other = markup.differing("the old bridge fell", "the new bridge fell")
    assert one == 'the <b class="diff">old</b> bridge fell'
    assert other == 'the <b class="diff">new</b> bridge fell'


def test_both_languages_have_every_word():
    assert words("ar").keys() == words("en").keys()
    assert all(all(pair) for pair in _WORDS.values())


# Reading


def test_an_article_is_read_translated_and_downloaded(here):
    view = bench(here)
    read, started, found = translated(view)
    assert read["language"] == "ar"
    (column,) = found["columns"]
    assert column["state"] == "finished"
    shown = re.sub("<[^>]+>", "", " ".join(column["blocks"]))
    assert all(row["en"] in shown for row in SENTENCES)
    for form, head in (
        ("txt", b""),
        ("docx", b"PK"),
        ("html", b"<!DOCTYPE"),
        ("tmx", b"<?xml"),
        ("xliff", b"<?xml"),
    ):
        made = view.download("ann", {"job": started["job"], "column": "0", "format": form})
        assert base64.b64decode(made["base64"]).lstrip().startswith(head)
    rows = view.download("ann", {"job": started["job"], "column": "0", "format": "jsonl"})
    first = json.loads(base64.b64decode(rows["base64"]).splitlines()[0])
    assert (first["source"], first["target"]) == (SENTENCES[0]["ar"], SENTENCES[0]["en"])
    with pytest.raises(InputError, match="format"):
        view.download("ann", {"job": started["job"], "column": "0", "format": "exe"})


def test_two_columns_are_compared_word_by_word(here):
    view = bench(here)
    _, started, _ = translated(view, models=("embedded",))
    with pytest.raises(InputError):
        view.difference("ann", {"job": started["job"], "one": "0", "other": "1"})
    with pytest.raises(UnknownName):
        translated(view, models=("embeded",))


def test_what_one_person_reads_another_cannot(here):
    view = bench(here)
    read, started, _ = translated(view)
    for ask in (
        lambda: view.start("bob", {"article": read["article"], "models": ["embedded"]}),
        lambda: view.poll("bob", {"job": started["job"]}),
        lambda: view.correct("bob", {"job": started["job"], "column": "0"}),
    ):
        with pytest.raises(InputError, match="no longer"):
            ask()


def test_limits_are_told_politely(here):
    view = bench(replace(here, limits=Limits(characters=100)), pace=Pace(2))
    with pytest.raises(InputError, match="characters"):
        view.read("ann", {"text": TEXT})
    with pytest.raises(InputError, match="too long"):
        view.read("ann", {"text": "word " * 1000})
    with pytest.raises(InputError, match="minute"):
        view.read("ann", {"text": TEXT})
    with pytest.raises(InputError, match="no text"):
        view.read("bob", {"text": " \n"})


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://[::1]:9/", "http://169.254.169.254/", "file:///etc/passwd"]
)
def test_addresses_within_are_refused(here, address):
    with pytest.raises(InputError):
        bench(here).read("ann", {"text": address})


def test_files_outside_the_uploads_are_refused(here, tmp_path):
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    for path in ("/etc/passwd", str(here.uploads / ".." / "secret.txt"), str(here.uploads)):
        with pytest.raises(InputError, match="not uploaded"):
            bench(here).read("ann", {"file": path})
    (here.uploads / "tool.exe").write_bytes(b"MZ")
    with pytest.raises(InputError, match="kind"):
        bench(here).read("ann", {"file": str(here.uploads / "tool.exe")})


def bring(here, **texts):
    """Files as a page names them, brought."""
    files = []
    for name, content in texts.items():
        path = here.uploads / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        files.append({"path": str(path), "name": path.name})
    return files


def test_articles_of_several_files_are_chosen_from_and_bad_files_are_named(here):
    view = bench(here)
    texts = [f"{SENTENCES[number]['ar']} {number}" for number in range(2)]
    rows = [{"id": text, "url": "https://example.org/news", "text": text} for text in texts]
    lines = "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n"
    evil = f"<b>{TITLE['en']}</b> of July\n\n{SENTENCES[0]['en']} {SENTENCES[2]['en']}"
    files = bring(here, a_txt=TEXT, b_jsonl=lines, c_exe="MZ", d_docx=b"PK nothing", e_txt=" ", f_txt=evil)
    files.append({"path": "", "name": "large.pdf"})
    found = view.read("ann", {"files": files})
    assert [one["name"] for one in found["articles"]] == ["a.txt", "b.jsonl", "b.jsonl", "f.txt"]
    assert re.sub("</?bdi>", "", found["articles"][0]["title"]) == TITLE["ar"]
    assert "<b>" not in found["articles"][3]["title"]
    assert "<a" not in json.dumps(found["articles"]), "an entry is a button, which holds no link"
    assert found["whole"]
    named = [one["name"] for one in found["problems"]]
    assert named == ["b.jsonl", "c.exe", "d.docx", "e.txt", "large.pdf"]
    assert all(one["problem"] and one["cure"] for one in found["problems"])
    assert str(here.uploads) not in json.dumps(found)
    assert list(here.uploads.iterdir()) == [], "uploads are deleted once read"
    for number in (3, 0, 3):
        read = view.choose("ann", {"list": found["list"], "number": number})
        assert read["language"] == ("en" if number else "ar")
        assert view.start("ann", {"article": read["article"], "models": ["embedded"]})["models"]
    for person, number in (("bob", 0), ("ann", 4), ("ann", -1), ("ann", "x")):
        with pytest.raises(InputError):
            view.choose(person, {"list": found["list"], "number": number})


def test_one_article_of_several_files_is_shown_at_once(here):
    files = bring(here, a_txt=TEXT, b_txt=TEXT)
    assert bench(here).read("ann", {"files": files})["language"] == "ar"


def test_files_are_held_to_the_limits_together_and_one_by_one(here):
    narrow = replace(here, limits=Limits(files=2, file_bytes=5000, characters=1000))
    view = bench(narrow, pace=Pace(5))
    with pytest.raises(InputError, match="too many"):
        view.read("ann", {"files": bring(here, a_txt=TEXT, b_txt=TEXT, c_txt=TEXT)})
    assert list(here.uploads.iterdir()) == []
    found = view.read("ann", {"files": bring(here, a_txt=f"{TEXT}\n\n{TEXT} " * 3, b_txt="x" * 6000)})
    assert found["articles"] == []
    long, large = (one["problem"] for one in found["problems"])
    assert "characters" in long
    assert "larger" in large
    with pytest.raises(InputError, match="minute"):
        view.read("ann", {"files": bring(here, a_txt=TEXT, b_txt=TEXT)})
    with pytest.raises(InputError, match="not uploaded"):
        bench(here).read("ann", {"files": [{"path": "/etc/passwd", "name": "a.txt"}]})


def test_rows_of_two_tables_that_both_count_from_one_are_all_brought(here):
    tables = {
        f"{name}_jsonl": json.dumps(
            {"id": "1", "text": f"{SENTENCES[number]['ar']} {SENTENCES[number]['ar']}"}
        )
        for number, name in enumerate("ab")
    }
    found = bench(here).read("ann", {"files": bring(here, **tables)})
    assert len(found["articles"]) == 2


def test_a_list_tells_that_it_holds_not_all(here):
    lines = "".join(json.dumps({"text": f"{SENTENCES[0]['ar']} {number}"}) + "\n" for number in range(520))
    found = bench(here).read("ann", {"files": bring(here, a_jsonl=lines)})
    assert len(found["articles"]) == 500
    assert not found["whole"]


def test_word_files_are_read_and_bombs_are_not(here):
    import docx

    document = docx.Document()
    for paragraph in TEXT.split("\n\n"):
        document.add_paragraph(paragraph)
    path = here.uploads / "article.docx"
    document.save(str(path))
    assert bench(here).read("ann", {"file": str(path)})["language"] == "ar"
    assert not path.exists(), "uploads are deleted once read"
    bomb = here.uploads / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 70_000_000)
    for name, data in (("broken.docx", b"PK nothing"), ("broken.pdf", b"%PDF-1.4 nothing")):
        (here.uploads / name).write_bytes(data)
    for name in ("bomb.docx", "broken.docx", "broken.pdf"):
        with pytest.raises(InputError) as told:
            bench(here).read("ann", {"file": str(here.uploads / name)})
        assert told.value.cure


def test_a_crash_of_a_model_is_told_and_others_go_on(here):
    class Broken(ByHeart):
        def generate(self, texts, decoding, *, source=None, target=None):
            raise RuntimeError("CUDA error")

    class Refusing(ByHeart):
        def generate(self, texts, decoding, *, source=None, target=None):
            raise EngineError("The model is out of memory.", cure="Choose a smaller one.")

    for engine, problem in ((Broken(), "broke down"), (Refusing(), "out of memory")):
        view = bench(here, workers=workers(Translator(engine=engine, name="embedded")))
        _, _, found = translated(view)
        assert problem in found["columns"][0]["problem"]
        assert found["columns"][0]["cure"]


def test_stop_ends_behind_the_sentence_in_hand(here):
    class Slow(ByHeart):
        def generate(self, texts, decoding, *, source=None, target=None):
            time.sleep(0.05)
            return [Generation(text="Word.", truncated=False, log_probability=-1.0, tokens=1) for _ in texts]

    text = "\n\n".join(f"قال الوزير في اليوم {number} إن المحادثات ستستمر." for number in range(60))
    view = bench(here, workers=workers(Translator(engine=Slow(), name="embedded")))
    read = view.read("ann", {"text": text})
    started = view.start("ann", {"article": read["article"], "models": ["embedded"]})
    while not view.poll("ann", {"job": started["job"]})["columns"][0]["share"]:
        time.sleep(0.01)
    view.stop("ann", {"job": started["job"]})
    (column,) = finished(view, started)["columns"]
    assert column["state"] == "stopped"
    assert 0 < column["share"] < 1
    made = view.download("ann", {"job": started["job"], "column": "0", "format": "json"})
    translation = json.loads(base64.b64decode(made["base64"]))["translation"]
    assert translation["coverage"] == pytest.approx(column["share"], abs=0.001)
    assert "truncated" in [flag["kind"] for flag in translation["flags"]]
    assert translation.get("confidence") is None


def test_a_page_without_a_summary_is_refused_and_the_translation_is_downloaded(here):
    def fail(_name, _language):
        raise EngineError("The summariser is out of memory.", cure="Choose a smaller one.")

    ready = Translator(engine=ByHeart(), name="embedded")
    view = bench(here, workers=Workers(translator=lambda _: ready, summariser=fail))
    _, started, _ = translated(view)
    for form in ("html", "json"):
        with pytest.raises(InputError, match="The summariser is out of memory") as fault:
            view.download("ann", {"job": started["job"], "column": "0", "format": form})
        assert fault.value.cure
    assert view.download("ann", {"job": started["job"], "column": "0", "format": "docx"})["base64"]


def test_beginnings_grow_to_the_whole():
    whole = article("ar")
    parts = list(prefixes(whole))
    assert parts[-1] == (whole, 1.0)
    assert all(whole.text.startswith(part.text) for part, _ in parts)
    assert [share for _, share in parts] == sorted(share for _, share in parts)
    assert Job(article=whole, to="en", length=None, columns=[Column(model="m")]).over is False


def test_the_language_can_be_set_right(here):
    view = bench(here)
    read = view.read("ann", {"text": "12 34 56. 78 90."} | {"language": "en"})
    assert read["language"] == "en"
    assert view.relabel("ann", {"article": read["article"], "language": "ar"})["to"] == "en"


# Comparing


@pytest.fixture
def files(here):
    lines = {
        "source.txt": ["قال 5", "عاد الوفد", "نص ثالث"],
        "reference.txt": ["He said 5", "The delegation came back", "a third text"],
        "good.txt": ["He said 5", "The delegation came back", "a third text"],
        "poor.txt": ["He said 7", "", "third text <b>bold</b>"],
    }
    for name, rows in lines.items():
        (here.uploads / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    roles = {"source.txt": "source", "reference.txt": "reference"}
    return [
        {"path": str(here.uploads / name), "name": name, "role": roles.get(name, "output")} for name in lines
    ]


def compare(here):
    return Compare(here, language="en", tables=Shelf(), pace=Pace(600))


def test_rows_are_sorted_filtered_and_escaped(here, files):
    view = compare(here)
    opened = view.open("ann", {"files": files, "source": "ar", "target": "en"})
    assert opened["systems"] == ["good", "poor"]
    assert {kind for kind, _ in opened["flags"]} >= {"empty", "number"}
    ask = {"table": opened["table"]}
    assert "delegation" in view.rows("ann", ask)["rows"][0], "the largest difference first"
    assert view.rows("ann", ask | {"flag": "number"})["count"] == 1
    assert view.rows("ann", ask | {"search": "ثالث"})["count"] == 1
    assert view.rows("ann", ask | {"search": "nowhere"})["count"] == 0
    assert view.rows("ann", ask | {"least": "99"})["count"] == 1
    page = "".join(view.rows("ann", ask | {"base": "reference"})["rows"])
    assert "<b>bold" not in page
    assert '<b class="diff">7</b>' in page
    with pytest.raises(InputError):
        view.rows("bob", ask)


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files[:1],
        lambda files: [one | {"role": "output"} for one in files],
        lambda files: files * 5,
        lambda files: [files[0] | {"path": "/etc/passwd"}, *files[1:]],
        lambda files: [*files[:3], files[3] | {"name": "good.en"}],
    ],
)
def test_files_that_do_not_fit_are_refused(here, files, change):
    with pytest.raises(InputError):
        compare(here).open("ann", {"files": change(files), "source": "ar", "target": "en"})


def test_files_of_unequal_length_are_refused(here, files):
    (here.uploads / "poor.txt").write_text("one line\n", encoding="utf-8")
    with pytest.raises(InputError, match="line by line"):
        compare(here).open("ann", {"files": files, "source": "ar", "target": "en"})


def test_stored_folders_are_offered_and_others_are_not(here, files, tmp_path):
    folder = tmp_path / "runs" / "ar-en"
    folder.mkdir(parents=True)
    for name in ("source.txt", "reference.txt", "good.txt"):
        (folder / name).write_bytes((here.uploads / name).read_bytes())
    view = compare(replace(here, runs=(tmp_path / "runs",)))
    (run,) = view.sources("ann", {})["runs"]
    assert view.open("ann", {"run": run["id"]})["systems"] == ["good"]
    with pytest.raises(InputError):
        view.open("ann", {"run": "../../etc"})


def test_thousands_of_rows_are_chosen_from(tmp_path):
    rows = {"source": "نص رقم {}", "one": "text number {}", "two": "words of number {}"}
    paths = {}
    for name, line in rows.items():
        path = tmp_path / f"{name}.txt"
        path.write_text("".join(f"{line.format(number)}\n" for number in range(2000)), encoding="utf-8")
        paths[path] = ("source" if name == "source" else "output", name)
    table = from_files(paths, name="x", source="ar", target="en", most=5000)
    assert len(chosen(table, Wanted(search="number 19"))) == 111
    with pytest.raises(InputError, match="more than"):
        from_files(paths, name="x", source="ar", target="en", most=100)


# Judging, editing, the board


def test_rows_become_a_campaign_that_is_judged_and_ranked(here, files):
    view, judge, board = compare(here), Judge(here, language="en"), Board(here, language="en")
    opened = view.open("ann", {"files": files, "source": "ar", "target": "en"})
    made = view.create(
        "ann", {"table": opened["table"], "name": "news", "kind": "pairs", "items": 3, "attention": 0}
    )
    ask = {"campaign": made["campaign"]}
    for _ in range(3):
        ticket = judge.ticket("bob", ask)["ticket"]
        assert not {"good", "poor"} & set(json.dumps(ticket).split('"'))
        told = judge.vote("bob", {"ticket": ticket["id"], "choice": "left"})
        assert {told["left"], told["right"]} == {"good", "poor"}
    assert judge.ticket("bob", ask)["ticket"] is None
    assert "good" in board.board("bob", ask)["html"]
    csv = board.export("ann", ask | {"format": "csv"})
    assert len(base64.b64decode(csv["base64"]).splitlines()) == 4
    with pytest.raises(InputError, match="another person"):
        board.export("bob", ask | {"format": "csv"})
    for wrong in (
        {"errors": [{}]},
        {"errors": [{"span": [0, "x"], "severity": "minor"}]},
        {"seconds": "long"},
    ):
        with pytest.raises(InputError):
            judge.vote("bob", {"ticket": ticket["id"], "choice": "left"} | wrong)


def test_a_name_of_a_system_never_becomes_markup(here, files):
    evil = [
        one | ({"name": "<img src=x onerror=alert(1)>.txt"} if one["name"] == "good.txt" else {})
        for one in files
    ]
    view, judge, board = compare(here), Judge(here, language="en"), Board(here, language="en")
    opened = view.open("ann", {"files": evil, "source": "ar", "target": "en"})
    made = view.create("ann", {"table": opened["table"], "name": "evil", "items": 1, "attention": 0})
    ticket = judge.ticket("ann", made)["ticket"]
    judge.vote("ann", {"ticket": ticket["id"], "choice": "tie"})
    for html in (board.board("ann", made)["html"], "".join(view.rows("ann", opened)["rows"])):
        assert "<img" not in html
        assert "&lt;img" in html


def test_segments_are_edited_by_their_owner_alone(here):
    view, edit = bench(here), Edit(here, language="en")
    _, started, _ = translated(view)
    kept = view.correct("ann", {"job": started["job"], "column": "0"})
    shown = edit.document("ann", kept)
    assert len(shown["segments"]) == 4
    answer = edit.keep("ann", kept | {"segment": 2, "text": "Hundreds marched.", "seconds": 3})
    assert answer["distance"] > 0
    assert edit.document("ann", kept)["segments"][2]["text"] == "Hundreds marched."
    exported = edit.export("ann", kept | {"format": "jsonl"})
    row = json.loads(base64.b64decode(exported["base64"]))
    assert (row["machine"], row["text"]) == (SENTENCES[2]["en"], "Hundreds marched.")
    with pytest.raises(UnknownName):
        edit.document("bob", kept)
    with pytest.raises(InputError, match="Nothing"):
        edit.export("bob", {"format": "tmx"})


def test_reports_are_served_by_name_alone(here, tmp_path):
    folder = tmp_path / "runs" / "june"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>report</p>", encoding="utf-8")
    runs = Runs(replace(here, runs=(tmp_path / "runs",)))
    (run,) = runs.runs("ann", {})["runs"]
    assert runs.report(run["id"].replace("/", "~")) == "<p>report</p>"
    assert runs.report("..~..~etc~passwd") is None
    assert any(one["name"] == "embedded" for one in runs.models("ann", {})["models"])


def test_a_shelf_keeps_the_latest_of_each_person():
    shelf = Shelf(2)
    for key in "abc":
        shelf.put("ann", key, key)
    assert shelf.get("ann", "c") == "c"
    for person, key in (("ann", "a"), ("bob", "c")):
        with pytest.raises(InputError):
            shelf.get(person, key)


def test_pace_recovers():
    now = [0.0]
    pace = Pace(2, clock=lambda: now[0])
    pace.check("ann")
    pace.check("ann")
    with pytest.raises(InputError):
        pace.check("ann")
    pace.check("bob")
    now[0] += 31
    pace.check("ann")


def test_an_upload_may_be_too_large(here):
    (here.uploads / "big.txt").write_bytes(io.BytesIO(b"x" * 2000).getvalue())
    with pytest.raises(InputError, match="larger"):
        replace(here, limits=Limits(file_bytes=1000)).upload(here.uploads / "big.txt")


def test_models_are_fetched_by_whoever_runs_the_server_alone(here, monkeypatch):
    import workbench.catalog.pull as pulling

    runs = Runs(here)
    with pytest.raises(InputError, match="shared"):
        runs.pull("ann", {"name": "embedded"})
    with pytest.raises(InputError, match="not being fetched"):
        runs.pulling("local", {"name": "embedded"})

    def pull(_plan, *, progress):
        progress(5, 10)

    monkeypatch.setattr(pulling, "plan", lambda card: card)
    monkeypatch.setattr(pulling, "pull", pull)
    runs.pull("local", {"name": "embedded"})
    for _ in range(200):
        found = runs.pulling("local", {"name": "embedded"})["pull"]
        if found["state"] == "here":
            break
        time.sleep(0.01)
    assert found == {"state": "here", "done": 5, "size": 10}


def test_an_edit_is_kept_where_the_memory_fails(here, tmp_path, monkeypatch):
    from workbench.memory import Memory

    def full(*_, **__):
        raise EngineError("The disk is full.", cure="Make room.")

    memory = Memory.open(tmp_path / "memory.sqlite")
    monkeypatch.setattr(Memory, "edit", full)
    view, edit = bench(here), Edit(replace(here, memory=memory), language="en")
    _, started, _ = translated(view)
    kept = view.correct("ann", {"job": started["job"], "column": "0"})
    assert edit.keep("ann", kept | {"segment": 2, "text": "Hundreds marched."})["distance"] > 0


def test_an_edit_reaches_the_memory(here, tmp_path):
    from workbench.memory import Key, Memory

    memory = Memory.open(tmp_path / "memory.sqlite")
    view, edit = bench(here), Edit(replace(here, memory=memory), language="en")
    _, started, _ = translated(view)
    kept = view.correct("ann", {"job": started["job"], "column": "0"})
    edit.keep("ann", kept | {"segment": 2, "text": "Hundreds marched."})
    key = Key(text=SENTENCES[2]["ar"], source="ar", target="en").edited()
    assert memory.get(key).output == "Hundreds marched."
