"""``meshsim run``: one system under one mesh."""

from __future__ import annotations

from typing import Annotated

import typer

from meshsim.cli import first_look, options
from meshsim.cli.console import progress
from meshsim.cli.notes import announce
from meshsim.cli.saving import opened
from meshsim.errors import Problem


def run(
    topology: Annotated[
        str, typer.Argument(metavar="TOPOLOGY", help="A shipped topology, or a YAML file.")
    ],
    mesh: Annotated[str, typer.Option(metavar="NAME", help="A shipped mesh, or a file.")] = "none",
    rps: options.Rps = None,
    replicas: options.Replicas = None,
    requests: options.Requests = 2_000,
    replications: options.Replications = 10,
    seed: options.Seed = 1,
    precision: options.Precision = None,
    precision_of: options.PrecisionOf = None,
    replications_max: options.ReplicationsMax = 200,
    time_limit: options.TimeLimit = None,
    keep: options.Keep = options.Kept.AUTO,
    solver: options.SolverOption = None,
    uncertainty: options.Uncertainty = None,
    confidence: options.Confidence = "95%",
    processes: options.Processes = None,
    executor: options.Executor = None,
    save: options.Save = None,
    resume: options.Resume = False,
    output: options.Output = None,
    out: options.Out = None,
    report: options.Report = None,
) -> None:
    """Simulate one system under one mesh: latency, where the time goes, CPU, memory, money."""
    from meshsim.cli.objectives import exit_if_broken
    from meshsim.cli.outputs import Outputs
    from meshsim.studies.study import prepare

    problems: list[Problem] = []
    precise = options.Precise(
        precision, precision_of, replications_max, time_limit, keep, solver, uncertainty
    )
    plan = options.plan_from(requests, replications, seed, confidence, precise, problems)
    rate = options.rate_from(rps, problems)
    pods = options.replicas_from(replicas, problems)
    where = options.executor_from(executor, processes, plan, problems)
    options.raise_any(problems)
    assert plan is not None, "there is a plan, or a problem"
    study = prepare(topology, [mesh], plan, rate, pods)
    if solver is options.Solver.QUEUEING:
        form = options.format_from(output, out)
        given = {
            "--precision": precision,
            "--uncertainty": uncertainty,
            "--save": save,
            "--report": report,
        }
        first_look.check_words(form, given)
        first_look.deliver([study], form, out)
        return
    outputs = Outputs(options.format_from(output, out), out, report, (study.topology.name,))
    outputs.check()
    announce([study], solver_asked=solver is not None)
    with (
        opened(where, save, resume, [study]) as (running, store),
        progress(f"{study.topology.name} under {study.meshes[0].name}") as step,
    ):
        result = study.run(progress=step, executor=running, store=store)
    outputs.deliver(result, study.topology.name)
    exit_if_broken([result])
