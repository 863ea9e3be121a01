"""One station against its closed forms, and against its own recursion request by request.

Means by Erlang and by Pollaczek and Khinchine, 1% tails by formulas that are exact or exact to 8
digits (``queueing.py``). The recursions of Lindley and of Kiefer and Wolfowitz, and processor
sharing in small steps of time, are fed with the arrivals and the demands that the simulator drew,
and must give its latencies to rounding: what then can still be wrong is in the draws alone.

Load 0.95 forgets its past within some 1,600 services (M/M/1: 1 / (1 - √ρ)²), so 8,000 requests are
left out first and 200,000 measured, twenty times, in the kernel. The SimPy model, which does the
same (``tests/engines``), has a few of these tests in ``test_simpy_model_theory.py``.
"""

import heapq

import builders
import measure
import numpy as np
import pytest
import queueing
from scipy import stats

from meshsim.solvers.kernel import simulate
from meshsim.solvers.observations import Part
from meshsim.solvers.settings import RunSettings

pytestmark = pytest.mark.slow

MEAN = 1e-3
LENGTHS = {0.5: (40_000, 500), 0.8: (70_000, 1_000), 0.95: (200_000, 8_000)}
"""Load → requests measured and left out in each of 20 replications."""
PRECISION = {0.5: 0.006, 0.8: 0.015, 0.95: 0.04}
"""Load → largest relative standard error of a mean."""
TAIL_PRECISION = {0.5: 0.04, 0.8: 0.1, 0.95: 0.2}
"""Load → largest relative standard error of the share of requests beyond p99."""
LOADS = [0.5, 0.8, pytest.param(0.95, marks=pytest.mark.slow)]

EXPONENTIAL = "{distribution: exponential, mean: 1ms}"
CONSTANT = "1ms"
GAMMA = "{{distribution: gamma, mean: 1ms, cv: {}}}"
LOGNORMAL = "{distribution: lognormal, mean: 1ms, cv: 2}"


def station(load, work=EXPONENTIAL, cores=1, sharing="first_come", step="compute", **more):
    """The program of one pod at a load, without network or mesh."""
    a = builders.service(
        "a",
        f"[{{{step}: {work}}}]",
        resources=builders.cores(cores),
        cpu_sharing=sharing,
        **more,
    )
    arrivals = builders.POISSON.format(load * cores / MEAN)
    return builders.program(builders.topology(builders.listed(a), arrivals=arrivals))


def replicate(program, load):
    return measure.replicate(program, *LENGTHS[load])


@pytest.mark.parametrize("load", LOADS)
def test_mm1(load):
    series = replicate(station(load), load)
    rate = load / MEAN
    p99 = queueing.quantile(queueing.mmc_tail(1, rate, MEAN), 0.01, MEAN)
    measure.assert_mean(series, MEAN / (1 - load), precision=PRECISION[load])
    measure.assert_tail(series, p99, precision=TAIL_PRECISION[load])


@pytest.mark.parametrize(
    ("cores", "load"),
    [
        (2, 0.5),
        (2, 0.8),
        (4, 0.8),
        pytest.param(4, 0.95, marks=pytest.mark.slow),
        (16, 0.8),
    ],
)
def test_mmc(cores, load):
    series = replicate(station(load, cores=cores), load)
    rate = load * cores / MEAN
    p99 = queueing.quantile(queueing.mmc_tail(cores, rate, MEAN), 0.01, MEAN)
    measure.assert_mean(series, queueing.mmc_mean(cores, rate, MEAN), precision=PRECISION[load])
    measure.assert_tail(series, p99, precision=TAIL_PRECISION[load])


@pytest.mark.parametrize("load", LOADS)
def test_md1(load):
    series = replicate(station(load, CONSTANT), load)
    rate = load / MEAN
    p99 = queueing.quantile(queueing.md1_tail(rate, MEAN), 0.01, MEAN)
    measure.assert_mean(series, queueing.mg1_mean(rate, MEAN, 0.0), precision=PRECISION[load])
    measure.assert_tail(series, p99, precision=TAIL_PRECISION[load])


@pytest.mark.parametrize(("cv", "load"), [(0.5, 0.8), (2.0, 0.5), (2.0, 0.8)])
def test_mg1(cv, load):
    """Gamma service: the Erlang distribution with 4 phases, and shape 1/4."""
    series = replicate(station(load, GAMMA.format(cv)), load)
    rate = load / MEAN
    p99 = queueing.quantile(queueing.mgamma1_tail(rate, MEAN, cv), 0.01, MEAN)
    measure.assert_mean(series, queueing.mg1_mean(rate, MEAN, cv), precision=2 * PRECISION[load])
    measure.assert_tail(series, p99, precision=2 * TAIL_PRECISION[load])


def test_mg1_with_a_heavier_tail():
    series = replicate(station(0.8, LOGNORMAL), 0.8)
    measure.assert_mean(series, queueing.mg1_mean(0.8 / MEAN, MEAN, 2.0), precision=0.1)


@pytest.mark.parametrize(("slots", "load"), [(1, 0.8), (4, 0.8)])
def test_worker_slots_are_servers(slots, load):
    """With a wait for work and no CPU at all, slots make the pod an M/M/c queue."""
    a = builders.service("a", f"[{{wait: {EXPONENTIAL}}}]", workers=slots)
    rate = load * slots / MEAN
    arrivals = builders.POISSON.format(rate)
    series = replicate(
        builders.program(builders.topology(builders.listed(a), arrivals=arrivals)), load
    )
    p99 = queueing.quantile(queueing.mmc_tail(slots, rate, MEAN), 0.01, MEAN)
    measure.assert_mean(series, queueing.mmc_mean(slots, rate, MEAN), precision=PRECISION[load])
    measure.assert_tail(series, p99, precision=TAIL_PRECISION[load])


# Processor sharing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("work", "load"),
    [
        (EXPONENTIAL, 0.5),
        (CONSTANT, 0.8),
        (LOGNORMAL, 0.8),
        pytest.param(EXPONENTIAL, 0.95, marks=pytest.mark.slow),
    ],
    ids=lambda value: str(value).strip("{}").replace("distribution: ", ""),
)
def test_the_mean_under_processor_sharing_knows_only_the_mean(work, load):
    series = replicate(station(load, work, sharing="processor_sharing"), load)
    measure.assert_mean(series, MEAN / (1 - load), precision=PRECISION[load])


def test_under_processor_sharing_time_is_proportional_to_demand():
    """E[T | demand x] = x / (1 - ρ), so in the mean over any part of the demands as well.

    Gamma demands of cv 2 are cut into thirds; in each, latency over mean demand is 1 / (1 - ρ).
    """
    load = 0.8
    runs = measure.replicate(
        station(load, GAMMA.format(2), sharing="processor_sharing"),
        *LENGTHS[load],
        observe=lambda seen: np.stack([seen.spent_s[:, Part.APP_WORK], seen.latency_s], axis=1),
    )
    measure.assert_mean([run[:, 1] for run in runs], MEAN / (1 - load), precision=PRECISION[load])
    low, high = np.quantile(np.concatenate(runs)[:, 0], [1 / 3, 2 / 3])
    for least, most in [(0, low), (low, high), (high, np.inf)]:
        inside = [run[(least <= run[:, 0]) & (run[:, 0] < most)] for run in runs]
        mean_demand = np.concatenate(inside)[:, 0].mean()
        stretch = [third[:, 1] / mean_demand for third in inside]
        measure.assert_mean(stretch, 1 / (1 - load), precision=PRECISION[load])


@pytest.mark.parametrize(("cores", "load"), [(2, 0.8), (4, 0.5)])
def test_processor_sharing_on_several_cores(cores, load):
    """With exponential demands the number inside moves as in M/M/c, so the mean is the same."""
    series = replicate(station(load, cores=cores, sharing="processor_sharing"), load)
    expected = queueing.mmc_mean(cores, load * cores / MEAN, MEAN)
    measure.assert_mean(series, expected, precision=PRECISION[load])


# Request by request -----------------------------------------------------------------------------


def several_servers(arrivals, demands, servers):
    """Sojourn times first come first served; with one server this is Lindley's recursion."""
    free = [0.0] * servers
    sojourns = []
    for arrival, demand in zip(arrivals, demands, strict=True):
        end = max(arrival, heapq.heappop(free)) + demand
        heapq.heappush(free, end)
        sojourns.append(end - arrival)
    return np.array(sojourns)


def shared(arrivals, demands, cores):
    """Sojourn times under processor sharing: the work left of each, from event to event."""
    left, ends, now = {}, np.zeros(len(arrivals)), 0.0
    waiting = list(enumerate(arrivals))[::-1]
    while left or waiting:
        speed = min(1.0, cores / len(left)) if left else 1.0
        first = min(left, key=left.get) if left else None
        end = now + left[first] / speed if left else np.inf
        arrival = waiting[-1][1] if waiting else np.inf
        step = (min(end, arrival) - now) * speed
        left = {number: work - step for number, work in left.items()}
        now = min(end, arrival)
        if end <= arrival:
            del left[first]
            ends[first] = now
        else:
            number, _ = waiting.pop()
            left[number] = demands[number]
    return ends - arrivals


CORES = pytest.mark.parametrize("cores", [1, 2, 16])
WORK = pytest.mark.parametrize("work", [EXPONENTIAL, LOGNORMAL], ids=["exponential", "lognormal"])


@CORES
@WORK
def test_first_come_first_served_request_by_request(cores, work):
    seen = simulate(station(0.95, work, cores), RunSettings(50_000))
    expected = several_servers(seen.start_s, seen.spent_s[:, Part.APP_WORK], cores)
    assert seen.latency_s == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert seen.latency_s.mean() > 1.05 * MEAN


@CORES
@WORK
def test_processor_sharing_request_by_request(cores, work):
    """Up to the moment when the first request starts that is not measured."""
    seen = simulate(station(0.95, work, cores, sharing="processor_sharing"), RunSettings(15_000))
    expected = shared(seen.start_s, seen.spent_s[:, Part.APP_WORK], cores)
    before = seen.start_s + seen.latency_s < seen.start_s[-1]
    assert before.sum() > 10_000
    assert seen.latency_s[before] == pytest.approx(expected[before], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("slots", [1, 4])
def test_worker_slots_request_by_request(slots):
    a = builders.service("a", f"[{{wait: {EXPONENTIAL}}}]", workers=slots)
    arrivals = builders.POISSON.format(0.95 * slots / MEAN)
    described = builders.topology(builders.listed(a), arrivals=arrivals)
    seen = simulate(builders.program(described), RunSettings(50_000))
    expected = several_servers(seen.start_s, seen.spent_s[:, Part.APP_WAIT], slots)
    assert seen.latency_s == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_draws_have_the_mean_and_the_spread_that_were_asked_for():
    """What is left to be wrong once the paths are right: arrivals and demands themselves."""
    seen = simulate(station(0.5), RunSettings(1_000_000))
    gaps, demands = np.diff(seen.start_s, prepend=0.0), seen.spent_s[:, Part.APP_WORK]
    for sample, mean in ((gaps, 2 * MEAN), (demands, MEAN)):
        error = mean / np.sqrt(1_000_000)
        assert abs(sample.mean() - mean) < 4 * error
        assert stats.kstest(sample / mean, "expon").pvalue > 0.001
    assert abs(np.corrcoef(gaps, demands)[0, 1]) < 4 / np.sqrt(1_000_000)
