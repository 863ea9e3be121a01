"""A topology from the totals of all endpoints of some traces.

Known from traces are the services, their endpoints, the calls, times and errors. All else is
assumed and said so in the report: replicas, workers, sizes of messages, nodes, and that an
endpoint's own time is CPU time. The network time of an edge is the mean of client span - server
span. The round trip of the network is that of the fastest edges: as large as it can be without
making the requests 0.5% longer. What an edge takes beyond it is a wait before its calls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from meshsim import units
from meshsim.inputs.import_options import ImportOptions
from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_executions import Execution, Key
from meshsim.inputs.trace_names import endpoint_names, service_names
from meshsim.inputs.trace_statistics import EndpointTotals
from meshsim.inputs.trace_steps import StepWriter
from meshsim.model.topology import Topology

VALUES_MAX = 200
"""Values that a distribution may list; fewer if the file would become too large."""

VALUES_IN_ALL = 250_000
"""Values that a file may list: about 3 MB of text, below what the loader of topologies accepts."""
EXCESS_MAX = 0.005
"""How much longer the requests may become because some calls were faster than the round trip."""

_NODE_CORES = 8
_NODE_MEMORY = "32Gi"
_NODES_MAX = 10_000
_RATE_WITHOUT_TIMES = "1/s"


class Recording:
    """All that is kept of the traces read so far."""

    def __init__(self) -> None:
        self.endpoints: dict[Key, EndpointTotals] = {}
        self.requests = 0
        self.duration_ns = 0
        self.duration_ns_max = 0
        self.first_ns = self.last_ns = 0

    def add(self, execution: Execution) -> None:
        """Take in one execution of an endpoint."""
        key = Key(execution.service, execution.operation)
        self.endpoints.setdefault(key, EndpointTotals()).add(execution)
        if execution.is_root:
            start = execution.start_ns
            self.first_ns = min(start, self.first_ns) if self.requests else start
            self.last_ns = max(start, self.last_ns)
            self.requests += 1
            self.duration_ns += execution.duration_ns
            self.duration_ns_max = max(self.duration_ns_max, execution.duration_ns)


def topology_of(
    recording: Recording, options: ImportOptions, sources: Sequence[str], tally: Tally
) -> Topology:
    """The topology; counts and assumptions go into ``tally``."""
    writer = _Writer(recording, options, tally)
    return Topology.model_validate(writer.topology(sources))


class _Writer:
    """Writes the parts of a topology as a file has them."""

    def __init__(self, recording: Recording, options: ImportOptions, tally: Tally) -> None:
        self._recording, self._options, self._tally = recording, options, tally
        self._endpoints = recording.endpoints
        self._services = service_names(key.service for key in self._endpoints)
        self._names = {
            service: endpoint_names(k.operation for k in self._endpoints if k.service == service)
            for service in self._services
        }
        self._rate = self._rate_text()

    def topology(self, sources: Sequence[str]) -> Mapping[str, Any]:
        """The whole file."""
        requests = self._recording.requests
        round_trip_ns = self._round_trip_ns()
        self._note_renamed()
        services = self._written_services(round_trip_ns)
        round_trip = units.print_duration(round_trip_ns / 1e9)
        return {
            "meshsim": 1,
            "name": self._options.name,
            "title": f"Imported from traces of {requests} request{'s' * (requests > 1)}",
            "sources": list(sources),
            "services": services,
            "load": self._load(),
            "nodes": [self._nodes()],
            "network": dict.fromkeys(("same_node", "same_zone", "between_zones"), round_trip),
        }

    def _target(self, key: Key) -> str:
        return f"{self._services[key.service]}/{self._names[key.service][key.operation]}"

    def _written_services(self, round_trip_ns: int) -> list[Mapping[str, Any]]:
        distributions = sum(1 + 2 * len(totals.keys) for totals in self._endpoints.values())
        values_max = max(2, min(VALUES_MAX, VALUES_IN_ALL // distributions))
        self._assume_about_services(values_max)
        steps = StepWriter(self._target, round_trip_ns, values_max, self._tally)
        written = [self._service(raw, steps) for raw in self._services]
        self._tally.use("services", len(written))
        self._tally.use("endpoints", len(self._endpoints))
        calls = sum(key.is_call for totals in self._endpoints.values() for key in totals.keys)
        self._tally.use("calls between endpoints", calls)
        return sorted(written, key=lambda service: str(service["name"]))

    def _service(self, raw: str, steps: StepWriter) -> Mapping[str, Any]:
        own = {k.operation: t for k, t in self._endpoints.items() if k.service == raw}
        by_grpc = sum(t.grpc for t in own.values())
        executions = sum(t.executions for t in own.values())
        service: dict[str, Any] = {
            "name": self._services[raw],
            "replicas": self._options.replicas,
            "protocol": "grpc" if 2 * by_grpc > executions else "http1",
            "endpoints": [
                {
                    "name": self._names[raw][operation],
                    "error": _error_text(totals),
                    "steps": steps.steps(totals, self._target(Key(raw, operation))),
                }
                for operation, totals in sorted(own.items())
            ],
        }
        if self._options.cpu is not None:
            service["resources"] = {"limits": {"cpu": self._options.cpu}}
        return service

    def _load(self) -> Mapping[str, Any]:
        roots = {self._target(k): t.roots for k, t in self._endpoints.items() if t.roots}
        return {
            "arrivals": {"process": "poisson", "rate": self._rate},
            "entries": [{"to": to, "weight": roots[to]} for to in sorted(roots)],
        }

    def _rate_text(self) -> str:
        given, requests = self._options.rate, self._recording.requests
        if given is not None:
            return given
        seconds = (self._recording.last_ns - self._recording.first_ns) / 1e9
        if requests < 2 or seconds == 0:
            rate = _RATE_WITHOUT_TIMES
            self._tally.assume(f"the rate of requests is {rate}, a guess: give the real one")
            return rate
        rate = units.print_rate(float(f"{(requests - 1) / seconds:.3g}"))
        self._tally.assume(
            f"the rate of requests is {rate}, that of the traces ({requests} in {seconds:.3g} s): "
            "give the real one if traces are sampled or the export was limited"
        )
        return rate

    def _round_trip_ns(self) -> int:
        edges = sorted(
            (key_totals.network_ns / key_totals.count, key_totals.count)
            for totals in self._endpoints.values()
            for key, key_totals in totals.keys.items()
            if key.is_call
        )
        bound_ns = EXCESS_MAX * self._recording.duration_ns
        round_trip_ns = math.floor(common_time(edges, bound_ns))
        text = units.show_duration(round_trip_ns / 1e9)
        if edges:
            self._tally.assume(
                f"the network's round trip is {text} everywhere, as in the fastest calls; what a "
                "call took beyond that is a wait before it"
            )
        return round_trip_ns

    def _nodes(self) -> Mapping[str, Any]:
        """Nodes enough for one core (or the limit) per pod, and for twice the CPU of the load."""
        limit = units.parse_cpu(self._options.cpu) if self._options.cpu else 1.0
        cores = max(_NODE_CORES, math.ceil(limit))
        pods = len(self._services) * self._options.replicas
        own_ns = sum(totals.own_ns for totals in self._endpoints.values())
        used = units.parse_rate(self._rate) * own_ns / 1e9 / self._recording.requests
        needed = max(math.ceil(pods / (cores // limit)), math.ceil(2 * used / cores))
        count = min(needed, _NODES_MAX)
        memory = _NODE_MEMORY
        self._tally.assume(
            f"number of nodes: {count}, of {cores} cores and {memory}, in one zone, free of cost"
        )
        return {"name": "assumed", "cores": cores, "memory": memory, "count": count}

    def _assume_about_services(self, values_max: int) -> None:
        assume, options = self._tally.assume, self._options
        limit = f"a CPU limit of {options.cpu}" if options.cpu else "no CPU limit"
        assume(f"pods of each service: {options.replicas}, with {limit}")
        assume("each pod works on any number of requests at once")
        assume("each request and each response has 1KiB")
        assume("services speak HTTP/1.1, but for those whose traces name gRPC")
        assume(
            "an endpoint's own time, outside of its calls and waits, is CPU time, and comes first"
        )
        assume(
            "calls that overlapped in most traces run in parallel, the others one after the other"
        )
        if any(t.executions > values_max for t in self._endpoints.values()):
            assume(f"more than {values_max} times of a kind are condensed to {values_max} means")

    def _note_renamed(self) -> None:
        for raw, name in self._services.items():
            if raw != name:
                self._tally.assume(f"the service {raw!r} is called {name!r}")


def common_time(times: Sequence[tuple[float, int]], bound: float) -> float:
    """The largest of some times whose excess over the smaller ones stays within a bound.

    Each time comes with its weight, in order; the excess is the weighted sum of the differences.
    """
    common, weight, excess = 0.0, 0, 0.0
    for index, (time, count) in enumerate(times):
        excess += (time - common) * weight
        if index and excess > bound:
            break
        common, weight = time, weight + count
    return common


def _error_text(totals: EndpointTotals) -> str:
    """Share of failures among the executions that no failed call explains."""
    share = totals.own_errors / totals.unharmed if totals.unharmed else 0.0
    return units.print_percentage(share)
