"""The workbench's own tasks give what its commands give, in one go for a whole shard."""

from dataclasses import replace

import pytest

from tests.cards import write_card
from tests.jobs.material import make, rows, write_articles
from workbench.brief import make_brief
from workbench.catalog import fit, loading, open_catalog
from workbench.engines.base import Tuning
from workbench.errors import InputError, UnknownName
from workbench.jobs.shards import Row
from workbench.jobs.tasks import ArticleTask, Needs
from workbench.records import Article, Brief, Output, Rejection
from workbench.summarise import Length

ARABIC = (
    "قال الوزير نعم.\n\nعاد الوفد مساء أمس إلى العاصمة بعد محادثات طويلة. "
    "وقال شهود إن المطر لم يتوقف. وأغلقت المدارس."
)
ENGLISH = (
    "The minister said yes.\n\nThe delegation went back to the capital. "
    "Witnesses said that it rained. Schools were closed."
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A user's folder with one model: it reverses words."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    write_card(tmp_path / "home" / "config" / "models", languages=[["ar", "en"], ["en", "ar"]], canaries=[])


@pytest.fixture
def articles():
    return [
        Article(id="one", title="عنوان", language="ar", text=ARABIC),
        Article(id="two", title="A headline", language="en", text=ENGLISH),
        Article(id="lost", text="12345 67890"),
        Article(id="three", language=None, text=ENGLISH + " It was over at noon."),
    ]


def task(**more):
    return ArticleTask(**{"model": "parrot", "sentences": 2} | more)


def test_reading_gives_the_articles(articles):
    assert [row.record for row in task(do="read").open()(articles)] == articles


def test_translations_are_those_of_the_command(articles):
    made = task(do="translate", to="en", sentences=None).open()(articles)
    assert [type(each) for each in made] == [Row, Row, Rejection, Row]
    expected = open_catalog().translator("parrot").translate(articles[0], to="en")
    assert without_time(made[0].record) == without_time(expected)
    assert made[0].tokens == len(expected.text.split())
    assert [flag.kind for flag in made[1].flags] == ["untranslated"]
    assert made[2].article == "lost"
    assert "language" in made[2].reason


def test_briefs_are_those_of_the_command(articles, monkeypatch):
    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    made = task(memory=False).open()(articles)
    assert [type(each) for each in made] == [Row, Row, Rejection, Row]
    catalog = open_catalog()
    for row, article in zip(made, articles, strict=True):
        if isinstance(row, Row):
            assert isinstance(row.record, Brief)
            expected = make_brief(
                article,
                translator=catalog.translator("parrot"),
                summariser=summariser(),
                length=Length(sentences=2),
            )
            assert plain(row.record) | {"article": None} == plain(expected) | {"article": None}
            assert row.record.article.id == article.id


def test_summaries_in_another_language(articles, monkeypatch):
    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    made = task(do="summarise", to="en").open()(articles)
    assert [each.record.language for each in made if isinstance(each, Row)] == ["en", "en", "en"]
    assert made[0].record.task == "summarise"
    assert made[0].record.article == "one"
    assert made[0].tokens > 0


def test_summaries_in_their_own_language_need_no_translator(articles, monkeypatch):
    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    made = task(do="summarise").open()(articles)
    assert [each.record.language for each in made] == ["ar", "en", "und", "und"]


def test_a_brief_in_the_articles_own_language_is_rejected(articles, monkeypatch):
    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    made = task(to="en").open()(articles)
    assert [type(each) for each in made] == [Row, Rejection, Rejection, Rejection]
    assert "in en already" in made[1].reason
    assert "--to ar" in made[1].cure


def test_very_long_articles_do_not_wait_for_each_other(monkeypatch):
    from workbench.jobs import tasks

    monkeypatch.setattr(tasks, "_CHARACTERS", 10)
    articles = [Article(id=f"a{number}", language="ar", text=f"نعم قال {number}.") for number in range(5)]
    made = task(do="translate", to="en", sentences=None).open()(articles)
    assert [each.record.article for each in made] == [article.id for article in articles]


def test_facts_change_with_everything_that_changes_records():
    base = task().facts()
    assert base["model"] == "parrot"
    assert base["revision"].startswith("sha256:")
    for change in ({"to": "en"}, {"beam": 3}, {"sentences": 1}, {"memory": False}, {"device": "cpu"}):
        assert task(**change).facts() != base


def test_what_a_process_needs_is_said_by_the_card_and_is_no_part_of_the_plan(tmp_path):
    before = task().facts()
    folder = tmp_path / "home" / "config" / "models"
    write_card(folder, languages=[["ar", "en"], ["en", "ar"]], canaries=[], cores=3, gpus=0.5)
    assert task().needs() == Needs(cores=3, gpus=0.5)
    assert task(device="cpu").needs() == Needs(cores=3, gpus=0.0)
    assert task(do="read").needs() == Needs(cores=1, gpus=0.0)
    assert task().facts() == before


def test_what_cannot_be_done_is_told_before_anything_is_touched(tmp_path):
    source = write_articles(tmp_path / "news.jsonl", ["Talks went on."])
    for wrong, error in (({"do": "translate"}, InputError), ({"model": "parot"}, UnknownName)):
        with pytest.raises(error):
            make(tmp_path / "job", source, task=task(**wrong))
        assert not (tmp_path / "job").exists()


def test_a_job_of_translations(tmp_path):
    source = write_articles(tmp_path / "news.jsonl", [f"Day {number}. Talks went on." for number in range(6)])
    made = make(tmp_path / "job", source, task=task(do="translate", to="ar", sentences=None))
    assert made.done == 6
    assert all(Output.from_dict(row).text.endswith("on. went Talks") for row in rows(tmp_path / "job"))


def summariser():
    from workbench.summarise import Extractive

    return Extractive()


def without_time(output):
    return output.to_dict() | {"seconds": None}


def plain(record):
    """A record's JSON with every time taken out."""

    def timeless(value):
        if isinstance(value, dict):
            return {key: timeless(each) for key, each in value.items() if key != "seconds"}
        return [timeless(each) for each in value] if isinstance(value, list) else value

    return timeless(record.to_dict())


def test_a_glossary_is_kept_and_counts_in_the_plan(tmp_path):
    terms = tmp_path / "terms.tsv"
    terms.write_text("ar\ten\nالوزير\tminister\n", encoding="utf-8")
    given = task(do="translate", to="en", sentences=None, glossary=str(terms))
    before = given.facts()
    (row,) = given.open()([Article(id="a", language="ar", text="قال الوزير نعم.")])
    assert "term" in {flag.kind for flag in row.flags}
    terms.write_text("ar\ten\nالوزير\tsecretary\n", encoding="utf-8")
    assert given.facts()["glossary"] != before["glossary"]
    assert "glossary" not in task().facts()


def test_a_memory_that_cannot_be_opened_is_left_out(tmp_path, monkeypatch):
    from workbench.errors import SourceError
    from workbench.memory import Memory

    def broken(*_):
        raise SourceError("The memory is damaged.", cure="Delete it.")

    monkeypatch.setattr(Memory, "open", broken)
    (row,) = task(do="translate", to="en", sentences=None).open()(
        [Article(id="a", language="ar", text="قال نعم.")]
    )
    assert row.record.text


def test_what_an_earlier_job_translated_is_remembered(tmp_path, monkeypatch):
    from workbench.engines.echo import Echo

    articles = [Article(id="a", language="ar", text="قال الوزير نعم.")]
    given = task(do="translate", to="en", sentences=None)
    before = given.open()(articles)[0].record.text
    monkeypatch.setattr(Echo, "generate", lambda *_, **more: pytest.fail("it was translated before"))
    assert given.open()(articles)[0].record.text == before


@pytest.mark.parametrize("do", ["summarise", "brief"])
def test_what_an_earlier_job_summarised_is_remembered(monkeypatch, articles, do):
    from workbench.summarise import Extractive

    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    before = [plain(row.record) for row in task(do=do).open()(articles) if isinstance(row, Row)]
    assert before
    made = []
    original = Extractive.summarise
    monkeypatch.setattr(
        Extractive,
        "summarise",
        lambda self, each, **more: made.append(each.id) or original(self, each, **more),
    )
    again = [plain(row.record) for row in task(do=do).open()(articles) if isinstance(row, Row)]
    assert (again, made) == (before, [])
    task(do=do, memory=False).open()(articles)
    assert "one" in made, "without the memory it is summarised anew"


def test_a_summary_that_a_command_made_is_known_to_a_job(monkeypatch, articles):
    from workbench.cli.keeping import open_keeping
    from workbench.summarise import Extractive

    monkeypatch.setattr("workbench.catalog.Catalog.summariser", lambda self, *_, **more: summariser())
    catalog = open_catalog()
    command = open_keeping(None, remember=True).summariser(catalog.summariser(), catalog)
    by_command = command.summarise(articles[0], length=Length(sentences=2))
    monkeypatch.setattr(Extractive, "summarise", lambda *_, **more: pytest.fail("it was summarised before"))
    (row,) = task(do="summarise").open()(articles[:1])
    assert row.record.text == by_command.text


@pytest.fixture
def agency(tmp_path):
    """Six articles, all of which hold the same line of an agency; three shards of two."""
    texts = [f"Day {number} went by.\n\nThe agency said that it will rain." for number in range(6)]
    return write_articles(tmp_path / "news.jsonl", texts)


@pytest.fixture
def asked(monkeypatch):
    """Everything that the engine was asked to translate, second attempts left out."""
    from workbench.engines.echo import Echo

    given, generate = [], Echo.generate

    def noted(self, texts, decoding, **more):
        given.extend(texts if decoding == plain_decoding() else [])
        return generate(self, texts, decoding, **more)

    monkeypatch.setattr(Echo, "generate", noted)
    return given


def plain_decoding():
    return open_catalog().translator("parrot").decoding


AGENCY = "The agency said that it will rain."


def test_a_sentence_that_comes_again_is_translated_once_a_job(tmp_path, agency, asked):
    make(tmp_path / "job", agency, task=task(do="translate", to="ar", sentences=None), shard=2)
    assert asked.count(AGENCY) == 1
    assert sum("went by" in text for text in asked) >= 6


def test_without_memory_it_is_translated_once_a_shard_and_the_records_are_the_same(tmp_path, agency, asked):
    given = task(do="translate", to="ar", sentences=None, memory=False)
    make(tmp_path / "without", agency, task=given, shard=2)
    assert asked.count(AGENCY) == 3
    make(tmp_path / "with", agency, task=task(do="translate", to="ar", sentences=None), shard=2)
    mine, others = ([row | {"seconds": 0} for row in rows(tmp_path / name)] for name in ("with", "without"))
    assert mine == others


def test_first_drafts_are_told_from_others_and_not_decoded_again(tmp_path, agency, monkeypatch):
    from workbench.engines.echo import Echo

    calls, generate = [], Echo.generate

    def noted(self, texts, decoding, **more):
        calls.append(texts)
        return generate(self, texts, decoding, **more)

    monkeypatch.setattr(Echo, "generate", noted)
    given = task(do="translate", to="ar", sentences=None, again=False)
    make(tmp_path / "job", agency, task=given, shard=6)
    assert len(calls) == 1
    found = rows(tmp_path / "job")
    assert all(row["flags"] and "again=no" in row["decoding"] for row in found)
    thorough = task(do="translate", to="ar", sentences=None)
    assert given.facts() != thorough.facts()
    make(tmp_path / "thorough", agency, task=thorough, shard=6)
    assert len(calls) > 2  # what was remembered are first drafts
    assert "again" not in rows(tmp_path / "thorough")[0]["decoding"]


def test_how_the_machine_is_used_reaches_the_engine_and_no_fact(monkeypatch):
    told = []
    real = loading.load
    monkeypatch.setattr(
        loading, "load", lambda *given, **more: told.append(more["tuning"]) or real(*given, **more)
    )
    given = task(do="translate", to="en", sentences=None)
    tuned = given.tuned(Tuning(threads=2, batch_tokens=768))
    assert tuned.facts() == given.facts()
    tuned.open()
    assert told == [Tuning(threads=2, batch_tokens=768)]
    assert tuned.afresh() == replace(tuned, memory=False)


def test_batches_are_tuned_where_no_output_depends_on_them(tmp_path, monkeypatch):
    def with_card(**more):
        write_card(tmp_path / "home" / "config" / "models", languages=[["ar", "en"]], canaries=[], **more)
        return task(do="translate", to="en", sentences=None)

    monkeypatch.setattr(fit, "graphics_gb", lambda: None)
    assert with_card(engine="auto").tunable
    assert with_card(engine="seq2seq").tunable
    assert not with_card(engine="seq2seq", dtype="bfloat16").tunable
    assert not with_card(engine="echo").tunable
    assert not task(do="read").tunable
    assert not replace(with_card(engine="auto"), device="cuda").tunable
    monkeypatch.setattr(fit, "graphics_gb", lambda: 80.0)
    assert not with_card(engine="auto").tunable
    assert replace(with_card(engine="auto"), device="cpu").tunable
