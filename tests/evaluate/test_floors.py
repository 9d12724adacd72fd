"""What is pinned for the embedded model is scored today as it was when it was pinned."""

import json

import pytest

from workbench.config import resource
from workbench.evaluate import floors
from workbench.evaluate.suite import load_suite
from workbench.metrics import open_metric
from workbench.metrics.base import total

PATH = floors.floor_file(resource("eval/baselines"), "embedded")
FLOORS = floors.read_floors(PATH)


def test_the_suite_that_ships_has_floors_for_the_model_that_ships():
    assert set(FLOORS) == {part.path for part in load_suite("mini")}
    assert all("chrf++" in floor.metrics for floor in FLOORS.values())
    assert all(change["reason"] for change in json.loads(PATH.read_text(encoding="utf-8"))["history"])


@pytest.mark.parametrize("name", FLOORS)
def test_pinned_outputs_score_as_pinned(name):
    (part,) = load_suite(name)
    floor = FLOORS[name]
    assert floor.data_sha256 == part.sha256
    material = part.material()
    texts = material.texts([floor.outputs[item.id] for item in part.items])
    for metric_name, pinned in floor.metrics.items():
        metric = open_metric(metric_name, language=part.target)
        assert floors.bare(metric.signature(nrefs=texts.nrefs)) == pinned.signature
        assert total(metric, metric.statistics(texts)) == pytest.approx(pinned.value, abs=1e-6)
