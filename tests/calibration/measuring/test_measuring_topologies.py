"""Goal: every data path has its listeners and clusters. Method: their names."""

from meshsim.calibration.measuring.certificates import Identity, Token
from meshsim.calibration.measuring.envoy_filters import Surroundings, variant_names, variants
from meshsim.calibration.measuring.topologies import (
    HANDSHAKES,
    TOPOLOGIES,
    client_parts,
    reference_parts,
    server_parts,
)

IDENTITY = Identity("CERT", "KEY", "AUTHORITY")


BOTH = {"rsa": IDENTITY, "ec": IDENTITY}


UPSTREAM = {"upstream": 1001, "authoriser": 1002, "collector": 1003}


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
