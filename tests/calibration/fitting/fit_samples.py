"""Synthetic measurements of a proxy whose costs are known."""

import math

import numpy as np
from cell_samples import cpu_cell

from meshsim.calibration.fitting.cost_model import predicted_cpu_s

US = 1e-6
TRUTH = {
    "machine_factor": 1.0,
    "cost.wake_up_delay": 43 * US,
    "cost.http1.busy": 30 * US,
    "cost.http1.per_kib": 0.3 * US,
    "cost.http1.idle_scale": 5 * US,
    "cost.http1.idle_exponent": 0.42,
    "cost.tls.per_request": 4 * US,
    "cost.tls.per_kib": 0.25 * US,
}
HELD = {name: TRUTH[name] for name in ("machine_factor", "cost.wake_up_delay")}
FOUND = tuple(name for name in TRUTH if name not in HELD)


def cells(seed=0, noise=0.0, own_error=None, known=None, **more):
    """A grid of bodies at saturation and of rates, plain and encrypted, with lognormal noise."""
    generator = np.random.default_rng(seed)
    grid = [
        cpu_cell(
            passes=passes, body_bytes=kib * 1024, sitting=f"{passes}-{kib}", test="body", **more
        )
        for passes in (0, 1)
        for kib in (0, 1, 16, 64, 128)
    ]
    grid += [
        cpu_cell(
            passes=passes,
            body_bytes=1024,
            arrivals="open",
            rate=rate,
            sitting=f"{passes}@{rate}",
            test=f"load@{rate}",
            **more,
        )
        for passes in (0, 1)
        for rate in (100.0, 300.0, 1000.0, 3000.0, 8000.0)
    ]
    exact = predicted_cpu_s(grid, known or TRUTH)
    error = own_error if own_error is not None else max(noise, 0.002)
    noisy = exact * np.exp(generator.normal(0, noise, len(grid)) if noise else 0.0)
    return [
        cpu_cell(**{**vars_of(cell), "cpu_s": float(value), "error": error})
        for cell, value in zip(grid, noisy, strict=True)
    ]


def vars_of(cell):
    """The fields of a cell under the names that :func:`cpu_cell` takes."""
    known = {name: getattr(cell, name) for name in cell.__dataclass_fields__}
    known["rate"] = known.pop("rate_per_s")
    return known


def relative(found, truth):
    return abs(math.log(found / truth))
