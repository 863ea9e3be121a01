"""Sums over several topologies, one per mesh: what an estate of systems would need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshsim.studies.result import Comparison, Result


@dataclass(frozen=True)
class MeshTotal:
    """One mesh over all topologies."""

    mesh: str
    mesh_title: str
    topologies: int
    cpu_used: float
    """Application, proxies and control plane [cores]."""
    cpu_requested: float
    memory_used: float
    memory_requested: float
    nodes: int
    cost_per_month: float
    """Of whole nodes, each topology on nodes of its own [USD/month]."""
    cost_of_share_per_month: float
    """Of the share of nodes that the requests fill [USD/month]."""
    cost_of_share_change: float
    """The same minus that of the first mesh."""
    objectives_broken: int
    """Objectives that were not kept."""


def estate(comparisons: Sequence[Comparison]) -> tuple[MeshTotal, ...]:
    """One total per mesh, in the order of the meshes. All comparisons are of the same meshes."""
    assert len({tuple(r.mesh for r in c.results) for c in comparisons}) == 1, "the same meshes"
    columns = list(zip(*(comparison.results for comparison in comparisons), strict=True))
    first = sum(result.nodes.cost_of_share_per_month for result in columns[0])
    return tuple(_total(results, first) for results in columns)


def _total(results: Sequence[Result], share_of_first: float) -> MeshTotal:
    used, requested = [r.used() for r in results], [r.requested() for r in results]
    share = sum(result.nodes.cost_of_share_per_month for result in results)
    return MeshTotal(
        mesh=results[0].mesh,
        mesh_title=results[0].mesh_title,
        topologies=len(results),
        cpu_used=sum(cpu for cpu, _ in used),
        cpu_requested=sum(cpu for cpu, _ in requested),
        memory_used=sum(memory for _, memory in used),
        memory_requested=sum(memory for _, memory in requested),
        nodes=sum(result.nodes.nodes for result in results),
        cost_per_month=sum(result.nodes.cost_per_month for result in results),
        cost_of_share_per_month=share,
        cost_of_share_change=share - share_of_first,
        objectives_broken=sum(o.kept is False for result in results for o in result.objectives),
    )
