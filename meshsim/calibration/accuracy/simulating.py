"""What a benchmark takes and how long, by simulation in the kernel (or in the SimPy model).

Latency is counted as load generators count it: from the moment at which the generator begins to
send, so that waiting for its own core before that is not in it, to the end of its work on the
answer. CPU is that of the stations between two readings, divided by the requests between them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from meshsim.calibration.accuracy.bench import Meshes, mesh_of, topology_of
from meshsim.calibration.accuracy.cells import Kind
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import NotRebuilt, Reading, Setup
from meshsim.capacity.proxy_memory import memory_bytes
from meshsim.lowering.lower import lower
from meshsim.lowering.program import FloatArray, Program
from meshsim.model.mesh import Mesh
from meshsim.model.scenario import Scenario
from meshsim.solvers.choice import solver_of
from meshsim.solvers.observations import Observations
from meshsim.solvers.settings import RunSettings
from meshsim.studies.overload import overload_of
from meshsim.studies.task import SOLVERS

_ROUNDS = 20
"""Rounds of all connections that are simulated at least."""
_WARM_UP = 0.15


@dataclass(frozen=True)
class Outcome:
    """A simulated benchmark."""

    latency_s: FloatArray
    """As the load generator saw it, sorted [N]."""
    cpu_s: dict[str, float]
    """CPU per request of a proxy: ``client``, ``server``, ``mean``, or by its name [s]."""
    utilisation: float = 0.0
    """Of the busiest proxy worker."""


@dataclass(frozen=True)
class Size:
    """How much to simulate."""

    requests: int = 3_000
    """In each replication; more if there are very many connections."""
    replications: int = 4


@dataclass
class Simulator:
    """Simulates benchmarks, each combination of setup and machine once."""

    meshes: Meshes = field(default_factory=Meshes)
    size: Size = field(default_factory=Size)
    seed: int = 1
    _known: dict[tuple[Setup, Machine], Outcome] = field(default_factory=dict)

    def predicted(self, setup: Setup, reading: Reading, machine: Machine) -> float:
        """What the figure should be, in SI units. Raises NotRebuilt."""
        if reading.kind is Kind.MEMORY:
            return self._memory(setup, reading)
        outcome = self.outcome(setup, machine)
        if reading.kind is Kind.CPU:
            if reading.role not in outcome.cpu_s:
                raise NotRebuilt(f"no proxy in its path is the {reading.role}")
            return outcome.cpu_s[reading.role]
        value = _latency(outcome, reading)
        if not reading.added:
            return value
        return value - _latency(self.outcome(_without_mesh(setup), machine), reading)

    def outcome(self, setup: Setup, machine: Machine) -> Outcome:
        """The simulated benchmark. Raises NotRebuilt if it is overloaded or has no mesh file."""
        if (setup, machine) not in self._known:
            self._known[setup, machine] = self._simulated(setup, machine)
        return self._known[setup, machine]

    def extrapolates(self, setup: Setup) -> bool:
        """Whether a benchmark lies outside of what the costs of its mesh file were fitted on."""
        body = setup.request_bytes + setup.response_bytes
        for proxy in self.meshes.first_of(setup.meshes).proxies:
            fitted = proxy.cost.fitted_range
            if fitted is None:
                continue
            low, high = fitted.requests_per_worker
            per_worker = (setup.rate_per_s or high) / (setup.workers or proxy.worker_threads.value)
            if not low <= per_worker <= high or not fitted.body[0] <= body <= fitted.body[1]:
                return True
        return False

    def _simulated(self, setup: Setup, machine: Machine) -> Outcome:
        mesh = mesh_of(setup, machine, self.meshes)
        program = lower(Scenario(topology_of(setup, machine), mesh))
        if overload_of(program) is not None:
            raise NotRebuilt("the simulation is overloaded where the measurement was not")
        requests = max(self.size.requests, _ROUNDS * setup.generator.connections)
        solve = SOLVERS[solver_of(None)]
        runs = []
        for replication in range(self.size.replications):
            settings = RunSettings(requests, self.seed, replication, log_tries=True)
            observed = solve(program, settings)
            assert isinstance(observed, Observations), "each request was asked for"
            runs.append(observed)
        latency_s = np.sort(np.concatenate([_seen_latency_s(program, o, machine) for o in runs]))
        used = _cpu_per_request_s(program, mesh, runs)
        return Outcome(latency_s, used, _utilisation(program, runs))

    def utilisation(self, setup: Setup, machine: Machine) -> float:
        """Of the busiest proxy worker in a benchmark that was simulated; else 0."""
        known = self._known.get((setup, machine))
        return 0.0 if known is None else known.utilisation

    def _memory(self, setup: Setup, reading: Reading) -> float:
        mesh = mesh_of(setup, Machine(), self.meshes)
        named = [proxy for proxy in mesh.proxies if proxy.name == reading.role]
        if not mesh.proxies:
            raise NotRebuilt("there is no proxy whose memory it could be")
        proxy = (named or list(mesh.proxies))[0]
        if not reading.one_more:
            return memory_bytes(proxy, reading.held, reading.connections)
        memory = proxy.memory
        terms = {
            "services": memory.per_cluster,
            "endpoints": memory.per_endpoint,
            "connections": memory.per_connection,
        }
        return terms[reading.one_more].value


def _without_mesh(setup: Setup) -> Setup:
    return Setup(
        meshes=("none",),
        course="direct",
        encrypted=False,
        protocol=setup.protocol,
        request_bytes=setup.request_bytes,
        response_bytes=setup.response_bytes,
        generator=setup.generator,
        rate_per_s=setup.rate_per_s,
        hops=setup.hops,
    )


def _latency(outcome: Outcome, reading: Reading) -> float:
    if reading.probability is None:
        return float(outcome.latency_s.mean())
    return float(np.quantile(outcome.latency_s, reading.probability))


def _seen_latency_s(program: Program, observed: Observations, machine: Machine) -> FloatArray:
    """From the beginning of sending to the end of receiving [requests after the warm-up]."""
    tries = observed.tries
    assert tries is not None, "they were asked for"
    edge = next(e for e, (caller, _) in enumerate(program.edges) if caller >= 0)
    calls = tries.edge == edge
    sent_s = np.full(len(observed.start_s), np.nan)
    sent_s[tries.request[calls]] = tries.start_s[calls]
    seen_s = observed.start_s + observed.latency_s - sent_s + machine.send_s
    kept = seen_s[int(_WARM_UP * len(seen_s)) :]
    return np.asarray(kept[np.isfinite(kept)], dtype=np.float64)


def _cpu_per_request_s(program: Program, mesh: Mesh, runs: list[Observations]) -> dict[str, float]:
    """By role; of the proxies of a kind that carry requests the mean."""
    per_station = np.mean([_station_cpu_s(observed) for observed in runs], axis=0)
    instances = program.instances
    workers = program.kinds.workers[instances.kind]
    each = np.array(
        [
            per_station[first : first + count].sum()
            for first, count in zip(instances.station_first, workers, strict=True)
        ]
    )
    if not np.any(each > 0):
        return {}
    found = {"mean": float(each[each > 0].mean())}
    for kind, proxy in enumerate(mesh.proxies):
        of_kind = each[(instances.kind == kind) & (each > 0)]
        if len(of_kind):
            found[proxy.name] = float(of_kind.mean())
    if len(mesh.proxies) == 1 and mesh.proxies[0].scope == "pod":
        # One instance per pod, in the order of the services: the client is the first.
        found |= {"client": float(each[0]), "server": float(each[1])}
    return {role: value for role, value in found.items() if value > 0}


def _utilisation(program: Program, runs: list[Observations]) -> float:
    """Of the busiest proxy worker, a mean over the runs; 0 without proxies."""
    shares = []
    for observed in runs:
        first = int(np.ceil(_WARM_UP * len(observed.snapshot_s)))
        time_s = observed.snapshot_s[-1] - observed.snapshot_s[first]
        used_s = (observed.busy_s[-1] - observed.busy_s[first])[program.pods :]
        shares.append(float(used_s.max(initial=0.0) / time_s))
    return float(np.mean(shares))


def _station_cpu_s(observed: Observations) -> FloatArray:
    first = int(np.ceil(_WARM_UP * len(observed.snapshot_s)))
    requests = observed.snapshot_request[-1] - observed.snapshot_request[first]
    used = observed.busy_s[-1] - observed.busy_s[first]
    return np.asarray(used / requests, dtype=np.float64)
