"""Goal: a result that depends on the length of the run says so.

Method: one service above and below what its CPU can bear, under open and closed load.
"""

import pytest
from builders import cores, listed, mesh, service, topology

from meshsim.model.scenario import Scenario
from meshsim.studies.compare import run
from meshsim.studies.plan import RunPlan

PLAN = RunPlan(requests=500, replications=4)


@pytest.mark.parametrize(
    ("arrivals", "replicas", "expected"),
    [
        ("{process: poisson, rate: 700/s}", 1, "a (its CPU) is overloaded: the load asks for 140%"),
        ("{process: poisson, rate: 200/s}", 1, None),
        ("{process: closed, users: 50}", 1, None),
    ],
)
def test_overload_is_warned_of(arrivals, replicas, expected):
    described = topology(
        listed(service("a", "[compute: 2ms]", resources=cores(1), replicas=replicas)),
        arrivals=arrivals,
    )
    warnings = run(Scenario(described, mesh()), PLAN).warnings
    overloads = [w for w in warnings if "overloaded" in w or "saturated" in w]
    assert len(overloads) == (expected is not None)
    assert not expected or overloads[0].startswith(expected)


def test_a_station_that_is_full_beside_the_bottleneck_is_told_of_too():
    described = topology(
        listed(
            service("a", "[{compute: 2ms}, {call: b/get}]", resources=cores(1)),
            service("b", "[compute: 2.4ms]", resources=cores(1)),
        ),
        arrivals="{process: poisson, rate: 700/s}",
    )
    warnings = run(Scenario(described, mesh()), PLAN).warnings
    assert warnings[0].startswith("b (its CPU) is overloaded: the load asks for 168%")
    assert warnings[1].startswith("a is saturated: its busiest instance used")
    assert not any(warning.startswith("b is saturated") for warning in warnings)
