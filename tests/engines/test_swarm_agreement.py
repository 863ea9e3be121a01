"""Goal: the kernel and the SimPy model walk the same path. Method: random systems under random
meshes, each run by both, and all that they observed compared (``agreement.py``).

A failing test names its seed; ``python tests/engines/replay.py SEED`` shows where the logs part.
"""

import agreement
import pytest
import swarm

SEEDS, AT_ONCE, REQUESTS = 250, 25, 100


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_random_systems_under_random_meshes(first, record_property):
    floats = identical = retried = 0
    for seed in range(first, first + AT_ONCE):
        found = agreement.under_both(
            swarm.random_topology(seed), swarm.random_mesh(seed), REQUESTS, seed
        )
        replay = f"python tests/engines/replay.py {seed}"
        assert not found.first_difference, f"{found.first_difference}; replay with: {replay}"
        floats += found.floats
        identical += found.identical
        retried += found.retried
    share = identical / floats
    record_property("share of floats that are identical", share)
    assert share > 0.9, f"only {share:.2%} of {floats} floats are equal to the last bit"
    assert retried > 100, "the hard part is there"
