"""The topology as a picture: services coloured by utilisation, calls labelled; as ECharts option.

Colours and shape follow Kiali's graph (green, orange, red; callers left of callees). Where Kiali
colours by the share of failed requests, this drawing colours by the utilisation of the CPU, which
is what load and replicas change: at 70% a request waits 2.3 times as long as it is
served, at 90% nine times (ρ / (1 - ρ), an M/M/1 queue).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from meshsim.app.layout import Layout, Spot, place
from meshsim.model import flows
from meshsim.model.topology import Topology
from meshsim.reports.phrases import counted
from meshsim.stats import Interval, quantile_name
from meshsim.studies.result import QUANTILES, Result, ServiceEdgeRow
from meshsim.units import show_duration, show_percentage, show_rate

CLIENTS = "clients"
SERVICES_MAX = 150
"""More than this is no picture any more."""

BUSY = 0.7
FULL = 0.9
GREEN, ORANGE, RED, GREY = "#3e8635", "#f0ab00", "#c9190b", "#8a8d90"
"""Kiali's colours for healthy, degraded, failure and idle."""

EdgeLabel = Literal["rate", "p50", "p90", "p99", "none"]
EDGE_LABELS: tuple[EdgeLabel, ...] = ("rate", "p50", "p90", "p99", "none")

_LABELLED: tuple[EdgeLabel, ...] = ("p50", "p90", "p99")

_LAYER_GAP = 220
_ROW_GAP = 105
_ROW_PIXELS = 84
_NODE_SIZE = 34
_NARROW_WIDTH_MAX = 560
_NARROW_WIDTH = 350
"""Pixels: a phone's, and from where on the drawing lies down."""
_BACKWARD_CURVENESS = 0.3
"""Calls that close a cycle run beside those that they answer."""


@dataclass(frozen=True)
class Node:
    """A service, or the clients outside."""

    name: str
    pods: int
    utilisation: float | None
    """CPU of the busiest pod over what it may use; None if it is not known."""


@dataclass(frozen=True)
class Link:
    """All calls from one service to another."""

    caller: str
    callee: str
    per_request: float
    """Calls per request from outside."""
    per_second: float
    latency: ServiceEdgeRow | None
    """Measured, after a run."""


@dataclass(frozen=True)
class Picture:
    """What is to be drawn."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def picture(topology: Topology, result: Result | None) -> Picture:
    """The topology with what the load asks of it or, after a run, with what was measured."""
    busy = flows.utilisation(topology) if result is None else _measured(result)
    services = [Node(s.name, s.replicas, busy.get(s.name)) for s in topology.services]
    edges = {(e.caller, e.callee): e for e in result.service_edges} if result else {}
    links = [
        Link(
            edge.caller or CLIENTS,
            edge.callee,
            edge.per_request,
            edge.per_second,
            edges.get((edge.caller or CLIENTS, edge.callee)),
        )
        for edge in flows.service_edges(topology)
    ]
    return Picture((Node(CLIENTS, 0, None), *services), tuple(links))


def colour(utilisation: float | None) -> str:
    """Green below 70%, orange below 90%, red from there; grey if it is not known."""
    if utilisation is None:
        return GREY
    if utilisation < BUSY:
        return GREEN
    return ORANGE if utilisation < FULL else RED


def link_text(link: Link, label: EdgeLabel) -> str:
    """What stands on an arrow; empty if it is not known."""
    if label == "none":
        return ""
    if label == "rate":
        return show_rate(link.per_second)
    if link.latency is None:
        return ""
    value = link.latency.latency.quantiles[_quantile(label)]
    return show_duration(value.estimate) if isinstance(value, Interval) else ""


def option(drawn: Picture, label: EdgeLabel, *, dark: bool = False) -> dict[str, Any]:
    """The ECharts option of a picture; all text is drawn as plain text, none as HTML.

    On a phone the callers stand on top and the arrows bear no text.
    """
    layout = _layout(drawn)
    ink = "#d2d2d2" if dark else "#4f5255"
    wide = _Paper(_LAYER_GAP, _ROW_GAP, _NODE_SIZE, 12, ink, label)
    narrow = _Paper(
        height(drawn) / layout.layers,
        _NARROW_WIDTH / layout.rows,
        _NODE_SIZE // 2,
        9,
        ink,
        "none",
        upright=True,
    )
    return {
        "animation": False,
        "tooltip": {"renderMode": "richText", "confine": True},
        "series": [_series(drawn, layout, wide)],
        "media": [
            {
                "query": {"maxWidth": _NARROW_WIDTH_MAX},
                "option": {"series": [_series(drawn, layout, narrow)]},
            }
        ],
    }


def height(drawn: Picture) -> int:
    """Pixels that the picture needs from top to bottom."""
    layout = _layout(drawn)
    return max(layout.rows, layout.layers) * _ROW_PIXELS + 60


def selected(drawn: Picture, selections: Sequence[dict[str, Any]]) -> str | None:
    """The service that was clicked, if one was."""
    for group in selections:
        if group.get("data_type") == "node":
            for index in group.get("data_indices", ()):
                if 0 < index < len(drawn.nodes):
                    return str(drawn.nodes[index].name)
    return None


def _layout(drawn: Picture) -> Layout:
    return place([n.name for n in drawn.nodes], [(e.caller, e.callee) for e in drawn.links])


def _measured(result: Result) -> dict[str, float]:
    return {
        row.name: row.utilisation_busiest
        for row in result.usage
        if row.owner == "app" and row.utilisation_busiest is not None
    }


def _quantile(label: EdgeLabel) -> int:
    return [quantile_name(p) for p in QUANTILES].index(label)


@dataclass(frozen=True)
class _Paper:
    """What the drawing is laid out for."""

    layer_gap: float
    row_gap: float
    node_size: int
    font_size: int
    ink: str
    label: EdgeLabel
    upright: bool = False
    """Callers on top, not on the left."""

    def place(self, spot: Spot) -> dict[str, float]:
        """The coordinates of a spot."""
        along, across = spot.layer * self.layer_gap, spot.row * self.row_gap
        return {"x": across, "y": along} if self.upright else {"x": along, "y": across}


def _series(drawn: Picture, layout: Layout, paper: _Paper) -> dict[str, Any]:
    return {
        "type": "graph",
        "layout": "none",
        "roam": True,
        "selectedMode": "single",
        "left": "center",
        "top": "middle",
        "edgeSymbol": ["none", "arrow"],
        "edgeSymbolSize": 9,
        "lineStyle": {"color": GREY, "width": 1.5, "opacity": 0.8},
        "emphasis": {"focus": "adjacency"},
        "data": [_node(node, layout.spots[node.name], paper) for node in drawn.nodes],
        "links": [_link(link, layout, paper) for link in drawn.links],
    }


def _node(node: Node, spot: Spot, paper: _Paper) -> dict[str, Any]:
    share = "" if node.utilisation is None else f"{show_percentage(node.utilisation, 2)} CPU"
    lines = [node.name, share]
    about = [*lines, counted(node.pods, "pod") if node.pods else ""]
    return {
        "name": node.name,
        **paper.place(spot),
        "symbolSize": paper.node_size,
        "itemStyle": {"color": colour(node.utilisation)},
        "label": {
            "show": True,
            "position": "bottom",
            "formatter": "\n".join(filter(None, lines)),
            "color": paper.ink,
            "fontSize": paper.font_size,
            "lineHeight": paper.font_size + 2,
        },
        "tooltip": {"formatter": "\n".join(filter(None, about))},
    }


def _link(link: Link, layout: Layout, paper: _Paper) -> dict[str, Any]:
    text = link_text(link, paper.label)
    about = [f"{link.caller} → {link.callee}", f"{link_text(link, 'rate')} calls"]
    if link.latency is not None:
        texts = {quantile: link_text(link, quantile) for quantile in _LABELLED}
        about += [f"{quantile} {text}" for quantile, text in texts.items() if text]
    return {
        "source": link.caller,
        "target": link.callee,
        "lineStyle": {"curveness": _curveness(link, layout, paper)},
        "label": {
            "show": bool(text),
            "formatter": text,
            "fontSize": paper.font_size,
            "color": paper.ink,
        },
        "tooltip": {"formatter": "\n".join(about)},
    }


def _curveness(link: Link, layout: Layout, paper: _Paper) -> float:
    """Share of the chord by which the curve's control point stands off it, at right angles.

    Half of that is how far the middle of the curve leaves the chord.
    """
    bend = layout.bends.get((link.caller, link.callee))
    if bend is None:
        return _BACKWARD_CURVENESS
    span = layout.spots[link.callee].layer - layout.spots[link.caller].layer
    share = 2 * bend * paper.row_gap / (span * paper.layer_gap)
    return share if paper.upright else -share
