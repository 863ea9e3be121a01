"""What host choice saves: known limits, and the pickers of each kind of path."""

import builders
import numpy as np
import pytest

from meshsim.solvers.queueing.flows import flows
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.relief import Pickers, pickers, relief
from meshsim.solvers.queueing.structure import structure


def program_with(policy, *, under=None, callers=3, hosts=4):
    services = builders.listed(
        builders.service("a", "[{call: b/get}]", replicas=callers),
        builders.service("b", "[{compute: 1ms}]", replicas=hosts, balancing=policy),
    )
    return builders.program(builders.topology(services), under)


def found_for(program):
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    flow = flows(program, shape, 100.0)
    return pickers(program, calls, np.concatenate([flow.site_per_s, flow.entry_per_s]))


def test_pods_of_the_caller_choose_without_a_mesh():
    found = found_for(program_with("least_request"))
    assert found.number[1] == pytest.approx(3)
    assert (found.least_request[1], found.round_robin[1]) == (1.0, 0.0)
    assert found.least_request[0] == 0.0


@pytest.mark.parametrize(
    ("scope", "path", "policy", "workers", "expected"),
    [
        ("pod", "[caller.p, callee.p]", "least_request", 2, 3),
        ("pod", "[caller.p, callee.p]", "round_robin", 2, 6),
        ("node", "[caller.p, callee.p]", "least_request", 2, 1),
        ("namespace", "[service.p]", "least_request", 2, 2),
        ("service", "[service.p]", "round_robin", 2, 4),
    ],
)
def test_proxies_choose_in_a_mesh(scope, path, policy, workers, expected):
    shared = scope in {"service", "namespace"}
    proxy = builders.proxy(
        "p", scope=scope, policy=policy, workers=workers, replicas=2 if shared else None
    )
    found = found_for(program_with("random", under=builders.mesh(proxy, inside=path)))
    assert found.number[1] == pytest.approx(expected)


def eased(hosts, load, number=1.0, robin=0.0, least=1.0, under_way=1.0):
    program = program_with("random", hosts=hosts)
    two = np.ones(2)
    by = Pickers(two * robin, two * least, two * number, two * 2.0)
    return relief(program, by, two * load, two * under_way).wait[1]


def test_random_choice_saves_nothing():
    assert eased(4, 0.7, least=0.0) == 1.0
    assert eased(1, 0.7) == 1.0


def test_two_choices_of_very_many():
    """Mitzenmacher 1996, ρ = 0.9: 2.3527 inside instead of 9."""
    assert eased(10_000, 0.9) == pytest.approx((2.3527 - 0.9) / 8.1, abs=1e-3)


@pytest.mark.parametrize(
    ("hosts", "load", "number", "simulated"),
    [(2, 0.5, 1, 0.590), (6, 0.7, 1, 0.372), (2, 0.7, 4, 0.733), (6, 0.5, 8, 0.840)],
)
def test_least_request_against_simulated_ratios(hosts, load, number, simulated):
    found = eased(hosts, load, number, under_way=load / (1 - load))
    assert found == pytest.approx(simulated, abs=0.1)


def test_one_round_robin_picker_halves_what_two_pods_vary():
    assert eased(2, 0.5, robin=1.0, least=0.0) == pytest.approx(0.75)
    assert eased(2, 0.5, number=1e9, robin=1.0, least=0.0) == pytest.approx(1.0, abs=1e-3)


def test_round_robin_makes_arrivals_regular_and_leaves_the_quota_to_that():
    program = program_with("random", hosts=4)
    one = np.ones(2)
    found = relief(program, Pickers(one, 0 * one, one, 2 * one), 0.5 * one, one)
    assert found.arrival_cv2[1] == pytest.approx(1 / 4)
    assert found.quota_wait[1] == 1.0
