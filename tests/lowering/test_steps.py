"""Steps as op-codes and distributions as two parameters, number by number.

The rows of a run are followed by END; what is inside a parallel step stands before the run that
holds it.
"""

import builders
import numpy as np
import pytest

from meshsim.lowering.program import Family, Op
from meshsim.lowering.steps import DistributionTable
from meshsim.model.distribution import Constant, Empirical, Exponential, Gamma, Lognormal

A = "{name: a, endpoints: [{name: get, steps: %s}, {name: put, error: 2%%, request: 10B}]}"
B = "{name: b, endpoints: [{name: get, request: 100B, response: 200B}]}"


def steps_of(steps):
    return builders.program(builders.topology(builders.listed(A % steps, B)))


def rows(program):
    steps = program.steps
    return list(zip(steps.op.tolist(), steps.a.tolist(), steps.b.tolist(), strict=True))


def test_a_run_of_steps():
    program = steps_of("[{compute: 1ms}, {call: b/get}, {wait: 2ms}]")
    assert rows(program) == [
        (Op.COMPUTE, 0, 0),
        (Op.CALL, 0, 0),
        (Op.WAIT, 1, 0),
        (Op.END, 0, 0),
        (Op.END, 0, 0),
        (Op.END, 0, 0),
    ]
    assert program.endpoints.names == ("a/get", "a/put", "b/get")
    assert program.endpoints.first_op.tolist() == [0, 4, 5]
    assert program.endpoints.service.tolist() == [0, 0, 1]
    assert program.endpoints.error.tolist() == [0, 0.02, 0]
    assert program.endpoints.request_bytes.tolist() == [1024, 10, 100]
    assert program.endpoints.response_bytes.tolist() == [1024, 1024, 200]
    assert program.steps.distributions.p.tolist() == [0.001, 0.002]


def test_op_codes_are_pinned():
    assert [(op.name, op.value) for op in Op] == [
        ("END", 0),
        ("COMPUTE", 1),
        ("WAIT", 2),
        ("CALL", 3),
        ("PARALLEL", 4),
    ]


def test_parallel_branches_stand_before_their_run():
    text = "[{parallel: [[{compute: 1ms}, {wait: 2ms}], {call: b/get}]}, {compute: 1ms}]"
    program = steps_of(text)
    assert rows(program)[:8] == [
        (Op.COMPUTE, 0, 0),
        (Op.WAIT, 1, 0),
        (Op.END, 0, 0),
        (Op.CALL, 0, 0),
        (Op.END, 0, 0),
        (Op.PARALLEL, 0, 2),
        (Op.COMPUTE, 0, 0),
        (Op.END, 0, 0),
    ]
    assert program.steps.branch_op.tolist() == [0, 3]
    assert program.endpoints.first_op[0] == 5


def test_a_parallel_step_inside_another():
    inner = "{parallel: [{wait: 1ms}, {wait: 2ms}]}"
    program = steps_of(f"[{{parallel: [[{inner}, {{wait: 3ms}}], {{wait: 4ms}}]}}]")
    steps = program.steps
    first = program.endpoints.first_op[0]
    assert (steps.op[first], steps.b[first]) == (Op.PARALLEL, 2)
    outer = steps.branch_op[steps.a[first] : steps.a[first] + 2]
    assert [steps.op[row] for row in outer] == [Op.PARALLEL, Op.WAIT]
    inside = steps.branch_op[steps.a[outer[0]] : steps.a[outer[0]] + 2]
    waits = [steps.distributions.p[steps.a[row]] for row in (*inside, outer[0] + 1, outer[1])]
    assert waits == [0.001, 0.002, 0.003, 0.004]


def test_call_sites():
    program = steps_of(
        "[{call: b/get}, {call: b/get, probability: 25%, count: 3, on_error: ignore},"
        " {call: a/put, request: 5B, response: 7B}]"
    )
    steps = program.steps
    assert steps.call_endpoint.tolist() == [2, 2, 1]
    assert steps.call_probability.tolist() == [1, 0.25, 1]
    assert steps.call_count.tolist() == [1, 3, 1]
    assert steps.call_request_bytes.tolist() == [100, 100, 5]
    assert steps.call_response_bytes.tolist() == [200, 200, 7]
    assert steps.call_fails.tolist() == [True, False, True]
    assert steps.call_edge.tolist() == [0, 0, 1]


def test_edges_are_pairs_of_endpoints_and_entries_come_last():
    program = steps_of("[{call: b/get}, {parallel: [{call: a/put}, {call: b/get}]}]")
    assert program.edges == ((0, 2), (0, 1), (-1, 0))
    assert program.entry_edge.tolist() == [2]
    names = [program.edge_name(edge) for edge in range(3)]
    assert names == ["a/get → b/get", "a/get → a/put", "clients → a/get"]


def test_equal_distributions_share_a_row():
    table = DistributionTable()
    exponential = Exponential(distribution="exponential", mean="1ms")
    assert table.add(Constant(mean="1ms")) == 0
    assert table.add(exponential) == 1
    assert table.add(Constant(mean="1ms")) == 0
    assert table.add(exponential) == 1
    assert table.add(Constant(mean="2ms")) == 2


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        (Constant(mean="3ms"), (Family.CONSTANT, 0.003, 0)),
        (Exponential(distribution="exponential", mean="3ms"), (Family.EXPONENTIAL, 0.003, 0)),
        # sigma² = ln 5, mu = ln 0.003 - ln 5 / 2
        (
            Lognormal(distribution="lognormal", mean="3ms", cv=2),
            (Family.LOGNORMAL, -6.613861946, 1.268636241),
        ),
        (Gamma(distribution="gamma", mean="3ms", cv=2), (Family.GAMMA, 0.25, 0.012)),
        (Gamma(distribution="gamma", mean="3ms", cv=0.5), (Family.GAMMA, 4, 0.00075)),
        (Exponential(distribution="exponential", mean="0s"), (Family.CONSTANT, 0, 0)),
        (Lognormal(distribution="lognormal", mean="0s", cv=1), (Family.CONSTANT, 0, 0)),
        (Gamma(distribution="gamma", mean="0s", cv=1), (Family.CONSTANT, 0, 0)),
    ],
)
def test_parameters(distribution, expected):
    table = DistributionTable()
    table.add(distribution)
    found = table.table()
    assert (found.family[0], found.p[0], found.q[0]) == pytest.approx(expected, rel=1e-9)
    assert found.length.tolist() == [0]


def test_listed_values_are_sorted_and_follow_each_other():
    table = DistributionTable()
    table.add(Empirical(distribution="empirical", values=("3ms", "1ms")))
    table.add(Constant(mean="9ms"))
    table.add(Empirical(distribution="empirical", values=("2ms",)))
    found = table.table()
    assert found.family.tolist() == [Family.EMPIRICAL, Family.CONSTANT, Family.EMPIRICAL]
    assert found.first.tolist() == [0, 0, 2]
    assert found.length.tolist() == [2, 0, 1]
    assert found.values.tolist() == [0.001, 0.003, 0.002]


def test_a_system_without_steps_has_empty_tables():
    program = builders.program(builders.topology(builders.listed(builders.service())))
    assert rows(program) == [(Op.END, 0, 0)]
    assert len(program.steps.call_endpoint) == len(program.steps.distributions.family) == 0
    assert program.steps.call_probability.dtype == np.float64
    assert program.steps.call_fails.dtype == np.bool_
