"""What can be said from simulated numbers: warm-up, intervals, paired differences, precision.

Pure functions on float64 arrays, or on histograms in their place, that know nothing of meshes; see
the modules for methods and sources.
"""

from meshsim.stats.histogram import Histogram
from meshsim.stats.intervals import (
    Interval,
    NotEnough,
    cut,
    mean_interval,
    quantile,
    quantile_interval,
    quantile_name,
)
from meshsim.stats.paired import (
    paired_mean_difference,
    paired_quantile_difference,
    paired_relative_difference,
)
from meshsim.stats.pool import Pool
from meshsim.stats.section import Averaged, Counted, FloatArray, Kept, Section, Share, grouped
from meshsim.stats.sequential import precise_enough, sections_for, sections_needed
from meshsim.stats.warmup import WarmUp, mser5, warm_up

__all__ = [
    "Averaged",
    "Counted",
    "FloatArray",
    "Histogram",
    "Interval",
    "Kept",
    "NotEnough",
    "Pool",
    "Section",
    "Share",
    "WarmUp",
    "cut",
    "grouped",
    "mean_interval",
    "mser5",
    "paired_mean_difference",
    "paired_quantile_difference",
    "paired_relative_difference",
    "precise_enough",
    "quantile",
    "quantile_interval",
    "quantile_name",
    "sections_for",
    "sections_needed",
    "warm_up",
]
