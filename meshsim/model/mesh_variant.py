"""Variants of a mesh by name: features switched on or off, the CPU of another machine.

    istio-sidecar+access-log        with the filter ``access-log``
    istio-sidecar~metrics+lua       without ``metrics``, with ``lua``
    istio-sidecar@1.4               its machine factor multiplied by 1.4

so that one comparison shows a mesh with and without a feature. The parts follow a shipped name or a
path and may be combined; the machine comes last.
"""

from __future__ import annotations

import re
from pathlib import Path

from meshsim.errors import InputError, Place, Problem
from meshsim.model.mesh import Mesh, Proxy
from meshsim.model.references import nearest

_PARTS = re.compile(r"(?P<base>[^+~@]+)(?P<features>([+~][^+~@]+)*)(@(?P<machine>[^+~@]+))?")
_SWITCHED = re.compile(r"([+~])([^+~]+)")


def base_of(name_or_path: str) -> str:
    """The name or path without the parts that make it a variant; a file is no variant."""
    match = _PARTS.fullmatch(name_or_path)
    if match is None or Path(name_or_path).exists():
        return name_or_path
    return match["base"]


def varied(mesh: Mesh, name_or_path: str) -> Mesh:
    """The variant of a mesh that a name asks for; the mesh itself if it asks for none.

    Raises InputError for a feature that no proxy of it has and for a factor that is none.
    """
    parts = name_or_path.removeprefix(base_of(name_or_path))
    match = _PARTS.fullmatch(f"x{parts}")
    if not parts or match is None:
        return mesh
    for sign, feature in _SWITCHED.findall(match["features"]):
        mesh = _switched(mesh, feature, name_or_path, on=sign == "+")
    if match["machine"] is not None:
        mesh = _on_machine(mesh, match["machine"], name_or_path)
    return mesh


def _switched(mesh: Mesh, feature: str, word: str, *, on: bool) -> Mesh:
    known = sorted({filter_.name for proxy in mesh.proxies for filter_ in proxy.cost.filters})
    if feature not in known:
        near = nearest(feature, known)
        cure = f"did you mean {near!r}? " if near else ""
        cure += f"features: {', '.join(known)}" if known else f"{mesh.name} has none"
        rule = "no proxy of this mesh has this feature"
        raise InputError([Problem(Place(word), "", rule, feature, cure)])
    proxies = tuple(_with_feature(proxy, feature, on=on) for proxy in mesh.proxies)
    relation = "with" if on else "without"
    changed = mesh.model_copy(update={"proxies": proxies})
    return _named(changed, f"{relation}-{feature}", f"{relation} {feature}")


def _with_feature(proxy: Proxy, feature: str, *, on: bool) -> Proxy:
    filters = tuple(
        each.model_copy(update={"enabled": on}) if each.name == feature else each
        for each in proxy.cost.filters
    )
    cost = proxy.cost.model_copy(update={"filters": filters})
    return proxy.model_copy(update={"cost": cost})


def _on_machine(mesh: Mesh, text: str, word: str) -> Mesh:
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 100:
        cure = f"write e.g. {base_of(word)}@1.4"
        rule = "what follows '@' is a factor between 0.01 and 100 for the CPU of the proxies"
        raise InputError([Problem(Place(word), "", rule, text, cure)])
    own = mesh.machine_factor
    low, high = own.range
    changed = own.model_copy(
        update={"value": own.value * factor, "range": (low * factor, high * factor)}
    )
    other = mesh.model_copy(update={"machine_factor": changed})
    return _named(other, f"on-machine-{text}", f"with {text} times the CPU")


def _named(mesh: Mesh, suffix: str, words: str) -> Mesh:
    changed = {"name": f"{mesh.name}.{suffix}", "title": f"{mesh.title}, {words}"}
    return mesh.model_copy(update=changed)
