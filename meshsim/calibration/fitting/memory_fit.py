"""Fits the memory of a proxy: a base and so much per thing that it holds.

    memory = base + Σ per thing × count + per_cluster_per_worker × (workers - 1) × clusters

The terms are those of :mod:`meshsim.physics.memory`; two things that a mesh file does not tell
apart are found by themselves first: the context of TLS of a cluster, and the kinds of connections
(plain or encrypted, idle or used, of HTTP or of a TCP proxy). :func:`mesh_terms` puts together what
a proxy of the mesh at hand holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from meshsim.calibration.fitting.cpu_fit import numbered
from meshsim.calibration.fitting.estimates import Estimate, Family, family
from meshsim.calibration.fitting.identify import identified_fit
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.fitting.robust import Bounded, FloatArray, Measured, Predict
from meshsim.calibration.readers.cells import MemoryCell

_KIB = 1024.0
_BASE = (50 * 2**20, 2**10, 2**34)
_EACH = (10 * _KIB, 0.0, 2**30)
_PER_WORKER = "memory.per_cluster_per_worker"
_MEASURE_ERROR = 0.005


def fit_memory(
    cells: Sequence[MemoryCell], base: Mapping[str, float], options: FitOptions
) -> Family | None:
    """The fit of all terms of memory; None without cells or if nothing of it is wanted."""
    things = dict.fromkeys(thing for cell in cells for thing, _ in cell.counts)
    starts = {"memory.base": _BASE, **{f"memory.per_{_name(t)}": _EACH for t in things}}
    if "cluster" in things:
        starts[_PER_WORKER] = _EACH
    wanted, held = [], {**base, **options.fixed}
    for path, limits in starts.items():
        if options.wants(path):
            start, low, high = limits[0], *options.bounds.get(path, limits[1:])
            wanted.append(Bounded(path, min(max(start, low), high), low, high))
            held.pop(path, None)
        else:
            held.setdefault(path, 0.0)
    if not cells or not wanted:
        return None
    measured = Measured(
        _model(cells, tuple(things)),
        np.array([cell.memory_bytes for cell in cells]),
        np.full(len(cells), _MEASURE_ERROR),
        numbered(f"{cell.kind} {cell.counts}" for cell in cells),
        np.array([options.weight(cell.place.file) for cell in cells]),
        np.zeros(len(cells), dtype=np.int64),
    )
    identified = identified_fit(measured, wanted, held, base)
    labels = [_label(cell) for cell in cells]
    largest = {cell.kind: max(_total(c) for c in cells if c.kind == cell.kind) for cell in cells}
    interior = np.array([0 < _total(cell) < largest[cell.kind] for cell in cells])
    return family("Memory", labels, measured, identified, measured.sittings, interior)


def _name(thing: str) -> str:
    return thing.replace(".", "_").replace("-", "_")


def _model(cells: Sequence[MemoryCell], things: Sequence[str]) -> Predict:
    counts = {thing: np.array([cell.count(thing) for cell in cells]) for thing in things}
    beyond = np.array([cell.workers - 1.0 for cell in cells])

    def predict(known: Mapping[str, float]) -> FloatArray:
        total = np.full(len(cells), float(known["memory.base"]))
        for thing, count in counts.items():
            total += known[f"memory.per_{_name(thing)}"] * count
        if "cluster" in counts:
            total += known[_PER_WORKER] * beyond * counts["cluster"]
        return total

    return predict


def _total(cell: MemoryCell) -> float:
    return max((count for _, count in cell.counts), default=0.0)


def _label(cell: MemoryCell) -> str:
    held = ", ".join(f"{count:.0f} {thing}" for thing, count in cell.counts if count)
    return f"{cell.kind}: {held or 'nothing'}, {cell.workers} workers"


def mesh_terms(
    found: Sequence[Estimate], layer: int, *, is_encrypted: bool
) -> tuple[Estimate, ...]:
    """Terms of a mesh file: clusters with their TLS context, connections of the kinds it has.

    A layer 7 proxy of an encrypting mesh has as many plain connections (to applications) as
    encrypted ones (to proxies), all used; one of a layer 4 proxy is half a relayed pair.
    """
    known = {one.path: one for one in found}
    terms = [
        one for one in found if "connection_" not in one.path and "cluster_tls" not in one.path
    ]
    tls = known.get("memory.per_cluster_tls")
    if is_encrypted and tls is not None:
        terms = [_sum(one, tls) if one.path == "memory.per_cluster" else one for one in terms]
    if layer == 7:
        kinds = ["h1_plain_after1req", *(["h1_mtls_after1req"] if is_encrypted else [])]
        share = 1 / len(kinds)
    else:
        kinds = ["tcp_proxy_mtls_down" if is_encrypted else "tcp_proxy_plain"]
        share = 0.5
    parts = [known.get(f"memory.per_connection_{kind}") for kind in kinds]
    present = [part for part in parts if part is not None]
    if len(present) == len(kinds):
        terms.append(_mean(present, share, ", ".join(kinds)))
    return tuple(terms)


def _sum(one: Estimate, other: Estimate) -> Estimate:
    error = math.hypot(one.error, other.error)
    down = math.hypot(one.value - one.low, other.value - other.low)
    up = math.hypot(one.high - one.value, other.high - other.value)
    value = one.value + other.value
    return Estimate(one.path, value, error, value - down, value + up, "with its TLS context")


def _mean(parts: Sequence[Estimate], share: float, about: str) -> Estimate:
    """The sum of shares; its interval reaches over the kinds, since a proxy has any mix of them."""
    value = math.fsum(share * part.value for part in parts)
    low = min(share * len(parts) * part.low for part in parts)
    high = max(share * len(parts) * part.high for part in parts)
    error = math.hypot(*(share * part.error for part in parts))
    return Estimate("memory.per_connection", value, error, low, high, f"{share:g} of each: {about}")
