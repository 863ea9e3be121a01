"""The report for a terminal: objectives first, as k6 prints them, then answer, tables, replay line.

Columns ``±`` give half widths of intervals; a dash means that the data carry no interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from meshsim.model.findings import analyse
from meshsim.reports import text_latency, text_resources, text_uncertainty
from meshsim.reports.assumptions import origins
from meshsim.reports.phrases import (
    changes_of,
    counted,
    listed,
    load_of,
    objective_value,
    precision_sentence,
    title_of,
    verdict,
)
from meshsim.reports.replay import replay_line
from meshsim.reports.summary import baseline_sentence, mesh_sentences
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import (
    Cell,
    by_mesh,
    heading,
    mesh_heading,
    one_line,
    paragraph,
    point,
    table,
)
from meshsim.studies.result import Comparison, ObjectiveRow, Precision, Result
from meshsim.units import show_percentage

_ADJECTIVES = {
    "measured": "measured",
    "published": "published",
    "derived": "derived",
    "guess": "guessed",
}
_MARKS = {
    "kept": ("✓", "green"),
    "probably kept": ("✓~", "green"),
    "probably broken": ("✗~", "red"),
    "broken": ("✗", "red"),
    "unknown": ("?", "yellow"),
}


def to_text(report: Result | Comparison, *, width: int = WIDTH, color: bool = False) -> str:
    """A result or a comparison as text of at most ``width`` columns where the names allow it."""
    if isinstance(report, Result):
        return render(_run_parts(report), width, color=color)
    return render(_comparison_parts(report), width, color=color)


def _run_parts(result: Result) -> Iterator[RenderableType]:
    yield from _head([result], result.precision)
    yield from _objectives([result])
    yield from _answer([baseline_sentence(result)])
    yield from text_latency.of_run(result)
    yield from text_latency.breakdown([result])
    yield from text_resources.of_run(result)
    yield from text_uncertainty.of_run(result)
    yield from _cautions([result])
    yield from _grounds([result])
    yield one_line(replay_line([result], "run"))


def _comparison_parts(comparison: Comparison) -> Iterator[RenderableType]:
    results = comparison.results
    yield from _head(results, comparison.precision)
    yield from _objectives(results)
    yield from _answer([baseline_sentence(comparison.baseline), *mesh_sentences(comparison)])
    yield from text_latency.of_comparison(comparison)
    yield from text_latency.breakdown(results)
    yield from text_resources.of_comparison(comparison)
    yield from text_uncertainty.of_comparison(comparison)
    yield from _cautions(results)
    yield from _grounds(results)
    yield one_line(replay_line(results, "compare"))


def _head(results: Sequence[Result], precision: Precision | None) -> Iterator[RenderableType]:
    first = results[0]
    topology, plan = first.scenario.topology, first.plan
    yield heading("", f"{title_of(topology)} ({topology.name})")
    yield paragraph(f"load: {load_of(topology)}")
    if changes_of(first):
        yield paragraph(f"changed for this study: {changes_of(first)}")
    names = listed([result.mesh for result in results])
    baseline = f"; baseline: {first.mesh}" if len(results) > 1 else ""
    yield paragraph(f"{counted(len(results), 'mesh', 'meshes')}: {names}{baseline}")
    yield paragraph(
        f"{counted(first.replications, 'replication')} of {counted(plan.requests, 'request')}, "
        f"seed {plan.seed}, intervals of {show_percentage(plan.confidence, 2)}"
    )
    if precision is not None:
        yield paragraph(f"precision: {precision_sentence(precision, plan)}")
    yield paragraph("")


def _objectives(results: Sequence[Result]) -> Iterator[RenderableType]:
    if not results[0].objectives:
        return
    yield heading("objectives")
    headings = ["", *(mesh_heading(result.mesh) for result in results)]
    rows: list[list[Cell]] = []
    entry = ""
    for row in zip(*(result.objectives for result in results), strict=True):
        if row[0].entry != entry:
            entry = row[0].entry
            rows.append([entry, *("" for _ in results)])
        rows.append([f"  {row[0].text}", *(_objective_cell(o, len(row)) for o in row)])
    yield table(headings, rows, wrap=[0])
    verdicts = {verdict(o) for result in results for o in result.objectives}
    if any(v.startswith("probably") for v in verdicts):
        is_drawn = any(result.uncertainty is not None for result in results)
        cure = "see where the doubt comes from" if is_drawn else "simulate more to be sure"
        yield paragraph(f"~ the interval reaches across the bound: {cure}")
    if "unknown" in verdicts:
        yield paragraph("? not enough data: raise --requests")
    yield paragraph("")


def _objective_cell(objective: ObjectiveRow, columns: int) -> Text:
    mark, style = _MARKS[verdict(objective)]
    return Text.assemble((mark, style), f" {by_mesh(objective_value(objective), columns)}")


def _answer(sentences: Sequence[str]) -> Iterator[RenderableType]:
    yield heading("in short")
    for sentence in sentences:
        yield paragraph(sentence)
    yield paragraph("")


def _cautions(results: Sequence[Result]) -> Iterator[RenderableType]:
    """Warnings of the runs, and findings worth more than an information."""
    told: dict[str, list[str]] = {}
    for result in results:
        for warning in result.warnings:
            told.setdefault(warning, []).append(result.mesh)
        for finding in analyse(result.scenario.topology, None, result.scenario.mesh):
            if finding.level != "info":
                told.setdefault(str(finding), []).append(result.mesh)
    if not told:
        return
    yield heading("warnings")
    for sentence, meshes in told.items():
        where = "" if len(meshes) == len(results) else f"{listed(meshes)}: "
        yield Text(f"! {where}{sentence}", style="yellow")
    yield paragraph("")


def _grounds(results: Sequence[Result]) -> Iterator[RenderableType]:
    yield heading("what this rests on")
    topology = results[0].scenario.topology
    if topology.sources:
        yield paragraph(f"{topology.name}:")
    for source in topology.sources:
        yield point(source)
    rows: list[list[Cell]] = []
    for result in results:
        counts = origins(result.scenario.mesh)
        numbers = listed([f"{count} {_ADJECTIVES[origin]}" for origin, count in counts.items()])
        rows.append([f"{result.mesh}:", numbers, f"meshsim explain {_reference(result)}"])
    yield table(
        ["mesh", "its numbers", "all of them, with sources"], rows, words=[0, 1, 2], wrap=[1]
    )
    yield paragraph("")


def _reference(result: Result) -> str:
    return result.asked.mesh if result.asked else result.mesh
