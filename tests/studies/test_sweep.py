"""Goal: a sweep is a comparison at each rate, on one executor and in one folder. Method: two rates
of a small system, against the comparisons themselves.
"""

import builders

from meshsim.model.adjust import with_rate
from meshsim.studies.compare import compare
from meshsim.studies.plan import RunPlan
from meshsim.studies.store import open_store
from meshsim.studies.sweep import sweep_rate

PLAN = RunPlan(requests=30, replications=3)
SYSTEM = builders.topology(
    builders.listed(builders.service(steps="[{compute: 1ms}]")),
    arrivals="{process: poisson, rate: 10/s}",
)
MESHES = [builders.mesh()]


def test_each_point_is_a_comparison_at_its_rate():
    points = sweep_rate(SYSTEM, MESHES, [50.0, 100.0], PLAN)
    assert [point.rate_per_s for point in points] == [50.0, 100.0]
    for point in points:
        assert point.comparison == compare(with_rate(SYSTEM, point.rate_per_s), MESHES, PLAN)


def test_progress_counts_the_tasks_of_all_rates():
    seen = []
    sweep_rate(SYSTEM, MESHES, [50.0, 100.0], PLAN, progress=lambda *at: seen.append(at))
    assert seen == [(0, 6), (1, 6), (2, 6), (3, 6), (3, 6), (4, 6), (5, 6), (6, 6)]


def test_all_rates_share_an_executor_and_a_folder(tmp_path):
    with open_store(tmp_path / "study", {}) as store:
        points = sweep_rate(SYSTEM, MESHES, [50.0, 100.0], PLAN, executor="threads:2", store=store)
        assert (store.finished, store.planned) == (6, 6)
    assert points == sweep_rate(SYSTEM, MESHES, [50.0, 100.0], PLAN)
