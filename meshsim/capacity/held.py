"""What proxies hold of a mesh's configuration, and the memory that it takes, by what they see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from meshsim.capacity.estate import Estate, ProxyGroup
from meshsim.capacity.proxy_memory import HTTP_LISTENERS
from meshsim.capacity.spread import Numbers, sourced
from meshsim.model.sourced import Sourced
from meshsim.physics.memory import Configuration, MemoryTerms, proxy_memory_bytes


def held(group: ProxyGroup, estate: Estate) -> Configuration:
    """What a proxy of the group has in its configuration."""
    seen, ports = group.seen, estate.ports
    return Configuration(
        clusters=round(seen.services * ports),
        endpoints=round(seen.endpoints * ports),
        routes=round((seen.services - seen.tcp_services) * ports),
        listeners=round(HTTP_LISTENERS + seen.tcp_services * ports),
    )


def memory_numbers(groups: Sequence[ProxyGroup]) -> dict[str, Sourced[Any]]:
    """The sourced numbers of the memory of all kinds of proxies, by kind and name."""
    kinds = {group.proxy.name: group.proxy for group in groups if group.proxy}
    found: dict[str, Sourced[Any]] = {}
    for name, proxy in kinds.items():
        found.update(sourced(proxy.memory, name))
    return found


def proxy_memory(numbers: Numbers, group: ProxyGroup, estate: Estate) -> float:
    """Memory of a proxy of the group without connections [bytes]."""
    assert group.proxy is not None, "pods without a proxy have no memory of one"
    name, workers = group.proxy.name, group.proxy.worker_threads.value
    terms = MemoryTerms(
        base=numbers[f"{name}.base"],
        per_connection=0.0,
        per_cluster=numbers[f"{name}.per_cluster"],
        per_endpoint=numbers[f"{name}.per_endpoint"],
        per_route=numbers.get(f"{name}.per_route", 0.0),
        per_listener=numbers.get(f"{name}.per_listener", 0.0),
        per_cluster_per_worker=numbers.get(f"{name}.per_cluster_per_worker", 0.0),
    )
    return proxy_memory_bytes(terms, held(group, estate), 0.0, workers)


def mean_of(groups: Sequence[ProxyGroup], value: Callable[[ProxyGroup], float]) -> float:
    """The mean over all proxies."""
    count = sum(group.count for group in groups)
    return sum(group.count * value(group) for group in groups) / count
