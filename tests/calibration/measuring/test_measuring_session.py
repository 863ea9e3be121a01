"""Goal: a plan's parts are measured within its time, and what fails is said.

Method: a bench, handshakes and memory that answer at once, in place of real ones.
"""

import contextlib
from types import SimpleNamespace

import pytest
from measured_sample import handshakes, memory

from meshsim.calibration.measuring import session
from meshsim.calibration.measuring.cells import Part
from meshsim.calibration.measuring.load import Failed, Slice
from meshsim.calibration.measuring.session import (
    FULL_SECONDS,
    QUICK_SECONDS,
    measure,
    plan_of,
)
from meshsim.errors import InputError


class Bench(SimpleNamespace):
    envoy_version = "1.40.0"
    headers = {}  # noqa: RUF012 - nothing is added to it

    def closed(self, target, warm_s, seconds):
        names = ("reference", "client", "server", "workers2", "workers4")
        return Slice(100, 0.25, 0, dict.fromkeys(names, 0.003), 0.0)

    def open_loop(self, target, rate_per_s, warm_s, seconds, key):
        made = self.closed(target, warm_s, seconds)
        return Slice(100, 100 / rate_per_s, 0, made.cpu_s, 0.0, (0.001,), (0.0,))


@pytest.fixture
def quick_world(monkeypatch):
    """Nothing real is started; gives what was asked for, and when it had to end."""
    asked = {}

    @contextlib.contextmanager
    def bench(workers):
        asked["workers"] = workers
        yield Bench()

    def later(name, rows):
        def made(*words, tell):
            asked[name] = words[-1]
            tell()
            return list(rows)

        return made

    monkeypatch.setattr(session, "bench", bench)
    monkeypatch.setattr(session, "check_extra", lambda: None)
    monkeypatch.setattr(session, "measure_handshakes", later("handshakes", handshakes()))
    monkeypatch.setattr(session, "measure_idle_connections", later("idle", memory()[-1:]))
    monkeypatch.setattr(session, "measure_holdings", later("holdings", memory()[:-1]))
    return asked


def test_everything(quick_world):
    told = []
    measured = measure(
        plan_of([], quick=False, seconds_max=1000.0), lambda *words: told.append(words)
    )
    assert len(measured.cells) > 100
    assert all(record.count >= 8 for record in measured.cells)
    assert measured.doubts == ()
    assert len(measured.handshakes) == len(handshakes())
    assert len(measured.memory) == len(memory())
    assert (told[0], told[-1]) == ((0, 1000), (1000, 1000))
    assert quick_world["workers"] == (2, 4)
    assert quick_world["idle"] < quick_world["holdings"]
    assert quick_world["holdings"] - quick_world["handshakes"] == pytest.approx(1000 * 2 / 15)


def test_quick(quick_world):
    measured = measure(plan_of([], quick=True, seconds_max=None))
    assert len(measured.cells) == 19
    assert measured.handshakes == measured.memory == ()
    assert set(quick_world) == {"workers"}


def test_one_part(quick_world):
    measured = measure(plan_of([Part.MEMORY], quick=False, seconds_max=100.0))
    assert [record.cell.is_null for record in measured.cells] == [True]
    assert measured.memory
    assert "handshakes" not in quick_world


def test_an_envoy_that_does_not_answer(quick_world, monkeypatch):
    def fails(*_words):
        raise Failed("ConnectionRefusedError")

    monkeypatch.setattr(Bench, "closed", fails)
    with pytest.raises(InputError, match="must answer on loopback, and did not: ConnectionRef"):
        measure(plan_of([], quick=True, seconds_max=None))


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
