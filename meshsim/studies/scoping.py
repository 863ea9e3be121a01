"""What proxies are told and what it takes, for each scope that a mesh can give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshsim.capacity.control_plane import configuration_bytes
from meshsim.capacity.estate import SCOPES, Estate, ProxyGroup, Scope, proxy_groups
from meshsim.capacity.held import mean_of, memory_numbers, proxy_memory
from meshsim.capacity.spread import Numbers, sourced, spread
from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.model.mesh import ControlPlaneComponent, Mesh
from meshsim.stats import Interval
from meshsim.studies.control_plane_result import ScopeRow


def scopes_of(part: ControlPlaneComponent | None) -> tuple[Scope, ...]:
    """The scopes that the mesh of a part can give its proxies."""
    can = part is not None and part.scaling is not None and part.scaling.scoping is not None
    return SCOPES if can else SCOPES[:1]


def scope_rows(
    estate: Estate, mesh: Mesh, part: ControlPlaneComponent | None
) -> Iterator[ScopeRow]:
    """One row per scope; none for a mesh without proxies."""
    for scope in scopes_of(part):
        groups = proxy_groups(estate, mesh, scope)
        if groups and all(group.proxy for group in groups):
            yield _row(scope, groups, estate, part.scaling if part else None)


def _row(
    scope: Scope,
    groups: Sequence[ProxyGroup],
    estate: Estate,
    scaling: ControlPlaneScaling | None,
) -> ScopeRow:
    count = sum(group.count for group in groups)
    numbers = memory_numbers(groups)

    def memory(values: Numbers) -> float:
        return mean_of(groups, lambda group: proxy_memory(values, group, estate))

    size, dump = _sizes(groups, estate, scaling)
    return ScopeRow(
        scope=scope,
        services=mean_of(groups, lambda group: group.seen.services),
        endpoints=mean_of(groups, lambda group: group.seen.endpoints),
        configuration_bytes=size,
        dump_bytes=dump,
        proxy_memory_bytes=spread(memory, numbers),
        all_memory_bytes=spread(lambda values: count * memory(values), numbers),
    )


def _sizes(
    groups: Sequence[ProxyGroup], estate: Estate, scaling: ControlPlaneScaling | None
) -> tuple[Interval | None, Interval | None]:
    """Bytes on the wire, and of the proxies' own dumps, where these are known."""
    if scaling is None or scaling.configuration is None:
        return None, None

    def size(values: Numbers) -> float:
        return mean_of(groups, lambda g: configuration_bytes(values, scaling, g, estate))

    def dump(values: Numbers) -> float:
        told = size(values) - values["configuration.base"]
        return values["configuration.dump_base"] + values["configuration.dump_factor"] * told

    numbers = sourced(scaling)
    is_envoy = all(group.layer == 7 or scaling.workloads is None for group in groups)
    return spread(size, numbers), spread(dump, numbers) if is_envoy else None
