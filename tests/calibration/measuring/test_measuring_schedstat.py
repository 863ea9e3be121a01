"""Goal: CPU time is read as the kernel writes it. Method: texts as they stand in /proc."""

import os
import threading
import time

import pytest

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
