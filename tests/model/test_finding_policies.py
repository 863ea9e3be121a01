"""Findings MS06: time-outs and retries that do not fit, and the same that do.

``front`` calls ``back``, which waits 4 ms; round trips of the network take 0.5 ms and more.
"""

import mesh_samples
import pytest
import topology_samples
from finding_base import PODS, base

from meshsim.model.findings import analyse

POISSON = {"process": "poisson", "rate": "100/s"}
CERTAIN = {"same_node": "0s", "same_zone": "0s", "between_zones": "0s", "client": "0s"}


def clients(**policy):
    return {"arrivals": POISSON, "entries": [{"to": "front/get"}], **policy}


def found(call=None, below=None, *, mesh=None, **more):
    """Codes, resources and messages; ``call`` are further keys of the call to back."""
    whole = base([{"call": "back/read", **(call or {})}], below, network=CERTAIN, **more)
    return [(f.code, f.resource, f.message) for f in analyse(whole, mesh=mesh)]


def codes(*args, **more):
    return [code for code, _, _ in found(*args, **more)]


def chain(*retries, timeouts=(), load=None):
    """Services s0 to sn, each calling the next with these retries and time-outs."""
    names = [f"s{number}" for number in range(len(retries) + 1)]
    services = {}
    for number, attempts in enumerate(retries):
        call = {"call": f"s{number + 1}/x"}
        if attempts:
            call["retries"] = {"attempts": attempts}
        if number < len(timeouts) and timeouts[number]:
            call["timeout"] = timeouts[number]
        services[names[number]] = {"x": [call]}
    services[names[-1]] = {"x": []}
    options, slo = dict.fromkeys(names, PODS), {"s0/x": ["avg<10s"]}
    whole = {"options": options, "slo": slo, "network": CERTAIN}
    if load:
        entries = [{"to": "s0/x"}]
        whole["load"] = {"arrivals": POISSON, "entries": entries, **load}
    return topology_samples.topology(services, **whole)


def in_chain(*retries, mesh=None, **more):
    return [(f.code, f.resource, f.message) for f in analyse(chain(*retries, **more), mesh=mesh)]


# MS0601 ------------------------------------------------------------------------------------------


def test_a_timeout_shorter_than_the_work():
    assert codes({"timeout": "4ms"}) == []
    ((code, resource, message),) = found({"timeout": "3.9ms"})
    assert (code, resource) == ("MS0601", "front/get")
    assert message.startswith("gives back/read up after 3.90 ms, which takes 4.00 ms in the mean")


def test_a_timeout_of_a_try_shorter_than_the_work():
    retries = {"attempts": 2, "per_try_timeout": "3ms"}
    ((code, _, message),) = found({"retries": retries})
    assert code == "MS0601"
    assert "after 3.00 ms" in message


def test_clients_less_patient_than_the_work_is_long():
    assert codes(load=clients(timeout="4ms")) == []
    ((code, resource, _),) = found(load=clients(timeout="3ms"))
    assert (code, resource) == ("MS0601", "clients")


def test_a_mesh_less_patient_than_the_work_is_long():
    hurried = mesh_samples.mesh(policies={"request_timeout": "3ms"})
    ((code, resource, message),) = found(mesh=hurried)
    assert (code, resource) == ("MS0601", "sample")
    assert message.startswith("gives up after 3.00 ms, less than back/read takes")
    assert codes(mesh=mesh_samples.mesh(policies={"request_timeout": "4ms"})) == []


def test_a_mesh_whose_proxies_choose_no_host_keeps_no_timeout():
    path = {"inside": ["callee.sidecar"], "entry": ["callee.sidecar"]}
    assert codes(mesh=mesh_samples.mesh(policies={"request_timeout": "3ms"}, path=path)) == []


def test_a_callee_that_is_given_up_itself_takes_no_longer_than_that():
    """back gives its own call up after 1 ms, so 2 ms are enough for front."""
    services = {
        "front": {"get": [{"call": "back/read", "timeout": "2ms"}]},
        "back": {"read": [{"call": "deep/x", "timeout": "1ms"}, {"wait": "9ms"}]},
        "deep": {"x": [{"wait": "50ms"}]},
    }
    whole = topology_samples.topology(
        services,
        options=dict.fromkeys(services, PODS),
        slo={"front/get": ["avg<1s"]},
        network=CERTAIN,
    )
    assert [(f.code, f.resource) for f in analyse(whole)] == [("MS0601", "back/read")]


# MS0602 ------------------------------------------------------------------------------------------


def test_retries_at_several_levels():
    assert in_chain(2, 0, 0) == []
    ((code, resource, message),) = in_chain(2, 2, 2)
    assert (code, resource) == ("MS0602", "s3/x")
    assert message == (
        "if s3/x fails, one request makes up to 27 tries of it, since 3 levels try again: "
        "s0/x, s1/x, s2/x; try again at one only"
    )


def test_levels_between_them_may_be_patient():
    ((_, resource, message),) = in_chain(1, 0, 3)
    assert resource == "s3/x"
    assert "up to 8 tries of it, since 2 levels try again: s0/x, s2/x;" in message


def test_clients_are_a_level():
    ((_, _, message),) = in_chain(1, load={"retries": {"attempts": 4}})
    assert "up to 10 tries of it, since 2 levels try again: clients, s0/x;" in message


def test_the_mesh_is_a_level_at_each_hop():
    retries = {"attempts": 2, "retry_on": ["5xx"]}
    ((_, _, message),) = in_chain(0, 1, mesh=mesh_samples.mesh(policies={"retries": retries}))
    assert "up to 18 tries of it, since 3 levels try again: " in message
    assert "the mesh before s1/x, s1/x, the mesh before s2/x;" in message


def test_the_defaults_of_istio_are_no_level():
    retries = {"attempts": 2, "retry_on": ["connect-failure", "unavailable"]}
    assert in_chain(1, mesh=mesh_samples.mesh(policies={"retries": retries})) == []


def test_tries_of_what_is_slow_do_not_repeat_errors_from_below():
    """A server whose call failed answers 500, which is no gateway error."""
    load = {"retries": {"attempts": 4, "retry_on": ["gateway-error"]}}
    assert in_chain(1, load=load) == []


def test_levels_beside_each_other_do_not_multiply():
    call = {"call": "back/read", "retries": {"attempts": 2}}
    whole = base([call, call, {"compute": "1ms"}], network=CERTAIN)
    assert analyse(whole) == ()


def test_a_cycle_is_no_level():
    again = {"call": "back/read", "probability": "10%", "retries": {"attempts": 2}}
    assert codes({"retries": {"attempts": 2}}, [{"wait": "4ms"}, again]) == ["MS0203"]


# MS0603 ------------------------------------------------------------------------------------------


def test_a_timeout_longer_than_that_of_the_callers_caller():
    assert in_chain(0, 0, timeouts=["50ms", "40ms"]) == []
    ((code, resource, message),) = in_chain(0, 0, timeouts=["50ms", "60ms"])
    assert (code, resource) == ("MS0603", "s1/x")
    assert message == (
        "gives s2/x up after 60.0 ms, but is itself given up after 50.0 ms at the latest; lower it"
    )


def test_limits_reach_down_through_callers_without_one():
    ((_, resource, _),) = in_chain(0, 0, 0, timeouts=["50ms", None, "60ms"])
    assert resource == "s2/x"


def test_clients_set_limits_too():
    load = {"timeout": "30ms"}
    assert in_chain(0, timeouts=["20ms"], load=load) == []
    assert [code for code, _, _ in in_chain(0, timeouts=["30ms"], load=load)] == ["MS0603"]


def test_one_patient_caller_is_enough():
    slow = {"call": "back/read", "timeout": "60ms"}
    services = {
        "front": {"get": [{"call": "mid/x", "timeout": "50ms"}], "put": [{"call": "mid/x"}]},
        "mid": {"x": [slow]},
        "back": {"read": []},
    }
    entries = ["front/get", "front/put"]
    whole = topology_samples.topology(
        services,
        entries,
        options=dict.fromkeys(services, PODS),
        slo={"front/get": ["avg<1s"]},
        network=CERTAIN,
    )
    assert analyse(whole) == ()


# MS0604, MS0605 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("per_try", "expected"), [("49ms", []), ("50ms", ["MS0604"])])
def test_a_timeout_of_a_try_that_never_comes(per_try, expected):
    retries = {"attempts": 1, "per_try_timeout": per_try}
    assert codes({"timeout": "50ms", "retries": retries}) == expected
    assert codes(load=clients(timeout="50ms", retries=retries)) == expected


def test_retries_that_never_happen():
    ((code, resource, message),) = found({"retries": {"attempts": 1, "retry_on": ["reset"]}})
    assert (code, resource) == ("MS0605", "front/get")
    assert message.endswith("set per_try_timeout")
    timed = {"attempts": 1, "retry_on": ["reset"], "per_try_timeout": "9ms"}
    assert codes({"retries": timed}) == []
    assert codes({"retries": {"attempts": 1, "retry_on": ["reset", "5xx"]}}) == []


# What other findings make of time-outs -----------------------------------------------------------


def test_an_objective_is_kept_by_giving_up():
    """4 ms of certain work, of which the clients wait for 3."""
    slo = {"front/get": ["p(99)<3.5ms"]}
    assert codes(slo=slo) == ["MS0304"]
    assert codes(slo=slo, load=clients(timeout="3ms")) == ["MS0601"]
    assert codes({"timeout": "3ms"}, slo=slo) == ["MS0601"]


def test_the_mean_of_random_times_that_are_cut_is_not_their_mean():
    random = [{"wait": {"distribution": "exponential", "mean": "4ms"}}]
    slo = {"front/get": ["avg<3ms"]}
    assert codes(None, random, slo=slo) == ["MS0304"]
    assert codes({"timeout": "5ms"}, random, slo=slo) == []
