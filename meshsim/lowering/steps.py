"""Endpoints and their steps as op-codes, and distributions as rows of two parameters.

Lognormal from mean m and cv c: sigma² = ln(1 + c²), mu = ln m - sigma² / 2.
Gamma: shape = 1 / c², scale = m c².
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from meshsim.lowering.call_policies import PolicyTable
from meshsim.lowering.program import Distributions, Endpoints, Family, Op, Steps
from meshsim.model.distribution import Constant, Distribution, Empirical, Exponential, Lognormal
from meshsim.model.topology import (
    Branch,
    CallStep,
    ComputeStep,
    ParallelStep,
    Step,
    Topology,
    WaitStep,
)


class DistributionTable:
    """Collects distributions; equal ones share a row."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, int, int]] = []
        self._values: list[float] = []
        self._known: dict[Distribution, int] = {}

    def add(self, distribution: Distribution) -> int:
        """The row of a distribution."""
        row = self._known.get(distribution)
        if row is None:
            row = self._known[distribution] = len(self._rows)
            self._rows.append(self._lower(distribution))
        return row

    def _lower(self, distribution: Distribution) -> tuple[int, float, float, int, int]:
        if isinstance(distribution, Empirical):
            first = len(self._values)
            self._values.extend(sorted(distribution.values))
            return (Family.EMPIRICAL, 0.0, 0.0, first, len(distribution.values))
        mean_s = distribution.mean
        if isinstance(distribution, Constant) or mean_s == 0.0:
            return (Family.CONSTANT, mean_s, 0.0, 0, 0)
        if isinstance(distribution, Exponential):
            return (Family.EXPONENTIAL, mean_s, 0.0, 0, 0)
        variance = distribution.cv**2
        if isinstance(distribution, Lognormal):
            sigma_squared = math.log1p(variance)
            mu = math.log(mean_s) - sigma_squared / 2
            return (Family.LOGNORMAL, mu, math.sqrt(sigma_squared), 0, 0)
        return (Family.GAMMA, 1 / variance, mean_s * variance, 0, 0)

    def table(self) -> Distributions:
        """The finished table."""
        columns = list(zip(*self._rows, strict=True)) or [()] * 5
        return Distributions(
            family=np.array(columns[0], dtype=np.int64),
            p=np.array(columns[1], dtype=np.float64),
            q=np.array(columns[2], dtype=np.float64),
            first=np.array(columns[3], dtype=np.int64),
            length=np.array(columns[4], dtype=np.int64),
            values=np.array(self._values, dtype=np.float64),
        )


class StepCompiler:
    """Turns the steps of all endpoints into rows of op-codes."""

    def __init__(
        self, topology: Topology, distributions: DistributionTable, policies: PolicyTable
    ) -> None:
        self._distributions = distributions
        self._policies = policies
        self.endpoint_index: dict[str, int] = {}
        for service in topology.services:
            for endpoint in service.endpoints:
                self.endpoint_index[f"{service.name}/{endpoint.name}"] = len(self.endpoint_index)
        self._sizes = [
            (endpoint.request, endpoint.response)
            for service in topology.services
            for endpoint in service.endpoints
        ]
        self._ops: list[tuple[int, int, int]] = []
        self._branches: list[int] = []
        self._calls: list[tuple[int, float, int, float, float, bool, int, int]] = []
        self.edges: dict[tuple[int, int], int] = {}

    def edge(self, caller: int, callee: int) -> int:
        """The number of an edge; a new pair gets the next number."""
        return self.edges.setdefault((caller, callee), len(self.edges))

    def sequence(self, caller: int, steps: Sequence[Step]) -> int:
        """Compile a run of steps; returns its first row."""
        rows = [self._row(caller, step) for step in steps]
        first = len(self._ops)
        self._ops.extend(rows)
        self._ops.append((Op.END, 0, 0))
        return first

    def _row(self, caller: int, step: Step) -> tuple[int, int, int]:
        if isinstance(step, ComputeStep):
            return (Op.COMPUTE, self._distributions.add(step.compute), 0)
        if isinstance(step, WaitStep):
            return (Op.WAIT, self._distributions.add(step.wait), 0)
        if isinstance(step, CallStep):
            return (Op.CALL, self._call(caller, step), 0)
        return self._parallel(caller, step)

    def _call(self, caller: int, step: CallStep) -> int:
        callee = self.endpoint_index[step.call]
        default_request, default_response = self._sizes[callee]
        self._calls.append(
            (
                callee,
                step.probability,
                step.count,
                default_request if step.request is None else step.request,
                default_response if step.response is None else step.response,
                step.on_error == "fail",
                self.edge(caller, callee),
                self._policies.add_client(step.timeout, step.retries),
            )
        )
        return len(self._calls) - 1

    def _parallel(self, caller: int, step: ParallelStep) -> tuple[int, int, int]:
        starts = [self.sequence(caller, _as_sequence(branch)) for branch in step.parallel]
        first = len(self._branches)
        self._branches.extend(starts)
        return (Op.PARALLEL, first, len(starts))

    def table(self) -> Steps:
        """The finished steps."""
        ops = np.array(self._ops, dtype=np.int64).reshape(-1, 3)
        calls = list(zip(*self._calls, strict=True)) or [()] * 8
        return Steps(
            op=ops[:, 0],
            a=ops[:, 1],
            b=ops[:, 2],
            branch_op=np.array(self._branches, dtype=np.int64),
            call_endpoint=np.array(calls[0], dtype=np.int64),
            call_probability=np.array(calls[1], dtype=np.float64),
            call_count=np.array(calls[2], dtype=np.int64),
            call_request_bytes=np.array(calls[3], dtype=np.float64),
            call_response_bytes=np.array(calls[4], dtype=np.float64),
            call_fails=np.array(calls[5], dtype=np.bool_),
            call_edge=np.array(calls[6], dtype=np.int64),
            call_policy=np.array(calls[7], dtype=np.int64),
            distributions=self._distributions.table(),
        )


def _as_sequence(branch: Branch) -> Sequence[Step]:
    return branch if isinstance(branch, tuple) else (branch,)


def compile_endpoints(topology: Topology, compiler: StepCompiler) -> Endpoints:
    """All endpoints with their steps compiled."""
    rows = [
        (index, endpoint)
        for index, service in enumerate(topology.services)
        for endpoint in service.endpoints
    ]
    first_op = [compiler.sequence(e, endpoint.steps) for e, (_, endpoint) in enumerate(rows)]
    return Endpoints(
        names=tuple(compiler.endpoint_index),
        service=np.array([index for index, _ in rows], dtype=np.int64),
        first_op=np.array(first_op, dtype=np.int64),
        request_bytes=np.array([endpoint.request for _, endpoint in rows]),
        response_bytes=np.array([endpoint.response for _, endpoint in rows]),
        error=np.array([endpoint.error for _, endpoint in rows]),
    )
