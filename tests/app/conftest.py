"""Runs of the app are small here: what is tested is what the pages do, not what they find out."""

import pytest

from meshsim.app.question import SIZES
from meshsim.studies.plan import RunPlan


@pytest.fixture(autouse=True, scope="package")
def small_runs():
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(SIZES, "quick", RunPlan(requests=100, replications=4))
        yield
