"""The index of several reports: sums over all topologies, mesh by mesh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from meshsim.reports.phrases import counted
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import Cell, heading, paragraph, table
from meshsim.studies.estate import MeshTotal, estate
from meshsim.studies.result import Comparison
from meshsim.units import show_cpu, show_memory, show_money


def to_text(comparisons: Sequence[Comparison], *, width: int = WIDTH, color: bool = False) -> str:
    """The sums as a table."""
    return render(_parts(comparisons), width, color=color)


def _parts(comparisons: Sequence[Comparison]) -> Iterator[RenderableType]:
    names = ", ".join(comparison.baseline.topology for comparison in comparisons)
    yield heading("total of", counted(len(comparisons), "topology", "topologies"))
    yield paragraph(names)
    totals = estate(comparisons)
    resources = ["CPU used", "CPU requested", "memory used", "memory requested"]
    yield table(["", *resources], [_resources(total) for total in totals])
    yield paragraph("")
    money = ["nodes", "cost/mo", "cost/mo by share", "difference", "objectives broken"]
    yield table(["", *money], [_money(total) for total in totals])


def _resources(total: MeshTotal) -> list[Cell]:
    return [
        total.mesh,
        show_cpu(total.cpu_used),
        show_cpu(total.cpu_requested),
        show_memory(total.memory_used),
        show_memory(total.memory_requested),
    ]


def _money(total: MeshTotal) -> list[Cell]:
    return [
        total.mesh,
        f"{total.nodes:,}",
        show_money(total.cost_per_month),
        show_money(total.cost_of_share_per_month),
        show_money(total.cost_of_share_change, signed=True),
        f"{total.objectives_broken:,}",
    ]
