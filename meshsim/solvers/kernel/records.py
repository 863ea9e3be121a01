"""The memory of the kernel: flat arrays of records, grown only between two steps of the loop.

A *frame* is one line of execution: a request from outside, a try of a call (from its sender to the
pod and back, serving included), a parallel branch, a pause. At any moment a frame stands in exactly
one place: in the calendar, in the line of a station, in the ring of signals, or waiting for frames
below it. ``resume`` says what it will do next, and so where it stands. A frame that is given up
while it stands in a line is marked ``dead``; whoever meets it there sets it free.

Lines are linked through ``next``, the heap of a pod's cores through ``left`` and ``right``, so no
line needs memory of its own. Index -1 stands for nothing.
"""

from __future__ import annotations

import numpy as np

from meshsim.solvers.observations import Part

NONE = -1

# What a frame does next. Names of the past tense follow a wait.
(
    STAND,  # nothing: it waits
    ARRIVAL,  # a request arrives, of open load
    ASKING,  # or of a user, who stands in the place of a frame
    TRY,  # make the next try of a call
    LEG_OUT,  # on to the next proxy, or to the pod
    VISIT_OUT,  # enter the proxy's worker
    VISITED_OUT,
    ARRIVE,  # at the pod
    ADMITTED,  # to a worker slot
    STEP,
    COMPUTED,
    SERVED,
    LEG_BACK,
    VISIT_BACK,
    VISITED_BACK,
    HOME,
    OVER,  # a request from outside
    RETURNED,  # a call is over
    SETTLED,  # a guarded try was answered or given up
    PAUSED,
    PAUSE_OVER,
    RETAKEN,  # the proxy's worker has taken the request up again
    JOINED,
    WAITS,  # for a call without a guard
    DONE,  # kept until its parent has read it
    SHORT,  # no step: memory is short
) = range(26)

# Kinds of frames.
ROOT, CALL, BRANCH, PAUSE = range(4)

# Kinds of events in the calendar, in the high bits of what they are about.
KIND_SHIFT = 27
INDEX_MASK = (1 << KIND_SHIFT) - 1
(
    EVENT_RESUME,  # frame
    EVENT_WAKE,  # worker
    EVENT_BATCH_END,  # worker
    EVENT_CORES,  # pod
    EVENT_DEADLINE,  # list of deadlines
    EVENT_ARRIVAL,
    EVENT_USER,  # user
    EVENT_STOP,
) = range(8)

LATE = 1 << 62
"""Added to the order of deadlines: they come last at a moment."""

# What a pod's timer is for.
COMPLETE, STOP, RESUME = range(3)

# What the loop is asked to do.
RUN, BEGIN, REHANG, ENTER_ALL, READ_AT_END, COUNT_CALLS, SORT_CALLS = range(7)

# Why the loop stands still.
(
    FINISHED,
    NEEDS_FRAMES,
    NEEDS_CONNECTIONS,
    NEEDS_ROWS,
    NEEDS_ARRIVALS,
    OVERLOADED,
) = range(6)

PARTS = len(Part)

FRAME = np.dtype(
    [
        # What a new frame does not have: side by side, so that few stores make it clean.
        ("child", "i4"),  # the try or the pause that it waits for, or the first branch
        ("sibling", "i4"),
        ("block", "i4"),  # counts of active requests at the hosts, for least request
        ("policy", "i4"),  # of the call that it is making
        ("resume", "i4"),
        ("taken", "i4"),
        ("leg", "i4"),
        ("hop", "i4"),
        ("dead", "i1"),
        ("orphan", "i1"),
        ("admitted", "i1"),
        ("failed", "i1"),
        ("running", "i1"),  # on a core, and not in line for one
        ("routed", "i1"),  # the last proxy of its own segments makes tries
        ("missed", "i1"),  # the deadline of its call
        ("outcome", "i1"),
        ("new", "i1"),  # its present connection has been opened for it
        ("order_0", "i8"),
        ("order_1", "i8"),
        # What it is.
        ("key", "u8"),
        ("ordinal", "i8"),
        ("start", "f8"),
        ("next", "i4"),
        ("parent", "i4"),
        ("kind", "i1"),
        ("returning", "i1"),
        ("side", "i1"),
        ("home_side", "i1"),
        ("node", "i4"),
        ("home_node", "i4"),
        ("pod", "i4"),
        ("caller_pod", "i4"),
        ("sender", "i4"),
        ("client", "i4"),  # of a request from outside
        ("entry", "i4"),
        ("edge", "i4"),
        ("endpoint", "i4"),
        ("service", "i4"),
        ("request_bytes", "f8"),
        ("response_bytes", "f8"),
        ("path", "i4"),
        ("segment", "i4"),
        ("segment_end", "i4"),
        ("visit_leg", "i4"),  # absolute
        # Its steps, and its time on the cores.
        ("op", "i4"),
        ("repetition", "i4"),
        ("since", "f8"),
        ("work", "f8"),
        ("finish", "f8"),  # in virtual time of the cores
        ("started", "i8"),
        ("left", "i4"),
        ("right", "i4"),
        # The call that it makes.
        ("site", "i4"),
        ("attempt", "i4"),
        ("call_key", "u8"),
        ("call_start", "f8"),
        ("try_start", "f8"),
        ("open", "i4"),  # branches
        ("last", "i4"),  # branch to end
        ("before_0", "i4"),
        ("after_0", "i4"),
        ("before_1", "i4"),
        ("after_1", "i4"),
        ("due_0", "f8"),
        ("due_1", "f8"),
    ],
    align=True,
)
LEG = np.dtype(
    [
        ("station", "i4"),
        ("node", "i4"),
        ("side", "i4"),
        ("service", "i4"),
        ("request_cost", "f8"),
        ("response_cost", "f8"),
        ("idle_share", "f8"),
    ],
    align=True,
)
POD = np.dtype(
    [
        ("service", "i4"),
        ("node", "i4"),
        ("cores", "i4"),
        ("first_come", "i1"),
        ("throttled", "i1"),
        ("timer_for", "i1"),
        ("running", "i4"),
        ("heap", "i4"),
        ("line_head", "i4"),
        ("line_tail", "i4"),
        ("slots", "i4"),
        ("slots_free", "i4"),
        ("slots_head", "i4"),
        ("slots_tail", "i4"),
        ("started", "i8"),
        ("timer", "i8"),  # order of its event; 0 if it is not set
        ("timer_time", "f8"),
        ("aim", "i8"),
        ("requests", "i8"),
        ("aim_rate", "f8"),
        ("quota", "f8"),
        ("left", "f8"),
        ("period_end", "f8"),
        ("virtual", "f8"),
        ("seen_at", "f8"),
        ("busy", "f8"),
    ],
    align=True,
)
WORKER = np.dtype(
    [
        ("instance", "i4"),
        ("kind", "i4"),
        ("ready_head", "i4"),
        ("ready_tail", "i4"),
        ("batch_head", "i4"),
        ("awake", "i4"),
        ("batches", "i8"),
        ("gap", "f8"),
        ("idle_since", "f8"),
        ("batch_end", "f8"),
        ("charged", "f8"),
    ],
    align=True,
)
INSTANCE = np.dtype(
    [
        ("kind", "i4"),
        ("node", "i4"),
        ("station_first", "i4"),
        ("turn", "i4"),
        ("connections", "i8"),
    ],
    align=True,
)
DEADLINES = np.dtype([("head", "i4"), ("tail", "i4"), ("timed", "i4")], align=True)
"""Per policy: those of calls, those of tries. Each list is in the order of time."""
CONNECTION = np.dtype(
    [
        ("pool", "i4"),
        ("next", "i4"),
        ("pod", "i4"),
        ("sender_instance", "i4"),
        ("one_at_a_time", "i4"),
        ("retired", "i4"),  # takes no more requests
        ("under_way", "i4"),
        ("requests", "i8"),
    ],
    align=True,
)
POOL = np.dtype([("free", "i4"), ("opened", "i4"), ("closed", "i4")], align=True)
"""``closed`` are those that no other has replaced yet."""
EVENT = np.dtype([("time", "f8"), ("order", "i8"), ("what", "i4"), ("next", "i4")], align=True)
LINED = np.dtype([("time", "f8"), ("order", "i8"), ("what", "i4")], align=True)
USER = np.dtype([("asked", "i8")], align=True)
CLOCK = np.dtype(
    [
        ("now", "f8"),
        ("order", "i8"),
        ("order_taken", "i8"),
        ("steps", "i8"),
        ("root_key", "u8"),
        ("entry_key", "u8"),
        ("client_key", "u8"),
        ("request_key", "u8"),
        ("stall_key", "u8"),
        ("client_requests", "i8"),  # after which a client closes a connection
        # calendar
        ("few", "i4"),
        ("in_line", "i4"),
        ("events_free", "i4"),
        ("bucket", "i8"),
        ("buckets", "i8"),
        ("per_second", "f8"),
        ("tuned_at", "f8"),
        ("tuned_steps", "i8"),
        # frames and the ring of signals
        ("frames_free", "i4"),
        ("frames_left", "i4"),
        ("frames_used", "i8"),
        ("frames_margin", "i4"),
        ("ring_head", "i8"),
        ("ring_tail", "i8"),
        ("starts", "i4"),  # branches that are still to be started, a stack
        ("action", "i4"),
        ("frame", "i4"),
        # connections
        ("connections_free", "i4"),
        ("connections_left", "i4"),
        ("pools", "i4"),
        ("active", "i4"),
        ("active_margin", "i4"),
        ("turns", "i4"),
        ("keys", "i4"),
        # load
        ("arrivals", "i8"),
        ("arrivals_end", "i8"),
        ("arrivals_total", "i8"),
        ("arrivals_first", "i8"),
        ("steady", "i4"),
        ("arrival_key", "u8"),
        ("arrival_unit", "f8"),  # time of the unit-rate process
        ("arrival_time", "f8"),
        ("arrival_rate", "f8"),
        ("arrivals_from", "f8"),
        ("started", "i8"),
        ("measured", "i8"),
        ("open", "i8"),
        ("closed", "i4"),
        ("think", "i4"),
        ("interval", "f8"),  # of a connection of paced load; 0 of users who think
        ("jitter", "f8"),
        ("tick", "f8"),
        ("load_policy", "i4"),
        ("snapshots", "i8"),
        # what is kept
        ("sums_up", "i4"),
        ("windows", "i8"),
        ("window", "i8"),  # the last that was asked for, with its first request and its end
        ("window_first", "i8"),
        ("window_end", "i8"),
        ("fine_window", "i8"),
        ("fine_end", "i8"),
        ("fine_first", "i8"),
        ("edge_shift", "i8"),  # windows of edges are 2^shift windows of requests
        ("edges", "i8"),
        ("fine_windows", "i8"),
        # log
        ("calls", "i8"),
        ("tries", "i8"),
        ("log_tries", "i4"),
        # system
        ("clients", "i4"),
        ("connections", "i4"),  # of the clients, under open load
        ("hops_max", "i4"),
        ("segments_max", "i4"),
        ("client_one_way", "f8"),
        ("same_node_one_way", "f8"),
        ("bandwidth", "f8"),
    ],
    align=True,
)
CALL_ROW = np.dtype(
    [
        ("edge", "i4"),
        ("outcome", "i2"),
        ("tries", "i2"),
        ("ordinal", "i8"),
        ("latency", "f8"),
    ],
    align=True,
)
TRY_ROW = np.dtype(
    [
        ("key", "u8"),
        ("ordinal", "i8"),
        ("start", "f8"),
        ("end", "f8"),
        ("edge", "i4"),
        ("outcome", "i4"),
        ("pod", "i4"),
        ("worker", "i4"),
    ],
    align=True,
)
