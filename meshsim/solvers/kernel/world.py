"""A world: all arrays of one run, and their names."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from meshsim.solvers.kernel.records import (
    CALL_ROW,
    CLOCK,
    CONNECTION,
    DEADLINES,
    EVENT,
    FRAME,
    INSTANCE,
    LEG,
    LINED,
    POD,
    POOL,
    TRY_ROW,
    USER,
    WORKER,
)
from meshsim.solvers.kernel.tables import (
    DISTRIBUTION,
    ENDPOINT,
    HOP,
    KIND,
    OP,
    PATH,
    POLICY,
    SEGMENT,
    SERVICE,
    SITE,
)

FIELDS: tuple[tuple[str, np.dtype[Any], int], ...] = (
    ("clock", CLOCK, 1),
    ("frames", FRAME, 1),
    ("spent", np.dtype("f8"), 2),  # frames × parts
    ("legs", LEG, 1),  # as many per frame as a path has proxies
    ("taken", np.dtype("i4"), 2),  # connections: frames × segments
    ("ring", np.dtype("i4"), 1),  # signals
    ("line", LINED, 1),  # few events, the next of them last
    ("events", EVENT, 1),
    ("buckets", np.dtype("i4"), 1),  # first event of each bucket of the calendar
    ("bucket_tails", np.dtype("i4"), 1),  # last event, where there is one
    ("pods", POD, 1),
    ("workers", WORKER, 1),
    ("instances", INSTANCE, 1),
    ("kinds", KIND, 1),
    ("busy_cost", np.dtype("f8"), 2),  # passes and kinds × services
    ("byte_cost", np.dtype("f8"), 2),
    ("idle_scale", np.dtype("f8"), 2),  # kinds × services
    ("idle_exponent", np.dtype("f8"), 2),  # kinds × services
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
    ("users", USER, 1),
    ("entry_bound", np.dtype("f8"), 1),
    ("request_start", np.dtype("f8"), 1),
    ("request_latency", np.dtype("f8"), 1),
    ("request_entry", np.dtype("i8"), 1),
    ("request_outcome", np.dtype("i8"), 1),  # -1 until it is answered
    ("request_spent", np.dtype("f8"), 2),  # requests × parts
    ("call_rows", CALL_ROW, 1),
    ("call_place", np.dtype("i8"), 1),  # at the end: how many calls of each request, and where
    ("call_edge", np.dtype("i8"), 1),  # the calls, request by request
    ("call_request", np.dtype("i8"), 1),
    ("call_latency", np.dtype("f8"), 1),
    ("call_outcome", np.dtype("i8"), 1),
    ("call_tries", np.dtype("i8"), 1),
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

_PLACES = {name: place for place, (name, _, _) in enumerate(FIELDS)}


class World:
    """All arrays of one run, each an attribute named in FIELDS."""

    clock: Any

    def __init__(self, **arrays: Any) -> None:  # noqa: ANN401
        assert arrays.keys() == _PLACES.keys()
        self._addresses = np.zeros((len(FIELDS), 3), dtype=np.int64)
        self.address = self._addresses.ctypes.data
        """Where addresses and shapes of the arrays stand, for compiled code."""
        self._take(arrays)

    def _take(self, arrays: dict[str, Any]) -> None:
        """Have these arrays, and tell compiled code where they are."""
        for name, array in arrays.items():
            place = _PLACES[name]
            _, kind, rank = FIELDS[place]
            assert array.dtype == kind and array.ndim == rank, name  # noqa: PT018
            assert array.flags.c_contiguous, name
            start = array.ctypes.data  # ``__array_interface__`` would describe all fields
            row = array.shape[1] if rank == 2 else 0
            self._addresses[place] = start, array.shape[0], row
        self.__dict__.update(arrays)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Only for the type checker: arrays are attributes of the instance."""
        raise AttributeError(name)

    def with_arrays(self, **changed: Any) -> World:  # noqa: ANN401
        """The same world with other arrays in place of some."""
        other = copy(self)
        other._addresses = self._addresses.copy()
        other.address = other._addresses.ctypes.data
        other._take(changed)
        return other


def records(count: int, kind: np.dtype[Any]) -> Any:  # noqa: ANN401
    """``count`` records of zeros, whose fields are attributes."""
    return np.zeros(count, kind).view(np.recarray)
