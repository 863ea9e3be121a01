"""Goal: an Envoy listens on loopback only, and TLS is as asked for. Method: the configuration."""

from meshsim.calibration.measuring.certificates import Identity
from meshsim.calibration.measuring.envoy_config import Tls, cluster, listener, tcp_proxy
from meshsim.calibration.measuring.topologies import upstream_listeners

IDENTITY = Identity("CERT", "KEY", "AUTHORITY")


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
