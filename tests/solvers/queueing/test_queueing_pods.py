"""Bursts in the pods of a service: classes of load, quotas of pools, and points of their times."""

import builders
import numpy as np
import pytest

from meshsim.solvers.queueing.closed import closed_rate
from meshsim.solvers.queueing.flows import flows
from meshsim.solvers.queueing.loads import loads, pod_load
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.relief import Relief
from meshsim.solvers.queueing.spread import Spread
from meshsim.solvers.queueing.structure import structure
from meshsim.solvers.queueing.throttle import standing, throttle
from meshsim.solvers.queueing.waits import burst_s, cores

ONE = np.ones(1)
RANDOM = Relief(ONE, ONE, ONE)


def program(limit="1", rate=500, sharing="processor_sharing", replicas=2, **more):
    service = builders.service(
        "a",
        "[{compute: {distribution: exponential, mean: 1ms}}]",
        resources=builders.cores(limit),
        cpu_sharing=sharing,
        replicas=replicas,
    )
    more.setdefault("arrivals", builders.POISSON.format(rate))
    return builders.program(builders.topology(builders.listed(service), **more))


def classes(load, share=None, pooled=0.0, even=0.25):
    load = np.array([load])
    share = np.full(load.shape, 1 / load.shape[1]) if share is None else np.array([share])
    return Spread(share, load, ONE, 2 * ONE, pooled * ONE, even * ONE)


def solved(described, uneven, rate=500, eased=1.0):
    bursts = pod_load(described, structure(described), flows(described, structure(described), rate))
    left = Relief(eased * ONE, eased * ONE, ONE)
    return bursts, cores(described, bursts, uneven, left, 0 * ONE)


def test_each_class_has_the_wait_of_its_own_load():
    """Pods at 1/4 on average, in classes at half and twice that: 1 / (1 - ρ) each."""
    _, found = solved(program(), classes([0.5, 2.0]))
    assert found.load[0].tolist() == pytest.approx([0.125, 0.5])
    assert found.stretch[0].tolist() == pytest.approx([1 / 0.875, 2.0])
    assert burst_s(found, classes([0.5, 2.0]))[0] == pytest.approx((1 / 0.875 + 2) / 2 * 1e-3)


def test_an_overloaded_class_is_taken_below_saturation():
    _, found = solved(program(), classes([0.5, 8.0]))
    assert found.overloaded[0].tolist() == [False, True]
    assert found.load[0, 1] == 0.95
    assert np.isfinite(found.stretch).all()


def test_host_choice_eases_the_wait_and_not_the_work():
    for sharing in ("processor_sharing", "first_come"):
        described = program(sharing=sharing)
        times = [
            burst_s(solved(described, classes([1.0]), eased=eased)[1], classes([1.0]))[0]
            for eased in (1.0, 0.5)
        ]
        assert times[1] - 1e-3 == pytest.approx((times[0] - 1e-3) / 2)


def test_a_quota_stops_what_a_whole_core_does_not():
    whole, limited = program("1", rate=300), program("0.2", rate=300)
    for described, stops in ((whole, False), (limited, True)):
        _, found = solved(described, classes([1.0], even=0.75), rate=300)
        assert (found.throttle.fresh[0, 0, 0] > 1e-4) == stops
        assert found.throttle.following[0, 0, 0] <= found.throttle.fresh[0, 0, 0]


def test_pools_leave_a_call_at_a_pod_that_stands_still_and_no_backlog():
    described = program("0.2", rate=300)
    uneven = classes([1.0, 4 / 3], pooled=1.0, even=0.75)
    bursts, found = solved(described, uneven, rate=300)
    assert found.throttle.pooled[0]
    assert found.throttle.backlog.none[0].tolist() == [1.0, 1.0]
    assert np.all(np.diff(found.throttle.caught[0]) > 0)
    assert np.all(found.throttle.caught_s < 0.1)
    rate, stretch, quota_s = found.rate, found.stretch, found.quota_s
    crowd = throttle(described, bursts, uneven, RANDOM, ONE, rate, stretch, quota_s)
    assert np.all(crowd.caught > 2 * found.throttle.caught)
    assert standing(crowd, uneven)[0] > standing(found.throttle, uneven)[0]


@pytest.mark.parametrize(("users", "exact"), [(5, True), (400_000, False)])
def test_the_rate_of_users_is_cut_at_what_the_system_carries(users, exact):
    arrivals = f"{{process: closed, users: {users}, think: 9ms}}"
    described = program(arrivals=arrivals, rate=1, replicas=1)
    shape = structure(described)
    calls = links(described, shape.row_endpoint, shape.site_row)
    one = loads(described, shape, calls, flows(described, shape, 1.0))
    rate, latency_s = closed_rate(described, one, np.zeros(0), 1e-3, 1_000.0)
    assert rate * (latency_s + 9e-3) == pytest.approx(users)
    assert rate <= 1_000.0
    assert (rate < 900.0) == exact


def test_regular_arrivals_use_up_the_quota_less_often():
    """Arrivals of cv² = 1/4 leave a variance of 1.25 m² instead of 2 m²."""
    described = program("0.2", rate=300, replicas=2)
    uneven = classes([1.0], even=0.75)
    bursts, found = solved(described, uneven, rate=300)
    rate, stretch, quota_s = found.rate, found.stretch, found.quota_s
    regular = Relief(ONE, ONE, 0.25 * ONE)
    calm = throttle(described, bursts, uneven, regular, 0 * ONE, rate, stretch, quota_s)
    assert calm.work[1, 0, 0] == pytest.approx(found.throttle.work[1, 0, 0] * 1.25 / 2)
    assert calm.fresh[0, 0, 0] < 0.7 * found.throttle.fresh[0, 0, 0]
