"""Commands run as the console script runs them, in a home of their own."""

import io
import sys

import pytest

from tests.cards import ARABIC, ENGLISH, write_card
from workbench.__main__ import main


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's folder with one model: it reverses words."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    write_card(tmp_path / "home" / "config" / "models", languages=[["ar", "en"], ["en", "ar"]], canaries=[])
    (tmp_path / "ar.txt").write_text(ARABIC, encoding="utf-8")
    (tmp_path / "en.txt").write_text(ENGLISH, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(home, monkeypatch, capsys):
    """Runs a command as the console script does: exit code, stdout, stderr."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def embedded(home, monkeypatch):
    """The echo engine in place of the embedded model."""
    folder = home / "cards"
    write_card(
        folder, name="embedded", languages=[["ar", "en"], ["en", "ar"]], canaries=[], note="Reverses words."
    )
    monkeypatch.setattr("workbench.catalog.catalog.resource", lambda name: folder)
