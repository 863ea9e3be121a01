"""What a reader must know before trusting a result."""

from __future__ import annotations

from meshsim.capacity.nodes import NodePlan
from meshsim.model import flows
from meshsim.model.scenario import Scenario
from meshsim.studies.result import UsageRow
from meshsim.studies.sections import Sections
from meshsim.units import show_percentage

_FULL = 0.97
"""Above this use a station is taken for saturated: its queue grows with the length of the run."""


def warnings_of(
    scenario: Scenario, sections: Sections, usage: tuple[UsageRow, ...], nodes: NodePlan
) -> tuple[str, ...]:
    """Sentences, most serious first."""
    return (
        *_overloads(scenario, usage),
        *_unsettled(sections),
        *(
            f"{pod}: its pods are larger than any node and were not placed"
            for pod in nodes.unplaced
        ),
    )


def _overloads(scenario: Scenario, usage: tuple[UsageRow, ...]) -> list[str]:
    found = []
    offered = flows.utilisation(scenario.topology)
    closed = scenario.topology.load.arrivals.process == "closed"
    for row in usage:
        share = offered.get(row.name, 0.0) if row.owner == "app" and not closed else 0.0
        if share >= 1.0:
            found.append(
                f"{row.name} is overloaded: the load asks for {show_percentage(share)} of its CPU. "
                "Its queue grows without end, so latencies depend on the length of the run"
            )
        elif (row.utilisation_busiest or 0.0) >= _FULL and not closed:
            found.append(
                f"{row.name} is saturated: its busiest instance used "
                f"{show_percentage(row.utilisation_busiest or 0.0)} of its CPU. "
                "Latencies may depend on the length of the run"
            )
    return found


def _unsettled(sections: Sections) -> list[str]:
    if sections.settled:
        return []
    return ["latencies had not settled by the end of the runs: simulate more requests"]
