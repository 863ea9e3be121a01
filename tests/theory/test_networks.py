"""Several stations against closed forms: rows, forks, splits, users who come back.

Each service is one exponential server first come first served unless said otherwise, with a mean of
1 ms; the network takes no time and there is no mesh, so that calls are as good as moves.
"""

import builders
import measure
import numpy as np
import pytest
import queueing

pytestmark = pytest.mark.slow

MEAN = 1e-3
LENGTH = (70_000, 1_000)
"""Requests measured and left out in each of 20 replications."""
AT = {0.5: (40_000, 300), 0.8: (70_000, 1_000), 0.95: (160_000, 6_000)}
"""The same by load: near saturation a queue forgets its start slowly."""
PRECISION = {0.5: 0.01, 0.8: 0.016, 0.95: 0.06}
TAIL_PRECISION = {0.5: 0.08, 0.8: 0.13, 0.95: 0.2}
WORK = "[{{compute: {{distribution: exponential, mean: {}us}}}}{}]"


def server(name="a", mean_us=1000, then="", **more):
    """A service of one core (per pod), which calls ``then`` when its work is done."""
    more = {"cpu_sharing": "first_come", **more}
    steps = WORK.format(mean_us, then)
    return builders.service(name, steps, resources=builders.cores(1), **more)


def system(*services, rate=None, arrivals=None):
    arrivals = arrivals or builders.POISSON.format(rate)
    return builders.program(builders.topology(builders.listed(*services), arrivals=arrivals))


@pytest.mark.parametrize(
    ("means_us", "load"),
    [
        ((1000, 1000, 1000), 0.5),
        ((1000, 1000, 1000), 0.8),
        ((1000, 625, 250), 0.8),
        ((1000, 625, 250), 0.95),
    ],
)
def test_three_in_a_row(means_us, load):
    """What leaves M/M/1 is Poisson again, and sojourns in a row are independent. (Burke, Reich)"""
    rate = load / MEAN
    program = system(
        server("a", means_us[0], ", {call: b/get}"),
        server("b", means_us[1], ", {call: c/get}"),
        server("c", means_us[2]),
        rate=rate,
    )
    decays = tuple(1e6 / mean_us - rate for mean_us in means_us)
    mean = sum(1 / decay for decay in decays)
    p99 = queueing.quantile(queueing.hypoexponential_tail(decays), 0.01, mean)
    series = measure.replicate(program, *AT[load])
    measure.assert_mean(series, mean, precision=PRECISION[load])
    measure.assert_tail(series, p99, precision=TAIL_PRECISION[load])


@pytest.mark.parametrize("load", AT)
def test_a_fork_to_two(load):
    program = system(
        builders.service("a", "[{parallel: [{call: b/get}, {call: c/get}]}]"),
        server("b"),
        server("c"),
        rate=load / MEAN,
    )
    series = measure.replicate(program, *AT[load])
    expected = queueing.fork_join_mean(load / MEAN, MEAN)
    measure.assert_mean(series, expected, precision=PRECISION[load])


@pytest.mark.parametrize(("hosts", "load"), [(5, 0.5), (5, 0.8), (2, 0.95)])
def test_a_random_split_leaves_poisson_queues(hosts, load):
    """Each of the servers is M/M/1."""
    program = system(server(replicas=hosts, balancing="random"), rate=hosts * load / MEAN)
    series = measure.replicate(program, *AT[load])
    mean = MEAN / (1 - load)
    measure.assert_mean(series, mean, precision=PRECISION[load])
    measure.assert_tail(series, mean * np.log(100), precision=TAIL_PRECISION[load])


@pytest.mark.parametrize(("hosts", "load"), [(2, 0.5), (2, 0.8), (10, 0.8), (2, 0.95)])
def test_a_split_in_turn_makes_arrivals_regular(hosts, load):
    """E_N/M/1, whose sojourn times are exponential."""
    program = system(server(replicas=hosts, balancing="round_robin"), rate=hosts * load / MEAN)
    decay = queueing.ekm1_decay(hosts, load / MEAN, MEAN)
    series = measure.replicate(program, *AT[load])
    measure.assert_mean(series, 1 / decay, precision=PRECISION[load])
    measure.assert_tail(series, np.log(100) / decay, precision=TAIL_PRECISION[load])


@pytest.mark.parametrize("load", [0.8, pytest.param(0.9, marks=pytest.mark.slow)])
def test_the_shorter_of_two_queues(load):
    """20 hosts, two choices: the fixed point for many hosts, and its correction for 20.

    The correction is the first term of a series in 1/20. What follows it is of the order of its own
    share of the mean, squared, and that much is allowed on top of the standard errors.
    """
    hosts = 20
    program = system(server(replicas=hosts, balancing="least_request"), rate=hosts * load / MEAN)
    many = queueing.two_choices_mean(load)
    corrected = queueing.two_choices_mean(load, hosts)
    series = measure.replicate(program, *LENGTH)
    bias = (corrected / many - 1) ** 2 * many * MEAN
    assert bias < 0.01 * corrected * MEAN
    measure.assert_mean(series, corrected * MEAN, precision=0.007, bias=bias)


CLOSED = "{{process: closed, users: {}, think: {{distribution: exponential, mean: {}ms}}}}"


@pytest.mark.parametrize(("users", "think_ms"), [(1, 5), (10, 10), (20, 10)])
def test_users_at_one_station(users, think_ms):
    """Alone, just enough to fill the server, and far too many."""
    program = system(server(), arrivals=CLOSED.format(users, think_ms))
    series = measure.replicate(program, 40_000, 500)
    expected = queueing.closed_mean(users, think_ms * 1e-3, (MEAN,))
    measure.assert_mean(series, expected, precision=0.007)


@pytest.mark.parametrize("sharing", ["first_come", "processor_sharing"])
def test_users_at_two_stations(sharing):
    program = system(
        server("a", 1000, ", {call: b/get}", cpu_sharing=sharing),
        server("b", 600, cpu_sharing=sharing),
        arrivals=CLOSED.format(12, 8),
    )
    series = measure.replicate(program, 40_000, 500)
    expected = queueing.closed_mean(12, 8e-3, (MEAN, 0.6 * MEAN))
    measure.assert_mean(series, expected, precision=0.007)


def test_users_under_processor_sharing_know_only_the_mean_demand():
    """Products of cv 2 and the same mean: the network keeps its solution (BCMP)."""
    work = "{compute: {distribution: gamma, mean: 1ms, cv: 2}}"
    a = builders.service("a", f"[{work}]", resources=builders.cores(1))
    program = system(a, arrivals=CLOSED.format(10, 10))
    series = measure.replicate(program, 40_000, 500)
    measure.assert_mean(series, queueing.closed_mean(10, 10e-3, (MEAN,)), precision=0.007)


def test_users_who_think_regularly():
    """Thinking is a station without a queue: only its mean counts."""
    arrivals = "{process: closed, users: 10, think: 10ms}"
    series = measure.replicate(system(server(), arrivals=arrivals), 40_000, 500)
    measure.assert_mean(series, queueing.closed_mean(10, 10e-3, (MEAN,)), precision=0.007)
