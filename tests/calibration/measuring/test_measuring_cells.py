"""Goal: profiles have the cells that they promise, named as in the measurement files."""

import pytest

from meshsim.calibration.measuring.cells import Part, full_cells, null_cell, quick_cells
from meshsim.calibration.measuring.certificates import Identity, Token
from meshsim.calibration.measuring.envoy_config import Tls, cluster, listener, tcp_proxy
from meshsim.calibration.measuring.envoy_filters import Surroundings, variant_names, variants
from meshsim.calibration.measuring.session import FULL_SECONDS, QUICK_SECONDS, plan_of
from meshsim.calibration.measuring.topologies import (
    HANDSHAKES,
    TOPOLOGIES,
    client_parts,
    reference_parts,
    server_parts,
    upstream_listeners,
)

IDENTITY = Identity("CERT", "KEY", "AUTHORITY")
BOTH = {"rsa": IDENTITY, "ec": IDENTITY}
HEADERS = {"gzip": (("accept-encoding", "gzip"),)}
UPSTREAM = {"upstream": 1001, "authoriser": 1002, "collector": 1003}


def key(cell):
    return (cell.block, cell.test, cell.mode, *vars(cell.target).values())


def test_quick():
    cells = quick_cells({Part.TOPOLOGIES, Part.LOADS}, HEADERS)
    assert cells[0] == null_cell()
    assert len(cells) == 1 + 9 + 9
    assert {cell.target.listener for cell in cells} == {"proxy", "sidecar_h2", "tcp_mtls"}
    assert {c.rate_per_s for c in cells} == {None, 100, 1000, 4000}
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


@pytest.mark.parametrize(
    ("parts", "quick", "seconds", "expected"),
    [
        ([], True, None, ({Part.TOPOLOGIES, Part.LOADS}, QUICK_SECONDS)),
        ([], False, None, (set(Part), FULL_SECONDS)),
        ([Part.MEMORY], False, 60.0, ({Part.MEMORY}, 60.0)),
    ],
)
def test_plans(parts, quick, seconds, expected):
    plan = plan_of(parts, quick=quick, seconds_max=seconds)
    assert (set(plan.parts), plan.seconds_max) == expected
    assert plan.has_cells == (Part.MEMORY not in parts)


def test_pairs_have_two_ends_and_others_one():
    listeners, clusters = server_parts(UPSTREAM, BOTH)
    server = {one["name"]: 2000 + i for i, one in enumerate(listeners)}
    assert set(server) == {t.name for t in TOPOLOGIES.values() if t.pair} | {
        shake.name for shake in HANDSHAKES
    }
    assert [one["name"] for one in clusters] == ["upstream"]
    near, far = client_parts(UPSTREAM, server, BOTH, variants(Surroundings(Token("a", "b"), "/x")))
    assert {one["name"] for one in far} == set(server) | set(UPSTREAM)
    assert len(near) == len(TOPOLOGIES) + len(HANDSHAKES) + len(variant_names())
    assert [one["name"] for one in reference_parts(UPSTREAM)[0]] == ["proxy"]


def test_only_loopback_and_ports_of_the_kernels_choice():
    listeners = [
        *upstream_listeners([0, 10]),
        listener("t", tcp_proxy("c"), Tls(IDENTITY), h2=True),
    ]
    for one in listeners:
        assert one["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 0}


def test_tls_of_both_sides():
    near = cluster("c", [7], Tls(IDENTITY, mutual=False, resumption=False), h2=True)
    context = near["transport_socket"]["typed_config"]
    assert context["max_session_keys"] == 0
    assert context["common_tls_context"]["alpn_protocols"] == ["h2"]
    assert "tls_certificates" not in context["common_tls_context"]
    (chain,) = listener("l", tcp_proxy("c"), Tls(IDENTITY))["filter_chains"]
    context = chain["transport_socket"]["typed_config"]
    assert context["require_client_certificate"]
    assert not context["disable_stateless_session_resumption"]
