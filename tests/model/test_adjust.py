"""Goal: what-if changes change what they say and nothing else.

Method: literal rates and replicas on each kind of load; what cannot be changed is refused with a
cure.
"""

import pytest
from builders import listed, service, topology

from meshsim.errors import InputError
from meshsim.model.adjust import with_rate, with_replicas
from meshsim.model.flows import peak_rate

SCHEDULE = "{process: schedule, points: [{at: 0s, rate: 10/s}, {at: 5s, rate: 40/s}]}"


def loaded(arrivals):
    return topology(listed(service("a"), service("b", replicas=2)), arrivals=arrivals)


@pytest.mark.parametrize("process", ["poisson", "constant"])
def test_a_rate_is_replaced(process):
    changed = with_rate(loaded(f"{{process: {process}, rate: 10/s}}"), 25.0)
    assert changed == loaded(f"{{process: {process}, rate: 25/s}}")


def test_the_rate_of_paced_load_is_replaced():
    changed = with_rate(loaded("{process: paced, rate: 10/s, connections: 3}"), 25.0)
    assert changed == loaded("{process: paced, rate: 25/s, connections: 3}")


def test_a_schedule_keeps_its_shape_and_reaches_the_rate_at_its_peak():
    changed = with_rate(loaded(SCHEDULE), 100.0)
    assert peak_rate(changed) == 100.0
    assert [point.rate for point in changed.load.arrivals.points] == [25.0, 100.0]
    assert [point.at for point in changed.load.arrivals.points] == [0.0, 5.0]


@pytest.mark.parametrize(
    "arrivals", ["{process: closed, users: 3}", "{process: trace, times: [1s, 2s]}"]
)
def test_a_load_without_a_rate_is_refused(arrivals):
    with pytest.raises(InputError, match=r"load\.arrivals: a rate can be set for open load only"):
        with_rate(loaded(arrivals), 5.0)


def test_replicas_are_replaced_for_the_services_named():
    changed = with_replicas(loaded(SCHEDULE), {"a": 4})
    assert {s.name: s.replicas for s in changed.services} == {"a": 4, "b": 2}


def test_unknown_services_and_no_pods_are_refused_together():
    with pytest.raises(InputError) as caught:
        with_replicas(loaded(SCHEDULE), {"c": 1, "a": 0})
    rules = [(problem.path, problem.rule) for problem in caught.value.problems]
    assert rules == [("a", "needs a pod"), ("c", "no service of this name")]
