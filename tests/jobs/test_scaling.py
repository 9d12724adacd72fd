"""What docs/scaling.md tells people to type is understood by our commands, and its arithmetic is right."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from workbench.cli import app
from workbench.cli.batch import _config, _job, _task
from workbench.sources.base import ReadOptions

PAGE = (Path(__file__).parent.parent.parent / "docs" / "scaling.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SCRIPTS = [text for kind, text in BLOCKS if kind == "sh"]
MANIFEST = yaml.safe_load(next(text for kind, text in BLOCKS if kind == "yaml"))
ENTRY = MANIFEST["spec"]["entrypoint"]
LINES = [line for script in SCRIPTS for line in script.replace("\\\n", " ").splitlines()]
COMMANDS = [line[line.index("workbench batch") :] for line in [*LINES, ENTRY] if "workbench batch" in line]
SAID = set(re.findall(r"`(--[\w-]+)[^`]*`", PAGE))


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line):
    words = shlex.split(line.removesuffix(" &"))[2:]
    with get_command(app).commands["batch"].make_context("workbench batch", list(words)) as context:
        given = {name: value for name, value in context.params.items() if value is not None}
    names = {"do", "output", "to", "device", "workers", "cluster"}
    config = _config(list(given["sources"]), {name: given[name] for name in names & given.keys()})
    job, task = _job(config, ReadOptions()), _task(config, ReadOptions())
    assert job.sources
    assert task.do == "translate"
    assert task.to == "en"


def test_there_are_commands_for_each_place():
    assert len(COMMANDS) == 6
    assert sum("--cluster ray" in line for line in COMMANDS) == 3
    assert sum("#SBATCH" in script for script in SCRIPTS) == 2


def test_options_that_the_page_names_exist():
    known = {
        spelling
        for option in get_command(app).commands["batch"].params
        for spelling in (*option.opts, *option.secondary_opts)
    }
    assert SAID
    assert known >= SAID


def test_the_manifest_is_a_ray_job():
    """Names and types as KubeRay's reference of ray.io/v1 has them."""
    assert (MANIFEST["apiVersion"], MANIFEST["kind"]) == ("ray.io/v1", "RayJob")
    spec = MANIFEST["spec"]
    assert set(spec) == {"entrypoint", "shutdownAfterJobFinishes", "rayClusterSpec"}
    cluster = spec["rayClusterSpec"]
    assert set(cluster) == {"rayVersion", "enableInTreeAutoscaling", "headGroupSpec", "workerGroupSpecs"}
    (group,) = cluster["workerGroupSpecs"]
    assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
    for part in (cluster["headGroupSpec"], group):
        assert all(isinstance(value, str) for value in part["rayStartParams"].values())
        pod = part["template"]["spec"]
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert all(path.startswith("/archive/") for path in re.findall(r"\s(/\S+)", ENTRY))


def test_the_arithmetic_follows_from_one_figure():
    (rate,) = re.findall(r"\*\*rate\*\* = (\d+) tokens", PAGE)
    rows = re.findall(r"^\|[^|]+\| (\d+) \| (\d+) \| ([\d,]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for tokens, cost, hours, thousand in rows:
        expected = 1e8 * int(tokens) * int(cost) / int(rate) / 3600
        assert int(hours.replace(",", "")) == round(expected)
        assert float(thousand) == round(expected / 1000, 1)
