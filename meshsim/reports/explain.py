"""What ``meshsim explain`` prints: finds what a name means and hands it to whoever explains that.

A name is looked for among the codes of findings, meshes, topologies, words and fields, in this
order; a word that is also a field is explained as both.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import RenderableType

from meshsim.errors import InputError, Place, Problem
from meshsim.model import catalogue
from meshsim.model.document import read_document
from meshsim.model.finding_codes import CODES
from meshsim.model.findings import code_of
from meshsim.model.loading import mesh_from_document, topology_from_document
from meshsim.model.reference import all_fields, explain_field
from meshsim.model.schema_walk import Field
from meshsim.reports import glossary
from meshsim.reports.explain_mesh import mesh_parts
from meshsim.reports.explain_topology import topology_parts
from meshsim.reports.text_tables import heading, paragraph

_CODE = re.compile(r"MS\d+", re.IGNORECASE)
_NEAR_MAX = 3


def explain(name: str) -> list[RenderableType]:
    """The explanation. Raises InputError, with near names, if there is none."""
    if _CODE.fullmatch(name.strip()):
        return list(_finding_parts(name))
    if name in [*catalogue.names("models"), *catalogue.names("topologies")] or _is_path(name):
        return list(_file_parts(name))
    parts = list(_word_parts(name))
    fields = _fields(name)
    if fields:
        parts += _field_parts(fields)
    if not parts:
        raise InputError([_unknown(name)])
    return parts


def explainable() -> list[RenderableType]:
    """What can be explained, by kind."""
    kinds = (
        ("meshes", catalogue.names("models")),
        ("topologies", catalogue.names("topologies")),
        ("findings", list(CODES)),
        ("words", glossary.words()),
    )
    parts: list[RenderableType] = []
    for kind, names in kinds:
        parts += [heading(kind), paragraph(", ".join(names)), paragraph("")]
    last = "the name of any field of a file, such as replicas or proxies.cost.http1.busy"
    return [*parts, heading("fields"), paragraph(last)]


def _is_path(name: str) -> bool:
    return "/" in name or name.endswith((".yaml", ".yml")) or Path(name).is_file()


def _file_parts(name: str) -> Iterable[RenderableType]:
    is_model = name in catalogue.names("models")
    document = read_document(catalogue.find("models" if is_model else "topologies", name))
    if "meshsim_mesh" in document.data:
        return mesh_parts(mesh_from_document(document))
    return topology_parts(topology_from_document(document))


def _finding_parts(name: str) -> Iterator[RenderableType]:
    code = code_of(name)
    yield heading("", f"{code.code}: {code.title} ({code.level})")
    yield paragraph(code.why)
    yield paragraph(f"\nWhat to do: {code.cure}")


def _word_parts(name: str) -> Iterator[RenderableType]:
    found = glossary.meaning(name)
    if found is not None:
        yield heading("", found[0])
        yield paragraph(f"{found[1]}\n")


def _fields(name: str) -> tuple[Field, ...]:
    """The fields that the name, or its last part, is the name of."""
    tails = {_tail(field.name) for field in all_fields()}
    return explain_field(name) if _tail(name) in tails else ()


def _tail(name: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", name.strip()).strip(".").rpartition(".")[2].lower()


def _field_parts(fields: tuple[Field, ...]) -> Iterator[RenderableType]:
    for field in fields:
        when = f" ({field.when})" if field.when else ""
        facts = [field.type.replace("`", "")]
        if field.unit:
            facts.append(f"in memory {field.unit}")
        facts.append("required" if field.default == "required" else f"default {field.default}")
        if field.range:
            facts.append(field.range)
        yield heading("", f"{field.name}{when}")
        yield paragraph(f"{field.description}\n{'; '.join(facts)}\n".replace("`", ""))


def _unknown(name: str) -> Problem:
    known = [
        *catalogue.names("models"),
        *catalogue.names("topologies"),
        *glossary.words(),
        *CODES,
        *sorted({_tail(field.name) for field in all_fields()}),
    ]
    near = difflib.get_close_matches(name.lower(), known, n=_NEAR_MAX)
    cure = "meshsim explain, without a name, lists what can be explained"
    if near:
        cure = f"did you mean {' or '.join(dict.fromkeys(near))}? {cure}"
    return Problem(Place(name), "", "nothing of this name can be explained", "", cure)
