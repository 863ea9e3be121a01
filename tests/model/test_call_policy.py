"""Time-outs and retries as files write them: fields, defaults, and what is refused with a cure."""

import math

import builders
import pytest
from pydantic import ValidationError

from meshsim.errors import InputError
from meshsim.model.call_policy import Retries, patience_s
from meshsim.model.scenario import Scenario


def described(call="", clients=""):
    """Service a calls b; ``call`` are further keys of the call, ``clients`` of the load."""
    services = builders.listed(
        builders.service("a", f"[{{call: b/get{call}}}]"), builders.service("b")
    )
    return builders.topology(services, clients=clients)


def call_of(topology):
    return topology.services[0].endpoints[0].steps[0]


def problem(**more):
    """The one problem of a topology with these keys."""
    with pytest.raises(InputError) as raised:
        described(**more)
    (found,) = raised.value.problems
    return found


def test_nobody_gives_up_or_tries_again_unless_told():
    whole = described()
    assert call_of(whole).timeout is None
    assert call_of(whole).retries is None
    assert whole.load.timeout is None
    assert whole.load.retries is None
    assert whole.services[0].when_cancelled == "finish"


def test_a_call_with_all_keys():
    retries = (
        "{attempts: 3, per_try_timeout: 20ms, retry_on: [gateway-error, reset],"
        " base_interval: 10ms, max_interval: 80ms}"
    )
    call = call_of(described(f", timeout: 100ms, retries: {retries}"))
    assert call.timeout == 0.1
    assert call.retries.attempts == 3
    assert call.retries.per_try_timeout == 0.02
    assert call.retries.retry_on == ("gateway-error", "reset")
    assert call.retries.base_interval == 0.01
    assert call.retries.largest_window_s == 0.08


def test_clients_have_the_same_keys():
    load = described(clients="timeout: 1s, retries: {attempts: 1}").load
    assert (load.timeout, load.retries.attempts) == (1.0, 1)


def test_defaults_are_those_of_envoy():
    retries = Retries(attempts=2)
    assert retries.per_try_timeout is None
    assert retries.retry_on == ("5xx",)
    assert retries.base_interval == 0.025
    assert retries.max_interval is None
    assert retries.largest_window_s == 0.25


@pytest.mark.parametrize("number", [1, 100])
def test_as_many_tries_as_are_allowed(number):
    assert Retries(attempts=number).attempts == number


def test_a_largest_window_equal_to_the_first_is_allowed():
    assert Retries(attempts=1, base_interval="30ms", max_interval="30ms").largest_window_s == 0.03


def test_what_a_server_does_when_its_caller_is_gone():
    service = builders.service("a", when_cancelled="stop")
    assert builders.topology(builders.listed(service)).services[0].when_cancelled == "stop"


def test_policies_change_the_hash_of_a_scenario():
    hashes = {
        Scenario(described(call, clients), builders.mesh()).hash()
        for call, clients in [
            ("", ""),
            (", timeout: 1s", ""),
            (", timeout: 2s", ""),
            ("", "timeout: 1s"),
            (", retries: {attempts: 1}", ""),
            (", retries: {attempts: 2}", ""),
        ]
    }
    assert len(hashes) == 6


CALL = "services[0].endpoints[0].steps[0]"


@pytest.mark.parametrize(
    ("more", "path", "rule", "value", "cure"),
    [
        ({"call": ", timeout: 100"}, f"{CALL}.timeout", "needs a unit", "100", "25ms"),
        ({"call": ", timeout: 0s"}, f"{CALL}.timeout", "more than zero", "0", "larger"),
        ({"clients": "timeout: 3"}, "load.timeout", "needs a unit", "3", "25ms"),
        (
            {"call": ", retries: {attempts: 0}"},
            f"{CALL}.retries.attempts",
            "at least 1",
            "0",
            "write 1 or more",
        ),
        (
            {"clients": "retries: {attempts: 101}"},
            "load.retries.attempts",
            "at most 100",
            "101",
            "write 100 or less",
        ),
        (
            {"clients": "retries: {attempts: 1, base_interval: 50ms, max_interval: 20ms}"},
            "load.retries",
            "max_interval must not lie below base_interval",
            "",
            "raise it",
        ),
        (
            {"call": ", retries: {attempts: 1, retry_on: [503]}"},
            f"{CALL}.retries.retry_on[0]",
            "'5xx', 'gateway-error', 'reset'",
            "503",
            "choose one",
        ),
        (
            {"call": ", retries: {attempts: 1, retry_on: []}"},
            f"{CALL}.retries.retry_on",
            "at least 1",
            "",
            "",
        ),
        (
            {"call": ", retries: {per_try_timeout: 5ms}"},
            f"{CALL}.retries.attempts",
            "required",
            "",
            "",
        ),
        (
            {"call": ", retries: {attempts: 1, base_interval: 100us}"},
            f"{CALL}.retries.base_interval",
            "at least a millisecond",
            "100us",
            "write 1ms",
        ),
        ({"call": ", tries: 3"}, f"{CALL}.tries", "unknown", "", "retries"),
    ],
)
def test_problems_name_place_rule_value_and_cure(more, path, rule, value, cure):
    found = problem(**more)
    assert path in str(found)
    assert rule in found.rule
    assert value in found.value
    assert cure in found.cure


@pytest.mark.parametrize("wrong", [{"attempts": True}, {"attempts": 1.5}, {"attempts": "2"}])
def test_attempts_are_whole_numbers(wrong):
    with pytest.raises(ValidationError):
        Retries.model_validate(wrong)


@pytest.mark.parametrize(
    ("timeout_s", "retries", "expected_s"),
    [
        (None, None, math.inf),
        (2.0, None, 2.0),
        (None, Retries(attempts=3), math.inf),
        (2.0, Retries(attempts=3), 2.0),
        (2.0, Retries(attempts=3, per_try_timeout="250ms"), 1.0),
        (0.5, Retries(attempts=3, per_try_timeout="250ms"), 0.5),
        (None, Retries(attempts=3, per_try_timeout="250ms"), 1.0),
    ],
)
def test_patience(timeout_s, retries, expected_s):
    assert patience_s(timeout_s, retries) == expected_s
