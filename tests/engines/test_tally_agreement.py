"""Goal: what the kernel sums up while it runs is the sum of what the SimPy model observes. Method:
random systems, run by both; the model's observations are summed up afterwards.

Whole numbers are equal; sums are added up in another order and so are equal to a relative 1e-9.
"""

from dataclasses import fields

import builders
import numpy as np
import pytest
import swarm

from meshsim.solvers import kernel, simpy_model
from meshsim.solvers.settings import RunSettings
from meshsim.solvers.tally import tally_of

RELATIVE = 1e-9
BY_SNAPSHOT = {"snapshot_s", "snapshot_request", "busy_s"}


def both(seed, requests):
    """The tally that the kernel wrote, unpacked, and the sums over the model's observations."""
    program = builders.program(swarm.random_topology(seed), swarm.random_mesh(seed))
    summed = kernel.simulate(program, RunSettings(requests, seed, keep="tallies"))
    seen = simpy_model.simulate(program, RunSettings(requests, seed))
    expected = tally_of(seen, len(program.load.entry_endpoint), len(program.edges))
    return summed, expected, seen


@pytest.mark.parametrize("first", range(0, 100, 25), ids="from-{}".format)
def test_sums_of_random_systems(first):
    for seed in range(first, first + 25):
        summed, expected, _ = both(seed, requests=130)
        packed = expected.packed()
        for name in ("entry_counts", "edge_counts"):
            one, other = getattr(summed, name), getattr(packed, name)
            for field in fields(one):
                assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), seed
        for field in fields(expected):
            if field.name not in BY_SNAPSHOT:
                one = np.asarray(getattr(summed.sums, field.name))
                other = np.asarray(getattr(packed.sums, field.name))
                assert_close(one, other, f"seed {seed}, {field.name}")


def assert_close(one, other, told):
    assert one.shape == other.shape, told
    if one.dtype.kind != "f":
        assert np.array_equal(one, other), told
        return
    finite = np.isfinite(other)
    assert np.array_equal(one[~finite], other[~finite]), told
    scale = np.abs(other[finite]).max(initial=0.0)
    assert np.all(np.abs(one[finite] - other[finite]) <= RELATIVE * scale), told


def test_stations_are_read_at_the_same_moments():
    """A tally reads them where windows begin. The model reads at each of 50 requests, so that all
    of the tally's readings are among its own.
    """
    for seed in range(5):
        summed, _, seen = both(seed, requests=50)
        where = np.searchsorted(seen.snapshot_request, summed.sums.snapshot_request)
        assert seen.snapshot_request[where].tolist() == summed.sums.snapshot_request.tolist()
        assert_close(summed.sums.snapshot_s, seen.snapshot_s[where], f"seed {seed}")
        assert_close(summed.sums.busy_s, seen.busy_s[where], f"seed {seed}")
