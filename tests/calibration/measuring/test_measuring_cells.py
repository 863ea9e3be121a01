"""Goal: profiles have the cells that they promise, named as in the measurement files."""

from meshsim.calibration.measuring.cells import Part, full_cells, null_cell, quick_cells
from meshsim.calibration.measuring.envoy_filters import variant_names

HEADERS = {"gzip": (("accept-encoding", "gzip"),)}


def key(cell):
    return (cell.block, cell.test, cell.mode, *vars(cell.target).values())


def test_quick():
    cells = quick_cells({Part.TOPOLOGIES, Part.LOADS}, HEADERS)
    assert cells[0] == null_cell()
    assert len(cells) == 1 + 9 + 9
    assert {cell.target.listener for cell in cells} == {"proxy", "sidecar_h2", "tcp_mtls"}
    assert {c.rate_per_s for c in cells} == {None, 100, 500, 2000}
    assert len(quick_cells({Part.LOADS, Part.CONNECTIONS}, HEADERS)) == 1 + 9 + 4


def test_full():
    cells = full_cells(set(Part), HEADERS)
    assert len({key(cell) for cell in cells}) == len(cells)
    assert {cell.block for cell in cells} == {"filter", "topo", "load", "connections", "workers"}
    assert {cell.target.payload_bytes for cell in cells} >= {0, 1024, 16_384, 65_536, 131_072}
    assert {cell.target.request_bytes for cell in cells} == {0, 16_384, 131_072}
    assert {"jwt_rs256", "rbac_100policies", "otel_tracing_100pct"} <= {c.test for c in cells}
    (gzip,) = [cell for cell in cells if cell.test == "gzip"]
    assert gzip.target.headers == (("accept-encoding", "gzip"),)
    assert {c.workers for c in cells} == {1, 2, 4}
    assert [c.is_null for c in cells].count(True) == 1


def test_parts():
    assert len(full_cells({Part.MEMORY}, {})) == 1
    assert len(full_cells({Part.FILTERS}, {})) == len(variant_names())
