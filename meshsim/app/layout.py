"""Layered drawing of a directed graph: callers left of callees, few crossings.

Three steps of the classic method: edges that close a cycle are set aside; each node goes to the
layer given by the longest path that leads to it; within the layers nodes are ordered by the mean
position of their neighbours, sweeping forth and back, and the best order seen is kept. An edge over
several layers gets a place in each layer between, so that it has room to pass.

Source: K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical
system structures", IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981, 109-125.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]
_Slot = tuple[str, ...]
"""A node (its name) or the passage of an edge through a layer (caller, callee, layer)."""

_SWEEPS = 8


@dataclass(frozen=True)
class Spot:
    """Where a node stands: ``layer`` from 0 (callers), ``row`` from the middle line, up is less."""

    layer: int
    row: float


@dataclass(frozen=True)
class Layout:
    """Where everything stands."""

    spots: dict[str, Spot]
    bends: dict[Edge, float]
    """Rows by which the middle of an edge leaves the straight line, to pass between nodes."""

    @property
    def rows(self) -> int:
        """Rows that the nodes take."""
        rows = [spot.row for spot in self.spots.values()]
        return int(max(rows) - min(rows)) + 1

    @property
    def layers(self) -> int:
        """Layers, those of the callers and of the last callees included."""
        return max(spot.layer for spot in self.spots.values()) + 1


def place(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """A spot for each node. Edges name nodes; loops and repetitions do no harm."""
    forward = _without_cycles(nodes, edges)
    layer = _longest_paths(nodes, forward)
    slots, links = _with_passages(nodes, forward, layer)
    rows = {
        slot: position - (len(order) - 1) / 2
        for order in _fewest_crossings(slots, links)
        for position, slot in enumerate(order)
    }
    spots = {node: Spot(layer[node], rows[node,]) for node in nodes}
    return Layout(spots, {edge: _bend(edge, spots, rows) for edge in forward})


def _bend(edge: Edge, spots: dict[str, Spot], rows: dict[_Slot, float]) -> float:
    """How far the passages of an edge lie from its straight line, in the mean."""
    caller, callee = (spots[name] for name in edge)
    layers = range(caller.layer + 1, callee.layer)
    slope = (callee.row - caller.row) / (callee.layer - caller.layer)
    straight = [caller.row + slope * (number - caller.layer) for number in layers]
    gaps = [rows[*edge, str(n)] - row for n, row in zip(layers, straight, strict=True)]
    return sum(gaps) / len(gaps) if gaps else 0.0


def _without_cycles(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges without those that lead back to a node on the way (depth first, no recursion)."""
    followers: dict[str, list[str]] = {node: [] for node in nodes}
    for caller, callee in dict.fromkeys(edges):
        followers[caller].append(callee)
    kept: list[Edge] = []
    seen: set[str] = set()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        way = {root: iter(followers[root])}
        while way:
            node = next(reversed(way))
            callee = next(way[node], "")
            if not callee:
                del way[node]
            elif callee not in way:
                kept.append((node, callee))
                if callee not in seen:
                    seen.add(callee)
                    way[callee] = iter(followers[callee])
    return kept


def _longest_paths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    layer = dict.fromkeys(nodes, 0)
    waiting = dict.fromkeys(nodes, 0)
    for _, callee in edges:
        waiting[callee] += 1
    ready = [node for node in nodes if waiting[node] == 0]
    for node in ready:
        for caller, callee in edges:
            if caller == node:
                layer[callee] = max(layer[callee], layer[node] + 1)
                waiting[callee] -= 1
                if waiting[callee] == 0:
                    ready.append(callee)
    return layer


def _with_passages(
    nodes: Sequence[str], edges: Sequence[Edge], layer: dict[str, int]
) -> tuple[list[list[_Slot]], list[tuple[_Slot, _Slot]]]:
    """The slots of each layer, and the links between slots of neighbouring layers."""
    slots: list[list[_Slot]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in nodes:
        slots[layer[node]].append((node,))
    links: list[tuple[_Slot, _Slot]] = []
    for caller, callee in edges:
        chain: list[_Slot] = [(caller,)]
        for number in range(layer[caller] + 1, layer[callee]):
            passage = (caller, callee, str(number))
            slots[number].append(passage)
            chain.append(passage)
        chain.append((callee,))
        links.extend(pairwise(chain))
    return slots, links


def _fewest_crossings(
    slots: list[list[_Slot]], links: list[tuple[_Slot, _Slot]]
) -> list[list[_Slot]]:
    before: dict[_Slot, list[_Slot]] = {slot: [] for layer in slots for slot in layer}
    after: dict[_Slot, list[_Slot]] = {slot: [] for layer in slots for slot in layer}
    for left, right in links:
        after[left].append(right)
        before[right].append(left)
    order = [list(layer) for layer in slots]
    best, fewest = order, _crossings(order, after)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        order = _swept(order, before if forth else after, forth=forth)
        crossings = _crossings(order, after)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _swept(
    order: list[list[_Slot]], neighbours: dict[_Slot, list[_Slot]], *, forth: bool
) -> list[list[_Slot]]:
    """Each layer sorted by where its neighbours stand in the layer sorted before it."""
    swept = [list(layer) for layer in order]
    numbers = range(1, len(order)) if forth else range(len(order) - 2, -1, -1)
    for number in numbers:
        fixed = swept[number - 1 if forth else number + 1]
        height = {slot: index - (len(fixed) - 1) / 2 for index, slot in enumerate(fixed)}
        middle = (len(swept[number]) - 1) / 2
        wish = {}
        for index, slot in enumerate(swept[number]):
            heights = [height[other] for other in neighbours[slot]]
            wish[slot] = sum(heights) / len(heights) if heights else index - middle
        swept[number].sort(key=wish.__getitem__)
    return swept


def _crossings(order: list[list[_Slot]], after: dict[_Slot, list[_Slot]]) -> int:
    count = 0
    for left, right in pairwise(order):
        position = {slot: index for index, slot in enumerate(right)}
        ends: list[int] = []
        for slot in left:
            mine = sorted(position[other] for other in after[slot])
            count += sum(end > new for new in mine for end in ends)
            ends.extend(mine)
    return count
