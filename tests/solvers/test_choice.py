"""Goal: the fastest solver that can run is taken, and one that cannot is refused with its cure.

Method: with numba, and in processes that cannot import it.
"""

import sys

import pytest
from without_numba import spawn

from meshsim.errors import InputError, Place
from meshsim.solvers import choice
from meshsim.solvers.choice import KERNEL, SIMPY, available_solver, kernel_missing, solver_of


def test_the_kernel_is_taken_where_numba_is():
    assert kernel_missing() is None
    assert available_solver() == solver_of() == KERNEL
    assert [solver_of(name) for name in (KERNEL, SIMPY)] == [KERNEL, SIMPY]


def test_another_name_is_refused():
    with pytest.raises(InputError) as caught:
        solver_of("queueing", Place("--solver"), "")
    assert str(caught.value) == (
        "--solver: no solver of this name, not 'queueing'; write one of kernel, simpy"
    )


def test_the_kernel_is_refused_where_numba_is_not(monkeypatch):
    monkeypatch.setattr(choice, "kernel_missing", lambda: "No module named 'numba'")
    assert available_solver() == solver_of() == solver_of(SIMPY) == SIMPY
    with pytest.raises(
        InputError, match=r"numba, .* here \(No module named 'numba'\); pip install"
    ):
        solver_of(KERNEL)


def test_what_is_found_but_cannot_be_imported_is_missing():
    code = "from meshsim.solvers.choice import kernel_missing\nprint(kernel_missing())\n"
    assert spawn(code=code).stdout == "No module named 'numba'\n"


def test_a_package_that_does_not_fit_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert kernel_missing.__wrapped__() == "import of numba halted; None in sys.modules"


def test_python_without_numba_simulates():
    code = "import meshsim as ms\nprint(ms.run('chain-3', requests=20).plan.solver)\n"
    done = spawn(code=code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "simpy\n", "")
