"""``meshsim calibrate``: a mesh file fitted to measurements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli.console import complain, tell
from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.calibration.fitting.calibrate import Calibration
    from meshsim.calibration.readers.recognise import ReadOptions
    from meshsim.model.mesh import Mesh
    from meshsim.model.sourced import Source

Words = list[str] | None
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA...",
        help="Measurements: the folder or the CSV files of meshsim measure; JSON of fortio, k6, "
        "Nighthawk, Prometheus; text of wrk2.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Mesh file to write.", show_default="none"),
]
Base = Annotated[
    str, typer.Option("--mesh", metavar="BASE", help="Mesh that the values are written into.")
]
ProxyName = Annotated[
    str | None,
    typer.Option("--proxy", metavar="NAME", help="Its proxy.", show_default="the only one"),
]
Fix = Annotated[
    Words,
    typer.Option("--fix", metavar="PATH=VALUE", help="Hold a parameter, such as http1.busy=30us."),
]
Bound = Annotated[
    Words,
    typer.Option("--bound", metavar="PATH=LO..HI", help="Keep a parameter between two values."),
]
Only = Annotated[
    Words,
    typer.Option(
        "--only", metavar="PATHS", help="Fit only these, such as machine_factor or http1,tls."
    ),
]
Where = Annotated[
    Words,
    typer.Option(
        "--where", metavar="COLUMN=PATTERN", help="Use only CPU cells of a role, protocol or test."
    ),
]
Weight = Annotated[
    Words,
    typer.Option(
        "--weight", "--weights", metavar="FILE=W", help="Let the cells of a file count W times."
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help="CPU per request of the reference of paired files.",
        show_default="the lower quartile in the file",
    ),
]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Output of a load generator without any proxy."),
]
Report = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the whole account there, as Markdown.")
]


def calibrate(
    data: Files,
    output: Output = None,
    mesh: Base = "istio-sidecar",
    proxy: ProxyName = None,
    fix: Fix = None,
    bound: Bound = None,
    only: Only = None,
    where: Where = None,
    weight: Weight = None,
    key: Annotated[str, typer.Option(help="Keys of the mesh: rsa or ecdsa.")] = "rsa",
    reference: Reference = None,
    baseline: Baseline = None,
    proxies: Annotated[
        int, typer.Option(min=1, max=20, help="Proxies on the way in files of load generators.")
    ] = 2,
    workers: Annotated[
        int, typer.Option(min=1, max=1024, help="Worker threads of proxies in Prometheus files.")
    ] = 2,
    body: Annotated[
        str, typer.Option(metavar="SIZE", help="Request and response in Prometheus files.")
    ] = "0B",
    machine: Annotated[str, typer.Option(help="Hardware, for the source of the numbers.")] = "",
    report: Report = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the mesh file.")] = False,
) -> None:
    """Fit the costs of a proxy to measurements, with errors, and write a mesh file.

    All parameters that the data speak of are fitted. Each is printed with its 90% interval, which
    carries the error of the model as cross-validation finds it. What the data cannot tell is said
    and left at the value of the base mesh. `--only machine_factor` moves a mesh to another machine.
    """
    from meshsim.calibration.fitting.account import account
    from meshsim.calibration.fitting.calibrate import calibrate as fitted
    from meshsim.calibration.fitting.words import options_from
    from meshsim.calibration.readers.recognise import read_measurements
    from meshsim.model.loading import load_mesh
    from meshsim.reports.files import check_writable, write_text

    problems: list[Problem] = []
    words = [list(one or []) for one in (fix, bound, only, where, weight)]
    options = options_from(words[0], words[1], words[2], words[3], words[4], key, problems)
    how = _read_options(reference, baseline or [], proxies, workers, body, problems)
    for path in (output, report):
        if path is not None and path.is_file() and not (force or path is report):
            cure = "give another path, or add --force to overwrite it"
            problems.append(Problem(Place(str(path)), "", "exists already", "", cure))
    if problems:
        raise InputError(problems)
    for path in (output, report):
        if path is not None:
            check_writable(path)
    base = load_mesh(mesh)
    reading = read_measurements(data, how)
    hardware = machine or "; ".join(dict.fromkeys(reading.machines))
    found = fitted(reading, base, proxy, options, _source(data, hardware))
    tell(account(found, whole=False))
    if report is not None:
        complain(f"wrote {write_text(report, account(found, whole=True))}")
    if output is not None:
        complain(f"wrote {write_text(output, _text(found, output, base))}")


def _read_options(
    reference: str | None,
    baseline: list[Path],
    proxies: int,
    workers: int,
    body: str,
    problems: list[Problem],
) -> ReadOptions:
    from meshsim import units
    from meshsim.calibration.readers.prometheus import Unsaid
    from meshsim.calibration.readers.recognise import ReadOptions

    found: dict[str, float | None] = {"--reference": None, "--body": 0.0}
    for option, text, parse in (
        ("--reference", reference, units.parse_duration),
        ("--body", body, units.parse_size),
    ):
        try:
            found[option] = parse(text) if text is not None else None
        except units.UnitError as error:
            problems.append(Problem(Place(option), "", error.rule, error.value, error.cure))
    unsaid = Unsaid(workers, found["--body"] or 0.0)
    return ReadOptions(found["--reference"] or None, tuple(baseline), proxies, unsaid)


def _source(data: list[Path], hardware: str) -> tuple[str, Source]:
    """Key and description of the data as a source of numbers, with today's date."""
    from datetime import UTC, datetime

    from meshsim import __version__
    from meshsim.model.sourced import Source

    today = datetime.now(tz=UTC).date().isoformat()
    return f"calibrated-{today}", Source(
        title="Fitted by meshsim calibrate to measurements of one's own",
        version=f"meshsim {__version__}",
        where=", ".join(path.name for path in data),
        hardware=hardware or "not stated",
        date=today,
    )


def _text(found: Calibration, output: Path, base: Mesh) -> str:
    from meshsim.model.dump import dump_mesh

    name = re.sub(r"[^A-Za-z0-9._-]+", "-", output.stem).strip("-._") or "calibrated"
    mesh = found.mesh.model_copy(update={"name": name, "title": f"{base.title}, calibrated"})
    comments = [
        f"Calibrated by meshsim from {base.name}; notes of the base that speak of its machine "
        "factor are about the base."
    ]
    return dump_mesh(mesh, comments)
