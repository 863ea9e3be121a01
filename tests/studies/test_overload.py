"""Goal: a system that cannot keep up is recognised before it is simulated, with what it can carry.

Method: one service whose capacity is known exactly, limited by its CPU, by its worker slots, and by
the worker of its sidecar; under open and closed load.
"""

import dataclasses

import builders
import pytest
from builders import cores, listed, service, sidecars, topology
from observation_samples import observed

from meshsim.solvers.tally import tally_of
from meshsim.studies.overload import (
    bottleneck_of,
    overload_of,
    overload_sentence,
    stopped_sentences,
)


def program(rate, under=None, arrivals=None, **more):
    steps = more.pop("steps", "[compute: 2ms]")
    more.setdefault("resources", cores(1))
    described = topology(
        listed(service("a", steps, **more)),
        arrivals=arrivals or f"{{process: poisson, rate: {rate}/s}}",
    )
    return builders.program(described, under)


def test_cpu():
    assert overload_of(program(499)) is None
    assert bottleneck_of(program(250)).load == pytest.approx(0.5)
    assert overload_sentence(overload_of(program(650))) == (
        "a (its CPU) is overloaded: the load asks for 130% of it; it can carry 500/s of this mix. "
        "Latencies depend on the length of the run"
    )


def test_the_worker_of_a_sidecar():
    sentence = overload_sentence(overload_of(program(600, sidecars(busy="2ms"), steps="[]")))
    assert sentence.startswith("sidecar of a (its workers) is overloaded: the load asks for 120%")
    assert "it can carry 500/s" in sentence


def test_worker_slots():
    waiting = {"steps": "[{wait: 10ms}, {compute: 1us}]", "workers": 2}
    assert overload_of(program(150, **waiting)) is None
    sentence = overload_sentence(overload_of(program(260, **waiting)))
    assert sentence.startswith("a (its worker slots) is overloaded: the load asks for 130%")
    assert "200/s" in sentence


def test_closed_load_adapts():
    closed = program(0, arrivals="{process: closed, users: 50}")
    assert bottleneck_of(closed) is None
    assert overload_of(closed) is None


def test_paced_load_adapts():
    paced = program(0, arrivals="{process: paced, rate: 100000/s, connections: 50}")
    assert bottleneck_of(paced) is None


def test_runs_that_were_stopped_are_told_of():
    whole = observed([0.1, 0.2, 0.3])
    stopped = dataclasses.replace(whole, overloaded=True)
    assert stopped_sentences([whole, whole]) == []
    assert stopped_sentences([stopped, whole])[0].startswith("1 run was stopped when requests")
    (sentence,) = stopped_sentences([stopped, stopped])
    assert sentence.startswith("each run was stopped")
    assert "after at least 3 answers" in sentence


def test_tallies_that_were_stopped_are_told_of():
    tally = tally_of(observed([0.1, 0.2, 0.3, 0.4]), 1, 0)
    stopped = dataclasses.replace(tally, overloaded=True)
    assert stopped_sentences([tally.packed()]) == []
    (sentence,) = stopped_sentences([stopped.packed(), stopped.packed(), tally.packed()])
    assert sentence.startswith("2 runs were stopped")
    assert "at least 4 answers" in sentence
