"""The SimPy model against closed forms: one test of each kind of station and load.

All others run in the kernel, on ten times as many requests (``test_one_station.py``,
``test_networks.py``); that both do the same is tested in ``tests/engines``.
"""

import builders
import measure
import pytest
import queueing
from test_networks import CLOSED, server, system
from test_one_station import EXPONENTIAL, GAMMA, MEAN, station

from meshsim.solvers import simpy_model

pytestmark = pytest.mark.slow

LOAD = 0.5
RATE = LOAD / MEAN


def replicate(program, requests=4_000, warm_up=500):
    return measure.replicate(program, requests, warm_up, 10, engine=simpy_model.simulate)


def test_mm1():
    series = replicate(station(LOAD))
    p99 = queueing.quantile(queueing.mmc_tail(1, RATE, MEAN), 0.01, MEAN)
    measure.assert_mean(series, MEAN / (1 - LOAD), precision=0.03)
    measure.assert_tail(series, p99, precision=0.2)


def test_mg1():
    series = replicate(station(LOAD, GAMMA.format(2.0)))
    measure.assert_mean(series, queueing.mg1_mean(RATE, MEAN, 2.0), precision=0.06)


def test_several_cores_are_shared():
    series = replicate(station(LOAD, EXPONENTIAL, cores=4, sharing="processor_sharing"))
    expected = queueing.mmc_mean(4, 4 * RATE, MEAN)
    measure.assert_mean(series, expected, precision=0.03)


def test_a_fork_to_two():
    both = builders.service("a", "[{parallel: [{call: b/get}, {call: c/get}]}]")
    series = replicate(system(both, server("b"), server("c"), rate=RATE))
    expected = queueing.fork_join_mean(RATE, MEAN)
    measure.assert_mean(series, expected, precision=0.03)


def test_users_at_two_stations():
    program = system(
        server("a", 1000, ", {call: b/get}"), server("b", 600), arrivals=CLOSED.format(12, 8)
    )
    series = replicate(program)
    expected = queueing.closed_mean(12, 8e-3, (MEAN, 0.6 * MEAN))
    measure.assert_mean(series, expected, precision=0.03)
