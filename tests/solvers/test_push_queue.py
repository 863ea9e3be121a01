"""Goal: the push queue does what its docstring says.

Method: hand-made times of changes through the recursion; queues with one push, whose times are
literal; a simulation of the line proxy by proxy, written here, against the line of blocks.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from meshsim.solvers.push_queue import PLACES, PushLoad, pushes_of, simulate_pushes

LOAD = PushLoad(
    endpoint_changes_per_s=1.0,
    config_changes_per_s=0.0,
    proxies=100.0,
    seen_by=1.0,
    endpoint_push_s=0.001,
    full_push_s=0.01,
    context_s=0.0,
    cores=1.0,
    slots=1,
    after_s=0.1,
    longest_s=1.0,
)


def pushes(times, config=None, context_s=0.0):
    config = np.zeros(len(times), bool) if config is None else np.array(config)
    found = pushes_of(np.array(times), config, 0.1, 1.0, context_s)
    return [(first, end, round(begin, 9)) for first, end, begin, _ in found]


def test_a_push_waits_for_quiet():
    assert pushes([5.0]) == [(0, 1, 5.1)]
    assert pushes([5.0, 5.05, 5.12]) == [(0, 3, 5.22)]
    assert pushes([5.0, 5.05, 5.2]) == [(0, 2, 5.15), (2, 3, 5.3)]


def test_a_change_at_the_very_end_of_the_quiet_time_is_in_time():
    assert pushes([5.0, 5.1]) == [(0, 2, 5.2)]


def test_the_first_change_waits_no_longer_than_the_longest_time():
    # every 60 ms from 0 on; the timer looks at 0.1, then 0.1 behind the last change it has seen
    times = [0.06 * i for i in range(40)]
    first, end, begin = pushes(times)[0]
    assert first == 0
    assert 1.0 <= begin < 1.0 + 0.1
    assert end == sum(t <= begin for t in times)


def test_no_push_begins_while_a_context_is_built():
    # the first has configuration and builds for 2 s, from 5.1 to 7.1; changes meanwhile wait
    assert pushes([5.0, 5.5, 6.0], [True, False, False], 2.0) == [(0, 1, 5.1), (1, 3, 7.1)]
    # one of endpoints builds nothing
    assert pushes([5.0, 5.5], [False, True], 2.0) == [(0, 1, 5.1), (1, 2, 5.6)]


def test_the_last_proxy_of_a_lonely_push_waits_for_all_others():
    times = simulate_pushes(replace(LOAD, endpoint_changes_per_s=0.01), 50, 1, 0)
    # quiet time and 100 proxies of 1 ms each on one core
    assert np.allclose(times.last_s, 0.1 + 0.1)
    assert np.allclose(times.waits_s, 0.1)
    assert times.proxies_s.shape == (times.pushes, PLACES)
    assert times.proxies_s.mean() == pytest.approx(0.1 + 0.05, abs=0.002)
    assert times.work_s == pytest.approx(0.1 * times.pushes)


def test_more_cores_serve_faster_up_to_the_slots():
    quiet = replace(LOAD, endpoint_changes_per_s=0.01)
    four = simulate_pushes(replace(quiet, cores=4.0, slots=8), 50, 1, 0)
    assert np.allclose(four.last_s, 0.1 + 0.025)
    two = simulate_pushes(replace(quiet, cores=4.0, slots=2), 50, 1, 0)
    assert np.allclose(two.last_s, 0.1 + 0.05)


def test_proxies_that_are_served_at_once_are_slow_together():
    # all 100 in slots: each takes as long as all of them together
    together = simulate_pushes(replace(LOAD, endpoint_changes_per_s=0.01, slots=100), 50, 1, 0)
    assert np.allclose(together.proxies_s, 0.1 + 0.1)


def test_configuration_costs_its_context_and_a_full_push():
    load = replace(LOAD, endpoint_changes_per_s=0.0, config_changes_per_s=0.01, context_s=0.3)
    times = simulate_pushes(load, 50, 1, 0)
    assert times.full_pushes == times.pushes
    assert np.allclose(times.last_s, 0.1 + 0.3 + 1.0)


def test_a_proxy_still_in_line_keeps_its_place():
    # the line takes 5 s per round, changes come each second: never empty, never more than a round
    load = replace(LOAD, proxies=5_000.0)
    times = simulate_pushes(load, 400, 1, 0)
    late = times.last_s[100:] - times.waits_s[100:]
    assert np.allclose(late, 5.0)
    assert times.work_s / times.duration_s == pytest.approx(1.0, rel=0.05)


def test_nobody_who_sees_nothing_is_served():
    times = simulate_pushes(replace(LOAD, seen_by=0.0), 50, 1, 0)
    assert np.array_equal(times.last_s, times.waits_s)
    assert times.work_s == 0.0


def test_the_same_seed_gives_the_same_numbers():
    one, two = (simulate_pushes(LOAD, 200, 7, 3) for _ in range(2))
    assert np.array_equal(one.proxies_s, two.proxies_s)
    other = simulate_pushes(LOAD, 200, 7, 4)
    assert not np.array_equal(one.last_s[:50], other.last_s[:50])


def proxy_by_proxy(load, times, is_config, rng):
    """Mean time of the last proxy, by one FIFO server and one entry for each proxy in line."""
    line, cost, free_s = [], {}, 0.0
    last = []
    for first, end, begin, full in pushes_of(times, is_config, load.after_s, load.longest_s, 0.0):
        while line and free_s + cost[line[0]] <= begin:
            free_s += cost.pop(line.pop(0))
        free_s = max(free_s, begin) if not line else free_s
        seen = 1 - (1 - load.seen_by) ** (end - first)
        touched = [p for p in range(int(load.proxies)) if rng.random() < seen]
        for proxy in touched:
            push_s = load.full_push_s if full else load.endpoint_push_s
            if proxy not in cost:
                line.append(proxy)
            cost[proxy] = max(cost.get(proxy, 0.0), push_s)
        ends = np.cumsum([cost[p] for p in line]) + free_s
        of = dict(zip(line, ends, strict=True))
        if touched:
            last += [max(of[p] for p in touched) - t for t in times[first:end]]
    return np.mean(last)


@pytest.mark.parametrize("seen_by", [1.0, 0.3])
@pytest.mark.parametrize("proxies", [40, 300])
def test_blocks_are_as_good_as_a_line_of_proxies(seen_by, proxies):
    load = replace(
        LOAD,
        endpoint_changes_per_s=2.0,
        config_changes_per_s=0.1,
        proxies=float(proxies),
        seen_by=seen_by,
    )
    rng = np.random.default_rng(5)
    means, blocks = [], []
    for replication in range(8):
        blocks.append(simulate_pushes(load, 300, 11, replication).last_s.mean())
        gaps = rng.exponential(1 / load.changes_per_s, 300)
        is_config = rng.random(300) < load.config_changes_per_s / load.changes_per_s
        means.append(proxy_by_proxy(load, np.cumsum(gaps), is_config, rng))
    error = math.hypot(np.std(means, ddof=1), np.std(blocks, ddof=1)) / math.sqrt(8)
    assert np.mean(blocks) == pytest.approx(np.mean(means), abs=4 * error + load.full_push_s)
