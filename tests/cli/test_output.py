"""Output appears whole or not at all; rejections are told, counted and turned into the exit code."""

import io
from pathlib import Path

import pytest
import typer

from workbench.cli.output import results
from workbench.errors import OutputError
from workbench.records import Article, Rejection

ARTICLE = Article(id="a", text="نص")
REJECTION = Rejection(source="a.txt", reason="It is empty.", cure="Fill it.")


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "out.jsonl"
    with results(path, jsonl=True) as sink:
        sink.line("سطر")
        assert not path.exists()
        assert (tmp_path / "out.jsonl.part").exists()
    assert path.read_text(encoding="utf-8") == "سطر\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_failed_run_leaves_the_old_file_and_keeps_what_it_finished(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("old")

    def fail():
        with results(path, jsonl=True) as sink:
            sink.line("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert (tmp_path / "out.jsonl.part").read_text() == "new\n"


def test_a_run_that_fails_at_once_leaves_nothing(tmp_path):
    def fail():
        with results(tmp_path / "out.jsonl", jsonl=True):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "missing/out.jsonl", "file/out.jsonl", "x" * 300])
def test_an_unwritable_output_is_found_before_the_work(tmp_path, name):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught, results(tmp_path / name, jsonl=True):
        pytest.fail("no work is done")
    assert caught.value.cure


def test_a_device_is_written_and_stays_a_device():
    with results(Path("/dev/null"), jsonl=True) as sink:
        sink.line("x")
    assert Path("/dev/null").is_char_device()
    assert not Path("/dev/null.part").exists()


def test_a_full_disk_is_told():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    from workbench.cli.output import Results

    with pytest.raises(OutputError, match="No space left") as caught:
        Results(Full(), jsonl=True).line("x")
    assert caught.value.cure


@pytest.mark.parametrize(
    ("records", "code"),
    [([ARTICLE], 0), ([ARTICLE, REJECTION], 3), ([REJECTION], 2), ([], 0)],
)
def test_the_exit_code_says_how_much_was_read(records, code):
    def run():
        with results(None, jsonl=True) as sink:
            assert list(sink.accepted(records)) == [
                record for record in records if isinstance(record, Article)
            ]

    if code:
        with pytest.raises(typer.Exit) as caught:
            run()
        assert caught.value.exit_code == code
    else:
        run()


def test_rejections_go_to_stderr_and_into_json_lines_alone(capsys):
    for jsonl in (True, False):
        with pytest.raises(typer.Exit), results(None, jsonl=jsonl) as sink:
            list(sink.accepted([REJECTION]))
        out, err = capsys.readouterr()
        assert err == "a.txt: It is empty.\n  → Fill it.\n"
        assert out == (REJECTION.to_json() + "\n" if jsonl else "")
