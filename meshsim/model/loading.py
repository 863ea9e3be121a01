"""From a name, a path or a text to a checked topology or mesh, or to all that is wrong with it.

Three passes, each over the whole file: syntax (:mod:`meshsim.model.document`), the schema
(:mod:`meshsim.model.decode`), and what no field can break alone (:mod:`meshsim.model.references`,
:mod:`meshsim.model.validation`). Wrong names are found even where the schema is broken; the last
rules need a whole description and are asked only of one.
"""

from __future__ import annotations

from pathlib import Path

from meshsim.errors import InputError, Problem
from meshsim.model import catalogue
from meshsim.model.decode import decode
from meshsim.model.document import Document, read_document, read_text
from meshsim.model.faults import problems_in, problems_without_lines
from meshsim.model.mesh import Mesh
from meshsim.model.mesh_validation import mesh_faults
from meshsim.model.mesh_variant import base_of, varied
from meshsim.model.references import reference_faults
from meshsim.model.topology import Topology
from meshsim.model.validation import system_faults, value_faults


def load_topology(name_or_path: str | Path) -> Topology:
    """The topology of that shipped name or file. Raises InputError with all problems."""
    return load_topology_document(name_or_path)[0]


def load_topology_document(name_or_path: str | Path) -> tuple[Topology, Document]:
    """The topology and the document that knows its lines. Raises InputError."""
    document = read_document(catalogue.find("topologies", str(name_or_path)))
    return topology_from_document(document), document


def load_mesh(name_or_path: str | Path) -> Mesh:
    """The mesh of that shipped name or file, or a variant of it (:mod:`.mesh_variant`).

    Raises InputError with all problems.
    """
    return load_mesh_document(name_or_path)[0]


def load_mesh_document(name_or_path: str | Path) -> tuple[Mesh, Document]:
    """The mesh and the document that knows its lines. Raises InputError."""
    name = str(name_or_path)
    document = read_document(catalogue.find("models", base_of(name)))
    return varied(mesh_from_document(document), name), document


def topology_from_text(text: str, file: str = "<text>") -> Topology:
    """The topology in a YAML text; ``file`` names it in messages. Raises InputError."""
    return topology_from_document(read_text(text, file))


def mesh_from_text(text: str, file: str = "<text>") -> Mesh:
    """The mesh in a YAML text; ``file`` names it in messages. Raises InputError."""
    return mesh_from_document(read_text(text, file))


def topology_from_document(document: Document) -> Topology:
    """The checked topology in a document. Raises InputError."""
    problems = problems_in(document, reference_faults(document.data))
    try:
        topology = decode(Topology, document)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    _raise_any([*problems, *problems_in(document, value_faults(topology))])
    _raise_any(problems_in(document, system_faults(topology)))
    return topology


def mesh_from_document(document: Document) -> Mesh:
    """The checked mesh in a document. Raises InputError."""
    mesh = decode(Mesh, document)
    _raise_any(problems_in(document, mesh_faults(mesh)))
    return mesh


def check_topology(topology: Topology, file: str) -> None:
    """The rules of a file for a topology made otherwise; ``file`` says from what.

    Raises InputError.
    """
    faults = [*reference_faults(topology.model_dump(mode="json")), *value_faults(topology)]
    _raise_any(problems_without_lines(file, faults))
    _raise_any(problems_without_lines(file, system_faults(topology)))


def _raise_any(problems: list[Problem]) -> None:
    if problems:
        raise InputError(problems)
