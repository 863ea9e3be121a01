"""``meshsim check``: what is wrong with a file, and what is unwise in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli.console import BAD_INPUT, tell
from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.model.document import Document
    from meshsim.model.findings import Finding
    from meshsim.model.mesh import Mesh
    from meshsim.model.topology import Topology


class Level(StrEnum):
    """How serious a finding is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CheckFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Topology or mesh files, or the names of shipped ones."
        ),
    ],
    failure_threshold: Annotated[
        Level, typer.Option(help="The least serious finding that makes the exit code 2.")
    ] = Level.ERROR,
    output: Annotated[
        CheckFormat, typer.Option("-o", "--output", help="What to write.")
    ] = CheckFormat.TEXT,
) -> None:
    """Check topology and mesh files: errors with place and cure, then findings.

    Meshes are checked together with the topologies given beside them. `meshsim explain MS0101`
    explains the code of a finding.
    """
    from meshsim.model.findings import reaches

    topologies, meshes = _load(files)
    findings = _findings(topologies, meshes)
    if output is CheckFormat.JSON:
        tell(json.dumps([_plain(f) for f in findings], indent=2, ensure_ascii=False))
    else:
        tell(_text(findings, files))
    if reaches(findings, failure_threshold.value):
        raise typer.Exit(BAD_INPUT)


_Topologies = list[tuple["Topology", "Document"]]
_Meshes = list[tuple["Mesh", "Document"]]


def _load(files: Sequence[str]) -> tuple[_Topologies, _Meshes]:
    """All files, or all problems of all files."""
    from meshsim.model.document import read_document
    from meshsim.model.loading import mesh_from_document, topology_from_document

    topologies: _Topologies = []
    meshes: _Meshes = []
    problems: list[Problem] = []
    for file in files:
        try:
            document = read_document(_find(file))
            if _is_mesh(document):
                meshes.append((mesh_from_document(document), document))
            else:
                topologies.append((topology_from_document(document), document))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return topologies, meshes


def _find(file: str) -> Path:
    from meshsim.model import catalogue

    return catalogue.find("models" if file in catalogue.names("models") else "topologies", file)


def _is_mesh(document: Document) -> bool:
    """Whether a file is a mesh, by its first key. Raises InputError if it is neither."""
    keys = document.data
    if "meshsim" not in keys and "meshsim_mesh" not in keys:
        rule = (
            "is neither a topology nor a mesh: both keys 'meshsim' and 'meshsim_mesh' are missing"
        )
        cure = "begin a topology with 'meshsim: 1', a mesh with 'meshsim_mesh: 1'"
        raise InputError([Problem(Place(document.file, 1, 1), "", rule, "", cure)])
    return "meshsim_mesh" in keys


def _findings(topologies: _Topologies, meshes: _Meshes) -> list[Finding]:
    from meshsim.model.findings import analyse

    found: dict[Finding, None] = {}
    for topology, document in topologies:
        alone = () if meshes else analyse(topology, document)
        found.update(dict.fromkeys(alone))
        for mesh, mesh_document in meshes:
            found.update(dict.fromkeys(analyse(topology, document, mesh, mesh_document)))
    return list(found)


def _text(findings: Sequence[Finding], files: Sequence[str]) -> str:
    if not findings:
        return f"✓ no findings in {', '.join(files)}"
    return "\n".join(str(finding) for finding in findings)


def _plain(finding: Finding) -> dict[str, object]:
    place = finding.place
    return {
        "code": finding.code,
        "level": finding.level,
        "file": place.file,
        "line": place.line or None,
        "column": place.column or None,
        "resource": finding.resource,
        "message": finding.message,
    }
