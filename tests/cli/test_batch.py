"""`workbench batch` as a user meets it: job files, options, exit codes, signals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.test_ingest import PERSIAN

ROOT = Path(__file__).parent.parent.parent
TRANSLATE = ("--do", "translate", "--to", "en", "--model", "parrot", "--workers", "0")


@pytest.fixture
def news(home):
    rows = [
        {"id": f"a{number}", "language": "ar", "text": f"قال الوزير {number} نعم."} for number in range(6)
    ]
    path = home / "news.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def records(folder):
    files = sorted((folder / "records").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_job_is_done_and_told(run, home, news):
    code, out, err = run("batch", news, *TRANSLATE, "-o", home / "job", "--shard", 4)
    assert code == 0
    assert json.loads(out)["done"] == 6
    assert "6 done, 0 rejected" in err
    assert [row["article"] for row in records(home / "job")] == [f"a{number}" for number in range(6)]
    assert (home / "job" / "summary.html").exists()


def test_rejected_articles_are_told_and_change_the_exit_code(run, home, news):
    with news.open("a") as sink:
        sink.write('{"id": "a6", "language": "en", "text": "خبر"\n')
    code, _, err = run("batch", news, *TRANSLATE, "-o", home / "job")
    assert code == 3
    assert "news.jsonl:7" in err
    assert "→" in err
    assert run("batch", news, *TRANSLATE, "-o", home / "job")[0] == 3


def test_nothing_but_rejections_is_an_error(run, home):
    (home / "bad.jsonl").write_text('{"id": 1\n{"id": 2\n')
    assert run("batch", home / "bad.jsonl", *TRANSLATE, "-o", home / "job")[0] == 2


def test_a_job_file_says_the_same_as_options(run, home, news):
    job = {
        "sources": ["news.jsonl"],
        "output": "job",
        "do": "translate",
        "to": "en",
        "model": "parrot",
        "workers": 0,
        "where": ["id!=a2"],
        "reading": {"from": "ar"},
    }
    (home / "night.yaml").write_text(yaml.safe_dump(job))
    assert run("batch", home / "night.yaml")[0] == 0
    assert [row["article"] for row in records(home / "job")] == ["a0", "a1", "a3", "a4", "a5"]
    assert run("batch", home / "night.yaml", "--where", "id=a1", "-o", home / "other")[0] == 0
    (record,) = records(home / "other")
    assert record["article"] == "a1"


def test_what_the_command_line_says_goes_first_be_it_the_default(run, home, news):
    job = {"sources": ["news.jsonl"], "do": "read", "reading": {"accept": ["fr"], "max_mb": 0.000001}}
    (home / "job.yaml").write_text(yaml.safe_dump(job))
    assert run("batch", home / "job.yaml", "-o", home / "small")[0] != 0
    run("batch", home / "job.yaml", "--max-mb", "20", "-o", home / "french")
    assert records(home / "french") == []
    code, _, err = run(
        "batch", home / "job.yaml", "--max-mb", "20", "--accept", "ar", "--accept", "en", "-o", home / "both"
    )
    assert code == 0, err
    assert records(home / "both")


def test_mistakes_in_job_files_are_told_with_near_names(run, home, news):
    (home / "night.yaml").write_text(
        yaml.safe_dump({"sources": ["news.jsonl"], "wokers": 2, "order": "best"})
    )
    code, _, err = run("batch", home / "night.yaml", "-o", home / "job")
    assert code == 2
    assert "did you mean 'workers'?" in err
    assert "order" in err
    assert not (home / "job").exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "-o FOLDER"),
        (("-o", "job", "--where", "langauge=ar"), "cannot be read"),
        (("-o", "job", "--words", "5", "--sentences", "2", "--do", "brief"), "Give one of them"),
        (("-o", "job", "--model", "parot"), "parrot"),
        (("-o", "news.jsonl"), "is a file"),
        (("-o", "."), "something else than a job"),
    ],
)
def test_mistakes_on_the_command_line_are_told(run, home, news, monkeypatch, more, told):
    monkeypatch.chdir(home)
    code, _, err = run("batch", news, *TRANSLATE, *more)
    assert code == 2
    assert told in err
    assert not (home / "job").exists()


def test_a_source_that_disappears_is_told(run, home, news):
    run("batch", news, *TRANSLATE, "-o", home / "job")
    news.unlink()
    code, _, err = run("batch", news, *TRANSLATE, "-o", home / "job")
    assert code == 2
    assert "There is no file" in err
    assert len(records(home / "job")) == 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_cleanly_and_goes_on(run, home, news, number):
    rows = [{"id": f"b{n}", "language": "ar", "text": f"قال الوزير {n} نعم. " * 50} for n in range(3000)]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    arguments = ["batch", str(news), *TRANSLATE, "-o", str(home / "job"), "--shard", "8"]
    environment = os.environ | {"WORKBENCH_HOME": str(home / "home")}
    started = subprocess.Popen(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not list((home / "job").glob("records/*")):
        assert time.monotonic() < end
        time.sleep(0.02)
    started.send_signal(number)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 128 + number
    assert "goes on" in err
    found = [row["article"] for row in records(home / "job")]
    assert 0 < len(found) < 3000
    assert json.loads((home / "job" / "summary.json").read_text())["state"] == "stopped"
    assert run("batch", *arguments[1:], "--limit", len(found) + 16)[0] == 0
    assert [row["article"] for row in records(home / "job")] == [f"b{n}" for n in range(len(found) + 16)]


@pytest.mark.parametrize("command", [("read",), ("batch", "--do", "read", "-o", "job")])
def test_the_cure_for_a_foreign_article_is_taken_by_every_command_that_reads(run, home, monkeypatch, command):
    monkeypatch.chdir(home)
    (home / "fa.txt").write_text(PERSIAN, encoding="utf-8")
    _, _, err = run(*command, "fa.txt")
    cures = re.findall(r"--(?:accept|from) \w+", err)
    assert len(cures) == 2
    for cure in cures:
        restart = ("--restart",) if "batch" in command else ()
        assert run(*command, "fa.txt", *cure.split(), *restart)[0] == 0
