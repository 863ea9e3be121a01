"""The sidecar of the checks: costs that were measured on our own Envoy, and nothing else unless
it is said.
"""

from __future__ import annotations

from typing import TypeVar

from meshsim.model.loading import load_mesh
from meshsim.model.mesh import Mesh, PassageCost, ProtocolCost
from meshsim.model.sourced import Sourced

MESH = "istio-sidecar"
_T = TypeVar("_T")


def measured_alone(sidecar: Mesh | None = None) -> Mesh:
    """The sidecar without filters: whatever is on in its file was not measured by us.

    It is the shipped one unless another is given.
    """
    mesh = sidecar or load_mesh(MESH)
    proxy = mesh.proxies[0]
    filters = tuple(f.model_copy(update={"enabled": False}) for f in proxy.cost.filters)
    return _with_cost(mesh, proxy.cost.model_copy(update={"filters": filters}))


def measured_under_load(sidecar: Mesh | None = None) -> Mesh:
    """The same, with the costs of HTTP/2 for HTTP/1.1: our load ladder of a sidecar is HTTP/2's."""
    mesh = measured_alone(sidecar)
    cost = mesh.proxies[0].cost
    return _with_cost(mesh, cost.model_copy(update={"http1": cost.http2}))


def with_filters_and_delay(filters_s: float, delay_s: float, sidecar: Mesh | None = None) -> Mesh:
    """The same, with more cost per request [s] and another wake-up delay [s]."""
    mesh = measured_alone(sidecar)
    cost = mesh.proxies[0].cost
    changed: dict[str, object] = {
        "wake_up_delay": _set(cost.wake_up_delay, delay_s),
        "http1": _dearer(cost.http1, filters_s),
        "http2": _dearer(cost.http2, filters_s),
    }
    return _with_cost(mesh, cost.model_copy(update=changed))


def _dearer(cost: ProtocolCost | None, by_s: float) -> ProtocolCost | None:
    if cost is None:
        return None
    return cost.model_copy(update={"busy": _set(cost.busy, cost.busy.value + by_s)})


def _set(number: Sourced[_T], value: _T) -> Sourced[_T]:
    return number.model_copy(update={"value": value, "range": (value, value)})


def _with_cost(mesh: Mesh, cost: PassageCost) -> Mesh:
    proxy = mesh.proxies[0].model_copy(update={"cost": cost})
    return mesh.model_copy(update={"proxies": (proxy, *mesh.proxies[1:])})
