"""The one door to numba: functions are compiled here, and what was compiled is kept on disk safely.

numba keeps compiled code beside a source file and drops it when *that* file changes. A function
compiled into another one from another file would live on in old code. So only one function is kept
(:func:`kept`), and the text of every file that may be compiled into it is part of what it is kept
under: after any change it is compiled anew, for users as for developers.

``MESHSIM_NO_JIT=1`` leaves all functions as they are: slow, and open to a debugger.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = Path(__file__).resolve().parents[2]
_COMPILED_FROM = (
    "lowering/program.py",
    "physics/*.py",
    "policies/*.py",
    "solvers/*.py",
    "solvers/kernel/*.py",
    "stats/histogram.py",
)
"""Files of the package with functions, or constants of such, that may be compiled."""


def enabled() -> bool:
    """Whether functions are compiled."""
    return os.environ.get("MESHSIM_NO_JIT") != "1"


def compiled(function: Function) -> Function:
    """The function, to be compiled once: for the types it is annotated with, whatever kinds of
    whole numbers it is called with.
    """
    return _compiled(function, inline=False)


def inlined(function: Function) -> Function:
    """The same for what is called all the time: it becomes part of those that call it."""
    return _compiled(function, inline=True)


def melted(function: Function) -> Function:
    """The same for what is called in one place only: it is never compiled by itself."""
    if not enabled():
        return function
    import numba

    return numba.njit(function, inline="always")


def _compiled(function: Function, *, inline: bool) -> Function:
    if not enabled():
        return function
    import numba

    # Not called from Python, and owning nothing: no wrappers, no counting of references.
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    dispatcher: Any = numba.njit(
        function,
        nogil=True,
        error_model="numpy",
        forceinline=inline,
        **options,  # type: ignore[call-overload]
    )
    types = _argument_types(function)
    if types is not None:
        compile_for = dispatcher.compile
        dispatcher.compile = lambda _: compile_for(types)
    return dispatcher


def _argument_types(function: Callable[..., Any]) -> tuple[Any, ...] | None:
    """Numba's types of the annotations; None if one of them is not of the kernel's few."""
    import numba

    from meshsim.solvers.kernel.world_type import WORLD_TYPE

    known = {
        "World": WORLD_TYPE,
        "Key": numba.types.uint64,
        "int": numba.types.int64,
        "float": numba.types.float64,
        "bool": numba.types.boolean,
    }
    count = function.__code__.co_argcount
    names = function.__code__.co_varnames[:count]
    types = tuple(known.get(function.__annotations__[name]) for name in names)
    return None if None in types else types


def compiled_with_helpers(function: Function) -> Function:
    """A copy of a function that calls plain functions of its own module, compiled with those."""
    if not enabled():
        return function
    names = {**function.__globals__}
    for name in function.__code__.co_names:
        helper = names.get(name)
        if isinstance(helper, FunctionType) and helper.__module__ == function.__module__:
            names[name] = compiled_with_helpers(helper)
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    copy.__annotations__ = function.__annotations__
    return compiled(copy)  # type: ignore[return-value]


def kept(function: Function) -> Function:
    """The function, compiled with all that it calls, and kept on disk until a source changes.

    ``function`` must be defined anew under the present :func:`fingerprint` and use it: what a
    function has closed over is part of the key under which numba keeps it.
    """
    if not enabled():
        return function
    import numba

    try:
        return numba.njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:  # no folder to keep it in: neither beside the source nor at home
        return numba.njit(function, nogil=True, error_model="numpy")


@cache
def fingerprint() -> str:
    """A hash of the sources of everything that may be compiled."""
    digest = hashlib.sha256()
    for pattern in _COMPILED_FROM:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
