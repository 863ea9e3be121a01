"""Between mesh files and vectors of parameters: values out of a base, estimates into a new file.

Costs in a calibrated file are those of the machine that was measured, so its machine factor is 1
(or what the user holds it at): before a fit the base is *rebased*, its costs multiplied by its
factor, so that what the data do not speak of stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshsim import units
from meshsim.calibration.fitting.estimates import Estimate
from meshsim.model.mesh import Mesh, Proxy
from meshsim.model.sourced import Source

FACTOR = "machine_factor"
_TERMS = ("busy", "per_kib", "idle_scale", "idle_exponent")
_PROTOCOLS = ("http1", "http2", "tcp")
_DIGITS = 4


@dataclass(frozen=True)
class Written:
    """A mesh with estimates in it, and the estimates for which it has no place."""

    mesh: Mesh
    unwritten: tuple[str, ...]
    """Sentences."""


def base_values(proxy: Proxy, machine_factor: float) -> dict[str, float]:
    """The values of a proxy by path, SI: costs, filters, memory, and the machine factor."""
    found = {FACTOR: machine_factor}
    for group in ("cost", "memory"):
        _collect(group, getattr(proxy, group).model_dump(mode="python"), found)
    return found


def _collect(path: str, data: object, found: dict[str, float]) -> None:
    if isinstance(data, dict) and "value" in data and "range" in data:
        found[path] = float(data["value"])
    elif isinstance(data, dict):
        for key, below in data.items():
            _collect(f"{path}.{key}", below, found)
    elif isinstance(data, tuple | list):
        for item in data:
            if isinstance(item, dict) and "name" in item:
                _collect(f"{path}.{item['name']}", item, found)


def rebased(mesh: Mesh, machine_factor: float) -> Mesh:
    """The same mesh at another machine factor: costs take up what the factor gives off."""
    ratio = mesh.machine_factor.value / machine_factor
    data = mesh.model_dump(mode="json", exclude_none=True)
    for written, proxy in zip(data["proxies"], mesh.proxies, strict=True):
        held = proxy.cost.model_dump(mode="python", exclude_none=True)
        for key, below in held.items():
            if key not in ("request_share", "wake_up_delay", "fitted_range"):
                _scale(below, written["cost"][key], ratio)
    data[FACTOR] |= {"value": machine_factor, "range": [machine_factor] * 2}
    return Mesh.model_validate(data)


def _scale(held: Any, written: Any, ratio: float) -> None:  # noqa: ANN401 - what JSON can hold
    """Multiply all durations with a range below."""
    if isinstance(held, dict) and "range" in held:
        written["value"] = _duration(held["value"] * ratio)
        written["range"] = [_duration(end * ratio) for end in held["range"]]
    elif isinstance(held, dict):
        for key, below in held.items():
            if key != "idle_exponent":
                _scale(below, written[key], ratio)
    elif isinstance(held, tuple | list):
        for item, other in zip(held, written, strict=True):
            _scale(item, other, ratio)


def with_estimates(
    mesh: Mesh,
    proxy: str,
    estimates: Sequence[Estimate],
    source: tuple[str, Source],
    fitted_range: Mapping[str, tuple[float, float]] | None,
) -> Written:
    """The mesh with estimates in place of its values, each with range, origin, source and note."""
    data = mesh.model_dump(mode="json", exclude_none=True)
    index = next(i for i, one in enumerate(mesh.proxies) if one.name == proxy)
    place: dict[str, Any] = data["proxies"][index]
    key, described = source
    data.setdefault("sources", {})[key] = described.model_dump(mode="json")
    unwritten: list[str] = []
    for one in estimates:
        if one.path == FACTOR:
            data[FACTOR] = _sourced(one, key)
        elif _has_place(one.path):
            _put(place, one, key)
        else:
            unwritten.append(f"{one.path}: a mesh file has no such field")
    unwritten += _incomplete(place["cost"], "cost", estimates)
    if fitted_range is not None and place["cost"]:
        place["cost"]["fitted_range"] = {
            "requests_per_worker": [
                units.print_rate(_rounded(end)) for end in fitted_range["requests_per_worker"]
            ],
            "body": [units.print_size(round(end)) for end in fitted_range["body"]],
        }
    return Written(Mesh.model_validate(data), tuple(unwritten))


def _has_place(path: str) -> bool:
    """Whether the model of a proxy has a field for the path."""
    group, _, rest = path.partition(".")
    known = Proxy.model_fields[group].annotation if group in Proxy.model_fields else None
    fields = getattr(known, "model_fields", {})
    name, _, below = rest.partition(".")
    if name == "filters":
        return below.count(".") == 1
    if name in (*_PROTOCOLS, "tls"):
        return below in (*_TERMS, "per_request")
    return name in fields and not below


def _put(place: dict[str, Any], one: Estimate, key: str) -> None:
    """Write an estimate under its path, the parts of which are made as needed."""
    group, name, *below = one.path.split(".")
    parent = place.setdefault(group, {})
    if name == "filters":
        filters = parent.setdefault("filters", [])
        known = next((item for item in filters if item["name"] == below[0]), None)
        if known is None:
            known = {"name": below[0]}
            filters.append(known)
        known[below[1]] = _sourced(one, key)
        return
    if below:
        parent = parent.setdefault(name, {})
        name = below[0]
    parent[name] = _sourced(one, key)
    if name == "idle_scale":
        parent["idle_correlation"] = round(one.correlation, 3)


def _incomplete(cost: dict[str, Any], path: str, estimates: Iterable[Estimate]) -> list[str]:
    """Takes out groups in which a needed term is missing, and says so."""
    sentences = []
    fitted = {one.path for one in estimates}
    for group, terms in [*((p, _TERMS) for p in _PROTOCOLS), ("tls", ("per_request", "per_kib"))]:
        missing = [term for term in terms if term not in cost.get(group, dict.fromkeys(terms))]
        if missing:
            del cost[group]
            sentences.append(
                f"{path}.{group}: not written, for the data do not tell {', '.join(missing)} and "
                "the base has none"
            )
    if any(path.startswith("cost.tls.") for path in fitted):
        sentences += [
            f"cost.{group}: of the base, whose numbers may contain encryption already"
            for group in _PROTOCOLS
            if group in cost and f"cost.{group}.busy" not in fitted
        ]
    return sentences


def _sourced(one: Estimate, key: str) -> dict[str, Any]:
    """A value with its range, as a mesh file writes it."""
    low, value, high = _rounded(one.low), _rounded(one.value), _rounded(one.high)
    ends = [min(low, value), max(high, value)]
    written = {"value": _text(one.path, value), "range": [_text(one.path, end) for end in ends]}
    note = f"Standard error {_error_text(one)}, model error included."
    if one.about:
        note += f" {one.about[0].upper()}{one.about[1:]}."
    return {**written, "origin": "measured", "source": key, "note": note}


def _error_text(one: Estimate) -> str:
    if one.path.startswith("memory."):
        return units.show_memory(one.error)
    if one.path == FACTOR or one.path.endswith("exponent"):
        return f"{one.error:.2g}"
    return units.show_duration(one.error)


def _text(path: str, value: float) -> str | float:
    if path.startswith("memory."):
        return units.print_memory(round(value))
    if path == FACTOR or path.endswith("exponent"):
        return value
    return _duration(value)


def _duration(seconds: float) -> str:
    return units.print_duration(_rounded(seconds))


def _rounded(value: float) -> float:
    """To four significant digits: no estimate has more."""
    return float(f"{value:.{_DIGITS - 1}e}")
