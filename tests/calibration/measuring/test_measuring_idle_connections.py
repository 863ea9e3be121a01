"""Goal: idle connections of all kinds take memory. Method: a real Envoy, and fifty of each."""

import importlib.util

import pytest

if importlib.util.find_spec("envoy") is None or importlib.util.find_spec("cryptography") is None:
    pytest.skip("needs the extra measure", allow_module_level=True)

from meshsim.calibration.measuring.idle_connections import KINDS, measure_idle_connections
from meshsim.calibration.measuring.placement import placement

CORE = placement().proxies

pytestmark = pytest.mark.slow


def test_idle_connections_of_all_kinds():
    rows = measure_idle_connections(CORE, 0.0, clock=lambda: -1.0, counts=(0, 50))
    assert [row.kind for row in rows[::2]] == [kind.name for kind in KINDS]
    assert all(row.number in (0, 50) for row in rows)
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        assert after.allocated_bytes > before.allocated_bytes + 50 * 1024


def test_idle_connections_end_in_time():
    rows = measure_idle_connections(CORE, 0.0, clock=lambda: 1.0, counts=(0,))
    assert len(rows) == 1
