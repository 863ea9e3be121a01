"""Small tasks for tests of executors: what they do is written in the task."""

import os
import signal
import time
from pathlib import Path


def square(number):
    return number * number


def fail_at_three(number):
    if number == 3:
        raise ValueError("three is not liked")
    return number


def die_the_first_time(marker):
    """A marker is a path; the first to find nothing there leaves something, and is killed."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


def function_itself(number):
    """A result that cannot be sent."""
    return lambda: number


def wait_for(path):
    """Busy until there is a file, at most a minute."""
    last = time.monotonic() + 60
    while not Path(path).exists() and time.monotonic() < last:
        time.sleep(0.01)
    return True


def worker_id(_):
    return os.getpid()
