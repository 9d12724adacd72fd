"""Processes hold the models: one may die, and only what killed it twice is given up."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.jobs.material import Shout, ids, make, plain, rows, without_seconds, write_articles
from workbench.errors import EngineError
from workbench.jobs.run import Watch
from workbench.jobs.workers import Stopped, Worker, shares
from workbench.records import Article

ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import sys
from pathlib import Path
from tests.jobs.material import make
if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), workers=2)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "job"


def test_processes_make_the_same_records(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", plain(22))
    make(folder, source, workers=2)
    make(tmp_path / "alone", source)
    assert without_seconds(folder) == without_seconds(tmp_path / "alone")


def test_a_process_that_dies_once_costs_nothing(tmp_path, folder):
    texts = plain(8)
    texts[5] = f"Die once {tmp_path / 'died'} please."
    source = write_articles(tmp_path / "news.jsonl", texts)
    summary = make(folder, source, workers=1)
    assert (tmp_path / "died").exists()
    assert (summary.done, summary.rejected) == (8, 0)
    assert rows(folder)[5]["decoding"] == "a4 a5 a6 a7"  # the same company as without the accident


def test_an_article_that_kills_its_process_is_rejected_alone(tmp_path, folder):
    texts = plain(8)
    texts[5] = "This is deadly."
    source = write_articles(tmp_path / "news.jsonl", texts)
    summary = make(folder, source, workers=1)
    assert ids(folder) == [f"a{number}" for number in range(8) if number != 5]
    (refused,) = rows(folder, "rejected")
    assert (refused["article"], summary.rejected) == ("a5", 1)
    assert "died twice (SIGKILL)" in refused["reason"]
    assert "--workers" in refused["cure"]


def test_a_model_that_cannot_be_loaded_stops_the_job(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", plain(8))
    with pytest.raises(EngineError, match="cannot be loaded"):
        make(folder, source, workers=2, task=Shout(fails=True))
    assert not rows(folder)


def test_an_idle_worker_is_woken_and_ended():
    worker = Worker(Shout()).start()
    assert worker([]) == []
    worker.close()
    with pytest.raises(Stopped):
        worker([Article(id="a", text="b")])


def test_cores_are_dealt_out():
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    assert shares(1) == [None]
    if len(cores) > 1:
        assert sorted(core for share in shares(2) for core in share) == cores
    assert len(shares(1000)) == 1000
    assert shares(1000)[-1] is None or len(cores) >= 1000


def test_told_to_stop_open_shards_are_finished(tmp_path, folder):
    source = write_articles(tmp_path / "news.jsonl", plain(40))
    stop = threading.Event()
    with pytest.raises(Stopped):
        make(folder, source, workers=2, watch=Watch(progress=lambda done: stop.set()), stop=stop)
    found = len(ids(folder))
    assert 4 <= found < 40
    assert found % 4 == 0
    assert make(folder, source, workers=2).done == 40
    assert sorted(ids(folder)) == sorted(f"a{number}" for number in range(40))


def test_killed_in_the_middle_it_goes_on_with_the_same_records(tmp_path, folder):
    texts = plain(32)
    texts[9] = texts[21] = "This one is slow."
    source = write_articles(tmp_path / "news.jsonl", texts)
    script = tmp_path / "job.py"
    script.write_text(SCRIPT)
    run = subprocess.Popen(
        [sys.executable, script, folder, source], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    _wait(lambda: list((folder / "records").glob("*")) if (folder / "records").exists() else False)
    children = _children(run.pid)
    assert children or not Path("/proc/self").exists()
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    assert len(ids(folder)) < 32
    _wait(lambda: not any(map(_alive, children)))
    make(folder, source, workers=2)
    make(tmp_path / "undisturbed", source)
    assert without_seconds(folder) == without_seconds(tmp_path / "undisturbed")


def _wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def _children(process: int) -> list[int]:
    """Processes that any of its threads started."""
    listings = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for listing in listings for number in listing.read_text().split()]


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
