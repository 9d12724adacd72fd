"""The store: migrations, addresses, post-edits, and a round trip without loss."""

import io
import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, update

from tests.review.conftest import material
from tests.review.test_judging import judge_all
from workbench.errors import ConfigError, InputError, UnknownName
from workbench.records import Alignment, Article, Output
from workbench.review import campaigns, next_ticket, open_store, tables, undo
from workbench.review.campaigns import create_campaign
from workbench.review.edits import document, documents, edited, keep_document, keep_edit
from workbench.review.exchange import as_csv, as_tmx, as_xliff, export_store, held, import_store, neutral
from workbench.review.store import Store, digest

ARTICLE = Article(id="a1", title="عنوان", language="ar", text="قال نعم. عاد الوفد.")
OUTPUT = Output(
    article="a1",
    task="translate",
    text="He said yes. They returned.",
    language="en",
    model="m",
    alignment=(
        Alignment(output=(0, 12), sources=((0, 8),)),
        Alignment(output=(13, 27), sources=((9, 19),)),
    ),
)


def exported(store):
    sink = io.StringIO()
    export_store(store, sink)
    return sink.getvalue()


def test_everything_comes_back_and_work_goes_on(new_store, store, campaign):
    made = campaign(items=material(4), attention=3)
    judge_all(store, made, "ann", limit=6)
    number = keep_document(store, owner="ann", article=ARTICLE, output=OUTPUT)
    keep_edit(store, document=number, segment=0, annotator="ann", text="He agreed.")
    lines, other = exported(store), new_store()
    assert import_store(other, lines.splitlines()) == len(lines.splitlines())
    assert exported(other) == lines
    assert next_ticket(other, made.id, "ann") is not None
    judge_all(other, made, "ann", limit=2)
    create_campaign(other, campaigns(other)[0].__class__(name="next", source="ar", target="en"), material(1))


def test_an_import_is_all_or_nothing(new_store, store, campaign):
    campaign()
    lines = exported(store).splitlines()
    other = new_store()
    for broken in ([*lines, "{"], [*lines, '{"table": "campaigns", "row": {}}'], ["[]"]):
        with pytest.raises(InputError, match="Line"):
            import_store(other, broken)
        assert campaigns(other) == []


def test_an_import_doubles_nothing_and_changes_nothing(new_store, store, campaign):
    made = campaign(items=material(4))
    judge_all(store, made, "ann", limit=2)
    early = exported(store)
    other = new_store()
    for count in (len(early.splitlines()), 0, 0):
        assert import_store(other, early.splitlines()) == count
        assert exported(other) == early
    half = early.splitlines()[: len(early.splitlines()) // 2]
    third = new_store()
    import_store(third, half)
    assert import_store(third, early.splitlines()) == len(early.splitlines()) - len(half)
    assert exported(third) == early
    judge_all(store, made, "ann", limit=1)
    assert import_store(store, early.splitlines()) == 0, "the store went on, the export is part of it"
    before = exported(store)
    undo(store, made.id, "ann")
    late = exported(store)
    with pytest.raises(InputError, match="something else") as told:
        import_store(store, before.splitlines())
    assert "--store" in told.value.cure
    assert exported(store) == late, "what was decided since is not undone"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", None),
        ("overlap", 10**40),
        ("overlap", 0),
        ("reveal", "maybe"),
        ("name", "\ud800"),
        ("id", [1]),
    ],
)
def test_rows_that_no_store_holds_are_refused(new_store, store, campaign, column, value):
    campaign(items=material(1))
    first, *others = map(json.loads, exported(store).splitlines())
    first["row"][column] = value
    other = new_store()
    with pytest.raises(InputError):
        import_store(other, map(json.dumps, [first, *others]))
    assert sum(held(other).values()) == 0
    with pytest.raises(InputError, match="fit"):
        import_store(other, map(json.dumps, others))


def interrupted(store):
    row = {"id": "x", "owner": "o", "title": "", "article": "{}", "output": "{}", "created": ""}
    with store.writing() as db:
        db.execute(insert(tables.documents).values(row))
        raise InterruptedError


def test_a_failed_transaction_leaves_nothing(store):
    with pytest.raises(InterruptedError):
        interrupted(store)
    assert documents(store, "o") == []


def test_older_stores_are_migrated_and_newer_ones_refused(store):
    extra = Table("extra", MetaData(), Column("id", Integer, primary_key=True))
    later = (*tables.MIGRATIONS, extra.create)
    engine = store._engine
    Store(engine, migrations=later)
    with store.writing() as db:
        db.execute(insert(extra).values(id=1))
    with pytest.raises(ConfigError, match="newer"):
        Store(engine)
    Store(engine, migrations=later)
    with store.writing() as db:
        db.execute(update(tables.schema).values(version=99))
    with pytest.raises(ConfigError, match="newer"):
        open_store(store.url)


@pytest.mark.parametrize("url", ["mysql+nothing://x", "postgresql://nobody@127.0.0.1:1/none"])
def test_an_address_that_leads_nowhere_has_a_cure(url):
    with pytest.raises(ConfigError) as told:
        open_store(url)
    assert told.value.cure


def test_a_file_that_is_no_store_is_told(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at" * 50, encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be opened"):
        open_store(str(path))


def test_campaigns_are_checked(store, campaign):
    campaign()
    with pytest.raises(InputError, match="already"):
        campaign()
    for fields in (
        {"name": " "},
        {"kind": "poll"},
        {"overlap": 0},
        {"items": material(1, systems=("one",))},
        {"items": material(1) * 2},
    ):
        with pytest.raises(InputError):
            campaign(**({"name": "other"} | fields))


def test_an_edit_is_found_again_and_the_original_stays(store):
    number = keep_document(store, owner="ann", article=ARTICLE, output=OUTPUT)
    assert keep_document(store, owner="ann", article=ARTICLE, output=OUTPUT) == number
    for text in ("He agreed.", "He said yes!"):
        keep_edit(store, document=number, segment=0, annotator="ann", text=text, seconds=2.0)
    article, output, edits = document(store, number, "ann")
    assert (article, output) == (ARTICLE, OUTPUT)
    assert (edits[0].text, edits[0].machine, edits[0].distance) == ("He said yes!", "He said yes.", 1)
    assert documents(store, "ann")[0]["edited"] == 1
    ((edit, source, target),) = edited(store, "ann")
    assert (edit.source, source, target) == ("قال نعم.", "ar", "en")


def test_documents_are_their_owners(store):
    number = keep_document(store, owner="ann", article=ARTICLE, output=OUTPUT)
    assert documents(store, "bob") == []
    with pytest.raises(UnknownName):
        document(store, number, "bob")
    with pytest.raises(UnknownName):
        keep_edit(store, document=number, segment=0, annotator="bob", text="x")
    for segment, text in ((2, "x"), (-1, "x"), (0, "x" * 5000)):
        with pytest.raises(InputError):
            keep_edit(store, document=number, segment=segment, annotator="ann", text=text)


def test_segments_leave_as_tmx_and_xliff():
    pairs = [("قال <b>نعم</b> & عاد\x07.", 'He said "yes" & left.\ud800')]
    for made in (as_tmx(pairs, source="ar", target="en"), as_xliff(pairs, source="ar", target="en")):
        texts = [element.text for element in ET.fromstring(made).iter() if (element.text or "").strip()]
        assert "قال <b>نعم</b> & عاد." in texts
        assert 'He said "yes" & left.' in texts


@given(st.text())
def test_no_cell_is_a_formula(text):
    shown = neutral(text)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert shown in (text, f"'{text}")


def test_judgements_leave_as_a_table():
    table = as_csv([{"item": "=cmd()", "n": -1}])
    assert table.splitlines() == ["item,n", "'=cmd(),-1"]
    assert as_csv([]) == "\r\n"


def test_digests_tell_texts_apart():
    assert len({digest("a", "b"), digest("ab", ""), digest("ab", None), digest("b", "a")}) == 4


def test_an_export_is_one_object_a_line(store, campaign):
    campaign(items=material(1))
    for line in exported(store).splitlines():
        assert set(json.loads(line)) == {"table", "row"}
