"""The tidy table as a pandas DataFrame."""

from __future__ import annotations

import pandas as pd

from meshsim.reports.csv import COLUMNS
from meshsim.reports.tidy import tidy_rows
from meshsim.studies.result import Comparison, Result


def to_frame(report: Result | Comparison) -> pd.DataFrame:
    """One row for each metric of each scenario; columns as :class:`~.tidy.TidyRow` has them."""
    frame = pd.DataFrame(list(tidy_rows(report)), columns=list(COLUMNS))
    numbers = ["estimate", "low", "high", "confidence"]
    frame[numbers] = frame[numbers].astype("float64")
    frame["observations"] = frame["observations"].astype("Int64")
    return frame
