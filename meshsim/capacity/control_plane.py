"""CPU, memory and configuration of a control plane, from the mesh's size and rate of change.

The formulas are those of :mod:`meshsim.model.control_plane`. One replica hears of all changes and
holds all services and pods; of the proxies it has its share. What one change costs depends on who
sees it: a change of endpoints sends the whole list of that service's endpoints to all proxies that
see the service; a change of configuration sends these proxies everything once more. Changes that
are pushed together are sent once (:mod:`meshsim.physics.pushes`).

How often a proxy is pushed to: a push has so many changes, their number geometric, each seen with a
probability of its own. Half of the changes of endpoints are taken for new pods, which connect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshsim.capacity.estate import Estate, ProxyGroup
from meshsim.capacity.spread import Numbers
from meshsim.model.control_plane import ControlPlaneScaling, PushPolicy
from meshsim.physics.pushes import pushes_per_s, renewals_per_s, share_of_pushes

KIB = 1024.0
DAY_S = 86_400.0

PODS_REPLACED_PER_DAY = 1.0
"""How often each pod is replaced where nobody says so: a release a day. An assumption."""

CONFIG_CHANGES_PER_S = 1 / 3_600
"""Changes of configuration where nobody says so: one an hour. An assumption."""

NEW_PODS = 0.5
"""Share of the changes of endpoints that are new pods; the others are pods that end."""

HTTP_LISTENERS = 1
"""Per port number that HTTP services share; what all proxies have is in ``base``."""


@dataclass(frozen=True)
class Changes:
    """How often the mesh changes [1/s]."""

    endpoint_per_s: float
    """Pods that come or go."""
    config_per_s: float
    """Services, routes, policies."""

    @property
    def per_s(self) -> float:
        """Changes of both kinds."""
        return self.endpoint_per_s + self.config_per_s


@dataclass(frozen=True)
class PushRates:
    """Pushes of one replica to the proxies of one group [1/s]."""

    full: float
    """With a change of configuration that they see."""
    endpoints: float
    """With changes of endpoints alone."""
    services_changed: float
    """Services whose endpoints one of the latter brings."""


def quiet_changes(estate: Estate) -> Changes:
    """What is assumed where nobody says how often the mesh changes."""
    return Changes(2 * PODS_REPLACED_PER_DAY * estate.endpoints / DAY_S, CONFIG_CHANGES_PER_S)


def all_pushes_per_s(changes: Changes, push: PushPolicy) -> float:
    """Pushes that a replica begins, whoever they go to [1/s]."""
    return pushes_per_s(changes.per_s, push.debounce_after, push.debounce_max)


def config_pushes_per_s(changes: Changes, push: PushPolicy) -> float:
    """Those of them that have a change of configuration [1/s]."""
    begun = all_pushes_per_s(changes, push)
    if begun == 0:
        return 0.0
    return begun * share_of_pushes(changes.config_per_s / changes.per_s, changes.per_s / begun)


def push_rates(group: ProxyGroup, estate: Estate, changes: Changes, push: PushPolicy) -> PushRates:
    """How often the proxies of a group are pushed to."""
    begun = all_pushes_per_s(changes, push)
    seen = group.seen
    if begun == 0 or seen.services == 0:
        return PushRates(0.0, 0.0, 0.0)
    of_endpoints = changes.endpoint_per_s / changes.per_s * seen.endpoints / estate.endpoints
    of_config = changes.config_per_s / changes.per_s * seen.services / estate.services
    in_one = changes.per_s / begun
    full = begun * share_of_pushes(of_config, in_one)
    some = begun * share_of_pushes(min(1.0, of_endpoints + of_config), in_one)
    together = max(1.0, changes.per_s * of_endpoints / some) if some > 0 else 1.0
    distinct = seen.services * (1 - (1 - 1 / max(1.0, seen.services)) ** together)
    return PushRates(full, max(0.0, some - full), distinct)


def configuration_bytes(
    numbers: Numbers, scaling: ControlPlaneScaling, group: ProxyGroup, estate: Estate
) -> float:
    """Configuration that a proxy of the group holds [bytes on the wire]."""
    seen, ports = group.seen, estate.ports
    if group.layer == 4 and scaling.workloads is not None:
        return (
            numbers["workloads.per_service"] * seen.services
            + numbers["workloads.per_endpoint"] * seen.endpoints
        )
    http = seen.services - seen.tcp_services
    listeners = ports * (HTTP_LISTENERS * (http > 0) + seen.tcp_services)
    return (
        numbers["configuration.base"]
        + numbers["configuration.per_cluster"] * seen.services * ports
        + numbers["configuration.per_endpoint"] * seen.endpoints * ports
        + numbers["configuration.per_route"] * http * ports
        + numbers["configuration.per_listener"] * listeners
    )


def full_push_s(
    numbers: Numbers, scaling: ControlPlaneScaling, group: ProxyGroup, estate: Estate
) -> float:
    """CPU of sending one proxy of the group its whole configuration [s]."""
    size = configuration_bytes(numbers, scaling, group, estate)
    return numbers["cpu.per_push"] + size / KIB * numbers["cpu.full_per_kib"]


def endpoint_push_s(
    numbers: Numbers,
    scaling: ControlPlaneScaling,
    group: ProxyGroup,
    estate: Estate,
    services: float,
) -> float:
    """CPU of sending one proxy of the group the endpoints of so many services [s]."""
    if group.layer == 4 and scaling.workloads is not None:
        size = services * numbers["workloads.per_endpoint"]  # the one pod that changed
    else:
        endpoints = services * group.seen.changed * estate.ports
        size = endpoints * numbers["configuration.per_endpoint"]
    return numbers["cpu.per_push"] + size / KIB * numbers["cpu.endpoint_per_kib"]


def cpu_parts(
    numbers: Numbers,
    scaling: ControlPlaneScaling,
    estate: Estate,
    groups: Sequence[ProxyGroup],
    changes: Changes,
    replicas: int,
) -> dict[str, float]:
    """CPU of one replica by cause [cores]; more than its cores means that pushes cannot keep up."""
    push = scaling.push
    assert push is not None, "CPU comes with a push policy"
    full = endpoints = connections = pod_start_s = 0.0
    for group in groups:
        mine = group.count / replicas
        rates = push_rates(group, estate, changes, push)
        whole_s = full_push_s(numbers, scaling, group, estate)
        one_s = endpoint_push_s(numbers, scaling, group, estate, rates.services_changed)
        full += mine * rates.full * whole_s
        endpoints += mine * rates.endpoints * one_s
        connections += mine / push.connection_age * whole_s
        if group.comes_with_pods:
            share = group.count / estate.endpoints
            pod_start_s += share * (numbers["cpu.per_pod_start"] + whole_s)
    contexts = numbers["cpu.per_service"] * estate.services * config_pushes_per_s(changes, push)
    return {
        "idle": numbers["cpu.base"],
        "hearing of changes": numbers["cpu.per_change"] * changes.per_s,
        "pushes of configuration": full + contexts,
        "pushes of endpoints": endpoints,
        "new pods": NEW_PODS * changes.endpoint_per_s / replicas * pod_start_s,
        "connections renewed": connections,
        "certificates": certificates_per_s(scaling, certificates(groups) / replicas)
        * numbers["cpu.per_certificate"],
    }


def cpu_cores(
    numbers: Numbers,
    scaling: ControlPlaneScaling,
    estate: Estate,
    groups: Sequence[ProxyGroup],
    changes: Changes,
    replicas: int,
) -> float:
    """CPU of one replica [cores]."""
    return sum(cpu_parts(numbers, scaling, estate, groups, changes, replicas).values())


def certificates(groups: Sequence[ProxyGroup]) -> float:
    """Certificates that all proxies hold together."""
    return sum(group.count * group.certificates for group in groups)


def certificates_per_s(scaling: ControlPlaneScaling, held: float) -> float:
    """Of so many certificates those renewed per second, spread over the day [1/s]."""
    policy = scaling.certificates
    return renewals_per_s(held, policy.lifetime, policy.renewed_at) if policy else 0.0


def memory_bytes(
    numbers: Numbers, estate: Estate, groups: Sequence[ProxyGroup], replicas: int
) -> float:
    """Memory of one replica [bytes]; terms that the mesh file lacks are nothing."""
    proxies = sum(group.count for group in groups) / replicas
    seen = sum(group.count * group.seen.services for group in groups) / replicas
    return (
        numbers["memory.base"]
        + numbers.get("memory.per_service", 0.0) * estate.services
        + numbers.get("memory.per_endpoint", 0.0) * estate.endpoints
        + numbers["memory.per_proxy"] * proxies
        + numbers.get("memory.per_proxy_service", 0.0) * seen
    )
