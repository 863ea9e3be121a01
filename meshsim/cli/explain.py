"""``meshsim explain``: meshes, topologies, findings, fields and words, from their one source."""

from __future__ import annotations

from typing import Annotated

import typer

from meshsim.cli.console import color, tell, width


def explain(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A mesh, a topology, the code of a finding, a field of a file, or a word.",
        ),
    ] = None,
) -> None:
    """Explain a mesh, a topology, the code of a finding, a field or a word.

    A mesh is shown with every number it rests on: value, range, origin and source. Without a name,
    lists what can be explained.
    """
    from meshsim.reports.explain import explain as explained
    from meshsim.reports.explain import explainable

    parts = explainable() if name is None else explained(name)
    from meshsim.reports.terminal import render

    tell(render(parts, width(), color=color()))
