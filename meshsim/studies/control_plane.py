"""What the control plane of a mesh costs at some size and rate of change, and how fast it is.

CPU, memory and configuration come from the formulas of :mod:`meshsim.capacity.control_plane`, with
ranges from those of the mesh file; convergence is simulated (:mod:`meshsim.studies.convergence`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from meshsim.capacity import control_plane as costs
from meshsim.capacity.control_plane import Changes
from meshsim.capacity.control_plane_use import ComponentUse, component_use
from meshsim.capacity.estate import Estate, ProxyGroup, Scope, proxy_groups
from meshsim.capacity.push_load import push_load
from meshsim.capacity.spread import Numbers, sourced, spread, values_of
from meshsim.model.control_plane import ControlPlaneScaling, PushPolicy
from meshsim.model.mesh import ControlPlaneComponent, Mesh
from meshsim.physics.pushes import debounce_mean_s, renewals_together_per_s
from meshsim.solvers.push_queue import PushLoad
from meshsim.stats import Interval
from meshsim.studies.control_plane_result import (
    Advice,
    CertificateLoad,
    ControlPlaneResult,
    ConvergenceRow,
    Following,
    PartRow,
    Pushes,
)
from meshsim.studies.convergence import convergence_rows
from meshsim.studies.scoping import scope_rows
from meshsim.units import show_cpu, show_memory

CORES = 4.0
"""CPU of a replica where neither a limit nor a node tells. An assumption."""

_CPU_STEP = 0.1
_MEMORY_STEP = 256 * 2.0**20
_REPLICAS_MAX = 100


def following(mesh: Mesh) -> ControlPlaneComponent | None:
    """The part whose CPU follows the mesh; None if no part does."""
    for part in mesh.control_plane:
        if part.scaling is not None and part.scaling.cpu is not None:
            return part
    return None


def study(
    estate: Estate,
    mesh: Mesh,
    changes: Changes | None = None,
    scope: Scope = "none",
    replicas: int | None = None,
    cores: float | None = None,
    seed: int = 1,
) -> ControlPlaneResult:
    """The control plane of ``mesh`` in ``estate``.

    Without ``changes`` those of :func:`~meshsim.capacity.control_plane.quiet_changes` are assumed,
    without ``replicas`` the autoscaler decides; ``cores`` is what a replica may use.
    """
    rates = changes or costs.quiet_changes(estate)
    part = following(mesh)
    groups = proxy_groups(estate, mesh, scope)
    room = cores or _cores_of(part) or CORES
    used = {
        each.name: component_use(
            each, estate, groups, rates, replicas if each is part else None, room
        )
        for each in mesh.control_plane
    }
    details = None
    if part is not None:
        case = _Case(part, estate, groups, rates, used[part.name], room)
        details = _following(case, seed)
    return ControlPlaneResult(
        estate=estate,
        mesh=mesh,
        scope=scope,
        changes=rates,
        assumed_changes=changes is None,
        proxies=sum(group.count for group in groups),
        cores=room,
        seed=seed,
        parts=tuple(_part_row(p, used[p.name], estate.nodes) for p in mesh.control_plane),
        scopes=tuple(scope_rows(estate, mesh, part)),
        following=details,
        warnings=tuple(_warnings(mesh, used, details, room)),
    )


@dataclass(frozen=True)
class _Case:
    """The part that follows the mesh, and all that its numbers depend on."""

    part: ControlPlaneComponent
    estate: Estate
    groups: Sequence[ProxyGroup]
    changes: Changes
    use: ComponentUse
    cores: float

    @property
    def scaling(self) -> ControlPlaneScaling:
        assert self.part.scaling is not None
        return self.part.scaling

    @property
    def push(self) -> PushPolicy:
        assert self.scaling.push is not None, "CPU comes with a push policy"
        return self.scaling.push

    def load(self, numbers: Numbers) -> PushLoad:
        return push_load(
            numbers,
            self.scaling,
            self.estate,
            self.groups,
            self.changes,
            self.use.replicas,
            self.cores,
        )

    def spread(self, result: Callable[[Numbers], float]) -> Interval:
        return spread(result, sourced(self.scaling))


def _following(case: _Case, seed: int) -> Following:
    pushes = _pushes(case)
    convergence = _convergence(case, pushes, seed)
    return Following(
        name=case.part.name,
        replicas=case.use.replicas,
        cpu_causes=_causes(case),
        pushes=pushes,
        convergence=convergence,
        certificates=_certificates(case),
        advice=_advice(case),
        slowest=_slowest(case, pushes),
    )


def _causes(case: _Case) -> tuple[tuple[str, Interval], ...]:
    def parts(numbers: Numbers) -> dict[str, float]:
        return costs.cpu_parts(
            numbers, case.scaling, case.estate, case.groups, case.changes, case.use.replicas
        )

    def of(name: str) -> Interval:
        return case.spread(lambda numbers: parts(numbers)[name])

    return tuple((name, of(name)) for name in parts(values_of(case.scaling)))


def _pushes(case: _Case) -> Pushes:
    def line_s(numbers: Numbers) -> float:
        load = case.load(numbers)
        return max(1.0, load.proxies * load.seen_by) * load.endpoint_push_s / load.speed

    def connect_s(numbers: Numbers) -> float:
        load = case.load(numbers)
        return load.proxies * load.full_push_s / load.speed

    def work(numbers: Numbers) -> float:
        causes = costs.cpu_parts(
            numbers, case.scaling, case.estate, case.groups, case.changes, case.use.replicas
        )
        pushing = causes["pushes of configuration"] + causes["pushes of endpoints"]
        return pushing / case.load(numbers).speed

    return Pushes(
        per_s=costs.all_pushes_per_s(case.changes, case.push),
        config_per_s=costs.config_pushes_per_s(case.changes, case.push),
        slots=case.load(values_of(case.scaling)).slots,
        endpoint_push_s=case.spread(lambda n: case.load(n).endpoint_push_s),
        full_push_s=case.spread(lambda n: case.load(n).full_push_s),
        all_endpoints_s=case.spread(line_s),
        all_full_s=case.spread(connect_s),
        utilisation=case.spread(work),
    )


def _convergence(case: _Case, pushes: Pushes, seed: int) -> tuple[ConvergenceRow, ...]:
    """At the values, and with all costs at their low and at their high ends."""
    if case.changes.per_s == 0:
        return ()
    middle = case.load(values_of(case.scaling))
    context = case.spread(lambda n: case.load(n).context_s)
    ends = [
        replace(
            middle,
            endpoint_push_s=getattr(pushes.endpoint_push_s, end),
            full_push_s=getattr(pushes.full_push_s, end),
            context_s=getattr(context, end),
        )
        for end in ("low", "high")
    ]
    delivery = case.push.delivery
    return convergence_rows([middle, *ends], [delivery.value, *delivery.range], seed)


def _slowest(case: _Case, pushes: Pushes) -> tuple[str, float]:
    push, changes = case.push, case.changes
    wait_s = debounce_mean_s(changes.per_s, push.debounce_after, push.debounce_max)
    endpoints = changes.endpoint_per_s >= changes.config_per_s
    line = pushes.all_endpoints_s if endpoints else pushes.all_full_s
    stages = {
        "waiting for quiet": wait_s,
        "the line of proxies": line.estimate,
        "delivery": push.delivery.value,
    }
    name = max(stages, key=lambda stage: stages[stage])
    return name, stages[name]


def _certificates(case: _Case) -> CertificateLoad | None:
    policy = case.scaling.certificates
    if policy is None:
        return None
    held = costs.certificates(case.groups)
    usual = costs.certificates_per_s(case.scaling, held)
    together = renewals_together_per_s(held, policy.lifetime, policy.jitter)
    return CertificateLoad(
        per_s=usual,
        together_per_s=together,
        cpu_cores=case.spread(lambda n: usual * n["cpu.per_certificate"]),
        together_cpu_cores=case.spread(lambda n: together * n["cpu.per_certificate"]),
    )


def _advice(case: _Case) -> Advice:
    """Requests that the upper ends of use fit in, and replicas enough to keep up."""
    request, bounds = case.part.resources.requests, case.scaling.autoscaling
    target = bounds.cpu_target if bounds else 1.0
    cpu = math.ceil(case.use.cpu_cores.high / _CPU_STEP) * _CPU_STEP
    memory = math.ceil(case.use.memory_bytes.high / _MEMORY_STEP) * _MEMORY_STEP
    enough = _replicas_enough(case, target)
    return Advice(
        cpu_cores=max(min(round(cpu, 1), case.cores), request.cpu or 0.0),
        memory_bytes=max(memory, request.memory or 0.0),
        replicas_min=max(case.use.replicas, bounds.replicas_min if bounds else 1),
        replicas_max=max(enough, case.use.replicas, bounds.replicas_max if bounds else 1),
        cpu_target=target,
    )


def _replicas_enough(case: _Case, target: float) -> int:
    """Fewest replicas whose CPU stays below the target share of their cores."""
    numbers = values_of(case.scaling)
    for count in range(1, _REPLICAS_MAX):
        used = costs.cpu_cores(numbers, case.scaling, case.estate, case.groups, case.changes, count)
        if used <= target * case.cores:
            return count
    return _REPLICAS_MAX


def _part_row(part: ControlPlaneComponent, use: ComponentUse, nodes: int) -> PartRow:
    return PartRow(
        name=part.name,
        replicas=nodes if part.scope == "node" else use.replicas,
        cpu_cores=use.cpu_cores,
        memory_bytes=use.memory_bytes,
        cpu_requested=part.resources.requests.cpu,
        memory_requested=part.resources.requests.memory,
        follows_cpu=use.follows_cpu,
        follows_memory=use.follows_memory,
    )


def _cores_of(part: ControlPlaneComponent | None) -> float | None:
    return part.resources.limits.cpu if part else None


def _warnings(
    mesh: Mesh, used: Mapping[str, ComponentUse], details: Following | None, cores: float
) -> Iterator[str]:
    """Sentences, most serious first."""
    if details is not None and details.pushes.utilisation.estimate > 1:
        needed = used[details.name].cpu_wanted
        yield (
            f"{details.name} cannot keep up: it asks for {show_cpu(needed)} cores and may use "
            f"{show_cpu(cores)}. Changes are merged and late, nothing is lost"
        )
    for part in mesh.control_plane:
        use, asked = used[part.name], part.resources.requests.memory
        if use.follows_memory and asked and use.memory_bytes.estimate > asked:
            yield (
                f"{part.name} takes {show_memory(use.memory_bytes.estimate)}, more than the "
                f"{show_memory(asked)} that it requests by default"
            )
    fixed = [p.name for p in mesh.control_plane if p.scope == "cluster" and _is_fixed(used[p.name])]
    if fixed:
        yield (
            f"no figures are published on the growth of {', '.join(fixed)}; the numbers are those "
            "of a small cluster"
        )


def _is_fixed(use: ComponentUse) -> bool:
    return not (use.follows_cpu or use.follows_memory)
