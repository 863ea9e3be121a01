"""Goal: docs/nomenclature.md names what the code has, all of it, and nothing else.

Method: every public class and function of the package is found by importing all modules. Each
heading of the page that is a class lists the fields of that class: the two sets must be equal. Each
name in the columns "in the code", "read by", "written by" and "shown by" must resolve, dotted names
as field, member, method or parameter.
"""

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import meshsim
from meshsim.lowering import program
from meshsim.solvers import observations, streams
from meshsim.studies import result

PAGE = (Path(__file__).parents[2] / "docs" / "nomenclature.md").read_text(encoding="utf-8")
LAYERS = ("units", "policies", "physics", "stats", "lowering", "solvers", "capacity", "studies")
"""Then ``model``: where two layers share a name, ``Load``, the page speaks of the program's."""
NAME = re.compile(r"`([A-Za-z_][\w.]*)`")


def _modules():
    for layer in (*LAYERS, "model"):
        module = importlib.import_module(f"meshsim.{layer}")
        yield module
        paths = getattr(module, "__path__", [])
        for found in pkgutil.walk_packages(paths, f"{module.__name__}."):
            yield importlib.import_module(found.name)


def _public_names():
    names = {}
    for module in _modules():
        for name, value in vars(module).items():
            own = getattr(value, "__module__", module.__name__) == module.__name__
            if own and not name.startswith("_"):
                names.setdefault(name, value)
    return names


NAMES = _public_names()


def _fields(owner):
    """Fields of a dataclass with its properties, or the members of an enumeration."""
    if issubclass(owner, enum.Enum):
        return {member.name for member in owner}
    fields = {field.name for field in dataclasses.fields(owner)}
    return fields | {name for name, value in vars(owner).items() if isinstance(value, property)}


def _resolves(name):
    first, _, rest = name.partition(".")
    if first not in NAMES:
        return False
    owner = NAMES[first]
    if not rest:
        return True
    if inspect.isfunction(owner):
        return rest in inspect.signature(owner).parameters
    return (
        hasattr(owner, rest)
        or rest in getattr(owner, "model_fields", {})
        or (dataclasses.is_dataclass(owner) and rest in _fields(owner))
    )


def _listed():
    """Class name and the names in the first column of its table, for each class of the page."""
    for block in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        heading = NAME.match(block)
        table = block.split("\n## ")[0]
        yield heading[1], re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)


LISTED = dict(_listed())


@pytest.mark.parametrize("class_name", LISTED)
def test_a_table_has_exactly_the_fields_of_its_class(class_name):
    listed = LISTED[class_name]
    assert sorted(listed) == sorted(_fields(NAMES[class_name]))


@pytest.mark.parametrize("module", [program, result, observations, streams])
def test_every_public_class_of_a_shared_contract_has_a_table(module):
    described = {
        name
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and (dataclasses.is_dataclass(value) or issubclass(value, enum.Enum))
    }
    assert described - LISTED.keys() == set()


def test_every_parser_and_printer_of_units_is_listed():
    functions = {
        name
        for name, value in vars(meshsim.units).items()
        if inspect.isfunction(value) and name.startswith(("parse_", "print_", "show_"))
    }
    assert functions - set(NAME.findall(PAGE)) == set()


def test_every_name_in_the_symbol_and_unit_tables_exists():
    tables = PAGE.split("## Words")[0]
    rows = [line for line in tables.splitlines() if line.startswith("|")]
    names = {n for row in rows for n in NAME.findall("|".join(row.split("|")[4:]))}
    assert len(names) > 40
    assert {name for name in names if not _resolves(name)} == set()


@pytest.mark.parametrize("name", ["Part.PROXY", "quota_s.cores", "Nothing", "Interval.width"])
def test_the_check_sees_a_name_that_does_not_exist(name):
    assert not _resolves(name)
