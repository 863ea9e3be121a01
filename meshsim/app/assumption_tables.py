"""The tables of what a comparison rests on: every number of a mesh with its origin and source."""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.app.frames import Column, Table
from meshsim.model.mesh import Mesh
from meshsim.reports.assumptions import assumptions


def assumption_table(mesh: Mesh) -> Table:
    """Every sourced number, written as the mesh's file writes it."""
    columns = (
        Column("number", "number"),
        Column("value", "value"),
        Column("from", "from"),
        Column("to", "to"),
        Column("origin", "origin"),
        Column("source", "source"),
        Column("note", "note"),
    )
    rows = [
        (
            one.name,
            one.value,
            one.low,
            one.high,
            one.origin,
            one.source.title if one.source else "",
            one.note,
        )
        for one in assumptions(mesh)
    ]
    return Table(f"assumptions-{mesh.name}", columns, tuple(rows))


def source_table(meshes: Sequence[Mesh]) -> Table:
    """Every source that a number of the meshes names."""
    columns = (
        Column("mesh", "mesh"),
        Column("title", "source"),
        Column("version", "version"),
        Column("where", "where"),
        Column("hardware", "hardware"),
        Column("date", "date"),
    )
    rows = [
        (mesh.name, source.title, source.version, source.where, source.hardware, source.date)
        for mesh in meshes
        for source in mesh.sources.values()
    ]
    return Table("sources", columns, tuple(rows))
