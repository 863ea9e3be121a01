"""Sums by group."""

from __future__ import annotations

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray


def totals(group: IntArray, values: FloatArray, count: int) -> FloatArray:
    """Sum of the values of each of ``count`` groups."""
    return np.asarray(np.bincount(group, values, count), dtype=np.float64)
