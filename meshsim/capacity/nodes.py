"""How many nodes the requests need: bin packing, first fit decreasing.

Pods are sorted by the larger of their shares of a node's CPU and memory and go, in that order, to
the first node with room; a new node is opened when none has. In one dimension first fit decreasing
needs at most 11/9 of the optimum plus one node (Johnson 1973); in two it is the usual heuristic.
Node pools are used in their order: a pod goes to the first pool it fits on. Zones are not packed
apart; a pool that is used at all has one node per zone at least.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshsim.capacity.footprint import Footprint, Request
from meshsim.model.topology import NodePool

HOURS_PER_MONTH = 730.0
"""Hours in a month of bills: 365 × 24 / 12."""


@dataclass(frozen=True)
class PoolPlan:
    """Nodes of one pool, and what they cost."""

    pool: str
    nodes: int
    price_per_hour: float

    @property
    def cost_per_month(self) -> float:
        """Price of the nodes [USD/month]."""
        return self.nodes * self.price_per_hour * HOURS_PER_MONTH


@dataclass(frozen=True)
class NodePlan:
    """The nodes that a footprint needs."""

    pools: tuple[PoolPlan, ...]
    unplaced: tuple[str, ...]
    """Pods that are larger than any node."""
    share_of_node: float
    """All requests as a share of nodes of the first pool, by the scarcer of CPU and memory; this
    moves with every request where the whole number of nodes may not."""
    cost_of_share_per_month: float
    """Price of that share [USD/month]."""

    @property
    def nodes(self) -> int:
        """Nodes over all pools."""
        return sum(pool.nodes for pool in self.pools)

    @property
    def cost_per_month(self) -> float:
        """Price of all nodes [USD/month]."""
        return sum(pool.cost_per_month for pool in self.pools)


def plan_nodes(footprint: Footprint, pools: tuple[NodePool, ...]) -> NodePlan:
    """The nodes of each pool that hold all pods of a footprint."""
    rooms = [_room(pool, footprint.per_node) for pool in pools]
    opened: list[list[Request]] = [[] for _ in pools]
    unplaced: list[str] = []
    reference = rooms[0]
    pods = [(pod.request, pod.name) for pod in footprint.pods for _ in range(pod.count)]
    for request, name in sorted(pods, key=lambda pod: -_size(pod[0], reference)):
        pool = next((i for i, room in enumerate(rooms) if _fits(request, room)), None)
        if pool is None:
            unplaced.append(name)
        else:
            _put(request, opened[pool], rooms[pool])
    plans = [
        PoolPlan(pool.name, max(len(nodes), _floor(pool, nodes)), pool.price_per_hour)
        for pool, nodes in zip(pools, opened, strict=True)
    ]
    share = _share(footprint, pools[0], sum(plan.nodes for plan in plans))
    price_per_month = pools[0].price_per_hour * HOURS_PER_MONTH
    return NodePlan(tuple(plans), tuple(dict.fromkeys(unplaced)), share, share * price_per_month)


def _share(footprint: Footprint, pool: NodePool, nodes: int) -> float:
    total = Request(footprint.per_node.cpu_cores * nodes, footprint.per_node.memory_bytes * nodes)
    for pods in footprint.pods:
        total += Request(
            pods.request.cpu_cores * pods.count, pods.request.memory_bytes * pods.count
        )
    return _size(total, _room(pool, Request()))


def _room(pool: NodePool, per_node: Request) -> Request:
    return Request(
        pool.cores - pool.reserved_cpu - per_node.cpu_cores,
        pool.memory - pool.reserved_memory - per_node.memory_bytes,
    )


def _size(request: Request, room: Request) -> float:
    cpu = request.cpu_cores / room.cpu_cores if room.cpu_cores > 0 else 1.0
    memory = request.memory_bytes / room.memory_bytes if room.memory_bytes > 0 else 1.0
    return max(cpu, memory)


def _fits(request: Request, room: Request) -> bool:
    return request.cpu_cores <= room.cpu_cores and request.memory_bytes <= room.memory_bytes


def _put(request: Request, nodes: list[Request], room: Request) -> None:
    """On the first node with room left, or on a new one; ``nodes`` holds what is left of each."""
    for number, left in enumerate(nodes):
        if _fits(request, left):
            nodes[number] = _less(left, request)
            return
    nodes.append(_less(room, request))


def _less(room: Request, request: Request) -> Request:
    return Request(room.cpu_cores - request.cpu_cores, room.memory_bytes - request.memory_bytes)


def _floor(pool: NodePool, nodes: list[Request]) -> int:
    return min(pool.count, len(pool.zones)) if nodes else 0
