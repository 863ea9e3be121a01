"""The tidy table as a pandas DataFrame."""

from __future__ import annotations

import pandas as pd

from meshsim.reports.csv import columns_of
from meshsim.reports.tidy import tidy_rows
from meshsim.studies.result import Comparison, Result

_NUMBERS = ("estimate", "low", "high", "confidence", "simulation", "calibration")


def to_frame(report: Result | Comparison) -> pd.DataFrame:
    """One row for each metric of each scenario; columns as :class:`~.tidy.TidyRow` has them."""
    columns = list(columns_of(report))
    frame = pd.DataFrame(list(tidy_rows(report)))[columns]
    numbers = [name for name in columns if name in _NUMBERS]
    frame[numbers] = frame[numbers].astype("float64")
    frame["observations"] = frame["observations"].astype("Int64")
    return frame
