"""The whole of a calibration: from cells and a base mesh to a new mesh and all that can be said.

Order matters: costs of passages first (with the state of the machine in each file), then what rests
on them: filters, new connections, the wake-up delay; memory by itself.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from meshsim.calibration.fitting import connection_fit, latency_fit, memory_fit
from meshsim.calibration.fitting.cost_model import MACHINE_FACTOR, WAKE_UP
from meshsim.calibration.fitting.cpu_fit import fit_costs, fit_filters
from meshsim.calibration.fitting.estimates import Estimate, Family
from meshsim.calibration.fitting.mesh_file import base_values, rebased, with_estimates
from meshsim.calibration.fitting.options import FitOptions
from meshsim.calibration.readers.cells import CpuCell, Reading
from meshsim.errors import InputError, Place, Problem
from meshsim.model.mesh import Mesh, Proxy
from meshsim.model.sourced import Source

FittedRange = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Calibration:
    """A calibrated mesh and the account of it."""

    mesh: Mesh
    proxy: str
    families: tuple[Family, ...]
    """Fits with cross-validation: CPU, memory."""
    others: tuple[Estimate, ...]
    """Filters, connections, wake-up delay, machine factor: no cross-validation of their own."""
    left: dict[str, str]
    """Parameters left at the base, with the reason."""
    unwritten: tuple[str, ...]
    """Estimates without a place in the file, in sentences."""
    unused: tuple[str, ...]
    """What of the files was not used, in sentences."""
    assumptions: tuple[str, ...]
    """What was assumed."""
    fitted_range: FittedRange | None
    """Rates per worker [1/s] and bodies [B] of the CPU cells."""

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """All that was found, levels of files included."""
        return tuple(e for family in self.families for e in family.estimates) + self.others


def calibrate(
    reading: Reading,
    mesh: Mesh,
    proxy_name: str | None,
    options: FitOptions,
    source: tuple[str, Source],
) -> Calibration:
    """Fits what the data speak of and writes it into the mesh.

    Raises InputError if the mesh has no such proxy, or if nothing could be fitted.
    """
    proxy = _proxy(mesh, proxy_name)
    if MACHINE_FACTOR not in options.only:
        mesh = rebased(mesh, options.fixed.get(MACHINE_FACTOR, 1.0))
        proxy = mesh.proxy(proxy.name)
    base = base_values(proxy, mesh.machine_factor.value)
    tally = reading.tally
    cells = [_as_deployed(cell, proxy) for cell in reading.cpu if options.is_used(cell)]
    for one in reading.cpu:
        if not options.is_used(one):
            tally.skip("cell", "not among those of --where", str(one.place))
    held = {WAKE_UP: base[WAKE_UP], MACHINE_FACTOR: base[MACHINE_FACTOR]}
    costs = fit_costs(cells, {**held, **base}, options)
    known = costs.identified.known if costs else {**base, **options.fixed}
    error = costs.validation.model_error if costs else 0.0
    others = list(fit_filters(_with_busy(cells, known), known, error, options))
    connections = connection_fit.fit_connections(reading.connections, known, options)
    others += connections
    latencies = latency_fit.fit_latencies(reading.latencies, known, options)
    others += latencies.found
    for latency, why in latencies.unused:
        tally.skip("latency", why, str(latency.place))
    memory = memory_fit.fit_memory(reading.memory, base, options)
    families = tuple(one for one in (costs, memory) if one is not None)
    _check_some(families, others, reading)
    limits = _fitted_range(cells) if costs and MACHINE_FACTOR not in options.only else None
    estimates = _of_mesh(families, others, connections, proxy, mesh, options)
    if MACHINE_FACTOR not in options.only and costs:
        estimates.append(_factor(mesh.machine_factor.value, reading.references_s))
    written = with_estimates(mesh, proxy.name, estimates, source, limits)
    return Calibration(
        mesh=written.mesh,
        proxy=proxy.name,
        families=families,
        others=tuple(others),
        left={path: why for one in families for path, why in one.identified.left.items()},
        unwritten=written.unwritten,
        unused=tuple(map(str, tally.unused)),
        assumptions=tally.report().assumptions,
        fitted_range=limits,
    )


def _proxy(mesh: Mesh, name: str | None) -> Proxy:
    """The proxy to calibrate: the one named, or the only one."""
    known = [proxy.name for proxy in mesh.proxies]
    if name is None and len(known) == 1:
        return mesh.proxies[0]
    if name in known:
        return mesh.proxy(str(name))
    rule = f"the mesh {mesh.name!r} has the proxies {', '.join(known) or '(none)'}"
    cure = "name one of them" if known else "give a mesh that has proxies as --mesh"
    raise InputError([Problem(Place("--proxy"), "", rule, name or "", cure)])


def _as_deployed(cell: CpuCell, proxy: Proxy) -> CpuCell:
    """A proxy that was watched in a cluster has on what its mesh file has on."""
    if cell.role != "sidecar":
        return cell
    return replace(cell, filters=tuple(one.name for one in proxy.cost.filters if one.enabled))


def _with_busy(cells: Sequence[CpuCell], known: Mapping[str, float]) -> list[CpuCell]:
    """Cells of protocols whose cost is known, without which a filter cannot be told."""
    return [cell for cell in cells if f"cost.{cell.protocol}.busy" in known]


def _check_some(families: Sequence[Family], others: Sequence[Estimate], reading: Reading) -> None:
    found = [e for one in families for e in one.estimates]
    if found or others:
        return
    count = len(reading.cpu) + len(reading.memory)
    count += len(reading.connections) + len(reading.latencies)
    none = f"none of {count} cells tells what is asked for" if count else "no cell was read"
    why = "; ".join(str(item) for item in reading.tally.unused) or none
    cure = "give measurements that tell what --only names, or leave options out"
    rule = f"nothing can be fitted from these files ({why})"
    raise InputError([Problem(Place("DATA"), "", rule, "", cure)])


def _of_mesh(
    families: Sequence[Family],
    others: Sequence[Estimate],
    connections: Sequence[Estimate],
    proxy: Proxy,
    mesh: Mesh,
    options: FitOptions,
) -> list[Estimate]:
    """Estimates as a mesh file has them: without levels, connections and memory put together."""
    found: list[Estimate] = []
    for one in families:
        if one.title == "Memory":
            encrypted = mesh.policies.mtls != "off"
            found += memory_fit.mesh_terms(one.estimates, proxy.layer, is_encrypted=encrypted)
        else:
            found += [e for e in one.estimates if not e.path.startswith("level.")]
    found += [e for e in others if e not in connections]
    found += connection_fit.of_mesh(connections, options.key)
    return found


def _factor(value: float, references_s: Sequence[float]) -> Estimate:
    """The machine factor of a file whose costs are those of the machine measured.

    Its range is the spread of the reference around its level, if there was one: one and the same
    request in the fast and in the slow moments of the machine.
    """
    if len(references_s) < 20:
        about = "costs are those of the machine measured"
        return Estimate(MACHINE_FACTOR, value, 0.0, value, value, about)
    cuts = statistics.quantiles(references_s, n=20, method="inclusive")
    level = statistics.quantiles(references_s, n=4, method="inclusive")[0]
    low, high = value * cuts[0] / level, value * cuts[-1] / level
    about = "costs are those of the machine measured; the range is that of its moments"
    return Estimate(MACHINE_FACTOR, value, (high - low) / 3.29, low, high, about)


def _fitted_range(cells: Sequence[CpuCell]) -> FittedRange | None:
    rates = [cell.rate_per_s for cell in cells]
    bodies = [cell.body_bytes for cell in cells]
    return {"requests_per_worker": (min(rates), max(rates)), "body": (min(bodies), max(bodies))}
