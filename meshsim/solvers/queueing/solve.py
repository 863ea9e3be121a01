"""From a program to the answer of the formulas."""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, Program
from meshsim.solvers.queueing.answer import QUANTILES, QueueingAnswer, StationUse, Times
from meshsim.solvers.queueing.arrivals import arrivals
from meshsim.solvers.queueing.capacity import busiest
from meshsim.solvers.queueing.flows import flows, offered_per_s
from meshsim.solvers.queueing.latencies import Latencies, Model
from meshsim.solvers.queueing.loads import loads
from meshsim.solvers.queueing.passages import links
from meshsim.solvers.queueing.points import Points
from meshsim.solvers.queueing.responses import bursts, responses
from meshsim.solvers.queueing.spread import pinned_links, spread
from meshsim.solvers.queueing.structure import structure
from meshsim.solvers.queueing.transit import proxies, transit
from meshsim.solvers.queueing.waits import cores

_ROUNDS = 3


def model(program: Program, outside_per_s: float) -> Model:
    """All moments of a program at a rate that no station is overloaded by."""
    shape = structure(program)
    calls = links(program, shape.row_endpoint, shape.site_row)
    flow = flows(program, shape, outside_per_s)
    found = loads(program, shape, calls, flow)
    at = proxies(program, found)
    way = transit(program, calls, at, found.proxies.busy_s)
    pinned = pinned_links(program, calls)
    incoming = arrivals(program, shape, calls, flow, pinned)
    time_s = way.mean_s
    service_load = found.core_load[program.services.pod_first]
    for _ in range(_ROUNDS):
        uneven = spread(program, calls, found.link_per_s, time_s, service_load)
        stations = cores(program, found.pods, uneven, incoming.batch, incoming.cv2)
        burst = bursts(program, shape, stations, uneven, incoming.fresh)
        link = (way.mean_s[: calls.sites], way.variance_s2[: calls.sites])
        times = responses(program, shape, flow, link, burst, uneven)
        time_s = way.mean_s + times.mean_s[calls.endpoint]
    return Model(program, shape, flow, stations, uneven, way, times, pinned, incoming.fresh)
