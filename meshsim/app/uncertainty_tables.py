"""Tables of doubt: both causes number by number, and the bars of a tornado."""

from __future__ import annotations

from meshsim.app.frames import Cell, Column, Show, Table, interval_cells, interval_columns
from meshsim.reports.tornado import UNITS, bar_words, show_subject
from meshsim.reports.uncertainty import doubts
from meshsim.studies.remedies import remedy_of
from meshsim.studies.result import Comparison
from meshsim.studies.tornado import Tornado
from meshsim.units import show_percentage


def doubt_table(comparison: Comparison) -> Table:
    """Estimate, interval and both parts of the main numbers; no rows without draws."""
    names = ("mesh", "number", "estimate", "from", "to", "simulation", "calibration")
    rows = [
        (
            row.mesh,
            row.name,
            row.estimate,
            row.low,
            row.high,
            f"± {row.simulation}",
            f"± {row.calibration}",
        )
        for row in doubts(comparison)
    ]
    return Table("doubt", tuple(Column(name, name) for name in names), tuple(rows))


def tornado_table(tornado: Tornado) -> Table:
    """One row per bar, the longest first."""
    show = show_subject(tornado)
    unit = UNITS[tornado.subject.quantity].replace("/", "_per_")
    columns = (
        Column("parameter", "parameter"),
        Column("value", "value"),
        Column("low", "low end"),
        Column("high", "high end"),
        *interval_columns(f"effect_low_{unit}", "at the low end", _signed(show)),
        *interval_columns(f"effect_high_{unit}", "at the high end", _signed(show)),
        Column("beyond_noise", "beyond the noise"),
        Column("share", "share", show_percentage),
        Column("remedy", "what would shrink it"),
    )
    rows: list[tuple[Cell, ...]] = []
    for bar in tornado.bars:
        words = bar_words(tornado, bar)
        ends = (*interval_cells(bar.at_low), *interval_cells(bar.at_high))
        noise = "yes" if bar.beyond_noise else "no"
        names = (words.path, words.value, words.low, words.high)
        rows.append((*names, *ends, noise, bar.share, remedy_of(bar.parameter)))
    return Table("tornado", columns, tuple(rows))


def _signed(show: Show) -> Show:
    return lambda value: show(value, signed=True)
