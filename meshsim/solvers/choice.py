"""Which solver simulates: the compiled kernel where it can run, the SimPy model elsewhere.

Both give the same observations to nine digits; the kernel is about 100 times faster and takes
numba, which must be there for the version of Python and for the machine.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeGuard, get_args

from meshsim.errors import InputError, Place, Problem

SolverName = Literal["kernel", "simpy"]

KERNEL: SolverName = "kernel"
SIMPY: SolverName = "simpy"
SIMULATORS: tuple[SolverName, ...] = get_args(SolverName)

_PLACE = Place("options")


@cache
def kernel_missing() -> str | None:
    """Why the kernel cannot run here, in the words of Python; None if it can."""
    try:
        import numba  # noqa: F401 - to see whether it can be imported, not only found
    except ImportError as error:
        return str(error)
    return None


def available_solver() -> SolverName:
    """The kernel, or the SimPy model where numba cannot be imported."""
    return KERNEL if kernel_missing() is None else SIMPY


def solver_of(wanted: str | None = None, place: Place = _PLACE, path: str = "solver") -> SolverName:
    """The solver of this name; without one, the fastest that can run here.

    Raises InputError at ``place`` and ``path`` for another name, and for the kernel where numba
    cannot be imported.
    """
    if wanted is None:
        return available_solver()
    if not _is_solver(wanted):
        cure = f"write one of {', '.join(SIMULATORS)}"
        raise InputError([Problem(place, path, "no solver of this name", str(wanted), cure)])
    missing = kernel_missing()
    if wanted == KERNEL and missing is not None:
        rule = f"the kernel needs the package numba, which cannot be imported here ({missing})"
        cure = "pip install numba, or take simpy, which is slower"
        raise InputError([Problem(place, path, rule, "", cure)])
    return wanted


def _is_solver(name: str) -> TypeGuard[SolverName]:
    return name in SIMULATORS
