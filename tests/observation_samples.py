"""Observations of replications that never ran: latencies as given, everything else plain."""

import numpy as np

from meshsim.solvers.observations import Observations, Part


def observed(latency, *, entry=None, failed=None, calls=((), (), ()), **fields):
    """A replication with these latencies [s], all of them work of the application.

    ``calls`` are their edges, their requests and their latencies; ``fields`` replace others.
    """
    latency = np.asarray(latency, dtype=float)
    count = len(latency)
    spent = np.zeros((count, len(Part)))
    spent[:, Part.APP_WORK] = latency
    edge, edge_request, edge_latency = calls
    plain = {
        "start_s": np.arange(count, dtype=float),
        "latency_s": latency,
        "entry": np.zeros(count, dtype=np.int64) if entry is None else np.array(entry),
        "outcome": np.zeros(count, dtype=np.int64)
        if failed is None
        else np.array(failed, dtype=np.int64),
        "spent_s": spent,
        "edge": np.array(edge, dtype=np.int64),
        "edge_request": np.array(edge_request, dtype=np.int64),
        "edge_latency_s": np.array(edge_latency, dtype=float),
        "edge_outcome": np.zeros(len(edge), dtype=np.int64),
        "edge_tries": np.ones(len(edge), dtype=np.int64),
        "snapshot_s": np.array([0.0, 1.0]),
        "snapshot_request": np.array([0, count]),
        "busy_s": np.zeros((2, 1)),
        "connections": np.zeros(0, dtype=np.int64),
        "pod_requests": np.array([count]),
    }
    return Observations(**{**plain, **fields})
