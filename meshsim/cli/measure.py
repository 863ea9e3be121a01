"""``meshsim measure``: what a real Envoy spends on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli.console import NOT_CALIBRATED, color, complain, progress, tell, width
from meshsim.cli.options import raise_any, split
from meshsim.errors import Place, Problem

if TYPE_CHECKING:
    from meshsim.calibration.measuring.cells import Part
    from meshsim.calibration.measuring.session import Measured, Plan

_FILES = ("paired.csv", "unpaired.csv", "handshake.csv", "memory.csv", "machine.json")


def measure(
    quick: Annotated[
        bool, typer.Option("--quick", help="One hop, an HTTP/2 and a TCP pair, in 2 minutes.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Everything, in 20 minutes.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="Measure only topologies, loads, filters, connections, workers, handshakes or "
            "memory; repeat it, or part several with commas.",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="End after about this time, such as 5m, with what is known by then.",
            show_default="2 min quick, else 20 min",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write paired.csv, unpaired.csv, handshake.csv, memory.csv and machine.json "
            "there.",
            show_default=False,
        ),
    ] = None,
    allow_noisy: Annotated[
        bool,
        typer.Option("--allow-noisy", help="Accept figures of a disturbed machine: exit with 0."),
    ] = False,
) -> None:
    """Measure a real Envoy on this machine: CPU per request, handshakes, memory.

    Needs the extra measure, which carries the binary, and Linux. Without special rights, on
    loopback only, for a bounded time; nothing is left behind but the files of --out. Proxies are
    compared in turns with a reference, so that the moods of the machine cancel. If it was too
    disturbed all the same, the exit code is 3 and the report says why.
    """
    from meshsim.calibration.measuring.extra import check_extra

    check_extra()  # before what follows, which other systems cannot even load
    from meshsim.calibration.measuring.session import measure as carry_out

    problems: list[Problem] = []
    plan = _plan_from(quick, full, only, time_limit, problems)
    if out is not None:
        problems += _occupied(out)
    raise_any(problems)
    assert plan is not None, "there is a plan, or a problem"
    if out is not None:
        _check_writable(out)
    complain(f"measuring for at most {_minutes(plan)} …")
    with progress("measuring, seconds") as step:
        measured = carry_out(plan, step)
    _deliver(measured, out)
    if measured.doubts and not allow_noisy:
        raise typer.Exit(NOT_CALIBRATED)


def _plan_from(
    quick: bool,
    full: bool,
    only: list[str] | None,
    time_limit: str | None,
    problems: list[Problem],
) -> Plan | None:
    """The plan; None if ``problems`` were added."""
    from meshsim.calibration.measuring.session import plan_of
    from meshsim.units import UnitError, parse_duration

    before = len(problems)
    if quick and full:
        rule, cure = "are two profiles", "choose one of them"
        problems.append(Problem(Place("--quick and --full"), "", rule, "", cure))
    parts = _parts_from(only, problems)
    seconds = None
    if time_limit is not None:
        try:
            seconds = parse_duration(time_limit)
        except UnitError as error:
            place = Place("--time-limit")
            problems.append(Problem(place, "", error.rule, error.value, error.cure))
        if seconds == 0:
            rule, cure = "must be more than zero", "write e.g. 5m"
            problems.append(Problem(Place("--time-limit"), "", rule, time_limit, cure))
    if len(problems) > before:
        return None
    return plan_of(parts, quick=quick or not (full or parts), seconds_max=seconds)


def _parts_from(only: list[str] | None, problems: list[Problem]) -> list[Part]:
    from meshsim.calibration.measuring.cells import Part

    parts = []
    for word in split(only):
        if word in list(Part):
            parts.append(Part(word))
        else:
            rule, cure = "is no part of a measurement", f"write one of {', '.join(Part)}"
            problems.append(Problem(Place("--only"), "", rule, word, cure))
    return parts


def _occupied(out: Path) -> list[Problem]:
    """Files of an earlier measurement: two of them would be mixed up."""
    there = [name for name in _FILES if (out / name).exists()]
    if not there:
        return []
    rule = f"holds a measurement already ({', '.join(there)})"
    return [Problem(Place(str(out)), "", rule, "", "give the path of a new folder")]


def _check_writable(out: Path) -> None:
    from meshsim.reports.files import check_writable

    for name in _FILES:
        check_writable(out / name)


def _minutes(plan: Plan) -> str:
    from meshsim.units import show_duration

    return show_duration(plan.seconds_max, 2)


def _deliver(measured: Measured, out: Path | None) -> None:
    """Files first: the report may meet a reader that has gone away."""
    from meshsim.calibration.measuring.tables import files
    from meshsim.reports.files import write_text
    from meshsim.reports.text_measured import measured_to_text

    if out is not None:
        for name, text in files(measured).items():
            write_text(out / name, text)
    tell(measured_to_text(measured, width=width(), color=color()))
    if out is not None:
        complain(f"wrote {out}; next: meshsim calibrate {out} -o mine.yaml")
    else:
        complain("with --out DIR the figures are kept, for meshsim calibrate DIR -o mine.yaml")
