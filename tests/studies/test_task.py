"""Goal: a task's id is the same if and only if what it observes is.

Method: a small program changed in one thing at a time; the same task in another process.
"""

import dataclasses
import subprocess
import sys

import builders
import numpy as np
import pytest

from meshsim.solvers.simpy_model import RunSettings
from meshsim.solvers.tally import PackedTally
from meshsim.studies import task as task_module
from meshsim.studies.task import ID_LENGTH, Task, run_task, task_ids

SETTINGS = RunSettings(5, seed=2, replication=1)


def sample(steps="[{compute: 1ms}]"):
    described = builders.topology(builders.listed(builders.service(steps=steps)))
    return builders.program(described)


PROGRAM = sample()


def changed_program(**fields):
    return dataclasses.replace(PROGRAM, **fields)


def only_id(*arguments, **fields):
    (found,) = task_ids([Task(*(arguments or (PROGRAM, SETTINGS)), **fields)])
    return found


def test_an_id_is_short_and_of_hex_digits():
    found = only_id()
    assert len(found) == ID_LENGTH == 16
    int(found, 16)


def test_equal_tasks_have_equal_ids():
    assert only_id() == only_id(sample(), RunSettings(5, 2, 1))
    assert task_ids([Task(PROGRAM, SETTINGS)] * 2) == [only_id()] * 2


def test_names_for_people_do_not_matter():
    assert only_id(topology="shop", mesh="none") == only_id()


@pytest.mark.parametrize(
    "other",
    [
        Task(PROGRAM, dataclasses.replace(SETTINGS, requests=6)),
        Task(PROGRAM, dataclasses.replace(SETTINGS, seed=3)),
        Task(PROGRAM, dataclasses.replace(SETTINGS, replication=2)),
        Task(PROGRAM, SETTINGS, solver="another"),
        Task(sample("[{compute: 2ms}]"), SETTINGS),
        Task(changed_program(scenario_hash="other"), SETTINGS),
        Task(changed_program(edges=(*PROGRAM.edges, (0, 0))), SETTINGS),
        Task(changed_program(entry_edge=PROGRAM.entry_edge.astype(np.int32)), SETTINGS),
        Task(changed_program(entry_edge=PROGRAM.entry_edge[:, None]), SETTINGS),
    ],
    ids=["requests", "seed", "replication", "solver", "steps", "hash", "edges", "type", "shape"],
)
def test_whatever_decides_a_result_makes_another_id(other):
    assert task_ids([other]) != [only_id()]


def test_another_version_makes_another_id(monkeypatch):
    before = only_id()
    monkeypatch.setattr(task_module, "__version__", "99.0.0")
    assert only_id() != before


def test_an_id_is_the_same_in_another_process():
    code = "import test_task; print(test_task.only_id())"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == only_id()


@dataclasses.dataclass(frozen=True)
class Settings(RunSettings):
    extra: object = None


def test_mappings_and_numbers_of_numpy_are_covered():
    one = only_id(PROGRAM, Settings(5, extra={"b": np.float64(1.5), "a": True}))
    same = only_id(PROGRAM, Settings(5, extra={"a": True, "b": 1.5}))
    other = only_id(PROGRAM, Settings(5, extra={"a": False, "b": 1.5}))
    assert one == same != other


def test_what_an_id_cannot_cover_is_refused():
    with pytest.raises(TypeError, match="cannot cover a set"):
        only_id(PROGRAM, Settings(5, extra={1, 2}))


def test_a_task_is_named_for_people():
    assert str(Task(PROGRAM, SETTINGS, topology="shop", mesh="none")) == (
        "shop/none, seed 2, replication 1"
    )
    assert str(Task(PROGRAM, SETTINGS)) == f"{PROGRAM.scenario_hash}, seed 2, replication 1"


def test_the_row_of_a_task_tells_it_from_others():
    assert Task(PROGRAM, SETTINGS, topology="shop", mesh="none").row() == {
        "topology": "shop",
        "mesh": "none",
        "scenario_hash": PROGRAM.scenario_hash,
        "solver": "simpy",
        **dataclasses.asdict(SETTINGS),
    }


def test_a_task_is_run_by_its_solver():
    observed = run_task(Task(PROGRAM, SETTINGS))
    assert observed.latency_s == pytest.approx(np.full(5, 0.001))


@pytest.mark.parametrize("solver", sorted(task_module.SOLVERS))
def test_requests_are_summed_up_where_the_task_runs(solver):
    settings = dataclasses.replace(SETTINGS, keep="tallies")
    found = run_task(Task(PROGRAM, settings, solver))
    assert isinstance(found, PackedTally)
    assert found.sums.entry_sum_s.sum() == pytest.approx(0.005)
