"""The rows that the loop has written, in blocks: a full block is put aside and never copied."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshsim.solvers.kernel import records as r
from meshsim.solvers.kernel.frames import MARGIN
from meshsim.solvers.kernel.loop import run_kernel
from meshsim.solvers.kernel.world import World
from meshsim.solvers.observations import Observations, TryLog

_BLOCK = 1 << 16
_CALL_COLUMNS = {
    "call_edge": np.int64,
    "call_request": np.int64,
    "call_latency": np.float64,
    "call_outcome": np.int64,
    "call_tries": np.int64,
}


class Logs:
    """Calls and tries of one run."""

    def __init__(self) -> None:
        self._calls: list[Any] = []
        self._tries: list[Any] = []

    def put_aside(self, world: World) -> World:
        """The world with empty blocks; what was in them is kept here."""
        clock = world.clock[0]
        self._calls.append(world.call_rows[: clock.calls])
        self._tries.append(world.try_rows[: clock.tries])
        clock.calls = clock.tries = 0
        rows = max(_BLOCK, 2 * (int(clock.frames_used) + MARGIN))
        tries = rows if clock.log_tries else 0
        return world.with_arrays(
            call_rows=np.recarray(rows, r.CALL_ROW), try_rows=np.recarray(tries, r.TRY_ROW)
        )

    def calls(self, world: World, measured: int) -> World:
        """The world with the calls of the first ``measured`` requests, request by request."""
        place = np.zeros(measured, dtype=np.int64)
        worlds = [world.with_arrays(call_rows=rows, call_place=place) for rows in self._calls]
        for one in worlds:
            run_kernel(one, r.COUNT_CALLS)
        ends = np.cumsum(place)
        place[:] = ends - place
        calls = int(ends[-1]) if measured else 0
        columns = {name: np.empty(calls, kind) for name, kind in _CALL_COLUMNS.items()}
        for one in worlds:
            run_kernel(one.with_arrays(**columns), r.SORT_CALLS)
        return world.with_arrays(**columns)

    def tries(self, measured: int) -> TryLog:
        """The tries of the first ``measured`` requests, in the order of their answers."""
        rows = np.concatenate(self._tries).view(np.recarray)
        rows = rows[rows.ordinal < measured]
        return TryLog(
            key=rows.key.copy(),
            request=rows.ordinal.copy(),
            edge=rows.edge.astype(np.int64),
            start_s=rows.start.copy(),
            end_s=rows.end.copy(),
            outcome=rows.outcome.astype(np.int64),
            pod=rows.pod.astype(np.int64),
            worker=rows.worker.astype(np.int64),
        )


def observations(world: World, logs: Logs) -> Observations:
    """What a run that kept its requests observed.

    A run that was stopped because too many requests were inside has those that were answered
    before the first that was not.
    """
    clock = world.clock[0]
    overloaded = clock.open > 0
    measured = int(clock.measured)
    if overloaded:
        measured = int(np.argmin(world.request_outcome))
    read = slice(0, int(clock.snapshots))
    calls = logs.calls(world, measured)
    return Observations(
        start_s=world.request_start[:measured],
        latency_s=world.request_latency[:measured],
        entry=world.request_entry[:measured],
        outcome=world.request_outcome[:measured],
        spent_s=world.request_spent[:measured],
        edge=calls.call_edge,
        edge_request=calls.call_request,
        edge_latency_s=calls.call_latency,
        edge_outcome=calls.call_outcome,
        edge_tries=calls.call_tries,
        snapshot_s=world.snapshot_time[read],
        snapshot_request=np.minimum(world.snapshot_ordinal[read], _started(world)),
        busy_s=world.snapshot_busy[read],
        connections=world.instances.connections.copy(),
        pod_requests=world.pods.requests.copy(),
        overloaded=overloaded,
        tries=logs.tries(measured) if clock.log_tries else None,
    )


def _started(world: World) -> int:
    clock = world.clock[0]
    return int(clock.measured if clock.open == 0 else clock.arrivals)
