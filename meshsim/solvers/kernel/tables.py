"""The tables of a program as the kernel reads them: one record per row, which never changes."""

from __future__ import annotations

import numpy as np

KIND = np.dtype(
    [
        ("scope", "i4"),
        ("workers", "i4"),
        ("exact_balance", "i4"),
        ("balancing", "i4"),
        ("choices", "i4"),
        ("replicas", "i4"),
        ("instance_first", "i4"),
        ("request_share", "f8"),
        ("wake_up", "f8"),
        ("stall_probability", "f8"),
        ("stall", "f8"),
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
        ("connection_requests", "i4"),
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
    [
        ("hop_first", "i4"),
        ("hops", "i4"),
        ("number", "i4"),
        ("ends_before_pod", "i4"),
        ("open_cost", "f8"),
    ],
    align=True,
)
HOP = np.dtype(
    [("side", "i4"), ("kind", "i4"), ("cost", "i4"), ("round_trips", "i4"), ("open_cost", "f8")],
    align=True,
)
"""``cost`` is a row of the cost tables: of the kind, with its number of encrypted connections."""
PATH = np.dtype(
    [
        ("segment_first", "i4"),
        ("segments", "i4"),
        ("picker", "i4"),
        ("policy", "i4"),
        ("direct", "i4"),
    ],
    align=True,
)
"""The path of calls inside, and that of entries; on a ``direct`` one it makes no
difference which connection is taken."""
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
DISTRIBUTION = np.dtype(
    [("family", "i4"), ("first", "i4"), ("length", "i4"), ("p", "f8"), ("q", "f8")], align=True
)
