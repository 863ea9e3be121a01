"""``meshsim tornado``: which assumption matters most to one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli import options
from meshsim.cli.console import progress
from meshsim.cli.notes import announce
from meshsim.cli.saving import opened
from meshsim.errors import Place, Problem

if TYPE_CHECKING:
    from meshsim.studies.study import Study


def tornado(
    topology: Annotated[
        str, typer.Argument(metavar="TOPOLOGY", help="A shipped topology, or a YAML file.")
    ],
    mesh: Annotated[str, typer.Option(metavar="NAME", help="A shipped mesh, or a file.")],
    of: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="The answer: a mean or quantile (mean, p99), that of one entry point "
            "(p99:shop/buy), cpu, memory or cost.",
        ),
    ] = "p99",
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Ask about the difference to this mesh.", show_default=False
        ),
    ] = None,
    choices: Annotated[
        bool, typer.Option("--choices", help="Look at whole numbers, too: workers, replicas.")
    ] = False,
    rps: options.Rps = None,
    replicas: options.Replicas = None,
    requests: options.Requests = 2_000,
    replications: options.Replications = 10,
    seed: options.Seed = 1,
    keep: options.Keep = options.Kept.AUTO,
    solver: options.SolverOption = None,
    confidence: options.Confidence = "95%",
    processes: options.Processes = None,
    executor: options.Executor = None,
    save: options.Save = None,
    resume: options.Resume = False,
    output: options.Output = None,
    out: options.Out = None,
    report: options.Report = None,
) -> None:
    """Show which assumption matters most to one answer, and what to measure so that it shrinks.

    Each parameter of the mesh is set to the 5th and to the 95th percentile of its range, one at a
    time, and simulated again on the same requests.
    """
    from meshsim.cli.outputs import Outputs
    from meshsim.studies.study import prepare
    from meshsim.studies.subject import subject_of

    problems: list[Problem] = []
    precise = options.Precise(keep=keep, solver=solver)
    plan = options.plan_from(requests, replications, seed, confidence, precise, problems)
    rate = options.rate_from(rps, problems)
    pods = options.replicas_from(replicas, problems)
    where = options.executor_from(executor, processes, plan, problems)
    if solver is options.Solver.QUEUEING:
        rule, cure = "intervals take a simulation", "write kernel or simpy, or leave it out"
        problems.append(Problem(Place("--solver"), "", rule, solver.value, cure))
    options.raise_any(problems)
    assert plan is not None, "there is a plan, or a problem"
    meshes = [mesh] if baseline is None else [baseline, mesh]
    study = prepare(topology, meshes, plan, rate, pods)
    subject = subject_of(of, _entries(study), Place("--of"), "")
    outputs = Outputs(options.format_from(output, out), out, report, (study.topology.name,))
    outputs.check()
    announce([study], solver_asked=solver is not None)
    with (
        opened(where, save, resume, [study]) as (running, store),
        progress(f"{study.topology.name} under {study.meshes[-1].name}") as step,
    ):
        found = study.tornado(
            subject, progress=step, choices=choices, executor=running, store=store
        )
    outputs.deliver(found, study.topology.name)


def _entries(study: Study) -> list[str]:
    return [entry.to for entry in study.topology.load.entries]
