"""The report as one self-contained HTML file: no script of others, no font, no network.

Jinja2 templates in ``templates/`` set out what the other modules of this package put in words,
tables and drawings.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from meshsim import __version__
from meshsim.errors import InputError, Place, Problem
from meshsim.model.findings import Finding, analyse
from meshsim.model.mesh import Mesh
from meshsim.reports import html_tables
from meshsim.reports.assumptions import assumptions, origins
from meshsim.reports.explain_mesh import path_words, policy_words, source_words
from meshsim.reports.html_charts import charts
from meshsim.reports.phrases import (
    METRICS,
    changes_of,
    counted,
    estimate_of,
    listed,
    load_of,
    precision_sentence,
    title_of,
)
from meshsim.reports.replay import replay_command
from meshsim.reports.summary import baseline_sentence, mesh_sentences
from meshsim.reports.svg import SERIES, marker
from meshsim.reports.uncertainty import tornado_hint
from meshsim.stats import Interval
from meshsim.studies.estate import estate
from meshsim.studies.result import ALL, Comparison, Result
from meshsim.studies.totals import total_cpu_used
from meshsim.units import show_cpu, show_duration, show_money, show_percentage

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def check_html_possible() -> None:
    """Raise InputError if the package that fills the templates is missing."""
    if importlib.util.find_spec("jinja2") is None:
        rule, cure = "needs the package jinja2", "pip install 'meshsim[report]'"
        raise InputError([Problem(Place("the HTML report"), "", rule, "", cure)])


def to_html(report: Result | Comparison) -> str:
    """The page of a result or a comparison. Raises InputError if jinja2 is missing."""
    check_html_possible()
    is_run = isinstance(report, Result)
    comparison = Comparison((report,), (), ()) if isinstance(report, Result) else report
    results = comparison.results
    first = results[0]
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            version=__version__,
            topology=first.scenario.topology,
            title=title_of(first.scenario.topology),
            load=load_of(first.scenario.topology),
            plan=_plan_words(first),
            precision=precision_sentence(report.precision, first.plan) if report.precision else "",
            changes=changes_of(first),
            results=results,
            baseline=first,
            is_run=is_run,
            answer=baseline_sentence(first),
            sentences=mesh_sentences(comparison),
            cards=[_card(comparison, result) for result in results],
            charts=charts(comparison),
            markers=_markers(results),
            tables=html_tables,
            doubts=html_tables.doubts_grid(comparison),
            hint=tornado_hint(comparison),
            comparison=comparison,
            metrics=METRICS,
            shortages=_shortages(results),
            warnings=_warnings(results),
            findings=_findings(results),
            meshes=[_described(result) for result in results],
            replay=replay_command(results, "run" if is_run else "compare"),
        )
    )


def batch_to_html(comparisons: Sequence[Comparison]) -> str:
    """The index of several reports, which lie beside it under the names of their topologies."""
    check_html_possible()
    totals = estate(comparisons)
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            version=__version__,
            comparisons=comparisons,
            totals=totals,
            grid=html_tables.totals_grid(totals),
            count=counted(len(comparisons), "topology", "topologies"),
            title_of=title_of,
            load_of=load_of,
            cells=[_index_cells(comparison) for comparison in comparisons],
            plan=_plan_words(comparisons[0].baseline),
        )
    )


@dataclass(frozen=True)
class Card:
    """The headline numbers of one mesh; ``changes`` are those to the baseline, empty for it."""

    title: str
    name: str
    series: int
    marker: str
    facts: Sequence[tuple[str, str, str]]
    """Name, number, change."""


@dataclass(frozen=True)
class DescribedMesh:
    """A mesh with what its numbers rest on, in words."""

    mesh: Mesh
    reference: str
    inside: str
    entry: str
    policies: Sequence[str]
    numbers: Sequence[object]
    origins: str
    sources: Sequence[str]


@cache
def environment() -> jinja2.Environment:
    """Where the templates are found, and how they are filled."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["flowing"] = lambda text: " ".join(text.split())
    return environment


def _card(comparison: Comparison, result: Result) -> Card:
    series = comparison.results.index(result)
    p99 = result.overall.quantiles[METRICS.index("p99") - 1]
    resources = next((r for r in comparison.resources if r.mesh == result.mesh), None)
    requested, plan = result.requested()[0], result.nodes
    change = "" if resources is None else show_cpu(resources.cpu_requested, signed=True)
    used_change = ""
    if resources is not None and isinstance(resources.cpu_used, Interval):
        used_change = show_cpu(resources.cpu_used.estimate, signed=True)
    nodes_change = f"{resources.nodes:+d}" if resources and resources.nodes else ""
    facts = [
        (
            "mean",
            estimate_of(result.overall.mean, show_duration),
            _change(comparison, result, "mean"),
        ),
        ("p99", estimate_of(p99, show_duration), _change(comparison, result, "p99")),
        ("CPU used", estimate_of(total_cpu_used(result), show_cpu), used_change),
        ("CPU requested", show_cpu(requested), change),
        ("nodes", f"{plan.nodes:,}", nodes_change),
        ("cost per month", show_money(plan.cost_of_share_per_month), ""),
    ]
    return Card(result.mesh_title, result.mesh, series % SERIES, marker(series), facts)


def _change(comparison: Comparison, result: Result, metric: str) -> str:
    for row in comparison.latency:
        is_this = (row.mesh, row.name, row.metric) == (result.mesh, ALL, metric)
        if is_this and isinstance(row.relative, Interval):
            return show_percentage(row.relative.estimate, 2, signed=True)
    return ""


def _markers(results: Sequence[Result]) -> list[tuple[str, str]]:
    return [(marker(number), result.mesh_title) for number, result in enumerate(results)]


def _plan_words(result: Result) -> str:
    plan = result.plan
    return (
        f"{counted(result.replications, 'replication')} of "
        f"{counted(plan.requests, 'request')}, seed {plan.seed}, "
        f"intervals of {show_percentage(plan.confidence, 2)}"
    )


def _shortages(results: Sequence[Result]) -> list[str]:
    """Why dashes stand where latencies of all requests were expected."""
    found: dict[str, str] = {}
    for result in results:
        for metric, value in zip(
            METRICS, (result.overall.mean, *result.overall.quantiles), strict=True
        ):
            if not isinstance(value, Interval):
                found.setdefault(metric, str(value))
    return list(found.values())


def _warnings(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Each warning with the meshes that it is about."""
    told: dict[str, list[str]] = {}
    for result in results:
        for warning in result.warnings:
            told.setdefault(warning, []).append(result.mesh)
    return [(warning, listed(meshes)) for warning, meshes in told.items()]


def _findings(results: Sequence[Result]) -> list[Finding]:
    """The findings of all scenarios, the most serious first, each once."""
    found: dict[Finding, None] = {}
    for result in results:
        found.update(dict.fromkeys(analyse(result.scenario.topology, None, result.scenario.mesh)))
    return sorted(found, key=lambda f: (("error", "warning", "info").index(f.level), f.code))


def _described(result: Result) -> DescribedMesh:
    mesh = result.scenario.mesh
    counts = [f"{count} {origin}" for origin, count in origins(mesh).items()]
    return DescribedMesh(
        mesh=mesh,
        reference=result.asked.mesh if result.asked else result.mesh,
        inside=path_words(mesh.path.inside, "caller", "callee"),
        entry=path_words(mesh.path.entry, "clients", "service"),
        policies=policy_words(mesh),
        numbers=assumptions(mesh),
        origins=listed(counts),
        sources=[source_words(source) for source in mesh.sources.values()],
    )


def _index_cells(comparison: Comparison) -> list[tuple[str, str, bool]]:
    """For each mesh: mean latency, its change, and whether the objectives were kept."""
    return [
        (
            estimate_of(result.overall.mean, show_duration),
            _change(comparison, result, "mean"),
            result.slo_kept,
        )
        for result in comparison.results
    ]
