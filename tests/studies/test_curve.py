"""Goal: the rates of a latency curve reach up to a known share of saturation.

Method: services whose saturating rate is plain arithmetic: 10 ms of CPU per request on one core
saturate at 100 requests/s, on two pods of half a core each at the same, on ten cores at 1,000.
"""

import builders
import pytest

from meshsim.studies.curve import curve_rates, saturating_rate

WORK = "[{compute: 10ms}]"


def one_service(**more):
    service = builders.service("a", WORK, resources=builders.cores(1), **more)
    return builders.topology(builders.listed(service))


def test_saturation_follows_from_the_busiest_service():
    assert saturating_rate(one_service()) == pytest.approx(100.0)
    assert saturating_rate(one_service(replicas=10)) == pytest.approx(1_000.0)
    caller = builders.service("a", "[{call: b/get}]")
    callee = builders.service("b", WORK, resources=builders.cores(0.5), replicas=2)
    both = builders.topology(builders.listed(caller, callee))
    assert saturating_rate(both) == pytest.approx(100.0)


def test_rates_are_evenly_spaced_from_a_tenth_to_almost_all():
    assert curve_rates(one_service(), 6) == pytest.approx([10, 27, 44, 61, 78, 95])
    assert curve_rates(one_service(), 2) == pytest.approx([10, 95])


def test_without_cpu_work_the_load_stands_in():
    idle = builders.topology(
        builders.listed(builders.service("a", "[{wait: 1s}]")),
        arrivals="{process: poisson, rate: 40/s}",
    )
    assert saturating_rate(idle) is None
    assert curve_rates(idle, 2) == pytest.approx([4, 38])


def test_a_curve_has_two_points_at_least():
    with pytest.raises(AssertionError):
        curve_rates(one_service(), 1)
