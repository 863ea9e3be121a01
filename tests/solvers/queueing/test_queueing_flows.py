"""Rates through call graphs, by hand."""

from itertools import pairwise

import builders
import numpy as np
import pytest

from meshsim.model.flows import visits
from meshsim.model.loading import load_topology
from meshsim.solvers.queueing.flows import flows, offered_per_s
from meshsim.solvers.queueing.structure import structure


def solved(*services, rate=10.0, **more):
    program = builders.program(builders.topology(builders.listed(*services), **more))
    return program, flows(program, structure(program), rate)


def test_counts_and_probabilities_multiply():
    _, found = solved(
        builders.service("a", "[{call: b/get, count: 3, probability: 50%}]"),
        builders.service("b", "[{parallel: [{call: c/get}, {call: c/get}]}]"),
        builders.service("c"),
    )
    assert found.endpoint_per_s == pytest.approx([10, 15, 30])


def test_calls_in_a_circle_die_out():
    """b calls a back with probability 1/2: a runs 1 + 1/2 + 1/4 … = 2 times."""
    _, found = solved(
        builders.service("a", "[{call: b/get}]"),
        builders.service("b", "[{call: a/get, probability: 50%}]"),
    )
    assert found.endpoint_per_s == pytest.approx([20, 20])


def test_an_error_ends_the_caller_early_unless_it_is_ignored():
    """b fails with 1/5: c is called in 4 of 5 cases, d always, and a fails with 1/5."""
    _, found = solved(
        builders.service("a", "[{call: d/get, on_error: ignore}, {call: b/get}, {call: c/get}]"),
        builders.service("b", endpoint=", error: 20%"),
        builders.service("c"),
        builders.service("d", endpoint=", error: 50%"),
    )
    assert found.endpoint_per_s == pytest.approx([10, 10, 8, 10])
    assert found.failure == pytest.approx([0.2, 0.2, 0, 0.5])


def test_repeated_calls_stop_at_the_first_error():
    """Up to three calls that fail with 1/2: 1 + 1/2 + 1/4 of them; all go well with 1/8."""
    _, found = solved(
        builders.service("a", "[{call: b/get, count: 3}]"),
        builders.service("b", endpoint=", error: 50%"),
    )
    assert found.endpoint_per_s == pytest.approx([10, 17.5])
    assert found.failure[0] == pytest.approx(7 / 8)


def test_a_failed_branch_fails_the_parallel_step_after_all_have_run():
    _, found = solved(
        builders.service("a", "[{parallel: [{call: b/get}, {call: c/get}]}, {call: d/get}]"),
        builders.service("b", endpoint=", error: 10%"),
        builders.service("c", endpoint=", error: 20%"),
        builders.service("d"),
    )
    assert found.endpoint_per_s == pytest.approx([10, 10, 10, 7.2])


def test_errors_in_a_circle():
    """F = 1 - (1 - F/2)(1 - 0.1) with F of the other: F = 0.1 / 0.55 for both."""
    _, found = solved(
        builders.service("a", "[{call: b/get, probability: 50%}]", endpoint=", error: 10%"),
        builders.service("b", "[{call: a/get, probability: 50%}]", endpoint=", error: 10%"),
    )
    assert found.failure == pytest.approx([0.1 / 0.55, 0.1 / 0.55])


def test_edges_sum_their_call_sites():
    program, found = solved(
        builders.service("a", "[{call: b/get}, {call: b/get, count: 2}]"), builders.service("b")
    )
    rates = dict(zip(program.edges, found.edge_per_s(program).tolist(), strict=True))
    assert rates == pytest.approx({(0, 1): 30.0, (-1, 0): 10.0})


@pytest.mark.parametrize("name", ["online-boutique", "hotel-reservation", "social-network"])
def test_the_program_has_the_visits_of_the_description(name):
    topology = load_topology(name)
    program = builders.program(topology)
    found = flows(program, structure(program), 1.0)
    expected = visits(topology)
    listed = [expected[tuple(endpoint.split("/"))] for endpoint in program.endpoints.names]
    assert found.endpoint_per_s == pytest.approx(listed)


def test_many_sequences_are_solved_sparsely():
    names = [f"s{number}" for number in range(120)]
    services = [
        builders.service(name, f"[{{call: {after}/get, count: 2, probability: 50%}}]")
        for name, after in pairwise(names)
    ]
    _, found = solved(*services, builders.service(names[-1]), entries="s0/get")
    assert found.endpoint_per_s == pytest.approx(np.full(120, 10.0))


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ("{process: poisson, rate: 7/s}", 7.0),
        ("{process: trace, times: [0.5s, 1s, 2s]}", 1.5),
        (
            "{process: schedule, shape: steps, points: "
            "[{at: 0s, rate: 5/s}, {at: 10s, rate: 20/s}, {at: 20s, rate: 1/s}]}",
            20.0,
        ),
    ],
)
def test_the_rate_of_a_load(arrivals, expected):
    topology = builders.topology(builders.listed(builders.service()), arrivals=arrivals)
    assert offered_per_s(builders.program(topology)) == expected
