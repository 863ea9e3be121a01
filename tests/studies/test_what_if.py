"""Goal: a what-if changes what was asked for and nothing else.

Method: one service at 10 requests/s, with literal rates and pods before and after; each kind of
load that has no rate; and the errors that a user sees.
"""

import builders
import pytest

from meshsim.errors import InputError
from meshsim.model.flows import peak_rate
from meshsim.studies.what_if import has_rate, what_if

POISSON = "{process: poisson, rate: 10/s}"
CLOSED = "{process: closed, users: 3, think: 1s}"
TRACE = "{process: trace, times: [1s, 2s]}"


def sample(arrivals=POISSON):
    services = builders.listed(builders.service("a", replicas=2), builders.service("b"))
    return builders.topology(services, arrivals=arrivals)


def test_load_is_multiplied_and_replicas_are_set():
    changed = what_if(sample(), 2.5, {"a": 7})
    assert peak_rate(changed) == 25.0
    assert [service.replicas for service in changed.services] == [7, 1]


def test_nothing_asked_for_is_nothing_changed():
    assert what_if(sample(), 1.0, {}) == sample()


@pytest.mark.parametrize("arrivals", [CLOSED, TRACE])
def test_load_without_a_rate_stays_as_it_is(arrivals):
    topology = sample(arrivals)
    assert not has_rate(topology)
    assert what_if(topology, 1.0, {}) == topology
    with pytest.raises(InputError, match="a rate can be set for open load only"):
        what_if(topology, 2.0, {})


def test_open_load_has_a_rate():
    schedule = "{process: schedule, points: [{at: 0s, rate: 10/s}, {at: 5s, rate: 30/s}]}"
    assert has_rate(sample())
    assert has_rate(sample(schedule))
    assert peak_rate(what_if(sample(schedule), 2.0, {})) == 60.0


def test_an_unknown_service_is_named():
    with pytest.raises(InputError, match="c: no service of this name; known: a, b"):
        what_if(sample(), 1.0, {"c": 2})
