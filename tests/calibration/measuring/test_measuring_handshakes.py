"""Goal: each side and kind of a handshake has its rows, in every repeat.

Method: a bench that answers at once with literal costs, and a clock that counts.
"""

import itertools

import pytest
from fake_bench import Bench, slice_of

from meshsim.calibration.measuring.handshakes import REPEATS_MAX, measure_handshakes
from meshsim.calibration.measuring.load import Failed


def test_sides_and_kinds():
    rows = measure_handshakes(Bench(), 7.0, clock=itertools.count(1).__next__)
    kinds = [(r.side, r.key, r.mutual, r.resumption) for r in rows]
    assert kinds[:3] == [
        ("server", "plain", False, False),
        ("server_sidecar", "plain", False, False),
        ("client_sidecar", "plain", False, False),
    ]
    assert ("server", "rsa", False, False) in kinds
    assert ("client_sidecar", "ec", True, True) in kinds
    assert {round(row.cpu_s * 1e6) for row in rows} == {90, 60}


def test_repeats():
    told = []
    rows = measure_handshakes(
        Bench(), 1e9, clock=itertools.count().__next__, tell=lambda: told.append(1)
    )
    assert {row.repeat for row in rows} == set(range(REPEATS_MAX))
    assert len(told) == 7 * REPEATS_MAX


@pytest.mark.parametrize("failure", [Failed("no"), slice_of(client=1.0, errors=1)])
def test_what_fails_is_left_out(failure):
    bench = Bench(handshake_plain_0_0=failure)
    rows = measure_handshakes(bench, 8.0, clock=itertools.count(1).__next__)
    assert "plain" not in {row.key for row in rows}
    assert "rsa" in {row.key for row in rows}
