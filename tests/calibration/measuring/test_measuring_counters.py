"""Goal: what was used between two readings is told apart. Method: literal readings, and /proc."""

import os
import threading

import pytest

from meshsim.calibration.measuring.counters import Counters, Reading


def test_foreign_cpu_is_what_is_not_ours():
    first = Reading(0, {"a": 100, "b": 5}, own_ns=1000, busy_ns=10_000)
    second = Reading(10_000, {"a": 400, "b": 6}, own_ns=4000, busy_ns=18_000)
    used = second.minus(first)
    assert used.cpu_ns == {"a": 300, "b": 1}
    assert used.foreign_cores == 0.5


def test_counters_are_read_from_files():
    mine = f"/proc/self/task/{threading.get_native_id()}/schedstat"
    counters = Counters({"me": [mine], "nobody": []}, [os.getppid()], [0])
    first = counters.read()
    sum(range(1_000_000))
    used = counters.read().minus(first)
    counters.close()
    assert used.cpu_ns["me"] > 0
    assert used.cpu_ns["nobody"] == 0


def test_a_thread_that_is_gone_cannot_be_watched():
    with pytest.raises(FileNotFoundError):
        Counters({"me": ["/proc/self/stat", "/proc/self/task/0/schedstat"]}, [], [0])
