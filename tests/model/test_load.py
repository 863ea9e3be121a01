"""Load: the six kinds of arrivals, their defaults, and what the schema refuses."""

import pytest
from pydantic import ValidationError

from meshsim.model.load import Load


def load(arrivals, entries=({"to": "a/x"},), **more):
    return Load.model_validate({"arrivals": arrivals, "entries": list(entries), **more})


POISSON = {"process": "poisson", "rate": "90/min"}


def test_open_load_with_a_rate():
    assert load(POISSON).arrivals.rate == 1.5
    assert load({"process": "constant", "rate": "7/s"}).arrivals.rate == 7.0


def test_a_schedule_is_of_random_steps_unless_it_says_otherwise():
    points = [{"at": "0s", "rate": "0/s"}, {"at": "1m", "rate": "5/s"}]
    schedule = load({"process": "schedule", "points": points}).arrivals
    assert (schedule.shape, schedule.spacing) == ("steps", "poisson")
    assert [(point.at, point.rate) for point in schedule.points] == [(0.0, 0.0), (60.0, 5.0)]


def test_a_recording():
    assert load({"process": "trace", "times": ["0s", "5ms"]}).arrivals.times == (0.0, 0.005)


def test_closed_load_does_not_think_unless_it_says_so():
    assert load({"process": "closed", "users": 3}).arrivals.think.mean == 0.0
    assert load({"process": "closed", "users": 3, "think": "1s"}).arrivals.think.mean == 1.0


def test_paced_load_is_in_step_unless_it_says_so():
    paced = {"process": "paced", "rate": "1000/s", "connections": 64}
    assert load(paced).arrivals.jitter == 0.0
    assert load({**paced, "jitter": "10%"}).arrivals.jitter == 0.1


def test_defaults_of_entries():
    whole = load(POISSON)
    assert whole.entries[0].weight == 1.0
    assert whole.client_connections == 64


@pytest.mark.parametrize(
    "arrivals",
    [
        {"rate": "5/s"},
        {"process": "burst"},
        {"process": "poisson"},
        {"process": "poisson", "rate": "0/s"},
        {"process": "poisson", "rate": 5},
        {"process": "constant", "rate": "5/s", "users": 2},
        {"process": "schedule", "points": []},
        {"process": "schedule", "points": [{"at": "0s", "rate": "5/s"}], "shape": "curve"},
        {"process": "trace", "times": []},
        {"process": "trace", "times": [0.5]},
        {"process": "closed", "users": 0},
        {"process": "closed", "users": 1_000_001},
        {"process": "paced", "rate": "5/s"},
        {"process": "paced", "connections": 5},
        {"process": "paced", "rate": "5/s", "connections": 0},
        {"process": "paced", "rate": "5/s", "connections": 1, "jitter": "101%"},
        {"process": "paced", "rate": "5/s", "connections": 1, "jitter": "-1%"},
    ],
)
def test_arrivals_that_are_refused(arrivals):
    with pytest.raises(ValidationError):
        load(arrivals)


@pytest.mark.parametrize(
    "entries", [[], [{}], [{"to": "a/x", "weight": 0}], [{"to": "a/x", "weight": -1}]]
)
def test_entries_that_are_refused(entries):
    with pytest.raises(ValidationError):
        load(POISSON, entries)


def test_connections_that_are_refused():
    with pytest.raises(ValidationError):
        load(POISSON, client_connections=0)
