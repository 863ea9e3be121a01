"""Run a program in the kernel: one replication, the same as in the SimPy model, request by request.

The loop runs without Python's lock; it comes back when an array is too small or when it needs the
next arrivals, and is sent off again.
"""

from __future__ import annotations

from dataclasses import replace

from meshsim.lowering.program import Program
from meshsim.solvers.arrivals import ArrivalStream, is_steady
from meshsim.solvers.kernel import growth
from meshsim.solvers.kernel import records as r
from meshsim.solvers.kernel.build import build
from meshsim.solvers.kernel.logs import Logs, observations
from meshsim.solvers.kernel.loop import run_kernel
from meshsim.solvers.kernel.world import World
from meshsim.solvers.observations import Observations
from meshsim.solvers.settings import BEYOND, RunSettings
from meshsim.solvers.streams import replication_key
from meshsim.solvers.tally import PackedTally, Tally, empty_tally

_GROW = {
    r.NEEDS_FRAMES: growth.more_frames,
    r.NEEDS_CONNECTIONS: growth.more_connections,
}


def simulate(program: Program, settings: RunSettings) -> Observations | PackedTally:
    """One replication; the same program and settings give the same observations, bit by bit.

    Requests are summed up if the settings say so, and memory then does not grow with their number.
    """
    key = replication_key(settings.seed, settings.replication)
    arrivals = None
    measured = settings.requests
    steady = is_steady(program.load)
    if not steady and not program.load.waits_for_answers:
        arrivals = ArrivalStream(program.load, key, settings.requests * BEYOND)
        measured = min(measured, arrivals.count)
    tally = _empty_tally(program, measured) if settings.keep == "tallies" else None
    world = build(program, key, measured, settings.log_tries, tally)
    if arrivals is not None:
        world.clock[0].arrivals_total = arrivals.count
        world = _with_arrivals(world, arrivals)
    elif steady:
        clock = world.clock[0]
        clock.arrivals_end = clock.arrivals_total = settings.requests * BEYOND
    logs = Logs()
    if measured > 0:
        world = _run(world, arrivals, logs)
    run_kernel(world, r.READ_AT_END)
    if tally is not None:
        return _finished(tally, world)
    world = logs.put_aside(world)
    return observations(world, logs)


def _empty_tally(program: Program, measured: int) -> Tally:
    return empty_tally(
        measured,
        entries=len(program.load.entry_endpoint),
        edges=len(program.edges),
        stations=program.stations,
        instances=len(program.instances.kind),
        pods=program.pods,
    )


def _finished(tally: Tally, world: World) -> PackedTally:
    """The tally, which the loop has written into, with what is known at the end."""
    tally = replace(tally, overloaded=bool(world.clock[0].open > 0))
    tally.snapshot_s[:] = world.snapshot_time
    tally.busy_s[:] = world.snapshot_busy
    tally.connections[:] = world.instances.connections
    tally.pod_requests[:] = world.pods.requests
    return tally.packed()


def _run(world: World, arrivals: ArrivalStream | None, logs: Logs) -> World:
    run_kernel(world, r.BEGIN)
    while True:
        short = run_kernel(world, r.RUN)
        if short in {r.FINISHED, r.OVERLOADED}:
            return world
        if short == r.NEEDS_ARRIVALS:
            assert arrivals is not None
            world = _with_arrivals(world, arrivals)
        elif short == r.NEEDS_ROWS:
            world = logs.put_aside(world)
        else:
            world = _GROW[short](world)


def _with_arrivals(world: World, arrivals: ArrivalStream) -> World:
    """The next arrivals, from the one that stands in the calendar on."""
    clock = world.clock[0]
    times_s = arrivals.chunk(int(clock.arrivals))
    clock.arrivals_first = clock.arrivals
    clock.arrivals_end = clock.arrivals + len(times_s)
    return world.with_arrays(arrivals=times_s)
