"""What a user should know before the waiting begins: on stderr, one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshsim.cli.console import complain
from meshsim.solvers.choice import KERNEL

if TYPE_CHECKING:
    from meshsim.studies.study import Study


def announce(studies: Sequence[Study], *, solver_asked: bool) -> None:
    """Overloads, a slow solver that nobody asked for, and compilation, which is then done."""
    for study in studies:
        for sentence in _overloads(study):
            complain(sentence)
    if any(study.plan.solver == KERNEL for study in studies):
        _compile()
    elif not solver_asked:
        _tell_of_slowness()


def _overloads(study: Study) -> list[str]:
    from meshsim.lowering.lower import lower
    from meshsim.model.scenario import Scenario
    from meshsim.reports.phrases import listed
    from meshsim.studies.overload import overload_of, overload_sentence

    told: dict[str, list[str]] = {}
    for mesh in study.meshes:
        overload = overload_of(lower(Scenario(study.topology, mesh)))
        if overload is not None:
            told.setdefault(overload_sentence(overload), []).append(mesh.name)
    return [
        f"{study.topology.name} under {listed(meshes)}: {sentence}"
        for sentence, meshes in told.items()
    ]


def _tell_of_slowness() -> None:
    from meshsim.solvers.choice import kernel_missing

    complain(
        f"the slow solver simpy simulates, because numba cannot be imported ({kernel_missing()}); "
        "with it the kernel is about 100 times faster: pip install numba"
    )


def _compile() -> None:
    from meshsim.solvers.kernel import is_compiled, prepare

    if not is_compiled():
        complain("compiling the simulation once for this machine, about 20 s …")
        prepare()
