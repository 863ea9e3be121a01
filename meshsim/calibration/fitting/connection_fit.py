"""Fits the CPU of opening a connection and of its handshake to cells of new connections.

    measured = state × (passage at that rate + connect + handshake)

The passage is what the request on the new connection costs by itself, from the costs fitted or
those of the base. ``state`` is that of the machine in one repeat; its logarithms sum to zero over
the repeats, so that repeats share their scatter instead of adding it. How fast the machine was on
the whole cannot be told from such a table, so the spread of the states goes into the error.

Handshakes with a client's certificate stand for mutual TLS; rows of one-way TLS are not used where
a key has both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from meshsim.calibration.fitting.cost_model import MACHINE_FACTOR, predicted_cpu_s
from meshsim.calibration.fitting.cpu_fit import numbered
from meshsim.calibration.fitting.estimates import Estimate, estimate
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.fitting.robust import Bounded, FloatArray, Measured, Predict, fit
from meshsim.calibration.readers.cells import ConnectionCell, CpuCell

CONNECT = "cost.connect"
HANDSHAKE = "cost.handshake"
_CONNECT_LIMITS = (100e-6, 0.0, 0.1)
_HANDSHAKE_LIMITS = (400e-6, 0.0, 1.0)


def handshake_path(key: str, *, is_resumed: bool) -> str:
    """Path of the handshake of a kind of key, in full or with sessions that may be resumed."""
    return f"{HANDSHAKE}.{key}{'-resumed' if is_resumed else ''}"


def used_cells(cells: Sequence[ConnectionCell]) -> list[ConnectionCell]:
    """Without one-way TLS where the same side and key was measured with both certificates."""
    mutual = {(cell.role, cell.key) for cell in cells if cell.is_mutual}
    return [
        cell
        for cell in cells
        if cell.is_mutual or cell.key == "plain" or (cell.role, cell.key) not in mutual
    ]


def fit_connections(
    cells: Sequence[ConnectionCell], known: Mapping[str, float], options: FitOptions
) -> tuple[Estimate, ...]:
    """CPU of a plain connection, and what each kind of handshake adds, per side.

    Empty if there are no cells, if nothing of it is wanted, or if the cost of an HTTP/1.1 passage,
    which is part of every cell, is not known.
    """
    used = used_cells(cells)
    if not used or "cost.http1.busy" not in known or not options.wants(CONNECT):
        return ()
    kinds = dict.fromkeys(_path(cell) for cell in used if cell.key != "plain")
    free = [Bounded(CONNECT, *_CONNECT_LIMITS), *(Bounded(k, *_HANDSHAKE_LIMITS) for k in kinds)]
    repeats = list(dict.fromkeys(cell.repeat for cell in used))
    free += [Bounded(_state(repeat), 1.0, 0.05, 20.0) for repeat in repeats[1:]]
    count = len(used)
    measured = Measured(
        _model(used, repeats, _passages_s(used, known), known.get(MACHINE_FACTOR, 1.0)),
        np.array([cell.cpu_s for cell in used]),
        np.zeros(count),
        numbered(f"{cell.repeat}{cell.key}{cell.is_resumed}" for cell in used),
        np.array([options.weight(cell.place.file) for cell in used]),
        np.zeros(count, dtype=np.int64),
    )
    fitted = fit(measured, free, {})
    found = fitted.known({})
    states = _log_states(found, repeats)
    shared = float(np.std(states, ddof=1)) if len(states) > 1 else math.inf
    estimates = []
    for index, path in enumerate(fitted.paths):
        if path.startswith("state."):
            continue
        value = float(fitted.values[index])
        own = math.hypot(float(fitted.errors[index]), shared * value if shared < math.inf else 0)
        about = "" if shared < math.inf else "one repeat: the state of the machine is not known"
        estimates.append(estimate(path, value, own, about))
    return tuple(estimates)


def of_mesh(found: Sequence[Estimate], key: str) -> tuple[Estimate, ...]:
    """Connect, and the full handshake of the key that the mesh uses, as a mesh file has them."""
    wanted = handshake_path(key, is_resumed=False)
    terms = [one for one in found if one.path == CONNECT]
    for one in found:
        if one.path == wanted:
            about = f"full handshake, {key}"
            terms.append(Estimate(HANDSHAKE, one.value, one.error, one.low, one.high, about))
    return tuple(terms)


def _path(cell: ConnectionCell) -> str:
    return handshake_path(cell.key, is_resumed=cell.is_resumed)


def _state(repeat: str) -> str:
    return f"state.{repeat}"


def _log_states(found: Mapping[str, float], repeats: Sequence[str]) -> FloatArray:
    others = [math.log(found[_state(repeat)]) for repeat in repeats[1:]]
    return np.array([-math.fsum(others), *others])


def _passages_s(cells: Sequence[ConnectionCell], known: Mapping[str, float]) -> FloatArray:
    """CPU of the request itself [cells], without a body, at the rate of new connections."""
    passages = [
        CpuCell(
            place=cell.place,
            test="connection",
            role=cell.role,
            protocol="http1",
            passes=int(cell.key != "plain"),
            body_bytes=0.0,
            rate_per_s=cell.rate_per_s,
            arrivals="open" if cell.rate_per_s > 0 else "saturated",
            filters=(),
            cpu_s=cell.cpu_s,
            error=math.nan,
            count=1,
            is_paired=True,
            sitting="",
        )
        for cell in cells
    ]
    return predicted_cpu_s(passages, known)


def _model(
    cells: Sequence[ConnectionCell],
    repeats: Sequence[str],
    passages_s: FloatArray,
    machine_factor: float,
) -> Predict:
    where = np.array([repeats.index(cell.repeat) for cell in cells])
    paths = [None if cell.key == "plain" else _path(cell) for cell in cells]

    def predict(known: Mapping[str, float]) -> FloatArray:
        added = np.array([known[path] if path else 0.0 for path in paths]) + known[CONNECT]
        states = np.exp(_log_states(known, repeats))
        return np.asarray(states[where] * (passages_s + machine_factor * added))

    return predict
