"""`workbench read`: data on stdout, talk on stderr, exit codes 0, 2 and 3, and no traceback for any input."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from workbench.cli import app

ARABIC = "محادثات المياه\n\nقال الوزير إن المحادثات مستمرة في فيينا، بحسب رويترز.\n\nوستعود الوفود غدا."
ENGLISH = "Ferry strike ends\n\nThe ferries sailed again on Sunday, Reuters reported.\n\nNobody won, said the mayor."


def workbench(*arguments, data: bytes = b"", **environment):
    """Run the command as a user does, errors turned into messages."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        input=data,
        capture_output=True,
        env=os.environ | environment,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(ARABIC, encoding="utf-8")
    return path


def test_one_article_is_one_line(article):
    code, out, err = workbench("read", article)
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert list(record) == [
        "id", "url", "source", "title", "language", "published", "agencies", "byline", "text", "related", "warnings",
    ]  # fmt: skip
    assert (record["title"], record["language"], record["agencies"]) == ("محادثات المياه", "ar", ["رويترز"])
    assert "محادثات" in out


def test_stdin_is_a_dash():
    code, out, _ = workbench("read", "-", data=ENGLISH.encode())
    assert code == 0
    assert json.loads(out)["title"] == "Ferry strike ends"


def test_output_is_utf8_whatever_the_locale(article):
    code, out, _ = workbench(
        "read", article, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
    )
    assert code == 0
    assert json.loads(out)["title"] == "محادثات المياه"


def test_what_read_writes_it_reads(article):
    _, first, _ = workbench("read", article)
    code, second, _ = workbench("read", "-", data=first.encode())
    assert (code, second) == (0, first)


def test_some_rejected_is_3_with_the_reason_on_both_sides(article, tmp_path):
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": ENGLISH}) + "\n{broken\n", encoding="utf-8")
    code, out, err = workbench("read", tmp_path)
    assert code == 3
    records = [json.loads(line) for line in out.splitlines()]
    assert [("reason" in record) for record in records] == [False, False, True]
    assert records[2]["source"].endswith("b.jsonl:2")
    assert "b.jsonl:2: Line 2 is no valid JSON" in err
    assert "→" in err


def test_rejections_pass_through_a_pipe(article, tmp_path):
    (tmp_path / "b.txt").write_bytes(b"")
    _, first, _ = workbench("read", article, tmp_path / "b.txt")
    code, second, err = workbench("read", "-", data=first.encode())
    assert code == 3
    assert second == first
    assert "is empty" in err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(bytes(range(256)) * 20), "is no text"),
        (lambda path: path.mkdir(), "holds no articles"),
        (lambda path: path.write_text("Home\nNews\nSport\nAbout\nContact\nLog in"), "only short lines"),
    ],
)
def test_nothing_read_is_2_with_a_cure_and_no_traceback(tmp_path, make, message):
    path = tmp_path / "x"
    make(path)
    code, _, err = workbench("read", path)
    assert code == 2
    assert message in err
    assert "  → " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as", "htlm"], "Did you mean 'html'"),
        (["--column", "text"], "Write FIELD=NAME"),
        (["--column", "colour=x"], "Write FIELD=NAME"),
        (["-o", "/nowhere/out.jsonl"], "cannot be written"),
    ],
)
def test_a_wrong_option_is_2(article, arguments, message):
    code, out, err = workbench("read", article, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_a_private_address_is_refused():
    code, _, err = workbench("read", "http://127.0.0.1:9/news")
    assert code == 2
    assert "--allow-private" in err


def test_a_reader_that_stops_early_hears_no_traceback(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(
        "".join(json.dumps({"text": f"{n}: {ENGLISH}"}) + "\n" for n in range(3000)), encoding="utf-8"
    )
    command = f"{sys.executable} -m workbench read {path} | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert b"Traceback" not in done.stderr


def test_options_reach_the_reader(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "kopf,inhalt\nFähren,Die Fähren fahren am Sonntag wieder nach neun Tagen Streik.\n", encoding="utf-8"
    )
    arguments = ["read", str(path), "--column", "text=inhalt", "--column", "title=kopf", "--accept", "any"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["title"] == "Fähren"


def test_a_file_is_written(article, tmp_path):
    path = tmp_path / "out.jsonl"
    assert workbench("read", article, "-o", path)[:2] == (0, "")
    assert json.loads(path.read_text(encoding="utf-8"))["language"] == "ar"
