"""Goal: the code stays readable: short files, short functions, nothing left for later.

Method: every Python file of the package is parsed; limits are literal and have no exceptions.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "meshsim").rglob("*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def body_lines(function):
    """Lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= first.end_lineno - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", PACKAGE, ids=names(PACKAGE))
def test_files_and_functions_are_short_and_finished(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES_MAX
    assert not LEFT_FOR_LATER.search(text)
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says its purpose"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= FUNCTION_LINES_MAX, f"{node.name} is too long"


def test_the_package_is_here():
    assert len(PACKAGE) > 50


def test_every_module_has_a_test_file_of_its_own_or_of_its_package():
    """Mirrors: meshsim/a/b.py is tested in tests/a/test_b.py or by a test that names it."""
    tests = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py"))
    for path in PACKAGE:
        if path.name in {"__init__.py", "__main__.py"}:
            continue
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        mirrored = (ROOT / "tests").joinpath(*path.parts[len(ROOT.parts) + 1 : -1])
        own = mirrored / f"test_{path.stem}.py"
        named = dotted in tests or f"from {dotted.rpartition('.')[0]} import {path.stem}" in tests
        assert own.exists() or named, f"{dotted} is named by no test"
