"""Policies as rows: defaults filled in, equal ones shared, and who keeps which."""

import math

import builders
import pytest

from meshsim.lowering.call_policies import NO_POLICY, PolicyTable
from meshsim.model.call_policy import Retries
from meshsim.model.loading import load_mesh
from meshsim.model.mesh import DefaultPolicies, RetryDefaults
from meshsim.policies.retry import Outcome

FAILURES = 1 << Outcome.ERROR | 1 << Outcome.TIMEOUT | 1 << Outcome.TRY_TIMEOUT
GIVEN_UP = 1 << Outcome.TIMEOUT | 1 << Outcome.TRY_TIMEOUT
NEVER = math.inf


def rows(policies):
    """The table, a tuple for each row."""
    columns = (
        policies.timeout_s,
        policies.retries,
        policies.per_try_timeout_s,
        policies.retry_on,
        policies.backoff_base_s,
        policies.backoff_max_s,
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def client(timeout_s=None, **retries):
    """The rows of one caller's policy."""
    table = PolicyTable()
    assert table.add_client(timeout_s, Retries(**retries) if retries else None) == 0
    return rows(table.table())


def mesh(**policies):
    table = PolicyTable()
    number = table.add_mesh(DefaultPolicies(**policies))
    return number, rows(table.table())


def test_nothing_is_no_row():
    table = PolicyTable()
    assert table.add_client(None, None) == NO_POLICY
    assert table.add_mesh(DefaultPolicies()) == NO_POLICY
    assert rows(table.table()) == []


def test_a_timeout_alone():
    assert client(2.5) == [(2.5, 0, NEVER, 0, 0.0, 0.0)]


def test_retries_alone_have_the_defaults_of_envoy():
    assert client(attempts=2) == [(NEVER, 2, NEVER, FAILURES, 0.025, 0.25)]


def test_all_that_a_caller_can_say():
    row = client(
        1.0,
        attempts=3,
        per_try_timeout="200ms",
        retry_on=["reset", "gateway-error"],
        base_interval="10ms",
        max_interval="40ms",
    )
    assert row == [(1.0, 3, 0.2, GIVEN_UP, 0.01, 0.04)]


def test_equal_policies_share_a_row():
    table = PolicyTable()
    numbers = [
        table.add_client(1.0, None),
        table.add_client(2.0, None),
        table.add_mesh(DefaultPolicies(request_timeout="1s")),
        table.add_client(1.0, Retries(attempts=1)),
        table.add_client(1.0, Retries(attempts=1, retry_on=["5xx", "reset"])),
    ]
    assert numbers == [0, 1, 0, 2, 2]
    assert len(rows(table.table())) == 3


def test_what_a_mesh_does_unasked():
    retries = RetryDefaults(attempts=2, retry_on=["5xx"], base_interval="20ms")
    number, found = mesh(request_timeout="15s", retries=retries)
    assert number == 0
    assert found == [(15.0, 2, NEVER, FAILURES, 0.02, 0.2)]


@pytest.mark.parametrize(
    "retries",
    [
        RetryDefaults(attempts=0, retry_on=["5xx"]),
        RetryDefaults(attempts=2),
        RetryDefaults(attempts=2, retry_on=["connect-failure", "unavailable"]),
    ],
)
def test_retries_of_a_mesh_that_never_happen_are_none(retries):
    assert mesh(retries=retries) == (NO_POLICY, [])
    assert mesh(retries=retries, request_timeout="1s") == (0, [(1.0, 0, NEVER, 0, 0.0, 0.0)])


def test_conditions_of_a_mesh_that_are_not_simulated_are_left_out():
    retries = RetryDefaults(attempts=1, retry_on=["connect-failure", "reset"])
    ((_, _, _, retry_on, _, _),) = mesh(retries=retries)[1]
    assert retry_on == 1 << Outcome.TRY_TIMEOUT


# Who keeps which ---------------------------------------------------------------------------------

POLICIES = "{request_timeout: 3s}"


def program(under=None):
    """Two calls of a to b, one with a time-out; the clients have one too; c stops."""
    services = builders.listed(
        builders.service("a", "[{call: b/get, timeout: 1s}, {call: b/get}]"),
        builders.service("b"),
        builders.service("c", when_cancelled="stop"),
    )
    return builders.program(builders.topology(services, clients="timeout: 2s"), under)


def test_callers_and_clients_keep_their_own():
    found = program()
    timeout_s = found.policies.timeout_s.tolist()
    assert [timeout_s[row] if row >= 0 else None for row in found.steps.call_policy] == [1.0, None]
    assert timeout_s[found.load.policy] == 2.0
    assert (found.inside.policy, found.entry.policy) == (NO_POLICY, NO_POLICY)


def test_services_that_stop():
    assert program().services.stops.tolist() == [False, False, True]


def test_the_proxy_that_chooses_the_host_keeps_the_policy_of_the_mesh():
    """The caller's sidecar chooses inside; from outside the client does, so nobody keeps it."""
    found = program(builders.sidecars(policies=POLICIES))
    assert found.policies.timeout_s[found.inside.policy] == 3.0
    assert found.entry.policy == NO_POLICY


def test_a_waypoint_keeps_it_on_both_ways():
    waypoint = builders.proxy("waypoint", scope="service", replicas=1)
    path = "[service.waypoint]"
    found = program(builders.mesh(waypoint, inside=path, entry=path, policies=POLICIES))
    assert found.policies.timeout_s[[found.inside.policy, found.entry.policy]].tolist() == [3, 3]


def test_layer_4_keeps_nothing():
    tunnel = builders.proxy("ztunnel", scope="node", layer=4)
    found = program(builders.mesh(tunnel, inside="[caller.ztunnel]", policies=POLICIES))
    assert (found.inside.policy, found.entry.policy) == (NO_POLICY, NO_POLICY)


@pytest.mark.parametrize(
    "name", ["none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd"]
)
def test_no_shipped_mesh_gives_up_or_tries_again_what_is_simulated(name):
    found = program(load_mesh(name))
    assert (found.inside.policy, found.entry.policy) == (NO_POLICY, NO_POLICY)
