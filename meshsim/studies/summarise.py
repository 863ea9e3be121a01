"""From the observations of a scenario to its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from meshsim.capacity.footprint import footprint
from meshsim.capacity.nodes import plan_nodes
from meshsim.lowering.program import Program
from meshsim.model.scenario import Scenario
from meshsim.model.slo import Objective, parse_objective
from meshsim.stats import Interval, Section, mean_interval, quantile_interval
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import (
    ALL,
    QUANTILES,
    BreakdownRow,
    LatencyRow,
    ObjectiveRow,
    OutcomeRow,
    Result,
    ServiceEdgeRow,
    Value,
)
from meshsim.studies.sections import Sections, sections_of
from meshsim.studies.series import series_of
from meshsim.studies.task import Replication
from meshsim.studies.usage import usage_rows
from meshsim.studies.warnings import warnings_of


@dataclass(frozen=True)
class Prepared:
    """A scenario with its program."""

    scenario: Scenario
    program: Program


def summarise(prepared: Prepared, plan: RunPlan, replications: Sequence[Replication]) -> Result:
    """The result of one scenario from all its replications."""
    scenario, program = prepared.scenario, prepared.program
    sections = sections_of(replications)
    latency = _latency_rows(program, sections, plan.confidence)
    parts = footprint(scenario.topology, scenario.mesh)
    nodes = plan_nodes(parts, scenario.topology.nodes)
    usage = usage_rows(scenario, program, sections, parts, nodes.nodes, plan.confidence)
    return Result(
        topology=scenario.topology.name,
        mesh=scenario.mesh.name,
        mesh_title=scenario.mesh.title,
        scenario=scenario,
        scenario_hash=program.scenario_hash,
        plan=plan,
        replications=len(replications),
        latency=latency,
        breakdown=_breakdown_rows(program, sections),
        usage=usage,
        outcomes=_outcome_rows(program, sections, plan.confidence),
        objectives=_objective_rows(scenario, program, sections, plan.confidence),
        nodes=nodes,
        warnings=warnings_of(program, replications, sections, usage, nodes),
        service_edges=_service_edge_rows(program, sections, latency, plan.confidence),
        series=series_of(replications),
    )


def entry_names(program: Program) -> list[str]:
    """``service/endpoint`` of each entry point."""
    return [program.endpoints.names[e] for e in program.load.entry_endpoint]


def _latency_rows(
    program: Program, sections: Sections, confidence: float
) -> tuple[LatencyRow, ...]:
    rows = [_latency_row("all", ALL, sections.latency(), confidence)]
    for number, name in enumerate(entry_names(program)):
        rows.append(_latency_row("entry", name, sections.latency(number), confidence))
    entries = set(program.entry_edge.tolist())
    for edge in range(len(program.edges)):
        if edge not in entries:
            name = program.edge_name(edge)
            rows.append(_latency_row("edge", name, sections.edge(edge), confidence))
    return tuple(rows)


def _latency_row(
    scope: str, name: str, sections: Sequence[Section], confidence: float
) -> LatencyRow:
    return LatencyRow(
        scope=scope,  # type: ignore[arg-type]
        name=name,
        requests=sum(section.size for section in sections),
        mean=mean_interval(sections, confidence),
        quantiles=tuple(quantile_interval(sections, p, confidence) for p in QUANTILES),
    )


def service_pairs(program: Program) -> dict[tuple[str, str], list[int]]:
    """The edges between each two services of which one calls the other."""
    together: dict[tuple[str, str], list[int]] = {}
    services = program.services.names
    for edge, (caller, callee) in enumerate(program.edges):
        if caller >= 0:
            caller_name = services[program.endpoints.service[caller]]
            callee_name = services[program.endpoints.service[callee]]
            together.setdefault((caller_name, callee_name), []).append(edge)
    return together


def _service_edge_rows(
    program: Program, sections: Sections, latency: Sequence[LatencyRow], confidence: float
) -> tuple[ServiceEdgeRow, ...]:
    """Of calls along one edge only, the row is known."""
    known = {row.name: row for row in latency if row.scope == "edge"}
    rows = []
    for (source, target), edges in service_pairs(program).items():
        name = f"{source} → {target}"
        if len(edges) == 1:
            row = replace(known[program.edge_name(edges[0])], name=name)
        else:
            row = _latency_row("edge", name, sections.edge(*edges), confidence)
        rows.append(ServiceEdgeRow(source, target, row))
    return tuple(rows)


def _breakdown_rows(program: Program, sections: Sections) -> tuple[BreakdownRow, ...]:
    rows = [BreakdownRow(ALL, tuple(sections.spent().tolist()))]
    for number, name in enumerate(entry_names(program)):
        rows.append(BreakdownRow(name, tuple(sections.spent(number).tolist())))
    return tuple(rows)


def _outcome_rows(
    program: Program, sections: Sections, confidence: float
) -> tuple[OutcomeRow, ...]:
    rows = []
    for number, name in enumerate(entry_names(program)):
        failed = sections.failed(number)
        rows.append(
            OutcomeRow(
                name=name,
                requests=sum(section.size for section in failed),
                errors=int(sum(section.total for section in failed)),
                error_rate=mean_interval(failed, confidence),
            )
        )
    return tuple(rows)


def _objective_rows(
    scenario: Scenario, program: Program, sections: Sections, confidence: float
) -> tuple[ObjectiveRow, ...]:
    names = entry_names(program)
    return tuple(
        _objective_row(entry, parse_objective(text), sections, names.index(entry), confidence)
        for entry, texts in scenario.topology.slo.items()
        for text in texts
    )


def _objective_row(
    entry: str, objective: Objective, sections: Sections, number: int, confidence: float
) -> ObjectiveRow:
    value: Value
    if objective.metric == "error_rate":
        value = mean_interval(sections.failed(number), confidence)
    elif objective.metric == "latency_mean":
        value = mean_interval(sections.latency(number), confidence)
    else:
        value = quantile_interval(sections.latency(number), objective.probability, confidence)
    return judged(entry, objective, value)


def judged(entry: str, objective: Objective, value: Value) -> ObjectiveRow:
    """Whether an objective of an entry point was kept, by what its metric came to."""
    if not isinstance(value, Interval):
        return ObjectiveRow(entry, objective.text, value, kept=None, certain=False)
    kept = objective.holds(value.estimate)
    ends = {objective.holds(value.low), objective.holds(value.high)}
    return ObjectiveRow(entry, objective.text, value, kept=kept, certain=ends == {kept})
