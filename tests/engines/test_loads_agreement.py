"""Goal: both engines agree on every kind of load, also where it begins and ends in odd ways.
Method: small systems under each, run by both.
"""

import agreement
import builders
import pytest

ONE_CORE = builders.cores(1)
CLOSED = "{{process: closed, users: {}, think: {}}}"
PACED = "{{process: paced, rate: {}/s, connections: {}, jitter: {}}}"


def computing(arrivals, **more):
    a = builders.service("a", "[{compute: 1ms}]", resources=ONE_CORE)
    return builders.topology(builders.listed(a), arrivals=arrivals, **more)


@pytest.mark.parametrize("requests", [1, 2])
@pytest.mark.parametrize(
    "arrivals",
    [
        builders.POISSON.format(100),
        "{process: constant, rate: 100/s}",
        "{process: trace, times: [0s, 1ms]}",
        "{process: trace, times: [2s, 3s]}",
        CLOSED.format(3, "1ms"),
        PACED.format(100, 3, "10%"),
    ],
)
def test_hardly_any_requests(arrivals, requests):
    seen = agreement.assert_agreement(computing(arrivals), requests=requests)
    assert len(seen.latency_s) == requests


@pytest.mark.parametrize("users", [1, 7, 300])
def test_users_who_do_not_think(users):
    b = builders.service("b", "[{wait: 0s}]")
    a = builders.service("a", "[{call: b/get}, {compute: 1ms}]", resources=ONE_CORE)
    arrivals = CLOSED.format(users, "0s")
    described = builders.topology(builders.listed(a, b), arrivals=arrivals)
    agreement.assert_agreement(described, requests=600)


@pytest.mark.parametrize("jitter", ["0%", "10%", "100%"])
@pytest.mark.parametrize(("rate", "connections"), [(500, 1), (1000, 64), (4000, 16), (9000, 300)])
def test_connections_that_send_in_step(rate, connections, jitter):
    """Far below what the core carries, near it, and far above it, through two sidecars."""
    paced = PACED.format(rate, connections, jitter)
    for arrivals in (paced, paced.replace("}", ", clock_tick: 1ms}")):
        agree_through_sidecars(arrivals)


def agree_through_sidecars(arrivals):
    b = builders.service("b", "[{wait: 100us}]")
    a = builders.service("a", "[{call: b/get}, {compute: 200us}]", resources=ONE_CORE)
    described = builders.topology(builders.listed(a, b), arrivals=arrivals)
    under = builders.sidecars(busy="40us", idle_scale="6us", wake_up="43us")
    agreement.assert_agreement(described, under, requests=700)


@pytest.mark.parametrize("think", ["1s", "{distribution: exponential, mean: 1s}"])
def test_very_many_users(think):
    services = builders.listed(builders.service("a", "[{wait: 1ms}]"))
    described = builders.topology(services, arrivals=CLOSED.format(20_000, think))
    seen = agreement.assert_agreement(described, requests=500)
    assert seen.start_s.max() <= 1.0


@pytest.mark.slow
def test_more_arrivals_than_come_at_a_time():
    """16,384 arrivals are made at a time; those of Poisson arrivals at one rate one by one."""
    a = builders.service("a")
    for arrivals in (builders.POISSON.format(1000), "{process: constant, rate: 1000/s}"):
        described = builders.topology(builders.listed(a), arrivals=arrivals)
        seen = agreement.assert_agreement(described, requests=17_000)
        assert len(seen.latency_s) == 17_000


@pytest.mark.parametrize("spacing", ["constant", "poisson"])
@pytest.mark.parametrize("shape", ["steps", "ramps"])
@pytest.mark.parametrize(("rate", "arrivals"), [(100, True), (0.1, False)])
def test_a_schedule_that_ends_at_rate_zero(rate, arrivals, shape, spacing):
    """After fewer arrivals than are asked for, or before the first."""
    points = f"[{{at: 0s, rate: {rate}/s}}, {{at: 1s, rate: 0/s}}]"
    described = computing(
        f"{{process: schedule, shape: {shape}, spacing: {spacing}, points: {points}}}"
    )
    seen = agreement.assert_agreement(described, requests=200)
    assert (0 < len(seen.latency_s) < 200) == arrivals
    assert (len(seen.latency_s) == 0) != arrivals


def test_a_recording_with_several_arrivals_at_one_moment():
    trace = "{process: trace, times: [0s, 0s, 0s, 10ms, 10ms, 15ms]}"
    agreement.assert_agreement(computing(trace), requests=50)


def test_a_recording_of_bursts_with_long_gaps():
    """Days, years and rounding: microseconds between some events, a day between others."""
    trace = "{process: trace, times: [0s, 0s, 1us, 2us, 1000s, 1000.000001s, 100000s]}"
    described = computing(trace, clients="timeout: 1500us")
    agreement.assert_agreement(described, builders.sidecars(busy="40us", idle_scale="1us"))


def test_a_request_every_three_hours():
    steps = "[{compute: 1ms}, {call: b/get, timeout: 3ms}]"
    services = builders.listed(
        builders.service("a", steps, resources=builders.cores(0.3)),
        builders.service("b", "[{wait: {distribution: exponential, mean: 2ms}}]"),
    )
    described = builders.topology(services, arrivals=builders.POISSON.format(0.0001))
    under = builders.sidecars(busy="40us", idle_scale="6us", wake_up="43us")
    agreement.assert_agreement(described, under)


@pytest.mark.parametrize("sharing", ["first_come", "processor_sharing"])
@pytest.mark.parametrize("cores", [0.3, 2.5])
def test_a_quota_at_its_limit(cores, sharing):
    """As much is asked for as there is: work that just fits, and periods that begin just then."""
    a = builders.service(
        "a", "[{compute: 10ms}]", resources=builders.cores(cores), cpu_sharing=sharing
    )
    arrivals = f"{{process: constant, rate: {cores * 100}/s}}"
    agreement.assert_agreement(builders.topology(builders.listed(a), arrivals=arrivals))


def test_far_too_much_load():
    agreement.assert_agreement(computing(builders.POISSON.format(5000)), requests=2000)


def test_several_entries_of_different_weight():
    services = builders.listed(*(builders.service(name, "[{wait: 1ms}]") for name in "abc"))
    entries = "[{to: a/get, weight: 1}, {to: b/get, weight: 5}, {to: c/get, weight: 0.1}]"
    for arrivals in (builders.POISSON.format(100), CLOSED.format(5, "1ms")):
        described = builders.topology(services, entries, arrivals=arrivals)
        seen = agreement.assert_agreement(described, requests=300)
        assert set(seen.entry) == {0, 1, 2}
