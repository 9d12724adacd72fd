"""How a machine is used best is measured once for each task, step by step, and changes no record."""

import json

import pytest

from tests.jobs.material import Shout, make, plain, without_seconds, write_articles
from workbench.engines.base import Tuning
from workbench.jobs import calibration
from workbench.jobs.calibration import Choice, best, candidates, choose
from workbench.jobs.run import Watch
from workbench.records import Article

SAMPLE = [Article(id=f"a{number}", text=text) for number, text in enumerate(plain(4))]


@pytest.fixture
def machine(monkeypatch):
    """A machine of so many cores and so fast: nothing starts, and what is tried is written down."""

    def set_up(speed, *, cores=4):
        tried = []

        def measured(task, sample, choice):
            tried.append((task, choice))
            return speed(choice)

        monkeypatch.setattr(calibration, "_cores", lambda: cores)
        monkeypatch.setattr(calibration, "_speed", measured)
        return tried

    return set_up


@pytest.fixture
def talk():
    return []


@pytest.fixture
def chosen(tmp_path, talk):
    def decide(task=None, sample=SAMPLE):
        return choose(task or Shout(tunable=True), sample, cache=tmp_path / "cache", talk=talk.append)

    return decide


def choice(workers, threads=0, batch_tokens=None):
    return Choice(workers=workers, tuning=Tuning(threads=threads, batch_tokens=batch_tokens))


def test_processes_then_threads_then_batches(machine, chosen, talk):
    def speed(each):
        tokens = {None: 1.0, 768: 1.04, 3072: 1.2}[each.tuning.batch_tokens]
        return {1: 1.0, 2: 2.0, 4: 1.9}[each.workers] * {0: 1.0, 2: 1.5, 4: 9.0}[each.tuning.threads] * tokens

    tried = machine(speed)
    assert chosen() == choice(2, threads=2, batch_tokens=3072)
    assert [each for _, each in tried] == [
        *map(choice, (1, 2, 4)),
        choice(2, threads=2),  # four threads are more than a process has cores
        *(choice(2, threads=2, batch_tokens=tokens) for tokens in (768, 3072)),
    ]
    assert talk[-1].startswith("2 processes, 2 threads a worker, batches of 3,072 tokens it is.")


def test_what_takes_more_must_be_clearly_quicker(machine, chosen):
    machine(lambda each: 1 + 0.01 * each.workers + 0.00001 * (each.tuning.batch_tokens or 0))
    assert chosen() == choice(1), "the engine's own batches stay"
    assert best({choice(1): 1.0, choice(2): 1.04, choice(4): 1.06}) == choice(4)
    assert best({choice(1): 0.0, choice(2): 0.0}) == choice(1)


def test_tasks_without_batches_choose_processes_alone(machine, chosen):
    tried = machine(lambda each: float(each.workers))
    assert chosen(Shout()) == choice(4)
    assert len(tried) == 3


def test_one_core_still_has_batches_to_choose(machine, chosen):
    tried = machine(lambda each: float(each.tuning.batch_tokens or 1536), cores=1)
    assert chosen() == choice(1, batch_tokens=3072)
    assert len(tried) == 3
    assert chosen(Shout()) == choice(1)
    assert len(tried) == 3


def test_a_slow_model_is_not_measured_further(machine, chosen, monkeypatch):
    monkeypatch.setattr(calibration, "_LONG", -1.0)
    tried = machine(lambda each: float(each.workers))
    assert chosen() == choice(4)
    assert len(tried) == 3


def test_it_is_measured_once_for_a_task_a_machine_and_versions(machine, chosen, talk, monkeypatch):
    tried = machine(lambda each: float(each.workers))
    first = chosen()
    measurements = len(tried)
    assert chosen() == first
    assert len(tried) == measurements
    assert talk[-1] == f"{first}, as measured here before."
    chosen(Shout(tunable=True, name="whisper"))
    assert len(tried) == 2 * measurements
    monkeypatch.setattr(calibration, "versions", lambda names: dict.fromkeys(names, "99"))
    chosen()
    assert len(tried) == 3 * measurements


@pytest.mark.parametrize(
    "text", ["", "[]", '{"workers": 2}', '{"workers": 2, "threads": "x", "batch_tokens": 1}']
)
def test_a_spoilt_memory_is_measured_anew(machine, chosen, tmp_path, text):
    tried = machine(lambda each: float(each.workers))
    first = chosen()
    (file,) = (tmp_path / "cache").iterdir()
    assert json.loads(file.read_text())["batch_tokens"] is None
    file.write_text(text)
    measurements = len(tried)
    assert chosen() == first
    assert len(tried) == 2 * measurements


def test_nothing_is_remembered_between_measurements(machine, chosen):
    """What one measurement translated would be there for nothing in the next."""
    tried = machine(lambda each: 1.0)
    chosen()
    assert tried
    assert not any(task.remembers for task, _ in tried)


def test_too_few_articles_tell_nothing(machine, chosen, tmp_path):
    tried = machine(lambda each: float(each.workers))
    assert chosen(sample=SAMPLE[:1]) == choice(1)
    assert not tried
    assert not (tmp_path / "cache").exists()


def test_real_processes_are_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "_cores", lambda: 2)
    found = choose(Shout(), SAMPLE, cache=tmp_path, talk=lambda line: None)
    assert found in (choice(1), choice(2))
    failing = Shout(fails=True)
    assert calibration._speed(failing, SAMPLE, choice(2, threads=2)) == 0.0


def test_numbers_of_processes():
    assert candidates(1) == [1]
    assert candidates(2) == [1, 2]
    assert candidates(64) == [1, 8, 16, 32, 64]


def test_a_job_hands_on_what_is_chosen_and_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(calibration, "choose", lambda *_, **__: choice(2, threads=2, batch_tokens=1536))
    handed = []
    monkeypatch.setattr(Shout, "tuned", lambda task, tuning: handed.append(tuning) or task)
    source = write_articles(tmp_path / "news.jsonl", plain(12))
    folder = tmp_path / "job"
    make(folder, source, workers=None)
    plan = json.loads((folder / "plan.json").read_text())
    assert (plan["workers"], plan["threads"], plan["batch_tokens"]) == (2, 2, 1536)

    make(tmp_path / "alone", source, workers=0)
    other = json.loads((tmp_path / "alone" / "plan.json").read_text())
    assert plan["fingerprint"] == other["fingerprint"]
    assert without_seconds(folder) == without_seconds(tmp_path / "alone")

    write_articles(source, plain(12), start=12, mode="a")
    monkeypatch.setattr(calibration, "choose", lambda *_, **__: pytest.fail("it was chosen before"))
    make(folder, source, workers=None)
    assert handed == [Tuning(threads=2, batch_tokens=1536), Tuning(), Tuning(threads=2, batch_tokens=1536)]


def test_a_plan_of_before_is_understood(tmp_path):
    source, folder = write_articles(tmp_path / "news.jsonl", plain(4)), tmp_path / "job"
    make(folder, source, watch=Watch())
    path = folder / "plan.json"
    plan = json.loads(path.read_text())
    path.write_text(json.dumps({name: plan[name] for name in ("fingerprint", "facts", "created", "workers")}))
    assert make(folder, source).done == 4
