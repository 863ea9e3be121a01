"""``meshsim import jaeger``: a topology from a Jaeger trace export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshsim.cli.console import complain, tell
from meshsim.errors import InputError, Place, Problem

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Topology file.", show_default="stdout"),
]
Rate = Annotated[
    str | None,
    typer.Option(
        "--rate",
        "--rps",
        metavar="RATE",
        help="Requests per second from outside, such as 50 or 50/s.",
        show_default="that of the traces",
    ),
]
Cpu = Annotated[
    str | None,
    typer.Option(
        metavar="QUANTITY", help="CPU limit of each pod, such as 500m.", show_default="none"
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="Import only requests that enter at such service/operation; * and ? are wild.",
        show_default="all",
    ),
]
MissingRoot = Annotated[
    bool,
    typer.Option(
        "--accept-missing-root",
        help="Take a span whose parent is missing for the root of its trace.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the topology file if it exists.")]


def jaeger(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Traces as Jaeger exports them (JSON).")
    ],
    output: Output = None,
    name: Annotated[str, typer.Option(help="Name of the topology.")] = "imported",
    rate: Rate = None,
    replicas: Annotated[int, typer.Option(help="Pods of each service.")] = 1,
    cpu: Cpu = None,
    keep: Keep = None,
    accept_missing_root: MissingRoot = False,
    force: Force = False,
) -> None:
    """Turn Jaeger traces into a topology; what could not be used is listed on stderr."""
    from meshsim.inputs.import_options import ImportOptions
    from meshsim.inputs.jaeger import import_jaeger
    from meshsim.model.dump import dump_topology
    from meshsim.reports.files import check_writable, write_text

    if output is not None:
        _refuse_overwriting(output, force=force)
        check_writable(output)
    bare_number = rate is not None and rate.replace(".", "", 1).isdigit()
    chosen = ImportOptions(
        name=name,
        replicas=replicas,
        rate=f"{rate}/s" if bare_number else rate,
        cpu=cpu,
        keep_operations=tuple(keep or ()),
        accept_missing_root=accept_missing_root,
    )
    result = import_jaeger(files, chosen)
    lines = result.report.lines()
    topology = dump_topology(result.topology, ["Imported by meshsim from Jaeger traces.", *lines])
    complain("\n".join(lines))
    if output is None:
        tell(topology)
    else:
        complain(f"wrote {write_text(output, topology)}")


def _refuse_overwriting(output: Path, *, force: bool) -> None:
    if output.is_file() and not force:
        cure = "give another path, or add --force to overwrite it"
        raise InputError([Problem(Place(str(output)), "", "exists already", "", cure)])
