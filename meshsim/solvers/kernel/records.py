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

from typing import Any

import numpy as np

from meshsim.solvers.observations import Part

NONE = -1

# What a frame does next. Names of the past tense follow a wait.
(
    STAND,  # nothing: it waits
    LEG_OUT,  # on to the next proxy, or to the pod
    VISIT_OUT,  # enter the proxy's worker
    VISITED_OUT,
    ARRIVE,  # at the pod
    ADMITTED,  # to a worker slot
    STEP,
    COMPUTED,
    JOINED,
    TRY,  # make the next try of a call
    RETAKEN,  # the proxy's worker has taken the request up again
    SETTLED,  # a guarded try was answered or given up
    PAUSED,
    RETURNED,  # a call is over
    SERVED,
    LEG_BACK,
    VISIT_BACK,
    VISITED_BACK,
    HOME,
    PAUSE_OVER,
    WAITS,  # for a call without a guard
    DONE,  # kept until its parent has read it
    SHORT,  # no step: memory is short
) = range(23)

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
RUN, BEGIN, REHANG, ENTER_ALL, READ_AT_END = range(5)

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
        ("key", "u8"),
        ("resume", "i4"),
        ("next", "i4"),
        ("kind", "i1"),
        ("dead", "i1"),
        ("orphan", "i1"),
        ("admitted", "i1"),
        ("failed", "i1"),
        ("running", "i1"),  # on a core, and not in line for one
        ("returning", "i1"),
        ("routed", "i1"),  # the last proxy of its own segments makes tries
        ("side", "i1"),
        ("home_side", "i1"),
        ("outcome", "i1"),
        ("missed", "i1"),  # the deadline of its call
        ("parent", "i4"),
        ("child", "i4"),  # the try or the pause that it waits for, or the first branch
        ("sibling", "i4"),
        ("open", "i4"),  # branches
        ("last", "i4"),  # branch to end
        ("segment", "i4"),
        ("segment_end", "i4"),
        ("hop", "i4"),
        ("leg", "i4"),
        ("visit_leg", "i4"),  # absolute
        ("taken", "i4"),
        ("path", "i4"),
        ("pod", "i4"),
        ("caller_pod", "i4"),
        ("sender", "i4"),
        ("node", "i4"),
        ("home_node", "i4"),
        ("service", "i4"),
        ("endpoint", "i4"),
        ("edge", "i4"),
        ("site", "i4"),
        ("op", "i4"),
        ("repetition", "i4"),
        ("policy", "i4"),  # of the call that it is making
        ("attempt", "i4"),
        ("left", "i4"),
        ("right", "i4"),
        ("before_0", "i4"),
        ("after_0", "i4"),
        ("before_1", "i4"),
        ("after_1", "i4"),
        ("block", "i4"),  # counts of active requests at the hosts, for least request
        ("ordinal", "i8"),
        ("started", "i8"),
        ("order_0", "i8"),
        ("order_1", "i8"),
        ("due_0", "f8"),
        ("due_1", "f8"),
        ("finish", "f8"),  # in virtual time of the cores
        ("since", "f8"),
        ("work", "f8"),
        ("start", "f8"),
        ("call_start", "f8"),
        ("try_start", "f8"),
        ("call_key", "u8"),
        ("request_bytes", "f8"),
        ("response_bytes", "f8"),
    ],
    align=True,
)
LEG = np.dtype(
    [
        ("station", "i4"),
        ("node", "i4"),
        ("side", "i4"),
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
        ("timer", "i4"),  # event; NONE if it is not set
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
KIND = np.dtype(
    [
        ("scope", "i4"),
        ("workers", "i4"),
        ("exact_balance", "i4"),
        ("balancing", "i4"),
        ("choices", "i4"),
        ("replicas", "i4"),
        ("instance_first", "i4"),
        ("idle_scale", "f8"),
        ("idle_exponent", "f8"),
        ("request_share", "f8"),
        ("wake_up", "f8"),
    ],
    align=True,
)
SERVICE = np.dtype(
    [
        ("namespace", "i4"),
        ("pod_first", "i4"),
        ("pod_count", "i4"),
        ("multiplexed", "i4"),
        ("balancing", "i4"),
        ("stops", "i4"),
    ],
    align=True,
)
ENDPOINT = np.dtype([("service", "i4"), ("first_op", "i4"), ("error", "f8")], align=True)
OP = np.dtype([("op", "i4"), ("a", "i4"), ("b", "i4")], align=True)
SITE = np.dtype(
    [
        ("endpoint", "i4"),
        ("count", "i4"),
        ("fails", "i4"),
        ("edge", "i4"),
        ("policy", "i4"),
        ("probability", "f8"),
        ("request_bytes", "f8"),
        ("response_bytes", "f8"),
    ],
    align=True,
)
"""Call sites of the steps, then the entry points."""
SEGMENT = np.dtype(
    [("hop_first", "i4"), ("hops", "i4"), ("number", "i4"), ("ends_before_pod", "i4")], align=True
)
HOP = np.dtype([("side", "i4"), ("kind", "i4")], align=True)
PATH = np.dtype(
    [("segment_first", "i4"), ("segments", "i4"), ("picker", "i4"), ("policy", "i4")], align=True
)
"""The path of calls inside, and that of entries."""
POLICY = np.dtype(
    [
        ("retries", "i4"),
        ("retry_on", "i4"),
        ("timeout", "f8"),
        ("per_try_timeout", "f8"),
        ("backoff_base", "f8"),
        ("backoff_max", "f8"),
    ],
    align=True,
)
DEADLINES = np.dtype([("head", "i4"), ("tail", "i4"), ("timed", "i4")], align=True)
"""Per policy: those of calls, those of tries. Each list is in the order of time."""
DISTRIBUTION = np.dtype(
    [("family", "i4"), ("first", "i4"), ("length", "i4"), ("p", "f8"), ("q", "f8")], align=True
)
CONNECTION = np.dtype(
    [
        ("pool", "i4"),
        ("next", "i4"),
        ("pod", "i4"),
        ("sender_instance", "i4"),
        ("one_at_a_time", "i4"),
    ],
    align=True,
)
POOL = np.dtype([("free", "i4"), ("opened", "i4")], align=True)
EVENT = np.dtype([("time", "f8"), ("order", "i8"), ("what", "i4"), ("next", "i4")], align=True)
USER = np.dtype([("asked", "i8")], align=True)
CLOCK = np.dtype(
    [
        ("now", "f8"),
        ("order", "i8"),
        ("order_taken", "i8"),
        ("steps", "i8"),
        ("root_key", "u8"),
        # calendar
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
        ("frames_max", "i8"),
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
        ("started", "i8"),
        ("measured", "i8"),
        ("open", "i8"),
        ("closed", "i4"),
        ("think", "i4"),
        ("load_policy", "i4"),
        ("snapshots", "i8"),
        # what is kept
        ("sums_up", "i4"),
        ("windows", "i8"),
        ("edge_windows", "i8"),
        ("edges", "i8"),
        ("fine_windows", "i8"),
        # log
        ("calls", "i8"),
        ("tries", "i8"),
        ("log_tries", "i4"),
        # system
        ("clients", "i4"),
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
REQUEST_ROW = np.dtype(
    [
        ("start", "f8"),
        ("latency", "f8"),
        ("entry", "i4"),
        ("outcome", "i2"),
        ("answered", "i2"),
    ],
    align=True,
)


FIELDS: tuple[tuple[str, np.dtype[Any], int], ...] = (
    ("clock", CLOCK, 1),
    ("frames", FRAME, 1),
    ("spent", np.dtype("f8"), 2),  # frames × parts
    ("legs", LEG, 1),  # as many per frame as a path has proxies
    ("taken", np.dtype("i4"), 2),  # connections: frames × segments
    ("ring", np.dtype("i4"), 1),  # signals
    ("events", EVENT, 1),
    ("buckets", np.dtype("i4"), 1),  # first event of each bucket of the calendar
    ("pods", POD, 1),
    ("workers", WORKER, 1),
    ("instances", INSTANCE, 1),
    ("kinds", KIND, 1),
    ("busy_cost", np.dtype("f8"), 2),  # kinds × services
    ("byte_cost", np.dtype("f8"), 2),  # kinds × services
    ("services", SERVICE, 1),
    ("endpoints", ENDPOINT, 1),
    ("ops", OP, 1),
    ("branch_op", np.dtype("i4"), 1),
    ("sites", SITE, 1),
    ("segments", SEGMENT, 1),
    ("hops", HOP, 1),
    ("paths", PATH, 1),
    ("policies", POLICY, 1),
    ("deadlines", DEADLINES, 1),
    ("distributions", DISTRIBUTION, 1),
    ("values", np.dtype("f8"), 1),
    ("node_zone", np.dtype("i4"), 1),
    ("zone_one_way", np.dtype("f8"), 2),  # zones × zones
    ("connections", CONNECTION, 1),
    ("connection_stations", np.dtype("i4"), 2),  # connections × hops
    ("pools", POOL, 1),
    ("table_keys", np.dtype("i8"), 1),
    ("table_values", np.dtype("i8"), 1),
    ("old_keys", np.dtype("i8"), 1),
    ("old_values", np.dtype("i8"), 1),
    ("active", np.dtype("i4"), 1),  # requests at hosts, by balancer and host
    ("turns", np.dtype("i8"), 1),
    ("draws", np.dtype("f8"), 1),  # scratch of least request
    ("arrivals", np.dtype("f8"), 1),
    ("arrival_entry", np.dtype("i4"), 1),
    ("arrival_client", np.dtype("i4"), 1),
    ("users", USER, 1),
    ("entry_bound", np.dtype("f8"), 1),
    ("request_rows", REQUEST_ROW, 1),
    ("request_spent", np.dtype("f8"), 2),  # requests × parts
    ("call_rows", CALL_ROW, 1),
    ("try_rows", TRY_ROW, 1),
    # In place of the rows above, if requests are summed up and not kept.
    ("entry_counts", np.dtype("i8"), 2),  # windows and entries × buckets
    ("entry_sum", np.dtype("f8"), 2),  # windows × entries
    ("entry_min", np.dtype("f8"), 2),
    ("entry_max", np.dtype("f8"), 2),
    ("entry_failed", np.dtype("i8"), 2),
    ("entry_spent", np.dtype("f8"), 2),  # windows and entries × parts
    ("series_sum", np.dtype("f8"), 1),
    ("series_count", np.dtype("i8"), 1),
    ("edge_counts", np.dtype("i4"), 2),  # windows and edges × buckets
    ("edge_sum", np.dtype("f8"), 2),  # windows × edges
    ("edge_min", np.dtype("f8"), 2),
    ("edge_max", np.dtype("f8"), 2),
    ("window_start", np.dtype("f8"), 1),
    ("snapshot_time", np.dtype("f8"), 1),
    ("snapshot_ordinal", np.dtype("i8"), 1),
    ("snapshot_busy", np.dtype("f8"), 2),
)
"""The arrays of a world: name, what they hold, number of dimensions."""


class World:
    """All arrays of one run, each an attribute named in FIELDS."""

    clock: Any

    def __init__(self, **arrays: Any) -> None:  # noqa: ANN401
        assert list(arrays) == [name for name, _, _ in FIELDS]
        for name, kind, rank in FIELDS:
            array = arrays[name]
            assert array.dtype == kind and array.ndim == rank, name  # noqa: PT018
            assert array.flags.c_contiguous, name
        self.__dict__.update(arrays)
        self._addresses = np.array(
            [
                (array.ctypes.data, array.shape[0], array.shape[1] if array.ndim == 2 else 0)
                for array in arrays.values()
            ],
            dtype=np.int64,
        )
        self.address = self._addresses.ctypes.data
        """Where addresses and shapes of the arrays stand, for compiled code."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Only for the type checker: arrays are attributes of the instance."""
        raise AttributeError(name)

    def with_arrays(self, **changed: Any) -> World:  # noqa: ANN401
        """The same world with other arrays in place of some."""
        return World(**{name: changed.get(name, getattr(self, name)) for name, _, _ in FIELDS})


def records(count: int, kind: np.dtype[Any]) -> Any:  # noqa: ANN401
    """``count`` records of zeros, whose fields are attributes."""
    return np.zeros(count, kind).view(np.recarray)
