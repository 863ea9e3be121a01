"""Goal: memory grows with what an Envoy holds. Method: real ones, with few objects."""

import importlib.util

import pytest

if importlib.util.find_spec("envoy") is None or importlib.util.find_spec("cryptography") is None:
    pytest.skip("needs the extra measure", allow_module_level=True)

from meshsim.calibration.measuring.memory import Holding, holdings, measure_holdings, parse_rollup
from meshsim.calibration.measuring.placement import placement

CORE = placement().proxies

pytestmark = pytest.mark.slow


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


def test_sizes_in_a_rollup():
    private = "Private_Clean: 3 kB\nPrivate_Dirty: 4 kB\n"
    text = f"55-7f ---p 00 [rollup]\nRss:  100 kB\nPss: 50 kB\n{private}"
    assert parse_rollup(text) == {"rss": 102_400, "pss": 51_200, "private": 7168}
