"""What holds for every test: the costly invariants are on, and randomness can be replayed.

``MESHSIM_VERIFY=1`` makes the simulators check Little's law at every station. Hypothesis runs the
profile ``ci``, which derives its examples from the test itself, so that a failure is the same
failure tomorrow. ``HYPOTHESIS_PROFILE=explore`` looks at other examples in every run, and prints
the seed to replay them.
"""

import os
import subprocess
import sys

import pytest
from hypothesis import settings

from meshsim.solvers.choice import KERNEL, available_solver

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config):
    """Compile the kernel once, before workers and commands need it; in a process of its own, which
    coverage does not slow down.
    """
    if not hasattr(config, "workerinput"):
        ready = "from meshsim.solvers.kernel import prepare; prepare()"
        if available_solver() == KERNEL:
            subprocess.run([sys.executable, "-c", ready], check=True)


@pytest.fixture(autouse=True, scope="session")
def verify_invariants():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MESHSIM_VERIFY", "1")
        yield
