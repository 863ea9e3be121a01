"""What a run keeps: requests, calls and, if asked for, tries, as rows; the CPU used by stations."""

from __future__ import annotations

from meshsim.solvers.kernel import cores
from meshsim.solvers.kernel.jit import compiled, compiled_apart
from meshsim.solvers.kernel.records import NONE, PARTS, World


@compiled
def record_call(w: World, number: int) -> None:
    """The call that a frame made is over."""
    clock, frame = w.clock[0], w.frames[number]
    if frame.ordinal >= clock.measured:
        return
    row = w.call_rows[clock.calls]
    clock.calls += 1
    row.edge = w.sites[frame.site].edge
    row.ordinal = frame.ordinal
    row.latency = clock.now - frame.call_start
    row.outcome = frame.outcome
    row.tries = 1 if frame.policy == NONE else frame.attempt


@compiled
def record_try(w: World, number: int) -> None:
    """A try was answered."""
    clock, frame = w.clock[0], w.frames[number]
    if not clock.log_tries or frame.ordinal >= clock.measured:
        return
    row = w.try_rows[clock.tries]
    clock.tries += 1
    row.key, row.ordinal, row.edge = frame.key, frame.ordinal, frame.edge
    row.start, row.end = frame.start, clock.now
    row.outcome, row.pod = frame.outcome, frame.pod
    row.worker = NONE
    if frame.taken > 0:
        row.worker = w.connection_stations[w.taken[number, 0], 0]


@compiled
def record_request(w: World, number: int) -> None:
    """A request from outside is over."""
    clock, frame = w.clock[0], w.frames[number]
    if frame.ordinal >= clock.measured:
        return
    row = w.request_rows[frame.ordinal]
    row.start = frame.start
    row.latency = clock.now - frame.start
    row.entry = frame.site - len(w.sites) + len(w.entry_bound)
    row.outcome = frame.outcome
    for part in range(PARTS):
        w.request_spent[frame.ordinal, part] = w.spent[number, part]
    clock.open -= 1


@compiled_apart
def snapshot(w: World, ordinal: int) -> None:
    """Read the CPU used by all stations, before request ``ordinal`` starts."""
    clock = w.clock[0]
    row = clock.snapshots
    clock.snapshots += 1
    w.snapshot_time[row] = clock.now
    w.snapshot_ordinal[row] = ordinal
    pods = len(w.pods)
    for pod in range(pods):
        w.snapshot_busy[row, pod] = cores.busy_s(w, pod)
    for number in range(len(w.workers)):
        worker = w.workers[number]
        rest = max(0.0, worker.batch_end - clock.now)
        w.snapshot_busy[row, pods + number] = worker.charged - rest


@compiled_apart
def read_at_end(w: World, measured: int) -> None:
    """Read the stations at the end, unless that was done when the last request had started."""
    rows = w.clock[0].snapshots
    if rows == 0 or w.snapshot_ordinal[rows - 1] != measured:
        snapshot(w, measured)
