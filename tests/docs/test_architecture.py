"""Goal: docs/architecture.md describes this package. Method: its table of layers is compared with
the import contract, and every path and every module that it names is looked up.
"""

import importlib.util
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", PAGE)


def test_the_table_has_the_layers_of_the_import_contract():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers"
    )
    layers = {name.strip() for line in contract["layers"] for name in line.split("|")}
    rows = re.findall(r"^\| (`meshsim/.*?) \|", PAGE, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(meshsim/[\w./]+)`", row)}
    assert {f"meshsim.{p.split('/')[1].removesuffix('.py')}" for p in listed} == layers


def test_every_path_exists():
    paths = [text for text in CODE if re.fullmatch(r"[\w./-]+/[\w./-]*", text)]
    assert len(paths) > 20
    made_by_the_build = {"meshsim/shipped/"}
    there = {path for path in paths for root in (ROOT, ROOT / "meshsim") if (root / path).exists()}
    assert set(paths) - there - made_by_the_build == set()


def test_every_module_exists():
    layers = r"(?:model|lowering|solvers|policies|physics|stats|studies|capacity|inputs|reports)"
    names = {n for n in CODE if re.fullmatch(rf"(?:meshsim\.)?{layers}(?:\.\w+)+", n)}
    names = {n for n in names if not n.endswith(".py")}
    assert len(names) > 5
    assert {n for n in names if not _is_there(f"meshsim.{n.removeprefix('meshsim.')}")} == set()


def _is_there(name):
    """A module, a name in one, or an attribute of such a name."""
    parts = name.split(".")
    for count in range(len(parts), 1, -1):
        try:
            found = importlib.util.find_spec(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        if found is None:
            continue
        value = importlib.import_module(".".join(parts[:count]))
        for part in parts[count:]:
            fields = getattr(value, "model_fields", {})
            if not hasattr(value, part) and part not in fields:
                return False
            value = getattr(value, part, None)
        return True
    return False
