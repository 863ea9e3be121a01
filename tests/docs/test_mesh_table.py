"""Goal: the guide lists every mesh that ships, as its file says. Method: the table is made from the
files and compared with the page; MESHSIM_REWRITE_GUIDES=1 writes it anew."""

import os
from pathlib import Path

from meshsim.model import catalogue
from meshsim.model.loading import load_mesh
from meshsim.reports.assumptions import origins
from meshsim.reports.explain_mesh import path_words
from meshsim.units import print_duration

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "meshes.md"
MARK = "<!-- table of meshes -->"
ORIGINS = ("measured", "published", "derived", "guess")
HEAD = ("mesh", "what it is", "way of a call", "mTLS", "retries", "time-out", "numbers")


def row(name):
    mesh = load_mesh(name)
    policies, counts = mesh.policies, origins(mesh)
    retries = "none" if policies.retries is None else str(policies.retries.attempts)
    timeout = policies.request_timeout
    return (
        f"`{name}`",
        mesh.title,
        path_words(mesh.path.inside, "caller", "callee"),
        policies.mtls,
        retries,
        "none" if timeout is None else print_duration(timeout),
        " · ".join(f"{counts[origin]} {origin}" for origin in ORIGINS if origin in counts),
    )


def table():
    rows = [HEAD, ("---",) * len(HEAD), *(row(name) for name in catalogue.names("models"))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def test_the_guide_has_the_table_of_all_meshes():
    before, _, after = PAGE.read_text(encoding="utf-8").partition(MARK)
    text = after.lstrip("\n")
    shown, rest = text.split("\n\n", 1) if text.startswith("|") else ("", text)
    if os.environ.get("MESHSIM_REWRITE_GUIDES") == "1":
        PAGE.write_text(f"{before}{MARK}\n\n{table()}\n\n{rest}", encoding="utf-8")
        shown = table()
    assert shown == table()
