"""The cost of a passage as a function of a vector of named parameters, for many cells at once.

Paths are those of a proxy in a mesh file: ``cost.http1.busy``, ``cost.tls.per_kib``,
``cost.filters.rbac.per_request``. The formula is that of the simulators: the busy cost is put
together here, the idle cost is :mod:`meshsim.physics.mean_passage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from meshsim.calibration.fitting.robust import FloatArray, IntArray
from meshsim.calibration.readers.cells import CpuCell
from meshsim.physics.mean_passage import mean_passage_cpu_s, sequential_passage_cpu_s

MACHINE_FACTOR = "machine_factor"
WAKE_UP = "cost.wake_up_delay"
TLS_PER_REQUEST = "cost.tls.per_request"
TLS_PER_KIB = "cost.tls.per_kib"
_KIB = 1024.0


def protocol_paths(protocol: str) -> tuple[str, str, str, str]:
    """Paths of busy, per KiB, scale and exponent of the idle cost of a protocol."""
    names = ("busy", "per_kib", "idle_scale", "idle_exponent")
    busy, per_kib, scale, exponent = (f"cost.{protocol}.{name}" for name in names)
    return busy, per_kib, scale, exponent


def filter_path(name: str, term: str = "per_request") -> str:
    """Path of the cost of a filter."""
    return f"cost.filters.{name}.{term}"


def level_path(cell: CpuCell) -> str:
    """Path of the state of the machine while the file of a cell was measured."""
    return f"level.{Path(cell.place.file).name}"


class CellModel:
    """CPU per request of cells as a function of parameters; the cells become arrays once."""

    def __init__(self, cells: Sequence[CpuCell]) -> None:
        self._count = len(cells)
        self._kib = np.array([cell.body_bytes / _KIB for cell in cells])
        self._passes = np.array([float(cell.passes) for cell in cells])
        self._rate = np.array([cell.rate_per_s for cell in cells])
        how = np.array([cell.arrivals for cell in cells])
        self._open, self._in_turn = how == "open", how == "sequential"
        self._protocols = _places(cell.protocol for cell in cells)
        self._levels = _places("" if cell.is_paired else level_path(cell) for cell in cells)
        pairs = [(name, index) for index, cell in enumerate(cells) for name in cell.filters]
        self._filters = {
            name: np.array([index for one, index in pairs if one == name]) for name, _ in pairs
        }

    def cpu_s(self, known: Mapping[str, float]) -> FloatArray:
        """CPU per request of each cell [s]."""
        busy, scale, exponent = (np.zeros(self._count) for _ in range(3))
        for protocol, own in self._protocols.items():
            paths = protocol_paths(protocol)
            busy[own] = known[paths[0]] + known[paths[1]] * self._kib[own]
            scale[own], exponent[own] = known.get(paths[2], 0.0), known.get(paths[3], 0.5)
        tls = known.get(TLS_PER_REQUEST, 0.0) + known.get(TLS_PER_KIB, 0.0) * self._kib
        busy += self._passes * tls
        for name, own in self._filters.items():
            each = known.get(filter_path(name, "per_kib"), 0.0)
            busy[own] += known[filter_path(name)] + each * self._kib[own]
        factor = np.full(self._count, known.get(MACHINE_FACTOR, 1.0))
        for level, own in self._levels.items():
            factor[own] *= known.get(level, 1.0)
        return self._with_idle(factor * busy, factor * scale, exponent, known.get(WAKE_UP, 0.0))

    def _with_idle(
        self, busy: FloatArray, scale: FloatArray, exponent: FloatArray, wake_up_s: float
    ) -> FloatArray:
        own = self._open
        if own.any():
            rate = self._rate[own]
            busy[own] = mean_passage_cpu_s(busy[own], scale[own], exponent[own], rate, wake_up_s)
        own = self._in_turn
        if own.any():
            rate = self._rate[own]
            busy[own] = sequential_passage_cpu_s(busy[own], scale[own], exponent[own], rate)
        return busy


def _places(words: Iterable[str]) -> dict[str, IntArray]:
    """Where each different word stands."""
    listed = list(words)
    return {
        word: np.array([i for i, one in enumerate(listed) if one == word], dtype=np.int64)
        for word in dict.fromkeys(listed)
    }


def predicted_cpu_s(cells: Sequence[CpuCell], known: Mapping[str, float]) -> FloatArray:
    """CPU per request of each cell [s], once."""
    return CellModel(cells).cpu_s(known)
