"""Goal: what is compiled is kept only as long as every source that it was made of.

Method: the files of all functions that are compiled are looked up, and each is changed in a copy.
"""

import shutil
from pathlib import Path

import numba
import pytest
from kernel_samples import K

import meshsim
from meshsim.solvers.kernel import jit, loop

PACKAGE = Path(meshsim.__file__).parent


def compiled_from(function):
    """All functions compiled into one, itself included, found through their names."""
    found, left = {}, [function]
    while left:
        python = left.pop().py_func
        if python not in found:
            found[python] = Path(python.__code__.co_filename)
            names = python.__globals__
            used = [names.get(name) for name in python.__code__.co_names]
            used += [getattr(one, name, None) for one in used for name in python.__code__.co_names]
            used += [cell.cell_contents for cell in python.__closure__ or ()]
            left += [one for one in used if isinstance(one, numba.core.registry.CPUDispatcher)]
    return found


@pytest.fixture
def package_copy(tmp_path, monkeypatch):
    copy = tmp_path / "meshsim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(jit, "_PACKAGE", copy)
    return copy


def fingerprint():
    return jit.fingerprint.__wrapped__()


def test_every_source_of_compiled_code_is_in_the_fingerprint(package_copy):
    functions = compiled_from(loop.run_kernel)
    sources = {path.relative_to(PACKAGE) for path in functions.values()}
    assert len(functions) > 100
    assert Path("physics/sharing.py") in sources
    assert Path("stats/histogram.py") in sources
    for source in sorted(sources):
        before = fingerprint()
        path = package_copy / source
        path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        assert fingerprint() != before, source


def test_constants_of_compiled_code_are_in_the_fingerprint(package_copy):
    for source in ("lowering/program.py", "solvers/streams.py", "solvers/observations.py"):
        before = fingerprint()
        path = package_copy / source
        path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        assert fingerprint() != before


def test_a_source_that_is_new_or_renamed_changes_the_fingerprint(package_copy):
    first = fingerprint()
    (package_copy / "policies" / "new.py").write_text("", encoding="utf-8")
    second = fingerprint()
    (package_copy / "policies" / "new.py").rename(package_copy / "policies" / "newer.py")
    assert len({first, second, fingerprint()}) == 3


def test_the_kernel_is_kept_under_the_fingerprint():
    cells = dict(
        zip(
            loop.run_kernel.py_func.__code__.co_freevars,
            loop.run_kernel.py_func.__closure__,
            strict=True,
        )
    )
    assert cells["made_from"].cell_contents == jit.fingerprint()


def test_without_compilation_functions_stay_as_they_are(monkeypatch):
    monkeypatch.setenv("MESHSIM_NO_JIT", "1")

    def function(number: int) -> int:
        return number

    assert not jit.enabled()
    for door in (jit.compiled, jit.inlined, jit.kept, jit.compiled_with_helpers):
        assert door(function) is function
    assert K.loop.run_kernel(None, -1) == K.records.FINISHED


def test_types_are_those_of_the_annotations():
    def told(number: "int", share: "float", yes: "bool", key: "Key") -> "int":  # noqa: F821
        return number

    def untold(numbers: "list[int]") -> "int":
        return numbers[0]

    known = numba.types
    expected = (known.int64, known.float64, known.boolean, known.uint64)
    assert jit._argument_types(told) == expected
    assert jit._argument_types(untold) is None
