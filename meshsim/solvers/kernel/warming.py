"""Compiled once, before anything waits for it: by hand, so that a face can say why it takes long.

Compilation takes tens of seconds and numba keeps what it made; see
:mod:`meshsim.solvers.kernel.jit`. Threads that need it at once would wait for the first of them,
and processes would each compile for themselves; whoever starts tasks calls :func:`prepare` first.
"""

from __future__ import annotations

from typing import Any

from meshsim.solvers.kernel.jit import enabled
from meshsim.solvers.kernel.loop import run_kernel


def is_compiled() -> bool:
    """Whether a simulation can start at once: compiled in this process, or kept on disk."""
    if not enabled():
        return True
    kernel: Any = run_kernel
    if kernel.overloads:
        return True
    return kernel._cache.load_overload(_argument_types(), kernel.targetctx) is not None


def prepare() -> None:
    """Load the kernel, or compile it; nothing if that was done."""
    if enabled():
        kernel: Any = run_kernel
        kernel.compile(_argument_types())


def _argument_types() -> tuple[Any, ...]:
    """Of a call of the kernel: a world, and a command."""
    import numba

    from meshsim.solvers.kernel.world_type import WORLD_TYPE

    return (WORLD_TYPE, numba.types.int64)
