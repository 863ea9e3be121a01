"""Every number of a result by a key, from however few replications: what draws are compared by.

A result needs data enough for each of its intervals. One draw of the parameters has few; what
counts is how far each of its numbers has moved, with what noise, and many draws together carry the
interval. So here are bare estimates with the deviations of their sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from meshsim.capacity.footprint import Footprint, footprint
from meshsim.lowering.program import IntArray
from meshsim.model.slo import parse_objective
from meshsim.stats import FloatArray, Interval, Section
from meshsim.stats.intervals import SECTIONS_MIN, Estimate, bare_estimate
from meshsim.studies.result import (
    QUANTILES,
    LatencyRow,
    ObjectiveRow,
    Result,
    UsageRow,
    Value,
    estimate,
)
from meshsim.studies.sections import Sections
from meshsim.studies.summarise import Prepared, entry_names, service_pairs
from meshsim.studies.usage import usage_rows

MEAN = None
"""Stands where a quantile has its probability."""
METRICS = (MEAN, *QUANTILES)


class Key(NamedTuple):
    """One number of a result."""

    table: str
    """``all``, ``entry``, ``edge``, ``service_edge`` (latencies [s]), ``error_rate``, ``cpu``
    [cores] or ``memory`` [bytes]."""
    name: str
    """Entry point or edge; of CPU and memory ``owner:name``, ``owner``, or nothing for all."""
    probability: float | None = MEAN
    """Of the quantile; None for a mean."""


def usage_name(row: UsageRow) -> str:
    """How a key names a row of CPU and memory."""
    return f"{row.owner}:{row.name}"


def latency_keys(row: LatencyRow, table: str = "") -> Iterator[tuple[Key, Value]]:
    """The numbers of a row by their keys."""
    for p, value in zip(METRICS, (row.mean, *row.quantiles), strict=True):
        yield Key(table or row.scope, row.name, p), value


def objective_key(row: ObjectiveRow) -> Key:
    """The number that an objective is about."""
    wanted = parse_objective(row.text)
    if wanted.metric == "error_rate":
        return Key("error_rate", row.entry)
    is_mean = wanted.metric == "latency_mean"
    return Key("entry", row.entry, MEAN if is_mean else wanted.probability)


def keys_of(result: Result) -> list[Key]:
    """Latencies and error rates of a result that have an interval."""
    each = [pair for row in result.latency for pair in latency_keys(row)]
    for edge in result.service_edges:
        each += latency_keys(edge.latency, "service_edge")
    each += [(Key("error_rate", row.name), row.error_rate) for row in result.outcomes]
    each += [(objective_key(row), row.value) for row in result.objectives]
    return list(dict.fromkeys(key for key, value in each if isinstance(value, Interval)))


@dataclass(frozen=True)
class _Readings:
    """What stations and proxies showed in one section: all that usage is made of."""

    busy: FloatArray
    opened: Sequence[IntArray]

    def busy_cores(self) -> list[FloatArray]:
        """The same as often as an interval takes, which then has no width."""
        return [self.busy] * SECTIONS_MIN

    def connections(self) -> list[IntArray]:
        """Of this replication; of the only one if it is cut into sections."""
        return list(self.opened)


class Answers:
    """The numbers of some replications of a scenario."""

    def __init__(self, prepared: Prepared, sections: Sections, nodes: int) -> None:
        self._prepared = prepared
        self._sections = sections
        self._nodes = nodes
        self._known: dict[Key, Estimate | None] = {}
        self._pools: dict[tuple[str, str], Sequence[Section]] = {}

    def of(self, key: Key) -> Estimate | None:
        """One number; None where the replications had nothing of the kind."""
        if key.table in ("cpu", "memory"):
            return self._uses.get((key.table, key.name))
        if key not in self._known:
            self._known[key] = self._requests(key)
        return self._known[key]

    def with_other(self, prepared: Prepared) -> Answers:
        """The numbers of a scenario of which the same replications are true."""
        assert prepared.program is self._prepared.program
        other = Answers(prepared, self._sections, self._nodes)
        other._known = self._known
        return other

    def _requests(self, key: Key) -> Estimate | None:
        if key.table == "error_rate":
            return bare_estimate(self._sections.failed(self._entry(key.name)), MEAN)
        name = (key.table, key.name)
        if name not in self._pools:
            self._pools[name] = self._latencies(*name)
        return bare_estimate(self._pools[name], key.probability)

    def _latencies(self, table: str, name: str) -> Sequence[Section]:
        if table == "all":
            return self._sections.latency()
        if table == "entry":
            return self._sections.latency(self._entry(name))
        edges = self._edges if table == "edge" else self._service_edges
        return self._sections.edge(*edges[name])

    def _entry(self, name: str) -> int:
        return entry_names(self._prepared.program).index(name)

    @cached_property
    def _edges(self) -> dict[str, list[int]]:
        program = self._prepared.program
        return {program.edge_name(edge): [edge] for edge in range(len(program.edges))}

    @cached_property
    def _service_edges(self) -> dict[str, list[int]]:
        pairs = service_pairs(self._prepared.program)
        return {f"{caller} → {callee}": edges for (caller, callee), edges in pairs.items()}

    def use_keys(self) -> list[Key]:
        """CPU and memory of each container, of each owner and of all."""
        return [Key(*key) for key in self._uses]

    @cached_property
    def _uses(self) -> dict[tuple[str, str], Estimate]:
        each = list(self._usage())
        found = {}
        for table, amount in _AMOUNTS.items():
            for name, chosen in _sums(each[0]).items():
                values = np.array([sum(amount(rows[n]) for n in chosen) for rows in each])
                found[table, name] = _of_values(values)
        return found

    def _usage(self) -> Iterator[tuple[UsageRow, ...]]:
        """The rows of a result, section by section."""
        scenario, program = self._prepared.scenario, self._prepared.program
        busy, opened = self._sections.busy_cores(), self._sections.connections()
        parts = _footprint(self._prepared)
        for number, used in enumerate(busy):
            own = [opened[number]] if len(opened) == len(busy) else opened
            readings = _Readings(used, own)
            yield usage_rows(scenario, program, readings, parts, self._nodes, confidence=0.9)


_AMOUNTS: dict[str, Callable[[UsageRow], float]] = {
    "cpu": lambda row: estimate(row.cpu_used),
    "memory": lambda row: row.memory_used,
}


def _footprint(prepared: Prepared) -> Footprint:
    return footprint(prepared.scenario.topology, prepared.scenario.mesh)


def _sums(rows: Sequence[UsageRow]) -> dict[str, list[int]]:
    """Which rows are added up under which name."""
    sums = {usage_name(row): [number] for number, row in enumerate(rows)}
    for owner in dict.fromkeys(row.owner for row in rows):
        sums[owner] = [number for number, row in enumerate(rows) if row.owner == owner]
    sums[""] = list(range(len(rows)))
    return sums


def _of_values(values: FloatArray) -> Estimate:
    """The mean of one value per section, all of the same weight."""
    mean = float(values.mean())
    return Estimate(mean, (values - mean) / len(values), len(values), spells=np.inf)
