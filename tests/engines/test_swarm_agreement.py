"""Goal: the kernel and the SimPy model walk the same path. Method: random systems under random
meshes, each run by both, and all that they observed compared (``agreement.py``).

A failing test names its seed; ``python tests/engines/replay.py SEED`` shows where the logs part.
"""

import agreement
import pytest
import swarm

SEEDS, AT_ONCE = 250, 25
FIRST = pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE), ids="from-{}".format)


def systems(first, ties):
    for seed in range(first, first + AT_ONCE):
        yield seed, swarm.random_topology(seed, ties), swarm.random_mesh(seed, ties)


@FIRST
def test_random_systems_under_random_meshes(first, record_property):
    replay = "python tests/engines/replay.py {}"
    share, retried = agreement.assert_all_agree(systems(first, ties=False), replay, share=0.9)
    record_property("share of floats that are equal to the last bit", share)
    assert retried > 100, "the hard part is there"


@FIRST
def test_random_systems_in_which_everything_happens_at_once(first):
    """All times are small multiples of one tick, whose sums are exact: whoever comes first then is
    a matter of order alone. No function of the C library is called, so all floats are equal.
    """
    replay = "python tests/engines/replay.py {} --ties"
    _, retried = agreement.assert_all_agree(systems(first, ties=True), replay, share=1.0)
    assert retried > 100, "the hard part is there"


def test_moments_meet_where_they_are_meant_to():
    """There are no more than eight moments to ten answers."""
    ends = [seen.tries.end_s for seen in map(_with_ties, range(10))]
    moments = sum(len(set(one.tolist())) for one in ends)
    assert moments < 0.8 * sum(map(len, ends))


def _with_ties(seed):
    return agreement.assert_agreement(
        swarm.random_topology(seed, ties=True), swarm.random_mesh(seed, ties=True), seed=seed
    )
