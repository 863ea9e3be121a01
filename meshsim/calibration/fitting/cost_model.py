"""The cost of a passage as a function of a vector of named parameters, for many cells at once.

Paths are those of a proxy in a mesh file: ``cost.http1.busy``, ``cost.tls.per_kib``,
``cost.filters.rbac.per_request``. The formula is that of the simulators: the busy cost is put
together here, the idle cost is :mod:`meshsim.physics.mean_passage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from meshsim.calibration.fitting.robust import FloatArray
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
    return f"level.{cell.place.file}"


def predicted_cpu_s(cells: Sequence[CpuCell], known: Mapping[str, float]) -> FloatArray:
    """CPU per request of each cell [s]."""
    terms = np.array([_terms(cell, known) for cell in cells]).reshape(len(cells), 5)
    busy, scale, exponent, rate, _ = terms.T
    how = np.array([cell.arrivals for cell in cells])
    cost = busy.copy()
    is_open, in_turn = how == "open", how == "sequential"
    if is_open.any():
        cost[is_open] = mean_passage_cpu_s(*(one[is_open] for one in terms.T))
    if in_turn.any():
        columns = (busy, scale, exponent, rate)
        cost[in_turn] = sequential_passage_cpu_s(*(one[in_turn] for one in columns))
    return cost


def _terms(cell: CpuCell, known: Mapping[str, float]) -> tuple[float, float, float, float, float]:
    busy, per_kib, scale, exponent = protocol_paths(cell.protocol)
    factor = known.get(MACHINE_FACTOR, 1.0)
    if not cell.is_paired:
        factor *= known.get(level_path(cell), 1.0)
    kib = cell.body_bytes / _KIB
    cost = known[busy] + known[per_kib] * kib
    if cell.passes:
        tls = known.get(TLS_PER_REQUEST, 0.0) + known.get(TLS_PER_KIB, 0.0) * kib
        cost += cell.passes * tls
    for name in cell.filters:
        cost += known[filter_path(name)] + known.get(filter_path(name, "per_kib"), 0.0) * kib
    idle, power = known.get(scale, 0.0), known.get(exponent, 0.5)
    return factor * cost, factor * idle, power, cell.rate_per_s, known.get(WAKE_UP, 0.0)
