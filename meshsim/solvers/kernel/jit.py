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
_COMPILED_FROM = ("policies", "physics", "solvers", "stats")
"""Parts of the package whose functions may be compiled."""


def enabled() -> bool:
    """Whether functions are compiled."""
    return os.environ.get("MESHSIM_NO_JIT") != "1"


def compiled(function: Function) -> Function:
    """The function, to be compiled into those that call it."""
    if not enabled():
        return function
    import numba

    return numba.njit(function, nogil=True, error_model="numpy")  # type: ignore[no-any-return]


def compiled_apart(function: Function) -> Function:
    """The function, compiled on its own: for what is called seldom, or calls itself."""
    if not enabled():
        return function
    import numba

    return numba.njit(function, nogil=True, error_model="numpy")  # type: ignore[no-any-return]


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
    return compiled_apart(copy)  # type: ignore[return-value]


def kept(function: Function) -> Function:
    """The function, compiled with all that it calls, and kept on disk until a source changes.

    ``function`` must be defined anew under the present :func:`fingerprint` and use it: what a
    function has closed over is part of the key under which numba keeps it.
    """
    if not enabled():
        return function
    import numba

    return numba.njit(function, nogil=True, cache=True, error_model="numpy")  # type: ignore[no-any-return]


@cache
def fingerprint() -> str:
    """A hash of the sources of everything that may be compiled."""
    digest = hashlib.sha256()
    for part in _COMPILED_FROM:
        for path in sorted((_PACKAGE / part).rglob("*.py")):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
