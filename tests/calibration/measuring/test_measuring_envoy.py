"""Goal: a real Envoy does what the measurement asks of it, and leaves nothing. Method: short runs.

They are slow because an Envoy takes a second to start on a busy machine.
"""

import importlib.util
import itertools
import os
import tempfile

import pytest

if importlib.util.find_spec("envoy") is None or importlib.util.find_spec("cryptography") is None:
    pytest.skip("needs the extra measure", allow_module_level=True)

from traces_left import children

from meshsim.calibration.measuring.bench import Target, bench, reference, workers_name
from meshsim.calibration.measuring.cells import Part, full_cells
from meshsim.calibration.measuring.envoy import envoy
from meshsim.calibration.measuring.envoy_config import listener, tcp_proxy
from meshsim.calibration.measuring.handshakes import measure_handshakes
from meshsim.calibration.measuring.idle_connections import KINDS, measure_idle_connections
from meshsim.calibration.measuring.load import Failed
from meshsim.calibration.measuring.memory import Holding, holdings, measure_holdings, parse_rollup
from meshsim.calibration.measuring.placement import placement
from meshsim.calibration.measuring.session import measure, plan_of
from meshsim.calibration.measuring.topologies import TOPOLOGIES
from meshsim.errors import InputError

CORE = placement().proxies

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


def test_memory_grows_with_what_is_held():
    wanted = [Holding("clusters", n, endpoints_per_cluster=1) for n in (0, 300)]
    rows = measure_holdings(CORE, 0.0, clock=lambda: -1.0, wanted=wanted)
    grown = rows[1].rss_bytes - rows[0].rss_bytes
    assert 300 * 30 * 1024 < grown < 300 * 100 * 1024
    assert rows[1].allocated_bytes > rows[0].allocated_bytes
    assert rows[0].heap_bytes >= rows[0].allocated_bytes


def test_memory_ends_in_time():
    assert len(measure_holdings(CORE, 0.0, clock=lambda: 1.0)) == 1


def test_every_holding_starts():
    small = {h.kind: Holding(h.kind, 3) for h in holdings()}
    rows = measure_holdings(CORE, 0.0, clock=lambda: -1.0, wanted=list(small.values()))
    assert {row.kind for row in rows} == set(small)


def test_idle_connections_of_all_kinds():
    rows = measure_idle_connections(CORE, 0.0, clock=lambda: -1.0, counts=(0, 50))
    assert [row.kind for row in rows[::2]] == [kind.name for kind in KINDS]
    assert all(row.number in (0, 50) for row in rows)
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        assert after.allocated_bytes > before.allocated_bytes + 50 * 1024


def test_idle_connections_end_in_time():
    rows = measure_idle_connections(CORE, 0.0, clock=lambda: 1.0, counts=(0,))
    assert len(rows) == 1


def test_an_envoy_that_cannot_start_says_why():
    bad = listener("x", {"name": "nonsense", "typed_config": {"@type": "type.googleapis.com/no"}})
    with pytest.raises(InputError, match="Envoy must start, and ended"), envoy([bad], [], [CORE]):
        pass


def test_an_envoy_that_is_not_ready_in_time(monkeypatch):
    monkeypatch.setattr("meshsim.calibration.measuring.envoy._START_SECONDS", -1.0)
    one = listener("x", tcp_proxy("c"))
    with pytest.raises(InputError, match="must be ready within"), envoy([one], [], [CORE]):
        pass


def test_sizes_in_a_rollup():
    private = "Private_Clean: 3 kB\nPrivate_Dirty: 4 kB\n"
    text = f"55-7f ---p 00 [rollup]\nRss:  100 kB\nPss: 50 kB\n{private}"
    assert parse_rollup(text) == {"rss": 102_400, "pss": 51_200, "private": 7168}


def test_a_short_measurement_from_end_to_end(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children(os.getpid())
    parts = [Part.TOPOLOGIES, Part.HANDSHAKES, Part.MEMORY]
    measured = measure(
        plan_of(parts, quick=True, seconds_max=10.0), lambda done, of: told.append((done, of))
    )
    assert measured.machine.envoy_version.startswith("1.")
    assert measured.reference.slices > 2
    assert measured.cells[0].count > 0
    assert measured.handshakes
    assert measured.memory
    assert told[0] == (0, 10)
    assert told[-1] == (10, 10)
    assert children(os.getpid()) == before
    assert list(tmp_path.iterdir()) == []
