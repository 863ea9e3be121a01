"""Goal: a real Envoy does what the measurement asks of it, and leaves nothing. Method: short runs.

They are slow because an Envoy takes a second to start on a busy machine.
"""

import importlib.util
import os
import tempfile

import pytest

if importlib.util.find_spec("envoy") is None or importlib.util.find_spec("cryptography") is None:
    pytest.skip("needs the extra measure", allow_module_level=True)

from traces_left import children

from meshsim.calibration.measuring.cells import Part
from meshsim.calibration.measuring.envoy import envoy
from meshsim.calibration.measuring.envoy_config import listener, tcp_proxy
from meshsim.calibration.measuring.placement import placement
from meshsim.calibration.measuring.session import measure, plan_of
from meshsim.errors import InputError

CORE = placement().proxies

pytestmark = pytest.mark.slow


def test_an_envoy_that_cannot_start_says_why():
    bad = listener("x", {"name": "nonsense", "typed_config": {"@type": "type.googleapis.com/no"}})
    with pytest.raises(InputError, match="Envoy must start, and ended"), envoy([bad], [], [CORE]):
        pass


def test_an_envoy_that_is_not_ready_in_time(monkeypatch):
    monkeypatch.setattr("meshsim.calibration.measuring.envoy._START_SECONDS", -1.0)
    one = listener("x", tcp_proxy("c"))
    with pytest.raises(InputError, match="must be ready within"), envoy([one], [], [CORE]):
        pass


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
