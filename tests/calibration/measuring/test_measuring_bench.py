"""Goal: a real Envoy carries load on every path and through every filter. Method: short slices.

They are slow because an Envoy takes a second to start on a busy machine.
"""

import importlib.util
import itertools

import pytest

if importlib.util.find_spec("envoy") is None or importlib.util.find_spec("cryptography") is None:
    pytest.skip("needs the extra measure", allow_module_level=True)

from meshsim.calibration.measuring.bench import Target, bench, reference, workers_name
from meshsim.calibration.measuring.cells import Part, full_cells
from meshsim.calibration.measuring.handshakes import measure_handshakes
from meshsim.calibration.measuring.load import Failed
from meshsim.calibration.measuring.topologies import TOPOLOGIES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ready():
    with bench(workers=(2,)) as running:
        yield running


@pytest.mark.parametrize("name", TOPOLOGIES)
def test_every_topology_carries_load(ready, name):
    topology = TOPOLOGIES[name]
    made = ready.closed(Target("client", name, 16_384, 100), 0.01, 0.1)
    assert made.errors == 0
    assert made.requests > 0
    for process in topology.roles.values():
        assert 1e-6 < made.cpu_per_request_s(process) < 5e-3
    idle = {"client", "server"} - set(topology.roles.values())
    assert all(made.cpu_s[name] < 0.1 * made.cpu_s["client"] for name in idle)


def test_every_filter_lets_requests_pass(ready):
    targets = [cell.target for cell in full_cells({Part.FILTERS}, ready.headers)][1:]
    for target in targets:
        made = ready.closed(target, 0.0, 0.05)
        assert made.errors == 0, target
        assert made.requests > 0, target


def test_filters_work(ready):
    """Signature checks cost more than all the rest of a request; a compressed body is shorter."""
    costs = {}
    for cell in full_cells({Part.FILTERS}, ready.headers):
        if cell.test in ("none", "jwt_rs256"):
            made = ready.closed(cell.target, 0.05, 0.3)
            costs[cell.test] = made.cpu_per_request_s(cell.roles["proxy"])
    assert costs["jwt_rs256"] > 1.2 * costs["none"]


def test_a_token_is_needed(ready):
    with pytest.raises(Failed, match="401"):
        ready.closed(Target("client", "filter jwt_rs256"), 0.0, 0.05)


def test_open_load(ready):
    made = ready.open_loop(reference(), 200.0, 0.02, 0.3, key=1)
    assert made.errors == 0
    assert 20 < made.requests < 120
    assert len(made.latencies_s) == made.requests


def test_more_workers(ready):
    made = ready.closed(Target(workers_name(2), "proxy"), 0.01, 0.1)
    assert made.errors == 0
    assert made.cpu_s["workers2"] > 0


def test_handshakes_cost_more_than_plain_connections(ready):
    rows = measure_handshakes(ready, 6.0, clock=itertools.count().__next__)
    cpu = {(r.side, r.key, r.mutual, r.resumption): r.cpu_s for r in rows}
    assert len(cpu) == 3 + 1 + 2 + 2 + 1 + 2 + 2
    assert cpu["server", "rsa", False, False] > 2 * cpu["server", "plain", False, False]
    assert cpu["server", "ec", False, False] > cpu["server", "plain", False, False]
