"""Finding MS0507: load or bodies outside the range on which the costs of a proxy were fitted.

Rates are those of :mod:`meshsim.model.flows` at the peak, spread evenly over the instances of a
proxy and their workers; that of real workers is more uneven.
"""

from __future__ import annotations

from collections.abc import Iterator

from meshsim import units
from meshsim.model import flows
from meshsim.model.finding_case import Case, Remark
from meshsim.model.mesh import FittedRange, Mesh, Proxy
from meshsim.model.mesh_validation import split_element
from meshsim.model.topology import Topology


def range_remarks(case: Case, mesh: Mesh) -> Iterator[Remark]:
    """One remark for each proxy that has to do what its costs were not fitted on."""
    for index, proxy in enumerate(mesh.proxies):
        fitted = proxy.cost.fitted_range
        if fitted is None:
            continue
        parts = [*_rates(case.topology, mesh, proxy, fitted), *_bodies(case, mesh, proxy, fitted)]
        if parts:
            message = (
                f"{' and '.join(parts)}; what is predicted there is extrapolated: calibrate the "
                "mesh on such measurements"
            )
            location = ("proxies", index, "cost", "fitted_range")
            yield Remark("MS0507", location, proxy.name, message, is_of_mesh=True)


def _rates(topology: Topology, mesh: Mesh, proxy: Proxy, fitted: FittedRange) -> list[str]:
    rates = sorted(rate for rate in _per_worker(topology, mesh, proxy) if rate > 0)
    low, high = fitted.requests_per_worker
    if not rates or (low <= rates[0] and rates[-1] <= high):
        return []
    shown = units.show_rate(rates[0])
    if rates[-1] > rates[0]:
        shown += f" to {units.show_rate(rates[-1])}"
    wanted = f"{units.show_rate(low)} to {units.show_rate(high)}"
    return [f"each worker gets {shown}, and the costs were fitted on {wanted}"]


def _per_worker(topology: Topology, mesh: Mesh, proxy: Proxy) -> list[float]:
    """Passages per second of a worker of each instance, or of each group that shares alike."""
    per_service = {service.name: 0.0 for service in topology.services}
    for edge in flows.service_edges(topology):
        for element in mesh.path.entry if edge.caller is None else mesh.path.inside:
            side, name = split_element(element)
            if name == proxy.name:
                standing = edge.caller if side == "caller" and edge.caller else edge.callee
                per_service[standing] += edge.per_second
    workers = proxy.worker_threads.value
    replicas = proxy.replicas.value if proxy.replicas is not None else 1
    if proxy.scope == "node":
        nodes = sum(pool.count for pool in topology.nodes)
        return [sum(per_service.values()) / nodes / workers]
    if proxy.scope == "namespace":
        namespaces: dict[str, float] = {}
        for service in topology.services:
            before = namespaces.get(service.namespace, 0.0)
            namespaces[service.namespace] = before + per_service[service.name]
        return [rate / replicas / workers for rate in namespaces.values()]
    return [
        per_service[one.name] / (one.replicas if proxy.scope == "pod" else replicas) / workers
        for one in topology.services
    ]


def _bodies(case: Case, mesh: Mesh, proxy: Proxy, fitted: FittedRange) -> list[str]:
    sizes = sorted(_sizes(case, mesh, proxy))
    small, large = fitted.body
    if not sizes or (small <= sizes[0] and sizes[-1] <= large):
        return []
    shown = units.show_memory(sizes[0])
    if sizes[-1] > sizes[0]:
        shown += f" to {units.show_memory(sizes[-1])}"
    wanted = f"{units.show_memory(small)} to {units.show_memory(large)}"
    return [f"bodies are {shown}, and the costs were fitted on {wanted}"]


def _sizes(case: Case, mesh: Mesh, proxy: Proxy) -> Iterator[float]:
    """Request and response together, of each call that passes the proxy."""
    endpoints = {
        f"{service.name}/{endpoint.name}": endpoint
        for service in case.topology.services
        for endpoint in service.endpoints
    }
    if any(split_element(element)[1] == proxy.name for element in mesh.path.entry):
        for entry in case.topology.load.entries:
            yield endpoints[entry.to].request + endpoints[entry.to].response
    if not any(split_element(element)[1] == proxy.name for element in mesh.path.inside):
        return
    for key, calls in case.calls.items():
        for _, step in calls if case.visits[key] > 0 else ():
            called = endpoints[step.call]
            request = called.request if step.request is None else step.request
            yield request + (called.response if step.response is None else step.response)
