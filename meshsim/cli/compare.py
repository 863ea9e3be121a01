"""``meshsim compare``: one or many systems under several meshes, on the same requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from meshsim.cli import first_look, options
from meshsim.cli.console import complain, progress
from meshsim.cli.notes import announce
from meshsim.cli.saving import opened
from meshsim.errors import InputError, Place, Problem

if TYPE_CHECKING:
    from meshsim.cli.outputs import Outputs
    from meshsim.studies.executors import Executor
    from meshsim.studies.plan import RunPlan
    from meshsim.studies.result import Comparison
    from meshsim.studies.store import Store
    from meshsim.studies.study import Study


def compare(
    topologies: Annotated[
        list[str],
        typer.Argument(metavar="TOPOLOGY...", help="Shipped topologies, or YAML files."),
    ],
    mesh: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A shipped mesh or a file; repeat it, or part several with commas. The first is "
            "the baseline. NAME+FEATURE switches a feature on, NAME~FEATURE off, and NAME@1.4 "
            "multiplies the CPU of its proxies.",
            show_default="none, istio-sidecar, istio-ambient, istio-ambient-waypoint, linkerd",
        ),
    ] = None,
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
    """Simulate systems under several meshes and show the differences to the first of them.

    All meshes meet the same requests with the same work, so differences are known far better than
    latencies. Several topologies are reported one by one, with totals over all of them.
    """
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
    studies = _prepare(topologies, options.split(mesh), plan, rate, pods)
    if solver is options.Solver.QUEUEING:
        form = options.format_from(output, out)
        given = {
            "--precision": precision,
            "--uncertainty": uncertainty,
            "--save": save,
            "--report": report,
        }
        first_look.check_words(form, given)
        first_look.deliver(studies, form, out)
        return
    from meshsim.cli.objectives import exit_if_broken
    from meshsim.cli.outputs import Outputs

    names = tuple(study.topology.name for study in studies)
    outputs = Outputs(options.format_from(output, out), out, report, names)
    outputs.check()
    announce(studies, solver_asked=solver is not None)
    with opened(where, save, resume, studies) as (running, store):
        comparisons = _run(studies, outputs, running, store)
    exit_if_broken(result for comparison in comparisons for result in comparison.results)


def _prepare(
    topologies: Sequence[str],
    meshes: Sequence[str],
    plan: RunPlan,
    rate: float | None,
    replicas: dict[str, int],
) -> list[Study]:
    """All studies, or all problems of all files."""
    from meshsim.api import DEFAULT_MESHES
    from meshsim.studies.study import prepare

    studies: list[Study] = []
    problems: list[Problem] = []
    for topology in topologies:
        try:
            studies.append(prepare(topology, meshes or DEFAULT_MESHES, plan, rate, replicas))
        except InputError as error:
            problems += error.problems
    problems += _clashes(topologies, studies)
    options.raise_any(problems)
    return studies


def _clashes(topologies: Sequence[str], studies: Sequence[Study]) -> list[Problem]:
    """Topologies whose reports would overwrite each other, or the index."""
    if len(topologies) == 1:
        return []
    problems, files = [], {"index": "the index of the reports"}
    for study in studies:
        name, file = study.topology.name, study.asked[0].topology
        if name.lower() in files:
            cure = "give each topology a name of its own; it is the name of its report"
            rule = f"has the name of {files[name.lower()]}"
            problems.append(Problem(Place(file), "name", rule, "", cure))
        files.setdefault(name.lower(), file)
    return problems


def _run(
    studies: Sequence[Study], outputs: Outputs, executor: Executor, store: Store | None
) -> list[Comparison]:
    """Each report is delivered as soon as it is there; an interrupt keeps those."""
    finished: list[Comparison] = []
    try:
        for number, study in enumerate(studies, start=1):
            counter = f"{number}/{len(studies)} " if len(studies) > 1 else ""
            with progress(f"{counter}{study.topology.name}") as step:
                comparison = study.compare(progress=step, executor=executor, store=store)
            finished.append(comparison)
            outputs.deliver(comparison, study.topology.name)
    except KeyboardInterrupt:
        outputs.finish(finished)
        if len(studies) > 1:
            complain(f"{len(finished)} of {len(studies)} topologies were finished")
        raise
    outputs.finish(finished)
    return finished
