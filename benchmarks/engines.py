"""The engines that are compared, and what each of them saw.

An engine is prepared for a system, then run for a number of requests on a seed; only the run is
timed. What it left behind is read afterwards.

Ciw (G. Palmer et al., Journal of Simulation 13 (2019) 68-82) simulates networks of queues: it can
do the queues in a row, and neither calls that hold a slot nor proxies.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.bare_chain import Chained, Costs, run_chain
from benchmarks.bare_counted import run_counted
from benchmarks.bare_queues import run_queues
from benchmarks.systems import (
    CHAIN_RATE_PER_S,
    CHAIN_WORK_S,
    MESSAGE_BYTES,
    QUEUE_RATE_PER_S,
    QUEUE_WORK_S,
    System,
)
from meshsim.lowering.program import Program
from meshsim.physics.passage import busy_cost_s
from meshsim.solvers.observations import Observations, Part
from meshsim.solvers.settings import RunSettings
from meshsim.solvers.tally import PackedTally

_BATCHES = 20
_QUEUES_IN_A_ROW = {"mm1": 1, "tandem-3": 3}

Run = Callable[[int, int], Any]
"""Requests and seed in, whatever the engine leaves behind out."""


@dataclass(frozen=True)
class Seen:
    """What an engine saw of the measured requests."""

    requests: int
    calls: int
    """Request-hops."""
    latency_s_mean: float
    latency_s_error: float = math.nan
    """Standard error of the mean by batch means; NaN where only a sum is kept."""
    sidecars_s_mean: float = math.nan
    """CPU of the proxies on the way of a request."""
    sidecars_s_error: float = math.nan
    visits: int | None = None
    """Visits to stations, those of requests that were not measured included."""
    arrivals: int | None = None


@dataclass(frozen=True)
class Engine:
    """One way to simulate a system."""

    name: str
    title: str
    prepare: Callable[[System], Run]
    read: Callable[[System, Any], Seen]
    hops: int
    """About so many request-hops make one timed run."""
    systems: frozenset[str] | None = None
    """Systems that it can do; None for all."""

    def can(self, system: System) -> bool:
        """Whether the engine can do the work."""
        return self.systems is None or system.name in self.systems


def batch_error(values: Any) -> float:  # noqa: ANN401
    """Standard error of the mean of dependent values in order, from 20 batches of equal length."""
    length = len(values) // _BATCHES
    if length == 0:
        return math.nan
    means = np.asarray(values)[: length * _BATCHES].reshape(_BATCHES, length).mean(axis=1)
    return float(means.std(ddof=1) / math.sqrt(_BATCHES))


def _prepare_kernel(system: System) -> Run:
    from meshsim.solvers.kernel import simulate

    return lambda requests, seed: simulate(system.program, RunSettings(requests, seed))


def _prepare_tallies(system: System) -> Run:
    from meshsim.solvers.kernel import simulate

    return lambda requests, seed: simulate(
        system.program, RunSettings(requests, seed, keep="tallies")
    )


def _prepare_simpy(system: System) -> Run:
    from meshsim.solvers.simpy_model import simulate

    return lambda requests, seed: simulate(system.program, RunSettings(requests, seed))


def _read_observations(_system: System, seen: Observations) -> Seen:
    latency_s, sidecars_s = seen.latency_s, seen.spent_s[:, Part.PROXY_WORK]
    return Seen(
        len(latency_s),
        len(seen.edge),
        float(latency_s.mean()),
        batch_error(latency_s),
        float(sidecars_s.mean()),
        batch_error(sidecars_s),
    )


def _read_tally(_system: System, seen: PackedTally) -> Seen:
    sums = seen.sums
    work_s = float(sums.spent_s[:, :, Part.PROXY_WORK].sum())
    return Seen(
        sums.measured,
        int(seen.edge_counts.found.sum()),
        float(sums.entry_sum_s.sum()) / sums.measured,
        sidecars_s_mean=work_s / sums.measured,
    )


def _prepare_ciw(system: System) -> Run:
    import ciw  # type: ignore[import-untyped]

    stations = _QUEUES_IN_A_ROW[system.name]
    network = ciw.create_network(
        arrival_distributions=[
            ciw.dists.Exponential(QUEUE_RATE_PER_S) if number == 0 else None
            for number in range(stations)
        ],
        service_distributions=[ciw.dists.Exponential(1 / QUEUE_WORK_S)] * stations,
        number_of_servers=[1] * stations,
        routing=np.eye(stations, k=1).tolist(),
    )

    def run(requests: int, seed: int) -> Any:  # noqa: ANN401
        ciw.seed(seed)
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_customers(requests, method="Finish")
        return simulation

    return run


def _read_ciw(system: System, seen: Any) -> Seen:  # noqa: ANN401
    records = seen.get_all_records()
    stations = _QUEUES_IN_A_ROW[system.name]
    arrived = {r.id_number: r.arrival_date for r in records if r.node == 1}
    finished = {r.id_number: r.exit_date for r in records if r.node == stations}
    latency_s = [finished[number] - arrived[number] for number in sorted(finished)]
    return Seen(
        len(latency_s),
        stations * len(latency_s),
        float(np.mean(latency_s)),
        batch_error(latency_s),
        visits=len(records),
        arrivals=len(arrived),
    )


def _prepare_bare(system: System) -> Run:
    if system.name in _QUEUES_IN_A_ROW:
        stations = _QUEUES_IN_A_ROW[system.name]
        return lambda requests, seed: (
            requests,
            run_queues(stations, 1 / QUEUE_RATE_PER_S, QUEUE_WORK_S, requests, seed),
        )
    costs = chain_costs(system.program)
    return lambda requests, seed: (requests, run_chain(costs, requests, seed))


def _prepare_counted(_system: System) -> Run:
    return lambda requests, seed: (
        requests,
        run_counted(QUEUE_RATE_PER_S, QUEUE_WORK_S, requests, seed, step=0),
    )


def _read_counted(_system: System, seen: Any) -> Seen:  # noqa: ANN401
    requests, (counts, served, arrivals) = seen
    latency_s = float(counts.sum_s.sum()) / requests
    return Seen(requests, requests, latency_s, visits=served, arrivals=arrivals)


def chain_costs(program: Program) -> Costs:
    """The parameters of the mesh chain, out of its program."""
    kinds, placement = program.kinds, program.placement
    entry_s, inside_s = (
        busy_cost_s(
            float(kinds.busy_s[passes, 0, 0]),
            float(kinds.per_byte_s[passes, 0, 0]),
            2 * MESSAGE_BYTES,
        )
        for passes in (0, 1)
    )
    share = float(kinds.request_share[0])
    return Costs(
        gap=1 / CHAIN_RATE_PER_S,
        work=CHAIN_WORK_S,
        one_way=(placement.client_round_trip_s / 2, placement.same_node_s / 2),
        wake_up=float(kinds.wake_up_s[0]),
        request=(entry_s * share, inside_s * share),
        response=(entry_s * (1 - share), inside_s * (1 - share)),
        idle_scale=float(kinds.idle_scale_s[0, 0]),
        idle_exponent=float(kinds.idle_exponent[0, 0]),
    )


def _read_bare(system: System, seen: Any) -> Seen:  # noqa: ANN401
    requests, found = seen
    calls = requests * (system.calls_per_request or 0)
    if isinstance(found, Chained):
        return Seen(
            requests,
            calls,
            found.latency_s / requests,
            sidecars_s_mean=found.sidecars_s / found.arrivals,
            visits=found.visits + found.computed,
            arrivals=found.arrivals,
        )
    latency_s, served, arrivals, _ = found
    return Seen(requests, calls, latency_s / requests, visits=served, arrivals=arrivals)


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("kernel", "kernel", _prepare_kernel, _read_observations, 300_000),
        Engine("tallies", "kernel, summed up", _prepare_tallies, _read_tally, 300_000),
        Engine("simpy", "SimPy model", _prepare_simpy, _read_observations, 9_000),
        Engine(
            "ciw", "Ciw", _prepare_ciw, _read_ciw, 15_000, frozenset(_QUEUES_IN_A_ROW)
        ),
        Engine(
            "bare", "bare loop", _prepare_bare, _read_bare, 300_000,
            frozenset({*_QUEUES_IN_A_ROW, "mesh-chain"}),
        ),
        Engine(
            "counted", "bare loop, keyed and counted", _prepare_counted, _read_counted, 300_000,
            frozenset({"mm1"}),
        ),
    )
}  # fmt: skip
