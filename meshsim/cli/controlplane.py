"""``meshsim controlplane``: size, speed and scope of a control plane."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli import options
from meshsim.cli.console import color, complain, tell, width
from meshsim.errors import Place, Problem

if TYPE_CHECKING:
    from meshsim.studies.control_plane_result import ControlPlaneResult


class ControlPlaneFormat(StrEnum):
    """What a report of a control plane is written as."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    YAML = "yaml"


class ScopeOption(StrEnum):
    """How much of the mesh each proxy is told."""

    NONE = "none"
    NAMESPACE = "namespace"
    AUTO = "auto"


TopologyName = Annotated[
    str | None,
    typer.Argument(
        metavar="TOPOLOGY", help="A shipped topology or a YAML file; else give --services."
    ),
]
MeshName = Annotated[str, typer.Option(metavar="NAME", help="A shipped mesh or a file.")]
Services = Annotated[
    int | None, typer.Option(help="Equal services, without a topology.", show_default=False)
]
PodsPerService = Annotated[int, typer.Option(help="Pods of each of them.")]
Callees = Annotated[int, typer.Option(help="Other services that each of them calls.")]
Namespaces = Annotated[int, typer.Option(help="Namespaces that they are spread over.")]
Nodes = Annotated[
    int | None, typer.Option(help="Nodes of the cluster.", show_default="one per 30 pods")
]
Ports = Annotated[int, typer.Option(help="Ports of each service.")]
EndpointChanges = Annotated[
    str | None,
    typer.Option(
        metavar="RATE",
        help="Pods that come or go, such as 5/s or 90/min.",
        show_default="each pod replaced once a day",
    ),
]
ConfigChanges = Annotated[
    str | None,
    typer.Option(
        metavar="RATE",
        help="Changes of services, routes and policies, such as 1/h.",
        show_default="1/h",
    ),
]
Told = Annotated[
    ScopeOption,
    typer.Option(
        help="What each proxy is told: everything (none), what its namespace calls, or what its "
        "service calls (auto)."
    ),
]
Replicas = Annotated[
    int | None,
    typer.Option(help="Replicas of the control plane.", show_default="by its autoscaler"),
]
Cores = Annotated[
    str | None,
    typer.Option(
        metavar="CPU",
        help="CPU that a replica may use, such as 4 or 500m.",
        show_default="its limit, else a node's, else 4",
    ),
]
Output = Annotated[ControlPlaneFormat, typer.Option("-o", "--output", help="What to write.")]
Out = Annotated[str | None, typer.Option(metavar="FILE", help="Write there.", show_default=False)]


def controlplane(
    topology: TopologyName = None,
    mesh: MeshName = "istio-sidecar",
    services: Services = None,
    pods_per_service: PodsPerService = 1,
    callees: Callees = 5,
    namespaces: Namespaces = 1,
    nodes: Nodes = None,
    ports: Ports = 1,
    endpoint_changes: EndpointChanges = None,
    config_changes: ConfigChanges = None,
    scope: Told = ScopeOption.NONE,
    replicas: Replicas = None,
    cores: Cores = None,
    seed: options.Seed = 1,
    output: Output = ControlPlaneFormat.TEXT,
    out: Out = None,
) -> None:
    """Size a control plane: CPU, memory, configuration of the proxies, time until changes hold.

    With ranges, the bottleneck, and YAML to paste. Reads a topology, or takes the size of an estate
    from --services and --pods-per-service.
    """
    from meshsim.api import answer_control_plane
    from meshsim.studies.control_plane_question import Question

    problems: list[Problem] = []
    question = Question(
        services=services,
        pods_per_service=pods_per_service,
        callees=callees,
        namespaces=namespaces,
        nodes=nodes,
        ports=ports,
        endpoint_changes_per_s=_rate("--endpoint-changes", endpoint_changes, problems),
        config_changes_per_s=_rate("--config-changes", config_changes, problems),
        scope=scope.value,
        replicas=replicas,
        cores=_cores(cores, problems),
        seed=seed,
    )
    options.raise_any(problems)
    result = answer_control_plane(question, topology, mesh)
    if out is None:
        tell(_text(result, output, on_screen=True))
        return
    from meshsim.reports.files import write_text

    complain(f"wrote {write_text(Path(out), _text(result, output))}")


def _rate(option: str, text: str | None, problems: list[Problem]) -> float | None:
    """A rate; a bare number is one per second, as load generators have it."""
    from meshsim.units import UnitError, parse_rate

    if text is None:
        return None
    if re.fullmatch(r"(\d+\.?\d*|\.\d+)", text.strip()):
        text = f"{text.strip()}/s"
    try:
        return parse_rate(text)
    except UnitError as error:
        problems.append(Problem(Place(option), "", error.rule, error.value, error.cure))
        return None


def _cores(text: str | None, problems: list[Problem]) -> float | None:
    from meshsim.units import UnitError, parse_cpu

    if text is None:
        return None
    try:
        return parse_cpu(text)
    except UnitError as error:
        problems.append(Problem(Place("--cores"), "", error.rule, error.value, error.cure))
        return None


def _text(result: ControlPlaneResult, form: ControlPlaneFormat, *, on_screen: bool = False) -> str:
    from meshsim.reports import control_plane_json, control_plane_text, control_plane_words

    if form is ControlPlaneFormat.JSON:
        return control_plane_json.control_plane_to_json(result)
    if form is ControlPlaneFormat.CSV:
        return control_plane_json.control_plane_to_csv(result)
    if form is ControlPlaneFormat.YAML:
        return control_plane_words.to_yaml(result)
    if on_screen:
        return control_plane_text.control_plane_to_text(result, width=width(), color=color())
    return control_plane_text.control_plane_to_text(result)
