"""A measurement of an Envoy for the terminal: cells with intervals, the machine, the verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from meshsim.calibration.measuring.estimates import (
    CellEstimate,
    Named,
    cell_estimates,
    handshake_estimates,
    memory_estimates,
)
from meshsim.calibration.measuring.machine import STORED_REFERENCE_S
from meshsim.calibration.measuring.session import Measured
from meshsim.reports.phrases import Show, counted, exact, short
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import Cell, heading, paragraph, point, table
from meshsim.units import (
    show_duration,
    show_memory,
    show_percentage,
    show_rate,
)

_COLUMNS = ("path", "proxy", "payload", "load", "of the reference", "CPU per request", "pairs")


def measured_to_text(measured: Measured, *, width: int = WIDTH, color: bool = False) -> str:
    """The whole report."""
    return render(_parts(measured), width, color=color)


def _parts(measured: Measured) -> Iterator[RenderableType]:
    estimates = cell_estimates(measured.cells, measured.reference)
    known = [one for one in estimates if one.ratio is not None]
    yield heading("CPU per request")
    yield table(_COLUMNS, [_cells(one) for one in known], words=[0, 1])
    yield paragraph("")
    yield from _unknown(estimates)
    yield from _named(
        "CPU that a new connection adds", handshake_estimates(measured.handshakes), show_duration
    )
    yield from _named("memory of one more", memory_estimates(measured.memory), show_memory)
    yield from _machine(measured)
    yield from _verdict(measured)


def _unknown(estimates: Sequence[CellEstimate]) -> Iterator[RenderableType]:
    """What has no estimate, by the reason."""
    reasons: dict[str, dict[str, None]] = {}
    for one in estimates:
        if one.ratio is None:
            reasons.setdefault(one.reason, {})[f"{_path(one)} ({_load(one)})"] = None
    if reasons:
        yield paragraph("not measured:")
        for reason, names in reasons.items():
            yield point(f"{reason}: {', '.join(names)}")
        yield paragraph("")


def _cells(estimate: CellEstimate) -> list[Cell]:
    assert estimate.cpu_s is not None, "only what is known"
    assert estimate.ratio is not None, "only what is known"
    target = estimate.cell.target
    body = f" + {show_memory(target.request_bytes)}" if target.request_bytes else ""
    return [
        _path(estimate),
        estimate.role.replace("_", " "),
        f"{show_memory(target.payload_bytes)}{body}",
        _load(estimate),
        _ratio(estimate),
        exact(estimate.cpu_s, show_duration),
        f"{estimate.pairs}",
    ]


def _path(estimate: CellEstimate) -> str:
    if estimate.cell.is_null:
        return "reference with itself"
    return re.sub(r"@[\d.]+", "", estimate.cell.test)  # the load has a column of its own


def _load(estimate: CellEstimate) -> str:
    rate = estimate.cell.rate_per_s
    return "saturated" if rate is None else show_rate(rate)


def _ratio(estimate: CellEstimate) -> str:
    assert estimate.ratio is not None, "only what is known"
    half_width = show_percentage(estimate.ratio.relative_half_width, 2)
    return f"{estimate.ratio.estimate:.3f} ±{half_width}"


def _named(title: str, values: list[Named], show: Show) -> Iterator[RenderableType]:
    if values:
        yield heading(title)
        yield table(["", "estimate"], [[one.name, short(one.value, show)] for one in values])
        yield paragraph("")


def _machine(measured: Measured) -> Iterator[RenderableType]:
    machine, reference, null = measured.machine, measured.reference, measured.null
    factor = reference.machine_factor
    yield heading("the machine")
    cores = ", ".join(map(str, machine.cores_used))
    yield point(
        f"{machine.cpu_model}, {counted(machine.cores, 'core')} (used: {cores}), "
        f"Linux {machine.kernel}, Envoy {machine.envoy_version}"
    )
    yield point(
        f"reference: one HTTP/1.1 hop, 1 KiB, saturated: {show_duration(reference.level_s)} per "
        f"request (lower quartile; p5 {show_duration(reference.p5_s)}, p50 "
        f"{show_duration(reference.p50_s)}, p95 {show_duration(reference.p95_s)}; "
        f"{counted(reference.slices, 'slice')}, {show_rate(reference.rate_per_s)})"
    )
    yield point(
        f"machine factor {factor.estimate:.2f} ({factor.low:.2f} to {factor.high:.2f}, from fast "
        f"to slow moments): that over the {show_duration(STORED_REFERENCE_S)} of meshsim's costs; "
        "perhaps too high, as the proxies share a core with their upstream here"
    )
    if null is not None:
        yield point(
            f"null test: the reference compared with itself gives {null.median:.3f} ± "
            f"{null.standard_error:.3f} (standard error, {counted(null.pairs, 'pair')})"
        )
    yield point(
        f"other programs used {reference.foreign_cores:.2f} of these cores on average; "
        f"{show_percentage(reference.disturbed, 2)} of the slices were disturbed"
    )
    yield paragraph("")


def _verdict(measured: Measured) -> Iterator[RenderableType]:
    if not measured.doubts:
        yield paragraph("This is a calibration of this machine.")
        return
    yield paragraph("This is no calibration of this machine:")
    yield from map(point, measured.doubts)
    yield paragraph("Close what else runs here and measure again, or go on with --allow-noisy.")
