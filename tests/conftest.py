"""What holds for every test: the costly invariants are on, and randomness can be replayed.

``MESHSIM_VERIFY=1`` makes the simulators check Little's law at every station. Hypothesis runs the
profile ``ci``, which derives its examples from the test itself, so that a failure is the same
failure tomorrow. ``HYPOTHESIS_PROFILE=explore`` looks at other examples in every run, and prints
the seed to replay them.

The kernel is compiled once: where several processes test, by the one that starts them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from meshsim.solvers import choice

ROOT = Path(__file__).resolve().parent.parent
PREPARE = "from meshsim.solvers.kernel import prepare; prepare()"

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config):
    """Compile the kernel, unless that was done, before processes start that would each do it."""
    starts_others = getattr(config.option, "numprocesses", None) and not hasattr(
        config, "workerinput"
    )
    if starts_others and choice.available_solver() == choice.KERNEL:
        subprocess.run([sys.executable, "-c", PREPARE], cwd=ROOT, check=True)


@pytest.fixture(autouse=True, scope="session")
def verify_invariants():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MESHSIM_VERIFY", "1")
        yield
