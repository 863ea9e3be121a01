"""The first look for a terminal: estimates, the busiest stations, what the formulas do not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from meshsim.reports.phrases import counted, load_of, title_of
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import heading, paragraph, point, table
from meshsim.studies.first_look import ERROR_MEAN, ERROR_P99, STEADY_LOAD, FirstLook, Look
from meshsim.studies.overload import STATION, overload_sentence
from meshsim.units import show_duration, show_percentage, show_rate

_BUSIEST = 5


def estimate_to_text(looks: Sequence[FirstLook], *, width: int = WIDTH, color: bool = False) -> str:
    """First looks at one topology under one mesh or several."""
    return render(_parts(looks), width, color=color)


def _parts(looks: Sequence[FirstLook]) -> Iterator[RenderableType]:
    topology = looks[0].scenario.topology
    yield heading("", f"{title_of(topology)} ({topology.name})")
    yield paragraph(f"load: {load_of(topology)}")
    yield paragraph("a first look: estimated by formulas, nothing was simulated")
    yield paragraph("")
    if len(looks) == 1:
        yield heading("latency under", looks[0].scenario.mesh.name)
        yield _latency([(look.name, look) for look in looks[0].latency])
    else:
        yield heading("latency of all requests")
        yield _latency(
            [(each.scenario.mesh.name, each.latency[0]) for each in looks if each.latency]
        )
    yield paragraph("")
    for look in looks:
        yield from _stations(look)
    yield from _trust(looks)


def _latency(rows: Sequence[tuple[str, Look]]) -> RenderableType:
    if not rows:
        return paragraph("none: there is no steady state")
    cells = [
        [name, *(show_duration(s) for s in (look.mean_s, look.p50_s, look.p90_s, look.p99_s))]
        for name, look in rows
    ]
    return table(["", "mean", "p50", "p90", "p99"], cells)


def _stations(look: FirstLook) -> Iterator[RenderableType]:
    yield heading("busiest stations under", look.scenario.mesh.name)
    yield table(
        ["", "", "in use"],
        [
            [use.name, STATION[use.kind], show_percentage(use.utilisation)]
            for use in look.use[:_BUSIEST]
        ],
        words=[0, 1],
    )
    busy = look.bottleneck
    if busy.overloaded:
        yield Text(f"! {overload_sentence(busy)}", style="yellow")
    else:
        yield paragraph(
            f"{busy.name} ({STATION[busy.kind]}) saturates first, at "
            f"{show_rate(busy.carries_per_s)} of this mix"
        )
    yield paragraph("")


def _trust(looks: Sequence[FirstLook]) -> Iterator[RenderableType]:
    yield heading("how far to trust it")
    yield paragraph(
        f"Up to {_whole(STEADY_LOAD)} load, means were within {_whole(ERROR_MEAN)} of the "
        f"simulation and p99 within {_whole(ERROR_P99)} in nearly all shipped systems; elsewhere "
        "these numbers are rough."
    )
    rough = [look.scenario.mesh.name for look in looks if look.is_rough]
    if rough:
        yield Text(f"! rough here: {', '.join(rough)}", style="yellow")
    told = dict.fromkeys(each for look in looks for each in look.assumptions)
    if told:
        yield paragraph(f"{counted(len(told), 'assumption')} that this system does not keep:")
    for assumption in told:
        yield point(assumption)
    yield paragraph("simulate it, with intervals, by leaving --solver queueing out")


def _whole(share: float) -> str:
    return f"{share:.0%}"
