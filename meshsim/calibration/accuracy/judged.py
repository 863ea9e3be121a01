"""A figure beside its prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass

from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.rebuilding import Reading, Setup

HIGH_LOAD = 0.85
"""Utilisation above which a small error of the cost is a large error of the latency."""


@dataclass(frozen=True)
class Judged:
    """One row of the table of errors; figures in SI units."""

    cell: Cell
    setup: Setup
    mesh_file: str
    """Name of the mesh file that stood for the mesh."""
    reading: Reading
    predicted: float
    """With the machine that one figure of the source told."""
    unfitted: float
    """With the mean machine of the other sources."""
    fitted: bool = False
    """Whether the machine was told by this very figure."""
    extrapolated: bool = False
    """Whether rate or bodies lie outside of what the costs of the mesh file were fitted on."""
    utilisation: float = 0.0
    """Of the busiest proxy worker in the simulation."""
    low: float = math.nan
    high: float = math.nan
    """90% interval of the figure, from the errors of the other sources; NaN if they are too few."""

    @property
    def error(self) -> float:
        """Relative error: predicted over measured, less one."""
        return self.predicted / self.reading.measured - 1

    @property
    def unfitted_error(self) -> float:
        """The same for the machine of others."""
        return self.unfitted / self.reading.measured - 1

    @property
    def log_error(self) -> float:
        """Logarithm of predicted over measured."""
        return math.log(self.predicted / self.reading.measured)

    @property
    def covered(self) -> bool | None:
        """Whether the figure lies in the interval; None without one."""
        return None if math.isnan(self.low) else self.low <= self.reading.measured <= self.high

    @property
    def group(self) -> str:
        """Rows whose errors are alike: the metric, and for latency the quantile."""
        return self.reading.name if self.reading.kind is Kind.LATENCY else self.reading.kind.value
