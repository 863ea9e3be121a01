"""Which parameters are worth a simulation, by formulas that take milliseconds.

The closed forms of :mod:`meshsim.solvers.queueing` are some percent off, but tell well what makes
no difference. A parameter is left out if by them the larger effect of its ends is below
``NEGLIGIBLE`` of the largest effect of any parameter: even if it were twice as large, its share of
the answer's variance would be below 0.2%. It stays in if the formulas know no effect of it at all,
though it changes what is simulated, since they may not know of it; and all stay where the formulas
have no answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from meshsim.lowering.program import Program
from meshsim.solvers.queueing import QueueingAnswer, solve
from meshsim.solvers.queueing.answer import QUANTILES
from meshsim.studies.answers import Key
from meshsim.studies.summarise import entry_names

NEGLIGIBLE = 0.02
_TWO_MOMENTS = 0


def by_formulas(program: Program, key: Key) -> float | None:
    """A latency [s] or the CPU used [cores]; None where there is no steady state.

    Memory moves with connections, whose number follows the mean latency: that stands for it.
    """
    answer = solve(program, points=_TWO_MOMENTS)
    if answer.all_entries is None or answer.entries is None:
        return None
    if key.table == "cpu":
        return _cpu(program, answer)
    if key.table == "memory":
        return float(answer.all_entries.mean_s[0])
    times, row = answer.all_entries, 0
    if key.table == "entry":
        times, row = answer.entries, entry_names(program).index(key.name)
    if key.probability is None:
        return float(times.mean_s[row])
    nearest = int(np.argmin([abs(p - key.probability) for p in QUANTILES]))
    return float(times.quantiles_s[row, nearest])


def worth_simulating(effects: Sequence[float | None]) -> list[bool]:
    """For each parameter by its larger effect; None where the formulas have no answer."""
    known = [effect for effect in effects if effect is not None]
    if len(known) < len(effects) or not all(map(math.isfinite, known)):
        return [True] * len(effects)
    least = NEGLIGIBLE * max(known, default=0.0)
    return [effect == 0 or effect >= least for effect in known]


def _cpu(program: Program, answer: QueueingAnswer) -> float:
    """Utilisation times cores over all stations; a worker is one core."""
    used = answer.stations.utilisation
    pods = program.placement.pod_cores
    return float(np.sum(used[: len(pods)] * pods) + np.sum(used[len(pods) :]))
