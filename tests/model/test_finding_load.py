"""Findings MS03: loads and objectives on either side of what a run can judge."""

import pytest
import topology_samples
from finding_base import PODS, codes, load, only

from meshsim.model.findings import analyse


@pytest.mark.parametrize(
    ("rate", "objective", "expected"),
    [
        ("1/s", "p(99)<1s", []),  # ten answers beyond it after 1,000 s
        ("1/s", "p(99.9)<1s", ["MS0301"]),  # after 10,000 s
        ("3/s", "p(99.9)<1s", []),
        ("10/min", "p(99)<1s", ["MS0301"]),
        ("10/min", "avg<1s", []),
        ("10/min", "med<1s", []),
        ("10/min", "error_rate<1%", []),
    ],
)
def test_percentiles_out_of_reach(rate, objective, expected):
    assert codes(rate=rate, slo={"front/get": [objective]}) == expected


def test_a_percentile_of_an_entry_that_is_rarely_called():
    entries = [{"to": "front/get", "weight": 999}, {"to": "back/read"}]
    arrivals = {"process": "poisson", "rate": "100/s"}
    slo = {"front/get": ["p(99)<1s"], "back/read": ["p(99)<1s"]}
    finding = only(load={"arrivals": arrivals, "entries": entries}, slo=slo)
    assert (finding.code, finding.resource) == ("MS0301", "back/read")
    assert "at 0.100/s it takes 2.78 h until 10 answers lie beyond" in finding.message


def test_short_recordings():
    times = [f"{number * 10}ms" for number in range(1_000)]
    assert codes(load=load({"process": "trace", "times": times})) == []
    assert codes(load=load({"process": "trace", "times": times[:-1]})) == ["MS0302"]


def test_no_objectives():
    assert codes(slo={}) == ["MS0303"]
    assert codes(slo={"front/get": []}) == ["MS0303"]


@pytest.mark.parametrize(
    ("objective", "is_hopeless"),
    [
        ("p(99)<50ms", False),
        ("p(99)<20ms", True),  # 10 ms to the clients, 5 ms of network, 4 + 4 ms of steps
        ("p(1)<20ms", True),
        ("avg<23ms", False),  # kept or not by a hair: not hopeless
        ("avg<22ms", True),
        ("error_rate<1%", False),
        ("error_rate<0.1%", True),
        ("error_rate<=0.5%", False),
    ],
)
def test_objectives_that_cannot_be_kept(objective, is_hopeless):
    network = {"client": "10ms", "same_node": "5ms", "same_zone": "5ms", "between_zones": "5ms"}
    services = {
        "front": {"get": {"error": "0.5%", "steps": [{"compute": "4ms"}, {"call": "back/read"}]}},
        "back": {"read": [{"wait": "4ms"}]},
    }
    whole = topology_samples.topology(
        services,
        options={"front": PODS, "back": PODS},
        slo={"front/get": [objective]},
        network=network,
    )
    assert [f.code for f in analyse(whole)] == (["MS0304"] if is_hopeless else [])


def test_what_varies_can_keep_any_percentile():
    steps = [{"compute": {"distribution": "exponential", "mean": "4ms"}}, {"call": "back/read"}]
    below = [{"wait": {"distribution": "lognormal", "mean": "4ms", "cv": 1}}]
    assert codes(steps, below, slo={"front/get": ["med<1ms"]}) == []
    assert codes(steps, below, slo={"front/get": ["avg<1ms"]}) == ["MS0304"]
