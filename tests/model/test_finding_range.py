"""Finding MS0507: costs of a proxy that were fitted on other loads or bodies.

The base topology sends 100 requests/s to front (two pods), which calls back (two pods): the two
workers of a front sidecar get 50 requests/s each, those of a back sidecar 25; bodies are 2 KiB.
"""

import mesh_samples
import pytest
from finding_base import base
from mesh_samples import proxy

from meshsim.model.findings import analyse

ANY_BODY = ["0B", "1MiB"]
ANY_RATE = ["1/s", "1000/s"]


def sample(scope="pod", layer=7, rates=ANY_RATE, body=ANY_BODY, name="sidecar"):
    one = proxy(name, scope, layer)
    one["cost"] = {**one["cost"], "fitted_range": {"requests_per_worker": rates, "body": body}}
    return one


def found(one, inside=None, entry=None, **changes):
    mesh = mesh_samples.mesh([one], inside, entry)
    return [f for f in analyse(base(**changes), mesh=mesh) if f.code == "MS0507"]


@pytest.mark.parametrize(
    ("rates", "is_outside"),
    [
        (["25/s", "50/s"], False),
        (["26/s", "50/s"], True),
        (["25/s", "49/s"], True),
    ],
)
def test_rates_of_sidecars(rates, is_outside):
    """Front: 100 in and 100 out over two pods and two workers; back: 100 in."""
    assert bool(found(sample(rates=rates))) == is_outside


def test_the_message_has_both_ranges():
    (finding,) = found(sample(rates=["200/s", "900/s"]))
    assert finding.resource == "sidecar"
    assert "each worker gets 25.0/s to 50.0/s" in finding.message
    assert "200/s to 900/s" in finding.message
    assert "bodies" not in finding.message


def test_one_rate_is_one_number():
    """A node proxy meets all: 100 in, and 100 between pods on both sides, on one node."""
    one = sample("node", 4, ["301/s", "900/s"], name="ztunnel")
    nodes = [{"name": "pool", "count": 1, "cores": 16, "memory": "64Gi"}]
    path = (["caller.ztunnel", "callee.ztunnel"], ["callee.ztunnel"])
    (finding,) = found(one, *path, nodes=nodes)
    assert "each worker gets 150/s, and" in finding.message


@pytest.mark.parametrize(("scope", "rate"), [("service", "25/s"), ("namespace", "25/s")])
def test_shared_proxies(scope, rate):
    """Two replicas with two workers carry the 100 calls/s to back."""
    path = ([f"service.{scope}"], [])
    assert not found(sample(scope, rates=[rate, rate], name=scope), *path)
    assert found(sample(scope, rates=["24/s", "24.9/s"], name=scope), *path)


@pytest.mark.parametrize(
    ("body", "is_outside"),
    [(["2KiB", "2KiB"], False), (["0B", "2047B"], True), (["2049B", "1MiB"], True)],
)
def test_bodies(body, is_outside):
    assert bool(found(sample(body=body))) == is_outside


def test_bodies_of_a_call_are_its_own():
    steps = [{"compute": "4ms"}, {"call": "back/read", "request": "1KiB", "response": "100KiB"}]
    (finding,) = found(sample(body=["0B", "50KiB"]), steps=steps)
    assert "bodies are 2.00 KiB to 101 KiB" in finding.message


def test_calls_that_do_not_pass_the_proxy_do_not_count():
    steps = [{"compute": "4ms"}, {"call": "back/read", "response": "100KiB"}]
    assert not found(sample(body=["0B", "50KiB"]), [], ["callee.sidecar"], steps=steps)
    assert not found(sample(rates=["900/s", "901/s"], body=["0B", "1B"]), [], [])


def test_without_a_range_nothing_is_said():
    assert not found(proxy())
