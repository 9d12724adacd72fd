"""`workbench score`: a contract that other people's scripts stand on."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from workbench.cli import app
from workbench.cli.evaluation import spread
from workbench.errors import InputError, WorkbenchError

REFERENCE = "أعيد فتح الميناء أمام السفن، الأحد.\nوقال الوزير إن 3 سفن دخلت.\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "good.ar").write_text(REFERENCE, encoding="utf-8")
    (tmp_path / "poor.ar").write_text("أعيد فتح الباب.\nوقال الوزير.\n", encoding="utf-8")
    (tmp_path / "ref.ar").write_text(REFERENCE, encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, ["score", *map(str, arguments)], catch_exceptions=True)


def test_json_is_a_list_of_scores_with_their_recipe(files):
    done = run(
        "--output", files / "good.ar", "--reference", files / "ref.ar", "--language", "ar", "--format", "json"
    )
    scores = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [each["metric"] for each in scores] == ["chrf++", "bleu", "bleu-intl", "chrf++-matching"]
    assert all(set(each) == {"system", "metric", "value", "signature", "n", "low", "high"} for each in scores)
    assert {each["system"] for each in scores} == {"good"}
    assert scores[0]["value"] == pytest.approx(100)
    assert scores[0]["n"] == 2
    assert "references themselves" in done.stderr


def test_several_systems_and_metrics_in_a_row_or_repeated(files):
    base = ["--reference", files / "ref.ar", "--language", "ar", "--resamples", 0, "--format", "json"]
    row = run("--output", files / "good.ar", files / "poor.ar", "--metric", "rouge-1", "chrf", *base)
    repeated = run(
        "--output",
        files / "good.ar",
        "--output",
        files / "poor.ar",
        "--metric",
        "rouge-1",
        "--metric",
        "chrf",
        *base,
    )
    assert row.stdout == repeated.stdout
    assert [(each["system"], each["metric"]) for each in json.loads(row.stdout)] == [
        ("good", "rouge-1"),
        ("poor", "rouge-1"),
        ("good", "chrf"),
        ("poor", "chrf"),
    ]
    assert json.loads(row.stdout)[0]["low"] is None


def test_text_is_a_table(files):
    done = run(
        "--output", files / "poor.ar", files / "good.ar", "--reference", files / "ref.ar", "--language", "ar"
    )
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["system", "cluster", "chrf++"]
    assert lines[1].startswith("good")
    assert "tok:intl" in done.stdout


def test_what_is_wrong_is_raised_with_its_cure(files):
    (files / "short.ar").write_text("سطر\n", encoding="utf-8")
    done = run("--output", files / "short.ar", "--reference", files / "ref.ar", "--language", "ar")
    assert isinstance(done.exception, InputError)
    assert "short.ar has 1" in done.exception.problem
    done = run("--output", files / "good.ar", "--reference", files / "ref.ar", "--language", "en")
    assert isinstance(done.exception, WorkbenchError)
    assert "--language" in done.exception.cure


def test_exit_code_is_two_without_a_traceback(files):
    arguments = ["--output", files / "good.ar", "--reference", files / "absent", "--language", "ar"]
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "score", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "absent cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_scoring_imports_no_model_runtime(files):
    arguments = [
        "score",
        "--output",
        str(files / "good.ar"),
        "--reference",
        str(files / "ref.ar"),
        "--language",
        "ar",
    ]
    script = (
        f"import sys\nsys.argv = ['workbench', *{arguments!r}]\nfrom workbench.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', [n for n in ('torch', 'transformers', 'ctranslate2', 'datasets') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("LOADED []")


def test_spreading_touches_only_repeatable_options():
    options = {"--output", "--metric"}
    assert spread(["--output", "a", "b", "--language", "ar"], repeatable=options) == [
        "--output", "a", "--output", "b", "--language", "ar",
    ]  # fmt: skip
    assert spread(["--output=a", "-", "x"], repeatable=options) == [
        "--output=a",
        "--output",
        "-",
        "--output",
        "x",
    ]
    assert spread(["--language", "ar", "stray"], repeatable=options) == ["--language", "ar", "stray"]
