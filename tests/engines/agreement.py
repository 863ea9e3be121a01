"""Two engines, one run: everything that they observed, compared value by value.

Whole numbers are equal. Floats are equal to a relative 1e-9 and nothing else; the parts of a
request's time are taken relative to its latency, since a part may be what rounding left over of a
difference. Almost all floats are equal to the last bit, which is counted too: what is not comes
from functions of the C library that are compiled in another way.
"""

from dataclasses import dataclass, fields

import builders
import numpy as np

from meshsim.solvers import kernel, simpy_model
from meshsim.solvers.observations import Observations
from meshsim.solvers.settings import RunSettings

RELATIVE = 1e-9


@dataclass(frozen=True)
class Agreement:
    """Two observations of one run."""

    seen: Observations
    """What the SimPy model observed."""
    first_difference: str
    """Which value differs, and how; empty if none does."""
    floats: int
    """Floats that were compared and are not zero in both."""
    identical: int
    """Of the floats, those that are equal to the last bit."""
    retried: int
    """Calls that were tried more than once or given up: the hard part."""


def under_both(described, under=None, requests=100, seed=1, engine=kernel.simulate):
    """The agreement of both engines on a topology under a mesh."""
    program = builders.program(described, under)
    settings = RunSettings(requests, seed, log_tries=True)
    return compare(simpy_model.simulate(program, settings), engine(program, settings))


def assert_agreement(described, under=None, requests=100, seed=1):
    """Both engines observe the same: what they observed."""
    found = under_both(described, under, requests, seed)
    assert not found.first_difference, found.first_difference
    return found.seen


def assert_all_agree(pairs, replay, share):
    """Both engines observe the same of all numbered (topology, mesh) pairs, and at least ``share``
    of all floats is equal to the last bit; ``replay`` is a command that takes the number. The share
    that was found, and how many calls were tried again or given up.
    """
    floats = identical = retried = 0
    for number, described, under in pairs:
        found = under_both(described, under, seed=number)
        told = f"{found.first_difference}; replay: {replay.format(number)}"
        assert not found.first_difference, told
        floats += found.floats
        identical += found.identical
        retried += found.retried
    assert identical >= share * floats, f"{identical} of {floats} floats equal to the last bit"
    return identical / floats, retried


def compare(model, other):
    """What the SimPy model observed against what another engine did."""
    floats = identical = 0
    difference = ""
    for name, one, two in columns(model, other):
        scale = model.latency_s[:, None] if name == "spent_s" else None
        difference = difference or _first_difference(name, one, two, scale)
        if one.dtype.kind == "f" and one.shape == two.shape:
            told = (one != 0.0) | (two != 0.0)
            floats += int(np.count_nonzero(told))
            identical += int(np.count_nonzero(told & (one == two)))
    retried = np.count_nonzero((model.edge_tries > 1) | (model.edge_outcome > 1))
    return Agreement(model, difference, floats, identical, int(retried))


def columns(model, other):
    """Pairs of arrays with their names. The log of tries comes first: it tells the most."""
    for prefix, one, two in (("tries.", model.tries, other.tries), ("", model, other)):
        for name in (field.name for field in fields(one)):
            if name != "tries":
                yield prefix + name, np.asarray(getattr(one, name)), np.asarray(getattr(two, name))


def _first_difference(name, one, two, scale):
    if (one.shape, one.dtype) != (two.shape, two.dtype):
        return f"{name}: {one.shape} {one.dtype} in the model, {two.shape} {two.dtype} in the other"
    where = np.argwhere(~_equal(one, two, scale))
    if len(where) == 0:
        return ""
    place = tuple(where[0].tolist())
    return (
        f"{name}{list(place)}: {one[place]!r} in the model, {two[place]!r} in the other"
        f" ({len(where)} of {one.size} values differ)"
    )


def _equal(one, two, scale):
    """The one place that says how near is equal."""
    if one.dtype.kind != "f":
        return one == two
    size = np.maximum(np.abs(one), np.abs(two)) if scale is None else scale
    return np.abs(one - two) <= RELATIVE * size
