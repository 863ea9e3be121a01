"""The call graph of a program as arrays: sequences of steps, who starts them, callees first.

A *sequence* is a run of steps up to its END: the steps of an endpoint or of one parallel branch.
Its rows lie side by side in ``Steps``. A *level* holds sequences that start only sequences of lower
levels; what is left when calls go round in a circle forms the last level, to be iterated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meshsim.lowering.program import IntArray, Op, Program, Steps


@dataclass(frozen=True)
class Level:
    """Sequences that can be worked out together, and their rows in order."""

    sequences: IntArray
    rows: IntArray
    position: IntArray
    """Index into ``sequences`` of each row."""
    first: IntArray
    """Index into ``rows`` of the first row of each row's sequence."""


@dataclass(frozen=True)
class Structure:
    """Where each row of the steps belongs."""

    row_sequence: IntArray
    """Sequence of each row [rows]."""
    row_endpoint: IntArray
    """Endpoint that executes each row [rows]."""
    endpoint_sequence: IntArray
    """Sequence of the steps of each endpoint [endpoints]."""
    site_row: IntArray
    """Row of each call site [sites]."""
    branch_row: IntArray
    """PARALLEL row of each entry of ``branch_op``."""
    branch_sequence: IntArray
    """Sequence of each entry of ``branch_op``."""
    levels: tuple[Level, ...]
    cyclic: bool
    """Whether the last level calls itself."""

    @property
    def sequences(self) -> int:
        """Number of sequences."""
        return int(self.row_sequence[-1]) + 1


def structure(program: Program) -> Structure:
    """The structure of a program's steps."""
    steps = program.steps
    ends = steps.op == Op.END
    row_sequence = np.concatenate([[0], np.cumsum(ends)[:-1]]).astype(np.int64)
    endpoint_sequence = row_sequence[program.endpoints.first_op]
    branch_row, branch_sequence = _branches(steps, row_sequence)
    site_row = np.zeros(len(steps.call_endpoint), dtype=np.int64)
    call_rows = np.flatnonzero(steps.op == Op.CALL)
    site_row[steps.a[call_rows]] = call_rows
    owner = _owners(row_sequence, endpoint_sequence, branch_row, branch_sequence)
    parents = np.concatenate([row_sequence[site_row], row_sequence[branch_row]])
    children = np.concatenate([endpoint_sequence[steps.call_endpoint], branch_sequence])
    depth, cyclic = _depths(len(owner), parents, children)
    return Structure(
        row_sequence=row_sequence,
        row_endpoint=owner[row_sequence],
        endpoint_sequence=endpoint_sequence,
        site_row=site_row,
        branch_row=branch_row,
        branch_sequence=branch_sequence,
        levels=_levels(depth, row_sequence, ends),
        cyclic=cyclic,
    )


def _branches(steps: Steps, row_sequence: IntArray) -> tuple[IntArray, IntArray]:
    rows = np.flatnonzero(steps.op == Op.PARALLEL)
    rows = rows[np.argsort(steps.a[rows], kind="stable")]
    return np.repeat(rows, steps.b[rows]), row_sequence[steps.branch_op]


def _owners(
    row_sequence: IntArray,
    endpoint_sequence: IntArray,
    branch_row: IntArray,
    branch_sequence: IntArray,
) -> IntArray:
    """Endpoint of each sequence; branches get that of their parent, however deep they nest."""
    owner = np.full(int(row_sequence[-1]) + 1, -1, dtype=np.int64)
    owner[endpoint_sequence] = np.arange(len(endpoint_sequence))
    while np.any(owner[branch_sequence] < 0):
        owner[branch_sequence] = owner[row_sequence[branch_row]]
    return owner


def _depths(count: int, parents: IntArray, children: IntArray) -> tuple[IntArray, bool]:
    """Level of each sequence (Kahn 1962), and whether some are left over."""
    waiting = np.bincount(parents, minlength=count).tolist()
    starters: list[list[int]] = [[] for _ in range(count)]
    for parent, child in zip(parents.tolist(), children.tolist(), strict=True):
        starters[child].append(parent)
    depth = [0] * count
    done = [sequence for sequence in range(count) if waiting[sequence] == 0]
    for child in done:  # grows while it is walked
        for parent in starters[child]:
            depth[parent] = max(depth[parent], depth[child] + 1)
            waiting[parent] -= 1
            if waiting[parent] == 0:
                done.append(parent)
    left = np.array(waiting) > 0
    depths = np.array(depth, dtype=np.int64)
    depths[left] = depths[~left].max(initial=-1) + 1
    return depths, bool(left.any())


def _levels(
    depth: IntArray, row_sequence: IntArray, ends: npt.NDArray[np.bool_]
) -> tuple[Level, ...]:
    by_depth = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[by_depth], np.arange(1, int(depth.max()) + 1))
    rows = np.flatnonzero(~ends)
    rows = rows[np.argsort(depth[row_sequence[rows]], kind="stable")]
    row_bounds = np.searchsorted(depth[row_sequence[rows]], np.arange(1, int(depth.max()) + 1))
    parts = zip(np.split(by_depth, bounds), np.split(rows, row_bounds), strict=True)
    return tuple(_level(sequences, some, row_sequence) for sequences, some in parts)


def _level(sequences: IntArray, rows: IntArray, row_sequence: IntArray) -> Level:
    position = np.searchsorted(sequences, row_sequence[rows])
    starts = np.searchsorted(position, np.arange(len(sequences)))
    return Level(sequences, rows, position, starts[position])
