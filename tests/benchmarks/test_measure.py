"""Goal: ratios are taken round by round, of engines that took turns. Method: a clock that counts
requests instead of time.
"""

from dataclasses import replace

import pytest

from benchmarks import measure
from benchmarks.engines import ENGINES, Seen
from benchmarks.measure import Spread, in_turns, ratio, requests_for, side_by_side
from benchmarks.systems import SYSTEMS

CHAIN = SYSTEMS["mesh-chain"]


def test_a_spread_is_the_middle_and_the_ends():
    assert Spread.of([5.0, 1.0, 2.0]) == Spread(2.0, 1.0, 5.0)


def test_a_ratio_is_taken_within_each_round():
    assert ratio([2.0, 8.0, 9.0], [1.0, 2.0, 3.0]) == Spread(3.0, 2.0, 4.0)


def test_work_is_in_request_hops():
    kernel = ENGINES["kernel"]
    assert requests_for(CHAIN, kernel, 1.0) == 100_000
    assert requests_for(SYSTEMS["tree-1000"], kernel, 0.5) == 150
    assert requests_for(SYSTEMS["tree-1000"], ENGINES["simpy"], 1.0) == 20
    assert requests_for(SYSTEMS["boutique"], kernel, 1.0) == 30_000


def test_engines_take_turns_and_change_their_order(monkeypatch):
    order = []

    def fake(name):
        def run(requests, seed):
            order.append((name, seed))
            return Seen(requests, 3 * requests, 1.0)

        return replace(ENGINES["bare"], name=name, prepare=lambda _: run, read=lambda _, seen: seen)

    def count(run, requests, seed):
        return requests * {"slow": 6e-9, "fast": 3e-9}[run(requests, seed) and order[-1][0]], (
            Seen(requests, 3 * requests, 1.0)
        )

    monkeypatch.setattr(measure, "cpu_of", count)
    timed = side_by_side(CHAIN, [fake("slow"), fake("fast")], rounds=2)
    assert [name for name, _ in order[2:]] == ["slow", "fast", "fast", "slow"]
    assert [seed for _, seed in order[2:]] == [measure.SEED] * 2 + [measure.SEED + 1] * 2
    assert timed.hop_ns["slow"] == pytest.approx([2.0, 2.0])
    assert ratio(timed.hop_ns["slow"], timed.hop_ns["fast"]).middle == pytest.approx(2.0)


def test_engines_that_cannot_do_a_system_are_left_out(monkeypatch):
    monkeypatch.setattr(measure, "cpu_of", lambda run, requests, seed: (1.0, run(requests, seed)))
    timed = side_by_side(CHAIN, [ENGINES["ciw"], ENGINES["bare"]], rounds=1, share=0.01)
    assert list(timed.hop_ns) == ["bare"]
    assert timed.seen["bare"].requests == 1_000


def test_measures_are_made_in_turns():
    order = []

    def measure_of(name):
        return lambda: order.append(name) or len(order)

    assert in_turns([measure_of("a"), measure_of("b")], 2) == [[1, 3], [2, 4]]
