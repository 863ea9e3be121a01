"""Findings MS03: load and objectives that a run could not judge."""

from __future__ import annotations

import math
from collections.abc import Iterator

from meshsim import units
from meshsim.model import flows
from meshsim.model.call_policy import patience_s
from meshsim.model.callgraph import EndpointKey, target
from meshsim.model.finding_case import Case, Remark
from meshsim.model.finding_codes import ANSWERS_BEYOND, RECORDING_MIN, RUN_S_MAX
from meshsim.model.load import TraceArrivals
from meshsim.model.nodes import Location
from meshsim.model.slo import Objective, parse_objective
from meshsim.model.topology import Topology


def load_remarks(case: Case) -> Iterator[Remark]:
    """What is unwise about the load and the objectives."""
    arrivals = case.topology.load.arrivals
    if isinstance(arrivals, TraceArrivals) and len(arrivals.times) < RECORDING_MIN:
        message = (
            f"the recording has {len(arrivals.times)} arrivals and ends after "
            f"{units.show_duration(arrivals.times[-1])}; longer runs repeat it: record for longer"
        )
        yield Remark("MS0302", ("load", "arrivals", "times"), "load", message)
    if not any(case.topology.slo.values()):
        message = "nothing says what is good enough; add slo with a threshold per entry point"
        yield Remark("MS0303", (), case.topology.name, message)
    yield from _objectives(case)


def _objectives(case: Case) -> Iterator[Remark]:
    shares = flows.entry_shares(case.topology)
    least_s = flows.least_time(case.topology)
    # A mean is a lower bound only where nobody gives up: of random times the longest are cut then.
    mean_s = least_s if case.is_impatient else flows.unloaded_time(case.topology)
    patience = patience_s(case.topology.load.timeout, case.topology.load.retries)
    for entry, texts in case.topology.slo.items():
        key = target(entry)
        for index, text in enumerate(texts):
            objective = parse_objective(text)
            location: Location = ("slo", entry, index)
            yield from _out_of_reach(objective, case.rate * shares[key], location, entry)
            bounds = {
                "latency_quantile": min(case.topology.network.client + least_s[key], patience),
                "latency_mean": min(case.topology.network.client + mean_s[key], patience),
                "error_rate": _own_error(case.topology, key),
            }
            yield from _not_to_keep(objective, bounds[objective.metric], location, entry)


def _out_of_reach(
    objective: Objective, rate_per_s: float, location: Location, entry: str
) -> Iterator[Remark]:
    if objective.metric != "latency_quantile":
        return
    needed_s = ANSWERS_BEYOND / ((1 - objective.probability) * rate_per_s)
    if needed_s > RUN_S_MAX:
        message = (
            f"at {units.show_rate(rate_per_s)} it takes {units.show_duration(needed_s)} until "
            f"{ANSWERS_BEYOND} answers lie beyond the percentile of {objective.text!r}; "
            "run as long or set a lower percentile"
        )
        yield Remark("MS0301", location, entry, message)


def _not_to_keep(
    objective: Objective, least: float, location: Location, entry: str
) -> Iterator[Remark]:
    # The comparison leaves room for the rounding of sums such as 0.1 + 0.2.
    if objective.holds(least) or math.isclose(least, objective.bound, rel_tol=1e-9):
        return
    is_rate = objective.metric == "error_rate"
    shown = units.show_percentage(least) if is_rate else units.show_duration(least)
    message = f"{objective.text!r} cannot be kept: it is at least {shown} without any load or mesh"
    yield Remark("MS0304", location, entry, f"{message}; relax it or mend the steps")


def _own_error(topology: Topology, key: EndpointKey) -> float:
    endpoints = topology.service(key[0]).endpoints
    return next(endpoint.error for endpoint in endpoints if endpoint.name == key[1])
