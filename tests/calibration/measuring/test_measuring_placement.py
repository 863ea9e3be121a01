"""Goal: proxies and generator have a core each, where there are two. Method: literal numbers."""

import os

import pytest

from meshsim.calibration.measuring.placement import Placement, placement


@pytest.mark.parametrize(
    ("cores", "expected"),
    [
        ([3], Placement(3, 3)),
        ([0, 1], Placement(0, 1)),
        ([2, 9, 4], Placement(2, 9)),
    ],
)
def test_proxies_and_generator_have_a_core_each(cores, expected):
    where = placement(cores)
    assert where == expected
    assert where.upstream(saturated=True) == where.proxies
    assert where.upstream(saturated=False) == where.generator
    assert set(where.cores) == {where.proxies, where.generator}


def test_the_cores_of_this_process():
    assert set(placement().cores) <= os.sched_getaffinity(0)
