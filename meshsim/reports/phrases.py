"""Numbers in words: estimates with their intervals, loads, parts. Shared by all faces on paper.

Rounding is for people: three digits of an estimate, two of its half width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from meshsim.model.flows import peak_rate
from meshsim.model.topology import Topology
from meshsim.solvers.observations import Part
from meshsim.stats import Interval, NotEnough, quantile_name
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import ALL, QUANTILES, ObjectiveRow, Precision, Result, Value
from meshsim.units import show_duration, show_percentage, show_rate

Show = Callable[..., str]
"""One of the show functions of :mod:`meshsim.units`."""

NOT_ENOUGH = "not enough data"
METRICS = ("mean", *(quantile_name(p) for p in QUANTILES))
"""Column headings of latency tables."""

Verdict = Literal["kept", "probably kept", "probably broken", "broken", "unknown"]

_SYMMETRY = 1e-6
_EDGE = " → "


def time_left(remaining_s: float | None) -> str:
    """``about 20 s left``; nothing where it is not known yet."""
    return "" if remaining_s is None else f"about {show_duration(max(remaining_s, 1.0), 1)} left"


def exact(value: Value, show: Show) -> str:
    """``46.3 ms ± 410 µs``; both ends if the range is lopsided, and its two parts if it has them:
    ``12.3 ms (10.9 ms to 14.0 ms; simulation ± 0.4 ms, calibration ± 1.4 ms)``.
    """
    if isinstance(value, NotEnough):
        return NOT_ENOUGH
    if isinstance(value, CombinedInterval):
        ends = f"{show(value.low)} to {show(value.high)}"
        return f"{show(value.estimate)} ({ends}; {both_parts(value, show)})"
    if _is_symmetrical(value):
        return f"{show(value.estimate)} ± {show(value.half_width, 2)}"
    return f"{show(value.estimate)} ({show(value.low)} to {show(value.high)})"


def both_parts(value: CombinedInterval, show: Show) -> str:
    """How wide chance alone, and the uncertain parameters alone, would make the range."""
    return f"simulation ± {show(value.simulation, 2)}, calibration ± {show(value.calibration, 2)}"


def exact_change(value: Value, show: Show) -> str:
    """As :func:`exact` with a sign: ``+5.13 ms ± 410 µs``."""
    if isinstance(value, NotEnough):
        return NOT_ENOUGH
    if isinstance(value, CombinedInterval):
        around = f"{around_change(value, show)}; {both_parts(value, show)}"
        return f"{show(value.estimate, signed=True)} ({around})"
    around = around_change(value, show)
    around = around if _is_symmetrical(value) else f"({around})"
    return f"{show(value.estimate, signed=True)} {around}"


def around_change(interval: Interval, show: Show) -> str:
    """The range of a change without its estimate: ``± 410 µs``, or both ends."""
    if _is_symmetrical(interval) and not isinstance(interval, CombinedInterval):
        return f"± {show(interval.half_width, 2)}"
    return f"{show(interval.low, signed=True)} to {show(interval.high, signed=True)}"


def short(value: Value, show: Show) -> str:
    """``46.3 ms ±0.9%``, for narrow columns; a dash where the data carry no interval.

    Beyond ±100% the range says more than the estimate and stands alone.
    """
    if isinstance(value, NotEnough):
        return "—"
    if value.relative_half_width > 1:
        return f"{show(value.low)} to {show(value.high)}"
    half_width = show_percentage(value.relative_half_width, 2)
    return show(value.estimate) if half_width == "0%" else f"{show(value.estimate)} ±{half_width}"


def estimate_of(value: Value, show: Show) -> str:
    """The estimate alone; a dash where there is none."""
    return show(value.estimate) if isinstance(value, Interval) else "—"


def part_name(part: Part) -> str:
    """``app work``, ``proxy queue``, …, ``retries``."""
    return "retries" if part is Part.RETRY else part.name.lower().replace("_", " ")


def title_of(topology: Topology) -> str:
    """Its title, or its name if it has none."""
    return topology.title or topology.name


def load_of(topology: Topology) -> str:
    """The load in a few words: ``100/s, Poisson arrivals``."""
    arrivals = topology.load.arrivals
    if arrivals.process == "closed":
        return f"{arrivals.users:,} users, each waiting for the answer (closed loop)"
    if arrivals.process == "trace":
        return f"{len(arrivals.times):,} recorded arrivals"
    rate = show_rate(peak_rate(topology))
    if arrivals.process == "schedule":
        return f"up to {rate}, a schedule of {arrivals.shape}"
    if arrivals.process == "paced":
        return f"{rate} over {arrivals.connections:,} connections in step (paced)"
    kind = "Poisson arrivals" if arrivals.process == "poisson" else "evenly spaced arrivals"
    return f"{rate}, {kind}"


def changes_of(result: Result) -> str:
    """What was changed in the topology as its file has it; empty if nothing."""
    asked = result.asked
    if asked is None:
        return ""
    rate = [f"rate {show_rate(asked.rate_per_s)}"] if asked.rate_per_s is not None else []
    return ", ".join([*rate, *(f"{count} × {service}" for service, count in asked.replicas)])


def verdict(objective: ObjectiveRow) -> Verdict:
    """Whether an objective was kept, and how sure that is."""
    if objective.kept is None:
        return "unknown"
    if objective.kept:
        return "kept" if objective.certain else "probably kept"
    return "broken" if objective.certain else "probably broken"


def objective_value(objective: ObjectiveRow) -> str:
    """What an objective's metric came to; always with the estimate that the verdict is on."""
    is_rate = objective.text.lstrip().startswith("error_rate")
    show = show_percentage if is_rate else show_duration
    value = objective.value
    if isinstance(value, Interval) and value.relative_half_width > 1:
        return f"{show(value.estimate)} ±{show(value.half_width, 2)}"
    return short(value, show)


def precision_sentence(precision: Precision, plan: RunPlan) -> str:
    """How precise a study became, and what more replications would bring if that is not enough."""
    target = precision.target
    metric = "the mean" if target.probability is None else target.metric
    metric = f"the change of {metric}" if target.difference else metric
    what = f"{metric} of {target.entry or ALL} under {precision.mesh}"
    after = f"after {counted(precision.replications, 'replication')}"
    asked = show_percentage(precision.asked, 2)
    if precision.half_width is None:
        return f"{what}: {precision.value} ({after}; {asked} was asked for)"
    known = f"{what} is ± {show_percentage(precision.half_width, 2)}"
    if precision.reached:
        return f"{known} {after}, and {asked} was asked for"
    assert precision.replications_needed is not None, "forecast from the half width"
    needed = two_digits(precision.replications_needed)
    factor = two_digits(precision.replications_needed / precision.replications)
    takes = f"{asked} takes about {needed} replications, {factor} times as many"
    if precision.replications >= plan.replications_max:
        return f"{known} {after}, the most that was allowed; {takes}"
    if plan.seconds_max is not None:
        return f"{known} {after}, when the time was up; {takes}"
    return f"{known} {after}; {takes}, far more than the {plan.replications_max} that are allowed"


def two_digits(number: float) -> str:
    """``3.8``, ``380``, ``1,200``: what is left of a forecast."""
    rounded = float(f"{number:.1e}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.1f}"


def caller_and_callee(edge: str) -> tuple[str, str]:
    """Both ends of an edge's name."""
    caller, _, callee = edge.partition(_EDGE)
    return caller, callee


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 mesh``, ``5 meshes``, ``2,000 requests``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _is_symmetrical(interval: Interval) -> bool:
    above = interval.high - interval.estimate
    below = interval.estimate - interval.low
    return abs(above - below) <= _SYMMETRY * max(above, below, 1e-300)
