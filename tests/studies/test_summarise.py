"""Goal: objectives and outcomes of a result say what was simulated, and how sure that is.

Method: one service with an even load, whose latency and errors are known in advance.
"""

import pytest
from builders import listed, mesh, service, topology

from meshsim.model.scenario import Scenario
from meshsim.stats import Interval
from meshsim.studies.compare import run
from meshsim.studies.plan import RunPlan

PLAN = RunPlan(requests=500, replications=4)
EVEN = "{process: constant, rate: 100/s}"


def objectives(*texts, endpoint=""):
    described = topology(
        listed(service("a", "[compute: 2ms]", endpoint=endpoint)), arrivals=EVEN
    ).model_copy(update={"slo": {"a/get": texts}})
    return run(Scenario(described, mesh()), PLAN).objectives


def test_objectives_are_kept_or_broken():
    rows = objectives("avg<3ms", "avg<1ms", "med<3ms", "p(90)<=1ms", "error_rate<0.1%")
    assert [row.kept for row in rows] == [True, False, True, False, True]
    assert all(row.certain for row in rows)


def test_an_objective_within_the_interval_is_uncertain():
    (row,) = objectives("error_rate<50%", endpoint=", error: 50%")
    assert isinstance(row.value, Interval)
    assert row.kept is not None
    assert not row.certain


def test_an_objective_without_enough_data_is_neither():
    (row,) = objectives("p(99.99)<1s")
    assert (row.kept, row.certain) == (None, False)


def test_errors_are_counted_for_each_entry():
    described = topology(listed(service("a", endpoint=", error: 10%")), arrivals=EVEN)
    (row,) = run(Scenario(described, mesh()), RunPlan(requests=1000, replications=4)).outcomes
    assert isinstance(row.error_rate, Interval)
    assert row.errors == pytest.approx(row.requests * row.error_rate.estimate)
    assert abs(row.error_rate.estimate - 0.1) < 4 * (0.1 * 0.9 / row.requests) ** 0.5
