"""Systems that cannot keep up: recognised from the flows, before anything is simulated.

In an open system each station gets work at a rate that does not depend on how it fares; if that is
more than it can do, its queue grows for ever and no latency exists. The balance of flows is that of
:mod:`meshsim.solvers.queueing`: what it takes milliseconds to see, a simulation cannot prove.
"""

from __future__ import annotations

from collections.abc import Sequence

from meshsim.lowering.program import Program
from meshsim.solvers.queueing import Bottleneck, bottleneck, solve
from meshsim.solvers.tally import PackedTally
from meshsim.studies.task import Replication
from meshsim.units import show_percentage, show_rate

_FOUND: dict[str, Bottleneck] = {}
"""By the hash of a scenario: faces ask before a run, and results after it."""
STATION = {"cores": "its CPU", "slots": "its worker slots", "proxy": "its workers"}
"""What saturates, by the kind of a bottleneck."""


def bottleneck_of(program: Program) -> Bottleneck | None:
    """The station that saturates first; None if its rate adapts."""
    if program.load.waits_for_answers:
        return None
    if program.scenario_hash not in _FOUND:
        _FOUND[program.scenario_hash] = _bottleneck_of(program)
    return _FOUND[program.scenario_hash]


def _bottleneck_of(program: Program) -> Bottleneck:
    found = bottleneck(program)
    if found.overloaded or not (program.services.workers > 0).any():
        return found
    return solve(program, points=0).bottleneck  # how long slots are held takes waits, too


def overload_of(program: Program) -> Bottleneck | None:
    """The bottleneck of a system that cannot keep up; None if it can."""
    found = bottleneck_of(program)
    return found if found is not None and found.overloaded else None


def overload_sentence(overload: Bottleneck) -> str:
    """What is asked of the bottleneck, and what it can carry."""
    return (
        f"{overload.name} ({STATION[overload.kind]}) is overloaded: the load asks for "
        f"{show_percentage(overload.load)} of it; it can carry "
        f"{show_rate(overload.carries_per_s)} of this mix. "
        "Latencies depend on the length of the run"
    )


def stopped_sentences(replications: Sequence[Replication]) -> list[str]:
    """What is to be said of runs that were stopped because too many requests were inside."""
    stopped = [answered for each in replications if (answered := _answered_until_stop(each))]
    if not stopped:
        return []
    runs = "1 run was" if len(stopped) == 1 else f"{len(stopped)} runs were"
    runs = "each run was" if len(stopped) == len(replications) else runs
    return [
        f"{runs} stopped when requests filled the memory, after at least {min(stopped):,} "
        "answers: their number inside kept rising. Only those answered until then count"
    ]


def _answered_until_stop(replication: Replication) -> int | None:
    """Requests that count of a run that was stopped; None if it was not."""
    if isinstance(replication, PackedTally):
        found = replication.sums.overloaded, int(replication.sums.series_count.sum())
    else:
        found = replication.overloaded, len(replication.latency_s)
    return found[1] if found[0] else None
