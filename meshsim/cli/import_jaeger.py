"""``meshsim import jaeger``: a topology from a Jaeger trace export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshsim.cli.console import complain, tell
from meshsim.errors import InputError, Place, Problem


def jaeger(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Traces as Jaeger exports them (JSON).")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The topology file.", show_default="stdout"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the topology.")] = "imported",
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate",
            "--rps",
            metavar="RATE",
            help="Requests from outside, such as 50/s.",
            show_default="that of the traces",
        ),
    ] = None,
    replicas: Annotated[int, typer.Option(help="Pods of each service.")] = 1,
    cpu: Annotated[
        str | None,
        typer.Option(
            metavar="QUANTITY", help="CPU limit of each pod, such as 500m.", show_default="none"
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Import only requests that enter at such service/operation; * and ? are wild.",
            show_default="all",
        ),
    ] = None,
    accept_missing_root: Annotated[
        bool,
        typer.Option(
            "--accept-missing-root",
            help="Take a span whose parent is missing for the root of its trace.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the topology file if it exists.")
    ] = False,
) -> None:
    """Turn Jaeger traces into a topology; what could not be used is listed on stderr."""
    from meshsim.inputs.import_options import ImportOptions
    from meshsim.inputs.jaeger import import_jaeger
    from meshsim.model.dump import dump_topology
    from meshsim.reports.files import check_writable, write_text

    problems: list[Problem] = []
    try:
        chosen = ImportOptions(
            name=name,
            replicas=replicas,
            rate=f"{rate}/s" if rate is not None and rate.isdigit() else rate,
            cpu=cpu,
            keep_operations=tuple(keep or ()),
            accept_missing_root=accept_missing_root,
        )
    except InputError as error:
        problems += error.problems
    if output is not None:
        problems += _in_the_way(output, force=force)
    if problems:
        raise InputError(problems)
    if output is not None:
        check_writable(output)
    result = import_jaeger(files, chosen)
    lines = result.report.lines()
    topology = dump_topology(result.topology, ["Imported by meshsim from Jaeger traces.", *lines])
    complain("\n".join(lines))
    if output is None:
        tell(topology)
    else:
        complain(f"wrote {write_text(output, topology)}")


def _in_the_way(output: Path, *, force: bool) -> list[Problem]:
    if force or not output.is_file():
        return []
    cure = "give another path, or add --force to overwrite it"
    return [Problem(Place(str(output)), "", "there is such a file already", "", cure)]
