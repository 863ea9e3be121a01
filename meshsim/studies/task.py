"""A task: one replication of one program, by one solver. What it observes depends on nothing else.

A task is known by its *id*, the first 16 hex digits of a SHA-256 over the version of meshsim and
all fields of the task that decide what it observes: each array of the program with its type and
shape, the settings, the solver. So a changed description, a changed way to lower it and another
version are other tasks, and nothing that was kept is taken for what it is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TypeAlias

import numpy as np

from meshsim import __version__
from meshsim.lowering.program import Program
from meshsim.solvers.choice import KERNEL, SIMPY
from meshsim.solvers.observations import Observations
from meshsim.solvers.settings import RunSettings
from meshsim.solvers.tally import PackedTally, tally_of

ID_LENGTH = 16
"""Hex digits of an id: among 100,000 tasks two are the same by chance once in 10⁹ studies."""

Replication: TypeAlias = Observations | PackedTally
"""What a task gives: one replication of a scenario, kept or summed up."""


@dataclass(frozen=True)
class Task:
    """One replication of one program; ``topology`` and ``mesh`` only name it for people."""

    program: Program
    settings: RunSettings
    solver: str = SIMPY
    topology: str = field(default="", compare=False)
    mesh: str = field(default="", compare=False)

    def __str__(self) -> str:
        scenario = f"{self.topology}/{self.mesh}" if self.topology else self.program.scenario_hash
        return f"{scenario}, seed {self.settings.seed}, replication {self.settings.replication}"

    def row(self) -> dict[str, int | float | str]:
        """What tells this task from others, for tables: names, scenario, solver and settings."""
        settings = {one.name: getattr(self.settings, one.name) for one in fields(self.settings)}
        return {
            "topology": self.topology,
            "mesh": self.mesh,
            "scenario_hash": self.program.scenario_hash,
            "solver": self.solver,
            **settings,
        }


def run_task(task: Task) -> Replication:
    """Run one task with its solver."""
    return SOLVERS[task.solver](task.program, task.settings)


def _in_kernel(program: Program, settings: RunSettings) -> Replication:
    from meshsim.solvers.kernel import simulate

    return simulate(program, settings)


def _in_simpy(program: Program, settings: RunSettings) -> Replication:
    """The model keeps each request, which are then summed up if the settings say so."""
    from meshsim.solvers.simpy_model import simulate

    observations = simulate(program, settings)
    if settings.keep == "requests":
        return observations
    entries, edges = len(program.load.entry_endpoint), len(program.edges)
    return tally_of(observations, entries, edges).packed()


SOLVERS: Mapping[str, Callable[[Program, RunSettings], Replication]] = {
    KERNEL: _in_kernel,
    SIMPY: _in_simpy,
}
"""What can run a program, by name; imported when it is first used."""


def task_ids(tasks: Sequence[Task]) -> list[str]:
    """The id of each task: ``ID_LENGTH`` hex digits, the same in every process and on every day."""
    programs: dict[int, bytes] = {}  # tasks share programs, which are the long part
    return [_id_of(task, programs) for task in tasks]


def _id_of(task: Task, programs: dict[int, bytes]) -> str:
    digest = hashlib.sha256(__version__.encode())
    if id(task.program) not in programs:
        programs[id(task.program)] = _digest(task.program)
    for one in fields(task):
        if one.compare:
            is_program = one.name == "program"
            value = programs[id(task.program)] if is_program else _digest(getattr(task, one.name))
            digest.update(one.name.encode() + b"=" + value)
    return digest.hexdigest()[:ID_LENGTH]


def _digest(value: object) -> bytes:
    digest = hashlib.sha256()
    for piece in _pieces(value):
        digest.update(len(piece).to_bytes(8, "little") + piece)
    return digest.digest()


def _pieces(value: object) -> Iterator[bytes]:
    """The value as bytes, piece by piece, the same wherever and whenever it is taken apart."""
    if isinstance(value, np.ndarray):
        little = np.ascontiguousarray(value.astype(value.dtype.newbyteorder("<")))
        yield from (little.dtype.str.encode(), repr(value.shape).encode(), little.tobytes())
    elif is_dataclass(value):
        yield type(value).__name__.encode()
        for one in fields(value):
            yield one.name.encode()
            yield from _pieces(getattr(value, one.name))
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        yield f"[{len(value)}]".encode()
        for element in value:
            yield from _pieces(element)
    elif isinstance(value, Mapping):
        yield from _pieces(sorted(value.items()))
    elif isinstance(value, np.generic):
        yield from _pieces(value.item())
    elif isinstance(value, int | float | str | None):
        yield f"{type(value).__name__} {value!r}".encode()
    else:
        raise TypeError(f"a task's id cannot cover a {type(value).__name__}")
