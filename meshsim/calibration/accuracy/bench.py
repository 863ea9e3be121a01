"""The scenario of a benchmark: a load generator, a server or a chain of them, and the mesh.

The load generator is a service like others, with one core that it shares in order among its
connections: it works to send a request and to take an answer, which is what a burst of 64 requests
at once waits for even without a mesh. The server has two cores and works for exponential times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, Setup
from meshsim.model import catalogue
from meshsim.model.loading import load_mesh
from meshsim.model.mesh import DataPath, FilterCost, Mesh, Proxy
from meshsim.model.topology import Topology
from meshsim.units import print_duration, print_percentage, print_rate, print_size

CLIENT, SERVER = "client", "server"
_CLIENT_CORES, _SERVER_CORES = 1, 2
_PATHS = {
    "both": ("caller", "callee"),
    "server": ("callee",),
    "client": ("caller",),
}


class Meshes:
    """Mesh files by name, each read once; files of the user stand before those of meshsim."""

    def __init__(self, own: Sequence[Mesh] = ()) -> None:
        self._read = {mesh.name: mesh for mesh in own}
        self._known = {*catalogue.names("models"), *self._read}

    def first_of(self, names: Sequence[str]) -> Mesh:
        """The first of these meshes that there is. Raises NotRebuilt if there is none."""
        name = next((name for name in names if name in self._known), None)
        if name is None:
            raise NotRebuilt(f"there is no mesh file {names[0]}")
        if name not in self._read:
            self._read[name] = load_mesh(name)
        return self._read[name]


def topology_of(setup: Setup, machine: Machine) -> Topology:
    """The system under test, with its load."""
    rtt = print_duration(machine.round_trip_s)
    chain = [f"{SERVER}-{number}" for number in range(setup.hops)]
    client_steps = [
        {"compute": print_duration(machine.send_s)},
        {"call": f"{chain[0]}/get"},
        {"compute": print_duration(machine.receive_s)},
    ]
    return Topology.model_validate(
        {
            "meshsim": 1,
            "name": "benchmark",
            "services": [
                _service(CLIENT, client_steps, setup, _CLIENT_CORES),
                *(
                    _service(name, _steps(chain[number + 1 :], machine), setup, _SERVER_CORES)
                    for number, name in enumerate(chain)
                ),
            ],
            "load": {
                "arrivals": _arrivals(setup),
                "entries": [{"to": f"{CLIENT}/get"}],
                "client_connections": setup.generator.connections,
            },
            "nodes": [{"name": "node", "cores": 64, "memory": "256Gi", "count": 1 + setup.hops}],
            "network": {"same_node": rtt, "same_zone": rtt, "between_zones": rtt, "client": "0s"},
        }
    )


def _steps(below: Sequence[str], machine: Machine) -> list[dict[str, object]]:
    work = {"distribution": "exponential", "mean": print_duration(machine.serve_s)}
    steps: list[dict[str, object]] = [{"compute": work}]
    return [*steps, {"call": f"{below[0]}/get"}] if below else steps


def _service(
    name: str, steps: Sequence[Mapping[str, object]], setup: Setup, cores: int
) -> dict[str, object]:
    return {
        "name": name,
        "protocol": setup.protocol if name != CLIENT else "http1",
        "cpu_sharing": "first_come",
        "resources": {"requests": {"cpu": str(cores)}, "limits": {"cpu": str(cores)}},
        "endpoints": [
            {
                "name": "get",
                "request": print_size(setup.request_bytes),
                "response": print_size(setup.response_bytes),
                "steps": list(steps),
            }
        ],
    }


def _arrivals(setup: Setup) -> dict[str, object]:
    generator = setup.generator
    if setup.rate_per_s is None:
        return {"process": "closed", "users": generator.connections}
    rate = print_rate(setup.rate_per_s)
    if generator.process != "paced":
        return {"process": generator.process, "rate": rate}
    return {
        "process": "paced",
        "rate": rate,
        "connections": generator.connections,
        "jitter": print_percentage(generator.jitter),
        "clock_tick": print_duration(generator.tick_s),
    }


def mesh_of(setup: Setup, machine: Machine, meshes: Meshes) -> Mesh:
    """The mesh as it was under test. Raises NotRebuilt for a feature that its file lacks."""
    mesh = meshes.first_of(setup.meshes)
    factor = mesh.machine_factor.model_copy(
        update={"value": machine.factor, "range": (machine.factor, machine.factor)}
    )
    policies = mesh.policies.model_copy(update={} if setup.encrypted else {"mtls": "off"})
    return mesh.model_copy(
        update={
            "machine_factor": factor,
            "policies": policies,
            "proxies": _proxies(setup, mesh),
            "path": _path(setup, mesh),
        }
    )


def _path(setup: Setup, mesh: Mesh) -> DataPath:
    inside = mesh.path.inside
    sides = _PATHS.get(setup.course)
    if sides is not None:
        inside = tuple(f"{side}.{mesh.proxies[0].name}" for side in sides)
    return DataPath(inside=inside, entry=())


def _proxies(setup: Setup, mesh: Mesh) -> tuple[Proxy, ...]:
    proxies = [_with_workers(proxy, setup.workers) for proxy in mesh.proxies]
    proxies = [_never_idle(proxy) if setup.never_idle else proxy for proxy in proxies]
    for feature in setup.features:
        if not any(_filters_of(proxy, feature) for proxy in proxies):
            raise NotRebuilt(f"the mesh file {mesh.name} has no cost of {feature}")
        proxies = [_switched_on(proxy, feature, setup.details) for proxy in proxies]
    return tuple(proxies)


def _never_idle(proxy: Proxy) -> Proxy:
    """Without the cost of idle gaps."""
    changed = {}
    for name in ("http1", "http2", "tcp"):
        cost = getattr(proxy.cost, name)
        if cost is not None:
            scale = cost.idle_scale.model_copy(update={"value": 0.0, "range": (0.0, 0.0)})
            changed[name] = cost.model_copy(update={"idle_scale": scale})
    return proxy.model_copy(update={"cost": proxy.cost.model_copy(update=changed)})


def _filters_of(proxy: Proxy, feature: str) -> list[FilterCost]:
    return [f for f in proxy.cost.filters if feature in _letters(f.name)]


def _letters(words: str) -> str:
    return re.sub(r"[^a-z0-9]", "", words.lower())


def _switched_on(proxy: Proxy, feature: str, details: str) -> Proxy:
    """With the filter whose name is in the details, or else whose number is nearest to theirs."""
    able = _filters_of(proxy, feature)
    named = [f for f in able if _letters(f.name) == _letters(details.removeprefix("filter "))]
    chosen = min(named or able, key=lambda f: _distance(f.name, details), default=None)
    filters = tuple(
        f.model_copy(update={"enabled": True}) if f is chosen else f for f in proxy.cost.filters
    )
    return proxy.model_copy(update={"cost": proxy.cost.model_copy(update={"filters": filters})})


def _distance(one: str, other: str) -> float:
    """How far the largest numbers of two texts are apart, in logarithms; 1 where there is none."""
    first, second = (max([1, *map(int, re.findall(r"\d+", text))]) for text in (one, other))
    return abs(math.log(first / second))


def _with_workers(proxy: Proxy, workers: int | None) -> Proxy:
    if workers is None:
        return proxy
    threads = proxy.worker_threads
    widened = (min(workers, threads.range[0]), max(workers, threads.range[1]))
    changed = threads.model_copy(update={"value": workers, "range": widened})
    return proxy.model_copy(update={"worker_threads": changed})
