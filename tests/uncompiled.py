"""A second copy of the kernel that is not compiled: slow, but open to coverage and to tests of its
parts. The compiled one stays what everyone else imports.
"""

import importlib
import sys
from functools import cache
from types import SimpleNamespace

import pytest

PACKAGE = "meshsim.solvers.kernel"
MODULES = [
    "build",
    "calendar",
    "calling",
    "cancelling",
    "connections",
    "cores",
    "frames",
    "growth",
    "guard",
    "jit",
    "keyed",
    "load",
    "logs",
    "loop",
    "recording",
    "records",
    "run",
    "serving",
    "table",
    "tables",
    "warming",
    "workers",
    "world",
]


@cache
def kernel():
    """The modules of the uncompiled copy, by name; imported once per process."""
    compiled = importlib.import_module(PACKAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHSIM_NO_JIT", "1")
        patch.setattr(importlib.import_module("meshsim.solvers"), "kernel", compiled)
        for name in _loaded():
            patch.delitem(sys.modules, name)
        modules = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in MODULES}
        for name in _loaded():
            del sys.modules[name]
    return SimpleNamespace(**modules)


def _loaded():
    return [name for name in sys.modules if f"{name}.".startswith(f"{PACKAGE}.")]
