"""Goal: replications of either kind get the sections of their kind, and never a mixture."""

import pytest
from test_tallied import mm1

from meshsim.solvers.tally import tally_of
from meshsim.studies.recorded import RecordedSections
from meshsim.studies.sections import sections_of
from meshsim.studies.tallied import TalliedSections

RUNS = [mm1(seed, 200) for seed in range(3)]
TALLIES = [tally_of(run, 2, 2).packed() for run in RUNS]


def test_each_kind_has_its_sections():
    assert isinstance(sections_of(RUNS), RecordedSections)
    assert isinstance(sections_of(TALLIES), TalliedSections)
    assert sections_of(RUNS, 50).deleted == sections_of(TALLIES, 50).deleted == 50


def test_kinds_are_not_mixed():
    with pytest.raises(AssertionError):
        sections_of([RUNS[0], TALLIES[1]])
