"""A second copy of the kernel that is not compiled: slow, but open to coverage and to tests of its
parts. The compiled one stays what everyone else imports.
"""

import importlib
import sys
from functools import cache
from types import SimpleNamespace

import pytest

PACKAGE = "meshsim.solvers.kernel"
MODULES = (
    "meshsim.solvers.kernel.build",
    "meshsim.solvers.kernel.calendar",
    "meshsim.solvers.kernel.calling",
    "meshsim.solvers.kernel.cancelling",
    "meshsim.solvers.kernel.connections",
    "meshsim.solvers.kernel.cores",
    "meshsim.solvers.kernel.frames",
    "meshsim.solvers.kernel.growth",
    "meshsim.solvers.kernel.guard",
    "meshsim.solvers.kernel.jit",
    "meshsim.solvers.kernel.keyed",
    "meshsim.solvers.kernel.load",
    "meshsim.solvers.kernel.logs",
    "meshsim.solvers.kernel.loop",
    "meshsim.solvers.kernel.recording",
    "meshsim.solvers.kernel.records",
    "meshsim.solvers.kernel.run",
    "meshsim.solvers.kernel.serving",
    "meshsim.solvers.kernel.table",
    "meshsim.solvers.kernel.tables",
    "meshsim.solvers.kernel.warming",
    "meshsim.solvers.kernel.workers",
    "meshsim.solvers.kernel.world",
)


@cache
def kernel():
    """The modules of the uncompiled copy as attributes; imported once per process."""
    compiled = importlib.import_module(PACKAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHSIM_NO_JIT", "1")
        patch.setattr(importlib.import_module("meshsim.solvers"), "kernel", compiled)
        for name in _loaded():
            patch.delitem(sys.modules, name)
        modules = [importlib.import_module(name) for name in MODULES]
        for name in _loaded():
            del sys.modules[name]
    return SimpleNamespace(**{one.__name__.rpartition(".")[2]: one for one in modules})


def _loaded():
    return [name for name in sys.modules if f"{name}.".startswith(f"{PACKAGE}.")]
