"""Run a program in the kernel: one replication, the same as in the SimPy model, request by request.

The loop runs without Python's lock; it comes back when an array is too small or when it needs the
next arrivals, and is sent off again.
"""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import Program
from meshsim.solvers.arrivals import ArrivalStream
from meshsim.solvers.kernel import growth
from meshsim.solvers.kernel import records as r
from meshsim.solvers.kernel.build import build
from meshsim.solvers.kernel.loop import run_kernel
from meshsim.solvers.observations import Observations, TryLog
from meshsim.solvers.settings import BEYOND, RunSettings
from meshsim.solvers.streams import replication_key
from meshsim.solvers.tally import PackedTally, Tally, empty_tally

_GROW = {
    r.NEEDS_FRAMES: growth.more_frames,
    r.NEEDS_CONNECTIONS: growth.more_connections,
    r.NEEDS_ROWS: growth.more_rows,
}


def simulate(program: Program, settings: RunSettings) -> Observations | PackedTally:
    """One replication; the same program and settings give the same observations, bit by bit.

    Requests are summed up if the settings say so, and memory then does not grow with their number.
    """
    key = replication_key(settings.seed, settings.replication)
    arrivals = None
    measured = settings.requests
    if program.load.process != "closed":
        arrivals = ArrivalStream(program.load, key, settings.requests * BEYOND)
        measured = min(measured, arrivals.count)
    tally = _empty_tally(program, measured) if settings.keep == "tallies" else None
    world = build(program, key, measured, settings.log_tries, tally)
    if arrivals is not None:
        world.clock[0].arrivals_total = arrivals.count
        world = _with_arrivals(world, arrivals)
    if measured > 0:
        world = _run(world, arrivals)
    run_kernel(world, r.READ_AT_END)
    if tally is not None:
        return _finished(tally, world)
    return _observations(world)


def _empty_tally(program: Program, measured: int) -> Tally:
    return empty_tally(
        measured,
        entries=len(program.load.entry_endpoint),
        edges=len(program.edges),
        stations=program.stations,
        instances=len(program.instances.kind),
        pods=program.pods,
    )


def _finished(tally: Tally, world: r.World) -> PackedTally:
    """The tally, which the loop has written into, with what is known at the end."""
    tally.snapshot_s[:] = world.snapshot_time
    tally.busy_s[:] = world.snapshot_busy
    tally.connections[:] = world.instances.connections
    tally.pod_requests[:] = world.pods.requests
    return tally.packed()


def _run(world: r.World, arrivals: ArrivalStream | None) -> r.World:
    run_kernel(world, r.BEGIN)
    while True:
        short = run_kernel(world, r.RUN)
        if short == r.FINISHED:
            return world
        if short == r.NEEDS_ARRIVALS:
            assert arrivals is not None
            world = _with_arrivals(world, arrivals)
        else:
            world = _GROW[short](world)


def _with_arrivals(world: r.World, arrivals: ArrivalStream) -> r.World:
    """The next arrivals, from the one that stands in the calendar on."""
    clock = world.clock[0]
    times_s, entry, client = arrivals.chunk(int(clock.arrivals))
    clock.arrivals_first = clock.arrivals
    clock.arrivals_end = clock.arrivals + len(times_s)
    return world.with_arrays(
        arrivals=times_s,
        arrival_entry=entry.astype(np.int32),
        arrival_client=client.astype(np.int32),
    )


def _observations(world: r.World) -> Observations:
    clock = world.clock[0]
    calls = world.call_rows[: clock.calls]
    calls = calls[np.argsort(calls.ordinal, kind="stable")]
    requests = world.request_rows
    return Observations(
        start_s=requests.start.copy(),
        latency_s=requests.latency.copy(),
        entry=requests.entry.astype(np.int64),
        outcome=requests.outcome.astype(np.int64),
        spent_s=world.request_spent,
        edge=calls.edge.astype(np.int64),
        edge_request=calls.ordinal.copy(),
        edge_latency_s=calls.latency.copy(),
        edge_outcome=calls.outcome.astype(np.int64),
        edge_tries=calls.tries.astype(np.int64),
        snapshot_s=world.snapshot_time,
        snapshot_request=world.snapshot_ordinal,
        busy_s=world.snapshot_busy,
        connections=world.instances.connections.copy(),
        pod_requests=world.pods.requests.copy(),
        tries=_tries(world) if clock.log_tries else None,
    )


def _tries(world: r.World) -> TryLog:
    rows = world.try_rows[: world.clock[0].tries]
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
