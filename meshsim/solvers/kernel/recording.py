"""What a run keeps: requests, calls and, if asked for, tries, as rows; or sums over windows of them
(:mod:`meshsim.solvers.tally`). And the CPU used by stations, at moments that are known beforehand.
"""

from __future__ import annotations

from meshsim.policies.retry import Outcome
from meshsim.solvers import tally
from meshsim.solvers.kernel import cores
from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.records import NONE, PARTS
from meshsim.solvers.kernel.world import World
from meshsim.stats import histogram

bucket_of = inlined(histogram.bucket_of)
window_of = inlined(tally.window_of)

OK = int(Outcome.OK)


@inlined
def record_call(w: World, number: int) -> None:
    """The call that a frame made from a pod is over."""
    clock, frame = w.clock[0], w.frames[number]
    if frame.ordinal >= clock.measured:
        return
    latency = clock.now - frame.call_start
    edge = w.sites[frame.site].edge
    if clock.sums_up:
        sum_up_call(w, edge, window_at(w, frame.ordinal), latency, bucket_of(latency))
    else:
        keep_call(w, number, edge, latency, 1 if frame.policy == NONE else frame.attempt)


@inlined
def keep_call(w: World, number: int, edge: int, latency: float, tries: int) -> None:
    """Write a call down."""
    clock, frame = w.clock[0], w.frames[number]
    row = w.call_rows[clock.calls]
    clock.calls += 1
    row.edge = edge
    row.ordinal = frame.ordinal
    row.latency = latency
    row.outcome = frame.outcome
    row.tries = tries


@inlined
def sum_up_call(w: World, edge: int, window: int, latency: float, bucket: int) -> None:
    """Count a call in the window of its request."""
    clock = w.clock[0]
    window = window >> clock.edge_shift
    w.edge_counts[window * clock.edges + edge, bucket] += 1
    w.edge_sum[window, edge] += latency
    w.edge_min[window, edge] = min(w.edge_min[window, edge], latency)
    w.edge_max[window, edge] = max(w.edge_max[window, edge], latency)


@inlined
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


@inlined
def record_request(w: World, number: int) -> None:
    """A request from outside is over, and the call of its client with it."""
    clock, frame = w.clock[0], w.frames[number]
    if frame.ordinal >= clock.measured:
        return
    clock.open -= 1
    latency = clock.now - frame.start
    if clock.sums_up:
        bucket = bucket_of(latency)
        sum_up_call(w, frame.edge, window_at(w, frame.ordinal), latency, bucket)
        sum_up_request(w, number, latency, bucket)
        return
    keep_call(w, number, frame.edge, latency, 1 if clock.load_policy == NONE else frame.attempt)
    w.request_start[frame.ordinal] = frame.start
    w.request_latency[frame.ordinal] = latency
    w.request_entry[frame.ordinal] = frame.entry
    w.request_outcome[frame.ordinal] = frame.outcome
    for part in range(PARTS):
        w.request_spent[frame.ordinal, part] = w.spent[number, part]


@inlined
def sum_up_request(w: World, number: int, latency: float, bucket: int) -> None:
    """Count a request in its windows, the coarse and the fine."""
    clock, frame = w.clock[0], w.frames[number]
    window, entry = clock.window, frame.entry
    if frame.ordinal == clock.window_first:
        w.window_start[window] = frame.start
    row = window * len(w.entry_bound) + entry
    w.entry_counts[row, bucket] += 1
    w.entry_sum[window, entry] += latency
    w.entry_min[window, entry] = min(w.entry_min[window, entry], latency)
    w.entry_max[window, entry] = max(w.entry_max[window, entry], latency)
    if frame.outcome != OK:
        w.entry_failed[window, entry] += 1
    for part in range(PARTS):
        w.entry_spent[row, part] += w.spent[number, part]
    fine = fine_window_at(w, frame.ordinal)
    w.series_sum[fine] += latency
    w.series_count[fine] += 1


@inlined
def window_at(w: World, ordinal: int) -> int:
    """The window of a request. Most lie in that of the one before, which saves a division."""
    clock = w.clock[0]
    if not clock.window_first <= ordinal < clock.window_end:
        clock.window = window_of(ordinal, clock.windows, clock.measured)
        clock.window_first = first_of(clock.window, clock.windows, clock.measured)
        clock.window_end = first_of(clock.window + 1, clock.windows, clock.measured)
    return clock.window


@inlined
def fine_window_at(w: World, ordinal: int) -> int:
    """The window of a request in the fine series, likewise."""
    clock = w.clock[0]
    if not clock.fine_first <= ordinal < clock.fine_end:
        clock.fine_window = window_of(ordinal, clock.fine_windows, clock.measured)
        clock.fine_first = first_of(clock.fine_window, clock.fine_windows, clock.measured)
        clock.fine_end = first_of(clock.fine_window + 1, clock.fine_windows, clock.measured)
    return clock.fine_window


@inlined
def first_of(window: int, windows: int, measured: int) -> int:
    """The first request of a window."""
    return (window * measured + windows - 1) // windows


@compiled
def count_calls(w: World) -> None:
    """Count the calls of each request in a block of rows; others than measured are left out."""
    for number in range(len(w.call_rows)):
        ordinal = w.call_rows[number].ordinal
        if ordinal < len(w.call_place):
            w.call_place[ordinal] += 1


@compiled
def sort_calls(w: World) -> None:
    """Write the calls of a block of rows where ``call_place`` says, and move that on."""
    for number in range(len(w.call_rows)):
        row = w.call_rows[number]
        if row.ordinal < len(w.call_place):
            place = w.call_place[row.ordinal]
            w.call_place[row.ordinal] = place + 1
            w.call_edge[place] = row.edge
            w.call_request[place] = row.ordinal
            w.call_latency[place] = row.latency
            w.call_outcome[place] = row.outcome
            w.call_tries[place] = row.tries


@inlined
def read_stations(w: World, ordinal: int) -> None:
    """Read the stations if they are to be read before request ``ordinal`` starts."""
    row = w.clock[0].snapshots
    if row < len(w.snapshot_ordinal) and ordinal == w.snapshot_ordinal[row]:
        snapshot(w)


@compiled
def snapshot(w: World) -> None:
    """Read the CPU used by all stations."""
    clock = w.clock[0]
    row = clock.snapshots
    clock.snapshots += 1
    w.snapshot_time[row] = clock.now
    pods = len(w.pods)
    for pod in range(pods):
        w.snapshot_busy[row, pod] = cores.busy_s(w, pod)
    for number in range(len(w.workers)):
        worker = w.workers[number]
        rest = max(0.0, worker.batch_end - clock.now)
        w.snapshot_busy[row, pods + number] = worker.charged - rest


@compiled
def read_at_end(w: World) -> None:
    """Read the stations at the end, unless that was done when the last request had started."""
    if w.clock[0].snapshots < len(w.snapshot_ordinal):
        snapshot(w)
