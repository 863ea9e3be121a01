"""The call graph as arrays, on small programs whose shape is seen at a glance."""

import builders
import numpy as np

from meshsim.lowering.program import Op
from meshsim.solvers.queueing.structure import structure

COMPUTE = "{compute: 1ms}"


def program(*services, **more):
    return builders.program(builders.topology(builders.listed(*services), **more))


def test_a_chain_has_a_level_per_service_callees_first():
    chain = program(
        builders.service("a", "[{call: b/get}]"),
        builders.service("b", "[{call: c/get}]"),
        builders.service("c", f"[{COMPUTE}]"),
    )
    shape = structure(chain)
    assert [level.sequences.tolist() for level in shape.levels] == [[2], [1], [0]]
    assert not shape.cyclic
    assert shape.row_endpoint[shape.site_row].tolist() == [0, 1]


def test_branches_belong_to_the_endpoint_however_deep_they_nest():
    inner = f"{{parallel: [{COMPUTE}, [{COMPUTE}, {{call: b/get}}]]}}"
    nested = program(
        builders.service("a", f"[{{parallel: [{inner}, {COMPUTE}]}}]"), builders.service("b")
    )
    shape = structure(nested)
    owners = shape.row_endpoint[nested.steps.op != Op.END]
    assert set(owners.tolist()) == {0}
    assert len(shape.branch_sequence) == 4
    assert np.all(nested.steps.op[shape.branch_row] == Op.PARALLEL)


def test_calls_in_a_circle_form_the_last_level():
    circle = program(
        builders.service("a", "[{call: b/get}]"),
        builders.service("b", "[{call: a/get, probability: 50%}]"),
    )
    shape = structure(circle)
    assert shape.cyclic
    assert sorted(shape.levels[-1].sequences.tolist()) == [0, 1]


def test_rows_of_a_level_know_their_sequence_and_its_first_row():
    two = program(
        builders.service("a", f"[{COMPUTE}, {COMPUTE}]"), builders.service("b", f"[{COMPUTE}]")
    )
    (level,) = structure(two).levels
    assert level.position.tolist() == [0, 0, 1]
    assert level.first.tolist() == [0, 0, 2]
