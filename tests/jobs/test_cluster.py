"""The same shards on a real Ray cluster of two workers, one of which is killed in the middle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.material import ids, make, plain, rows, without_seconds, write_articles
from workbench.errors import MissingExtra, UnknownName
from workbench.jobs.tasks import Needs

GONE = {"Resources": {"CPU": 1.0, "GPU": 8.0}, "Alive": False}
ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import json
import sys
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from tests.jobs.material import make

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)
    summary = make(Path(sys.argv[1]), Path(sys.argv[2]), cluster="ray", workers=None)
    Path(sys.argv[3]).write_text(json.dumps([summary.done, summary.rejected]))
    ray.shutdown()
    cluster.shutdown()
"""


@pytest.mark.slow
def test_a_cluster_makes_what_one_machine_makes(tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed: pip install '.[ray]'")
    texts = plain(48)
    texts[6], texts[21] = "This is broken.", "This is deadly."
    texts[33] = f"It makes an orphan {tmp_path / 'killed'} once."
    source = write_articles(tmp_path / "news.jsonl", texts)
    script, told = tmp_path / "job.py", tmp_path / "told.json"
    script.write_text(SCRIPT)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "RAY_raylet_start_wait_time_s": "150",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",  # at 15, as Ray has it, actors on a busy machine hardly start
    }
    command = [sys.executable, script, tmp_path / "job", source, told]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=280
    )
    assert told.exists(), done.stderr[-3000:]
    assert json.loads(told.read_text()) == [46, 2]
    assert (tmp_path / "killed").exists()
    found = ids(tmp_path / "job")
    assert found == [f"a{number}" for number in range(48) if number not in (6, 21)]
    assert {row["article"] for row in rows(tmp_path / "job", "rejected")} == {"a6", "a21"}
    texts[21] = "This is broken."  # in this process nothing may be deadly
    make(tmp_path / "alone", write_articles(tmp_path / "mild.jsonl", texts))
    mine = [row["text"] for row in without_seconds(tmp_path / "alone")]
    assert [row["text"] for row in without_seconds(tmp_path / "job")] == mine


@pytest.mark.parametrize(
    ("needs", "nodes", "share"),
    [
        (Needs(), [{"CPU": 4.0}, {"CPU": 2.0}], (2, 0.0)),
        (Needs(), [{"CPU": 64.0, "GPU": 4.0}, {"memory": 1.0}], (8, 1.0)),
        (Needs(cores=3, gpus=0.5), [{"CPU": 64.0, "GPU": 4.0}], (3, 0.5)),
        (Needs(gpus=0.0), [{"CPU": 64.0, "GPU": 4.0}], (8, 0.0)),
        (Needs(gpus=2.0), [{"CPU": 4.0}], (4, 0.0)),
        (Needs(), [], (1, 0.0)),
    ],
)
def test_an_actor_takes_what_its_card_says_or_a_share_of_the_smallest_machine(needs, nodes, share):
    pytest.importorskip("ray", reason="Ray is not installed: pip install '.[ray]'")
    from workbench.jobs.cluster import _share

    found = _share(needs, [*({"Resources": each, "Alive": True} for each in nodes), GONE])
    assert (found.cores, found.gpus) == share


def test_clusters_that_are_not_there_are_told(tmp_path, monkeypatch):
    source = write_articles(tmp_path / "news.jsonl", plain(2))
    with pytest.raises(UnknownName, match="ry"):
        make(tmp_path / "job", source, cluster="ry")
    monkeypatch.setattr("workbench.registry.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="ray") as fault:
        make(tmp_path / "job", source, cluster="ray")
    assert "[ray]" in fault.value.cure
    assert not (tmp_path / "job").exists()
