"""``meshsim accuracy``: measured figures rebuilt as scenarios, simulated and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli.console import complain, is_terminal, tell
from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.calibration.accuracy.checks import Check
    from meshsim.calibration.accuracy.judging import Verdict
    from meshsim.calibration.accuracy.simulating import Simulator, Size

_SUFFIXES = (".html", ".md")


def accuracy(
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|DIR",
            help="Measured figures: CSV files, or folders of such; repeat it.",
            show_default="the catalogue that comes with meshsim",
        ),
    ] = None,
    mesh: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A mesh file that takes the place of the shipped one of the same name; repeat it.",
        ),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Run a check only: istio-15335 or istio-tools-jitter; repeat it.",
        ),
    ] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the report there, as .html or as .md (Markdown)."),
    ] = None,
    by_hardware: Annotated[
        bool,
        typer.Option(
            "--by-hardware",
            help="A machine for each hardware that a source names, instead of one per source.",
        ),
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Shorter simulations, and checks that fit roughly.")
    ] = False,
) -> None:
    """Compare predictions with measured figures and state the error.

    Each figure (CPU, latency or memory under a mesh) is rebuilt as a scenario and simulated. One
    figure of each source tells how fast its machine is; all others are predictions. Without --data
    the two checks are part of the report.
    """
    from meshsim.calibration.accuracy.intervals import with_intervals
    from meshsim.calibration.accuracy.judging import Verdict, judge
    from meshsim.calibration.accuracy.recognised import SHIPPED, read_all
    from meshsim.calibration.accuracy.simulating import Size
    from meshsim.reports.accuracy import summary_lines

    _check_report(report)
    wanted = _names_of(check, data)
    verdict = Verdict()
    if not check:
        figures = read_all([Path(path) for path in data] if data else [SHIPPED])
        size = Size(1_500, 2) if quick else Size()
        verdict = judge(figures.cells, _simulator(mesh or [], size), _say, by_hardware=by_hardware)
        verdict.left_out.update(figures.unread)
        if data and any(row.covered is None for row in verdict.judged):
            _say("intervals from the shipped figures")
            shipped = judge(read_all([SHIPPED]).cells, _simulator(mesh or [], size))
            verdict.judged = with_intervals(verdict.judged, shipped.judged)
    found = _checked(wanted, mesh or [], quick)
    tell("\n".join(summary_lines(verdict, found)) or "no figure could be rebuilt")
    if report is None and verdict.judged:
        complain("add --report accuracy.md (or .html) for all cells")
    if report is not None:
        given = ", ".join(data) if data else "its own catalogue"
        _write(report, verdict, found, given)


def _check_report(report: str | None) -> None:
    from meshsim.reports.files import check_writable

    if report is None:
        return
    if not report.endswith(_SUFFIXES):
        rule, cure = "must end with .html or .md", "give it such a name"
        raise InputError([Problem(Place("--report"), "", rule, report, cure)])
    check_writable(Path(report))


def _names_of(check: list[str] | None, data: list[str] | None) -> list[str]:
    """Checks that were asked for; all of them with the catalogue, none with other figures."""
    from meshsim.calibration.accuracy.checks import NAMES, check_names

    if check:
        check_names(check)
        return check
    return [] if data else list(NAMES)


def _simulator(meshes: list[str], size: Size) -> Simulator:
    from meshsim.calibration.accuracy.bench import Meshes
    from meshsim.calibration.accuracy.simulating import Simulator
    from meshsim.model.loading import load_mesh

    return Simulator(Meshes([load_mesh(name) for name in meshes]), size)


def _checked(names: list[str], meshes: list[str], quick: bool) -> list[Check]:
    from meshsim.calibration.accuracy.checks import run_check
    from meshsim.calibration.accuracy.recognised import SHIPPED, read_all
    from meshsim.calibration.accuracy.variants import MESH
    from meshsim.model.loading import load_mesh

    cells = read_all([SHIPPED]).cells if names else []
    own = {mesh.name: mesh for mesh in map(load_mesh, meshes)} if names else {}
    found = []
    for name in names:
        _say(f"check {name}")
        found.append(run_check(name, cells, quick=quick, sidecar=own.get(MESH)))
    return found


def _say(what: str) -> None:
    import sys

    if is_terminal(sys.stderr):
        complain(what)


def _write(report: str, verdict: Verdict, checks: list[Check], given: str) -> None:
    from meshsim.reports.accuracy import to_markdown
    from meshsim.reports.accuracy_html import to_html
    from meshsim.reports.files import write_text

    page = report.endswith(".html")
    text = to_html(verdict, checks) if page else to_markdown(verdict, checks, given)
    complain(f"wrote {write_text(Path(report), text)}")
