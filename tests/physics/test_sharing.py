"""Shared cores: the speed of each request by hand, and that no more is given than there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.physics.sharing import sharing_rate


@pytest.mark.parametrize(
    ("cores", "requests", "expected"),
    [(1, 1, 1.0), (1, 2, 0.5), (2, 1, 1.0), (2, 3, 2 / 3), (0.5, 1, 0.5), (1.5, 2, 0.75)],
)
def test_literal_speeds(cores, requests, expected):
    assert sharing_rate(cores, requests) == expected


@given(st.floats(0.001, 1000), st.integers(1, 10_000))
def test_no_more_than_the_cores_and_no_more_than_one_each(cores, requests):
    rate = sharing_rate(cores, requests)
    assert 0 < rate <= 1
    assert rate * requests == pytest.approx(min(requests, cores))


@given(st.floats(0.001, 1000), st.integers(1, 10_000))
def test_one_more_request_never_makes_the_others_faster(cores, requests):
    assert sharing_rate(cores, requests + 1) <= sharing_rate(cores, requests)
