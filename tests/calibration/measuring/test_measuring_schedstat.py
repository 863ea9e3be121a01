"""Goal: CPU time is read as the kernel writes it. Method: texts as they stand in /proc."""

import os
import threading
import time

import pytest

from meshsim.calibration.measuring.counters import Counters, Reading
from meshsim.calibration.measuring.schedstat import (
    ThreadTime,
    busy_ticks,
    parse_schedstat,
    process_cpu_ns,
    ticks_per_second,
    worker_paths,
)

STAT = """cpu  300 20 100 5000 60 7 8 5 3 0
cpu0 100 10 50 2500 30 3 4 2 1 0
cpu1 200 10 50 2500 30 4 4 3 2 0
cpu10 900 0 0 0 0 0 0 0 0 0
intr 12345 1 2 3
ctxt 999
"""


@pytest.mark.parametrize("text", ["123456789 4567 89\n", b"123456789 4567 89\n"])
def test_a_thread_has_three_numbers(text):
    assert parse_schedstat(text) == ThreadTime(123_456_789, 4567, 89)


def test_what_is_not_idle_is_busy_stolen_time_too():
    assert busy_ticks(STAT, [0]) == 100 + 10 + 50 + 3 + 4 + 2
    assert busy_ticks(STAT, [0, 1]) == 169 + 200 + 10 + 50 + 4 + 4 + 3
    assert busy_ticks(STAT, []) == 0


def test_workers_are_known_by_their_names(tmp_path):
    names = {5: "envoy", 7: "wrk:worker_0", 16: "wrk:worker_1", 9: "dog:main_thread"}
    for thread, name in names.items():
        folder = tmp_path / "42" / "task" / str(thread)
        folder.mkdir(parents=True)
        (folder / "comm").write_text(f"{name}\n", encoding="utf-8")
    tasks = tmp_path / "42" / "task"
    assert worker_paths(42, tmp_path) == [tasks / "7" / "schedstat", tasks / "16" / "schedstat"]


def test_the_clock_of_a_process_is_that_of_all_its_threads():
    before = process_cpu_ns(os.getpid())
    thread = threading.Thread(target=lambda: sum(range(200_000)))
    thread.start()
    thread.join()
    used = process_cpu_ns(os.getpid()) - before
    assert 0 < used <= time.process_time_ns()


def test_a_process_that_is_gone_has_no_clock():
    with pytest.raises(OSError, match=r"Invalid argument|No such process"):
        process_cpu_ns(2**22 - 1)


def test_a_second_has_some_ticks():
    assert ticks_per_second() >= 1


def test_foreign_cpu_is_what_is_not_ours():
    first = Reading(0, {"a": 100, "b": 5}, own_ns=1000, busy_ns=10_000)
    second = Reading(10_000, {"a": 400, "b": 6}, own_ns=4000, busy_ns=18_000)
    used = second.minus(first)
    assert used.cpu_ns == {"a": 300, "b": 1}
    assert used.foreign_cores == 0.5


def test_counters_are_read_from_files():
    mine = f"/proc/self/task/{threading.get_native_id()}/schedstat"
    counters = Counters({"me": [mine, mine], "nobody": []}, [os.getppid()], [0])
    first = counters.read()
    sum(range(1_000_000))
    used = counters.read().minus(first)
    counters.close()
    assert used.cpu_ns["me"] > 0
    assert used.cpu_ns["me"] % 2 == 0  # the same file twice
    assert used.cpu_ns["nobody"] == 0


def test_a_thread_that_is_gone_cannot_be_watched():
    with pytest.raises(FileNotFoundError):
        Counters({"me": ["/proc/self/stat", "/proc/self/task/0/schedstat"]}, [], [0])
