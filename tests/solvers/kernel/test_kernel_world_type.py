"""Goal: compiled code reads and writes the arrays of a world, of both dimensions and of records.

Method: a function that touches one of each is compiled here and now, and run on a world.
"""

import builders
import numba
import numpy as np
import pytest

from meshsim.solvers.kernel import world_type
from meshsim.solvers.kernel.build import build


@numba.njit
def touch(world, number):
    """Reads and writes a record, a float of two dimensions, a whole number, and a piece."""
    frame = world.frames[number]
    frame.ordinal = frame.ordinal + 5
    world.spent[number, 2] += 0.5
    world.spent[number, world_index(number)] = number
    world.ring[number] = len(world.ring)
    world.turns[number] = world.turns[number - 1] + 1
    piece = world.active[number : number + 3]
    piece[:] = 7
    return len(world.frames) + world.frames[number].ordinal


@numba.njit
def world_index(number):
    return np.int32(number - number)


@pytest.fixture
def world():
    described = builders.topology(builders.listed(builders.service("a")))
    return build(builders.program(described), 1, 1, False, None)


def test_arrays_are_read_and_written_where_they_are(world):
    world.frames[3].ordinal = 10
    world.turns[2] = 41
    assert touch(world, 3) == len(world.frames) + 15
    assert world.frames.ordinal.tolist()[:5] == [0, 0, 0, 15, 0]
    assert world.spent[3, :3].tolist() == [3.0, 0.0, 0.5]
    assert world.spent.sum() == 3.5
    assert world.ring[3] == len(world.ring)
    assert world.turns[3] == 42
    assert world.active[:8].tolist() == [0, 0, 0, 7, 7, 7, 0, 0]


def test_other_arrays_are_seen_after_they_were_exchanged(world):
    larger = world.with_arrays(ring=np.zeros(1024, dtype=np.int32))
    touch(larger, 3)
    assert larger.ring[3] == 1024
    assert world.ring[3] == 0
    assert larger.frames is world.frames


def test_an_array_of_another_type_is_refused(world):
    with pytest.raises(AssertionError, match="ring"):
        world.with_arrays(ring=np.zeros(1024, dtype=np.int64))
    with pytest.raises(AttributeError):
        world.no_such_array  # noqa: B018


def test_what_is_no_row_is_not_taken_over():
    """len, reading and writing stay what they were for everything else."""

    @numba.njit
    def plain(values):
        values[0] = values[1] + len(values)
        return values[0]

    assert plain(np.array([0.0, 2.0, 3.0])) == 5.0
    assert world_type._WorldAttributes.generic_resolve(None, None, "no_such_array") is None
