"""The systems that are measured, written as topology files write them.

All stand on one huge node. In the trees a service calls all its children in parallel; they have
1 + 9, 1 + 10 + 100 and 1 + 9 + 90 + 900 services, so that each caller has nine or ten children.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from meshsim.lowering.lower import lower
from meshsim.lowering.program import Program
from meshsim.model.loading import load_mesh, load_topology, topology_from_text
from meshsim.model.scenario import Scenario

NO_DELAY = "{same_node: 0s, same_zone: 0s, between_zones: 0s, client: 0s}"
IN_A_ZONE = "{same_node: 60us, same_zone: 250us, client: 250us}"
CHAIN_RATE_PER_S = 1500.0
CHAIN_WORK_S = 0.5e-3
QUEUE_RATE_PER_S = 800.0
QUEUE_WORK_S = 1e-3
MESSAGE_BYTES = 1024


@dataclass(frozen=True)
class System:
    """What is simulated: a topology under a mesh, lowered on demand."""

    name: str
    title: str
    describe: Callable[[], Program]
    calls_per_request: int | None
    """Request-hops of one request, the entry included; None where requests differ."""

    @property
    def program(self) -> Program:
        """The program that the engines of meshsim run."""
        return _lowered(self)


@cache
def _lowered(system: System) -> Program:
    return system.describe()


def _program(services: list[str], rate_per_s: float, network: str, mesh: str) -> Program:
    topology = topology_from_text(f"""
meshsim: 1
name: benchmark
services: [{", ".join(services)}]
load:
  arrivals: {{process: poisson, rate: {rate_per_s}/s}}
  entries: [{{to: s0/get}}]
  client_connections: 64
nodes: [{{name: node, cores: 100000, memory: 100Ti, count: 1}}]
network: {network}
""")
    return lower(Scenario(topology, load_mesh(mesh)))


def _service(number: int, steps: list[str], cores: int, more: str = "") -> str:
    size = f"{MESSAGE_BYTES}B"
    endpoint = f"{{name: get, request: {size}, response: {size}, steps: [{', '.join(steps)}]}}"
    resources = f"{{limits: {{cpu: '{cores}'}}}}"
    return f"{{name: s{number}, resources: {resources}, endpoints: [{endpoint}]{more}}}"


def _work(mean_s: float) -> str:
    return f"{{compute: {{distribution: exponential, mean: {mean_s * 1e6:g}us}}}}"


def _tandem(stations: int) -> Program:
    """Queues with one server in a row: each calls the next when its own work is done."""
    services = []
    for number in range(stations):
        steps = [_work(QUEUE_WORK_S)]
        if number < stations - 1:
            steps.append(f"{{call: s{number + 1}/get}}")
        services.append(_service(number, steps, 1, ", cpu_sharing: first_come"))
    return _program(services, QUEUE_RATE_PER_S, NO_DELAY, "none")


def _fan_out() -> Program:
    """A service that calls four others at once and waits for all."""
    calls = ", ".join(f"{{call: s{number}/get}}" for number in range(1, 5))
    services = [_service(0, [f"{{parallel: [{calls}]}}"], 1)]
    leaf = ", cpu_sharing: first_come"
    services += [_service(number, [_work(QUEUE_WORK_S)], 1, leaf) for number in range(1, 5)]
    return _program(services, QUEUE_RATE_PER_S / 2, NO_DELAY, "none")


def _mesh_chain(guard: str = "") -> Program:
    """Three services in a row, each with a sidecar and eight slots, which never share its cores.

    ``guard`` are the further keys of each call: time-outs and retries of the callers.
    """
    services = []
    for number in range(3):
        steps = [_work(CHAIN_WORK_S)]
        if number < 2:
            steps.append(f"{{call: s{number + 1}/get{guard}}}")
        services.append(_service(number, steps, 8, ", workers: 8"))
    return _program(services, CHAIN_RATE_PER_S, IN_A_ZONE, "istio-sidecar")


def _guarded_chain() -> Program:
    """The chain, whose callers set time-outs for each call and each try, which do not come due."""
    retries = "{attempts: 2, per_try_timeout: 500ms, retry_on: [5xx]}"
    return _mesh_chain(f", timeout: 1s, retries: {retries}")


def _tree(widths: tuple[int, ...]) -> Program:
    """A tree of services, of which each has ``widths[depth]`` children called in parallel."""
    services, level, following = [], [0], 1
    for width in (*widths, 0):
        next_level = []
        for number in level:
            children = list(range(following, following + width))
            following += width
            next_level += children
            calls = ", ".join(f"{{call: s{child}/get}}" for child in children)
            steps = [_work(1e-3), *([f"{{parallel: [{calls}]}}"] if children else [])]
            services.append(_service(number, steps, 2))
        level = next_level
    return _program(services, 200.0, IN_A_ZONE, "istio-sidecar")


def _boutique() -> Program:
    return lower(Scenario(load_topology("online-boutique"), load_mesh("istio-sidecar")))


SYSTEMS = {
    system.name: system
    for system in (
        System("mm1", "M/M/1", lambda: _tandem(1), 1),
        System("tandem-3", "Tandem of three M/M/1", lambda: _tandem(3), 3),
        System("fan-out-4", "Fan-out to four", _fan_out, 5),
        System("mesh-chain", "Chain of three, istio-sidecar", _mesh_chain, 3),
        System("guarded-chain", "The same chain with time-outs and retries", _guarded_chain, 3),
        System("boutique", "Online Boutique, istio-sidecar", _boutique, None),
        System("tree-10", "Tree of 10, istio-sidecar", lambda: _tree((9,)), 10),
        System("tree-111", "Tree of 111, istio-sidecar", lambda: _tree((10, 10)), 111),
        System("tree-1000", "Tree of 1,000, istio-sidecar", lambda: _tree((9, 10, 10)), 1000),
    )
}
