"""meshsim: what a service mesh costs and what it does to tail latency, with evidence.

    import meshsim as ms

    comparison = ms.compare("online-boutique", ["none", "istio-sidecar", "istio-ambient"])
    print(ms.to_text(comparison))
    ms.write_html(comparison, "report.html")

Names are shipped topologies and meshes, or paths of YAML files. Everything is imported when it is
first used, so that ``import meshsim`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshsim.api import (
        compare,
        control_plane,
        estimate,
        load_mesh,
        load_topology,
        run,
        to_frame,
        to_json,
        to_text,
        tornado,
        write_html,
    )
    from meshsim.errors import InputError

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "__version__",
    "compare",
    "control_plane",
    "estimate",
    "load_mesh",
    "load_topology",
    "run",
    "to_frame",
    "to_json",
    "to_text",
    "tornado",
    "write_html",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what a public name stands for, and keep it."""
    if name not in __all__:
        raise AttributeError(f"module 'meshsim' has no attribute {name!r}")
    from importlib import import_module

    module = import_module("meshsim.errors" if name == "InputError" else "meshsim.api")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
